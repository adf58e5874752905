"""What is written while Pregonero runs: the store, the folders, the room on their disks. Nothing is made here."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from bot.checkup.findings import Finding, State, refusal
from bot.settings import Settings
from bot.store.database import APPLICATION
from bot.store.errors import StoreError, damaged, explained
from bot.store.schema import migrations
from index import durable, publish
from index.records import SnapshotError

# For how long another program's turn is waited for.
_BUSY_SECONDS = 1.0
# What is kept free at least, in bytes: a build of few articles, and a while of what the bot remembers.
_ROOM = 100_000_000
_LEAST_ROOM = 10_000_000


def store(settings: Settings) -> Iterator[Finding]:
    """Whether the store opens, is whole and ours, and for its owner's eyes alone; one that is missing is not made."""
    path = settings.state_file
    try:
        with explained(path):
            if not path.exists():
                yield Finding("store", State.OK, f"{path} is not there yet: the bot makes it")
                return
            status = path.stat()
        version = _version(path)
    except StoreError as error:
        yield refusal("store", error)
        return
    if not os.access(path, os.W_OK):
        sentence = f"{path} cannot be written by this user"
        yield Finding("store", State.PROBLEM, sentence, "give the user that runs the bot permission to write it")
    elif os.name == "posix" and status.st_mode & 0o077:
        sentence = f"{path} holds what people asked, and other users of this machine may read it"
        yield Finding("store", State.WARNING, sentence, f"chmod 600 {path}")
    else:
        sentence = f"{path} is whole, {status.st_size / 1e6:,.1f} MB, tables of version {version}"
        yield Finding("store", State.OK, sentence)


def _version(path: Path) -> int:
    """The version of the tables in a file that is whole and ours; raises ``StoreError``."""
    with explained(path), closing(_opened(path)) as connection:
        ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        ((application,),) = connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    if found != "ok":
        raise damaged(path)
    if application != APPLICATION and (application or version or tables):
        raise StoreError(f"{path} is a database of another program: name another file in STATE_FILE.")
    if version > len(migrations()):
        raise StoreError(f"{path} was written by a newer release: update Pregonero, or restore a copy from before.")
    return int(version)


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that makes no file, and changes nothing in one that is there."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, timeout=_BUSY_SECONDS, isolation_level=None, uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether this user may write where Pregonero writes."""
    refused = False
    for folder, state, lost in (
        (settings.state_file.parent, State.PROBLEM, "the bot can remember nothing, and does not start"),
        (settings.index_dir, State.WARNING, "no new index can be built"),
        (
            settings.cache_file.parent,
            State.WARNING,
            "every start prepares the model anew and no index can be built",
        ),
    ):
        standing = durable.standing(folder)
        if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
            refused = True
            sentence = f"{standing} cannot be written by this user, so {lost}"
            yield Finding("folders", state, sentence, f"give it permission to write {standing}, or name another folder")
    if not refused:
        yield Finding("folders", State.OK, "The folders of index, cache and state can be written")


def disk(settings: Settings) -> Iterator[Finding]:
    """Whether there is room for another version of the index beside what is there."""
    size = 0
    with suppress(SnapshotError):
        size = sum(entry.size for entry in publish.read_manifest(settings.index_dir).files.values())
    need = max(_ROOM, 2 * size)
    least: tuple[int, Path] | None = None
    for folder in (settings.index_dir, settings.cache_file.parent, settings.state_file.parent):
        found = shutil.disk_usage(durable.standing(folder)).free, folder
        least = min(least or found, found)
    if least is None:
        return
    free, folder = least
    if free >= need:
        yield Finding("disk", State.OK, f"{_gigabytes(free)} free, a new index needs up to {_gigabytes(need)}")
        return
    state = State.PROBLEM if free < _LEAST_ROOM else State.WARNING
    sentence = f"{_gigabytes(free)} free where {folder} lies, and a new index needs up to {_gigabytes(need)}"
    yield Finding("disk", state, sentence, "free some space")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.2f} GB"
