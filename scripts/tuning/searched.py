"""Search for every question that the fits need, and mark which of what was read is right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from index import question, search
from index.cache import embed
from index.encoder import FolderEncoder
from index.question import Question
from index.ranking import Ranking
from index.records import Language
from index.search import Found
from index.snapshot import Snapshot
from scripts.tuning.asked import Asked

CACHE = Path("var/cache/tuning.sqlite")


@dataclass(frozen=True, slots=True)
class Case:
    """An asked question after search: its signals, and which passages and sentences are right."""

    asked: Asked
    parsed: Question
    found: Found
    passages: NDArray[np.bool_]
    sentences: NDArray[np.bool_]


class _QuestionsAsDocuments:
    """Lets the vector cache keep questions, so that a second fit encodes nothing."""

    def __init__(self, encoder: FolderEncoder) -> None:
        self._encoder = encoder
        self.name, self.revision, self.dimension = encoder.name, f"{encoder.revision}?", encoder.dimension
        self.query_prompt = self.document_prompt = ""

    def encode_question(self, text: str) -> NDArray[np.float32]:
        return self._encoder.encode_question(text)

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        rows = []
        for done, text in enumerate(texts, 1):
            rows.append(self._encoder.encode_question(text))
            if progress:
                progress(done)
        return np.stack(rows)


def encoded(texts: Sequence[str], encoder: FolderEncoder) -> dict[str, NDArray[np.float32]]:
    """Each distinct question's vector."""
    distinct = list(dict.fromkeys(texts))
    say = _announce("questions to encode", len(distinct))
    vectors, _ = embed(distinct, _QuestionsAsDocuments(encoder), CACHE, say)
    return dict(zip(distinct, np.asarray(vectors), strict=True))


def _announce(what: str, count: int) -> Callable[[int, int], None]:
    def say(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{what}: {done} of {total or count}", end="", file=sys.stderr)

    return say


def gathered(
    asked: Iterable[Asked],
    corpora: Mapping[str, Snapshot],
    vectors: Mapping[str, NDArray[np.float32]],
    numbers: Mapping[Language, Ranking],
) -> list[Case]:
    """Search for every question and mark what is right."""
    cases = []
    for one in track(list(asked), description="searching", disable=not sys.stderr.isatty()):
        parsed = question.parse(one.text)
        if not parsed.terms:
            continue
        found = search.find(corpora[one.corpus], parsed, vectors[parsed.text], numbers[parsed.language])
        right = one.right or (lambda *_: False)
        passages = [
            any(right(r.article, s.text, s.span.start) for s in r.sentences)
            or (one.right is not None and right(r.article, r.passage.text, r.passage.start))
            for r in found.readings
        ]
        sentences = [right(r.article, s.text, s.span.start) for r in found.readings for s in r.sentences]
        cases.append(Case(one, parsed, found, np.array(passages, dtype=bool), np.array(sentences, dtype=bool)))
    return cases
