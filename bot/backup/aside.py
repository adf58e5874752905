"""Folders that a restore writes into before anything takes its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_aside(path: Path, *, wanted: bool) -> Iterator[None]:
    """Make a folder for its owner alone, gone when the block ends; one that a killed restore has left goes anyway.

    The caller holds the lock of the index, so no other restore has it.
    """
    shutil.rmtree(path, ignore_errors=True)
    if wanted:
        path.mkdir(mode=0o700, parents=True)
    try:
        yield
    finally:
        shutil.rmtree(path, ignore_errors=True)
