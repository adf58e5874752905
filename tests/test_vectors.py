"""FAISS's answers against brute-force NumPy, and what is refused before FAISS sees it."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from index import durable, vectors
from index.arrays import Floats, array_chunks, map_vectors
from index.manifest import CODES, FORMAT, VECTORS, VectorKind
from index.records import BuildError, IndexDamagedError, Manifest, ModelError
from index.vectors import VectorIndex
from tests.fakes import unit_rows


def brute_force(rows: Floats, query: Floats, k: int) -> tuple[Floats, list[int]]:
    scores = rows.astype(np.float64) @ query.astype(np.float64)
    order = np.lexsort((np.arange(len(rows)), -scores))[:k]
    return scores[order].astype(np.float32), order.tolist()


def few_directions(count: int, dimension: int, seed: int = 0) -> Floats:
    """Unit vectors carried by eight directions and some noise, as a model's are."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((count, 8)) @ random.standard_normal((8, dimension))
    rows += 0.1 * random.standard_normal(rows.shape)
    units: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def manifest_of(index: VectorIndex, folder: Path) -> Manifest:
    return Manifest(
        format=FORMAT,
        version="",
        built_at="",
        corpus="",
        model="hash",
        model_revision="1",
        dimension=index.dimension,
        query_prompt="",
        document_prompt="",
        target_chars=1,
        max_chars=1,
        overlap_sentences=0,
        vector_index=index.kind,
        articles=1,
        passages=len(index),
        sentences=1,
        roots=(),
        files=index.save(folder),
    )


@pytest.fixture(scope="module")
def codes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codes")
    VectorIndex.build(few_directions(1500, 32), exact_limit=1000).save(folder)
    return folder


@pytest.fixture
def codes_manifest(codes_folder: Path, tmp_path: Path) -> Manifest:
    """The manifest of a copy of the codes' files in ``tmp_path``."""
    for name in (VECTORS, CODES):
        (tmp_path / name).write_bytes((codes_folder / name).read_bytes())
    files = {name: durable.entry_of(tmp_path / name) for name in (VECTORS, CODES)}
    exact = VectorIndex.build(few_directions(1500, 32))
    return replace(manifest_of(exact, tmp_path), vector_index=VectorKind.PQ, files=files)


@pytest.mark.parametrize(("count", "dimension", "k"), [(1, 8, 1), (7, 384, 3), (500, 24, 10), (3001, 48, 100)])
def test_exact_search_finds_what_brute_force_finds(count: int, dimension: int, k: int) -> None:
    rows = unit_rows(count, dimension)
    index = VectorIndex.build(rows)
    for query in unit_rows(20, dimension, seed=1):
        scores, found = index.search(query, k)
        expected_scores, expected = brute_force(rows, query, k)
        assert index.kind is VectorKind.EXACT
        assert found.tolist() == expected
        np.testing.assert_allclose(scores, expected_scores, atol=1e-6)


def test_scores_of_given_rows_are_their_cosines_and_those_of_a_search() -> None:
    rows = unit_rows(400, 48)
    index = VectorIndex.build(rows)
    query = unit_rows(1, 48, seed=2)[0]
    wanted = np.array([399, 0, 17, 17, 250])
    np.testing.assert_allclose(index.score(query, wanted), rows[wanted].astype(float) @ query, atol=1e-6)
    scores, found = index.search(query, 50)
    assert index.score(query, found).tolist() == scores.tolist()


def test_equal_vectors_score_equal_and_are_ordered_by_row() -> None:
    """Wherever they stand: a matrix product rounds a row differently in the last block."""
    rows = np.tile(unit_rows(1, 387), (31, 1))
    scores, found = VectorIndex.build(rows).search(unit_rows(1, 387, seed=3)[0], 31)
    assert found.tolist() == list(range(31))
    assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize(("k", "length"), [(0, 0), (-3, 0), (5, 5), (99, 12)])
def test_a_search_gives_as_many_rows_as_there_are(k: int, length: int) -> None:
    scores, found = VectorIndex.build(unit_rows(12, 8)).search(unit_rows(1, 8)[0], k)
    assert (scores.shape, found.shape) == ((length,), (length,))
    assert (str(scores.dtype), str(found.dtype)) == ("float32", "int64")


