"""How ``python -m bot`` ends: one line on standard error and an exit code for each thing that keeps it from running."""

from __future__ import annotations

import asyncio
import errno
from types import SimpleNamespace
from typing import cast

import aiohttp
import discord
import pytest

from bot import __main__ as program
from bot.settings import Settings, SettingsError
from bot.store import StoreError
from index.records import IndexMissingError, ModelError
from tests.command_line import SETTINGS


def closed(code: int) -> discord.ConnectionClosed:
    """The gateway's connection, closed with a code."""
    return discord.ConnectionClosed(cast("discord.gateway.DiscordClientWebSocketResponse", None), shard_id=0, code=code)


def refused(kind: type[discord.HTTPException], status: int) -> discord.HTTPException:
    response = SimpleNamespace(status=status, reason="No")
    return kind(cast("aiohttp.ClientResponse", response), {"code": 0, "message": "nothing"})


UNREACHABLE = "Discord cannot be reached ("
ENDS = [
    (discord.LoginFailure("Improper token has been passed."), 2, "Discord does not accept DISCORD_TOKEN: "),
    (closed(4004), 2, "Discord does not accept DISCORD_TOKEN: "),
    (discord.PrivilegedIntentsRequired(0), 2, "Discord refuses the Message Content intent: "),
    (closed(4000), 1, "Discord has closed the connection with code 4000: "),
    (IndexMissingError("There is no index."), 1, "There is no index."),
    (ModelError("The model is gone."), 1, "The model is gone."),
    (StoreError("The store is full."), 1, "The store is full."),
    (SettingsError("DISCORD_GUILD_ID is 1."), 2, "DISCORD_GUILD_ID is 1."),
    (refused(discord.DiscordServerError, 503), 1, UNREACHABLE),
    (refused(discord.HTTPException, 429), 1, UNREACHABLE),
    (refused(discord.HTTPException, 400), 1, "Discord refuses what the bot tells it (400"),
    (ConnectionResetError(errno.ECONNRESET, "reset"), 1, UNREACHABLE),
    (aiohttp.ServerDisconnectedError(), 1, UNREACHABLE),
    (TimeoutError(), 1, f"{UNREACHABLE}TimeoutError)"),
]


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but a token, and a log that is not set up for the whole process."""
    for name in SETTINGS:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr("bot.logs.set_up", lambda *_given: None)


@pytest.mark.parametrize(
    ("error", "code", "sentence"), ENDS, ids=[f"{type(error).__name__} {error}" for error, *_ in ENDS]
)
def test_what_keeps_it_from_running_is_one_line_and_a_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    sentence: str,
) -> None:
    async def fails(_settings: Settings) -> None:
        raise error

    monkeypatch.setattr(program, "serve", fails)
    assert program.main() == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(sentence)
    assert err.count("\n") == 1
    assert err.endswith(".\n")


def test_what_nobody_foresaw_is_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_settings: Settings) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(program, "serve", fails)
    with pytest.raises(ZeroDivisionError):
        program.main()


def test_a_bot_that_was_stopped_ends_with_0_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served = []

    async def serves(settings: Settings) -> None:
        await asyncio.sleep(0)
        served.append(settings.discord_token.value)

    monkeypatch.setattr(program, "serve", serves)
    assert program.main() == 0
    assert served == ["a.b.c"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "value", "lines"), [("DISCORD_TOKEN", "", 3), ("DISCORD_GUILD_ID", "mi servidor", 1)])
def test_a_setting_that_must_change_is_named_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, lines: int
) -> None:
    async def serves(_settings: Settings) -> None:
        pytest.fail("It began to run.")

    monkeypatch.setattr(program, "serve", serves)
    monkeypatch.setenv(name, value)
    assert program.main() == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", lines)
    assert err.startswith(f"{name} is ")
