"""The folders of ARTICLES_DIR in a backup: what is saved of them, and what putting it back would change.

Both are about the files that ``index.sources`` reads; whatever else lies there is neither saved nor touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.backup.aside import folder_aside
from bot.backup.contents import Contents, articles_of
from bot.backup.errors import BackupError
from index import durable
from index.records import EmptyCorpusError, FileEntry, SourceError
from index.sources.formats import SUFFIXES
from index.sources.walk import find_files, reason_for


@dataclass(frozen=True, slots=True)
class Found:
    """The articles' files by the names of their members; ``skipped`` could not be used by a build either."""

    files: dict[str, Path]
    skipped: tuple[SourceError, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What putting articles back does to one folder, by its place; ``write`` are targets by members' names.

    ``lost`` are the files that are there now and would be no more, or with other contents; ``removed`` among them are
    in the backup under no name.
    """

    number: int
    root: Path
    write: dict[str, Path]
    removed: tuple[Path, ...]
    lost: tuple[Path, ...]


def find(folders: Sequence[str]) -> Found:
    """Find the articles in the folders. Raises ``BackupError``, ``EmptyCorpusError`` where one does not exist."""
    files: dict[str, Path] = {}
    skipped: list[SourceError] = []
    for number, root in enumerate(map(Path, folders)):
        if root.is_file():
            raise BackupError(f"ARTICLES_DIR names the file {root}: name its folder to have it backed up.")
        found = find_files([root], SUFFIXES)
        skipped += found.skipped
        paths = {path: path.relative_to(root).as_posix() for path in map(Path, found.files)}
        files |= {f"{articles_of(number)}/{name}": path for path, name in paths.items()}
    return Found(files, tuple(skipped))


def plan(contents: Contents, folders: Sequence[str]) -> tuple[Plan, ...]:
    """What putting the articles into ``folders`` would do; nothing is touched. Raises ``BackupError``."""
    if len(folders) != len(contents.folders):
        raise BackupError(
            f"The backup has the articles of {_folders(len(contents.folders))} and ARTICLES_DIR names "
            f"{_folders(len(folders))}: name as many, in the same order."
        )
    return tuple(_plan(contents, number, Path(folder)) for number, folder in enumerate(folders))


@contextmanager
def staging(todo: Plan) -> Iterator[dict[str, Path]]:
    """Where to write the members of ``todo.write`` first, on their targets' disk; gone when the block ends."""
    # Hidden, so that no build takes what is in it for articles.
    aside = todo.root / f".restore-{todo.number}.tmp"
    with folder_aside(aside, wanted=bool(todo.write)):
        yield {member: aside / str(number) for number, member in enumerate(todo.write)}


def put(todo: Plan, staged: Mapping[str, Path]) -> None:
    """Move what was staged to its targets, and remove what the backup does not have. Raises ``OSError``.

    At any moment each file is whole: the old one or the new one.
    """
    for member, target in todo.write.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staged[member], target)
    for path in todo.removed:
        path.unlink(missing_ok=True)
    changed = {folder for path in (*todo.write.values(), *todo.removed) for folder in path.parents}
    for folder in changed:
        if folder.is_relative_to(todo.root):
            durable.sync_folder(folder)


def _plan(contents: Contents, number: int, root: Path) -> Plan:
    part = articles_of(number)
    targets = {root / name: entry for name, entry in contents.under(part).items()}
    there = {target for target in targets if _is_there(target)}
    changed = [target for target, entry in targets.items() if not (target in there and _holds(target, entry))]
    removed = tuple(sorted(_found(root) - targets.keys()))
    _require_inside(root, [*changed, *removed])
    write = {f"{part}/{target.relative_to(root).as_posix()}": target for target in changed}
    return Plan(number, root, write, removed, (*sorted(there.intersection(changed)), *removed))


def _found(root: Path) -> set[Path]:
    try:
        return set(map(Path, find_files([root], SUFFIXES).files))
    except EmptyCorpusError:
        return set()


def _is_there(target: Path) -> bool:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {reason_for(error)}.") from error
    if stat.S_ISDIR(mode):
        raise BackupError(f"{target} is a folder where an article is to go: move it away and run this again.")
    return True


def _holds(target: Path, entry: FileEntry) -> bool:
    whole = durable.not_a_file(target) is None and target.stat().st_size == entry.size
    return whole and durable.entry_of(target) == entry


def _require_inside(root: Path, paths: Sequence[Path]) -> None:
    """Nothing is written or removed where a link leads out of the folder."""
    home = root.resolve()
    for parent in {path.parent for path in paths}:
        if not parent.resolve().is_relative_to(home):
            raise BackupError(f"{parent} leads out of {root} by a link: remove the link and run this again.")


def _folders(count: int) -> str:
    return "one folder" if count == 1 else f"{count} folders"
