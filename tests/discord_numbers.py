"""Discord's numbers: the ids that carry a time, and what its kinds and flags are counted as."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]

# Discord counts milliseconds from the beginning of 2015.
EPOCH_MS = 1_420_070_400_000
_numbers = itertools.count()


def snowflake() -> str:
    """A fresh id with the current time in it: discord.py reads ``created_at`` from there."""
    return str((time.time_ns() // 1_000_000 - EPOCH_MS) << 22 | next(_numbers) & 0x3FFFFF)


def moment(of: str) -> str:
    """The time in a snowflake, in ISO 8601."""
    return datetime.fromtimestamp(((int(of) >> 22) + EPOCH_MS) / 1000, UTC).isoformat()


class Permission(IntFlag):
    """The permissions that the tests name."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_HISTORY = 1 << 16
    MANAGE_GUILD = 1 << 5
    USE_COMMANDS = 1 << 31
    CREATE_THREADS = 1 << 35
    SEND_IN_THREADS = 1 << 38


MANAGER = ~Permission(0)
EVERYONE = MANAGER & ~Permission.MANAGE_GUILD


class ChannelType(IntEnum):
    """Discord's numbers of the kinds of channel that exist here."""

    TEXT = 0
    DM = 1
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


class InteractionType(IntEnum):
    """Discord's numbers of the kinds of interaction."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """Discord's numbers of the ways to acknowledge an interaction."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class MessageType(IntEnum):
    """Discord's numbers of the kinds of message that exist here."""

    DEFAULT = 0
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU = 23


class MessageFlag(IntFlag):
    """Discord's flags of a message that matter here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


class Component(IntEnum):
    """Discord's numbers of the components that a message or a modal is made of."""

    ROW = 1
    BUTTON = 2
    SELECT = 3
    TEXT_INPUT = 4
    LABEL = 18


class Intent(IntFlag):
    """What a session asks to be told; members, presences and content are privileged."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    CONTENT = 1 << 15

    @classmethod
    def privileged(cls) -> Intent:
        """Those that the developer portal must allow."""
        return cls.MEMBERS | cls.PRESENCES | cls.CONTENT
