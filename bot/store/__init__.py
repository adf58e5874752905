"""What the bot remembers, in one SQLite file: ``async with open_store(path) as store``.

One module a subject: ``notes``, ``guilds``, ``unanswered``, ``feedback``, ``alerts``, ``privacy``. ``Store`` is all of
them; ``database`` opens the file, ``schema`` and ``bot/store/migrations`` say what is in it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.store.alerts import MAX_WAITING, Alert, Alerts, Remembered
from bot.store.database import open_database
from bot.store.errors import StoreError
from bot.store.feedback import MAX_REASON, Complaint, Feedback, FeedbackSummary, Verdict
from bot.store.guilds import GuildSettings
from bot.store.notes import Notes
from bot.store.privacy import Deleted, Privacy
from bot.store.unanswered import Unanswered, UnansweredGroup, unanswered_csv

__all__ = [
    "MAX_REASON",
    "MAX_WAITING",
    "Alert",
    "Complaint",
    "Deleted",
    "FeedbackSummary",
    "GuildSettings",
    "Remembered",
    "Store",
    "StoreError",
    "UnansweredGroup",
    "Verdict",
    "open_store",
    "unanswered_csv",
]


class Store(Notes, Privacy, Unanswered, Feedback, Alerts):
    """All that is remembered. Many tasks of one event loop may use it at once, and other processes the same file."""


@asynccontextmanager
async def open_store(path: Path, clock: Callable[[], float] = time.time) -> AsyncIterator[Store]:
    """Open the store, made where it is missing; ``clock`` gives Unix seconds. Raises ``StoreError``."""
    async with open_database(path) as database:
        store = Store(database, clock)
        await store.load_guild_settings()
        yield store
