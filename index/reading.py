"""Reading the few best passages closely: how much of the question each passage and sentence covers.

Retrieval counts terms over the whole corpus; here the text itself is looked at, so a term is also found by another way to say
it or by its sound, and a sentence is known to hold a figure when a figure is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from index import analysis, entities
from index.lexical import WORDS, Lexical
from index.question import Question, Term
from index.records import Article, Passage, Span

# Sentences differ less in length than passages; the gentler constants measure better on them.
_SENTENCE_GRAMS = WORDS
# What a term is worth when it is found by a synonym or translation rather than by itself.
_OTHER_WAY = 0.85
# (shortest length, least similarity): shorter words have too many neighbours to be taken for misspellings.
_ALIKE = ((9, 0.75), (5, 0.8))


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """One sentence: BM25 of its words and of its grams, the question's share it covers, whether it holds what is asked."""

    span: Span
    text: str
    words: float
    grams: float
    coverage: float
    fits: bool


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """One passage with its title: the idf share of the question that it covers and what it lacks.

    ``coverage`` is 0..1; ``missing`` is the idf of the heaviest term it lacks, ``missing_name`` the same among names, each over the
    question's whole idf.
    """

    coverage: float
    missing: float
    missing_name: float
    sentences: tuple[ReadSentence, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """The stems and the sounds of a text's words."""

    stems: frozenset[str]
    sounds: frozenset[str]

    @classmethod
    def of(cls, tokens: Sequence[str]) -> _Text:
        return cls(frozenset(map(analysis.stem, tokens)), frozenset(map(analysis.sound, tokens)))


class Reader:
    """Reads passages for one question; what depends on the question alone is computed once."""

    def __init__(self, lexical: Lexical, question: Question, expansion: float) -> None:
        self._lexical = lexical
        self._question = question
        words, grams = question.expanded(expansion)
        self._word_gains = lexical.sentence_words.gains(lexical.words, words, WORDS.k1)
        self._gram_gains = lexical.sentence_grams.gains(lexical.grams, grams, _SENTENCE_GRAMS.k1)
        self.weights = tuple(self._weight(term) for term in question.terms)
        self._told = frozenset(analysis.fold(token) for token in analysis.tokens(question.text))

    def _weight(self, term: Term) -> float:
        """The term's idf; said another way it may be more frequent, and weighs what its most frequent way does."""
        idf = self._lexical.words.idf
        return min(max(map(idf, phrase)) for phrase in (term.phrase, *term.others))

    def read(self, passage: Passage, article: Article) -> ReadPassage:
        """Read one passage; its article's title and its heading count as part of it."""
        sentences = [(span, passage.text[span.start - passage.start : span.end - passage.start]) for span in passage.sentences]
        split = [analysis.tokens(text) for _, text in sentences]
        frame = analysis.tokens(f"{article.title}\n{passage.heading or ''}")
        whole = _Text.of([*frame, *(token for tokens in split for token in tokens)])
        credits = [_credit(term, whole) for term in self._question.terms]
        lacking = [weight * (1 - credit) for weight, credit in zip(self.weights, credits, strict=True)]
        named = [lack for lack, term in zip(lacking, self._question.terms, strict=True) if term.named]
        total = sum(self.weights) or 1.0
        return ReadPassage(
            coverage=1 - sum(lacking) / total if self.weights else 0.0,
            missing=max(lacking, default=0.0) / total,
            missing_name=max(named, default=0.0) / total,
            sentences=tuple(self._sentence(*sentence, tokens, credits) for sentence, tokens in zip(sentences, split, strict=True)),
        )

    def _sentence(self, span: Span, text: str, tokens: Sequence[str], credits: Sequence[float]) -> ReadSentence:
        stems = list(map(analysis.stem, tokens))
        grams = [gram for token in tokens for gram in analysis.word_grams(token)]
        own = _Text(frozenset(stems), frozenset(map(analysis.sound, tokens)))
        # What the passage lacks, its sentences lack.
        covered = sum(
            weight * _credit(term, own)
            for term, weight, credit in zip(self._question.terms, self.weights, credits, strict=True)
            if credit
        )
        return ReadSentence(
            span=span,
            text=text,
            words=self._lexical.sentence_words.score(stems, self._word_gains, WORDS),
            grams=self._lexical.sentence_grams.score(grams, self._gram_gains, _SENTENCE_GRAMS),
            coverage=covered / (sum(self.weights) or 1.0),
            fits=bool(entities.find(text, self._question.asks, self._told)),
        )


def _credit(term: Term, text: _Text) -> float:
    """How far the text holds the term: 1 itself, less by another way to say it or by a like sound, 0 not at all."""
    if all(stem in text.stems for stem in term.phrase):
        return 1.0
    if any(all(stem in text.stems for stem in phrase) for phrase in term.others):
        return _OTHER_WAY
    return _alike(term.sound, text.sounds)


def _alike(sound: str, sounds: frozenset[str]) -> float:
    """The similarity of the word that sounds most like ``sound``, or 0; figures are never alike."""
    least = next((least for length, least in _ALIKE if len(sound) >= length), None)
    if least is None or any(char.isdigit() for char in sound):
        return 0.0
    if sound in sounds:
        return 1.0
    best = process.extractOne(sound, sounds, scorer=Levenshtein.normalized_similarity, score_cutoff=least)
    return best[1] * _OTHER_WAY if best else 0.0
