"""How the bot says that it lives and can answer, without a bot: what may be asked, what must hold, the probe."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import health, readiness
from bot.health import open_health
from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.settings import SettingsError
from bot.store import Store, database, open_store
from tests.command_line import SETTINGS
from tests.outside import Outside, Response, free_port, read_numbers

HOST = "127.0.0.1"


@asynccontextmanager
async def answering(states: Mapping[str, bool]) -> AsyncIterator[Outside]:
    """Somebody who can be asked, and says this of the bot."""
    outside = Outside(free_port())

    async def found() -> Mapping[str, bool]:
        return states

    async with open_health(HOST, outside.port, found, Metrics()):
        yield outside


async def ask(outside: Outside, path: str, method: str = "GET") -> Response:
    return await asyncio.to_thread(outside.get, path, method)


# --- what is answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [(), ("gateway",), ("index",), ("store",), ("gateway", "store")])
async def test_ready_is_what_has_all_that_it_needs_and_the_rest_is_named(missing: tuple[str, ...]) -> None:
    states = {name: name not in missing for name in ("gateway", "index", "store")}
    async with answering(states) as outside:
        answer = await ask(outside, "/readyz")
        lives = await ask(outside, "/healthz")
    assert answer.status == (503 if missing else 200)
    assert answer.json == {"ready": not missing, "checks": states}
    assert (lives.status, lives.json) == (200, {"alive": True})


async def test_the_metrics_are_in_the_format_that_their_type_says() -> None:
    async with answering({}) as outside:
        answer = await ask(outside, "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "pregonero_gateway_connected" in read_numbers(answer.body.decode())


async def test_nothing_else_is_answered_and_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with answering({"gateway": True}) as outside:
        for path in ("/healthz", "/readyz", "/metrics"):
            head = await ask(outside, path, "HEAD")
            assert (head.status, head.body) == (200, b"")
            for method in ("POST", "PUT", "DELETE", "OPTIONS"):
                assert (await ask(outside, path, method)).status == 405
        for path in ("/", "/healthz/", "/../etc/passwd", "/metrics/x?token=a.b.c"):
            assert (await ask(outside, path)).status == 404
    assert caplog.records == []


async def test_a_body_that_is_not_what_it_is_said_to_be_is_not_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    async with answering({}) as outside:
        reader, writer = await asyncio.open_connection(HOST, outside.port)
        writer.write(said)
        # To the end of the connection: by then aiohttp has looked at the body.
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert caplog.records == []


async def test_what_is_no_http_is_refused_and_not_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with answering({}) as outside:
        for said in (b"GET /healthz HTTP/1.1\r\nContent-Length: abc\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"):
            reader, writer = await asyncio.open_connection(HOST, outside.port)
            writer.write(said)
            assert b" 400 " in await reader.readline()
            writer.close()
    assert caplog.records == []


@pytest.mark.parametrize(("host", "reason"), [(HOST, "Address already in use"), ("192.0.2.1", "Cannot assign")])
async def test_an_address_that_cannot_be_had_is_one_sentence_that_names_the_settings(host: str, reason: str) -> None:
    async with answering({}) as outside:
        with pytest.raises(SettingsError) as caught:
            async with open_health(host, outside.port, lambda: asyncio.sleep(0, {}), Metrics()):
                pytest.fail("It is listened at.")
    said = f"HEALTH_PORT is {outside.port}, which cannot be opened at HEALTH_HOST {host} ({reason}"
    assert str(caught.value).startswith(said)


# --- what must hold -----------------------------------------------------------------------------------------------


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is written to each time, not once a second."""
    monkeypatch.setattr(readiness, "_WRITE_EVERY", 0.0)


def of_store(store: Store) -> Readiness:
    made = Readiness(lambda: True)
    made.store, made.connected = store, lambda: True
    return made


async def test_what_it_was_not_told_of_does_not_hold(tmp_path: Path) -> None:
    loaded, connected = False, False
    made = Readiness(lambda: loaded)
    assert await made.states() == {"gateway": False, "index": False, "store": False}
    loaded = True
    async with open_store(tmp_path / "state.sqlite") as store:
        made.store = store
        assert await made.states() == {"gateway": False, "index": True, "store": True}
        made.connected = lambda: connected
        assert not (await made.states())["gateway"]
        connected = True
        assert all((await made.states()).values())


async def test_the_store_is_written_to_once_a_second_however_many_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(tmp_path / "state.sqlite") as store:
        written: list[Any] = []
        keep = store.keep_note

        async def noted(key: str, value: str) -> None:
            written.append(key)
            await keep(key, value)

        monkeypatch.setattr(store, "keep_note", noted)
        now = 100.0
        made = Readiness(lambda: True, clock=lambda: now)
        made.store = store
        assert all(each["store"] for each in await asyncio.gather(*(made.states() for _ in range(9))))
        assert len(written) == 1
        now += 0.9
        await made.states()
        assert len(written) == 1
        now += 0.2
        await made.states()
        assert len(written) == 2


@pytest.mark.usefixtures("eager")
async def test_a_store_that_cannot_be_written_is_told_of_once_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.sqlite"
    async with open_store(path) as store:
        made = of_store(store)
        with sqlite3.connect(path) as other:
            other.execute("ALTER TABLE notes RENAME TO elsewhere")
        for _ in range(3):
            assert await made.states() == {"gateway": True, "index": True, "store": False}
        (told,) = [each.getMessage() for each in caplog.records]
        assert told.startswith(f"{path} cannot be used (")
        with sqlite3.connect(path) as other:
            other.execute("ALTER TABLE elsewhere RENAME TO notes")
        assert (await made.states())["store"]


@pytest.mark.usefixtures("eager")
async def test_a_store_that_another_program_holds_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    path = tmp_path / "state.sqlite"
    async with open_store(path) as store:
        made = of_store(store)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert not (await made.states())["store"]
        assert f"{path} is locked by another program" in caplog.text
        other.execute("ROLLBACK")
        other.close()
        assert (await made.states())["store"]


# --- the probe ----------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting is given."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_a_probe_of_a_bot_that_nobody_may_ask_fails(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("HEALTH_PORT", "0")
    assert health.main() == 1
    assert capsys.readouterr().out.startswith("HEALTH_PORT is 0, ")


def test_a_probe_with_a_setting_that_cannot_be_used_names_it(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("HEALTH_PORT", "many")
    assert health.main() == 1
    assert capsys.readouterr().out.startswith("HEALTH_PORT is many: ")


@pytest.mark.parametrize("said", [b"HTTP/1.0 404 Not Found\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n", b""])
async def test_a_probe_does_not_take_another_program_for_the_bot(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        settings.setenv("HEALTH_PORT", str(server.sockets[0].getsockname()[1]))
        assert await asyncio.to_thread(health.main) == 1
    assert capsys.readouterr().out.startswith("Something else than the bot answers at 127.0.0.1:")


async def test_a_probe_does_not_wait_for_a_bot_that_answers_no_more(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setattr(health, "_PROBE_SECONDS", 0.1)
    stuck = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stuck.wait()
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        settings.setenv("HEALTH_PORT", str(server.sockets[0].getsockname()[1]))
        assert await asyncio.to_thread(health.main) == 1
        stuck.set()
    assert capsys.readouterr().out.endswith("(timed out): look at its log.\n")
