"""Word and 4-gram BM25 over passages and over whole articles, on disk as plain arrays.

A ``Field`` is one inverted index: for each term, the units (passages or articles) that hold it and what the term adds
to their BM25 score. Formula: Robertson & Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond",
with the non-negative idf that Lucene uses, ``ln(1 + (N - df + 0.5) / (df + 0.5))``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import analysis
from index.counting import Texts
from index.records import Article, Passage, Span

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Saturation:
    """BM25's two constants: ``k1`` bends term frequency, ``b`` weighs the unit's length."""

    k1: float
    b: float


# Chosen on the XQuAD-es development half; words are counted gently (short sentences), grams as in the literature.
WORDS = Saturation(k1=0.9, b=0.4)
GRAMS = Saturation(k1=1.2, b=0.75)
# The highest number of 16 bits. It is the code of a term's highest weight: others are rounded to so many parts of it.
_TOP = np.iinfo(np.uint16).max
# Postings added up at once: many rare words', or one frequent word's; more would not stay in the processor's cache.
_BATCH = 1 << 14


@dataclass(frozen=True, slots=True)
class Field:
    """One inverted index.

    ``starts`` is (terms + 1,) int64, ``units`` and ``codes`` are (postings,): the postings of term ``i`` stand at
    ``starts[i]:starts[i + 1]``, in unit order. ``tops`` is (terms,) float32, the highest weight of each term; a code is
    uint16, a weight in 65,535ths of its term's highest. Units are uint16 too where they fit, else uint32.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    units: NDArray[np.unsignedinteger]
    codes: NDArray[np.uint16]
    tops: FloatArray
    size: int
    mean_length: float

    def scores(self, query: Mapping[str, float]) -> FloatArray:
        """BM25 of every unit, (size,) float32, for terms with the given weights; unknown terms add nothing."""
        total = np.zeros(self.size, dtype=np.float32)
        for spans, shares in self._batches(query):
            weights = np.concatenate([self.codes[span] for span in spans], dtype=np.float32)
            weights *= np.repeat(np.array(shares, dtype=np.float32), [span.stop - span.start for span in spans])
            # Indices of the processor's own width are added without a further conversion.
            np.add.at(total, np.concatenate([self.units[span] for span in spans], dtype=np.intp), weights)
        return total

    def _batches(self, query: Mapping[str, float]) -> Iterator[tuple[list[slice], list[float]]]:
        """Where the known terms' postings stand, and what a code is worth; about ``_BATCH`` postings at a time."""
        row_of = self.vocabulary.get
        known = [(row, weight) for term, weight in query.items() if weight and (row := row_of(term)) is not None]
        rows = np.array([row for row, _ in known], dtype=np.intp)
        starts, stops = self.starts[rows].tolist(), self.starts[rows + 1].tolist()
        worths = (np.array([weight for _, weight in known]) * self.tops[rows] / _TOP).tolist()
        spans: list[slice] = []
        shares: list[float] = []
        held = 0
        for worth, start, stop in zip(worths, starts, stops, strict=True):
            spans.append(slice(start, stop))
            shares.append(worth)
            held += stop - start
            if held >= _BATCH:
                yield spans, shares
                spans, shares, held = [], [], 0
        if spans:
            yield spans, shares

    def idf(self, term: str) -> float:
        """The term's inverse document frequency; a term that no unit holds gets the highest."""
        row = self.vocabulary.get(term)
        held = 0 if row is None else int(self.starts[row + 1] - self.starts[row])
        return math.log1p((self.size - held + 0.5) / (held + 0.5))

    def save(self, folder: Path, name: str) -> None:
        """Write the field's files, ``<name>.…``, into an existing folder."""
        meta = {"size": self.size, "mean_length": self.mean_length, "terms": list(self.vocabulary)}
        (folder / f"{name}.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        for part in _PARTS:
            np.save(folder / f"{name}.{part}.npy", getattr(self, part), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, name: str, twin: Field | None = None) -> Field:
        """Memory-map a field that ``save`` wrote; where ``twin`` has the same terms, its vocabulary serves both.

        Raises:
            OSError, ValueError, KeyError: a file is missing or not what ``save`` writes.
        """
        meta = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        starts, units, codes, tops = (_map(folder / f"{name}.{part}.npy") for part in _PARTS)
        terms = meta["terms"]
        same = twin and list(twin.vocabulary) == terms
        vocabulary = twin.vocabulary if twin and same else {term: row for row, term in enumerate(terms)}
        sized = (len(starts) - 1, len(tops), len(units), len(codes))
        if sized != (len(vocabulary), len(vocabulary), int(starts[-1]), int(starts[-1])):
            raise ValueError(
                f"lexical field {name}: {len(vocabulary)} terms, {len(units)} postings do not fit together"
            )
        return cls(vocabulary, starts, units, codes, tops, int(meta["size"]), float(meta["mean_length"]))


def build_field(texts: Texts, saturation: Saturation) -> Field:
    """Count the terms of each text into a field; the terms that some text holds are kept, sorted."""
    numbers = np.flatnonzero(np.bincount(texts.numbers, minlength=len(texts.terms)))
    order = sorted(numbers.tolist(), key=texts.terms.__getitem__)
    ranks = np.zeros(len(texts.terms), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    terms, units, counts = texts.counts(ranks)

    size, lengths = len(texts.lengths), texts.lengths.astype(np.float64)
    mean_length = float(lengths.mean()) if size else 0.0
    held = np.bincount(terms, minlength=len(order))
    idf = np.log1p((size - held + 0.5) / (held + 0.5))
    shortness = saturation.k1 * (1 - saturation.b + saturation.b * lengths[units] / max(mean_length, 1e-9))
    weights = idf[terms] * counts * (saturation.k1 + 1) / (counts + shortness)
    starts = np.concatenate(([0], np.cumsum(held))).astype(np.int64)
    tops = np.maximum.reduceat(weights, starts[:-1]) if order else weights
    return Field(
        vocabulary={texts.terms[number]: row for row, number in enumerate(order)},
        starts=starts,
        units=units.astype(np.uint16 if size <= _TOP + 1 else np.uint32),
        codes=np.rint(weights / tops[terms] * _TOP).astype(np.uint16),
        tops=tops.astype(np.float32),
        size=size,
        mean_length=mean_length,
    )


@dataclass(frozen=True, slots=True)
class SentenceCounts:
    """How many of the corpus's sentences hold each term of a field, aligned with its vocabulary; for scoring sentences.

    Sentences have no postings: the few inside the best passages are counted when a question is asked.
    """

    held: NDArray[np.int32]
    size: int
    mean_length: float

    @classmethod
    def count(cls, sentences: Texts, field: Field) -> SentenceCounts:
        """Count over all sentences; terms that the field does not know are left out."""
        rows = [field.vocabulary.get(term, -1) for term in sentences.terms]
        known, _, _ = sentences.counts(np.array(rows, dtype=np.int64))
        held = np.bincount(known[known >= 0], minlength=len(field.vocabulary)).astype(np.int32)
        size = len(sentences.lengths)
        return cls(held, size, int(sentences.lengths.sum()) / max(size, 1))

    def gains(self, field: Field, query: Mapping[str, float], k1: float) -> dict[str, float]:
        """For each term of the query that the field knows: its weight times idf times ``k1 + 1``."""
        known = [term for term in query if term in field.vocabulary]
        held = self.held[[field.vocabulary[term] for term in known]]
        idf = np.log1p((self.size - held + 0.5) / (held + 0.5))
        return {term: query[term] * (k1 + 1) * value for term, value in zip(known, idf.tolist(), strict=True)}

    def score(
        self, counts: Mapping[str, int], length: int, gains: Mapping[str, float], saturation: Saturation
    ) -> float:
        """BM25 of one sentence of ``length`` terms, given how often each occurs."""
        shortness = saturation.k1 * (1 - saturation.b + saturation.b * length / max(self.mean_length, 1e-9))
        return sum([gain * counts[term] / (counts[term] + shortness) for term, gain in gains.items() if term in counts])


@dataclass(frozen=True, slots=True)
class Lexical:
    """Words and grams of passages and of articles, and the counts that sentences are scored by.

    A passage is counted with its article's title and its section's heading; an article with its title.
    ``article_rows`` is (passages,) int32: the row of each passage's article.
    """

    words: Field
    grams: Field
    article_words: Field
    article_grams: Field
    sentence_words: SentenceCounts
    sentence_grams: SentenceCounts
    article_rows: NDArray[np.int32]

    @classmethod
    def build(cls, articles: Sequence[Article], passages: Sequence[Passage]) -> Lexical:
        """Index the passages and the articles, in the order given."""
        rows = {article.id: row for row, article in enumerate(articles)}
        parts = _parts(articles, passages, rows)
        tokens = Texts.of(map(analysis.tokens, parts.texts))
        analysis.stem_all(tokens.terms)
        stem_of = Texts.of((stem,) for stem in analysis.stems_of(tokens.terms))
        grams_of = Texts.of(map(analysis.word_grams, tokens.terms))
        in_passages, in_articles = tokens.joined(parts.passages), tokens.joined(parts.articles)
        in_sentences = tokens.joined(parts.sentences)
        words = build_field(in_passages.cut(stem_of), WORDS)
        grams = build_field(in_passages.cut(grams_of), GRAMS)
        return cls(
            words=words,
            grams=grams,
            article_words=build_field(in_articles.cut(stem_of), WORDS),
            article_grams=build_field(in_articles.cut(grams_of), GRAMS),
            sentence_words=SentenceCounts.count(in_sentences.cut(stem_of), words),
            sentence_grams=SentenceCounts.count(in_sentences.cut(grams_of), grams),
            article_rows=np.array([rows[passage.article_id] for passage in passages], dtype=np.int32),
        )

    def save(self, folder: Path) -> None:
        """Write everything into an existing folder."""
        for name in _FIELDS:
            getattr(self, name).save(folder, name)
        for name in _COUNTS:
            counts: SentenceCounts = getattr(self, name)
            np.save(folder / f"{name}.held.npy", counts.held, allow_pickle=False)
        sizes = {name: [getattr(self, name).size, getattr(self, name).mean_length] for name in _COUNTS}
        (folder / "sentences.json").write_text(json.dumps(sizes), encoding="utf-8")
        np.save(folder / "article_rows.npy", self.article_rows, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Lexical:
        """Memory-map what ``save`` wrote; errors as ``Field.load``'s."""
        words, grams = Field.load(folder, "words"), Field.load(folder, "grams")
        article_words = Field.load(folder, "article_words", words)
        article_grams = Field.load(folder, "article_grams", grams)
        sizes = json.loads((folder / "sentences.json").read_text(encoding="utf-8"))
        sentence_words, sentence_grams = (
            SentenceCounts(_map(folder / f"{name}.held.npy"), int(sizes[name][0]), float(sizes[name][1]))
            for name in _COUNTS
        )
        rows: NDArray[np.int32] = _map(folder / "article_rows.npy")
        counted = (len(rows), len(sentence_words.held), len(sentence_grams.held))
        expected = (words.size, len(words.vocabulary), len(grams.vocabulary))
        if counted != expected or words.size != grams.size or article_words.size != article_grams.size:
            raise ValueError(f"lexical index: {counted} rows, words and grams for {expected} do not fit together")
        return cls(words, grams, article_words, article_grams, sentence_words, sentence_grams, rows)


_PARTS = ("starts", "units", "codes", "tops")
_FIELDS = ("words", "grams", "article_words", "article_grams")
_COUNTS = ("sentence_words", "sentence_grams")


def _map(file: Path) -> NDArray[Any]:
    mapped = np.load(file, mmap_mode="r", allow_pickle=False)
    # A plain view: every slice of numpy.memmap itself costs microseconds, and a question takes hundreds.
    return mapped.view(np.ndarray)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an index is counted from, each text once, and which of the texts a passage, an article, a sentence are."""

    texts: list[str]
    passages: list[list[int]]
    articles: list[list[int]]
    sentences: list[list[int]]


def _parts(articles: Sequence[Article], passages: Sequence[Passage], rows: Mapping[str, int]) -> _Parts:
    """Titles, articles' texts, headings and sentences; a passage is its title, its heading and its sentences.

    Passages overlap, and a sentence in two of them is one sentence.
    """
    size = len(articles)
    texts = [article.title for article in articles] + [article.text for article in articles]
    headings: dict[str, int] = {}
    sentences: dict[tuple[str, Span], int] = {}
    groups = []
    for passage in passages:
        group = [rows[passage.article_id]]
        if passage.heading:
            if passage.heading not in headings:
                headings[passage.heading] = len(texts)
                texts.append(passage.heading)
            group.append(headings[passage.heading])
        for span in passage.sentences:
            key = passage.article_id, span
            if key not in sentences:
                sentences[key] = len(texts)
                texts.append(passage.text[span.start - passage.start : span.end - passage.start])
            group.append(sentences[key])
        groups.append(group)
    return _Parts(texts, groups, [[row, size + row] for row in range(size)], [[row] for row in sentences.values()])
