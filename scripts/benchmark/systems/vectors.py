"""Vectors for distractors, drawn instead of encoded: a hundred thousand passages would take an hour.

How fast vectors are indexed and searched does not depend on what they were made of.
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

# How much of a drawn vector is a real passage's; the rest is noise.
_REAL = 0.6
_MODELS = 16
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class MadeUp:
    """``encode`` for a corpus's real texts; for its made-up ones, a real vector mixed with noise drawn from the text.

    A text has the same vector on every run and in every system with the same model.
    """

    def __init__(self, corpus: Corpus, unit: Unit, encode: Encode) -> None:
        self._made_up = {text for _, text, made_up in corpus.units(unit) if made_up}
        self._encode = encode
        self._real: Floats | None = None

    def __call__(self, texts: Sequence[str]) -> Floats:
        """(n, dimension) float32, unit rows."""
        drawn = [row for row, text in enumerate(texts) if text in self._made_up]
        if not drawn:
            return self._encode(texts)
        if self._real is None:
            self._real = self._encode(sorted(self._made_up)[:_MODELS])
        real = self._real
        vectors = np.empty((len(texts), real.shape[1]), dtype=np.float32)
        vectors[drawn] = _mixed(real, np.array([_hash(texts[row]) for row in drawn], dtype=np.uint64))
        others = sorted(set(range(len(texts))) - set(drawn))
        if others:
            vectors[others] = self._encode([texts[row] for row in others])
        return vectors


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mixed(real: Floats, seeds: NDArray[np.uint64]) -> Floats:
    """(n, dimension) unit rows, one a seed: one of the ``real`` rows and noise by SplitMix64 (Steele et al., 2014)."""
    places = np.arange(1, real.shape[1] + 1, dtype=np.uint64)
    state: NDArray[np.uint64] = np.add(seeds[:, None], places * _GOLDEN, dtype=np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    noise = (state >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - 1
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    rows = (seeds % np.uint64(len(real))).astype(np.intp)
    mixed = np.float32(_REAL) * real[rows] + np.float32((1 - _REAL**2) ** 0.5) * noise
    unit: Floats = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit
