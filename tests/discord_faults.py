"""What can go wrong with a request: each matching one takes the next fault of its queue.

``processed`` says that the request took effect before it went wrong: the client sees a failure, the message is there.
"""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass, field

_PATIENCE = 20


@dataclass(frozen=True)
class Pass:
    """Nothing goes wrong this time."""

    processed: bool = False

    async def wait(self) -> None:
        """Answer at once."""


@dataclass(frozen=True)
class Refuse(Pass):
    """Answer with a status, such as 503, and one of Discord's own codes, such as 40060."""

    status: int = 500
    code: int = 0


@dataclass(frozen=True)
class RateLimit(Pass):
    """Answer 429, to be tried again after so many seconds."""

    retry_after: float = 0.1


@dataclass(frozen=True)
class Reset(Pass):
    """Cut the connection: the client sees "connection reset by peer"."""


@dataclass(frozen=True)
class Slow(Pass):
    """Answer after so many seconds."""

    seconds: float = 1.0

    async def wait(self) -> None:
        """Take the time."""
        await asyncio.sleep(self.seconds)


class Gate:
    """Holds whoever comes until it is opened; it may be opened from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened = False
        self._reached = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def wait(self) -> None:
        """Wait for it to open."""
        event = asyncio.Event()
        with self._lock:
            if self._opened:
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        self._reached.set()
        await event.wait()

    def wait_reached(self, timeout: float = _PATIENCE) -> None:
        """Wait until somebody stands before it."""
        assert self._reached.wait(timeout), "Nobody came to the gate in time."

    def open(self) -> None:
        """Let through whoever waits and whoever comes."""
        with self._lock:
            self._opened = True
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)
            self._waiting.clear()


@dataclass(frozen=True)
class Hold(Pass):
    """Answer when the test says ``fault.gate.open()``."""

    gate: Gate = field(default_factory=Gate, repr=False)

    async def wait(self) -> None:
        """Wait for the gate."""
        await self.gate.wait()


class Faults:
    """Queues of faults, each for a method and a pattern of paths; the first that matches and has one left, gives."""

    def __init__(self) -> None:
        self._queues: list[tuple[str, re.Pattern[str], list[Pass]]] = []

    def add(self, method: str, path: str, faults: tuple[Pass, ...]) -> None:
        """Queue faults for requests of a method whose path the regular expression finds something in."""
        self._queues.append((method, re.compile(path), list(faults)))

    def take(self, method: str, path: str) -> Pass | None:
        """The fault that this request meets."""
        for wanted, pattern, left in self._queues:
            if left and wanted == method and pattern.search(path):
                return left.pop(0)
        return None

    def clear(self) -> None:
        """Forget the faults that were not met; those who wait at a gate are let through by whoever holds it."""
        self._queues.clear()
