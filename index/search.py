"""Question in, ranked hits out: gather candidates by every signal, read the best closely, order what was read."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import ranking
from index.encoder import Encoder
from index.entities import Asks
from index.question import MAX_QUESTION, Question, parse
from index.ranking import Ranking
from index.reading import Reader, ReadPassage, respelled
from index.records import Hit, Language, Results, ScoredSentence
from index.snapshot import Snapshot

FloatArray = NDArray[np.float32]
Rows = NDArray[np.intp]

# Each signal's best passages become candidates; the best candidates are read closely.
_CANDIDATES = 64
_READ = 12

# The idf of about three rare words.
_MUCH = 10.0
# A sentence that binds this share of the terms says all that was asked, a light word aside.
_WHOLE = 0.95
_LEXICAL = tuple(map(ranking.PASSAGE_SIGNALS.index, ("words", "grams", "article_words", "article_grams")))
_FIGURES = (Asks.QUANTITY, Asks.DATE)
_NAMES = (Asks.NAME, Asks.PLACE)
_DENSE = ranking.PASSAGE_SIGNALS.index("dense")
_SENTENCE = ranking.PASSAGE_SIGNALS.index("sentence")
_COVERAGE = ranking.PASSAGE_SIGNALS.index("coverage")


@dataclass(frozen=True, slots=True)
class Found:
    """The passages read for a question.

    ``rows`` (n,) are the snapshot's, ``signals`` (n, 7) are named by ``ranking.PASSAGE_SIGNALS``. ``cosine`` and
    ``words`` are the best passage's plain cosine and BM25; ``attainable`` is the idf of all the question's terms.
    """

    rows: NDArray[np.intp]
    signals: FloatArray
    readings: tuple[ReadPassage, ...]
    cosine: float
    words: float
    attainable: float


def search(
    snapshot: Snapshot, encoder: Encoder, question: str, k: int = 10, within: Collection[str] | None = None
) -> Results:
    """Find what the corpus says about a question; hits best first, at most ``k``.

    ``within`` are ids of articles: only they are looked in, unknown ids are ignored, and where none is known nothing
    is found.

    Raises:
        QuestionError: the question is empty or too long.
        ModelError: the encoder is not the one the snapshot was made with.
    """
    snapshot.require_encoder(encoder)
    asked = parse(question)
    return rank(snapshot, asked, encoder.encode_question(asked.text), k, within=within)


def rank(
    snapshot: Snapshot,
    asked: Question,
    vector: FloatArray,
    k: int = 10,
    numbers: Mapping[Language, Ranking] | None = None,
    within: Collection[str] | None = None,
) -> Results:
    """``search`` for a question already parsed and encoded; ``numbers`` replaces the shipped weights."""
    text, language = asked.text, asked.language
    weights = (numbers or ranking.shipped())[language]
    found = find(snapshot, asked, vector, weights, max(k, _READ), within)
    if mended := respelled(asked, snapshot.lexical, found.readings):
        # A misspelled name is looked for again as the articles write it, which may be longer.
        asked = parse(mended[:MAX_QUESTION])
        found = find(snapshot, asked, vector, weights, max(k, _READ), within)
    hits, told = order(asked, found, weights)
    sure = weights.confidence.probability(told) if told else 0.0
    return Results(text, language, hits[:k], sure, sure >= weights.confidence.threshold)


def find(
    snapshot: Snapshot,
    asked: Question,
    vector: FloatArray,
    weights: Ranking,
    read: int = _READ,
    within: Collection[str] | None = None,
) -> Found:
    """Gather candidates by every signal and read the ``read`` best of them."""
    allowed = None if within is None else snapshot.rows_of(within)
    scores = _lexical_scores(snapshot, asked, weights, allowed)
    tops = [float(values.max(initial=0.0)) for values in scores]
    scales = [1 / top if top > 0 else 0.0 for top in tops]
    total = np.zeros(len(snapshot.passages), dtype=np.float32)
    for column, values, scale in zip(_LEXICAL, scores, scales, strict=True):
        total += np.float32(weights.passage[column] * scale) * values
    near, near_rows = _nearest(snapshot, vector, allowed)
    rows = np.union1d(_best(total, _CANDIDATES), near_rows)
    if allowed is not None:
        rows = np.intersect1d(rows, allowed)
    cosines = snapshot.vectors.score(vector, rows)

    signals = np.zeros((len(rows), len(ranking.PASSAGE_SIGNALS)), dtype=np.float32)
    for column, values, scale in zip(_LEXICAL, scores, scales, strict=True):
        signals[:, column] = values[rows] * scale
    signals[:, _DENSE] = cosines / max(float(near.max(initial=0.0)), 1e-6)
    chosen = _best(signals @ weights.passage, read)
    reader = Reader(snapshot.lexical, asked, weights.expansion)
    readings = tuple(reader.read(snapshot.passages[int(row)], snapshot.article_of(int(row))) for row in rows[chosen])
    signals = signals[chosen]
    signals[:, _SENTENCE] = _sentence_signal(readings)
    signals[:, _COVERAGE] = [reading.coverage for reading in readings]
    return Found(
        rows=rows[chosen],
        signals=signals,
        readings=readings,
        cosine=float(cosines.max(initial=0.0)),
        words=tops[0],
        attainable=sum(reader.weights),
    )


def _lexical_scores(snapshot: Snapshot, asked: Question, weights: Ranking, allowed: Rows | None) -> list[FloatArray]:
    """(passages,) BM25 of every passage in the order of ``_LEXICAL``: of itself, and of its whole article.

    Rows that are not ``allowed`` score 0, so that a signal's best value is that of a passage that may be found.
    """
    lexical = snapshot.lexical
    words, grams = asked.expanded(*weights.expansion)
    scores = [
        lexical.words.scores(words),
        lexical.grams.scores(grams),
        lexical.article_words.scores(words)[lexical.article_rows],
        lexical.article_grams.scores(grams)[lexical.article_rows],
    ]
    if allowed is not None:
        others = np.ones(len(lexical.article_rows), dtype=np.bool_)
        others[allowed] = False
        for values in scores:
            values[others] = 0.0
    return scores


def _nearest(snapshot: Snapshot, vector: FloatArray, allowed: Rows | None) -> tuple[FloatArray, Rows]:
    """The cosines and rows of the ``_CANDIDATES`` nearest passages, best first."""
    if allowed is None:
        return snapshot.vectors.search(vector, _CANDIDATES)
    cosines = snapshot.vectors.score(vector, allowed)
    best = _best(cosines, _CANDIDATES)
    return cosines[best], allowed[best]


def order(asked: Question, found: Found, weights: Ranking) -> tuple[tuple[Hit, ...], dict[str, float]]:
    """Score what was read; hits best first, and the features that say how sure the first of them is."""
    scores = found.signals @ weights.passage
    table = sentence_signals(asked, found, scores)
    hits = []
    at = 0
    for score, reading in zip(scores, found.readings, strict=True):
        values = table[at : at + len(reading.sentences)] @ weights.sentence
        at += len(reading.sentences)
        sentences = [
            ScoredSentence(sentence.span, sentence.text, float(value))
            for sentence, value in zip(reading.sentences, values, strict=True)
        ]
        sentences.sort(key=lambda sentence: (-sentence.score, sentence.span))
        hits.append((Hit(reading.passage, reading.article, float(score), tuple(sentences)), reading))
    hits.sort(key=lambda pair: (-pair[0].score, pair[0].passage.id))
    return tuple(hit for hit, _ in hits), features(asked, found, table @ weights.sentence)


def sentence_signals(asked: Question, found: Found, scores: FloatArray) -> FloatArray:
    """(sentences, 8) signals of every sentence read, passage by passage, as named in ranking.SENTENCE_SIGNALS."""
    figure, name = asked.asks in _FIGURES, asked.asks in _NAMES
    rows = [
        (score, s.words, s.grams, s.coverage, s.bound, s.sought, s.fits * figure, s.fits * name)
        for score, reading in zip(scores, found.readings, strict=True)
        for s in reading.sentences
    ]
    table = np.array(rows, dtype=np.float32).reshape(-1, len(ranking.SENTENCE_SIGNALS))
    table[:, 1:3] /= np.maximum(table[:, 1:3].max(axis=0, initial=0.0), 1e-6)
    return table


def features(asked: Question, found: Found, values: FloatArray) -> dict[str, float]:
    """What tells an answerable question from another, measured on the best sentence and its passage.

    ``values`` (sentences,) are the scores of every sentence read, passage by passage.
    """
    read = [(reading, sentence) for reading in found.readings for sentence in reading.sentences]
    if not read or not asked.terms:
        return {}
    reading, sentence = read[int(np.argmax(values))]
    fits = sentence.fits or asked.asks is Asks.OTHER
    unheard = [max(worths) == 0 for worths in zip(*(reading.worths for reading in found.readings), strict=True)]
    strange = [term.weight for term, odd in zip(asked.terms, unheard, strict=True) if odd and not term.others]
    return {
        "coverage": reading.coverage,
        "sentence_coverage": sentence.coverage,
        "bound": sentence.bound,
        "whole": float(sentence.bound > _WHOLE),
        "fitting": sentence.bound if fits else 0.0,
        "missing_name": reading.missing_name,
        # Said by no passage, and no word that could be said another way: a name that the corpus does not know.
        "strange": max(strange, default=0.0),
        "unheard": sum(unheard) / len(unheard),
        # "¿Cuánto…?" is not answered by a sentence without a figure, nor "¿cuándo…?" by one without a date.
        "lacks_figure": float(not fits and asked.asks in _FIGURES),
        "lacks_name": float(not fits and asked.asks in _NAMES),
        "addressed": float(asked.addressed),
        "cosine": found.cosine,
        "attained": found.words / max(found.attainable, 1e-6),
        # How much was found of what the question says, in absolute terms: the more, the less by chance.
        "evidence": reading.coverage * found.attainable / (reading.coverage * found.attainable + _MUCH),
        "terms": math.log1p(len(asked.terms)),
    }


def _sentence_signal(readings: tuple[ReadPassage, ...]) -> FloatArray:
    """(n,) float32: each passage's best sentence by words and grams, divided by the best of all."""
    words = np.array([max((s.words for s in reading.sentences), default=0.0) for reading in readings], dtype=np.float32)
    table = [[(s.words, s.grams) for s in reading.sentences] for reading in readings]
    top_words = max(float(words.max(initial=0.0)), 1e-6)
    top_grams = max((grams for sentences in table for _, grams in sentences), default=0.0) or 1e-6
    best = [max((w / top_words * 0.5 + g / top_grams for w, g in sentences), default=0.0) for sentences in table]
    return np.array(best, dtype=np.float32) / 1.5


def _best(scores: FloatArray, count: int) -> NDArray[np.intp]:
    """Rows of the ``count`` highest scores, best first; ties by row."""
    rows = np.argpartition(-scores, count - 1)[:count] if len(scores) > count else np.arange(len(scores))
    return rows[np.lexsort((rows, -scores[rows]))]
