"""Whether the proper names of a sentence stand in its sources, as written or as the other language calls them.

Accents and case count for nothing, nor do possessives ("Alibaba's") and plurals of acronyms ("GPUs"). A name that
stands in the sources only in parts ("Jensen Nadella", of two people) is none of theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.grounded.checks import wordings
from bot.grounded.checks.locales import cities, territories
from index import analysis, entities, vocabulary
from index.records import Language, Span

# People and things of a country or region, by its CLDR code, as English and Spanish call them.
_DEMONYMS = """
    US: american, americans, estadounidense, norteamericano, usa, u s, ee uu, eeuu, eua, united states of america
    CN: chinese, chino | JP: japanese, japones | KR: south korean, korean, surcoreano, coreano | IN: indian, indio
    GB: british, britons, britanico, uk, u k, great britain, gran bretana, britain | FR: french, frances
    DE: german, germans, aleman | IT: italian, italiano | ES: spanish, espanol | PT: portuguese, portugues
    BR: brazilian, brasileno | MX: mexican, mexicano | AR: argentine, argentinian, argentino | CL: chilean, chileno
    CO: colombian, colombiano | PE: peruvian, peruano | VE: venezuelan, venezolano | EC: ecuadorian, ecuatoriano
    BO: bolivian, boliviano | UY: uruguayan, uruguayo | PY: paraguayan, paraguayo | CU: cuban, cubano
    CR: costa rican, costarricense | PA: panamanian, panameno | GT: guatemalan, guatemalteco | HN: honduran, hondureno
    SV: salvadoran, salvadoreno | NI: nicaraguan, nicaraguense | DO: dominican, dominicano | CA: canadian, canadiense
    AU: australian, australiano | RU: russian, ruso | UA: ukrainian, ucraniano | IL: israeli | IR: iranian, irani
    SA: saudi, saudita | AE: emirati, uae, eau, emiratos arabes, the emirates, united arab emirates
    TR: turkish, turco | EG: egyptian, egipcio | ZA: south african, sudafricano | NG: nigerian, nigeriano
    NL: dutch, neerlandes, holandes | BE: belgian, belga | CH: swiss, suizo | SE: swedish, sueco | PL: polish, polaco
    NO: norwegian, noruego | DK: danish, danes | FI: finnish, finlandes | GR: greek, griego | TW: taiwanese, taiwanes
    VN: vietnamese, vietnamita | ID: indonesian, indonesio | TH: thai, tailandes | EU: eu, ue | 150: european, europeo
    419: latin american, latinoamericano | 142: asian, asiatico | 002: african, africano | UN: onu, un
"""
_SAME = (
    ("otan", "nato"),
    ("fmi", "imf", "fondo monetario internacional", "international monetary fund"),
    ("ocde", "oecd", "organizacion para la cooperacion y el desarrollo economicos"),
    ("ocde", "oecd", "organisation for economic co operation and development"),
    ("oms", "who", "organizacion mundial de la salud", "world health organization"),
    ("omc", "wto", "organizacion mundial del comercio", "world trade organization"),
    ("bce", "ecb", "banco central europeo", "european central bank"),
    ("banco mundial", "world bank"),
    ("reserva federal", "federal reserve", "fed"),
    ("opep", "opec"),
    ("pib", "gdp"),
    ("ia", "ai"),
    ("oriente medio", "medio oriente", "middle east"),
    ("pekin", "beijing"),
    ("casa blanca", "white house"),
    ("escocia", "scotland"),
    ("inglaterra", "england"),
    ("gales", "wales"),
)
_ROLES = frozenset(
    """ceo cto cfo coo presidente presidenta president director directora chairman ministro ministra minister
    sr sra dr dra mr mrs ms don señor señora fundador fundadora founder grupo group inc corp sa ltd""".split()
)
_JOINTS = frozenset("de del la el las los y of the and van von da do di".split())
# Words of the language that are also companies: at the head of a sentence they are taken for these.
_BRANDS = frozenset(
    """alphabet amazon apple arm block claro corona gap intel meta oracle shell slack snap square stripe target visa
    zoom""".split()
)
# What sentences begin with besides the function words of the vocabulary.
_OPENERS = frozenset(
    """therefore thus soon moreover nevertheless nonetheless meanwhile furthermore sometimes likewise instead hence
    yeah yes overall finally recently currently here
    detras si asimismo igualmente finalmente recientemente actualmente aqui""".split()
)
_OWNER = re.compile(r"(?<=\w)['’]s?(?!\w)")
_ACRONYMS = re.compile(r"\b([A-Z]{2,})s\b")
_UNITED_STATES = re.compile(r"\bUS\b")
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What a source says, to look names up in: all its words in a row, their stems, the names it writes."""

    words: str
    stems: frozenset[str]
    names: frozenset[str]


def known(text: str, title: str, language: Language) -> Known:
    """Read a source's text and title."""
    written: set[str] = set()
    words: list[str] = []
    for part in (title, text):
        words += ["|", *_words(part)]
        written.update(piece for span in entities.names(part) for piece in _pieces(part[span.start : span.end]))
    return Known(f" {' '.join(words)} ", wordings.said(f"{title}\n{text}", language), frozenset(written))


