"""Who is let in, who is told to wait, and how the bot waits for what is under way when it stops."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace

import pytest

from bot.admission import Admission, Place, RefusedError, Why
from bot.store import GuildSettings
from index.records import Language

PLACE = Place(
    guild=1,
    channel=5,
    channels=frozenset({5}),
    user=10,
    roles=frozenset({7}),
    language=Language.SPANISH,
    private=False,
    threads=True,
)
SETTINGS = GuildSettings(1)


def admission(per_minute: int = 6, per_server: int = 4, in_all: int = 32, full: bool = False) -> Admission:
    return Admission(per_minute, per_server, in_all, lambda: full)


def refused(gate: Admission, place: Place = PLACE, settings: GuildSettings = SETTINGS) -> RefusedError:
    with pytest.raises(RefusedError) as caught, gate.admitted(place, settings):
        pass
    return caught.value


async def test_a_person_may_ask_so_often_a_minute_and_is_told_how_long_to_wait() -> None:
    gate = admission(per_minute=2)
    for _ in range(2):
        with gate.admitted(PLACE, SETTINGS):
            pass
    error = refused(gate)
    assert error.why is Why.TOO_OFTEN
    assert 0 < error.seconds <= 60
    with gate.admitted(replace(PLACE, user=11), SETTINGS):
        pass


async def test_a_server_has_so_many_questions_under_way() -> None:
    gate = admission(per_server=2)
    with ExitStack() as seats:
        for user in (10, 11):
            seats.enter_context(gate.admitted(replace(PLACE, user=user), SETTINGS))
        assert refused(gate, replace(PLACE, user=12)).why is Why.SERVER_BUSY
        with gate.admitted(replace(PLACE, user=12, guild=2), SETTINGS):
            pass
    with gate.admitted(replace(PLACE, user=12), SETTINGS):
        pass


async def test_the_bot_has_so_many_questions_under_way_wherever_they_were_asked() -> None:
    gate = admission(in_all=2)
    with gate.admitted(PLACE, SETTINGS), gate.admitted(replace(PLACE, guild=0, user=11), SETTINGS):
        assert refused(gate, replace(PLACE, guild=2, user=12)).why is Why.BUSY
    with gate.admitted(replace(PLACE, guild=2, user=12), SETTINGS):
        pass


async def test_direct_messages_are_no_server() -> None:
    gate = admission(per_server=1)
    with gate.admitted(replace(PLACE, guild=0), SETTINGS), gate.admitted(replace(PLACE, guild=0, user=11), SETTINGS):
        pass


async def test_a_seat_is_free_again_after_a_failure() -> None:
    gate = admission(per_server=1)
    with pytest.raises(ZeroDivisionError), gate.admitted(PLACE, SETTINGS):
        raise ZeroDivisionError
    with gate.admitted(PLACE, SETTINGS):
        pass


async def test_a_full_queue_lets_nobody_in_and_counts_against_nobody() -> None:
    full = True
    gate = Admission(1, 1, 1, lambda: full)
    assert refused(gate).why is Why.BUSY
    full = False
    with gate.admitted(PLACE, SETTINGS):
        pass


@pytest.mark.parametrize(
    ("settings", "place", "why"),
    [
        (replace(SETTINGS, channels=frozenset({6})), PLACE, Why.CHANNEL),
        (replace(SETTINGS, channels=frozenset({6})), replace(PLACE, channels=frozenset({5, 6})), None),
        (replace(SETTINGS, roles=frozenset({8})), PLACE, Why.ROLE),
        (replace(SETTINGS, roles=frozenset({7, 8})), PLACE, None),
    ],
)
async def test_an_admin_chooses_channels_and_roles(settings: GuildSettings, place: Place, why: Why | None) -> None:
    gate = admission()
    if why:
        assert refused(gate, place, settings).why is why
    else:
        with gate.admitted(place, settings):
            pass


async def test_what_is_refused_for_its_place_leaves_the_persons_minute_whole() -> None:
    gate = admission(per_minute=1)
    refused(gate, settings=replace(SETTINGS, channels=frozenset({6})))
    with gate.admitted(PLACE, SETTINGS):
        pass


async def test_stopping_waits_for_what_is_under_way_and_lets_nothing_more_in() -> None:
    gate = admission()
    with gate.admitted(PLACE, SETTINGS):
        closing = asyncio.create_task(gate.close(60))
        await asyncio.sleep(0)
        assert not closing.done()
        assert refused(gate, replace(PLACE, user=11)).why is Why.CLOSING
    assert await closing


async def test_stopping_does_not_wait_for_ever() -> None:
    gate = admission()
    with gate.under_way():
        assert not await gate.close(0.01)


async def test_stopping_with_nothing_under_way_is_at_once() -> None:
    assert await admission().close(0.0)
