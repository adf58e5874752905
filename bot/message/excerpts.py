"""As much of a text as Discord has room for, as Markdown, cut where a sentence ends.

Texts are clean (``escape.clean``). Where to cut is decided in the text and never in its Markdown, so no escape and
no bold pair is ever cut through. Lengths are in UTF-16 code units, of which no way of counting finds more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.answers import embolden
from bot.message.escape import backslash, clean
from index.records import Span
from index.sentences import split_sentences

_ELLIPSIS = "…"
_BRIEF = 200
# What follows a place tells whether a sentence ends there.
_AHEAD = 200


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Markdown, and whether it holds the whole text."""

    markdown: str
    whole: bool


def width(text: str) -> int:
    """How long Discord may take the text for, in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def excerpt(text: str, limit: int, bold: Sequence[Span] = (), escape: Callable[[str], str] = backslash) -> Excerpt:
    """The text, or its first sentences, or its first words, with "…" in ``limit`` (3 or more) code units."""
    if len(text) <= limit and width(whole := embolden(text, bold, escape)) <= limit:
        return Excerpt(whole, True)
    ahead = text[: limit + _AHEAD]
    end = _most(ahead, bold, 0, limit - len(f" {_ELLIPSIS}"), escape)
    if sentence := _last([each.end for each in split_sentences(ahead)], end):
        return Excerpt(f"{_part(ahead, bold, 0, sentence, escape)} {_ELLIPSIS}", False)
    cut = len(ahead[: _after_word(ahead, 0, end)].rstrip())
    return Excerpt(f"{_part(ahead, bold, 0, cut, escape)}{_ELLIPSIS}", False)


def in_brief(text: str) -> str:
    """What somebody wrote, in a line of a list: clean, escaped, cut where it is long."""
    return excerpt(clean(text, line=True), _BRIEF).markdown


def pages(text: str, limit: int, bold: Sequence[Span] = ()) -> Iterator[str]:
    """The whole text in parts of at most ``limit`` (20 or more) code units, white space between them included."""
    ends = [each.end for each in split_sentences(text)]
    start = 0
    while start < len(text):
        end = _most(text, bold, start, limit, backslash)
        if end < len(text):
            sentence = _last(ends, end)
            end = _with_space(text, sentence, end) if sentence > start else _after_word(text, start, end)
        yield _part(text, bold, start, end, backslash)
        start = end


def _most(text: str, bold: Sequence[Span], start: int, limit: int, escape: Callable[[str], str]) -> int:
    """The last place that the text from ``start`` can be cut at; Markdown never gets shorter as the text grows."""
    ends = range(start, min(len(text), start + limit) + 1)
    return start + bisect_right(ends, limit, key=lambda end: width(_part(text, bold, start, end, escape))) - 1


def _part(text: str, bold: Sequence[Span], start: int, end: int, escape: Callable[[str], str]) -> str:
    inside = (Span(max(span.start, start) - start, min(span.end, end) - start) for span in bold)
    return embolden(text[start:end], (span for span in inside if span.start < span.end), escape)


def _last(ends: Sequence[int], most: int) -> int:
    at = bisect_right(ends, most)
    return ends[at - 1] if at else 0


def _with_space(text: str, place: int, most: int) -> int:
    while place < most and text[place].isspace():
        place += 1
    return place


def _after_word(text: str, start: int, end: int) -> int:
    """The place after the last word that ends before ``end``, or ``end`` itself in one long word."""
    if end < len(text) and text[end].isspace():
        return end
    words = text[start:end].rsplit(maxsplit=1)
    return end - len(words[-1]) if len(words) == 2 and not text[end - 1].isspace() else end
