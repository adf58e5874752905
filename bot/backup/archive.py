"""The archive of a backup: a tar file, compressed where its name says so, whose members are those of its manifest.

Reading trusts nothing: members come in the manifest's order, plain files of the size and SHA-256 that it names, or the
archive is refused; and no header makes the reader allocate more than a little.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.backup.contents import MANIFEST, Contents, dump, parse
from bot.backup.errors import BackupError, ChangedError, damaged
from index.records import FileEntry

COMPRESSED = (".gz", ".tgz")

_CHUNK = 1 << 18
# Of what one header may make tarfile read at once, and of a manifest: 100,000 articles need about 20 MB.
_MOST_AT_ONCE = 1 << 20
_MAX_MANIFEST = 1 << 26
_GZIP = b"\x1f\x8b"
_UNREADABLE = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, RecursionError, ValueError)

Tell = Callable[[int], None]
"""Told how many bytes more are done."""


def write(path: Path, contents: Contents, sources: Mapping[str, Path], tell: Tell, *, compress: bool) -> None:
    """Write ``path``, for the eyes of its owner alone, and flush it to the disk.

    ``sources`` are the files of the members. Raises ``ChangedError`` where one is no more as ``contents`` says, and
    ``OSError``.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - the descriptor has the mode
        with _compressing(file, compress) as stream, tarfile.open(fileobj=stream, mode="w") as tar:
            data = dump(contents)
            tar.addfile(_header(MANIFEST, len(data)), io.BytesIO(data))
            for name, entry in sorted(contents.members.items()):
                _add(tar, name, entry, sources[name], tell)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open an archive and read its manifest; raises ``BackupError`` for whatever is wrong with it, there and later."""
    if not path.is_file():
        raise BackupError(f"{path} is no file: name one that `pregonero backup` has written.")
    try:
        with (
            path.open("rb") as file,
            _decompressed(file) as stream,
            tarfile.open(fileobj=_Frugal(stream), mode="r:") as tar,  # type: ignore[call-overload]
        ):
            yield Reader(path, tar, _read_manifest(path, tar))
    except _UNREADABLE as error:
        raise damaged(path, f"cannot be read to its end ({error})") from error


@dataclass(frozen=True, slots=True)
class Reader:
    """An open archive; it is read once, from its first member to its last."""

    path: Path
    tar: tarfile.TarFile
    contents: Contents

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each member's name and bytes, which are found right when they end: they are to be taken whole."""
        for name, entry in sorted(self.contents.members.items()):
            yield name, self._chunks(_next(self.path, self.tar, name, entry.size), name, entry)
        if self.tar.next() is not None:
            raise damaged(self.path, f"holds more than its {MANIFEST} names")

    def check(self, tell: Tell) -> None:
        """Read everything, and keep nothing of it."""
        for _, chunks in self.members():
            for chunk in chunks:
                tell(len(chunk))

    def _chunks(self, member: tarfile.TarInfo, name: str, entry: FileEntry) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in _read(self.tar, member):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != entry.sha256:
            raise damaged(self.path, f"holds another {name} than was saved")


class _Frugal:
    """A file for tarfile to read, which reads as much at once as a header says: some say gigabytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.seek, self.tell = stream.seek, stream.tell
        self._stream = stream

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MOST_AT_ONCE:
            raise tarfile.ReadError("a header of that size is none of ours")
        return self._stream.read(size)


@dataclass(slots=True)
class _Source:
    """A member's file on its way into an archive, counted and hashed as it is read."""

    path: Path
    file: IO[bytes]
    tell: Tell
    digest: hashlib._Hash

    def read(self, size: int) -> bytes:
        chunk = self.file.read(size)
        if len(chunk) < size:
            raise ChangedError(self.path)
        self.digest.update(chunk)
        self.tell(size)
        return chunk


def _add(tar: tarfile.TarFile, name: str, entry: FileEntry, path: Path, tell: Tell) -> None:
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise ChangedError(path) from error
    with file:
        source = _Source(path, file, tell, hashlib.sha256())
        tar.addfile(_header(name, entry.size), source)  # type: ignore[arg-type]  # only `read` is asked of it
        if source.digest.hexdigest() != entry.sha256 or file.read(1):
            raise ChangedError(path)


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o600
    return header


def _read_manifest(path: Path, tar: tarfile.TarFile) -> Contents:
    return parse(path, b"".join(_read(tar, _next(path, tar, MANIFEST, None))))


def _next(path: Path, tar: tarfile.TarFile, name: str, size: int | None) -> tarfile.TarInfo:
    """The next member, which must be the one of that name and size; a manifest may have any up to a bound."""
    member = tar.next()
    if member is None:
        raise damaged(path, f"ends before its member {name}")
    if member.name != name:
        raise damaged(path, f"holds {member.name!a:.80} where {name!a:.80} belongs")
    # A link or a device has data of its own nowhere; a sparse file has less than its size says.
    if not member.isreg() or member.issparse():
        raise damaged(path, f"holds {name}, which is no plain file")
    if member.size > _MAX_MANIFEST if size is None else member.size != size:
        raise damaged(path, f"holds {member.size} bytes of {name}")
    return member


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise tarfile.ReadError("a member without data")
    with file:
        left = member.size
        while left:
            chunk = file.read(min(_CHUNK, left))
            if not chunk:
                raise tarfile.ReadError("unexpected end of data")
            left -= len(chunk)
            yield chunk


@contextmanager
def _compressing(file: IO[bytes], compress: bool) -> Iterator[IO[bytes]]:
    if not compress:
        yield file
        return
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as stream:
        yield stream  # type: ignore[misc]  # a binary file in all but its name


@contextmanager
def _decompressed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    start = file.read(len(_GZIP))
    file.seek(0)
    if start != _GZIP:
        yield file
        return
    with closing(gzip.GzipFile(fileobj=file, mode="rb")) as stream:
        yield stream  # type: ignore[misc]  # as above
