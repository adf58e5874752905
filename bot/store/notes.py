"""Single values that the bot keeps for itself from one run to the next."""

from __future__ import annotations

from bot.store.part import Part


class Notes(Part):
    """Values by their name."""

    async def note(self, key: str) -> str | None:
        """The value kept under ``key``; None where there is none."""
        rows = await self._database.rows("SELECT value FROM notes WHERE name = ?", key)
        return str(rows[0]["value"]) if rows else None

    async def keep_note(self, key: str, value: str) -> None:
        """Keep ``value`` under ``key``, in place of the one before."""
        await self._database.change("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", key, value)
