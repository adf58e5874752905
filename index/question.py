"""What a question is about: its terms, other ways to say them, and the kind of answer it asks for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index import analysis, language, vocabulary
from index.entities import Asks
from index.records import Language, QuestionError
from index.vocabulary import Phrase

MAX_QUESTION = 2_000

# "¿qué empresa…?", "¿cuánto pone…?": such a word is rarely the subject, and never all of it.
_LIGHT_WEIGHT = 0.25
# Terminal colours and control, zero-width, direction-changing and surrogate characters say nothing and can mislead
# whoever reads a log.
_UNSEEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_WHICH = frozenset("que cual cuales cuanto cuanta cuantos cuantas which what".split())
# "¿Cuál fue la batalla…?": how far behind such a word the noun may stand, in words.
_BEHIND = 4
_CAPITALISED = re.compile(r"(?<!^)(?<![.?!]\s)(?<![¿¡«\"“])\b\w*[A-ZÁÉÍÓÚÜÑ]\w*")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the question mentions: its own stems and the stems of every other way to say it.

    ``meant`` is the stem of the word that a misspelled one was meant to be; ``sound`` is how a single word sounds;
    ``named`` says that it is written like a name or a figure; ``weight`` is 1 but for words that hardly tell one
    question from another.
    """

    text: str
    phrase: Phrase
    others: tuple[Phrase, ...]
    meant: str | None
    sound: str
    named: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart: ``terms`` are its subject, ``words`` and ``grams`` count every token of it.

    ``addressed`` says that it asks about the one who answers ("¿quién te creó?"); ``sought`` is the row of the term
    that names what is asked for, "batalla" in "¿qué batalla perdió…?", or None where no word does.

    ``other_words`` and ``other_grams`` are those of the other ways to say its terms.
    """

    text: str
    language: Language
    asks: Asks
    addressed: bool
    sought: int | None
    terms: tuple[Term, ...]
    words: dict[str, float]
    grams: dict[str, float]
    other_words: frozenset[str]
    other_grams: frozenset[str]

    def says(self, text: str) -> bool:
        """Whether the question itself says every word of ``text``."""
        return all(analysis.stem(token) in self.words for token in analysis.tokens(text))

    def expanded(self, words: float, grams: float) -> tuple[dict[str, float], dict[str, float]]:
        """The words and the grams to look for; those of the other ways to say a thing count ``words`` and ``grams``."""
        return _with(self.words, self.other_words, words), _with(self.grams, self.other_grams, grams)


def _with(own: dict[str, float], others: frozenset[str], weight: float) -> dict[str, float]:
    # Sorted: what they add to a score is rounded in their order, which a set's own would change from run to run.
    return dict.fromkeys(sorted(others), weight) | own if weight else own


def parse(text: str) -> Question:
    """Take a question apart.

    Raises:
        QuestionError: it is empty, or longer than ``MAX_QUESTION`` characters.
    """
    text = " ".join(_UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).split())
    if not text:
        raise QuestionError("The question is empty: write what you want to know.")
    if len(text) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(text)} characters: ask it in at most {MAX_QUESTION}.")
    spoken = language.detect(text)
    # "kien", "kuanto": typed as they sound.
    folded = re.sub(r"\bku", "cu", re.sub(r"\bk(?=[ei])", "qu", analysis.fold(text.lower())))
    tokens = analysis.tokens(text)
    terms = tuple(_terms(text, tokens, spoken))
    others = frozenset(_spread(terms))
    return Question(
        text=text,
        language=spoken,
        asks=_asks(folded),
        addressed=bool(_ADDRESSED.search(folded)),
        sought=_sought(tokens, terms, spoken),
        terms=terms,
        words=_counted([*map(analysis.stem, tokens), *(term.meant for term in terms if term.meant)]),
        grams=_counted(gram for token in tokens for gram in analysis.word_grams(token)),
        other_words=others,
        # A stem's last gram pretends that the word ends there; it is left out.
        other_grams=frozenset(gram for stem in others for gram in analysis.word_grams(stem)[:-1]),
    )


def _counted(terms: Iterable[str]) -> dict[str, float]:
    return {term: float(count) for term, count in Counter(terms).items()}


def _spread(terms: Iterable[Term]) -> Iterable[str]:
    """The stems of the other ways to say the terms, but for small words inside set phrases ("de", "la")."""
    empty = vocabulary.load().empty[Language.SPANISH]
    return (
        stem for term in terms for phrase in term.others for stem in phrase if len(phrase) == 1 or stem not in empty
    )


def _terms(text: str, tokens: list[str], spoken: Language) -> Iterable[Term]:
    """The question's content words and set phrases, each once."""
    words = vocabulary.load()
    # Where everything is shouted, or everything is typed small, a capital tells nothing.
    capitals = set() if text.isupper() else {token.lower() for token in _CAPITALISED.findall(text)}
    seen: set[Phrase] = set()
    at = 0
    while at < len(tokens):
        length, others = words.others(tokens[at : at + vocabulary.LONGEST_PHRASE], spoken)
        said = tokens[at : at + length]
        at += length
        phrase = tuple(map(analysis.stem, said))
        named = any(word in capitals or word[0].isdigit() for word in said)
        if phrase in seen or (length == 1 and words.weightless(said[0], spoken, named=named)):
            continue
        seen.add(phrase)
        # A name means nothing but itself ("Meta" is no goal); an acronym ("IA") stands for words.
        if named and length == 1 and spoken is Language.SPANISH and said[0].upper() not in text:
            others = ()
        plain = length == 1 and not named
        meant = words.respelled(said[0]) if plain and not others else None
        if meant:
            others = ((analysis.stem(meant),), *words.synonyms.get((analysis.stem(meant),), ()))
        yield Term(
            text=" ".join(said),
            phrase=phrase,
            others=others,
            meant=analysis.stem(meant) if meant else None,
            sound=analysis.sound(said[0]) if length == 1 else "",
            named=named,
            weight=_LIGHT_WEIGHT if plain and analysis.fold(meant or said[0]) in words.light else 1.0,
        )


