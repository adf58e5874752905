"""Folders -> the files in them, each once, in an order that does not depend on the file system."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.records import EmptyCorpusError, SourceError

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_DEAD_LINK = "it is a link that leads nowhere: mend it or delete it"
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """``files`` are paths as given (root joined with the relative path), sorted; ``skipped`` could not be used."""

    files: tuple[str, ...]
    skipped: tuple[SourceError, ...]


def find_files(roots: Sequence[str | Path], suffixes: frozenset[str]) -> Found:
    """Find the files with one of ``suffixes`` (lower case, with their dot) in and under ``roots``.

    Names that begin with a dot are passed over. A file that two paths lead to is found once, by the path without
    links where there is one. Nothing is opened: a pipe would block.

    Raises:
        EmptyCorpusError: a root does not exist.
    """
    walk = _Walk(suffixes)
    for root in roots:
        walk.add_root(str(Path(root)))
    walk.follow_links()
    return Found(tuple(sorted(walk.files)), tuple(walk.skipped))


def shown(path: str) -> str:
    """Return ``path`` fit to print: control characters, overrides of direction and undecodable bytes as escapes."""
    printable = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), printable)


def reason_for(error: OSError) -> str:
    """Return why the system refused a file, and what to do, without its path."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "no permission to read it: change its permissions or its owner"
        case errno.ENOENT:
            return "it is gone: build again"
        case errno.ELOOP:
            return "it is a link that leads back to itself: delete it"
        case _:
            return f"the system cannot read it ({error.strerror or error}): mend or remove it"


@dataclass(slots=True)
class _Walk:
    suffixes: frozenset[str]
    files: list[str] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def add_root(self, root: str) -> None:
        try:
            status = Path(root).stat()
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:
            if Path(root).is_symlink():
                self.skip(root, _DEAD_LINK)
                return
            raise EmptyCorpusError(
                f"The articles folder {shown(root)} does not exist: create it and put .txt, .md or .html files in it, "
                "or name another folder."
            ) from error
        except OSError as error:
            self.skip(root, reason_for(error))
            return
        if stat.S_ISDIR(status.st_mode):
            self.add_folder(root, status)
        elif self.is_article(root):
            self.add_file(root)
        else:
            self.skip(root, "it is no article: name a folder, or a .txt, .md or .html file")

    def add_folder(self, top: str, status: os.stat_result) -> None:
        """Add the files under ``top``, keeping links for later so that a file's own path wins over a link's."""
        pending = [(top, status)]
        while pending:
            folder, status = pending.pop()
            if not self.is_new(status):
                continue
            try:
                with os.scandir(folder) as entries:
                    names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
            except OSError as error:
                self.skip(folder, reason_for(error))
                continue
            for name in names:
                path = str(Path(folder, name))
                try:
                    status = Path(path).lstat()
                except OSError as error:
                    self.skip(path, reason_for(error))
                    continue
                if stat.S_ISLNK(status.st_mode):
                    self.links.append(path)
                elif stat.S_ISDIR(status.st_mode):
                    pending.append((path, status))
                elif self.is_article(path):
                    self.add_file(path)

    def follow_links(self) -> None:
        """Follow each link once; a folder may hold further links."""
        while self.links:
            batch, self.links = sorted(self.links), []
            for link in batch:
                try:
                    status = Path(link).stat()
                except FileNotFoundError:
                    self.skip(link, _DEAD_LINK)
                    continue
                except OSError as error:
                    self.skip(link, reason_for(error))
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    if self.is_article(link):
                        self.add_file(link)
                elif (status.st_dev, status.st_ino) in self.seen:
                    self.skip(link, "it is a link to a folder that was already read: it is not followed")
                else:
                    self.add_folder(link, status)

    def add_file(self, path: str) -> None:
        try:
            status = Path(path).stat()
        except OSError as error:
            self.skip(path, reason_for(error))
            return
        if not stat.S_ISREG(status.st_mode):
            kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "something else")
            self.skip(path, f"it is {kind}, not a file: move it elsewhere")
        elif _UNPRINTABLE.search(path):
            self.skip(path, "its path has control characters or undecodable bytes: rename it")
        elif self.is_new(status):
            self.files.append(path)

    def is_article(self, path: str) -> bool:
        return Path(path).suffix.casefold() in self.suffixes

    def is_new(self, status: os.stat_result) -> bool:
        key = (status.st_dev, status.st_ino)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def skip(self, path: str, reason: str) -> None:
        self.skipped.append(SourceError(shown(path), reason))
