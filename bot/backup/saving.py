"""Writing a backup, also while the bot answers and a build publishes.

Nothing is locked: a version's files never change, SQLite copies at one moment, and where a file was changed or removed
while it was copied, everything is copied anew.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.backup import archive, articles, published, state
from bot.backup.contents import FORMAT, STATE, Contents
from bot.backup.errors import BackupError, ChangedError
from bot.release import release
from bot.settings import Settings
from index import durable
from index.records import FileEntry, SourceError

COPYING, CHECKING = "copy", "check"
Tell = Callable[[str, int, int], None]
"""Told the name of a step, how many bytes of it are done, and of how many."""

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds and the bytes of its file; ``skipped`` are files among the articles that no build can use."""

    contents: Contents
    size: int
    skipped: tuple[SourceError, ...]


def save(settings: Settings, target: Path, tell: Tell, *, force: bool = False) -> Saved:
    """Write a backup to ``target`` in one step, checked; ``force`` replaces a file that is there.

    Raises ``BackupError`` and what else keeps the parts from being read, each a ``KnowledgeError``, or ``OSError``.
    """
    _require_place(target, force)
    changed: Path | None = None
    for _ in range(_ATTEMPTS):
        try:
            with tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent) as aside:
                return _save(settings, target, Path(aside), tell)
        except ChangedError as error:
            changed = error.path
    raise BackupError(f"{changed} is changed again and again: make the backup when nobody writes to it.")


def counted(tell: Tell, step: str, total: int) -> archive.Tell:
    """Turn bytes as they are done into how far the step is."""
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        tell(step, done, total)

    return count


def _save(settings: Settings, target: Path, aside: Path, tell: Tell) -> Saved:
    written, copied = aside / "archive", aside / STATE
    found = articles.find(settings.articles_dirs)
    index = published.find(settings.index_dir)
    entries, paths = dict(index.entries), found.files | index.files
    if settings.state_file.exists():
        state.copy(settings.state_file, copied)
        state.require_usable(copied, str(settings.state_file))
        paths[STATE] = copied
    for name in paths.keys() - entries.keys():
        entries[name] = _entry_of(paths[name])
    contents = Contents(
        format=FORMAT,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        release=release(),
        version=index.version,
        folders=settings.articles_dirs,
        members=entries,
    )
    compress = target.name.endswith(archive.COMPRESSED)
    archive.write(written, contents, paths, counted(tell, COPYING, contents.size()), compress=compress)
    # What a full or failing disk has kept of it, and not what was meant to be written.
    with archive.opened(written) as reader:
        reader.check(counted(tell, CHECKING, contents.size()))
    os.replace(written, target)
    durable.sync_folder(target.parent)
    return Saved(contents, target.stat().st_size, found.skipped)


def _require_place(target: Path, force: bool) -> None:
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}: make it first, or name another file.")
    if target.exists() and not (force and target.is_file()):
        advice = "name another file, or give --force to replace it" if target.is_file() else "name a file"
        raise BackupError(f"{target} is there already: {advice}.")


def _entry_of(path: Path) -> FileEntry:
    try:
        return durable.entry_of(path)
    except FileNotFoundError as error:
        raise ChangedError(path) from error
