"""What `/preguntar` offers while somebody types: titles of articles, and questions answered in that server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.message.escape import clean
from index import analysis

MAX_CHOICES = 25
MAX_CHOICE = 100

_KEPT_QUESTIONS = 200
_KEPT_PLACES = 500


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    folded: str
    person: int = 0


def _line(text: str, person: int = 0) -> _Line:
    # What one person typed or published is offered to others.
    shown = clean(text, line=True)
    if len(shown) > MAX_CHOICE:
        shown = f"{shown[: MAX_CHOICE - 1].rstrip()}…"
    return _Line(shown, analysis.fold(shown.lower()), person)


class Suggestions:
    """Titles of the version in use, and the last questions answered in public, by server; in memory alone."""

    def __init__(self) -> None:
        self._titles: tuple[_Line, ...] = ()
        self._answered: OrderedDict[int, OrderedDict[str, _Line]] = OrderedDict()

    def use_titles(self, titles: Iterable[str]) -> None:
        """Offer these titles from now on."""
        lines = map(_line, dict.fromkeys(titles))
        self._titles = tuple(line for line in lines if line.text)

    def remember(self, place: int, person: int, question: str) -> None:
        """Offer a question of a person's that was answered, in that server alone."""
        # A choice cut short would ask another question than the one that was answered.
        if len(question) > MAX_CHOICE:
            return
        line = _line(question, person)
        if not line.text:
            return
        answered = self._answered.setdefault(place, OrderedDict())
        self._answered.move_to_end(place)
        answered[line.folded] = line
        answered.move_to_end(line.folded)
        _trim(answered, _KEPT_QUESTIONS)
        _trim(self._answered, _KEPT_PLACES)

    def offer(self, place: int, typed: str) -> tuple[str, ...]:
        """At most ``MAX_CHOICES`` texts that hold every word typed, questions before titles, the latest first."""
        words = analysis.fold(typed.lower()).split()
        questions = reversed(self._answered.get(place, OrderedDict()).values())
        found: dict[str, None] = {}
        for line in (*questions, *self._titles):
            if all(word in line.folded for word in words):
                found[line.text] = None
                if len(found) == MAX_CHOICES:
                    break
        return tuple(found)

    def forget_person(self, person: int) -> None:
        """Forget what a person asked."""
        for answered in self._answered.values():
            for folded in [folded for folded, line in answered.items() if line.person == person]:
                del answered[folded]

    def forget_place(self, place: int) -> None:
        """Forget what was asked in a server."""
        self._answered.pop(place, None)


def _trim(kept: OrderedDict[int, OrderedDict[str, _Line]] | OrderedDict[str, _Line], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
