"""``vectors.npy``: float32 rows on the disk, written in NumPy's format and memory-mapped."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.records import IndexDamagedError

Floats = NDArray[np.float32]

_CHUNK_ROWS = 4096


def npy_chunks(vectors: Floats) -> Iterator[bytes]:
    """The bytes of the ``.npy`` file of ``vectors``, (n, dim) float32."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(vectors))
    yield header.getvalue()
    for start in range(0, len(vectors), _CHUNK_ROWS):
        yield vectors[start : start + _CHUNK_ROWS].tobytes()


def map_vectors(path: Path, shape: tuple[int, int]) -> Floats:
    """Memory-map the vectors in ``path``; raises ``IndexDamagedError`` unless they are float32 of ``shape``."""
    try:
        found = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, TypeError, OverflowError, MemoryError, RecursionError) as error:
        raise IndexDamagedError(str(path), f"is no array ({error})") from error
    if found.shape != shape or found.dtype != np.dtype("<f4") or not found.flags.c_contiguous:
        raise IndexDamagedError(str(path), f"holds {found.shape} {found.dtype} instead of {shape} float32")
    return np.asarray(found)
