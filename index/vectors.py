"""Dense search with FAISS, and ``vectors.npy``.

Vectors are ``(n, dim)`` float32 unit rows, so an inner product is a cosine. Up to ``EXACT_LIMIT`` rows every one is
compared, straight from the memory-mapped file; above it 4-bit codes of every row, a sixteenth of its bytes, find
candidates, whose scores are exact too. Codes: Jégou, Douze & Schmid (2011), "Product Quantization for Nearest Neighbor
Search"; their scan: André, Kermarrec & Le Scouarnec (2015), "Cache locality is not enough".
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Self

import faiss
import numpy as np

from index import arrays, durable
from index.arrays import Floats, Rows
from index.manifest import CODES, VECTORS, VectorKind
from index.records import BuildError, FileEntry, IndexDamagedError, Manifest, ModelError

EXACT_LIMIT = 10_000

# Numbers of a vector that share a code of so many bits; there must be a vector for each code to learn them from.
_GROUP = 2
_BITS = 4
_LEAST_ROWS = 1 << _BITS
# Learnt from about as many vectors: FAISS would take no more than 256 for each code.
_TRAINING = 256 << _BITS
# Candidates whose exact scores are looked at, and at least so many for each row wanted. Measured on 4,252 sentences and
# paragraphs in Spanish, for 600 questions: of the true 64 nearest 99.99 % are among 256, 98.7 % among 128.
_WIDTH = 256
_WIDER = 4
_SAMPLE = 32
_LEAST_RECALL = 0.95
_UNIT_TOLERANCE = 1e-3
_SCORE_TOLERANCE = 1e-4
_CHUNK_ROWS = 4096
# Far above anything that codes hold of a kind; FAISS's own default is no limit at all.
_LOOP_LIMIT = 1_000_000

_limits = threading.Lock()


class VectorIndex:
    """The vectors of a version. Immutable, and safe to search from several threads.

    Scores are cosines, higher is better; equal scores are ordered by row.
    """

    def __init__(
        self, vectors: Floats, codes: faiss.IndexPQFastScan | None, rows: Callable[[Rows], Floats] | None = None
    ) -> None:
        """``rows`` reads the few vectors that are asked for; without it they are taken from ``vectors``."""
        self._vectors = vectors
        self._codes = codes
        self._rows = rows or vectors.__getitem__

    @classmethod
    def build(cls, vectors: Floats, exact_limit: int = EXACT_LIMIT) -> Self:
        """Index ``vectors``, shape (n, dim), float32, unit rows; raises ``ModelError`` when they are not.

        Above ``exact_limit`` rows codes are made, and dropped again where they miss too much of the true answers.
        """
        require_unit_rows(vectors)
        rows, dimension = vectors.shape
        if rows <= max(exact_limit, _LEAST_ROWS) or dimension % _GROUP:
            return cls(vectors, None)
        codes = faiss.IndexPQFastScan(dimension, dimension // _GROUP, _BITS, faiss.METRIC_INNER_PRODUCT)
        codes.train(vectors[:: max(1, rows // _TRAINING)])
        codes.add(vectors)
        index = cls(vectors, codes)
        return index if index.recall() >= _LEAST_RECALL else cls(vectors, None)

    @classmethod
    def open(cls, folder: Path, manifest: Manifest) -> Self:
        """Map the vectors in a version's folder; raises ``IndexDamagedError``.

        The checksum of the codes is verified on the very bytes that FAISS then parses.
        """
        vectors = arrays.map_vectors(folder / VECTORS, (manifest.passages, manifest.dimension))
        if manifest.vector_index == VectorKind.EXACT:
            return cls(vectors, None)
        # The codes say which few vectors are needed: those are read, and none of the mapped pages is touched.
        codes = _read_codes(folder / CODES, manifest.files[CODES], vectors)
        return cls(vectors, codes, arrays.reader(folder / VECTORS, vectors.shape))

    @property
    def kind(self) -> VectorKind:
        """How the vectors are searched."""
        return VectorKind.EXACT if self._codes is None else VectorKind.PQ

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
        return scores[order][:k], rows[order][:k]

    def score(self, query: Floats, rows: Rows) -> Floats:
        """The exact scores of ``rows``, shape (m,), for ``query``, shape (dim,): (m,), in the rows' order."""
        query = self._checked(query)
        # einsum sums each row in the same order wherever it stands, so equal vectors get equal scores; BLAS does not.
        scores: Floats = np.einsum("ij,j->i", self._rows(rows), query)
        return scores

    def save(self, folder: Path) -> dict[str, FileEntry]:
        """Write ``vectors.npy``, and ``vectors.faiss`` where there are codes; raises ``OSError``."""
        entries = {VECTORS: durable.write(folder / VECTORS, arrays.array_chunks(self._vectors))}
        if self._codes is not None:
            # faiss.write_index reports no error on a full disk.
            entries[CODES] = durable.write(folder / CODES, [faiss.serialize_index(self._codes).data])
        return entries

    def check(self, written: Floats) -> None:
        """Raise ``BuildError`` unless this index holds ``written`` and its answers agree with NumPy on a sample."""
        if not np.array_equal(self._vectors, written):
            raise BuildError(f"{VECTORS} does not read back as it was written: check the disk, then build again.")
        recall = self.recall()
        if recall < (1.0 if self._codes is None else _LEAST_RECALL):
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
        if self._codes is None:
            # The kernel of IndexFlatIP without its copy of the vectors: they stay in the file's pages.
            _, found = faiss.knn(queries, self._vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
        else:
            _, found = self._codes.search(queries, min(max(_WIDTH, _WIDER * k), len(self)))
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


def _read_codes(path: Path, entry: FileEntry, vectors: Floats) -> faiss.IndexPQFastScan:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error
    if sha256(data).hexdigest() != entry.sha256:
        raise _damaged(path, "was altered: its SHA-256 is not the manifest's")
    codes = _parse(path, data)
    rows, dimension = vectors.shape
    found = (codes.ntotal, codes.d, codes.metric_type)
    if not isinstance(codes, faiss.IndexPQFastScan) or found != (rows, dimension, faiss.METRIC_INNER_PRODUCT):
        raise _damaged(path, f"holds {codes.ntotal} vectors of {codes.d} in a {type(codes).__name__}")
    # What its scan relies on without looking: as many groups as fit, and a code of each for every row.
    groups = dimension // _GROUP
    made = faiss.IndexPQFastScan(dimension, groups, _BITS, faiss.METRIC_INNER_PRODUCT)
    sized = (codes.M, codes.M2, codes.pq.M, codes.pq.nbits, codes.bbs, codes.pq.centroids.size(), codes.codes.size())
    blocks = -(-rows // made.bbs)
    expected = (groups, made.M2, groups, _BITS, made.bbs, made.pq.centroids.size(), blocks * made.bbs * made.M2 // 2)
    if sized != expected:
        raise _damaged(path, f"holds codes of other sizes than {rows} vectors of {dimension} have")
    return codes


def _parse(path: Path, data: bytes) -> faiss.Index:
    # The limits are FAISS's globals: no vector in the file can be longer than the file.
    with _limits:
        before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
        _set_limits(len(data), _LOOP_LIMIT)
        try:
            return faiss.deserialize_index(np.frombuffer(data, np.uint8))
        except (RuntimeError, MemoryError) as error:
            raise _damaged(path, "is no FAISS index of this release") from error
        finally:
            _set_limits(*before)


def _set_limits(vector_bytes: int, loops: int) -> None:
    faiss.set_deserialization_vector_byte_limit(vector_bytes)
    faiss.set_deserialization_loop_limit(loops)


def _damaged(path: Path, reason: str) -> IndexDamagedError:
    return IndexDamagedError(str(path), reason)
