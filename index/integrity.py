"""Whether the files of a version are as its manifest says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from index import durable
from index.manifest import ARTICLES, GRAPH, MANIFEST, PASSAGES, VECTORS
from index.records import FileEntry, IndexDamagedError, Manifest

_SMALL_FILE = 1 << 20


class Damage(NamedTuple):
    """One file of a version that is not as it was written, and what is wrong with it."""

    file: str
    reason: str


def altered(place: Path, manifest: Manifest, *, thorough: bool) -> Iterator[Damage]:
    """The files of the version in ``place`` that are missing, short or altered.

    ``thorough`` reads them all. Otherwise files over 1 MB are held to their size, except the graph, which is always
    read: nothing unchecked may reach FAISS's parser.
    """
    for name, entry in sorted(manifest.files.items()):
        checksum = thorough or entry.size <= _SMALL_FILE or name == GRAPH
        problem = durable.not_a_file(place / name) or _difference(place / name, entry, checksum)
        if problem:
            yield Damage(name, problem)


def misshapen(place: Path, manifest: Manifest) -> Iterator[Damage]:
    """The files that hold another number of records than the manifest says, and those it does not name."""
    # NumPy, and only for this check: reading a manifest must not wait for it.
    from index.arrays import map_vectors
    from index.documents import Articles, Passages

    try:
        articles = Articles(place / ARTICLES, manifest.articles)
        Passages(place / PASSAGES, manifest.passages, articles)
        map_vectors(place / VECTORS, (manifest.passages, manifest.dimension))
    except IndexDamagedError as error:
        yield Damage(Path(error.path).name, error.reason)
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if not path.is_dir() and name != MANIFEST and name not in manifest.files:
            yield Damage(name, "is not in the manifest")


def _difference(path: Path, entry: FileEntry, checksum: bool) -> str | None:
    try:
        size = path.stat().st_size
        if size != entry.size:
            return f"has {size} bytes instead of {entry.size}"
        if checksum and durable.entry_of(path) != entry:
            return "was altered: its SHA-256 is not the manifest's"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None
