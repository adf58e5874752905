"""What was asked and the articles do not say."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.part import Part, wording
from bot.texts import TEXTS
from index.records import Language

_NO_LIMIT = -1
# With these a spreadsheet takes a cell for a formula.
_FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r")


MAX_KEPT = 5_000
"""Of a server's unanswered questions: a list that somebody can still read, and a file that Discord still takes."""


@dataclass(frozen=True, slots=True)
class UnansweredGroup:
    """Questions that count as one: the latest wording, how often and by how many people it was asked, and when."""

    question: str
    times: int
    people: int
    first_asked: int
    last_asked: int


class Unanswered(Part):
    """Questions without an answer, by server."""

    async def remember_unanswered(self, guild: int, user: int, question: str, language: Language) -> None:
        """Keep that ``user`` asked this just now; of more than ``MAX_KEPT`` in a server, the latest are kept."""
        async with self._database.transaction() as statements:
            await statements.change(
                "INSERT INTO unanswered (guild, user, question, wording, language, asked) VALUES (?, ?, ?, ?, ?, ?)",
                guild,
                user,
                question,
                wording(question),
                language,
                self._now(),
            )
            await statements.change(
                "DELETE FROM unanswered WHERE id = ("
                "SELECT id FROM unanswered WHERE guild = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                guild,
                MAX_KEPT,
            )

    async def unanswered_groups(self, guild: int, limit: int) -> tuple[UnansweredGroup, ...]:
        """At most ``limit`` groups of a server's questions, those asked most often first, then the latest."""
        rows = await self._database.rows(
            """
            SELECT
                (
                    SELECT latest.question FROM unanswered AS latest
                    WHERE latest.guild = one.guild AND latest.wording = one.wording
                    ORDER BY latest.asked DESC, latest.id DESC LIMIT 1
                ),
                count(*) AS times, count(DISTINCT user), min(asked), max(asked) AS last
            FROM unanswered AS one WHERE guild = ? GROUP BY wording
            ORDER BY times DESC, last DESC, max(id) DESC LIMIT ?
            """,
            guild,
            limit,
        )
        return tuple(UnansweredGroup(*row) for row in rows)

    async def unanswered_rows(self, guild: int) -> tuple[UnansweredGroup, ...]:
        """All of a server's groups, in the same order."""
        return await self.unanswered_groups(guild, _NO_LIMIT)


def unanswered_csv(groups: Iterable[UnansweredGroup], language: Language = Language.SPANISH) -> bytes:
    """The groups as CSV (RFC 4180), its heading in ``language``: UTF-8, with the mark that spreadsheets know it by."""
    texts = TEXTS[language]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([texts.csv_question, texts.csv_times, texts.csv_people, texts.csv_first, texts.csv_last])
    for group in groups:
        moments = (datetime.fromtimestamp(at, UTC) for at in (group.first_asked, group.last_asked))
        days = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]
        writer.writerow([_cell(group.question), group.times, group.people, *days])
    return file.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run (OWASP's "CSV injection")."""
    starts = text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if starts else text
