"""What the bot tells of its work on standard error: text for people, JSON for machines, no secret in either."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import discord

from bot import request
from bot.delivery import LOST
from bot.settings import LogFormat, LogLevel, Secret, Settings

# Whoever holds an interaction's or a webhook's token can answer in the bot's name for a quarter of an hour.
_TOKEN_IN_ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.\-~%]+")
_TOKEN_IN_BODY = re.compile(r"""(["']token["']\s*:\s*["'])[^"']+""")
# Up to the last "@": a password may hold one.
_PASSWORD_IN_ADDRESS = re.compile(r"(\w://)[^\s/]+@")
# A shorter one is a stand-in, as servers of one's own take: it would be found inside ordinary words.
_SHORTEST_SECRET = 8
# Somebody's text must not look like a line of the log, nor steer the terminal that shows it; nor break what reads JSON,
# as half a surrogate pair does.
_UNFIT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# What is no more than a name, an address or a number: the bodies that Discord and the bot exchange hold quotes.
_PLAIN = re.compile(r"[\w:/.?=&%+~@*{}-]*")
_WITHHELD = "(withheld)"
_ORDINARY = (*LOST, discord.ConnectionClosed, discord.GatewayNotFound)
# What discord.py tells with a traceback though it is ordinary, and the line that is told instead.
_BRIEFLY = {
    "Attempting a reconnect in %.2fs": "Lost the connection to Discord ({error}): trying again in %.1f s.",
    "Ignoring exception in autocomplete for %r (Guild: %s, User: %s)": (
        "Suggestions for %r did not arrive in time ({error}; server %s, person %s)."
    ),
}


class Redacting(logging.Formatter):
    """Takes the secrets, tokens in addresses and bodies, and characters that nobody should be shown out of records."""

    def __init__(self, *secrets: Secret, form: str | None = None) -> None:
        super().__init__(form, "%Y-%m-%d %H:%M:%S")
        self._secrets = tuple(secret.value for secret in secrets if len(secret.value) >= _SHORTEST_SECRET)

    def clean(self, text: str) -> str:
        """The text without them; lines stay lines."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern in (_TOKEN_IN_ADDRESS, _TOKEN_IN_BODY):
            text = pattern.sub(r"\1***", text)
        return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", _PASSWORD_IN_ADDRESS.sub(r"\1***@", text))


class Text(Redacting):
    """Records as people read them: further lines indented, the request's id before the level."""

    def __init__(self, *secrets: Secret) -> None:
        super().__init__(*secrets, form="%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """The local time, and the request's id where one is served."""
        return f"{super().formatTime(record, datefmt)} {request.current()}".rstrip()

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The first line, with what was asked where that is told."""
        asked = getattr(record, request.FIELDS, {}).get("question")
        return super().formatMessage(record) + (f" {json.dumps(asked, ensure_ascii=False)}" if asked else "")

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        return self.clean(super().format(record)).replace("\n", "\n    ")


class Json(Redacting):
    """Records as machines read them: an object a line, in ASCII, so that it is read whatever the encoding."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; ``time`` is UTC."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.clean(record.getMessage()),
        }
        if name := request.current():
            told["request"] = name
        if record.exc_info:
            told["exception"] = self.clean(self.formatException(record.exc_info))
        for name, value in getattr(record, request.FIELDS, {}).items():
            told[name] = self.clean(value) if isinstance(value, str) else value
        return json.dumps(told)


def set_up(settings: Settings) -> None:
    """Send the records of every logger to standard error, from the level set on; libraries speak from WARNING on.

    At DEBUG, discord.py's own records are shown too: what is said to Discord and what it answers, redacted, and without
    the bodies unless questions may be told, which they hold.
    """
    level, secrets = settings.log_level, (settings.discord_token, settings.llm_api_key)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Text(*secrets) if _for_people(settings.log_format) else Json(*secrets))
    handler.addFilter(_fits)
    if not settings.log_questions:
        handler.addFilter(_withhold)
    if level is not LogLevel.DEBUG:
        handler.addFilter(_briefly)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Python would write them past the handler, with what they hold.
    logging.captureWarnings(capture=True)
    logging.getLogger("bot").setLevel(level.value)
    logging.getLogger("index").setLevel(level.value)
    logging.getLogger("discord").setLevel(level.value if level is LogLevel.DEBUG else logging.WARNING)


def _for_people(form: LogFormat) -> bool:
    return form is LogFormat.TEXT or (form is LogFormat.AUTO and sys.stderr.isatty())


def _fits(record: logging.LogRecord) -> bool:
    """Have a record whose values do not fit its message told without them: logging itself would show them bare."""
    try:
        record.getMessage()
    except Exception:  # noqa: BLE001 - a value's own text may raise anything
        record.msg, record.args = f"{str(record.msg).replace('%', '%%')} %s", (_WITHHELD,)
    return True


def _withhold(record: logging.LogRecord) -> bool:
    """Leave out of discord.py's own records whatever may hold what somebody wrote."""
    if record.levelno <= logging.DEBUG and record.name.startswith("discord") and record.args:
        values = (record.args,) if isinstance(record.args, Mapping) else record.args
        record.args = tuple(value if _is_plain(value) else _WITHHELD for value in values)
    return True


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _PLAIN.fullmatch(value) is not None
    return value is None or isinstance(value, int | float)


def _briefly(record: logging.LogRecord) -> bool:
    """One line instead of a traceback for what is ordinary: a lost connection, suggestions that came too late."""
    line = _BRIEFLY.get(str(record.msg))
    if line and record.exc_info and isinstance(record.exc_info[1], _ORDINARY):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = line.format(error=type(record.exc_info[1]).__name__)
        record.exc_info = record.exc_text = None
    return True
