"""``manifest.json``: what a version says of itself.

The file has one spelling only (sorted keys, two spaces, a checksum over the rest), so any altered byte shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from index import durable
from index.records import FileEntry, IndexDamagedError, IndexFormatError, Manifest

FORMAT = 2
MANIFEST = "manifest.json"
ARTICLES = "articles.jsonl"
PASSAGES = "passages.jsonl"
VECTORS = "vectors.npy"
CODES = "vectors.faiss"
LEXICAL = "lexical"

_MAX_BYTES = 4 << 20
_HEX = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_LEAST = {
    "format": 1,
    "dimension": 1,
    "target_chars": 1,
    "max_chars": 1,
    "overlap_sentences": 0,
    "articles": 1,
    "passages": 1,
    "sentences": 0,
}


class VectorKind(StrEnum):
    """How the vectors are searched: every one of them, or by product-quantised codes first."""

    EXACT = "exact"
    PQ = "pq"


def dump(manifest: Manifest) -> bytes:
    """The bytes of ``manifest.json``; equal manifests give equal bytes."""
    values = asdict(manifest)
    values["checksum"] = hashlib.sha256(_spell(values)).hexdigest()
    return _spell(values)


def read(place: Path) -> Manifest:
    """The manifest in a version's folder; raises ``IndexFormatError`` or ``IndexDamagedError``."""
    path = place / MANIFEST
    problem = durable.not_a_file(path)
    if problem:
        raise _damaged(path, problem)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error
    if len(data) > _MAX_BYTES:
        raise _damaged(path, f"holds more than {_MAX_BYTES} bytes")
    return _parse(path, data)


def _parse(path: Path, data: bytes) -> Manifest:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is not JSON") from error
    if not isinstance(values, dict):
        raise _damaged(path, f"holds a {type(values).__name__} instead of an object")
    if type(values.get("format")) is int and values["format"] != FORMAT:
        raise IndexFormatError(
            f"{path}: the index has format {values['format']!r:.20} and this release reads {FORMAT}: "
            "run `pregonero build` to rebuild it."
        )
    values.pop("checksum", None)
    problem = _problem(values)
    if problem:
        raise _damaged(path, problem)
    manifest = _manifest(values)
    if dump(manifest) != data:
        raise _damaged(path, "was altered: its checksum does not match")
    return manifest


def _manifest(values: dict[str, Any]) -> Manifest:
    files = {name: FileEntry(entry["sha256"], entry["size"]) for name, entry in values["files"].items()}
    vector_index = VectorKind(values["vector_index"])
    return Manifest(**{**values, "files": files, "roots": tuple(values["roots"]), "vector_index": vector_index})


def _problem(values: dict[str, Any]) -> str | None:
    names = {field.name for field in fields(Manifest)}
    if names != values.keys():
        return f"lacks or adds {', '.join(sorted(names ^ values.keys()))}"
    for name, least in _LEAST.items():
        if type(values[name]) is not int or values[name] < least:
            return f"has {name} {values[name]!r:.40}"
    for name in sorted(names - _LEAST.keys() - {"roots", "files"}):
        if not isinstance(values[name], str):
            return f"has {name} {values[name]!r:.40}"
    if values["vector_index"] not in list(VectorKind):
        return f"has vector_index {values['vector_index']!r:.40}"
    roots = values["roots"]
    if not isinstance(roots, list) or not all(isinstance(root, str) for root in roots):
        return f"has roots {roots!r:.40}"
    return _files_problem(values["files"], values["vector_index"])


def _files_problem(files: Any, vector_index: str) -> str | None:
    if not isinstance(files, dict):
        return f"has files {files!r:.40}"
    for name, entry in files.items():
        if not all(_PART.fullmatch(part) for part in name.split("/")) or name == MANIFEST:
            return f"names the file {name!r:.80}"
        if not isinstance(entry, dict) or entry.keys() != {"sha256", "size"}:
            return f"describes {name} as {entry!r:.40}"
        if not isinstance(entry["sha256"], str) or not _HEX.fullmatch(entry["sha256"]):
            return f"gives {name} the checksum {entry['sha256']!r:.80}"
        if type(entry["size"]) is not int or entry["size"] < 0:
            return f"gives {name} the size {entry['size']!r:.40}"
    needed = {ARTICLES, PASSAGES, VECTORS} | ({CODES} if vector_index == VectorKind.PQ else set())
    missing = needed - files.keys()
    return f"does not list {', '.join(sorted(missing))}" if missing else None


def _spell(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, sort_keys=True) + "\n").encode("ascii")


def _damaged(path: Path, reason: str) -> IndexDamagedError:
    return IndexDamagedError(str(path), reason)
