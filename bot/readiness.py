"""Whether questions can be answered now: the gateway connected, an index loaded, the store writable."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from bot.store import Store, StoreError

_log = logging.getLogger(__name__)

_NOTE = "written"
_WRITE_EVERY = 1.0


class Readiness:
    """Finds out when it is asked; what it was not told of yet does not hold.

    ``loaded`` and ``connected`` say whether the index and the gateway are there; ``store`` is written to. ``clock``
    gives seconds.
    """

    def __init__(self, loaded: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self.connected: Callable[[], bool] = lambda: False
        self.store: Store | None = None
        self._loaded = loaded
        self._clock = clock
        self._turn = asyncio.Lock()
        self._trouble: str | None = None
        self._write_again = 0.0

    async def states(self) -> dict[str, bool]:
        """Each thing that must hold, by name, and whether it does."""
        store = self.store is not None and await self._writable(self.store)
        return {"gateway": self.connected(), "index": self._loaded(), "store": store}

    async def _writable(self, store: Store) -> bool:
        """Whether the last write succeeded; however often this is asked, there is one a second at most."""
        async with self._turn:
            if self._clock() >= self._write_again:
                trouble = await _write(store)
                if trouble and trouble != self._trouble:
                    _log.warning("%s", trouble)
                self._trouble = trouble
                self._write_again = self._clock() + _WRITE_EVERY
            return self._trouble is None


async def _write(store: Store) -> str | None:
    """Write something small, which a full disk does not take; None, or what is wrong."""
    try:
        await store.keep_note(_NOTE, "")
    except StoreError as error:
        return str(error)
    return None
