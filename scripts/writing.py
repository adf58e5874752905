"""The language model of the settings, for the command line: answers are written by it where one is set."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from bot.desk import Reply
    from bot.grounded.limits import Budget, Day
    from bot.grounded.writer import Writer
    from index.records import Language


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes one answer after another, or leaves them as they are where no model is set."""

    _runner: asyncio.Runner
    _writer: Writer | None

    def begin(self) -> Budget | None:
        """The time that one question has, its rewriting included; None where no model is set."""
        writer = self._writer

        async def begun() -> Budget | None:
            return writer.budget() if writer else None

        return self._runner.run(begun())

    def write(self, reply: Reply, budget: Budget | None = None) -> Reply:
        """The reply as the model writes it, in the time left of ``budget`` or in all that a question has."""
        budget = budget or self.begin()
        if self._writer is None or budget is None:
            return reply
        return self._runner.run(self._writer.write(reply, budget))

    def standalone(
        self, question: str, turns: list[tuple[str, str]], language: Language, budget: Budget | None
    ) -> str | None:
        """A follow-up in full; None where the model is not there or does not know."""
        if self._writer is None or budget is None:
            return None
        return self._runner.run(self._writer.standalone(question, turns, language, budget))


@contextmanager
def open_pen(settings: Settings) -> Iterator[Pen]:
    """The pen; the model's tokens are counted in the store. Raises ``GroundingError`` or ``SettingsError``."""
    with asyncio.Runner() as runner:
        if not settings.llm_model:
            yield Pen(runner, None)
            return
        from bot.grounded.opening import open_writer
        from bot.store import StoreError, open_store

        store = open_store(settings.state_file)
        try:
            notes = runner.run(store.__aenter__())
        except StoreError as error:
            raise SettingsError(str(error)) from error
        try:
            yield Pen(runner, open_writer(settings, notes))
        finally:
            runner.run(store.__aexit__(None, None, None))


def used_today(settings: Settings) -> Day:
    """What the language model used today (UTC), by anyone who shares the store. Raises ``SettingsError``."""
    from bot.grounded.limits import Ledger
    from bot.store import StoreError, open_store

    async def read() -> Day:
        async with open_store(settings.state_file) as store:
            return await Ledger(None, store).today()

    try:
        return asyncio.run(read())
    except StoreError as error:
        raise SettingsError(str(error)) from error
