"""What people think of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.store.part import Part

MAX_REASON = 1000
MAX_COMPLAINTS = 10


class Verdict(StrEnum):
    """Whether an answer helped."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A thumb down: the question, the reason where one was given, and when."""

    question: str
    reason: str | None
    given: int


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """How many thumbs went up and down, and the last ``MAX_COMPLAINTS`` that went down, latest first."""

    up: int
    down: int
    complaints: tuple[Complaint, ...]


class Feedback(Part):
    """Thumbs, one a person and answer."""

    async def remember_feedback(self, guild: int, user: int, message: int, verdict: Verdict, question: str) -> None:
        """Keep a thumb on the answer ``message``, in place of the same person's one before.

        A reason given before stays while the verdict does.
        """
        await self._database.change(
            """
            INSERT INTO feedback (guild, user, message, verdict, question, given) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (user, message) DO UPDATE SET
                reason = CASE WHEN verdict = excluded.verdict THEN reason END,
                guild = excluded.guild, verdict = excluded.verdict, question = excluded.question, given = excluded.given
            """,
            guild,
            user,
            message,
            verdict,
            question,
            self._now(),
        )

    async def add_reason(self, user: int, message: int, reason: str) -> None:
        """Say why a thumb went down, cut at ``MAX_REASON`` characters; nothing happens where none did."""
        await self._database.change(
            "UPDATE feedback SET reason = ? WHERE user = ? AND message = ? AND verdict = ?",
            reason[:MAX_REASON],
            user,
            message,
            Verdict.DOWN,
        )

    async def feedback_summary(self, guild: int) -> FeedbackSummary:
        """What a server thinks."""
        counts = await self._database.rows(
            "SELECT verdict, count(*) FROM feedback WHERE guild = ? GROUP BY verdict", guild
        )
        downs = await self._database.rows(
            "SELECT question, reason, given FROM feedback WHERE guild = ? AND verdict = ?"
            " ORDER BY given DESC, message DESC LIMIT ?",
            guild,
            Verdict.DOWN,
            MAX_COMPLAINTS,
        )
        thumbs = dict(map(tuple, counts))
        complaints = tuple(Complaint(*row) for row in downs)
        return FeedbackSummary(thumbs.get(Verdict.UP, 0), thumbs.get(Verdict.DOWN, 0), complaints)