def test_search_from_many_threads_answers_as_from_one() -> None:
    index = VectorIndex.build(unit_rows(2000, 64))
    queries = unit_rows(64, 64, seed=4)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: index.search(query, 10)[1].tolist(), queries))
    assert together == [index.search(query, 10)[1].tolist() for query in queries]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (np.ones(8, np.float32), r"\(8,\) float32"),
        (np.ones((0, 8), np.float32), r"\(0, 8\) float32"),
        (np.ones((3, 0), np.float32), r"\(3, 0\) float32"),
        (unit_rows(3, 8).astype(np.float64), r"\(3, 8\) float64"),
        (2 * unit_rows(3, 8), "vector 0 the length 2 "),
        (np.vstack([unit_rows(5000, 8), np.zeros((1, 8), np.float32)]), "vector 5000 the length 0 "),
        (np.where(np.arange(3)[:, None] == 1, np.float32(np.nan), unit_rows(3, 8)), "vector 1 the length nan"),
        (np.where(np.arange(3)[:, None] == 2, np.float32(np.inf), unit_rows(3, 8)), "vector 2 the length inf"),
    ],
)
def test_only_finite_unit_rows_are_indexed_and_the_error_gives_the_value(rows: Floats, found: str) -> None:
    with pytest.raises(ModelError, match=found):
        VectorIndex.build(rows)


def test_a_query_of_another_dimension_is_refused_with_both_values() -> None:
    index = VectorIndex.build(unit_rows(5, 24))
    with pytest.raises(ModelError, match=r"\(25,\).*dimension 24"):
        index.search(unit_rows(1, 25)[0], 3)
    with pytest.raises(ModelError, match=r"\(1, 24\).*dimension 24"):
        index.score(unit_rows(1, 24), np.array([0]))


def test_a_query_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ModelError, match="not finite"):
        VectorIndex.build(unit_rows(5, 4)).search(np.array([1, np.nan, 0, 0], np.float32), 1)


def test_what_is_saved_reads_back_as_numpy_writes_it(tmp_path: Path) -> None:
    rows = unit_rows(10, 24)
    index = VectorIndex.build(rows)
    opened = VectorIndex.open(tmp_path, manifest_of(index, tmp_path))
    reference = io.BytesIO()
    np.save(reference, rows)
    assert (tmp_path / VECTORS).read_bytes() == reference.getvalue()
    assert opened.search(rows[3], 4)[1].tolist() == index.search(rows[3], 4)[1].tolist()
    opened.check(rows)


def test_the_check_after_writing_sees_another_vector(tmp_path: Path) -> None:
    rows = unit_rows(10, 24)
    index = VectorIndex.build(rows)
    with pytest.raises(BuildError, match="does not read back"):
        index.check(rows[::-1])


def test_the_check_after_writing_sees_wrong_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit_rows(200, 24)
    index = VectorIndex.build(rows)
    monkeypatch.setattr(VectorIndex, "_candidates", lambda *_: np.arange(10))
    with pytest.raises(BuildError, match="true neighbours"):
        index.check(rows)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an array",
        b"".join(array_chunks(unit_rows(6, 8)))[:-1],
        b"".join(array_chunks(unit_rows(6, 8))) + b"\0",
        b"".join(array_chunks(unit_rows(8, 6))),
    ],
)
def test_vectors_of_another_size_or_shape_are_damage(data: bytes, tmp_path: Path) -> None:
    (tmp_path / VECTORS).write_bytes(data)
    with pytest.raises(IndexDamagedError, match=VECTORS):
        map_vectors(tmp_path / VECTORS, (6, 8))


@pytest.mark.parametrize(
    "array",
    [
        unit_rows(6, 8).astype(np.float64),
        unit_rows(6, 8).astype(np.float16),
        np.asfortranarray(unit_rows(6, 8)),
        np.full((6, 8), {"runs": "when unpickled"}, object),
        unit_rows(6, 8).astype(">f4"),
    ],
)
def test_arrays_of_another_kind_are_damage_and_never_unpickled(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS, array, allow_pickle=True)
    with pytest.raises(IndexDamagedError, match=r"instead of as float32 of shape \(6, 8\)"):
        map_vectors(tmp_path / VECTORS, (6, 8))


def test_a_missing_or_unreadable_file_of_vectors_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match="No such file"):
        map_vectors(tmp_path / VECTORS, (6, 8))
    (tmp_path / VECTORS).mkdir()
    with pytest.raises(IndexDamagedError, match="Is a directory"):
        map_vectors(tmp_path / VECTORS, (6, 8))


def test_codes_are_made_above_the_limit_alone_and_find_nearly_all(tmp_path: Path) -> None:
    rows = few_directions(1200, 32)
    assert VectorIndex.build(rows, exact_limit=1200).kind is VectorKind.EXACT
    built = VectorIndex.build(rows, exact_limit=1199)
    assert built.kind is VectorKind.PQ
    opened = VectorIndex.open(tmp_path, manifest_of(built, tmp_path))
    found = 0
    for query in few_directions(50, 32, seed=0):
        scores, near = opened.search(query, 10)
        assert near.tolist() == built.search(query, 10)[1].tolist()
        np.testing.assert_allclose(scores, rows[near] @ query, atol=1e-6)
        found += len(set(near.tolist()) & set(brute_force(rows, query, 10)[1]))
    assert found >= 0.98 * 500


