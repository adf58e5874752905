"""A file kept open."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path


class Opened:
    """A file read at any place, by several threads, to the end of this object: also after it was removed.

    A mapped file's pages, and those around each, count as the process's memory once they were looked at; these do not.
    Raises ``OSError`` where it cannot be opened or read.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self.size = self._file.seek(0, 2)
        weakref.finalize(self, self._file.close)

    def read(self, start: int, length: int) -> bytes:
        """The ``length`` bytes from ``start``, fewer at the end of the file."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(length)
