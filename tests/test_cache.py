"""What is embedded again, what is not, and that no state of the cache file stops a build."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from index import cache
from index.arrays import Floats
from index.cache import Embedded, VectorCache
from index.records import ModelError
from tests.fakes import HashEncoder, unit_rows


def embed(texts: Sequence[str], encoder: HashEncoder, path: Path) -> Embedded:
    return cache.embed(texts, encoder, path, lambda _done, _total: None)


def rows_in(path: Path) -> int:
    database = sqlite3.connect(path)
    try:
        return int(database.execute("SELECT count(*) FROM vectors").fetchone()[0])
    finally:
        database.close()


def expected(texts: Sequence[str], encoder: HashEncoder) -> Floats:
    return HashEncoder(encoder.name, encoder.revision, encoder.dimension).encode_documents(
        [encoder.document_prompt + text for text in texts]
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.sqlite"


def test_each_text_gets_the_vector_of_the_model_in_the_order_given(path: Path) -> None:
    texts = [f"barco {n}" for n in range(2500)]
    encoder = HashEncoder()
    vectors, encoded = embed(texts, encoder, path)
    assert (vectors.shape, str(vectors.dtype), encoded) == ((2500, 24), "float32", 2500)
    assert np.array_equal(vectors, expected(texts, encoder))


def test_a_second_time_nothing_is_embedded_and_the_vectors_are_the_same_bits(path: Path) -> None:
    texts = [f"barco {n}" for n in range(700)]
    first = embed(texts, HashEncoder(), path)
    encoder = HashEncoder()
    again = embed(texts[::-1], encoder, path)
    assert (again.encoded, encoder.encoded) == (0, [])
    assert np.array_equal(again.vectors, first.vectors[::-1])


def test_only_new_texts_are_embedded(path: Path) -> None:
    embed(["uno", "dos"], HashEncoder(), path)
    encoder = HashEncoder()
    vectors, encoded = embed(["dos", "tres", "uno"], encoder, path)
    assert (encoded, encoder.encoded) == (1, ["tres"])
    assert np.array_equal(vectors, expected(["dos", "tres", "uno"], encoder))


def test_equal_texts_are_embedded_once(path: Path) -> None:
    encoder = HashEncoder()
    vectors, encoded = embed(["uno", "dos", "uno", "uno"], encoder, path)
    assert (encoded, encoder.encoded) == (2, ["uno", "dos"])
    assert np.array_equal(vectors, expected(["uno", "dos", "uno", "uno"], encoder))


@pytest.mark.parametrize(
    "other", [HashEncoder(name="b"), HashEncoder(revision="2"), HashEncoder(document_prompt="passage: ")]
)
def test_another_model_revision_or_prompt_does_not_take_these_vectors(other: HashEncoder, path: Path) -> None:
    embed(["uno"], HashEncoder(), path)
    vectors, encoded = embed(["uno"], other, path)
    assert encoded == 1
    assert np.array_equal(vectors, expected(["uno"], other))


def test_a_prompt_and_a_text_are_not_run_together(path: Path) -> None:
    embed(["b c"], HashEncoder(document_prompt="a "), path)
    assert embed(["a b c"], HashEncoder(), path).encoded == 1


def test_a_question_prompt_changes_nothing_about_passages(path: Path) -> None:
    embed(["uno"], HashEncoder(), path)
    assert embed(["uno"], HashEncoder(query_prompt="query: "), path).encoded == 0


def test_a_vector_of_the_wrong_length_is_embedded_again(path: Path) -> None:
    embed(["uno"], HashEncoder(dimension=24), path)
    vectors, encoded = embed(["uno"], HashEncoder(dimension=32), path)
    assert (vectors.shape, encoded) == ((1, 32), 1)
    assert embed(["uno"], HashEncoder(dimension=32), path).encoded == 0


@pytest.mark.parametrize(
    "value", [b"short", bytes(100), b"", "text", 7], ids=["short", "zeros", "empty", "text", "int"]
)
def test_an_altered_vector_is_embedded_again(value: object, path: Path) -> None:
    texts = ["uno", "dos"]
    embed(texts, HashEncoder(), path)
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE vectors SET vector = ?", [value])
    database.close()
    vectors, encoded = embed(texts, HashEncoder(), path)
    assert encoded == 2
    assert np.array_equal(vectors, expected(texts, HashEncoder()))


def test_one_flipped_bit_in_a_vector_is_seen(path: Path) -> None:
    texts = [f"barco {n}" for n in range(40)]
    embed(texts, HashEncoder(dimension=96), path)
    needle = expected(texts[7:8], HashEncoder(dimension=96)).tobytes()
    data = bytearray(path.read_bytes())
    data[data.find(needle) + 50] ^= 4
    path.write_bytes(data)
    vectors, encoded = embed(texts, HashEncoder(dimension=96), path)
    assert encoded == 1
    assert np.array_equal(vectors, expected(texts, HashEncoder(dimension=96)))


def test_vectors_that_five_builds_did_not_need_are_dropped(path: Path) -> None:
    embed(["viejo", "nuevo"], HashEncoder(), path)
    for _ in range(4):
        embed(["nuevo"], HashEncoder(), path)
    assert rows_in(path) == 2
    embed(["nuevo"], HashEncoder(), path)
    assert rows_in(path) == 1
    assert embed(["nuevo"], HashEncoder(), path).encoded == 0


def test_a_build_that_fails_midway_keeps_what_it_embedded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_ENCODED_AT_ONCE", 10)

    @dataclass
    class Failing(HashEncoder):
        def encode_documents(self, texts: Sequence[str], progress: object = None) -> Floats:
            if len(self.encoded) == 30:
                raise KeyboardInterrupt
            return super().encode_documents(texts)

    texts = [f"barco {n}" for n in range(50)]
    with pytest.raises(KeyboardInterrupt):
        embed(texts, Failing(), path)
    assert embed(texts, HashEncoder(), path).encoded == 20


def test_progress_counts_distinct_texts_up_to_their_number(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_ENCODED_AT_ONCE", 2)
    embed(["uno"], HashEncoder(), path)
    told: list[tuple[int, int]] = []
    cache.embed(["uno", "dos", "dos", "tres", "4"], HashEncoder(), path, lambda *done: told.append(done))
    assert told[0] == (1, 4)
    assert told[-1] == (4, 4)
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("vectors", "found"),
    [
        (unit_rows(1, 24), r"\(1, 24\) instead of \(2, 24\)"),
        (unit_rows(2, 25), r"\(2, 25\)"),
        (2 * unit_rows(2, 24), "length 2"),
    ],
)
def test_a_model_that_gives_other_vectors_is_refused_and_they_are_not_kept(
    vectors: Floats, found: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HashEncoder, "encode_documents", lambda *_: vectors)
    with pytest.raises(ModelError, match=found):
        embed(["uno", "dos"], HashEncoder(), path)
    assert rows_in(path) == 0


def foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE vectors (name TEXT)")
    database.close()


def of_another_release(path: Path) -> None:
    embed(["uno"], HashEncoder(), path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(20_000))


def torn(path: Path) -> None:
    embed([f"barco {n}" for n in range(500)], HashEncoder(), path)
    data = path.read_bytes()
    path.write_bytes(data[:4096] + np.random.default_rng(0).bytes(len(data) - 4096))


@pytest.mark.parametrize("spoil", [foreign, of_another_release, noise, torn])
def test_a_damaged_or_foreign_file_is_set_aside_with_a_warning(
    spoil: Callable[[Path], None], path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes()
    texts = [f"barco {n}" for n in range(500)]
    vectors, encoded = embed(texts, HashEncoder(), path)
    assert encoded == 500
    assert np.array_equal(vectors, expected(texts, HashEncoder()))
    assert "moved to" in caplog.text
    if spoil is not torn:  # SQLite may write to a file of its own before it meets the damage.
        assert Path(f"{path}.aside-1").read_bytes() == before
    assert embed(texts, HashEncoder(), path).encoded == 0


def test_what_was_set_aside_before_is_not_written_over(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"first" * 999, b"second" * 999):
        path.write_bytes(content)
        embed(["uno"], HashEncoder(), path)
    assert Path(f"{path}.aside-1").read_bytes().startswith(b"first")
    assert Path(f"{path}.aside-2").read_bytes().startswith(b"second")


def test_an_empty_file_becomes_a_cache(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    embed(["uno"], HashEncoder(), path)
    assert embed(["uno"], HashEncoder(), path).encoded == 0


@pytest.mark.parametrize("place", ["a folder", "under a file"])
def test_a_cache_that_cannot_be_opened_is_done_without(
    place: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c"
    if place == "a folder":
        path.mkdir()
    else:
        path.write_text("file")
        path /= "vectors.sqlite"
    for _ in range(2):
        assert embed(["uno"], HashEncoder(), path).encoded == 1
    assert "does without it" in caplog.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_cache_that_may_only_be_read_does_not_stop_a_build(path: Path) -> None:
    embed(["uno"], HashEncoder(), path)
    path.chmod(stat.S_IRUSR)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert embed(["uno", "dos"], HashEncoder(), path).vectors.shape == (2, 24)
    finally:
        path.parent.chmod(stat.S_IRWXU)


def test_a_locked_cache_is_done_without(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    embed(["uno"], HashEncoder(), path)
    monkeypatch.setattr(cache, "_BUSY_SECONDS", 0.01)
    database = sqlite3.connect(path)
    database.execute("BEGIN EXCLUSIVE")
    try:
        assert embed(["uno", "dos"], HashEncoder(), path).vectors.shape == (2, 24)
    finally:
        database.close()
    assert "locked" in caplog.text


def test_a_full_disk_does_not_stop_a_build(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit of pages gives the error that a full disk gives."""
    with VectorCache(path, HashEncoder()) as small:
        assert small._database
        small._database.execute("PRAGMA max_page_count = 10")
        texts = [f"barco {n}" for n in range(2000)]
        small.put(texts, expected(texts, HashEncoder()))
        assert small.get(["barco 1"]) == {}
    assert "full" in caplog.text


