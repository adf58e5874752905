"""``vectors.npy``: float32 rows on the disk, written in NumPy's format and memory-mapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.integrity import array_header, array_problem
from index.opened import Opened
from index.records import IndexDamagedError

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_CHUNK_ROWS = 4096


def array_chunks(vectors: Floats) -> Iterator[bytes]:
    """The bytes of the ``.npy`` file of ``vectors``, (n, dim) float32."""
    yield array_header((vectors.shape[0], vectors.shape[1]))
    for start in range(0, len(vectors), _CHUNK_ROWS):
        yield vectors[start : start + _CHUNK_ROWS].astype("<f4", copy=False).tobytes()


def map_vectors(path: Path, shape: tuple[int, int]) -> Floats:
    """Memory-map the vectors in ``path``; raises ``IndexDamagedError`` unless they are float32 of ``shape``.

    The header is compared, not parsed: there is one right header for a shape.
    """
    try:
        problem = array_problem(path, shape)
        if problem:
            raise IndexDamagedError(str(path), problem)
        return np.asarray(np.memmap(path, "<f4", "r", offset=len(array_header(shape)), shape=shape))
    except (OSError, ValueError) as error:
        raise IndexDamagedError(str(path), f"cannot be mapped ({error})") from error


def reader(path: Path, shape: tuple[int, int]) -> Callable[[Rows], Floats]:
    """What reads rows, (m,), of the vectors of ``shape`` in ``path``: (m, dim), in the rows' order.

    Raises ``IndexDamagedError``, now where the file cannot be opened, and later where a row cannot be read.
    """
    start, dimension = len(array_header(shape)), shape[1]
    size = 4 * dimension
    try:
        file = Opened(path)
    except OSError as error:
        raise IndexDamagedError(str(path), f"cannot be read ({error.strerror})") from error

    def read(rows: Rows) -> Floats:
        try:
            data = b"".join([file.read(start + size * row, size) for row in rows.tolist()])
            return np.frombuffer(data, "<f4").reshape(len(rows), dimension)
        except (OSError, ValueError) as error:
            raise IndexDamagedError(str(path), f"cannot be read ({error})") from error

    return read
