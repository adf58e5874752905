"""Reading the few best passages closely: how much of the question each passage and sentence covers.

Retrieval counts terms over the whole corpus; here the text itself is looked at, so a term is also found by another way
to say it or by its sound, and a sentence is known to hold a figure when a figure is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from index import analysis, entities
from index.entities import Asks
from index.lexical import WORDS, Lexical
from index.question import Question, Term
from index.records import Article, Passage, Span

# Sentences differ less in length than passages; the gentler constants measure better on them.
_SENTENCE_GRAMS = WORDS
# What a term is worth when it is found by a synonym or translation rather than by itself.
_OTHER_WAY = 0.85
# What a name is worth that the text writes small: "Meta" is not "la meta", but people shout and copy headlines.
_SMALL = 0.6
# What a name is worth to a sentence when its title says it, or the sentence before it.
_TITLED = 0.8
_BEFORE = 0.7
_CAPITALISED = re.compile(r"\b\w*[A-ZÁÉÍÓÚÜÑ]\w*")
# (shortest length, least similarity): shorter words have too many neighbours to be taken for misspellings.
_ALIKE = ((9, 0.75), (5, 0.8))


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """One sentence: BM25 of its words and of its grams, and how it meets the question.

    ``coverage`` is the share of the question's idf that it covers by itself, ``bound`` the share of its terms, each
    counting alike, that it covers with its title's help; ``fits`` says that it holds something of the kind asked for.
    """

    span: Span
    text: str
    words: float
    grams: float
    coverage: float
    bound: float
    fits: bool


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """One passage with its title: the share of the question's idf that it covers and what it lacks.

    ``coverage`` is 0..1; ``missing_name`` is the idf of the heaviest name it lacks over the question's whole idf;
    ``worths`` says how far it holds each of the question's terms.
    """

    passage: Passage
    article: Article
    coverage: float
    missing_name: float
    worths: tuple[float, ...]
    sentences: tuple[ReadSentence, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """What is looked for in a text: its stems and grams with their counts, what is capitalised, how its words sound."""

    stems: Mapping[str, int]
    capitals: frozenset[str]
    grams: Mapping[str, int]
    sounds: frozenset[str]
    length: int
    gram_length: int


@lru_cache(maxsize=4096)
def _analysed(text: str) -> _Text:
    """Kept for the next question: the same sentences are read again and again."""
    tokens = analysis.tokens(text)
    stems = Counter(map(analysis.stem, tokens))
    grams = Counter(gram for token in tokens for gram in analysis.word_grams(token))
    written = [token.lower() for token in _CAPITALISED.findall(text)] + [
        token for token in tokens if token[0].isdigit()
    ]
    capitals = frozenset(map(analysis.stem, written))
    return _Text(stems, capitals, grams, frozenset(map(analysis.sound, tokens)), len(tokens), grams.total())


@lru_cache(maxsize=4096)
def _spans(text: str, asks: Asks) -> tuple[Span, ...]:
    return tuple(entities.find(text, asks))


class Reader:
    """Reads passages for one question; what depends on the question alone is computed once."""

    def __init__(self, lexical: Lexical, question: Question, expansion: tuple[float, float]) -> None:
        self._lexical = lexical
        self._question = question
        words, grams = question.expanded(*expansion)
        self._word_gains = lexical.sentence_words.gains(lexical.words, words, WORDS.k1)
        self._gram_gains = lexical.sentence_grams.gains(lexical.grams, grams, _SENTENCE_GRAMS.k1)
        self._singles = [frozenset(phrase[0] for phrase in term.others if len(phrase) == 1) for term in question.terms]
        # A word that the corpus writes is spelled as meant; only a strange one is looked for by its sound.
        strange = [all(stem not in lexical.words.vocabulary for stem in term.phrase) for term in question.terms]
        self._sounds = [term.sound if odd else "" for term, odd in zip(question.terms, strange, strict=True)]
        self.weights = tuple(self._weight(term) for term in question.terms)
        self._total = sum(self.weights) or 1.0
        self._terms = sum(term.weight for term in question.terms) or 1.0

    def _weight(self, term: Term) -> float:
        """The term's idf; said another way it may be more frequent, and weighs what its most frequent way does."""
        idf = self._lexical.words.idf
        return term.weight * min(max(map(idf, phrase)) for phrase in (term.phrase, *term.others))

    def read(self, passage: Passage, article: Article) -> ReadPassage:
        """Read one passage; its article's title and its heading count as part of it."""
        texts = [passage.text[start - passage.start : end - passage.start] for start, end in passage.sentences]
        parts = [_analysed(text) for text in texts]
        frame = _analysed(f"{article.title}\n{passage.heading or ''}")
        worths = [
            [self._worth(term, row, part) for row, term in enumerate(self._question.terms)] for part in (frame, *parts)
        ]
        best = [max(values) for values in zip(*worths, strict=True)]
        lacking = [weight * (1 - worth) for weight, worth in zip(self.weights, best, strict=True)]
        named = [lack for lack, term in zip(lacking, self._question.terms, strict=True) if term.named]
        return ReadPassage(
            passage=passage,
            article=article,
            coverage=1 - sum(lacking) / self._total if self.weights else 0.0,
            missing_name=max(named, default=0.0) / self._total,
            worths=tuple(best),
            sentences=tuple(
                self._sentence(span, text, part, own, before, worths[0])
                for span, text, part, own, before in zip(
                    passage.sentences, texts, parts, worths[1:], (worths[0], *worths[1:-1]), strict=True
                )
            ),
        )

    def _sentence(
        self, span: Span, text: str, part: _Text, own: list[float], before: list[float], frame: list[float]
    ) -> ReadSentence:
        """``own``, ``before``, ``frame``: what each term is worth in the sentence, in the one before, in the title."""
        words, grams = self._lexical.sentence_words, self._lexical.sentence_grams
        return ReadSentence(
            span=span,
            text=text,
            words=words.score(part.stems, part.length, self._word_gains, WORDS),
            grams=grams.score(part.grams, part.gram_length, self._gram_gains, _SENTENCE_GRAMS),
            coverage=sum(weight * worth for weight, worth in zip(self.weights, own, strict=True)) / self._total,
            bound=self._bound(own, before, frame),
            fits=self._fits(text),
        )

    def _bound(self, own: list[float], before: list[float], frame: list[float]) -> float:
        """The share of the terms that the sentence covers when its title and the sentence before it help with a name.

        Only a sentence that names nothing of the question takes its subject for granted ("la empresa", "el plan"): one
        that names Microsoft does not speak of Alibaba because its title does. What is said of a name must stand in it.
        """
        terms = self._question.terms
        alone = any(worth > 0 for term, worth in zip(terms, own, strict=True) if not term.others)
        worths = [
            worth if alone or term.others else max(worth, _TITLED * told, _BEFORE * said)
            for term, worth, said, told in zip(terms, own, before, frame, strict=True)
        ]
        return sum(term.weight * worth for term, worth in zip(terms, worths, strict=True)) / self._terms

    def _fits(self, text: str) -> bool:
        """Whether the sentence holds something of the kind asked for that the question does not say itself."""
        return any(not self._question.says(text[start:end]) for start, end in _spans(text, self._question.asks))

    def _worth(self, term: Term, row: int, text: _Text) -> float:
        """How far the text holds the term: 1 itself, less by another way to say it or by a like sound, 0 not at all."""
        stems = text.stems
        if all(stem in stems for stem in term.phrase):
            return 1.0 if not term.named or not text.capitals.isdisjoint(term.phrase) else _SMALL
        if not self._singles[row].isdisjoint(stems):
            return _OTHER_WAY
        if any(len(phrase) > 1 and all(stem in stems for stem in phrase) for phrase in term.others):
            return _OTHER_WAY
        return _alike(self._sounds[row], text.sounds)


