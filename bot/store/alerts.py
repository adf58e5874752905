"""Who wants to be told once the articles answer a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from bot.store.part import Part, wording
from index.records import Language

MAX_WAITING = 20


class Remembered(Enum):
    """What came of asking for an alert."""

    ADDED = auto()
    ALREADY_THERE = auto()
    FULL = auto()


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell ``user``, in ``channel`` or, where it was asked privately, by direct message."""

    id: int
    user: int
    guild: int
    channel: int
    private: bool
    question: str
    language: Language
    asked: int


class Alerts(Part):
    """Alerts that wait; one a person, channel and question."""

    async def remember_alert(
        self, user: int, guild: int, channel: int, private: bool, question: str, language: Language
    ) -> Remembered:
        """Let an alert wait, unless it does already or ``MAX_WAITING`` of the person's do."""
        key = wording(question)
        async with self._database.transaction() as statements:
            rows = await statements.rows("SELECT channel, wording FROM alerts WHERE user = ?", user)
            if (channel, key) in {(row["channel"], row["wording"]) for row in rows}:
                return Remembered.ALREADY_THERE
            if len(rows) >= MAX_WAITING:
                return Remembered.FULL
            await statements.change(
                "INSERT INTO alerts (user, guild, channel, private, question, wording, language, asked)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                user,
                guild,
                channel,
                private,
                question,
                key,
                language,
                self._now(),
            )
        return Remembered.ADDED

    async def waiting_alerts(self) -> tuple[Alert, ...]:
        """Everybody's, oldest first."""
        rows = await self._database.rows(
            "SELECT id, user, guild, channel, private, question, language, asked FROM alerts ORDER BY asked, id"
        )
        return tuple(
            Alert(number, user, guild, channel, bool(private), question, Language(language), asked)
            for number, user, guild, channel, private, question, language, asked in rows
        )

    async def still_waits(self, alert: int) -> bool:
        """Whether the alert of this id waits, which it does not once its person was forgotten."""
        return bool(await self._database.rows("SELECT 1 FROM alerts WHERE id = ?", alert))

    async def remove_alert(self, alert: int) -> None:
        """Let the alert of this id wait no longer; one that does not is no error."""
        await self._database.change("DELETE FROM alerts WHERE id = ?", alert)
