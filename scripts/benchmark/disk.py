"""What an index takes on disk."""

from __future__ import annotations

from pathlib import Path

from scripts.benchmark.systems import Entry


def disk_bytes(folder: Path) -> int:
    """The sizes of all files under ``folder``, added up."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def published_in(folder: Path) -> Path:
    """The index that this project's system published in its folder."""
    (current,) = folder.glob("*/CURRENT")
    return current.parent


def index_bytes(entry: Entry, folder: Path) -> int:
    """Bytes of the index that ``entry`` left in its folder.

    Of this project the published version alone: what lies beside it, the vectors kept for the next build and the
    sentences that this benchmark writes down, no answer needs.
    """
    if entry.peer:
        return disk_bytes(folder)
    index = published_in(folder)
    return disk_bytes(index / "versions" / (index / "CURRENT").read_text(encoding="utf-8").strip())
