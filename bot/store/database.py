"""The SQLite file under the store: opening it, and transactions of one task at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiosqlite

from bot.store.errors import StoreError, damaged, explained
from bot.store.schema import migrations

# What goes into a statement's question marks.
Value = str | int | None

# "Preb" in ASCII: says whose file it is.
APPLICATION = 0x50726562
# How long to wait for another process that writes; whoever wants the store waits in turn, with an answer in hand.
_BUSY_SECONDS = 3.0


class Statements:
    """SQL, run one statement after another inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """The rows that a query finds."""
        return list(await self._connection.execute_fetchall(sql, [_storable(value) for value in values]))

    async def change(self, sql: str, *values: Value) -> int:
        """How many rows a statement inserted, updated or deleted."""
        async with self._connection.execute(sql, [_storable(value) for value in values]) as cursor:
            return cursor.rowcount


class Database:
    """An open database. Its methods may be called by many tasks at once and raise ``StoreError``."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._identity = _identity(path)
        # Tasks share the connection, and with it a transaction: one of them at a time.
        self._turn = asyncio.Lock()

    async def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """The rows that a query finds, none of them from a transaction under way."""
        async with self._turn:
            with explained(self._path):
                return await Statements(self._connection).rows(sql, *values)

    async def change(self, sql: str, *values: Value) -> int:
        """Run one statement in a transaction of its own; how many rows it changed."""
        async with self.transaction() as statements:
            return await statements.change(sql, *values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Statements]:
        """All that the block does, or nothing where it fails or is cancelled."""
        async with self._turn:
            if _identity(self._path) != self._identity:
                # SQLite would go on in the file that is no more, and all of it be lost with the process.
                raise StoreError(f"{self._path} was removed or replaced meanwhile: start the bot again.")
            with explained(self._path):
                try:
                    # Immediate: to write after having read, SQLite would refuse where another process came between.
                    await self._connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield Statements(self._connection)
                    await self._connection.execute_fetchall("COMMIT")
                except BaseException:
                    # Queued behind whatever a cancelled task left running; does nothing where nothing was begun.
                    with suppress(sqlite3.Error):
                        await self._connection.rollback()
                    raise

    async def scrub(self) -> None:
        """Leave no trace of deleted rows in the files, nor in pages that moved, nor in the write-ahead log.

        While another process reads, the log keeps its trace until the next scrub or until the file is closed.
        """
        async with self._turn:
            with explained(self._path):
                await self._connection.execute_fetchall("VACUUM")
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Open the file, made with its folder where missing, and bring its tables up to date. Raises ``StoreError``."""
    # At DEBUG it writes every question it is given into the log.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    with explained(path):
        await asyncio.to_thread(_make_file, path)
        connection = await aiosqlite.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        database = Database(connection, path)
        await _set_up(database, path, connection)
        yield database
    finally:
        await connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another of its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_file(path: Path) -> None:
    """Make the file before SQLite does, for the eyes of its owner alone; SQLite gives its log the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


async def _set_up(database: Database, path: Path, connection: aiosqlite.Connection) -> None:
    with explained(path):
        # NORMAL: a note is not synced before its answer is sent; a power cut can take the last ones, and harms no file.
        for pragma in ("foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY", "synchronous = NORMAL"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        ((found,),) = await connection.execute_fetchall("PRAGMA quick_check(1)")
        if found != "ok":
            raise damaged(path)
    async with database.transaction() as statements:
        await _migrate(statements, path)
    with explained(path):
        # Last: nothing is changed in a file that is not ours.
        await _write_ahead(connection)


async def _write_ahead(connection: aiosqlite.Connection) -> None:
    """Have the file use a write-ahead log, so that who reads and who writes do not wait for one another."""
    try:
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # SQLite does not wait for its turn here. Whoever has it sets the same, as does whoever opens the file next.
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


async def _migrate(statements: Statements, path: Path) -> None:
    ((application,),) = await statements.rows("PRAGMA application_id")
    ((version,),) = await statements.rows("PRAGMA user_version")
    ((tables,),) = await statements.rows("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION and (application or version or tables):
        raise StoreError(f"{path} is a database of another program: name another file for the store.")
    known = migrations()
    if version > len(known):
        raise StoreError(
            f"{path} was written by a newer release (tables of version {version}, this one knows {len(known)}): "
            "update Pregonero, or restore a copy from before."
        )
    for migration in known[version:]:
        for statement in migration.statements:
            await statements.rows(statement)
        await statements.rows(f"PRAGMA user_version = {migration.number}")
    if application != APPLICATION:
        await statements.rows(f"PRAGMA application_id = {APPLICATION}")


def _storable(value: Value) -> Value:
    """The value, with "?" for halves of surrogate pairs: JSON can carry them, UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
