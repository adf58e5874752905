"""Who may ask now: checked before anything is promised to Discord, so that a refusal costs nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from discord.ext import commands

from bot.store import GuildSettings
from index.records import Language

_MINUTE = 60.0
_PRESSES_PER_MINUTE = 30


class Why(StrEnum):
    """Why a question is not taken."""

    CLOSING = "closing"
    CHANNEL = "channel"
    ROLE = "role"
    TOO_OFTEN = "too often"
    SERVER_BUSY = "server busy"
    BUSY = "busy"


class RefusedError(Exception):
    """A question is not taken; ``seconds`` is how long to wait, where that is known."""

    def __init__(self, why: Why, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom something is asked.

    ``guild`` is 0 in direct messages; ``channels`` are the channel's id and, in a thread, its parent's; ``language`` is
    that of the bot's own words; where ``private``, only the asker sees the answer; where ``threads``, a thread can be
    opened from it.
    """

    guild: int
    channel: int
    channels: frozenset[int]
    user: int
    roles: frozenset[int]
    language: Language
    private: bool
    threads: bool


class Admission:
    """Lets questions in: so many a minute and person, so many at once in a server and in all, none while stopping.

    ``full`` says whether the search has no place left. Questions let in count beside it: one that is still on its way
    to the search has its place there.
    """

    def __init__(self, per_minute: int, per_server: int, in_all: int, full: Callable[[], bool]) -> None:
        self._per_server = per_server
        self._in_all = in_all
        self._full = full
        self._rates: commands.CooldownMapping[int] = commands.CooldownMapping.from_cooldown(
            per_minute, _MINUTE, lambda person: person
        )
        self._presses: commands.CooldownMapping[int] = commands.CooldownMapping.from_cooldown(
            _PRESSES_PER_MINUTE, _MINUTE, lambda person: person
        )
        self._in_server: Counter[int] = Counter()
        self._under_way = 0
        self.closing = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()

    @staticmethod
    def require_place(place: Place, settings: GuildSettings) -> None:
        """Raise ``RefusedError`` where an admin keeps the bot out of a channel, or to certain roles."""
        if settings.channels and not settings.channels & place.channels:
            raise RefusedError(Why.CHANNEL)
        if settings.roles and not settings.roles & place.roles:
            raise RefusedError(Why.ROLE)

    @contextmanager
    def admitted(self, place: Place, settings: GuildSettings) -> Iterator[None]:
        """Hold a seat while the block answers. Raises ``RefusedError``; only what is taken counts against its asker."""
        if self.closing.is_set():
            raise RefusedError(Why.CLOSING)
        self.require_place(place, settings)
        if self._full() or self._in_server.total() >= self._in_all:
            raise RefusedError(Why.BUSY)
        if place.guild and self._in_server[place.guild] >= self._per_server:
            raise RefusedError(Why.SERVER_BUSY)
        if wait := self._rates.update_rate_limit(place.user):
            raise RefusedError(Why.TOO_OFTEN, wait)
        self._in_server[place.guild] += 1
        try:
            with self.under_way():
                yield
        finally:
            self._in_server[place.guild] -= 1
            if not self._in_server[place.guild]:
                del self._in_server[place.guild]

    @contextmanager
    def pressed(self, place: Place, settings: GuildSettings) -> Iterator[None]:
        """The block does what a button says. Raises ``RefusedError``, also for more in a minute than anyone needs."""
        if self.closing.is_set():
            raise RefusedError(Why.CLOSING)
        self.require_place(place, settings)
        if wait := self._presses.update_rate_limit(place.user):
            raise RefusedError(Why.TOO_OFTEN, wait)
        with self.under_way():
            yield

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count the block as something that the bot ends before it stops."""
        self._under_way += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    async def close(self, grace: float) -> bool:
        """Let nothing more in, and wait ``grace`` seconds at most for what is under way; whether all of it ended."""
        self.closing.set()
        if not self._quiet.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), grace)
        return self._quiet.is_set()