def test_codes_take_a_quarter_of_a_byte_a_number(codes_folder: Path) -> None:
    centroids = 32 * 16 * 4
    assert (codes_folder / CODES).stat().st_size < (1500 + 32) * 32 / 4 + centroids + 500


def test_a_dimension_that_cannot_be_grouped_and_too_few_rows_to_learn_from_are_searched_exactly() -> None:
    assert VectorIndex.build(few_directions(40, 33), exact_limit=1).kind is VectorKind.EXACT
    assert VectorIndex.build(few_directions(16, 32), exact_limit=1).kind is VectorKind.EXACT
    assert VectorIndex.build(few_directions(17, 32), exact_limit=1).kind is VectorKind.PQ


def test_codes_that_miss_too_much_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_LEAST_RECALL", 1.01)
    assert VectorIndex.build(few_directions(300, 16), exact_limit=100).kind is VectorKind.EXACT


def test_many_copies_of_one_vector_are_searched_right() -> None:
    rows = np.repeat(few_directions(4, 16), 300, axis=0)
    index = VectorIndex.build(rows, exact_limit=100)
    scores, _ = index.search(rows[700], 20)
    np.testing.assert_allclose(scores, np.ones(20), atol=1e-5)


def test_altered_codes_never_reach_faiss(
    codes_manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray((tmp_path / CODES).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / CODES).write_bytes(data)
    monkeypatch.setattr(faiss, "deserialize_index", lambda *_: pytest.fail("FAISS read an altered file"))
    with pytest.raises(IndexDamagedError, match=r"vectors\.faiss was altered"):
        VectorIndex.open(tmp_path, codes_manifest)


def other_codes() -> dict[str, bytes]:
    rows = few_directions(1500, 32)
    flat = faiss.IndexFlatIP(32)
    flat.add(rows)
    return {
        "flat": _bytes(flat),
        "fewer": _bytes(_quantised(rows[:100])),
        "distance": _bytes(_quantised(rows, metric=faiss.METRIC_L2)),
        "groups": _bytes(_quantised(rows, groups=8)),
        "blocks": _bytes(_quantised(rows, block=64)),
        "noise": np.random.default_rng(0).bytes(4000),
        "short": _bytes(_quantised(rows))[:-1000],
        "empty": b"",
    }


def _quantised(
    rows: Floats, *, groups: int = 16, metric: int = faiss.METRIC_INNER_PRODUCT, block: int = 32
) -> faiss.IndexPQFastScan:
    codes = faiss.IndexPQFastScan(rows.shape[1], groups, 4, metric, block)
    codes.train(rows)
    codes.add(rows)
    return codes


def _bytes(index: faiss.Index) -> bytes:
    data: bytes = faiss.serialize_index(index).tobytes()
    return data


@pytest.mark.parametrize("name", ["flat", "fewer", "distance", "groups", "blocks", "noise", "short", "empty"])
def test_codes_that_do_not_fit_the_manifest_are_damage_whatever_its_checksum(
    name: str, codes_manifest: Manifest, tmp_path: Path
) -> None:
    (tmp_path / CODES).write_bytes(other_codes()[name])
    files = {**codes_manifest.files, CODES: durable.entry_of(tmp_path / CODES)}
    with pytest.raises(IndexDamagedError, match=CODES):
        VectorIndex.open(tmp_path, replace(codes_manifest, files=files))


def test_faiss_reads_under_limits_and_gets_its_own_back(
    codes_manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
    during = []
    read = faiss.deserialize_index

    def spy(data: NDArray[np.uint8]) -> faiss.Index:
        during.append((faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()))
        return read(data)

    monkeypatch.setattr(faiss, "deserialize_index", spy)
    VectorIndex.open(tmp_path, codes_manifest)
    assert during == [((tmp_path / CODES).stat().st_size, 1_000_000)]
    assert (faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()) == before


def test_behind_codes_rows_are_read_from_the_file_that_was_opened(codes_manifest: Manifest, tmp_path: Path) -> None:
    rows = few_directions(1500, 32)
    opened = VectorIndex.open(tmp_path, codes_manifest)
    (tmp_path / VECTORS).unlink()
    scores, near = opened.search(rows[7], 5)
    np.testing.assert_allclose(scores, rows[near] @ rows[7], atol=1e-6)
    assert near[0] == 7


def test_a_row_that_can_no_longer_be_read_is_damage(codes_manifest: Manifest, tmp_path: Path) -> None:
    opened = VectorIndex.open(tmp_path, codes_manifest)
    os.truncate(tmp_path / VECTORS, 200)
    with pytest.raises(IndexDamagedError, match=VECTORS):
        opened.score(few_directions(1, 32)[0], np.array([1499]))
