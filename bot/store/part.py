"""What the parts of the store stand on, and when two questions count as one."""

from __future__ import annotations

from collections.abc import Callable

from bot.store.database import Database
from index import analysis


class Part:
    """The tables of one subject. Every method raises ``StoreError``; moments are UTC, in whole Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def _now(self) -> int:
        return int(self._clock())


def wording(question: str) -> str:
    """The question's words without case, accents or signs: equal for "¿Quién dirige X?" and "quien dirige x"."""
    return " ".join(analysis.tokens(analysis.fold(question))) or question.strip()