def _sought(tokens: list[str], terms: Sequence[Term], spoken: Language) -> int | None:
    """The row of the term that holds the first content word close behind "qué" or "cuál"."""
    asking = next((at for at, token in enumerate(tokens) if analysis.fold(token) in _WHICH), None)
    if asking is None:
        return None
    empty = vocabulary.load().empty[spoken]
    behind = tokens[asking + 1 : asking + 1 + _BEHIND]
    noun = next((analysis.stem(token) for token in behind if analysis.fold(token) not in empty), None)
    return next((row for row, term in enumerate(terms) if noun in term.phrase), None)


def _either(spanish: str, english: str) -> re.Pattern[str]:
    """Matches "¿qué … <spanish>?" or "which … <english>?", with up to three words between."""
    return re.compile(
        rf"\b(?:que|cual(?:es)?) (?:\w+ ){{0,3}}?(?:{spanish})\b|\b(?:what|which) (?:\w+ ){{0,3}}?(?:{english})\b"
    )


_ADDRESSED = re.compile(r"\b(?:te|tus?|eres|sos|contigo|your|yourself)\b|\b(?:are|were) you\b")
# On folded, lower-case text; the pattern that matches first in the question decides.
_ASKS = (
    (Asks.QUANTITY, re.compile(r"\bcuant[oa]s?\b|\bhow (?:much|many|big|large|long|far|old|tall|high|fast)\b")),
    (
        Asks.QUANTITY,
        _either(
            "cantidad|cifra|monto|suma|importe|porcentaje|numero|proporcion|precio|presupuesto|valor",
            "amount|percentage|percent|number|figure|share|sum|price|budget|size",
        ),
    ),
    (Asks.DATE, re.compile(r"\bcuando\b|\bwhen\b")),
    (
        Asks.DATE,
        _either(
            "fecha|dia|mes|ano|siglo|momento|epoca|decada|plazo", "date|day|month|year|century|decade|time|deadline"
        ),
    ),
    (Asks.PLACE, re.compile(r"\ba?donde\b|\bwhere\b")),
    (
        Asks.PLACE,
        _either(
            "pais|paises|ciudad|ciudades|lugar|lugares|region|regiones|sitio|continente|estado",
            "country|countries|city|cities|place|places|region|state|continent",
        ),
    ),
    (Asks.NAME, re.compile(r"\bquien(?:es)?\b|\bcomo se llama(?:ba)?n?\b|\bwho(?:m|se)?\b|\bwhat is the name\b")),
    (
        Asks.NAME,
        _either(
            "empresas?|companias?|firmas?|personas?|organizacion(?:es)?|grupos?|nombres?|modelos?|herramientas?|productos?|rival(?:es)?|"
            "competidor(?:es)?|miembros?|socios?|equipos?|autor(?:es)?|presidentes?|director(?:es)?|ceo|agencia|medio",
            "company|companies|firms?|persons?|people|organi[sz]ations?|groups?|names?|models?|tools?|products?|rivals?|competitors?|"
            "members?|partners?|teams?|authors?|presidents?|ceo|agency",
        ),
    ),
)


def _asks(folded: str) -> Asks:
    """The kind of answer asked for, by the first question word that says one."""
    found = [(match.start(), asks) for asks, pattern in _ASKS if (match := pattern.search(folded))]
    return min(found)[1] if found else Asks.OTHER
