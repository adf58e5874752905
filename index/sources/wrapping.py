"""Text wrapped at a column -> one line a paragraph, so that a line's end is not taken for a sentence's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.sentences import bullet_length

_MIN_WIDTH = 45
_MAX_WIDTH = 110
_MIN_SHARE = 0.9
_MIN_JOINS = 3
_OWN_LINE = re.compile(r"\s*(?:[#>|]|\d{1,3}[.)]\s|[-=*_]{3})")


def unwrap(text: str) -> str:
    """Join the lines of text that was wrapped at a column; leave any other text as it is.

    Wrapped text gives itself away: no line is long, and nearly every line of a paragraph but its last has no room
    left for the next line's first word. A newline that goes becomes one space, so offsets do not move.
    """
    lines = text.split("\n")
    joins = list(_joins(lines))
    if not is_wrapped([(lines[position], lines[position + 1]) for position in joins], max(map(len, lines))):
        return text
    joined = set(joins)
    return "".join(line + (" " if position in joined else "\n") for position, line in enumerate(lines))[:-1]


def is_wrapped(pairs: Sequence[tuple[str, str]], width: int) -> bool:
    """Tell whether lines were broken only because they were full.

    ``pairs`` are the lines of the text that another line of their paragraph follows, with that line; ``width`` is
    the length of the longest line.
    """
    full = sum(len(line.rstrip()) + 1 + len(after.split(maxsplit=1)[0]) > width for line, after in pairs)
    return _MIN_WIDTH <= width <= _MAX_WIDTH and full >= max(_MIN_JOINS, _MIN_SHARE * len(pairs))


def _joins(lines: list[str]) -> Iterator[int]:
    """Yield the positions of lines that the next line goes on from, inside one paragraph."""
    for position, (line, after) in enumerate(pairwise(lines)):
        if not line.strip() or not after.strip() or bullet_length(after) or _OWN_LINE.match(after):
            continue
        if not _OWN_LINE.match(line):
            yield position
