"""A message that grows while its answer is written, edited at most once a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from bot.delivery import LOST
from bot.message.render import Rendered

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 1.0
# An edit under way when the answer is ready is waited for, so that it cannot arrive after it; not for ever.
_LAST_SECONDS = 2.0


class Progress:
    """Shows the latest state that it was told, until the end of its block; what waits then is left out."""

    def __init__(self, show: Callable[[Rendered], Awaitable[object]], every: float = _EVERY_SECONDS) -> None:
        self._show = show
        self._every = every
        self._latest: Rendered | None = None
        self._news = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._run(), name="progress of an answer")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._latest = None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), _LAST_SECONDS)
        if self._showing:
            self._showing.cancel()
            await asyncio.wait((self._showing,))

    def tell(self, state: Rendered) -> None:
        """Show this state next, instead of any that waits."""
        self._latest = state
        self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            state, self._latest = self._latest, None
            if state is None:
                continue
            self._idle.clear()
            try:
                await self._show(state)
            except LOST as lost:
                # The answer itself is sent until it arrives; its progress is not worth that.
                _log.info("Progress of an answer could not be shown (%s).", type(lost).__name__)
            finally:
                self._idle.set()
            await asyncio.sleep(self._every)
