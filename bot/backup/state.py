"""STATE_FILE in a backup: a copy while the bot writes to it, and a copy put in its place while nobody does."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from bot.backup.aside import folder_aside
from bot.backup.contents import STATE
from bot.backup.errors import BackupError
from bot.store import StoreError
from bot.store.database import open_database
from bot.store.errors import explained
from index import durable
from index.records import FileEntry

# For another process to end a transaction.
_BUSY_SECONDS = 3.0
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
# What SQLite keeps beside a file that is in use, or was when its process ended.
_COMPANIONS = ("-wal", "-shm", "-journal")


def copy(state: Path, target: Path) -> None:
    """Write ``target``, a copy of the database at one moment, for its owner alone and without what was deleted.

    ``target`` lies in a folder that is made for it, and that the error does not name. Raises ``BackupError``.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_connect(state)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in _DISK:
            place = target.parent.parent
            raise BackupError(
                f"{state} cannot be copied to {place} ({error}): free space, or check the disks."
            ) from error
        raise _told(state, error) from error


def require_usable(state: Path, name: str) -> None:
    """Raise ``BackupError`` unless a bot of this release would start with the file, which the error calls ``name``.

    Tried with a copy beside it: opening it brings its tables up to date.
    """
    tried = state.with_name("tried.sqlite")
    shutil.copyfile(state, tried)

    async def try_it() -> None:
        async with open_database(tried):
            pass

    try:
        asyncio.run(try_it())
    except StoreError as error:
        raise BackupError(str(error).replace(str(tried), name)) from error


def is_same(state: Path, entry: FileEntry) -> bool:
    """Whether the file is as the entry says, with nothing written beside it that belongs to it."""
    alone = not any(path.exists() for path in _beside(state))
    return alone and durable.not_a_file(state) is None and durable.entry_of(state) == entry


@contextmanager
def unused(state: Path) -> Iterator[None]:
    """Keep everybody else from the file; raises ``BackupError`` while a bot or anybody else has it open.

    Only who is alone may end the write-ahead log that the store uses. A bot that starts meanwhile waits, finds that its
    file was replaced when it first writes, and ends.
    """
    if not state.exists():
        yield
        return
    try:
        connection = _connect(state)
    except sqlite3.Error as error:
        raise _told(state, error) from error
    with closing(connection):
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _IN_USE:
                raise BackupError(f"{state} is in use: stop the bot, then run this again.") from error
            # A damaged file is nobody's, and the reason for a restore.
            if error.sqlite_errorcode & 0xFF not in _DAMAGED:
                raise _told(state, error) from error
        yield


@contextmanager
def staging(state: Path, *, wanted: bool) -> Iterator[dict[str, Path]]:
    """Where to write the file's successor first, on the same disk, for its owner alone; gone when the block ends."""
    aside = state.with_name(f".{state.name}.restore.tmp")
    with folder_aside(aside, wanted=wanted):
        if wanted:
            (aside / STATE).touch(0o600)
        yield {STATE: aside / STATE} if wanted else {}


def put(copied: Path, state: Path) -> None:
    """Have ``copied``, which is on the same disk, take the place of the file. Raises ``OSError``."""
    # First: SQLite would take an old log's pages for the new file's.
    for path in _beside(state):
        path.unlink(missing_ok=True)
    os.replace(copied, state)
    durable.sync_folder(state.parent)


def _connect(state: Path) -> sqlite3.Connection:
    # Made nowhere: a file that is not there is none of ours.
    address = f"file:{quote(str(state.absolute()))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _beside(state: Path) -> list[Path]:
    return [state.with_name(state.name + ending) for ending in _COMPANIONS]


def _told(state: Path, error: sqlite3.Error) -> BackupError:
    """What the store says of the error."""
    try:
        with explained(state):
            raise error
    except StoreError as sentence:
        return BackupError(str(sentence))
