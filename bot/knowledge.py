"""The published index, open for questions: they run in threads, a bounded number waits, new versions are swapped in.

A question keeps the desk that it began with, so an answer never mixes two versions; a version that was swapped out is
closed when the last question on it ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from bot.desk import Desk, Focus, Reply, open_desk
from index import publish
from index.records import KnowledgeError, ModelError, SnapshotError

if TYPE_CHECKING:
    from index.snapshot import Snapshot

T = TypeVar("T")

TOP = 10

_log = logging.getLogger(__name__)

# Searching holds the interpreter most of the time; a second thread uses what the first leaves while NumPy works.
_THREADS = 2
_TIMEOUT = 30.0
_WATCH_SECONDS = 1.0


class BusyError(Exception):
    """As many questions wait as may: this one is not taken."""


class Reload(StrEnum):
    """What came of a version that was published while questions are answered."""

    OK = "ok"
    REFUSED = "refused"


class Knowledge:
    """What the bot knows; ``async with`` opens it, and raises ``SnapshotError`` or ``ModelError`` where that fails.

    ``cache`` is the folder where the prepared model is kept. ``waiting`` is how many questions wait or are answered,
    ``reloads`` how many versions came into use since it was opened, and how many could not be.
    """

    def __init__(self, folder: Path, model: str, queue_size: int, *, cache: Path | None = None) -> None:
        self._folder = folder
        self._model = model
        self._cache = cache
        self._queue_size = queue_size
        self.waiting = 0
        self.reloads = dict.fromkeys(Reload, 0)
        self._desk: Desk | None = None
        self._refused: str | None = None
        self._answering = ThreadPoolExecutor(_THREADS, "answer")
        self._loading = ThreadPoolExecutor(1, "load")

    async def __aenter__(self) -> Self:
        try:
            self._desk = await self._load(None)
        except BaseException:
            self._shut()
            raise
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._shut()

    @property
    def desk(self) -> Desk:
        """The version that a question asked now is answered from."""
        if self._desk is None:
            raise RuntimeError("Knowledge is used before `async with` has opened it.")
        return self._desk

    @property
    def loaded(self) -> bool:
        """Whether there is a version to answer from."""
        return self._desk is not None

    @property
    def full(self) -> bool:
        """Whether a question asked now would be refused."""
        return self.waiting >= self._queue_size

    async def ask(self, question: str, focus: Focus | None = None) -> Reply:
        """Answer in a thread. Raises ``BusyError``, ``QuestionError``, ``IndexDamagedError`` or ``TimeoutError``."""
        desk = self.desk
        return await self.run(lambda: desk.ask(question, focus))

    async def run(self, work: Callable[[], T]) -> T:
        """Do work that reads the index in its turn, in an answering thread. Raises ``BusyError``, ``TimeoutError``."""
        if self.full:
            raise BusyError
        self.waiting += 1
        future = _begin(self._answering, work)
        # Counted off when the thread is free again, which is later than a time-out.
        future.add_done_callback(self._count_off)
        return await asyncio.wait_for(asyncio.shield(future), _TIMEOUT)

    async def aside(self, read: Callable[[Snapshot], T]) -> T:
        """Read something of the version in use in a thread of its own, in no question's turn."""
        snapshot = self.desk.snapshot
        return await _begin(self._loading, lambda: read(snapshot))

    async def is_current(self) -> bool:
        """Whether the version in use is the published one."""
        loop = asyncio.get_running_loop()
        try:
            return self.desk.version == await loop.run_in_executor(self._loading, publish.current_version, self._folder)
        except SnapshotError:
            return False

    async def watch(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Look at what is published every second, swap a new version in, and await ``changed`` after each swap."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if await self.refresh():
                await changed()

    async def refresh(self) -> bool:
        """Open the published version if it is another one; whether it was swapped in. What does not open is logged."""
        old = self.desk
        loop = asyncio.get_running_loop()
        try:
            published = await loop.run_in_executor(self._loading, publish.current_version, self._folder)
            if published in (old.version, self._refused):
                return False
            new = await self._load(old)
        except (SnapshotError, ModelError) as error:
            self._refuse(error)
            return False
        self._desk, self._refused = new, None
        self.reloads[Reload.OK] += 1
        _log.info("Version %s of the index is in use, %d articles.", new.version, new.snapshot.manifest.articles)
        return True

    async def _load(self, old: Desk | None) -> Desk:
        def load() -> Desk:
            encoder = old.encoder if old else None
            return open_desk(self._folder, self._model, TOP, cache=self._cache, encoder=encoder, verify=True)

        return await _begin(self._loading, load)

    def _refuse(self, error: KnowledgeError) -> None:
        """Go on with the version in use; the reason is logged once a version, not once a second."""
        try:
            published = publish.current_version(self._folder)
        except SnapshotError:
            published = ""
        if published != self._refused:
            self.reloads[Reload.REFUSED] += 1
            _log.warning("The version in use stays, since the published one cannot be opened. %s", error)
        self._refused = published

    def _count_off(self, future: asyncio.Future[T]) -> None:
        self.waiting -= 1
        if not future.cancelled():
            # A question that timed out has nobody left to see its error.
            future.exception()

    def _shut(self) -> None:
        for executor in (self._answering, self._loading):
            executor.shutdown(wait=False, cancel_futures=True)


def _begin(executor: ThreadPoolExecutor, work: Callable[[], T]) -> asyncio.Future[T]:
    """Do work in a thread as part of what is being served here: an executor does not carry the context along."""
    return asyncio.get_running_loop().run_in_executor(executor, copy_context().run, work)
