"""The vectors of texts already embedded, so that a rebuild embeds only what is new.

One SQLite table: what was embedded (text with its prompt, model and revision, hashed) -> float32 bytes and their CRC.
The cache is a convenience: when it is damaged, foreign, full or locked, a build warns and does without.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Concatenate, NamedTuple, ParamSpec, Self, TypeVar

import numpy as np

from index.arrays import Floats
from index.encoder import Encoder
from index.records import ModelError
from index.vectors import require_unit_rows

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)

# "Preg" in ASCII: says whose file it is.
_APPLICATION = 0x50726567
_SCHEMA = 1
# Vectors that this many builds in a row had no use for are dropped.
_BUILDS_KEPT = 5
# Rows in one transaction.
_BATCH = 500
# Texts embedded before they are written: what an interrupted build loses at most.
_ENCODED_AT_ONCE = 128
_BUSY_SECONDS = 30.0
_CRC_BYTES = 4


class Embedded(NamedTuple):
    """Vectors (n, dim), float32, unit rows; how many texts the model embedded for them."""

    vectors: Floats
    encoded: int


def embed(texts: Sequence[str], encoder: Encoder, path: Path, progress: Callable[[int, int], None]) -> Embedded:
    """A vector for each text, from the cache at ``path`` or the model; equal texts are embedded once.

    ``progress`` gets how many distinct texts have their vector, and how many there are. Raises ``ModelError``.
    """
    distinct = {text: position for position, text in enumerate(dict.fromkeys(texts))}
    vectors = np.empty((len(distinct), encoder.dimension), np.float32)
    with VectorCache(path, encoder) as cache:
        known = cache.get(list(distinct))
        for text, vector in known.items():
            vectors[distinct[text]] = vector
        new = [text for text in distinct if text not in known]
        progress(len(known), len(distinct))
        for start in range(0, len(new), _ENCODED_AT_ONCE):
            batch = new[start : start + _ENCODED_AT_ONCE]
            found = _encode(encoder, batch, partial(_report, progress, len(known) + start, len(distinct)))
            vectors[[distinct[text] for text in batch]] = found
            cache.put(batch, found)
    if len(distinct) < len(texts):
        vectors = vectors[[distinct[text] for text in texts]]
    return Embedded(vectors, len(new))


class VectorCache:
    """The cached vectors of one model, as one build sees them. Use it as a context manager; nothing it does raises."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        self._path = path
        self._size = encoder.dimension * 4 + _CRC_BYTES
        self._context = [encoder.name, encoder.revision, encoder.document_prompt]
        self._database: sqlite3.Connection | None = None
        self._build = 1

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._guarded(self._drop_unused)
        self._close()

    def get(self, texts: Sequence[str]) -> dict[str, Floats]:
        """The vectors known, (dim,) each, by their text."""
        keys = {self._key(text): text for text in texts}
        found: dict[str, Floats] = {}
        for batch in _batches(list(keys)):
            for key, blob in (self._guarded(self._read, batch) or {}).items():
                vector = self._vector(blob)
                if vector is not None:
                    found[keys[key]] = vector
        return found

    def put(self, texts: Sequence[str], vectors: Floats) -> None:
        """Remember ``vectors``, (n, dim), one a text."""
        rows = [(self._key(text), self._build, _blob(row)) for text, row in zip(texts, vectors, strict=True)]
        for batch in _batches(rows):
            self._guarded(self._write, batch)

    def _key(self, text: str) -> bytes:
        digest = sha256()
        for field in (*self._context, text):
            data = field.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.digest()

    def _vector(self, blob: object) -> Floats | None:
        if not isinstance(blob, bytes) or len(blob) != self._size:
            return None
        data, crc = blob[:-_CRC_BYTES], blob[-_CRC_BYTES:]
        if zlib.crc32(data) != int.from_bytes(crc, "little"):
            return None
        return np.frombuffer(data, "<f4")

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
        self._guarded(self._prepare)

    def _prepare(self, database: sqlite3.Connection) -> None:
        # Whose file it is comes first: one that is not this cache's is moved away as it was found.
        if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self._create(database)
        marks = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        if marks != [_APPLICATION, _SCHEMA]:
            raise _ForeignError
        # SQLite refuses this at once, without waiting, where another build is at work: that one sets it, or the next.
        with suppress(sqlite3.OperationalError):
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        self._build = 1 + (database.execute("SELECT max(used) FROM vectors").fetchone()[0] or 0)

    def _create(self, database: sqlite3.Connection) -> None:
        with database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
            database.execute(f"PRAGMA user_version = {_SCHEMA}")
            # Another build may have come first.
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, used INTEGER NOT NULL, vector BLOB NOT NULL)"
            )

    def _read(self, database: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, object]:
        found: dict[bytes, object] = {}
        for key in keys:
            row = database.execute("SELECT vector FROM vectors WHERE key = ?", [key]).fetchone()
            if row:
                found[key] = row[0]
        with database:
            used = [(self._build, key) for key in found]
            database.executemany("UPDATE vectors SET used = ? WHERE key = ?", used)
        return found

    def _write(self, database: sqlite3.Connection, rows: Sequence[tuple[bytes, int, bytes]]) -> None:
        with database:
            database.executemany("INSERT OR REPLACE INTO vectors (key, used, vector) VALUES (?, ?, ?)", rows)

    def _drop_unused(self, database: sqlite3.Connection) -> None:
        with database:
            database.execute("DELETE FROM vectors WHERE used <= ?", [self._build - _BUILDS_KEPT])

    def _guarded(
        self, action: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What ``action`` gives, or None when the cache fails: it is then replaced or done without."""
        if self._database is None:
            return None
        try:
            return action(self._database, *args, **kwargs)
        except _ForeignError:
            self._set_aside("is not a cache of this release")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                self._set_aside("is damaged")
            else:
                self._give_up(error)
        return None

    def _set_aside(self, reason: str) -> None:
        self._close()
        target = next(path for n in count(1) if not (path := Path(f"{self._path}.aside-{n}")).exists())
        _log.warning("The vector cache %s %s: moved to %s; its vectors are computed again.", self._path, reason, target)
        try:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.replace(f"{self._path}{suffix}", f"{target}{suffix}")
        except OSError as error:
            self._give_up(error)
        else:
            self._open()

    def _give_up(self, error: Exception) -> None:
        _log.warning("The vector cache %s cannot be used (%s): this build does without it.", self._path, error)
        self._close()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


class _ForeignError(Exception):
    """The file is a database, but not this cache."""


def _encode(encoder: Encoder, texts: Sequence[str], progress: Callable[[int], None]) -> Floats:
    vectors = encoder.encode_documents(texts, progress)
    if vectors.shape != (len(texts), encoder.dimension):
        raise ModelError(
            f"The model {encoder.name} gave vectors of shape {vectors.shape} instead of "
            f"{(len(texts), encoder.dimension)}: check the model's files."
        )
    require_unit_rows(vectors)
    progress(len(texts))
    return vectors


def _report(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)


def _blob(vector: Floats) -> bytes:
    data = vector.astype("<f4").tobytes()
    return data + zlib.crc32(data).to_bytes(_CRC_BYTES, "little")


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
