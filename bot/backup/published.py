"""The published version of the index in a backup: its files as they are saved, and its way back into INDEX_DIR."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.backup.contents import INDEX, Contents
from bot.backup.errors import BackupError, ChangedError, damaged
from bot.settings import Settings
from index import durable, manifest, publish
from index.manifest import MANIFEST
from index.records import (
    FileEntry,
    IndexDamagedError,
    IndexFormatError,
    Manifest,
    ModelError,
    SnapshotError,
)

if TYPE_CHECKING:
    from index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """The published version: its id, its files, and what they hold, both by the names of their members."""

    version: str
    files: dict[str, Path]
    entries: dict[str, FileEntry]


def find(folder: Path) -> Found:
    """Find the published version, whole. Raises ``SnapshotError``; ``ChangedError`` where a build has removed it."""
    version = publish.current_version(folder)
    place = publish.version_folder(folder, version)
    try:
        found = publish.read_manifest(folder, version)
        for file, reason in publish.verify(folder, version).damage:
            raise IndexDamagedError(str(place / file), reason)
        entries = {**found.files, MANIFEST: durable.entry_of(place / MANIFEST)}
    except (SnapshotError, FileNotFoundError) as error:
        if publish.current_version(folder) != version:
            raise ChangedError(place) from error
        raise
    return Found(
        version,
        {f"{INDEX}/{name}": place / name for name in entries},
        {f"{INDEX}/{name}": entry for name, entry in entries.items()},
    )


@dataclass(frozen=True, slots=True)
class Staging:
    """Where a version is written before it is published as ``version``; ``there`` where it is published already."""

    version: str
    place: Path
    there: bool

    def files(self, contents: Contents) -> dict[str, Path]:
        """What is to be written, by the names of its members."""
        return {} if self.there else {f"{INDEX}/{name}": self.place / name for name in contents.under(INDEX)}


@contextmanager
def staging(folder: Path, contents: Contents) -> Iterator[Staging]:
    """Where to write the backup's version; what is still aside when the block ends is removed.

    Its id is its own, or one that is later than all that are there, so that a rollback goes back to those. The caller
    holds the lock.
    """
    present = _published(folder, contents)
    if present:
        yield Staging(present, publish.version_folder(folder, present), there=True)
        return
    version, others = contents.version, publish.versions(folder)
    if others and others[0].id >= version:
        version = publish.new_version(folder, version.rpartition("-")[2])
    place = publish.aside_folder(folder, version)
    try:
        yield Staging(version, place, there=False)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def opened(archive: Path, contents: Contents, staged: Staging) -> Snapshot:
    """The version that was staged, opened as a bot opens it. Raises ``BackupError``."""
    from index.snapshot import open_version

    try:
        found = manifest.read(staged.place)
        names = {*found.files, MANIFEST}
        if not staged.there and (found.version != contents.version or names != contents.under(INDEX).keys()):
            raise damaged(archive, "holds another version of the index than it says")
        return open_version(staged.place, found)
    except IndexFormatError as error:
        raise BackupError(
            f"The index in {archive} has another format than this release reads: "
            f"restore it with the release that made it ({contents.release!a:.40})."
        ) from error
    except IndexDamagedError as error:
        raise damaged(archive, f"holds an index of which {Path(error.path).name} {error.reason}") from error


def problem_with_model(snapshot: Snapshot, settings: Settings) -> str | None:
    """Why questions cannot be asked of the version with EMBEDDING_MODEL as it is set; None where they can."""
    from index.encoder import open_encoder

    try:
        snapshot.require_encoder(open_encoder(settings.embedding_model, settings.cache_file.parent))
    except ModelError as error:
        return str(error)
    return None


def put(folder: Path, staged: Staging, found: Manifest) -> None:
    """Publish what was staged, and keep the version before it to go back to. Raises ``OSError``."""
    if staged.there:
        return
    if found.version != staged.version:
        durable.write(staged.place / MANIFEST, [manifest.dump(replace(found, version=staged.version))])
    durable.sync_tree(staged.place)
    before = sorted(publish.versions(folder), key=lambda each: (each.published, each.id))[-1:]
    publish.publish(folder, staged.version)
    # It is published: what cannot be removed now is removed by the next build.
    with suppress(OSError):
        publish.keep(folder, [staged.version, *(each.id for each in before)])


def _published(folder: Path, contents: Contents) -> str | None:
    """The id under which the backup's index is published already, and whole."""
    saved = {name: entry for name, entry in contents.under(INDEX).items() if name != MANIFEST}
    with suppress(SnapshotError):
        found = publish.read_manifest(folder)
        if found.files == saved and not publish.verify(folder, found.version).damage:
            return found.version
    return None
