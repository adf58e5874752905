from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from bot.grounded import limits
from bot.grounded.errors import (
    ModelNonsenseError,
    ModelPausedError,
    ModelUnavailableError,
    TokensSpentError,
    Usage,
)
from bot.grounded.limits import Breaker, Budget, Day, Ledger, Prices
from bot.store import open_store

NOON = 1_740_398_400.0  # 24 February 2025, 12:00 UTC
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_RETRY_PAUSE", 0.0)


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Calls:
    """Raises one error after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answered"


# --- the seconds of an answer -------------------------------------------------------------------------------------


async def test_a_call_that_failed_is_made_once_more() -> None:
    call = Calls(ModelUnavailableError("x"))
    assert await Budget(20).spend(call) == "answered"
    assert call.made == 2


async def test_there_is_one_retry_for_all_calls_of_an_answer() -> None:
    budget = Budget(20)
    assert await budget.spend(Calls(ModelUnavailableError("x"))) == "answered"
    call = Calls(ModelUnavailableError("second"))
    with pytest.raises(ModelUnavailableError, match="second"):
        await budget.spend(call)
    assert call.made == 1


async def test_the_second_failure_is_told() -> None:
    call = Calls(ModelUnavailableError("first"), ModelUnavailableError("second"))
    with pytest.raises(ModelUnavailableError, match="second"):
        await Budget(20).spend(call)


@pytest.mark.parametrize(
    "error",
    [ModelUnavailableError("x", retryable=False), ModelNonsenseError("x"), ModelPausedError("x", retryable=False)],
)
async def test_what_no_retry_mends_is_told_at_once(error: Exception) -> None:
    call = Calls(error)
    with pytest.raises(type(error)):
        await Budget(20).spend(call)
    assert call.made == 1


async def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    call = Calls(ModelUnavailableError("x", retry_after=0.01))
    assert await Budget(20).spend(call) == "answered"


async def test_a_wait_longer_than_the_time_left_is_told_at_once() -> None:
    call = Calls(ModelUnavailableError("later", retry_after=30))
    with pytest.raises(ModelUnavailableError, match="later"):
        await asyncio.wait_for(Budget(20).spend(call), 10)
    assert call.made == 1


async def never() -> str:
    await asyncio.Event().wait()
    return "never"


async def test_a_call_that_never_ends_is_given_up() -> None:
    budget = Budget(0.01)
    with pytest.raises(ModelUnavailableError, match="longer than"):
        await asyncio.wait_for(budget.spend(never), 10)
    assert budget.left == 0


async def test_a_second_call_has_no_time_of_its_own() -> None:
    budget = Budget(0.01)
    for _ in range(2):
        with pytest.raises(ModelUnavailableError, match="longer than"):
            await asyncio.wait_for(budget.spend(never), 10)


async def test_a_time_out_of_something_else_is_no_time_out_of_the_model() -> None:
    with pytest.raises(TimeoutError, match="Discord"):
        await Budget(20).spend(Calls(TimeoutError("Discord")))


# --- failures in a row --------------------------------------------------------------------------------------------


def fail(breaker: Breaker, error: Exception | None = None) -> None:
    with pytest.raises((ModelUnavailableError, ModelNonsenseError)), breaker.guarded():
        raise error or ModelUnavailableError("x")


def succeed(breaker: Breaker) -> None:
    with breaker.guarded():
        pass


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock=clock)
    for _ in range(3):
        fail(breaker)
    return breaker


def rests(breaker: Breaker) -> bool:
    try:
        succeed(breaker)
    except ModelPausedError:
        return True
    return False


def test_three_failures_in_a_row_give_the_model_a_rest() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    fail(breaker)
    fail(breaker, ModelNonsenseError("x"))
    fail(breaker)
    assert rests(breaker)
    clock.now = 59.9
    assert rests(breaker)


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = Breaker(clock=Clock())
    for _ in range(5):
        fail(breaker)
        fail(breaker)
        succeed(breaker)
    assert not rests(breaker)


def test_after_the_rest_one_call_alone_finds_out() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 60
    with breaker.guarded():
        assert rests(breaker)
    assert not rests(breaker)


def test_a_call_that_finds_the_model_still_failing_prolongs_the_rest() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 60
    fail(breaker)
    clock.now = 119
    assert rests(breaker)
    clock.now = 120
    assert not rests(breaker)
    fail(breaker)
    assert not rests(breaker)


def test_a_call_that_was_given_up_counts_neither_way_and_leaves_its_place() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 60
    with pytest.raises(asyncio.CancelledError), breaker.guarded():
        raise asyncio.CancelledError
    assert not rests(breaker)


def test_a_refusal_to_ask_is_no_failure_of_the_model() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 59
    assert rests(breaker)
    clock.now = 60
    assert not rests(breaker)


# --- the tokens of a day ------------------------------------------------------------------------------------------


class Kept:
    """Notes in memory; ``failing`` raises when something is to be kept."""

    def __init__(self, **values: str) -> None:
        self.values = values
        self.failing = False

    async def note(self, key: str) -> str | None:
        return self.values.get(key)

    async def keep_note(self, key: str, value: str) -> None:
        if self.failing:
            raise OSError("disk full")
        self.values[key] = value


async def test_tokens_of_a_day_add_up() -> None:
    ledger = Ledger(None, clock=Clock(NOON))
    await ledger.count(Usage(100, 20))
    day = await ledger.count(Usage(1, 2))
    assert day == Day("2025-02-24", Usage(101, 22), Decimal(0))
    assert await ledger.today() == day


async def test_cost_is_exact_where_prices_are_known() -> None:
    ledger = Ledger(None, prices=Prices(Decimal("0.15"), Decimal("0.60")), clock=Clock(NOON))
    await ledger.count(Usage(1_000_000, 500_000))
    assert (await ledger.count(Usage(1, 0))).cost == Decimal("0.45000015")


async def test_at_the_ceiling_no_call_is_made_until_the_next_day_utc() -> None:
    clock = Clock(NOON)
    ledger = Ledger(100, clock=clock)
    await ledger.count(Usage(60, 39))
    await ledger.require_room()
    await ledger.count(Usage(0, 1))
    with pytest.raises(TokensSpentError, match="LLM_DAILY_TOKENS"):
        await ledger.require_room()
    clock.now = NOON + 12 * HOUR - 1
    with pytest.raises(TokensSpentError):
        await ledger.require_room()
    clock.now = NOON + 12 * HOUR
    await ledger.require_room()
    assert await ledger.today() == Day("2025-02-25", Usage(), Decimal(0))


async def test_without_a_ceiling_there_is_always_room() -> None:
    ledger = Ledger(None, clock=Clock(NOON))
    await ledger.count(Usage(10**9, 10**9))
    await ledger.require_room()


async def test_what_was_counted_outlives_a_restart() -> None:
    notes, clock = Kept(), Clock(NOON)
    prices = Prices(Decimal(1), Decimal(2))
    await Ledger(None, notes, prices, clock).count(Usage(100, 20))
    assert await Ledger(None, notes, prices, clock).count(Usage(1, 1)) == Day(
        "2025-02-24", Usage(101, 21), Decimal("0.000143")
    )
    clock.now += 24 * HOUR
    assert await Ledger(None, notes, prices, clock).today() == Day("2025-02-25", Usage(), Decimal(0))


async def test_the_bots_own_store_keeps_what_was_counted(tmp_path: Path) -> None:
    async with open_store(tmp_path / "state.sqlite") as store:
        await Ledger(None, store, clock=Clock(NOON)).count(Usage(100, 20))
        assert (await Ledger(None, store, clock=Clock(NOON)).today()).usage == Usage(100, 20)


@pytest.mark.parametrize(
    "note", ["", "nothing", "[]", "{}", '{"date": "2025-02-24", "input": "x", "output": 1, "cost": "1"}',
             '{"date": "2025-02-24", "input": 1, "output": 1, "cost": "x"}']
)  # fmt: skip
async def test_a_note_that_cannot_be_read_counts_as_none(note: str) -> None:
    ledger = Ledger(100, Kept(llm_tokens=note), clock=Clock(NOON))
    assert (await ledger.today()).usage == Usage()


async def test_tokens_are_counted_even_where_they_cannot_be_kept() -> None:
    notes = Kept()
    notes.failing = True
    ledger = Ledger(10, notes, clock=Clock(NOON))
    with pytest.raises(OSError, match="disk full"):
        await ledger.count(Usage(10, 0))
    with pytest.raises(TokensSpentError):
        await ledger.require_room()


async def test_calls_that_end_together_are_all_counted() -> None:
    notes = Kept()
    ledger = Ledger(None, notes, clock=Clock(NOON))
    await asyncio.gather(*(ledger.count(Usage(1, 1)) for _ in range(50)))
    assert (await Ledger(None, notes, clock=Clock(NOON)).today()).usage == Usage(50, 50)
