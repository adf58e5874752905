"""txtai's hybrid index: dense and BM25, half and half, as its documentation sets it up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.benchmark.systems import Corpus, Unit, Verdict, embedded_model
from scripts.benchmark.systems.vectors import Floats, encoded

if TYPE_CHECKING:
    from txtai import Embeddings


class Txtai:
    """Implements ``System``. Its models cache keeps the model from one index to the next."""

    dimension = 384

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}
        self._embeddings: Embeddings | None = None

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """``index``, then ``save``."""
        embeddings = self._new()
        _draw(embeddings, corpus)
        embeddings.index([(key, text, None) for key, text, _ in corpus.units(unit)])
        embeddings.save(str(folder))

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        """``upsert`` of what changed, then ``save`` of everything."""
        self.open(folder, unit)
        embeddings = self._opened()
        _draw(embeddings, corpus)
        known = set(changed)
        embeddings.upsert([(key, text, None) for key, text, _ in corpus.units(unit) if key.partition(":")[0] in known])
        embeddings.save(str(folder))

    def open(self, folder: Path, unit: Unit) -> None:  # noqa: ARG002 - the index holds either
        """``load``."""
        self._embeddings = self._new()
        self._embeddings.load(str(folder))

    def search(self, question: str, k: int) -> list[str]:
        """``search``."""
        return [key for key, _ in self._opened().search(question, k)]

    def verdict(self, question: str) -> Verdict | None:
        """The best hybrid score."""
        found = self._opened().search(question, 1)
        return Verdict(float(found[0][1]), None) if found else None

    def encode_question(self, text: str) -> None:
        """``transform``, as its search calls it."""
        self._model().batchtransform([(None, text, None)], "query")

    def encode_passages(self, texts: Sequence[str]) -> None:
        """``batchtransform``, as its index calls it."""
        self._model().batchtransform([(None, text, None) for text in texts], "data")

    def _new(self) -> Embeddings:
        from txtai import Embeddings

        return Embeddings(path=str(embedded_model()), hybrid=True, models=self._models)

    def _model(self) -> Embeddings:
        self._embeddings = self._embeddings or self._new()
        return self._embeddings

    def _opened(self) -> Embeddings:
        if self._embeddings is None:
            raise RuntimeError("nothing was opened")
        return self._embeddings


def _draw(embeddings: Embeddings, corpus: Corpus) -> None:
    """Have made-up texts' vectors drawn, where txtai's model encodes a batch."""
    encode = embeddings.model.encode

    def encoded_by_model(texts: Sequence[str]) -> Floats:
        return np.asarray(encode(list(texts), "data"), dtype=np.float32)

    def drawn(texts: Any, category: str | None = None) -> Any:
        return encoded(corpus, texts, encoded_by_model) if category == "data" else encode(texts, category)

    embeddings.model.encode = drawn
