"""Which event is being served: a short id that every record of the log carries until it ends.

discord.py hears each event in a task of its own, and a task hands its context on to those that it starts; a thread is
handed it by whoever starts one.
"""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from typing import Final

FIELDS: Final = "fields"
"""The attribute of a log record with what a machine reads of it, by name."""

_current: ContextVar[str] = ContextVar("request", default="")


def begin() -> str:
    """Give what this task does from now on an id, eight hexadecimal digits, and return it."""
    name = secrets.token_hex(4)
    _current.set(name)
    return name


def current() -> str:
    """The id; "" where no event is served."""
    return _current.get()
