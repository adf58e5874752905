"""What can go wrong with the store, each in one sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCKED = "is locked by another program: stop that program, or try again in a moment"
_DAMAGED = "is damaged or no database: restore a copy, or move it away to begin with an empty one"
_FORBIDDEN = "cannot be opened for writing: give the bot permission to write the file and its folder"
_SENTENCES = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_FULL: "has no room left: free some space on its disk",
}


class StoreError(Exception):
    """The store cannot be opened, read or written; ``str(error)`` is one sentence that names the file."""


def damaged(path: Path) -> StoreError:
    """The error for a file that is not as it was written."""
    return StoreError(f"{path} {_DAMAGED}.")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise ``StoreError`` for what the block finds wrong with the file or its disk; wrong calls stay as they are."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened ({error.strerror}): mend that, or name another file for the store."
        ) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        # The low byte is the kind; the rest tells cases of one kind apart.
        reason = _SENTENCES.get(code & 0xFF, f"cannot be used ({error}): check its disk, or restore a copy of it")
        raise StoreError(f"{path} {reason}.") from error
