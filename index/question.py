"""What a question is about: its terms, other ways to say them, and the kind of answer it asks for.

The words that carry no subject ("cuánto", "puedes decirme") and the ways to say a thing otherwise ("destinar" for
"invertir", "investment" for "inversión") stand in ``vocabulary.json``, to be read and extended by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from index import analysis, language
from index.entities import Asks
from index.records import Language, QuestionError

MAX_QUESTION = 2_000
_LONGEST_PHRASE = 3

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the question mentions: its own stems and the stems of every other way to say it.

    ``sound`` is how the word sounds, for misspellings; ``named`` says that it is written like a name or a figure.
    """

    text: str
    phrase: Phrase
    others: tuple[Phrase, ...]
    sound: str
    named: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. ``terms`` are its subject; ``words`` and ``grams`` count every token, also empty ones."""

    text: str
    language: Language
    asks: Asks
    terms: tuple[Term, ...]
    words: dict[str, float]
    grams: dict[str, float]
    other_words: dict[str, float]
    other_grams: dict[str, float]

    def expanded(self, weight: float) -> tuple[dict[str, float], dict[str, float]]:
        """The words and the grams to look for; other ways to say a thing count ``weight`` each."""
        return _added(self.words, self.other_words, weight), _added(self.grams, self.other_grams, weight)


def _added(own: dict[str, float], others: dict[str, float], weight: float) -> dict[str, float]:
    return {**{term: weight for term in others}, **own} if weight else own


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    empty: frozenset[str]
    answer_kinds: frozenset[str]
    others: dict[Phrase, tuple[Phrase, ...]]
    translations: dict[Phrase, tuple[Phrase, ...]]


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    raw = json.loads(resources.files("index").joinpath("vocabulary.json").read_text(encoding="utf-8"))
    others: dict[Phrase, dict[Phrase, None]] = {}
    for group in raw["synonyms"]:
        members = [_phrase(member) for member in group]
        for member in members:
            others.setdefault(member, {}).update(dict.fromkeys(other for other in members if other != member))
    translations: dict[Phrase, dict[Phrase, None]] = {}
    for word, meanings in raw["translations"].items():
        translations.setdefault(_phrase(word, Language.ENGLISH), {}).update(dict.fromkeys(map(_phrase, meanings)))
    return _Vocabulary(
        empty=frozenset(_folded(word for words in raw["function_words"].values() for word in words)),
        answer_kinds=frozenset(_folded(word for words in raw["answer_words"].values() for word in words)),
        others={phrase: tuple(found) for phrase, found in others.items()},
        translations={phrase: tuple(found) for phrase, found in translations.items()},
    )


def _folded(words: Iterable[str]) -> Iterable[str]:
    return (token for word in words for token in analysis.tokens(analysis.fold(word)))


def _phrase(text: str, spoken: Language = Language.SPANISH) -> Phrase:
    return tuple(analysis.stem(token, spoken) for token in analysis.tokens(text))


def parse(text: str) -> Question:
    """Take a question apart.

    Raises:
        QuestionError: it is empty, or longer than ``MAX_QUESTION`` characters.
    """
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", " ", text).split())
    if not text:
        raise QuestionError("The question is empty: write what you want to know.")
    if len(text) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(text)} characters; ask it in at most {MAX_QUESTION}.")
    spoken = language.detect(text)
    tokens = analysis.tokens(text)
    terms = tuple(_terms(text, tokens, spoken))
    own = {term.phrase for term in terms}
    others = [phrase for term in terms for phrase in term.others if phrase not in own]
    return Question(
        text=text,
        language=spoken,
        asks=_asks(analysis.fold(text.lower())),
        terms=terms,
        words=_counted(analysis.stem(token) for token in tokens),
        grams=_counted(gram for token in tokens for gram in analysis.word_grams(token)),
        other_words=dict.fromkeys((stem for phrase in others for stem in phrase), 1.0),
        other_grams=dict.fromkeys((gram for phrase in others for stem in phrase for gram in analysis.word_grams(stem)[:-1]), 1.0),
    )


def _counted(terms: Iterable[str]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for term in terms:
        counts[term] = counts.get(term, 0.0) + 1.0
    return counts


def _terms(text: str, tokens: list[str], spoken: Language) -> Iterable[Term]:
    """The question's content words and known phrases, longest phrase first, each once."""
    vocabulary = _vocabulary()
    capitals = {token.lower() for token in re.findall(r"(?<!^)(?<![¿¡.?!]\s)(?<![¿¡«\"“])\b\w*[A-ZÁÉÍÓÚÜÑ]\w*", text)}
    seen: set[Phrase] = set()
    at = 0
    while at < len(tokens):
        length, others = _others(tokens[at:], spoken)
        words = tokens[at : at + length]
        at += length
        folded = [analysis.fold(word) for word in words]
        phrase = tuple(analysis.stem(word) for word in words)
        if phrase in seen or (length == 1 and (folded[0] in vocabulary.empty or folded[0] in vocabulary.answer_kinds)):
            continue
        seen.add(phrase)
        named = any(word in capitals or word[0].isdigit() for word in words)
        yield Term(" ".join(words), phrase, others, analysis.sound(words[0]) if length == 1 else "", named)


