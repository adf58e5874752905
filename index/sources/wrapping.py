"""Text wrapped at a column -> one line a paragraph, so that a line's end is not taken for a sentence's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.sentences import bullet_length

_MIN_WIDTH = 45
_MAX_WIDTH = 110
_MIN_FULL = 0.85
_MIN_SHARE = 0.8
_MIN_JOINS = 3
_OWN_LINE = re.compile(r"\s*(?:[#>|]|\d{1,3}[.)]\s|[-=*_]{3})")


def unwrap(text: str) -> str:
    """Join the lines of text that was wrapped at a column; leave any other text as it is.

    A newline that goes becomes one space, so offsets do not move.
    """
    lines = text.split("\n")
    joins = list(_joins(lines))
    width = max(map(len, lines))
    if not is_wrapped([(lines[position], lines[position + 1]) for position in joins], width):
        return text
    joined = {position for position in joins if goes_on(lines[position], lines[position + 1], width)}
    return "".join(line + (" " if position in joined else "\n") for position, line in enumerate(lines))[:-1]


def is_wrapped(pairs: Sequence[tuple[str, str]], width: int) -> bool:
    """Tell whether text was wrapped at a column.

    Wrapped text gives itself away: no line is long, nearly every line of a paragraph but its last has no room left
    for the next line's first word, and most lines go on in small letters. ``pairs`` are the lines that another line
    of their paragraph follows, with that line; ``width`` is the length of the longest line.
    """
    full = sum(_is_full(line, after, width) for line, after in pairs)
    small = sum(after.lstrip()[:1].islower() for _, after in pairs)
    wanted = max(_MIN_JOINS, _MIN_SHARE * len(pairs))
    return _MIN_WIDTH <= width <= _MAX_WIDTH and full >= wanted and 2 * small >= len(pairs)


def goes_on(line: str, after: str, width: int) -> bool:
    """Tell, in wrapped text, whether a paragraph's line was broken only because it was full."""
    return after.lstrip()[:1].islower() or _is_full(line, after, width)


def _joins(lines: Sequence[str]) -> Iterator[int]:
    """Yield the positions of lines that the next line may go on from, inside one paragraph."""
    for position, (line, after) in enumerate(pairwise(lines)):
        if not line.strip() or not after.strip() or bullet_length(after) or _OWN_LINE.match(after):
            continue
        if not _OWN_LINE.match(line):
            yield position


def _is_full(line: str, after: str, width: int) -> bool:
    return len(line.rstrip()) + 1 + len(after.split(maxsplit=1)[0]) > _MIN_FULL * width
