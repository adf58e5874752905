"""What was asked of the tests' own Discord, and how a test waits for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.discord_numbers import Json
from tests.discord_parts import Attachment

T = TypeVar("T")


@dataclass(eq=False)
class Request:
    """A request as it came; ``status`` is None until it was answered, and stays so where the connection was reset."""

    method: str
    path: str
    query: dict[str, str]
    body: Json | list[Json] | None
    files: list[Attachment]
    authorization: str
    status: int | None = None
    answer: object = None
    fault: object = None

    def __str__(self) -> str:
        fault = f" ({self.fault})" if self.fault else ""
        return f"{self.method} {self.path} -> {self.status}{fault} {str(self.answer or '')[:200]}"

    @property
    def json(self) -> Json:
        """The body, an object."""
        return self.body if isinstance(self.body, dict) else {}


@dataclass(eq=False)
class Journal:
    """The requests, and the lock under which everything changes; whoever changes something notifies."""

    requests: list[Request] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    # What a failed wait shows besides the requests, such as the end of the bot's log; and whether the bot has ended.
    diagnostics: list[Callable[[], str]] = field(default_factory=list)
    ended: Callable[[], bool] = lambda: False

    def notify(self) -> None:
        """Have every waiting test look again."""
        with self.changed:
            self.changed.notify_all()

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 20, what: str = "") -> T:
        """Wait until the predicate holds and return what it returned.

        Raises ``AssertionError`` with the last requests and the end of the bot's log; early where the bot has ended.
        """
        deadline = time.monotonic() + timeout
        with self.changed:
            while not (found := predicate()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(self._story(what or getattr(predicate, "__name__", "what was waited for")))
                if self.ended():
                    # Its last requests may still be on their way through this server.
                    deadline = min(deadline, time.monotonic() + 1)
                    left = min(left, 0.1)
                self.changed.wait(left)
            return found

    def _story(self, what: str) -> str:
        recent = "\n".join(f"  {request}" for request in self.requests[-20:])
        return "\n".join(
            [f"Not seen in time: {what}. The last requests:", recent, *(say() for say in self.diagnostics)]
        )
