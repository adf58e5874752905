"""What `/preguntar` offers while somebody types: titles of articles, and questions answered in that channel."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.lookup import titles
from bot.message.escape import clean
from index import analysis

if TYPE_CHECKING:
    from index.snapshot import Snapshot

MAX_CHOICES = 25
MAX_CHOICE = 100

_KEPT_QUESTIONS = 200
_KEPT_PLACES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A text to offer, how it is looked for, and whose question it is; 0 for a title."""

    text: str
    folded: str
    person: int = 0


def _line(text: str, person: int = 0) -> Line:
    # What one person typed or published is offered to others.
    shown = clean(text, line=True)
    if len(shown) > MAX_CHOICE:
        shown = f"{shown[: MAX_CHOICE - 1].rstrip()}…"
    return Line(shown, analysis.fold(shown.lower()), person)


class Suggestions:
    """Titles of the version in use, and the last questions answered in public, by channel; in memory alone.

    A channel's questions are offered in that channel only: not everybody in a server may read all of it.
    """

    def __init__(self) -> None:
        self._titles: tuple[Line, ...] = ()
        self._answered: OrderedDict[tuple[int, int], OrderedDict[str, Line]] = OrderedDict()

    def use_titles(self, titles: tuple[Line, ...]) -> None:
        """Offer these titles from now on; see ``title_lines``."""
        self._titles = titles

    def remember(self, guild: int, channel: int, person: int, question: str) -> None:
        """Offer a question of a person's that was answered, in that channel of that server alone."""
        # A choice cut short would ask another question than the one that was answered.
        if len(question) > MAX_CHOICE:
            return
        line = _line(question, person)
        if not line.text:
            return
        answered = self._answered.setdefault((guild, channel), OrderedDict())
        self._answered.move_to_end((guild, channel))
        answered[line.folded] = line
        answered.move_to_end(line.folded)
        _trim(answered, _KEPT_QUESTIONS)
        _trim(self._answered, _KEPT_PLACES)

    async def offer(self, guild: int, channel: int, typed: str) -> tuple[str, ...]:
        """At most ``MAX_CHOICES`` texts that hold every word typed, questions before titles, the latest first."""
        questions = tuple(reversed(self._answered.get((guild, channel), OrderedDict()).values()))
        # Of 100,000 titles it takes a tenth of a second, which the event loop has not.
        return await asyncio.to_thread(_matching, analysis.fold(typed.lower()).split(), questions, self._titles)

    def forget_person(self, person: int) -> None:
        """Forget what a person asked."""
        for answered in self._answered.values():
            for folded in [folded for folded, line in answered.items() if line.person == person]:
                del answered[folded]

    def forget_guild(self, guild: int) -> None:
        """Forget what was asked in a server."""
        for place in [place for place in self._answered if place[0] == guild]:
            del self._answered[place]


def title_lines(snapshot: Snapshot) -> tuple[Line, ...]:
    """The titles of all articles as they are offered, each once, none of them empty; slow where there are many."""
    return tuple(line for line in map(_line, dict.fromkeys(titles(snapshot))) if line.text)


def _matching(words: list[str], *lines: Iterable[Line]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in chain(*lines):
        if all(word in line.folded for word in words):
            found[line.text] = None
            if len(found) == MAX_CHOICES:
                break
    return tuple(found)


def _trim(kept: OrderedDict[tuple[int, int], OrderedDict[str, Line]] | OrderedDict[str, Line], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
