"""What the bot logs holds no secret, and cannot be made to look like something else: for people and for machines."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot import logs, request
from bot.knowledge import Knowledge
from bot.settings import LogFormat, LogLevel, Secret, load_settings

TOKEN = "MTIzNDU2Nzg5.Gx1y2z.secret-part_of-the-token"  # noqa: S105 - it is nobody's
TEXT, JSON = logs.Text(Secret(TOKEN), Secret("")), logs.Json(Secret(TOKEN), Secret(""))


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot.test", logging.INFO, __file__, 1, message, args, info)


def told(made: logging.LogRecord) -> dict[str, Any]:
    """What a machine reads of a record."""
    line = JSON.format(made)
    assert line.isascii()
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


def failed(message: str) -> logging.LogRecord:
    """A record with a traceback."""
    try:
        raise RuntimeError(message)
    except RuntimeError as error:
        return record("failed", error=error)


@pytest.fixture
def request_id() -> Iterator[str]:
    """The id of what is being served while a test runs."""
    yield request.begin()
    request._current.set("")


# --- what is taken out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formatter", [TEXT, JSON], ids=["text", "json"])
@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("token %s", (TOKEN,)),
        ("headers %r", ({"Authorization": f"Bot {TOKEN}"},)),
        ("POST https://discord.com/api/v10/webhooks/123/aW50.ZXJh_Y3-Rpb24/messages/@original", ()),
        ("POST /interactions/99/aW50.ZXJh_Y3-Rpb24/callback has returned 200", ()),
        ("received %s", ({"id": "1", "token": "aW50.ZXJh_Y3-Rpb24"},)),
        ('received {"token": "aW50.ZXJh_Y3-Rpb24"}', ()),
        ("no answer from http://me:aW50.ZXJh_Y3-Rpb24@127.0.0.1:8080/v1", ()),
        ("no answer from http://me:p@aW50.ZXJh_Y3-Rpb24@127.0.0.1:8080/v1", ()),
    ],
)
def test_a_secret_is_taken_out_of_a_record(formatter: logs.Redacting, message: str, args: tuple[object, ...]) -> None:
    # Only a dict as the sole argument needs the tuple that logging itself makes.
    text = formatter.format(
        record(message, *args) if not args or not isinstance(args[0], dict) else record(message, args)
    )
    assert TOKEN not in text
    assert "ZXJh" not in text
    assert "***" in text


@pytest.mark.parametrize("formatter", [TEXT, JSON], ids=["text", "json"])
def test_a_secret_is_taken_out_of_a_traceback(formatter: logs.Redacting) -> None:
    text = formatter.format(failed(f"refused: Bot {TOKEN}"))
    assert "RuntimeError: refused: Bot ***" in text
    assert TOKEN not in text


def test_a_secret_with_a_quote_in_it_is_taken_out_before_json_writes_it_otherwise() -> None:
    quoted = 'se"cr\\et'
    made = logs.Json(Secret(quoted)).format(record("key %s", quoted))
    assert json.loads(made)["message"] == "key ***"


def test_a_key_that_is_a_stand_in_is_not_taken_out_of_ordinary_words() -> None:
    made = logs.Text(Secret("e")).format(record("request %s", "ended"))
    assert made.endswith("request ended")


def test_somebodys_text_is_no_line_of_its_own_and_steers_no_terminal() -> None:
    made = record("asked %s", "hola\n2026-01-01 00:00:00 ERROR   bot: \x1b[31mforged\u202e")
    first, second = TEXT.format(made).split("\n")
    assert first.endswith("asked hola")
    assert second.startswith("    ")
    assert not any(char in second for char in "\x1b\u202e")
    assert told(made)["message"] == "asked hola\n2026-01-01 00:00:00 ERROR   bot: \ufffd[31mforged\ufffd"


@pytest.mark.parametrize("formatter", [TEXT, JSON], ids=["text", "json"])
def test_half_a_surrogate_pair_breaks_no_line(formatter: logs.Redacting) -> None:
    text = formatter.format(record("asked %s", "hola \ud83d"))
    assert text.encode("utf-8")
    assert (json.loads(text)["message"] if formatter is JSON else text).endswith("asked hola \ufffd")


# --- what a machine reads -----------------------------------------------------------------------------------------


def test_a_record_in_json_says_when_how_bad_by_whom_and_what() -> None:
    made = record("año %d", 2026)
    read = told(made)
    when = read.pop("time")
    assert read == {"level": "INFO", "logger": "bot.test", "message": "año 2026"}
    assert when.endswith("+00:00")
    assert datetime.fromisoformat(when).timestamp() == pytest.approx(made.created, abs=0.001)


def test_a_traceback_in_json_is_one_text() -> None:
    read = told(failed("por qué"))
    assert read["message"] == "failed"
    assert read["exception"].startswith("Traceback (most recent call last):\n")
    assert read["exception"].endswith("\nRuntimeError: por qué")


def test_what_a_record_carries_for_machines_is_there_by_name_and_redacted() -> None:
    made = record("ended")
    setattr(made, request.FIELDS, {"sources": 2, "question": f"¿y\n{TOKEN}?"})
    assert told(made).items() >= {"sources": 2, "question": "¿y\n***?"}.items()
    assert TEXT.format(made).endswith(r': ended "¿y\n***?"')


# --- the request's id ---------------------------------------------------------------------------------------------


def test_a_record_has_the_id_of_what_is_being_served(request_id: str) -> None:
    assert told(record("found"))["request"] == request_id
    assert f" {request_id} INFO    bot.test: found" in TEXT.format(record("found"))


def test_outside_of_a_request_there_is_no_id() -> None:
    assert "request" not in told(record("found"))


async def test_each_task_keeps_its_own_id_also_in_the_threads_that_search(tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path, "none", 4)

    async def serve() -> tuple[str, str]:
        return request.begin(), await knowledge.run(request.current)

    try:
        served = await asyncio.gather(serve(), serve(), serve())
    finally:
        await knowledge.__aexit__(None, None, None)
    assert [begun for begun, _seen in served] == [seen for _begun, seen in served]
    assert len({begun for begun, _seen in served}) == 3
    assert request.current() == ""


# --- the whole log ------------------------------------------------------------------------------------------------


@pytest.fixture
def untouched() -> Iterator[None]:
    """Have the log as it was after the test."""
    root, names = logging.getLogger(), ("bot", "index", "discord")
    before = (root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names})
    yield
    logging.captureWarnings(capture=False)
    root.handlers, level, levels = before
    root.setLevel(level)
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


def set_up(level: LogLevel, form: LogFormat = LogFormat.TEXT, *, questions: bool = False) -> None:
    settings = load_settings(Path("no-such-file"))
    logs.set_up(
        replace(settings, discord_token=Secret(TOKEN), log_level=level, log_format=form, log_questions=questions)
    )


@pytest.mark.usefixtures("untouched")
def test_what_discord_is_told_stays_out_of_the_log_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogLevel.INFO)
    logging.getLogger("discord.http").debug("quiet")
    logging.getLogger("discord.gateway").info("quiet")
    logging.getLogger("bot.client").info("spoken")
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().err.splitlines()] == ["spoken"]
    set_up(LogLevel.DEBUG)
    logging.getLogger("discord.http").debug("token %s", TOKEN)
    assert "token ***" in capsys.readouterr().err


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("form", "terminal", "is_json"),
    [("auto", True, False), ("auto", False, True), ("json", True, True), ("text", False, False)],
)
def test_the_log_is_text_on_a_terminal_and_json_elsewhere_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str, terminal: bool, is_json: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    set_up(LogLevel.INFO, LogFormat(form))
    logging.getLogger("bot").info("spoken")
    assert capsys.readouterr().err.startswith("{") is is_json


@pytest.mark.usefixtures("untouched")
@pytest.mark.filterwarnings("always::UserWarning")
def test_a_warning_of_pythons_is_a_record_like_others(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogLevel.INFO, LogFormat.JSON)
    warnings.warn(f"token {TOKEN}", UserWarning, stacklevel=1)
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert (record["level"], "token ***" in record["message"]) == ("WARNING", True)


@pytest.mark.usefixtures("untouched")
def test_the_bodies_that_discord_and_the_bot_exchange_are_shown_only_with_questions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    http, gateway = logging.getLogger("discord.http"), logging.getLogger("discord.gateway")
    for questions in (False, True):
        set_up(LogLevel.DEBUG, questions=questions)
        http.debug(
            "%s %s with %s has returned %s", "POST", "https://discord.com/api/v10/x", '{"content":"secreta"}', 200
        )
        http.debug("%s %s has received %s", "GET", "/x", [{"content": "secreta"}])
        gateway.debug("For Shard ID %s: WebSocket Event: %s", None, {"d": {"content": "secreta"}})
        gateway.debug("Received %s", {"content": "secreta"})
        gateway.debug("Received %s", ("TEXT", "¿una pregunta secreta?"))
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 5
        assert [("secreta" in line, "(withheld)" in line) for line in lines] == [(questions, not questions)] * 5
        assert "POST https://discord.com/api/v10/x with" in lines[0]
        assert lines[0].endswith("has returned 200")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("form", [LogFormat.TEXT, LogFormat.JSON])
def test_a_record_whose_values_do_not_fit_is_told_without_them(
    capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    set_up(LogLevel.INFO, form)
    logging.getLogger("bot").warning("%d of 100 %", TOKEN)
    [line] = capsys.readouterr().err.splitlines()
    assert "%d of 100 % (withheld)" in line


def test_late_suggestions_are_one_line_and_a_bug_in_them_is_not() -> None:
    message = "Ignoring exception in autocomplete for %r (Guild: %s, User: %s)"
    for error, brief in ((TimeoutError(), True), (KeyError("bug"), False)):
        late = record(message, "preguntar", 1, 2, error=error)
        assert logs._briefly(late)
        text = TEXT.format(late)
        assert (
            "Suggestions for 'preguntar' did not arrive in time (TimeoutError; server 1, person 2)." in text
        ) is brief
        assert ("bug" in text) is not brief


def test_a_lost_connection_is_one_line() -> None:
    lost = logging.LogRecord(
        "discord.client", logging.ERROR, __file__, 1, "Attempting a reconnect in %.2fs", (1.5,), None
    )
    try:
        raise ConnectionResetError(104, "Connection reset by peer")
    except ConnectionResetError:
        lost.exc_info = sys.exc_info()
    assert logs._briefly(lost)
    text = TEXT.format(lost)
    assert text.endswith("Lost the connection to Discord (ConnectionResetError): trying again in 1.5 s.")
    assert "Traceback" not in text
