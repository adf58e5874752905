"""Taking phrases out of a question: names, what a preposition leads to, what has a determiner; Spanish and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_DETERMINERS = "el la los las un una unos unas su sus the a an its their his her"
_PREPOSITIONS = """a al ante con de del desde en entre hacia hasta para por según sin sobre tras
    about at by for from in of on since to until with"""
# A place, a time or a purpose is added to what was asked; anyone else takes the place of who was asked about.
ADDING = frozenset("a al con desde en entre hacia hasta para por tras at by for from in on since to until with".split())
ANY_DETERMINER = f"(?:{'|'.join(_DETERMINERS.split())})"
ANY_PREPOSITION = f"(?:{'|'.join(_PREPOSITIONS.split())})"

LEADING_DETERMINER = re.compile(rf"{ANY_DETERMINER}\s+", re.IGNORECASE)
DETERMINED = re.compile(rf"(?:\b{ANY_PREPOSITION} )?\b{ANY_DETERMINER} ([^\W\d_]+)", re.IGNORECASE)
_LOOSE_END = re.compile(
    rf"(?:^(?:y|e|and|,|del?|of)\s+|[\s,]+(?:y|e|o|and|or|{ANY_PREPOSITION}|{ANY_DETERMINER})$|[\s,]+$)",
    re.IGNORECASE,
)


def without_names(text: str, names: Sequence[str], preposition: str) -> str:
    """``text`` without those of its names whose place a name after ``preposition`` takes."""
    places = [preposition_of(name, text) for name in names]
    if preposition not in places and preposition in ADDING:
        return text
    leaving = preposition if preposition in places else "" if "" in places else None
    for name, place in zip(names, places, strict=True):
        if leaving is None or place == leaving:
            text = re.sub(_placed(name), " ", text, flags=re.IGNORECASE)
    return tidy(text)


def without_words(text: str, words: Iterable[str]) -> str:
    """``text`` without some of its words and the determiners before them."""
    for word in words:
        text = re.sub(rf"(?:\b{ANY_DETERMINER} )?\b{re.escape(word)}\b", " ", text, flags=re.IGNORECASE)
    return tidy(text)


def without_preposition(text: str, preposition: str, keep: Sequence[str]) -> str:
    """``text`` without what follows ``preposition`` in it, unless that is one of the names to keep."""
    word = rf"(?:{ANY_DETERMINER} )?[^\W_]+(?:[.,]\d+)*"
    kept = "|".join(map(re.escape, keep)) or r"\Z"
    phrase = rf"\b{preposition} (?!(?:{ANY_DETERMINER} )?(?:{kept})){word}(?:(?:,| y| and| del?| of) {word})*"
    return tidy(re.sub(phrase, " ", text, flags=re.IGNORECASE))


def without_determined(text: str) -> str:
    """``text`` without "el museo", "the cooperative" and the like."""
    return tidy(DETERMINED.sub(" ", text))


def tidy(text: str) -> str:
    """One space between words, and no conjunction, preposition or determiner left hanging."""
    text = re.sub(r"\s+([,;])", r"\1", " ".join(text.split()))
    while (shorter := _LOOSE_END.sub("", text)) != text:
        text = shorter
    return text


def _placed(name: str) -> str:
    """Matches a name with the preposition and the determiner before it."""
    return rf"(?:\b({ANY_PREPOSITION}) )?(?:\b{ANY_DETERMINER} )?(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)"


def with_head(name: str, nouns: Iterable[str], text: str) -> str:
    """A name with the noun that it completes: "museo del Carbón"."""
    any_noun = "|".join(map(re.escape, nouns))
    found = re.search(rf"\b(?:{any_noun}) (?:del?|of) (?:{ANY_DETERMINER} )?{re.escape(name)}", text, re.IGNORECASE)
    return found[0] if any_noun and found else name


def preposition_of(name: str, text: str) -> str:
    """The preposition before a name in the text, in lower case; "" if none."""
    found = re.search(_placed(name), text, re.IGNORECASE)
    return (found[1] or "").lower() if found else ""


def from_first_to_last(text: str, words: Iterable[str]) -> str:
    """The part of the text that holds all of the words that stand in it; "" if none does."""
    places = [found.span() for word in words if (found := re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE))]
    return text[min(start for start, _ in places) : max(end for _, end in places)] if places else ""
