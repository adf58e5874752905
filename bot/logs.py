"""What the bot tells of its work: one line an event on standard error, with no secret in it."""

from __future__ import annotations

import logging
import re
import sys

import discord

from bot.delivery import LOST
from bot.settings import LogLevel, Secret

# Whoever holds an interaction's or a webhook's token can answer in the bot's name for a quarter of an hour.
_TOKEN_IN_ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.\-~%]+")
_TOKEN_IN_BODY = re.compile(r"""(["']token["']\s*:\s*["'])[^"']+""")
# Somebody's text must not look like a line of the log, nor steer the terminal that shows it.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ORDINARY = (*LOST, discord.ConnectionClosed, discord.GatewayNotFound)
# What discord.py tells with a traceback though it is ordinary, and the line that is told instead.
_BRIEFLY = {
    "Attempting a reconnect in %.2fs": "Lost the connection to Discord ({error}): trying again in %.1f s.",
    "Ignoring exception in autocomplete for %r (Guild: %s, User: %s)": (
        "Suggestions for %r did not arrive in time ({error}; server %s, person %s)."
    ),
}


class Redacting(logging.Formatter):
    """Formats a record, then takes out the secrets, tokens in addresses and bodies, and control characters."""

    def __init__(self, *secrets: Secret) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = tuple(secret.value for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text without secrets; a message of several lines keeps them, indented."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = _TOKEN_IN_BODY.sub(r"\1***", _TOKEN_IN_ADDRESS.sub(r"\1***", text))
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text).replace("\n", "\n    ")


def set_up(level: LogLevel, *secrets: Secret) -> None:
    """Send the records of every logger to standard error, from ``level`` on; libraries speak from WARNING on.

    At DEBUG, discord.py's own records are shown too: what is said to Discord and what it answers, redacted.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(*secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level.value)
    logging.getLogger("index").setLevel(level.value)
    logging.getLogger("discord").setLevel(level.value if level is LogLevel.DEBUG else logging.WARNING)
    if level is not LogLevel.DEBUG:
        for name in ("discord.client", "discord.app_commands.tree"):
            logging.getLogger(name).addFilter(_briefly)


def _briefly(record: logging.LogRecord) -> bool:
    """One line instead of a traceback for what is ordinary: a lost connection, suggestions that came too late."""
    line = _BRIEFLY.get(str(record.msg))
    if line and record.exc_info and isinstance(record.exc_info[1], _ORDINARY):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = line.format(error=type(record.exc_info[1]).__name__)
        record.exc_info = record.exc_text = None
    return True
