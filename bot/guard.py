"""Nothing that is answered right today goes wrong tomorrow: golden questions asked before a version is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.desk import Desk, Timer
from bot.golden import Golden, RegressionError
from bot.knowledge import TOP
from bot.versions import open_version_desk
from index import publish
from index.records import IndexMissingError, ModelError, SnapshotError, reason_and_advice

if TYPE_CHECKING:
    from index.encoder import FolderEncoder
    from index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many of ``of`` golden questions a new version answers right; ``worse`` are those of the published one alone.

    ``unasked`` is the reason why the published one could not be asked, with no advice and no full stop, ``worse`` then
    all that are answered wrongly; None where it was, or where nothing is published.
    """

    right: int
    of: int
    worse: tuple[str, ...]
    unasked: str | None


@dataclass(slots=True)
class Guard:
    """Asks the golden questions of a version that is not published yet, and of the one that is.

    ``progress`` is told how many are done, and of how many; ``verdict`` is there once the version was asked. With
    ``force``, nothing is kept from being published.
    """

    questions: Sequence[Golden]
    folder: Path
    encoder: FolderEncoder
    progress: Callable[[int, int], None]
    force: bool
    verdict: Verdict | None = None

    def accept(self, snapshot: Snapshot) -> None:
        """Raise ``RegressionError`` where the published version answers a question right and ``snapshot`` does not.

        One that cannot be asked may have answered all of them right, so that then every question counts.
        """
        desk = Desk(snapshot, self.encoder, TOP, Timer())
        published, unasked = self._published()
        right, worse = 0, []
        for done, golden in enumerate(self.questions):
            self.progress(done, len(self.questions))
            if golden.is_right(desk.ask(golden.question).outcome):
                right += 1
            elif unasked or (published and golden.is_right(published.ask(golden.question).outcome)):
                worse.append(golden.question)
        self.progress(len(self.questions), len(self.questions))
        self.verdict = Verdict(right, len(self.questions), tuple(worse), unasked)
        if worse and not self.force:
            raise RegressionError(worse, unasked)

    def _published(self) -> tuple[Desk | None, str | None]:
        """The published version, or why it cannot be asked; neither where nothing is published."""
        try:
            return open_version_desk(self.folder, publish.current_version(self.folder), self.encoder), None
        except IndexMissingError:
            return None, None
        except (SnapshotError, ModelError) as error:
            # What an error advises, after its colon, is the build that is under way.
            return None, reason_and_advice(error)[0]