def respelled(question: Question, lexical: Lexical, readings: Iterable[ReadPassage]) -> str | None:
    """The question with each word that neither the corpus nor the vocabulary knows as the read passages spell it.

    None when there is nothing to mend.
    """
    known = lexical.words.vocabulary
    odd = [term for term in question.terms if not term.others and term.sound and term.phrase[0] not in known]
    if not odd:
        return None
    heard: dict[str, str] = {}
    for reading in readings:
        for token in analysis.tokens(f"{reading.article.title}\n{reading.passage.text}"):
            heard.setdefault(analysis.sound(token), token)
    text = question.text
    for term in odd:
        if near := _nearest(term.sound, heard):
            text = re.sub(rf"\b{re.escape(term.text)}\b", heard[near[0]], text, flags=re.IGNORECASE)
    return text if text != question.text else None


def _alike(sound: str, sounds: frozenset[str]) -> float:
    """The similarity of the word that sounds most like ``sound``, or 0; figures are never alike."""
    near = _nearest(sound, sounds)
    return 0.0 if near is None else near[1] if near[1] == 1 else near[1] * _OTHER_WAY


def _nearest(sound: str, sounds: Collection[str]) -> tuple[str, float] | None:
    least = next((least for length, least in _ALIKE if len(sound) >= length), None)
    if least is None or any(char.isdigit() for char in sound):
        return None
    return (sound, 1.0) if sound in sounds else analysis.sounds_like(sound, sounds, least)
