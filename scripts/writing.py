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
    from bot.grounded.writer import Writer
    from index.records import Language


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes one answer after another, or leaves them as they are where no model is set."""

    _runner: asyncio.Runner
    _writer: Writer | None

    def write(self, reply: Reply) -> Reply:
        """The reply as the model writes it."""
        writer = self._writer
        if writer is None:
            return reply

        async def written() -> Reply:
            return await writer.write(reply, writer.budget())

        return self._runner.run(written())

    def standalone(self, question: str, turns: list[tuple[str, str]], language: Language) -> str | None:
        """A follow-up in full; None where the model is not there or does not know."""
        writer = self._writer
        if writer is None or not turns:
            return None

        async def rewritten() -> str | None:
            return await writer.standalone(question, turns, language, writer.budget())

        return self._runner.run(rewritten())


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
