"""What a language model may cost: the seconds of an answer, failures in a row, the tokens of a day.

The breaker is written out rather than brought in by a package: it is thirty lines, its clock can be set, and what it
guards may be a coroutine.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from bot.grounded.errors import (
    GroundingError,
    ModelPausedError,
    ModelUnavailableError,
    TokensSpentError,
    Usage,
)

T = TypeVar("T")

_RETRY_PAUSE: Final = 0.25
_NOTE: Final = "llm_tokens"
_MILLION: Final = 1_000_000


class Budget:
    """The seconds that one answer has, however many calls it makes, and one retry for all of them.

    ``usage`` is what its calls cost so far, the failed ones too. Time runs from when it is made, in a running loop.
    """

    def __init__(self, seconds: float = 20) -> None:
        self.usage = Usage()
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._retries = 1

    @property
    def left(self) -> float:
        """The seconds left, 0 where there are none."""
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def spend(self, call: Callable[[], Awaitable[T]]) -> T:
        """What ``call`` returns; where that may help it is made once more, from the start.

        Raises what the last call raised, and ``ModelUnavailableError`` where the time is up.
        """
        limit = asyncio.timeout_at(self._deadline)
        try:
            async with limit:
                while True:
                    try:
                        return await call()
                    except ModelUnavailableError as error:
                        pause = _RETRY_PAUSE if error.retry_after is None else error.retry_after
                        # A wait that would use the time up is told at once.
                        if not error.retryable or not self._retries or pause >= self.left:
                            raise
                        self._retries -= 1
                    await asyncio.sleep(pause)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ModelUnavailableError(
                "The language model took longer than it may: raise LLM_TIMEOUT or try another one.",
                retryable=False,
            ) from None


class Breaker:
    """Leaves a model alone for a while after failures in a row, then lets one call find out whether it is back."""

    def __init__(self, failures: int = 3, pause: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = failures
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0
        self._probing = False

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Run the block, which makes one call, and learn from it. While it rests, raise ``ModelPausedError``."""
        resting = self._failures >= self._allowed
        if resting and (self._probing or self._clock() < self._closed_until):
            raise ModelPausedError(
                "The language model failed too often: it is asked again in a minute.", retryable=False
            )
        self._probing = resting
        try:
            yield
        except GroundingError:
            self._failures += 1
            self._closed_until = self._clock() + self._pause
            raise
        else:
            self._failures = 0
        finally:
            if resting:
                self._probing = False


class Notes(Protocol):
    """Where single values outlive the process; ``bot.store.Store`` is one."""

    async def note(self, key: str) -> str | None:
        """The value kept under ``key``."""

    async def keep_note(self, key: str, value: str) -> None:
        """Keep ``value`` under ``key``."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in one currency."""

    input: Decimal
    output: Decimal

    def of(self, usage: Usage) -> Decimal:
        """What these tokens cost."""
        return (self.input * usage.input_tokens + self.output * usage.output_tokens) / _MILLION


@dataclass(frozen=True, slots=True)
class Day:
    """What was used on a day, ``date`` in UTC and ISO 8601; ``cost`` is 0 where no prices are known."""

    date: str
    usage: Usage
    cost: Decimal


class Ledger:
    """Counts the tokens of each UTC day, and says when there are no more; without ``notes``, in memory alone.

    ``ceiling`` is in tokens, None for none. Calls under way when it is reached still end: it can be passed by theirs.
    ``clock`` gives Unix seconds.
    """

    def __init__(
        self,
        ceiling: int | None,
        notes: Notes | None = None,
        prices: Prices | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ceiling = ceiling
        self._notes = notes
        self._prices = prices
        self._clock = clock
        self._day: Day | None = None
        self._lock = asyncio.Lock()

    async def today(self) -> Day:
        """What was used today. Raises what ``notes`` raises."""
        async with self._lock:
            return await self._today()

    async def require_room(self) -> None:
        """Raise ``TokensSpentError`` where today's tokens are used up, or what ``notes`` raises."""
        if self._ceiling is not None and (await self.today()).usage.total >= self._ceiling:
            raise TokensSpentError(
                f"Today's {self._ceiling} tokens are used up: wait for tomorrow (UTC) or raise LLM_DAILY_TOKENS."
            )

    async def count(self, usage: Usage) -> Day:
        """Add a call's tokens and return the day. Raises what ``notes`` raises; they are counted in memory even so."""
        async with self._lock:
            day = await self._today()
            cost = self._prices.of(usage) if self._prices else Decimal(0)
            self._day = day = replace(day, usage=day.usage + usage, cost=day.cost + cost)
            if self._notes:
                await self._notes.keep_note(_NOTE, _written(day))
            return day

    async def _today(self) -> Day:
        date = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        if self._day is None and self._notes:
            self._day = _read(await self._notes.note(_NOTE))
        if self._day is None or self._day.date != date:
            self._day = Day(date, Usage(), Decimal(0))
        return self._day


def _written(day: Day) -> str:
    tokens = {"input": day.usage.input_tokens, "output": day.usage.output_tokens}
    return json.dumps({"date": day.date, **tokens, "cost": str(day.cost)})


def _read(note: str | None) -> Day | None:
    """A day as it was written; None where there is none, or another release wrote it."""
    try:
        kept = json.loads(note or "")
        return Day(str(kept["date"]), Usage(int(kept["input"]), int(kept["output"])), Decimal(kept["cost"]))
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None
