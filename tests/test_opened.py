"""A file kept open: read at any place, by any thread, and after it was removed."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.opened import Opened


def test_reads_where_it_is_asked_to_and_less_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    file = Opened(tmp_path / "file")
    assert (file.size, file.read(3, 4), file.read(8, 4), file.read(99, 1)) == (10, b"3456", b"89", b"")


def test_threads_do_not_read_at_each_others_places(tmp_path: Path) -> None:
    blocks = [bytes([number]) * 512 for number in range(200)]
    (tmp_path / "file").write_bytes(b"".join(blocks))
    file = Opened(tmp_path / "file")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: file.read(512 * number, 512), range(200))) == blocks


def test_outlives_its_file_and_is_closed_with_its_last_reader(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"kept")
    file = Opened(path)
    path.unlink()
    assert file.read(0, 4) == b"kept"
    kept = file._file
    del file
    gc.collect()
    assert kept.closed


def test_what_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(2)):
        Opened(tmp_path / "absent")
