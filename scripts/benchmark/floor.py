"""The bytes that a question cannot be answered without reading: the time of a search that waits for memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from scripts.benchmark.disk import published_in
from scripts.benchmark.systems import Entry

if TYPE_CHECKING:
    from index.lexical import Field
    from index.question import Question
    from index.snapshot import Snapshot

# Numbers in a vector of the peers that compare a question with every vector they hold.
_EXACT = {"langchain": 384, "langchain-ours": 384, "langchain-mpnet": 768}
_FLOAT_BYTES = 4
# Of a product-quantised code: 4 bits for two numbers.
_CODE_BYTES = 1 / 4


def touched_bytes(entry: Entry, folder: Path, texts: int, questions: Sequence[str]) -> float | None:
    """Bytes read for a question on average; None for a system that looks at a part of its vectors only.

    A peer holds as many vectors as there are ``texts``, this project as many as it has made passages of them.

    Of every vector all numbers, or its code; of this project, the postings of the question's words and 4-grams besides.
    """
    if entry.peer:
        return float(texts * _EXACT[entry.key] * _FLOAT_BYTES) if entry.key in _EXACT else None
    from index.manifest import VectorKind
    from index.question import parse
    from index.snapshot import open_snapshot

    snapshot = open_snapshot(published_in(folder), verify=False)
    postings = fmean(_postings_bytes(snapshot, parse(question)) for question in questions)
    of_number = _FLOAT_BYTES if snapshot.vectors.kind is VectorKind.EXACT else _CODE_BYTES
    return len(snapshot.passages) * snapshot.vectors.dimension * of_number + postings


def _postings_bytes(snapshot: Snapshot, asked: Question) -> int:
    from index import ranking

    words, grams = asked.expanded(*ranking.shipped()[asked.language].expansion)
    lexical = snapshot.lexical
    return sum(
        _held(field, terms)
        for field, terms in (
            (lexical.words, words),
            (lexical.grams, grams),
            (lexical.article_words, words),
            (lexical.article_grams, grams),
        )
    )


def _held(field: Field, terms: Iterable[str]) -> int:
    """Bytes of the terms' postings: a unit and a code each."""
    rows = [field.vocabulary[term] for term in terms if term in field.vocabulary]
    size = field.units.itemsize + field.codes.itemsize
    return sum(int(field.starts[row + 1] - field.starts[row]) for row in rows) * size
