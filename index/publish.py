"""The folder of an index: its versions, which of them is published, and who may change that.

    CURRENT          the id of the published version, one line
    versions/<id>/   a whole version; never changed once it is there
    versions/*.tmp/  a version being written, or what a killed build left
    lock             held while one process builds or rolls back; the system frees it when that process ends

Ids start with the UTC time, so they sort by age. Two versions are kept: the published one and the one before.
Going back names an *older* version only, so that doing it twice cannot publish again what was just withdrawn;
`pregonero build` is the way forward.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import durable, manifest
from index.integrity import Damage, altered, misshapen
from index.records import (
    BuildError,
    BuildLockedError,
    IndexDamagedError,
    IndexFormatError,
    IndexMissingError,
    Manifest,
    SnapshotError,
)

CURRENT = "CURRENT"
VERSIONS = "versions"
LOCK = "lock"

_ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
_ASIDE = re.compile(_ID.pattern + r"\.tmp")


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the folder; ``manifest`` is None when it cannot be read, and ``problem`` says why."""

    id: str
    published: bool
    manifest: Manifest | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking every file of a version found; whole when ``damage`` is empty."""

    version: str
    files: int
    size: int
    damage: tuple[Damage, ...]


def version_folder(folder: Path, version: str) -> Path:
    """Where a published version lies."""
    return folder / VERSIONS / version


def aside_folder(folder: Path, version: str) -> Path:
    """Where a version is written before it is published."""
    return folder / VERSIONS / f"{version}.tmp"


def current_version(folder: Path) -> str:
    """The id that ``CURRENT`` names; raises ``IndexMissingError`` or ``IndexDamagedError``."""
    path = folder / CURRENT
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            line = file.read(200).decode("ascii", "replace")
    except FileNotFoundError:
        raise IndexMissingError(f"There is no index in {folder}: run `pregonero build` first.") from None
    except OSError as error:
        raise IndexDamagedError(str(path), f"cannot be read ({error.strerror})") from error
    if not line.endswith("\n") or not _ID.fullmatch(line[:-1]):
        raise IndexDamagedError(str(path), "names no version")
    return line[:-1]


def read_manifest(folder: Path, version: str | None = None) -> Manifest:
    """The manifest of ``version``, or of the published one; reads no other file. Raises ``SnapshotError``."""
    name = version or current_version(folder)
    place = version_folder(folder, name)
    if not place.is_dir():
        raise IndexDamagedError(str(place), "is missing")
    found = manifest.read(place)
    if found.version != name:
        raise IndexDamagedError(str(place), f"holds the version {found.version!r:.60}")
    return found


def versions(folder: Path) -> tuple[Version, ...]:
    """The versions in the folder, newest first; empty when there is none."""
    try:
        published = current_version(folder)
    except SnapshotError:
        published = ""
    return tuple(_describe(folder, name, name == published) for name in _ids(folder))


def verify(folder: Path, version: str | None = None) -> Verification:
    """Read every file of ``version``, or of the published one, against its checksum and the manifest's counts.

    Raises ``SnapshotError`` when there is no manifest to check against.
    """
    found = read_manifest(folder, version)
    place = version_folder(folder, found.version)
    problems = tuple(altered(place, found, thorough=True)) or tuple(misshapen(place, found))
    return Verification(found.version, len(found.files), sum(entry.size for entry in found.files.values()), problems)


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Hold the folder for one build or rollback, cleared of what killed builds left.

    Raises ``BuildLockedError`` when another process holds it, ``BuildError`` when it cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise BuildLockedError(f"Another build is writing {folder}: wait until it ends and run this again.") from None
    except OSError as error:
        raise BuildError(unwritable(folder, error)) from error
    try:
        _sweep(folder)
        yield
    finally:
        lock.release()


def new_version(folder: Path, fingerprint: str) -> str:
    """An id later than every version in the folder, also when the clock was set back."""
    stamp = int(datetime.now(UTC).strftime("%Y%m%d%H%M%S%f"))
    newest = next(iter(_ids(folder)), None)
    if newest:
        stamp = max(stamp, 1 + int(newest[:8] + newest[9:21]))
    digits = f"{stamp:020d}"
    return f"{digits[:8]}T{digits[8:]}Z-{fingerprint[:8]}"


def publish(folder: Path, version: str) -> None:
    """Move a version written aside to its place and name it in ``CURRENT``; raises ``OSError``.

    The caller holds the lock and has flushed and checked the version's files.
    """
    durable.rename(aside_folder(folder, version), version_folder(folder, version))
    name_current(folder, version)


def name_current(folder: Path, version: str) -> None:
    """Make ``version`` the published one, in one step; raises ``OSError``."""
    durable.replace(folder / CURRENT, f"{version}\n".encode("ascii"))


def keep(folder: Path, wanted: Iterable[str]) -> None:
    """Remove every version but the wanted ones and the published one; raises ``OSError``.

    The caller holds the lock. Readers that opened a removed version keep it: their maps outlive the names.
    """
    try:
        wanted = {*wanted, current_version(folder)}
    except SnapshotError:
        wanted = set(wanted)
    for version in set(_ids(folder)) - wanted:
        # Renamed first: a removal cut short must not leave something that looks like a version.
        os.rename(version_folder(folder, version), aside_folder(folder, version))
    _sweep(folder)


def rollback(folder: Path) -> Manifest:
    """Publish the version before the current one, once its files are found whole, and return its manifest.

    Where ``CURRENT`` names nothing, the newest version there is. Raises ``IndexMissingError`` when there is nothing
    older, ``IndexDamagedError`` when that version is damaged; what is published then stays.
    """
    _older(folder)  # Before the lock, which would make a folder where there is none.
    with building(folder):
        target = _older(folder)[0]
        for file, reason in verify(folder, target).damage:
            raise IndexDamagedError(str(version_folder(folder, target) / file), reason)
        try:
            name_current(folder, target)
        except OSError as error:
            raise BuildError(unwritable(folder, error)) from error
        return read_manifest(folder, target)


def _older(folder: Path) -> list[str]:
    try:
        present: str | None = current_version(folder)
    except SnapshotError:
        present = None
    if present is None and not _ids(folder):
        raise IndexMissingError(f"There is no index in {folder}: run `pregonero build` first.")
    older = [name for name in _ids(folder) if present is None or name < present]
    if not older:
        raise IndexMissingError(f"{folder} has no older version to go back to: run `pregonero build` for a new one.")
    return older


def unwritable(folder: Path, error: OSError) -> str:
    """The sentence for a failed write in the folder."""
    return f"{folder} cannot be written ({error.strerror or error}): free space or fix its permissions, then try again."


def _sweep(folder: Path) -> None:
    for path in _listing(folder):
        if _ASIDE.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)


def _describe(folder: Path, name: str, published: bool) -> Version:
    try:
        return Version(name, published, read_manifest(folder, name), None)
    except (IndexDamagedError, IndexFormatError) as error:
        return Version(name, published, None, str(error))


def _ids(folder: Path) -> list[str]:
    return sorted((path.name for path in _listing(folder) if _ID.fullmatch(path.name)), reverse=True)


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted((folder / VERSIONS).iterdir())
    except OSError:
        return []
