"""What is shown while an answer is written: the latest state, not too often, and never after the answer."""

from __future__ import annotations

import asyncio

import discord
import pytest

from bot import progress as module
from bot.message.render import Rendered
from bot.progress import Progress


def state(number: int) -> Rendered:
    return Rendered((discord.Embed(description=str(number)),), None)


class Screen:
    """Shows states once the test lets it."""

    def __init__(self) -> None:
        self.shown: list[str | None] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def show(self, rendered: Rendered) -> None:
        self.begun.set()
        await self.gate.wait()
        self.shown.append(rendered.embeds[0].description)


async def test_a_state_is_shown() -> None:
    screen = Screen()
    async with Progress(screen.show) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(screen.begun.wait(), 20)
    assert screen.shown == ["1"]


async def test_of_many_states_the_first_and_the_latest_are_shown() -> None:
    screen = Screen()
    screen.gate.clear()
    async with Progress(screen.show, every=0) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(screen.begun.wait(), 20)
        screen.begun.clear()
        for number in range(2, 9):
            progress.tell(state(number))
        screen.gate.set()
        await asyncio.wait_for(screen.begun.wait(), 20)
    assert screen.shown == ["1", "8"]


async def test_between_two_edits_there_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, slept = Screen(), asyncio.Event()
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        slept.set()
        await sleep(0)

    monkeypatch.setattr("bot.progress.asyncio.sleep", note)
    async with Progress(screen.show) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(slept.wait(), 20)
    assert pauses == [1.0]


async def test_an_edit_under_way_ends_before_the_block_does_and_what_waits_is_not_shown() -> None:
    screen = Screen()
    screen.gate.clear()

    async def release() -> None:
        screen.gate.set()

    async with Progress(screen.show, every=0) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(screen.begun.wait(), 20)
        progress.tell(state(2))
        releasing = asyncio.create_task(release())
    assert screen.shown == ["1"]
    await releasing


async def test_an_edit_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.01)
    screen = Screen()
    screen.gate.clear()
    async with Progress(screen.show) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(screen.begun.wait(), 20)
    assert screen.shown == []


async def test_a_discord_that_fails_is_no_trouble() -> None:
    tried = asyncio.Event()

    async def fail(_rendered: Rendered) -> None:
        tried.set()
        raise ConnectionResetError

    async with Progress(fail, every=0) as progress:
        progress.tell(state(1))
        await asyncio.wait_for(tried.wait(), 20)
        tried.clear()
        progress.tell(state(2))
        await asyncio.wait_for(tried.wait(), 20)
