"""What the bot logs holds no secret, and cannot be made to look like something else."""

from __future__ import annotations

import logging
import sys

import pytest

from bot import logs
from bot.settings import LogLevel, Secret

TOKEN = "MTIzNDU2Nzg5.Gx1y2z.secret-part_of-the-token"  # noqa: S105 - it is nobody's
FORMATTER = logs.Redacting(Secret(TOKEN), Secret(""))


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot.test", logging.INFO, __file__, 1, message, args, info)


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("token %s", (TOKEN,)),
        ("headers %r", ({"Authorization": f"Bot {TOKEN}"},)),
        ("POST https://discord.com/api/v10/webhooks/123/aW50.ZXJh_Y3-Rpb24/messages/@original", ()),
        ("POST /interactions/99/aW50.ZXJh_Y3-Rpb24/callback has returned 200", ()),
        ("received %s", ({"id": "1", "token": "aW50.ZXJh_Y3-Rpb24"},)),
        ('received {"token": "aW50.ZXJh_Y3-Rpb24"}', ()),
    ],
)
def test_a_secret_is_taken_out_of_a_record(message: str, args: tuple[object, ...]) -> None:
    # Only a dict as the sole argument needs the tuple that logging itself makes.
    text = FORMATTER.format(
        record(message, *args) if not args or not isinstance(args[0], dict) else record(message, args)
    )
    assert TOKEN not in text
    assert "ZXJh" not in text
    assert "***" in text


def test_a_secret_is_taken_out_of_a_traceback() -> None:
    try:
        raise RuntimeError(f"refused: Bot {TOKEN}")
    except RuntimeError as error:
        text = FORMATTER.format(record("failed", error=error))
    assert "RuntimeError: refused: Bot ***" in text
    assert TOKEN not in text


def test_somebodys_text_is_no_line_of_its_own_and_steers_no_terminal() -> None:
    text = FORMATTER.format(record("asked %s", "hola\n2026-01-01 00:00:00 ERROR   bot: \x1b[31mforged\u202e"))
    first, second = text.split("\n")
    assert first.endswith("asked hola")
    assert second.startswith("    ")
    assert not any(char in text for char in "\x1b\u202e")


def test_what_discord_is_told_stays_out_of_the_log_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    root, names = logging.getLogger(), ("bot", "index", "discord", "discord.client")
    before = (root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names})
    try:
        logs.set_up(LogLevel.INFO, Secret(TOKEN))
        logging.getLogger("discord.http").debug("quiet")
        logging.getLogger("discord.gateway").info("quiet")
        logging.getLogger("bot.client").info("spoken")
        assert [line.rpartition(": ")[2] for line in capsys.readouterr().err.splitlines()] == ["spoken"]
        logs.set_up(LogLevel.DEBUG, Secret(TOKEN))
        logging.getLogger("discord.http").debug("token %s", TOKEN)
        assert "token ***" in capsys.readouterr().err
    finally:
        root.handlers, level, levels = before[0], before[1], before[2]
        root.setLevel(level)
        for name, each in levels.items():
            logging.getLogger(name).setLevel(each)
        logging.getLogger("discord.client").filters.clear()


def test_late_suggestions_are_one_line_and_a_bug_in_them_is_not() -> None:
    message = "Ignoring exception in autocomplete for %r (Guild: %s, User: %s)"
    for error, brief in ((TimeoutError(), True), (KeyError("bug"), False)):
        late = record(message, "preguntar", 1, 2, error=error)
        assert logs._briefly(late)
        text = FORMATTER.format(late)
        assert (
            "Suggestions for 'preguntar' did not arrive in time (TimeoutError; server 1, person 2)." in text
        ) is brief
        assert ("bug" in text) is not brief


def test_a_lost_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    lost = logging.LogRecord(
        "discord.client", logging.ERROR, __file__, 1, "Attempting a reconnect in %.2fs", (1.5,), None
    )
    try:
        raise ConnectionResetError(104, "Connection reset by peer")
    except ConnectionResetError:
        lost.exc_info = sys.exc_info()
    assert logs._briefly(lost)
    text = FORMATTER.format(lost)
    assert text.endswith("Lost the connection to Discord (ConnectionResetError): trying again in 1.5 s.")
    assert "Traceback" not in text
