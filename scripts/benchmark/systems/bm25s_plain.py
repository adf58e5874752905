"""bm25s as its documentation sets it up for a language: its stop words and Snowball's stemmer, here Spanish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.benchmark.systems import Corpus, Unit, Verdict

if TYPE_CHECKING:
    from bm25s import BM25

_IDS = "ids.json"


class Bm25s:
    """Implements ``System``."""

    dimension = 0

    def __init__(self) -> None:
        self._index: BM25 | None = None
        self._ids: list[str] = []
        self._stemmer: Any = None

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """``index``, then ``save``."""
        from bm25s import BM25

        self._ids, texts, _ = map(list, zip(*corpus.units(unit), strict=True))
        index = BM25()
        index.index(self._tokens(texts), show_progress=False)
        index.save(str(folder))
        (folder / _IDS).write_text(json.dumps(self._ids), encoding="utf-8")

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:  # noqa: ARG002 - it has no other means
        """Build anew."""
        self.build(corpus, unit, folder)

    def open(self, folder: Path, unit: Unit) -> None:  # noqa: ARG002 - the index holds either
        """``load``."""
        from bm25s import BM25

        self._index = BM25.load(str(folder))
        self._ids = json.loads((folder / _IDS).read_text(encoding="utf-8"))

    def search(self, question: str, k: int) -> list[str]:
        """``retrieve``."""
        rows, _ = self._retrieve(question, min(k, len(self._ids)))
        return [self._ids[int(row)] for row in rows[0]]

    def verdict(self, question: str) -> Verdict | None:
        """The best score."""
        _, scores = self._retrieve(question, 1)
        return Verdict(float(scores[0][0]), None)

    def encode_question(self, text: str) -> None:
        """Nothing: it has no vectors."""

    def encode_passages(self, texts: Sequence[str]) -> None:
        """Nothing: it has no vectors."""

    def _retrieve(self, question: str, k: int) -> Any:
        if self._index is None:
            raise RuntimeError("nothing was opened")
        return self._index.retrieve(self._tokens([question]), k=k, show_progress=False)

    def _tokens(self, texts: list[str]) -> Any:
        import bm25s
        from Stemmer import Stemmer

        self._stemmer = self._stemmer or Stemmer("spanish")
        return bm25s.tokenize(texts, stopwords="spanish", stemmer=self._stemmer, show_progress=False)
