"""What is opened is whole, stays as it was, and is never confused with another model's."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import build, integrity, publish, snapshot
from index.manifest import MANIFEST, VectorKind
from index.records import IndexDamagedError, IndexFormatError, IndexMissingError, ModelError, SnapshotError
from index.snapshot import open_snapshot
from tests.fakes import HashEncoder, build_index, corpus

# Passages enough to learn codes from.
CORPUS = corpus(10)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with codes, so that every kind of file is there."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "EXACT_LIMIT", 5)
        build_index(home, CORPUS)
    return home / "index"


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


def place(folder: Path) -> Path:
    return publish.version_folder(folder, publish.current_version(folder))


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in place(folder).rglob("*") if path.is_file())


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def test_a_snapshot_holds_what_was_built(folder: Path) -> None:
    opened = open_snapshot(folder)
    assert tuple(opened.articles) == CORPUS
    assert opened.manifest.vector_index is VectorKind.PQ is opened.vectors.kind
    assert opened.manifest.passages == len(opened.passages) == len(opened.vectors)
    sentences = {(passage.article_id, span) for passage in opened.passages for span in passage.sentences}
    assert opened.manifest.sentences == len(sentences)
    for row, passage in enumerate(opened.passages):
        article = opened.article_of(row)
        assert passage.text == article.text[passage.start : passage.end]
        text = build.embedded_text(article, passage)
        score = opened.vectors.score(HashEncoder().encode_question(text), np.array([row]))
        np.testing.assert_allclose(score, [1.0], atol=1e-6)


def test_an_article_and_its_passages_are_found_by_its_id(folder: Path) -> None:
    opened = open_snapshot(folder)
    for article in CORPUS:
        assert opened.article(article.id) == article
        passages = opened.passages_of(article.id)
        assert passages == tuple(each for each in opened.passages if each.article_id == article.id)
        assert len(passages) > 1


def test_an_id_that_no_article_has_finds_nothing(folder: Path) -> None:
    opened = open_snapshot(folder)
    assert opened.article("ffffffffffffffff") is None
    assert opened.passages_of("ffffffffffffffff") == ()


@pytest.mark.parametrize("position", [0, 0.5, -1])
def test_a_flipped_bit_in_any_file_is_found_and_the_file_named(position: float, folder: Path) -> None:
    for path in files_of(folder):
        data = path.read_bytes()
        flip(path, int(position * len(data)) if position >= 0 else -1)
        with pytest.raises((IndexDamagedError, IndexFormatError), match=path.name):
            open_snapshot(folder)
        if path.name != MANIFEST:
            assert [name for name, _ in publish.verify(folder).damage] == [path.relative_to(place(folder)).as_posix()]
        path.write_bytes(data)
    open_snapshot(folder)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def into_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [cut, lengthen, empty, Path.unlink, into_folder, into_fifo])
@pytest.mark.parametrize("verify", [True, False])
def test_a_file_missing_short_long_or_of_another_kind_is_found(
    spoil: Callable[[Path], None], verify: bool, folder: Path, tmp_path: Path
) -> None:
    for path in files_of(folder):
        spare = tmp_path / "spare"
        shutil.copy(path, spare)
        spoil(path)
        with pytest.raises(IndexDamagedError, match=path.name):
            open_snapshot(folder, verify=verify)
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        shutil.copy(spare, path)
    open_snapshot(folder)


def test_without_verification_large_files_are_held_to_their_size_and_the_codes_to_their_checksum(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "_SMALL_FILE", 0)
    flip(place(folder) / "vectors.npy", -1)
    open_snapshot(folder, verify=False)
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy"):
        open_snapshot(folder, verify=True)
    flip(place(folder) / "vectors.faiss", -1)
    with pytest.raises(IndexDamagedError, match=r"vectors\.faiss"):
        open_snapshot(folder, verify=False)


def test_damage_that_was_not_looked_for_is_an_error_where_it_is_met(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large files altered in place, opened without verification."""
    monkeypatch.setattr(integrity, "_SMALL_FILE", 0)
    for path in files_of(folder):
        if path.name in {MANIFEST, "vectors.faiss", "vectors.npy"} or path.suffix == ".npy":
            continue
        data = path.read_bytes()
        path.write_bytes(data.replace(b'"', b"7").replace(b"\n", b"7"))
        with pytest.raises(SnapshotError):
            list(open_snapshot(folder, verify=False).passages)
        path.write_bytes(data)


def test_a_reader_keeps_its_snapshot_after_its_version_was_removed(tmp_path: Path) -> None:
    build_index(tmp_path, corpus(4))
    first = open_snapshot(tmp_path / "index")
    build_index(tmp_path, corpus(5))
    build_index(tmp_path, corpus(6))
    assert not publish.version_folder(tmp_path / "index", first.manifest.version).exists()
    assert tuple(first.articles) == corpus(4)
    assert [passage.article_id for passage in first.passages] == [first.article_of(row).id for row in range(8)]
    query = HashEncoder().encode_question("barcos")
    _, rows = first.vectors.search(query, 8)
    assert sorted(rows.tolist()) == list(range(8))
    assert len(open_snapshot(tmp_path / "index").articles) == 6


def test_a_version_removed_while_it_is_opened_is_opened_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two builds are published between the reader's look at CURRENT and its opening of the files."""
    build_index(tmp_path, corpus(4))
    read = publish.read_manifest
    counts = [5, 6]

    def slow(folder: Path, version: str | None = None) -> object:
        found = read(folder, version)
        if counts and version:
            monkeypatch.setattr(publish, "read_manifest", read)
            while counts:
                build_index(tmp_path, corpus(counts.pop(0)))
        return found

    monkeypatch.setattr(publish, "read_manifest", slow)
    assert len(open_snapshot(tmp_path / "index").articles) == 6


def test_where_there_is_no_index_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="run `pregonero build`"):
        open_snapshot(tmp_path)


def test_an_index_of_a_newer_format_is_not_called_damaged(folder: Path) -> None:
    path = place(folder) / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"format": 2', b'"format": 3'))
    with pytest.raises(IndexFormatError, match="format 3 and this release reads 2"):
        open_snapshot(folder)


def test_what_may_not_be_read_is_not_to_be_built_again() -> None:
    forbidden = IndexDamagedError("index/CURRENT", f"cannot be read ({os.strerror(errno.EACCES)})")
    assert str(forbidden).endswith("): let this user read it.")
    assert "run `pregonero build`" in str(IndexDamagedError("index/CURRENT", "was altered"))


def test_opening_writes_nothing(folder: Path) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}

    before = state()
    open_snapshot(folder)
    assert state() == before


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (HashEncoder(dimension=32), "dimension 24 and the model has 32"),
        (HashEncoder(name="b"), "model 'hash' and the model has 'b'"),
        (HashEncoder(revision="2"), "revision '1' and the model has '2'"),
        (HashEncoder(document_prompt="p: "), "passage prompt '' and the model has 'p: '"),
    ],
)
def test_a_model_other_than_the_indexs_is_refused_with_both_values(
    encoder: HashEncoder, words: str, folder: Path
) -> None:
    opened = open_snapshot(folder)
    with pytest.raises(ModelError, match=words):
        opened.require_encoder(encoder)
    opened.require_encoder(HashEncoder())


def test_a_reader_that_never_catches_up_gives_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(f"20260101T00000000000{n}Z-01234567" for n in range(9))
    monkeypatch.setattr(publish, "current_version", lambda _folder: next(names))
    monkeypatch.setattr(snapshot, "_ATTEMPTS", 3)
    with pytest.raises(IndexDamagedError, match="changes faster"):
        open_snapshot(folder)