def test_builds_at_one_time_share_a_cache(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # Four: a machine may run them one after another, and what five builds did not need is dropped.
    firsts = range(0, 800, 200)
    together = Barrier(len(firsts))

    def one(first: int) -> bool:
        texts = [f"barco {n}" for n in range(first, first + 300)]
        together.wait(20)
        return np.array_equal(embed(texts, HashEncoder(), path).vectors, expected(texts, HashEncoder()))

    with ThreadPoolExecutor(len(firsts)) as pool:
        assert all(pool.map(one, firsts))
    assert embed([f"barco {n}" for n in range(900)], HashEncoder(), path).encoded == 0
    assert caplog.text == ""


def test_a_cache_that_another_build_has_just_made_is_not_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    embed(["uno", "dos"], HashEncoder(), path)
    monkeypatch.setattr(cache, "_BUSY_SECONDS", 0.01)
    database = sqlite3.connect(path)
    try:
        # It has no write-ahead log yet, and is being read.
        assert database.execute("PRAGMA journal_mode = DELETE").fetchall() == [("delete",)]
        reading = database.execute("SELECT key FROM vectors")
        assert reading.fetchone()
        with VectorCache(path, HashEncoder()) as opened:
            assert caplog.text == ""
            reading.close()
            assert len(opened.get(["uno", "dos"])) == 2
    finally:
        database.close()


def test_a_text_with_a_lone_surrogate_has_a_key(path: Path) -> None:
    with VectorCache(path, HashEncoder()) as opened:
        opened.put(["\ud800"], unit_rows(1, 24))
        assert list(opened.get(["\ud800"])) == ["\ud800"]


def test_a_sound_cache_says_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        embed(["uno"], HashEncoder(), path)
        embed(["uno"], HashEncoder(), path)
    assert caplog.text == ""
