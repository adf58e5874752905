"""Forgetting: a person, a server, what is too old. What was deleted stands in no file of the store afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.guilds import Guilds


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many of each were deleted."""

    unanswered: int
    feedback: int
    alerts: int


class Privacy(Guilds):
    """Deletes in one transaction what several subjects keep."""

    async def forget_person(self, user: int) -> Deleted:
        """Delete all that a person asked, judged and waits for."""
        async with self._database.transaction() as statements:
            deleted = Deleted(
                unanswered=await statements.change("DELETE FROM unanswered WHERE user = ?", user),
                feedback=await statements.change("DELETE FROM feedback WHERE user = ?", user),
                alerts=await statements.change("DELETE FROM alerts WHERE user = ?", user),
            )
        # Also where there was nothing: the log may hold what was dropped before, such as an alert that was told.
        await self._database.scrub()
        return deleted

    async def forget_guild(self, guild: int) -> Deleted:
        """Delete all of a server that the bot has left, its settings too."""
        async with self._database.transaction() as statements:
            await statements.change("DELETE FROM guilds WHERE guild = ?", guild)
            deleted = Deleted(
                unanswered=await statements.change("DELETE FROM unanswered WHERE guild = ?", guild),
                feedback=await statements.change("DELETE FROM feedback WHERE guild = ?", guild),
                alerts=await statements.change("DELETE FROM alerts WHERE guild = ?", guild),
            )
        self._settings.pop(guild, None)
        await self._database.scrub()
        return deleted

    async def known_guilds(self) -> frozenset[int]:
        """The servers of which anything is kept, direct messages aside."""
        rows = await self._database.rows(
            "SELECT guild FROM guilds UNION SELECT guild FROM unanswered UNION SELECT guild FROM feedback"
            " UNION SELECT guild FROM alerts"
        )
        return frozenset(row["guild"] for row in rows) - {0}

    async def purge(self, before: int) -> Deleted:
        """Delete what was asked, judged or began to wait before a moment; what did at that moment stays."""
        async with self._database.transaction() as statements:
            deleted = Deleted(
                unanswered=await statements.change("DELETE FROM unanswered WHERE asked < ?", before),
                feedback=await statements.change("DELETE FROM feedback WHERE given < ?", before),
                alerts=await statements.change("DELETE FROM alerts WHERE asked < ?", before),
            )
        if deleted != Deleted(0, 0, 0):
            await self._database.scrub()
        return deleted
