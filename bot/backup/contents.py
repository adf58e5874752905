"""``manifest.json`` of a backup: what its archive holds.

It has one spelling only (sorted keys, two spaces, a checksum over the rest), so any altered byte shows; and only names
that a backup can have, so nothing that is restored lands anywhere else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from bot.backup.errors import BackupError, damaged
from index.records import FileEntry
from index.sources.formats import SUFFIXES
from index.sources.walk import shown

FORMAT = 1
MANIFEST = "manifest.json"
ARTICLES = "articles"
INDEX = "index"
STATE = "state.sqlite"

_VERSION = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
_HEX = re.compile(r"[0-9a-f]{64}")
_INDEX_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
# More than any disk holds, and a number that the arithmetic of what is left on one can take.
_MOST_BYTES = 1 << 60


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds; the fields of its ``manifest.json``.

    ``made_at`` is ISO 8601 in UTC, ``release`` the program's version, ``version`` the id of the index's, ``folders``
    are the article folders as ARTICLES_DIR named them, ``members`` the other files of the archive by their names.
    """

    format: int
    made_at: str
    release: str
    version: str
    folders: tuple[str, ...]
    members: dict[str, FileEntry]

    def under(self, part: str) -> dict[str, FileEntry]:
        """The members of a part, by their names below it."""
        start = f"{part}/"
        return {name.removeprefix(start): entry for name, entry in self.members.items() if name.startswith(start)}

    def size(self, part: str | None = None) -> int:
        """Bytes of a part's members, or of all."""
        return sum(entry.size for entry in (self.under(part) if part else self.members).values())


def articles_of(number: int) -> str:
    """The part that holds the articles of a folder, by its place in ARTICLES_DIR."""
    return f"{ARTICLES}/{number}"


def dump(contents: Contents) -> bytes:
    """The bytes of ``manifest.json``; equal contents give equal bytes."""
    values = asdict(contents)
    values["checksum"] = hashlib.sha256(_spell(values)).hexdigest()
    return _spell(values)


def parse(archive: Path, data: bytes) -> Contents:
    """Read ``manifest.json`` of ``archive``; raises ``BackupError``."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise damaged(archive, f"has a {MANIFEST} that is not JSON") from error
    if isinstance(values, dict) and type(values.get("format")) is int and values["format"] != FORMAT:
        raise BackupError(
            f"{archive} is a backup of format {values['format']!r:.20} and this release reads {FORMAT}: "
            f"restore it with the release that made it ({shown(str(values.get('release')))[:40]})."
        )
    problem = next(_problems(values), None)
    if problem:
        raise damaged(archive, f"has a {MANIFEST} with {problem}")
    values.pop("checksum", None)
    members = {name: FileEntry(entry["sha256"], entry["size"]) for name, entry in values["members"].items()}
    contents = Contents(**{**values, "folders": tuple(values["folders"]), "members": members})
    if dump(contents) != data:
        raise damaged(archive, f"has a {MANIFEST} whose checksum does not match")
    return contents


def _problems(values: Any) -> Iterator[str]:
    if not isinstance(values, dict):
        yield f"a {type(values).__name__} instead of an object"
        return
    names = {field.name for field in fields(Contents)} | {"checksum"}
    if names != values.keys():
        yield f"other fields: {', '.join(sorted(names ^ values.keys()))[:80]!a}"
        return
    if type(values["format"]) is not int:
        yield f"format {values['format']!a:.40}"
    for name in ("made_at", "release", "version"):
        if not isinstance(values[name], str):
            yield f"{name} {values[name]!a:.40}"
    if not _VERSION.fullmatch(str(values["version"])):
        yield f"version {values['version']!a:.40}"
    folders, members = values["folders"], values["members"]
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        yield f"folders {folders!a:.40}"
    elif not isinstance(members, dict):
        yield f"members {members!a:.40}"
    else:
        yield from _member_problems(members, len(folders))


def _member_problems(members: Mapping[str, Any], folders: int) -> Iterator[str]:
    for name, entry in members.items():
        if not _is_name(name, folders):
            yield f"a member {name!a:.80}"
        if any(str(parent) in members for parent in PurePosixPath(name).parents):
            yield f"a member {name!a:.80} inside a file"
        if not isinstance(entry, dict) or entry.keys() != {"sha256", "size"}:
            yield f"{name!a:.80} described as {entry!a:.40}"
        elif not isinstance(entry["sha256"], str) or not _HEX.fullmatch(entry["sha256"]):
            yield f"{name!a:.80} of checksum {entry['sha256']!a:.80}"
        elif type(entry["size"]) is not int or not 0 <= entry["size"] <= _MOST_BYTES:
            yield f"{name!a:.80} of size {entry['size']!a:.40}"


def _is_name(name: str, folders: int) -> bool:
    match name.split("/"):
        case [only]:
            return only == STATE
        case ["index", *parts]:
            return all(map(_INDEX_PART.fullmatch, parts))
        case ["articles", number, *parts] if parts and _NUMBER.fullmatch(number) and int(number) < folders:
            # What `index.sources` reads, and so what a backup holds: nothing hidden, no "..", no other kind of file.
            plain = all(part and not part.startswith(".") for part in parts) and shown(name) == name
            return plain and PurePosixPath(name).suffix.casefold() in SUFFIXES
        case _:
            return False


def _spell(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, sort_keys=True) + "\n").encode("ascii")