def _others(tokens: list[str], spoken: Language) -> tuple[int, tuple[Phrase, ...]]:
    """How many of the tokens make the longest known phrase at the front, and the other ways to say it."""
    vocabulary = _vocabulary()
    for length in range(min(_LONGEST_PHRASE, len(tokens)), 0, -1):
        spanish = tuple(analysis.stem(token) for token in tokens[:length])
        found = dict.fromkeys(vocabulary.others.get(spanish, ()))
        if spoken is Language.ENGLISH:
            english = tuple(analysis.stem(token, Language.ENGLISH) for token in tokens[:length])
            for meaning in vocabulary.translations.get(english, ()):
                found.update(dict.fromkeys((meaning, *vocabulary.others.get(meaning, ()))))
        if found:
            return length, tuple(found)
    return 1, ()


_ASKS = (
    (Asks.QUANTITY, r"\bcuant[oa]s?\b(?! (?:antes|tiempo hace))|\b(?:que|cual) (?:\w+ ){0,3}?(?:cantidad|cifra|monto|suma|importe|porcentaje|numero|proporcion|precio|presupuesto|valor)\b|\bhow (?:much|many|big|large|long|far|old|tall|high|fast)\b|\b(?:what|which) (?:\w+ ){0,3}?(?:amount|percentage|percent|number|figure|share|sum|price|budget|size)\b"),
    (Asks.DATE, r"\bcuando\b|\b(?:que|cual) (?:\w+ ){0,3}?(?:fecha|dia|mes|ano|siglo|momento|epoca|decada|plazo)\b|\bdesde cuando\b|\bwhen\b|\b(?:what|which) (?:\w+ ){0,2}?(?:date|day|month|year|century|decade|time)\b"),
    (Asks.PLACE, r"\bdonde\b|\badonde\b|\b(?:que|cual) (?:\w+ ){0,2}?(?:pais|paises|ciudad|ciudades|lugar|lugares|region|regiones|sitio|continente|estado)\b|\bwhere\b|\b(?:what|which) (?:\w+ ){0,2}?(?:country|countries|city|cities|place|places|region|state)\b"),
    (Asks.NAME, r"\bquien(?:es)?\b|\b(?:que|cual(?:es)?) (?:\w+ ){0,2}?(?:empresa|empresas|compania|companias|firma|firmas|persona|personas|organizacion|grupo|nombre|modelo|modelos|herramienta|producto|rival|rivales|competidor|competidores|miembro|miembros|socio|socios|equipo|autor|presidente|director|ceo)\b|\bcomo se llama\b|\bwho(?:m|se)?\b|\b(?:what|which) (?:\w+ ){0,2}?(?:company|companies|firm|firms|person|people|organi[sz]ation|group|name|model|models|tool|product|rival|rivals|competitors?|members?|partners?|team|author|president|ceo)\b"),
)
_ASKS_PATTERNS = tuple((asks, re.compile(pattern)) for asks, pattern in _ASKS)


def _asks(folded: str) -> Asks:
    """The kind of answer asked for, by the first question word that says one."""
    found = [(match.start(), asks) for asks, pattern in _ASKS_PATTERNS if (match := pattern.search(folded))]
    return min(found)[1] if found else Asks.OTHER
