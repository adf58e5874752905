"""Stand-ins that implement the project's protocols without weights, and small corpora."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import BuildReport, build
from index.records import Article, Span


@dataclass
class HashEncoder:
    """Implements ``index.encoder.Encoder``: a unit vector drawn from the text's hash; remembers what it was asked."""

    name: str = "hash"
    revision: str = "1"
    dimension: int = 24
    query_prompt: str = ""
    document_prompt: str = ""
    encoded: list[str] = field(default_factory=list)

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.encoded += texts
        if progress:
            progress(len(texts))
        return np.array([self._vector(self.document_prompt + text) for text in texts], np.float32)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        return self._vector(self.query_prompt + text)

    def _vector(self, text: str) -> NDArray[np.float32]:
        seed = hashlib.sha256(f"{self.name} {self.revision} {text}".encode()).digest()
        vector: NDArray[np.float32] = unit_rows(1, self.dimension, int.from_bytes(seed[:8], "little"))[0]
        return vector


def unit_rows(count: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """Random unit vectors, (count, dimension) float32."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension))
    units: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def corpus(count: int = 6, word: str = "bahía") -> tuple[Article, ...]:
    """Articles of two sections, each of a few sentences with their own numbers."""
    return tuple(_article(number, word) for number in range(count))


def _article(number: int, word: str) -> Article:
    heading = "Plazos"
    first = " ".join(f"La {word} {number} recibió {100 * number + n} barcos en el año {2000 + n}." for n in range(8))
    second = " ".join(f"El plazo {n} de la {word} {number} vence el {n + 1} de mayo." for n in range(8))
    text = f"{first}\n\n{heading}\n\n{second}"
    start = len(first) + 2
    return Article(
        id=f"a{number:05d}",
        path=f"articles/{number}.txt",
        title=f"Los barcos de la {word} {number} 🚢",
        text=text,
        url=f"https://example.org/{number}" if number % 2 else None,
        headings=(Span(start, start + len(heading)),),
    )


def build_index(
    home: Path, articles: Sequence[Article] | None = None, encoder: HashEncoder | None = None, **options: Any
) -> BuildReport:
    """Build ``home/index`` with the cache ``home/vectors.sqlite``."""
    return build(
        corpus() if articles is None else articles,
        home / "index",
        encoder or HashEncoder(),
        cache=home / "vectors.sqlite",
        **options,
    )
