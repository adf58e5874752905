"""Vectors for distractors, drawn instead of encoded: a hundred thousand passages would take an hour.

How fast vectors are indexed and searched does not depend on what they were made of, as long as they lie in clusters as
a model's do. No model takes part, and a worker draws them before the clock starts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scripts.benchmark.systems import Corpus, Unit

Floats: TypeAlias = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

_SEED = 20260101
_CLUSTERS, _IN_A_CLUSTER = 32, 16
# How much of a direction is its cluster's, and of a vector its direction's; the rest is noise.
_SHARED = 0.6
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 1 << 14


class Drawn:
    """The vectors of a corpus's made-up texts, of one length: a text has the same on every run, in every system."""

    def __init__(self, corpus: Corpus, dimension: int) -> None:
        texts = [text for _, text, made_up in corpus.units(Unit.PARAGRAPH) if made_up]
        self._rows = {text: row for row, text in enumerate(texts)}
        directions = _directions(dimension)
        self._vectors = np.empty((len(texts), dimension), dtype=np.float32)
        for start in range(0, len(texts), _BLOCK):
            seeds = np.array([_hash(text) for text in texts[start : start + _BLOCK]], dtype=np.uint64)
            self._vectors[start : start + _BLOCK] = _mixed(directions, seeds)

    def __call__(self, texts: Sequence[str], encode: Encode) -> Floats:
        """(n, dimension) float32, unit rows; texts that are not made up have the vectors that ``encode`` gives."""
        rows = [self._rows.get(text) for text in texts]
        real = [place for place, row in enumerate(rows) if row is None]
        if len(real) == len(texts):
            return encode(texts)
        vectors: Floats = self._vectors[[0 if row is None else row for row in rows]]
        if real:
            vectors[real] = encode([texts[place] for place in real])
        return vectors


def encoded(corpus: Corpus, texts: Sequence[str], encode: Encode) -> Floats:
    """(n, dimension) float32, unit rows: drawn for the corpus's made-up texts, where they were, else encoded."""
    return encode(texts) if corpus.drawn is None else corpus.drawn(texts, encode)


def _directions(dimension: int) -> Floats:
    """(512, dimension) unit rows, near one another sixteen by sixteen."""
    draw = np.random.default_rng(_SEED)
    middles = _unit(draw.standard_normal((_CLUSTERS, dimension), dtype=np.float32))
    noise = _unit(draw.standard_normal((_CLUSTERS * _IN_A_CLUSTER, dimension), dtype=np.float32))
    return _near(np.repeat(middles, _IN_A_CLUSTER, axis=0), noise)


def _mixed(directions: Floats, seeds: NDArray[np.uint64]) -> Floats:
    """(n, dimension) unit rows, one a seed: one of the directions and noise by SplitMix64 (Steele et al., 2014)."""
    places = np.arange(1, directions.shape[1] + 1, dtype=np.uint64)
    state: NDArray[np.uint64] = np.add(seeds[:, None], places * _GOLDEN, dtype=np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    noise = (state >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - 1
    rows = (seeds % np.uint64(len(directions))).astype(np.intp)
    return _near(directions[rows], _unit(noise))


def _near(rows: Floats, noise: Floats) -> Floats:
    """(n, dimension) unit rows, each at a cosine of about ``_SHARED`` to its row."""
    return _unit(np.float32(_SHARED) * rows + np.float32((1 - _SHARED**2) ** 0.5) * noise)


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
