"""Whether the files of a version are as its manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from index import durable
from index.manifest import ARTICLES, MANIFEST, PASSAGES, VECTORS
from index.records import FileEntry, Manifest

_SMALL_FILE = 1 << 20
_ARRAY_START = 10
_ARRAY_ALIGNMENT = 64


class Damage(NamedTuple):
    """One file of a version that is not as it was written, and what is wrong with it."""

    file: str
    reason: str


def altered(place: Path, manifest: Manifest, *, thorough: bool) -> Iterator[Damage]:
    """The files of the version in ``place`` that are missing, short or altered.

    ``thorough`` reads them all; otherwise files over 1 MB are held to their size. (What FAISS parses is checked once
    more where it is read.)
    """
    for name, entry in sorted(manifest.files.items()):
        checksum = thorough or entry.size <= _SMALL_FILE
        problem = durable.not_a_file(place / name) or _attempt(partial(_difference, place / name, entry, checksum))
        if problem:
            yield Damage(name, problem)


def misshapen(place: Path, manifest: Manifest) -> Iterator[Damage]:
    """The files that hold another number of records than the manifest says, and those it does not name."""
    checks = (
        (ARTICLES, partial(_line_problem, place / ARTICLES, manifest.articles)),
        (PASSAGES, partial(_line_problem, place / PASSAGES, manifest.passages)),
        (VECTORS, partial(array_problem, place / VECTORS, (manifest.passages, manifest.dimension))),
    )
    for name, check in checks:
        problem = _attempt(check)
        if problem:
            yield Damage(name, problem)
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if not path.is_dir() and name != MANIFEST and name not in manifest.files:
            yield Damage(name, "is not in the manifest")


def array_header(shape: tuple[int, int]) -> bytes:
    """How the ``.npy`` file of a float32 array in C order begins (NumPy's format 1.0)."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    length = -(-(_ARRAY_START + len(text) + 1) // _ARRAY_ALIGNMENT) * _ARRAY_ALIGNMENT - _ARRAY_START
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + text.ljust(length - 1).encode("ascii") + b"\n"


def array_problem(path: Path, shape: tuple[int, int]) -> str | None:
    """Why ``path`` is no ``.npy`` file of a float32 array of ``shape``; None when it is one. Raises ``OSError``."""
    header = array_header(shape)
    with path.open("rb") as file:
        found = file.read(len(header))
    if found != header:
        return f"begins {found[_ARRAY_START:].rstrip()!r} instead of as float32 of shape {shape}"
    size, right = path.stat().st_size, len(header) + 4 * shape[0] * shape[1]
    return None if size == right else f"has {size} bytes instead of {right}"


def _line_problem(path: Path, count: int) -> str | None:
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(partial(file.read, _SMALL_FILE), b""))
    return None if lines == count else f"has {lines} lines instead of {count}"


def _difference(path: Path, entry: FileEntry, checksum: bool) -> str | None:
    size = path.stat().st_size
    if size != entry.size:
        return f"has {size} bytes instead of {entry.size}"
    if checksum and durable.entry_of(path) != entry:
        return "was altered: its SHA-256 is not the manifest's"
    return None


def _attempt(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
