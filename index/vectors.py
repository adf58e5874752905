"""Dense search with FAISS, and ``vectors.npy``.

Vectors are ``(n, dim)`` float32 unit rows, so an inner product is a cosine. Up to ``EXACT_LIMIT`` rows every one is
compared, straight from the memory-mapped file; above it a graph (HNSW) finds candidates, whose scores are exact too.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index import arrays, durable
from index.arrays import Floats
from index.manifest import GRAPH, VECTORS, VectorKind
from index.records import BuildError, FileEntry, IndexDamagedError, Manifest, ModelError

EXACT_LIMIT = 100_000

Rows = NDArray[np.int64]

# Neighbours a node keeps, and candidates looked at while building and searching. Measured on 30,000 vectors of 384
# numbers: recall@10 1.000 where 30 directions carry them, as a model's do, and .934 where all are random.
_NEIGHBOURS = 32
_BUILD_WIDTH = 200
_SEARCH_WIDTH = 256
_SAMPLE = 32
_LEAST_RECALL = 0.95
_UNIT_TOLERANCE = 1e-3
_SCORE_TOLERANCE = 1e-4
_CHUNK_ROWS = 4096
# Far above anything an HNSW graph holds of a kind; FAISS's own default is no limit at all.
_LOOP_LIMIT = 1_000_000

_limits = threading.Lock()


class VectorIndex:
    """The vectors of a version. Immutable, and safe to search from several threads.

    Scores are cosines, higher is better; equal scores are ordered by row.
    """

    def __init__(self, vectors: Floats, graph: faiss.IndexHNSWFlat | None) -> None:
        self._vectors = vectors
        self._graph = graph

    @classmethod
    def build(cls, vectors: Floats, exact_limit: int = EXACT_LIMIT) -> Self:
        """Index ``vectors``, shape (n, dim), float32, unit rows; raises ``ModelError`` when they are not.

        Above ``exact_limit`` rows a graph is made, and dropped again where it misses too much of the true answers,
        as it does on many copies of one vector.
        """
        require_unit_rows(vectors)
        if len(vectors) <= exact_limit:
            return cls(vectors, None)
        graph = faiss.IndexHNSWFlat(vectors.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = _BUILD_WIDTH
        graph.hnsw.efSearch = _SEARCH_WIDTH
        graph.add(vectors)
        index = cls(vectors, graph)
        return index if index.recall() >= _LEAST_RECALL else cls(vectors, None)

    @classmethod
    def open(cls, folder: Path, manifest: Manifest) -> Self:
        """Map the vectors in a version's folder; raises ``IndexDamagedError``.

        The graph's checksum is verified on the very bytes that FAISS then parses.
        """
        vectors = arrays.map_vectors(folder / VECTORS, (manifest.passages, manifest.dimension))
        if manifest.vector_index == VectorKind.EXACT:
            return cls(vectors, None)
        return cls(vectors, _read_graph(folder / GRAPH, manifest.files[GRAPH], vectors))

    @property
    def kind(self) -> VectorKind:
        """How the vectors are searched."""
        return VectorKind.EXACT if self._graph is None else VectorKind.HNSW

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, query: Floats, k: int) -> tuple[Floats, Rows]:
        """The best ``k`` rows for ``query``, shape (dim,): scores (<= k,) and rows (<= k,), best first.

        Raises ``ModelError`` when the query is of another dimension or not finite.
        """
        query = self._checked(query)
        k = max(0, min(k, len(self)))
        if k == 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        # One question on one thread: waiting for other threads takes longer than what they save.
        faiss.omp_set_num_threads(1)
        rows = self._candidates(query[np.newaxis], k)
        scores = self.score(query, rows)
        order = np.lexsort((rows, -scores))
        return scores[order], rows[order]

    def score(self, query: Floats, rows: Rows) -> Floats:
        """The exact scores of ``rows``, shape (m,), for ``query``, shape (dim,): (m,), in the rows' order."""
        query = self._checked(query)
        # einsum sums each row in the same order wherever it stands, so equal vectors get equal scores; BLAS does not.
        scores: Floats = np.einsum("ij,j->i", self._vectors[rows], query)
        return scores

    def save(self, folder: Path) -> dict[str, FileEntry]:
        """Write ``vectors.npy``, and ``vectors.faiss`` where there is a graph; raises ``OSError``."""
        entries = {VECTORS: durable.write(folder / VECTORS, arrays.array_chunks(self._vectors))}
        if self._graph is not None:
            # faiss.write_index reports no error on a full disk; the vectors are not written a second time.
            data = faiss.serialize_index(self._graph, faiss.IO_FLAG_SKIP_STORAGE)
            entries[GRAPH] = durable.write(folder / GRAPH, [data.data])
        return entries

    def check(self, written: Floats) -> None:
        """Raise ``BuildError`` unless this index holds ``written`` and its answers agree with NumPy on a sample."""
        if not np.array_equal(self._vectors, written):
            raise BuildError(f"{VECTORS} does not read back as it was written: check the disk, then build again.")
        recall = self.recall()
        if recall < (1.0 if self._graph is None else _LEAST_RECALL):
            raise BuildError(f"FAISS finds only {recall:.0%} of the true neighbours in a sample: build again.")

    def recall(self, k: int = 10) -> float:
        """The share of the true best ``k`` that ``search`` finds for a sample of the rows, 0..1."""
        sample = np.unique(np.linspace(0, len(self) - 1, min(_SAMPLE, len(self))).astype(np.int64))
        k = min(k, len(self))
        found = 0
        for row in sample:
            query = np.array(self._vectors[row])
            truth = np.partition(self._vectors @ query, -k)[-k]
            found += int((self.search(query, k)[0] >= truth - _SCORE_TOLERANCE).sum())
        return found / (len(sample) * k)

    def _candidates(self, queries: Floats, k: int) -> Rows:
        if self._graph is None:
            # The kernel of IndexFlatIP without its copy of the vectors: they stay in the file's pages.
            _, found = faiss.knn(queries, self._vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
        else:
            _, found = self._graph.search(queries, k)
        rows: Rows = found[0]
        return rows[rows >= 0]

    def _checked(self, query: Floats) -> Floats:
        query = np.ascontiguousarray(query, np.float32)
        if query.shape != (self.dimension,):
            raise ModelError(
                f"The model gives a vector of shape {query.shape} and the index holds dimension {self.dimension}: "
                "use the model that the index was built with, or run `pregonero build`."
            )
        if not np.isfinite(query).all():
            raise ModelError("The model gave the question a vector that is not finite: check the model's files.")
        return query


def require_unit_rows(vectors: Floats) -> None:
    """Raise ``ModelError``, with the value found, unless ``vectors`` is (n, dim) float32, finite, of unit rows."""
    if vectors.ndim != 2 or 0 in vectors.shape or vectors.dtype != np.float32:
        found = f"{vectors.shape} {vectors.dtype}"
        raise ModelError(f"The model gave vectors of shape {found} instead of (n, dim) float32: check its files.")
    for start in range(0, len(vectors), _CHUNK_ROWS):
        norms = np.linalg.norm(vectors[start : start + _CHUNK_ROWS], axis=1)
        wrong = np.flatnonzero(~(np.abs(norms - 1.0) <= _UNIT_TOLERANCE))
        if len(wrong):
            row = int(wrong[0])
            raise ModelError(
                f"The model gave vector {start + row} the length {norms[row]:.6g} instead of 1: check its files."
            )


def _read_graph(path: Path, entry: FileEntry, vectors: Floats) -> faiss.IndexHNSWFlat:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error
    if sha256(data).hexdigest() != entry.sha256:
        raise _damaged(path, "was altered: its SHA-256 is not the manifest's")
    graph = _parse(path, data)
    dimension = vectors.shape[1]
    found = (graph.ntotal, graph.d, graph.metric_type)
    expected = (len(vectors), dimension, faiss.METRIC_INNER_PRODUCT)
    if not isinstance(graph, faiss.IndexHNSWFlat) or found != expected:
        raise _damaged(path, f"holds {graph.ntotal} vectors of {graph.d} in a {type(graph).__name__}")
    storage = faiss.IndexFlatIP(dimension)
    storage.add(vectors)
    graph.hnsw.efSearch = _SEARCH_WIDTH
    graph.storage = storage
    # From here on the graph frees its storage, not Python.
    storage.this.disown()  # type: ignore[attr-defined]  # SWIG's handle is not in FAISS's stubs
    graph.own_fields = True
    return graph


def _parse(path: Path, data: bytes) -> faiss.Index:
    # The limits are FAISS's globals: no vector in the file can be longer than the file.
    with _limits:
        before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
        _set_limits(len(data), _LOOP_LIMIT)
        try:
            return faiss.deserialize_index(np.frombuffer(data, np.uint8), faiss.IO_FLAG_SKIP_STORAGE)
        except (RuntimeError, MemoryError) as error:
            raise _damaged(path, "is no FAISS index of this release") from error
        finally:
            _set_limits(*before)


def _set_limits(vector_bytes: int, loops: int) -> None:
    faiss.set_deserialization_vector_byte_limit(vector_bytes)
    faiss.set_deserialization_loop_limit(loops)


def _damaged(path: Path, reason: str) -> IndexDamagedError:
    return IndexDamagedError(str(path), reason)
