"""What each server has set."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from bot.store.database import Database
from bot.store.part import Part
from index.records import Language


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A server's choices, by default these; ``guild`` 0 stands for direct messages.

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


class Guilds(Part):
    """Servers' settings. Every question asks for them, so they are read once: other processes' changes are not seen."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(database, clock)
        self._settings: dict[int, GuildSettings] = {}

    async def guild_settings(self, guild: int) -> GuildSettings:
        """What the server has set, or the defaults."""
        if guild not in self._settings:
            rows = await self._database.rows("SELECT * FROM guilds WHERE guild = ?", guild)
            self._settings[guild] = _settings(rows[0]) if rows else GuildSettings(guild)
        return self._settings[guild]

    async def save_guild_settings(self, settings: GuildSettings) -> None:
        """Set all of a server's settings."""
        try:
            await self._database.change(
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
        finally:
            # Also where it failed or was cancelled: the file knows what came of it.
            self._settings.pop(settings.guild, None)


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