def missing(sentence: str, language: Language, sources: Sequence[Known]) -> list[str]:
    """The names of the sentence that no source bears out, in order."""
    found = []
    for start, end in entities.names(sentence):
        name = sentence[start:end]
        opens = not any(map(str.isalnum, sentence[:start]))
        if not any(_stands(name, source, language, opens=opens) for source in sources):
            found.append(name)
    return found


def spans(sentence: str, language: Language) -> list[Span]:
    """Where the names stand, without a plain word that only begins the sentence."""
    found = []
    for start, end in entities.names(sentence):
        opens = not any(map(str.isalnum, sentence[:start]))
        first = re.match(r"\w+", sentence[start:end])
        if opens and first and _is_plain(analysis.fold(first.group().lower()), language):
            rest = sentence[start + first.end() : end].lstrip()
            found.append(Span(end - len(rest), end))
        else:
            found.append(Span(start, end))
    return [span for span in found if span.start < span.end]


def calls_otherwise(word: str, source: Known) -> bool:
    """Whether the source has another name for the people or things that a word in lower case stands for."""
    plain = analysis.fold(word)
    forms = (plain, plain.removesuffix("s"), plain.removesuffix("es"), re.sub("as?$", "o", plain))
    return any(_says(other, source, stem=True) for form in forms for other in _others().get(form, ()))


def _stands(name: str, source: Known, language: Language, *, opens: bool) -> bool:
    words = tuple(_words(name))[:_LONGEST]
    if opens and words and _is_plain(words[0], language):
        words = words[1:]
    return _borne_out(words, source, language)


def _borne_out(words: tuple[str, ...], source: Known, language: Language) -> bool:
    """Whether the words are one stretch of the source, or fall into names that it writes."""
    if not words or _says(" ".join(words), source):
        return True
    return any(
        _is_piece(words[:length], source, language) and _borne_out(words[length:], source, language)
        for length in range(len(words), 0, -1)
    )


def _is_piece(words: tuple[str, ...], source: Known, language: Language) -> bool:
    """Whether the words are a whole name of the source, what it is called elsewhere, or no name."""
    phrase = " ".join(words)
    if phrase in source.names or any(_says(other, source, stem=True) for other in _others().get(phrase, ())):
        return True
    return len(words) == 1 and (phrase in _JOINTS or phrase in _ROLES or _is_told(phrase, source, language))


def _is_told(word: str, source: Known, language: Language) -> bool:
    """Whether a word of the language stands in the source, in one form or another, or translated."""
    if word in _BRANDS or not _is_common(word, language):
        return False
    _, others = vocabulary.load().others([word], language)
    return analysis.stem(word, language) in source.stems or any(set(phrase) <= source.stems for phrase in others)


def _says(phrase: str, source: Known, *, stem: bool = False) -> bool:
    if f" {phrase} " in source.words:
        return True
    return stem and " " not in phrase and analysis.stem(phrase) in source.stems


def _is_plain(word: str, language: Language) -> bool:
    """Whether a capital at the head of a sentence makes no name of the word."""
    return word in _OPENERS or (word not in _BRANDS and _is_common(word, language))


def _is_common(word: str, language: Language) -> bool:
    words = vocabulary.load()
    if word in words.empty[language] or word in words.light:
        return True
    if language is Language.ENGLISH:
        return (word,) in words.translations or (analysis.stem(word, language),) in words.translations_by_stem
    return analysis.stem(word) in _spanish_stems()


@cache
def _spanish_stems() -> frozenset[str]:
    words = vocabulary.load()
    meanings = (phrase for phrases in words.translations.values() for phrase in phrases)
    return frozenset(phrase[0] for phrase in (*words.synonyms, *meanings) if len(phrase) == 1)


@cache
def _others() -> dict[str, frozenset[str]]:
    """From what a place or an organisation is called to everything else that it is called."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group in _groups():
        for name in group:
            found[name] |= group - {name}
    return {name: frozenset(others) for name, others in found.items()}


def _groups() -> Iterator[set[str]]:
    called = dict(territories())
    for entry in re.split(r"[|\n]", _DEMONYMS.strip()):
        code, _, people = entry.strip().partition(": ")
        yield _folded((*called.pop(code), *people.split(",")))
    yield from map(_folded, (*called.values(), *cities(), *_SAME))


def _folded(names: Iterable[str]) -> set[str]:
    return {" ".join(analysis.tokens(name)) for name in names}


def _words(text: str) -> list[str]:
    plain = _UNITED_STATES.sub("USA", _ACRONYMS.sub(r"\1", _OWNER.sub("", text)))
    return analysis.tokens(analysis.fold(plain))


def _pieces(name: str) -> Iterator[str]:
    """A name whole, and its parts around "de" and "of"."""
    words = _words(name)
    yield " ".join(words)
    part: list[str] = []
    for word in (*words, "de"):
        if word in _JOINTS:
            yield " ".join(part)
            part = []
        else:
            part.append(word)
