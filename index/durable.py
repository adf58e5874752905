"""Writes that survive a crash, and the checks that show they did."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from index.records import FileEntry


def write(path: Path, chunks: Iterable[bytes | memoryview]) -> FileEntry:
    """Write ``chunks`` one after another, flushed to the disk; raises ``OSError``.

    The checksum is of what was meant to be written, so that reopening the file shows whether it was.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(digest.hexdigest(), size)


def replace(path: Path, data: bytes) -> None:
    """Give ``path`` new contents in one step: a reader sees the old ones or the new ones, also after a power cut."""
    aside = path.with_name(f".{path.name}.tmp")
    write(aside, [data])
    os.replace(aside, path)
    sync_folder(path.parent)


def rename(source: Path, target: Path) -> None:
    """Rename a folder, durably."""
    os.rename(source, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names in ``folder`` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder under ``folder`` to the disk, whoever wrote them."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(parent))


def entry_of(path: Path) -> FileEntry:
    """Checksum and size of the file as it is on the disk now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileEntry(digest, file.tell())


def standing(path: Path) -> Path:
    """``path``, or the nearest folder above it that is there: whose disk and whose permissions it will have."""
    path = path.absolute()
    return next((each for each in (path, *path.parents) if each.exists()), path)


def not_a_file(path: Path) -> str | None:
    """Why ``path`` is no regular file; None when it is one."""
    # A FIFO or a link put in a file's place would hang the reader or lead it out of the folder.
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if stat.S_ISREG(mode) else "is not a regular file"
