"""Restoring a backup: all of it is read and checked, then written aside, then each part takes its place.

Articles do first, then what is remembered, then the index. Where that is cut short, each article and each other part is
the old one or the new one, and restoring once more does the rest.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.backup import archive, articles, published, state
from bot.backup.contents import INDEX, STATE, Contents, articles_of
from bot.backup.errors import BackupError
from bot.backup.saving import CHECKING, COPYING, Tell, counted
from bot.settings import Settings
from index import durable, publish


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``version`` is the id that its index is published under.

    ``problem`` is why questions cannot be asked with EMBEDDING_MODEL as it is set, None where they can.
    """

    contents: Contents
    version: str
    problem: str | None


def restore(settings: Settings, source: Path, tell: Tell, *, force: bool = False) -> Restored:
    """Put back what ``source`` holds; ``force`` lets articles and what is remembered be lost by it.

    Raises ``BackupError``, ``BuildError`` where a build holds INDEX_DIR, or ``OSError``. Nothing has changed then,
    unless a disk failed while parts took their places.
    """
    with archive.opened(source) as reader:
        contents = reader.contents
        plans = articles.plan(contents, settings.articles_dirs)
        remembered = STATE in contents.members and not state.is_same(settings.state_file, contents.members[STATE])
        _require_force(settings, plans, remembered and settings.state_file.exists(), force)
        _require_room(settings, contents)
        reader.check(counted(tell, CHECKING, contents.size()))
    with ExitStack() as held:
        if remembered:
            held.enter_context(state.unused(settings.state_file))
        held.enter_context(publish.building(settings.index_dir))
        staged: dict[str, Path] = {}
        for plan in plans:
            staged |= held.enter_context(articles.staging(plan))
        staged |= held.enter_context(state.staging(settings.state_file, wanted=remembered))
        index = held.enter_context(published.staging(settings.index_dir, contents))
        staged |= index.files(contents)
        _write_aside(source, contents, staged, counted(tell, COPYING, contents.size()))
        if remembered:
            state.require_usable(staged[STATE], f"{source}: {STATE}")
        snapshot = published.opened(source, contents, index)
        problem, found = published.problem_with_model(snapshot, settings), snapshot.manifest
        # A folder whose files are mapped cannot be renamed on Windows.
        del snapshot
        for plan in plans:
            articles.put(plan, staged)
        if remembered:
            state.put(staged[STATE], settings.state_file)
        published.put(settings.index_dir, index, found)
    return Restored(contents, index.version, problem)


def _require_force(settings: Settings, plans: Sequence[articles.Plan], remembered: bool, force: bool) -> None:
    lost = [path for plan in plans for path in plan.lost]
    if force or not (lost or remembered):
        return
    what = [str(settings.state_file)] if remembered else []
    if lost:
        what.append(str(lost[0]) if len(lost) == 1 else f"{lost[0]} and {len(lost) - 1:,} more articles")
    raise BackupError(
        f"What is in {', '.join(what)} would be lost: make a backup of it first, then give --force to restore this one."
    )


def _require_room(settings: Settings, contents: Contents) -> None:
    """Raise ``BackupError`` unless all fits beside what is there, so that no archive fills a disk."""
    parts = [(settings.index_dir, contents.size(INDEX))]
    parts += [(Path(folder), contents.size(articles_of(n))) for n, folder in enumerate(settings.articles_dirs)]
    if STATE in contents.members:
        # It is tried on a copy.
        parts.append((settings.state_file, 2 * contents.members[STATE].size))
    needed: dict[int, int] = {}
    for path, size in parts:
        place = durable.standing(path)
        disk = place.stat().st_dev
        needed[disk] = needed.get(disk, 0) + size
        free = shutil.disk_usage(place).free
        if needed[disk] > free:
            raise BackupError(
                f"The disk of {path} has {free / 1e6:,.0f} MB left and {needed[disk] / 1e6:,.0f} MB are needed: "
                "free some space."
            )


def _write_aside(source: Path, contents: Contents, staged: Mapping[str, Path], tell: archive.Tell) -> None:
    with archive.opened(source) as reader:
        if reader.contents != contents:
            raise BackupError(f"{source} was changed while it was read: run this again.")
        for name, chunks in reader.members():
            if name in staged:
                staged[name].parent.mkdir(parents=True, exist_ok=True)
                tell(durable.write(staged[name], chunks).size)
            else:
                for chunk in chunks:
                    tell(len(chunk))
