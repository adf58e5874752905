"""This project: its build into a published version, and its search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmark.systems import Corpus, Document, Unit, Verdict

if TYPE_CHECKING:
    from index.encoder import FolderEncoder
    from index.records import Article, Results
    from index.snapshot import Snapshot
    from scripts.benchmark.systems.vectors import Floats

_INDEX = "index"
_CACHE = "vectors.sqlite"
_SENTENCES = "sentences.json"
# As many as search reads closely: two passages of one paragraph count as one find.
_PASSAGES = 12


class Pregonero:
    """Implements ``System``."""

    dimension = 384

    def __init__(self) -> None:
        self._encoder: FolderEncoder | None = None
        self._snapshot: Snapshot | None = None
        self._sentences: dict[str, list[tuple[int, int]]] = {}
        self._unit = Unit.PARAGRAPH

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """Publish a version in ``folder``; articles are split into passages and sentences whatever the unit."""
        from index.build import build

        folder.mkdir(parents=True, exist_ok=True)
        encoder = self._open_encoder(folder)
        build(list(_articles(corpus.documents)), folder / _INDEX, _Drawing(encoder, corpus), cache=folder / _CACHE)
        if unit is Unit.SENTENCE:
            sentences = {document.id: document.sentences for document in corpus.documents}
            (folder / _SENTENCES).write_text(json.dumps(sentences), encoding="utf-8")

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:  # noqa: ARG002 - found by the cache
        """Build again; the cache knows the vectors of what did not change."""
        self.build(corpus, unit, folder)

    def open(self, folder: Path, unit: Unit) -> None:
        """Open the published version, verified."""
        from index.snapshot import open_snapshot

        self._snapshot = open_snapshot(folder / _INDEX)
        self._open_encoder(folder).warm()
        self._unit = unit
        if unit is Unit.SENTENCE:
            self._sentences = json.loads((folder / _SENTENCES).read_text(encoding="utf-8"))

    def search(self, question: str, k: int) -> list[str]:
        """Paragraphs by their best passage, or the file's own sentences by ours that overlap them most."""
        results = self._search(question, max(k, _PASSAGES))
        if self._unit is Unit.PARAGRAPH:
            found = [_document(hit.article, hit.passage.start)[0] for hit in results.hits]
        else:
            found = [self._sentence(article, s.span.start, s.span.end) for article, s in results.sentences_by_score()]
        return list(dict.fromkeys(found))[:k]

    def verdict(self, question: str) -> Verdict | None:
        """The probability that the question is answered, and whether it is, at the shipped threshold."""
        results = self._search(question, 10)
        return Verdict(results.confidence, results.answerable)

    def encode_question(self, text: str) -> None:
        """With the embedded model."""
        self._opened().encode_question(text)

    def encode_passages(self, texts: Sequence[str]) -> None:
        """With the embedded model."""
        self._opened().encode_documents(texts)

    def _search(self, question: str, passages: int) -> Results:
        from index.search import search

        if self._snapshot is None:
            raise RuntimeError("nothing was opened")
        return search(self._snapshot, self._opened(), question, passages)

    def _open_encoder(self, folder: Path) -> FolderEncoder:
        self._encoder = self._encoder or open_ours(folder)
        return self._encoder

    def _opened(self) -> FolderEncoder:
        if self._encoder is None:
            raise RuntimeError("nothing was opened")
        return self._encoder

    def _sentence(self, article: Article, start: int, end: int) -> str:
        """The id of the file's sentence that ``[start, end)`` of the article overlaps most."""
        document, begins = _document(article, start)
        overlaps = [min(end - begins, last) - max(start - begins, first) for first, last in self._sentences[document]]
        return f"{document}:{max(range(len(overlaps)), key=overlaps.__getitem__, default=0)}"


def open_ours(folder: Path) -> FolderEncoder:
    """The embedded model; as it is prepared for ONNX Runtime it is kept beside ``folder``, which is an index's."""
    from index.encoder import open_encoder

    return open_encoder(cache=folder.parent / "models")


class _Drawing:
    """Implements ``index.encoder.Encoder`` for passages: made-up texts have drawn vectors."""

    def __init__(self, encoder: FolderEncoder, corpus: Corpus) -> None:
        self.name, self.revision, self.dimension = encoder.name, encoder.revision, encoder.dimension
        self.query_prompt, self.document_prompt = encoder.query_prompt, encoder.document_prompt
        self._corpus = corpus
        self._encode = encoder.encode_documents
        self.encode_question = encoder.encode_question

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Floats:
        """(n, dimension) float32, unit rows."""
        from scripts.benchmark.systems.vectors import encoded

        vectors = encoded(self._corpus, texts, self._encode)
        if progress is not None:
            progress(len(texts))
        return vectors


def passage_count(documents: Sequence[Document]) -> int:
    """How many passages this project makes of the paragraphs."""
    from index.passages import split_article

    return sum(len(split_article(article)) for article in _articles(documents))


def _articles(documents: Sequence[Document]) -> Iterator[Article]:
    for name, together in groupby(documents, key=lambda document: document.article):
        yield _article(name, list(together))


def _article(name: str, documents: Sequence[Document]) -> Article:
    """The paragraphs one after another, each below its title, if it has one, as a heading.

    The article's path holds their ids, so that what is found can be told apart without a table.
    """
    from index.records import Article, Span

    text, headings = "", []
    for document in documents:
        if document.title:
            headings.append(Span(len(text), len(text) + len(document.title)))
            text += f"{document.title}\n"
        text += f"{document.text}\n"
    return Article(
        id=hashlib.sha256(name.encode()).hexdigest()[:16],
        path="\n".join(document.id for document in documents),
        title="",
        text=text.rstrip("\n"),
        headings=tuple(headings),
    )


def _document(article: Article, at: int) -> tuple[str, int]:
    """The id of the paragraph that holds the article's character ``at``, and where the paragraph's text begins."""
    above = [heading for heading in article.headings if heading.start <= at]
    ids = article.path.split("\n")
    return ids[max(len(above) - 1, 0)], above[-1].end + 1 if above else 0
