"""What each server has set."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.store.database import Database
from bot.store.part import Part
from index.records import Language


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A server's choices, by default these.

    ``language`` None is the asker's own; no ``channels`` are all channels, no ``roles`` everyone.
    """

    guild: int
    language: Language | None = None
    private: bool = False
    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    keep_unanswered: bool = True
    keep_feedback: bool = True
    keep_alerts: bool = True


DIRECT = GuildSettings(0, keep_unanswered=False, keep_feedback=False)
"""What holds in direct messages, where no admin reads what is kept nor can switch it off."""


class Guilds(Part):
    """Servers' settings. Every question asks for them, so they are held in memory: no question waits for the file.

    What another process changes in them is not seen.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(database, clock)
        self._settings: dict[int, GuildSettings] = {}

    async def load_guild_settings(self) -> None:
        """Read all servers' settings."""
        rows = await self._database.rows("SELECT * FROM guilds")
        self._settings = {row["guild"]: _settings(row) for row in rows}

    def guild_settings(self, guild: int) -> GuildSettings:
        """What the server has set, or the defaults."""
        return self._settings.get(guild) or _defaults(guild)

    async def save_guild_settings(self, settings: GuildSettings) -> None:
        """Set all of a server's settings; what is switched off is deleted."""
        deleted = 0
        async with self._database.transaction() as statements:
            await statements.change(
                "INSERT OR REPLACE INTO guilds"
                " (guild, language, private, channels, roles, keep_unanswered, keep_feedback, keep_alerts)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                settings.guild,
                settings.language,
                settings.private,
                json.dumps(sorted(settings.channels)),
                json.dumps(sorted(settings.roles)),
                settings.keep_unanswered,
                settings.keep_feedback,
                settings.keep_alerts,
            )
            for statement in _deletions(settings):
                deleted += await statements.change(statement, settings.guild)
        self._settings[settings.guild] = settings
        if deleted:
            await self._database.scrub()


def _defaults(guild: int) -> GuildSettings:
    return GuildSettings(guild) if guild else DIRECT


def _deletions(settings: GuildSettings) -> Iterator[str]:
    if not settings.keep_unanswered:
        yield "DELETE FROM unanswered WHERE guild = ?"
    if not settings.keep_feedback:
        yield "DELETE FROM feedback WHERE guild = ?"
    if not settings.keep_alerts:
        yield "DELETE FROM alerts WHERE guild = ?"


def _settings(row: sqlite3.Row) -> GuildSettings:
    return GuildSettings(
        guild=row["guild"],
        language=Language(row["language"]) if row["language"] else None,
        private=bool(row["private"]),
        channels=frozenset(json.loads(row["channels"])),
        roles=frozenset(json.loads(row["roles"])),
        keep_unanswered=bool(row["keep_unanswered"]),
        keep_feedback=bool(row["keep_feedback"]),
        keep_alerts=bool(row["keep_alerts"]),
    )
