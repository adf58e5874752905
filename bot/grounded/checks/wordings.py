"""The words of a text that carry a meaning, with the other ways to say them, so that two languages can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.grounded.checks.light import is_light
from index import analysis, vocabulary
from index.records import Language, Span

_SHORTEST_MEANT = 3


def said(text: str, language: Language) -> frozenset[str]:
    """The stems of all words of the text; of an English one their Spanish translations' too."""
    words = list(dict.fromkeys(analysis.tokens(text)))
    stems = {analysis.stem(word, each) for word in words for each in {language, Language.SPANISH}}
    if language is Language.ENGLISH:
        stems.update(_translated(words))
    return frozenset(stems)


def _translated(words: Sequence[str]) -> Iterator[str]:
    known = vocabulary.load()
    for word in words:
        _, meanings = known.others([word], Language.ENGLISH)
        yield from (meaning[0] for meaning in meanings if len(meaning) == 1)


_WORD = re.compile(r"[^\W\d_]+")
# What word families of one root end in, stemmed: "invert-" and "inversión", "fund-" and "fundador".
_ENDINGS = frozenset(
    """t sion cion acion icion imient amient miento ad id dor ador edor idor ment anci enci iv ativ ant ent al or er
    e i ar ir ion ation ment tion ing ed ance""".split()
) | {""}
_LEAST_ROOT = 4
_LEAST_COMMON = 5


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands, in lower case: its ``own`` stems, and the stems of every other way to say it."""

    text: str
    language: Language
    span: Span
    own: frozenset[str]
    others: frozenset[str]
    light: bool


def words(text: str, language: Language) -> list[Word]:
    """Every word of the text, figures left out."""
    known = vocabulary.load()
    found = []
    for match in _WORD.finditer(text):
        word = unicodedata.normalize("NFKC", match.group()).lower()
        light = len(word) < _SHORTEST_MEANT or is_light(word, language)
        own = frozenset((analysis.stem(word, language), analysis.stem(word)))
        _, ways = known.others([word], language)
        others = frozenset(way[0] for way in ways if len(way) == 1)
        found.append(Word(word, language, Span(*match.span()), own, others, light))
    return found


def same(word: Word, other: Word) -> bool:
    """Whether two words say the same: in some way, in some form, or as members of one family."""
    if not (word.own | word.others).isdisjoint(other.own):
        return True
    if other.language is Language.ENGLISH and not (word.own | word.others).isdisjoint(other.others):
        return True
    return any(_of_one_family(one, another) for one in word.own for another in other.own)


def _of_one_family(one: str, other: str) -> bool:
    root = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    ends = {one[root:], other[root:]}
    return (root >= _LEAST_COMMON or (root >= _LEAST_ROOT and "" in ends)) and ends <= _ENDINGS
