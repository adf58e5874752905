"""The manifest's file: one spelling, read strictly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import manifest
from index.manifest import FORMAT, MANIFEST, VectorKind
from index.records import FileEntry, IndexDamagedError, IndexFormatError, Manifest

ENTRY = FileEntry("0" * 64, 12)
SAMPLE = Manifest(
    format=FORMAT,
    version="20260101T000000000000Z-01234567",
    built_at="2026-01-01T00:00:00+00:00",
    corpus="0123456789abcdef" * 4,
    model="modelo ñ",
    model_revision="1",
    dimension=384,
    query_prompt="query: ",
    document_prompt="passage: ",
    target_chars=550,
    max_chars=700,
    overlap_sentences=1,
    vector_index=VectorKind.EXACT,
    articles=2,
    passages=9,
    sentences=40,
    roots=("seeds", "más"),
    files={"articles.jsonl": ENTRY, "passages.jsonl": ENTRY, "vectors.npy": ENTRY, "lexical/words.json": ENTRY},
)


# What the files then lack is what is said.
UNLISTED = [("files", {}), ("vector_index", "pq")]


def spelled(values: dict[str, Any]) -> bytes:
    """A manifest of other values, with the checksum that they should have."""
    values.pop("checksum", None)
    text = json.dumps(values, indent=2, sort_keys=True) + "\n"
    values = {**values, "checksum": hashlib.sha256(text.encode()).hexdigest()}
    return (json.dumps(values, indent=2, sort_keys=True) + "\n").encode()


def test_a_manifest_reads_back_equal(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(manifest.dump(SAMPLE))
    read = manifest.read(tmp_path)
    assert read == SAMPLE
    assert read.vector_index is VectorKind.EXACT
    assert spelled(json.loads(manifest.dump(SAMPLE))) == manifest.dump(SAMPLE)


@pytest.mark.parametrize("format_", [0, FORMAT + 1, 10**30])
def test_another_format_is_told_from_damage_whatever_else_it_holds(format_: int, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"format": format_, "new": "field"}))
    with pytest.raises(IndexFormatError, match=f"reads {FORMAT}: run `pregonero build`"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"format": true}',
        b'{"format": "1"}',
        b"[" * 100_000,
        b'{"format": ' + b"9" * 5000 + b"}",
        b" " * (5 << 20),
        manifest.dump(SAMPLE)[:-1],
        manifest.dump(SAMPLE) + b"\n",
        manifest.dump(SAMPLE).replace(b"  ", b"\t"),
        manifest.dump(SAMPLE)[:200],
    ],
)
def test_what_is_no_manifest_is_damage(data: bytes, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"manifest\.json"):
        manifest.read(tmp_path)


def test_a_manifest_that_is_missing_or_a_folder_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is missing"):
        manifest.read(tmp_path)
    (tmp_path / MANIFEST).mkdir()
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is not a regular file"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dimension", 0),
        ("dimension", "384"),
        ("dimension", 384.0),
        ("dimension", True),
        ("passages", -1),
        ("articles", None),
        ("sentences", []),
        ("model", 7),
        ("model", None),
        ("query_prompt", ["query"]),
        ("vector_index", "pickle"),
        ("vector_index", {}),
        ("vector_index", "pq"),
        ("roots", "seeds"),
        ("roots", [1]),
        ("files", []),
        ("files", {}),
        ("unknown", 1),
    ],
)
def test_a_field_of_another_type_or_out_of_range_is_damage_that_names_it(
    name: str, value: object, tmp_path: Path
) -> None:
    """Also when the checksum was made to match."""
    (tmp_path / MANIFEST).write_bytes(spelled({**json.loads(manifest.dump(SAMPLE)), name: value}))
    with pytest.raises(IndexDamagedError, match="does not list" if (name, value) in UNLISTED else name):
        manifest.read(tmp_path)


def test_a_field_left_out_is_damage(tmp_path: Path) -> None:
    for name in json.loads(manifest.dump(SAMPLE)).keys() - {"format", "checksum"}:
        values = json.loads(manifest.dump(SAMPLE))
        del values[name]
        (tmp_path / MANIFEST).write_bytes(spelled(values))
        with pytest.raises(IndexDamagedError, match=f"lacks or adds {name}"):
            manifest.read(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../CURRENT",
        "/etc/passwd",
        "lexical/../../x",
        "..",
        ".",
        "",
        "lexical//x",
        "lexical/",
        "a\\b",
        "a\0b",
        "a\nb",
        "C:x",
        ".hidden",
        "~root",
        MANIFEST,
        "x" * 200,
    ],
)
def test_a_file_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(manifest.dump(replace(SAMPLE, files={**SAMPLE.files, name: ENTRY})))
    with pytest.raises(IndexDamagedError, match="names the file"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"sha256": "0" * 64},
        {"sha256": "0" * 63, "size": 1},
        {"sha256": "G" * 64, "size": 1},
        {"sha256": 0, "size": 1},
        {"sha256": "0" * 64, "size": -1},
        {"sha256": "0" * 64, "size": True},
        {"sha256": "0" * 64, "size": 1.5},
        {"sha256": "0" * 64, "size": 1, "link": "x"},
    ],
)
def test_a_file_described_otherwise_is_damage(entry: object, tmp_path: Path) -> None:
    values = json.loads(manifest.dump(SAMPLE))
    values["files"]["vectors.npy"] = entry
    (tmp_path / MANIFEST).write_bytes(spelled(values))
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy"):
        manifest.read(tmp_path)
