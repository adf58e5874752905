"""rank_bm25's ``BM25Okapi`` over lower-cased words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmark.systems import Corpus, Unit, Verdict

if TYPE_CHECKING:
    from rank_bm25 import BM25Okapi

_WORD = re.compile(r"\w+")
_FILE = "words.json"


class RankBm25:
    """Implements ``System``. It has no form on disk of its own: the words are kept as JSON and counted on opening."""

    dimension = 0

    def __init__(self) -> None:
        self._index: BM25Okapi | None = None
        self._ids: list[str] = []

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """Count the words, and write them down."""
        self._ids, texts, _ = map(list, zip(*corpus.units(unit), strict=True))
        words = [_words(text) for text in texts]
        self._count(words)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps([self._ids, words], ensure_ascii=False), encoding="utf-8")

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:  # noqa: ARG002 - it has no other means
        """Build anew."""
        self.build(corpus, unit, folder)

    def open(self, folder: Path, unit: Unit) -> None:  # noqa: ARG002 - the file holds either
        """Read the words and count them."""
        self._ids, words = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        self._count(words)

    def search(self, question: str, k: int) -> list[str]:
        """``get_top_n``."""
        found: list[str] = self._opened().get_top_n(_words(question), self._ids, k)
        return found

    def verdict(self, question: str) -> Verdict | None:
        """The best score."""
        return Verdict(float(self._opened().get_scores(_words(question)).max()), None)

    def encode_question(self, text: str) -> None:
        """Nothing: it has no vectors."""

    def encode_passages(self, texts: Sequence[str]) -> None:
        """Nothing: it has no vectors."""

    def _count(self, words: list[list[str]]) -> None:
        from rank_bm25 import BM25Okapi

        self._index = BM25Okapi(words)

    def _opened(self) -> BM25Okapi:
        if self._index is None:
            raise RuntimeError("nothing was opened")
        return self._index


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
