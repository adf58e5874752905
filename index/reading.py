"""Reading the few best passages closely: how much of the question each passage and sentence covers.

Retrieval counts terms over the whole corpus; here the text itself is looked at, so a term is also found by another way
to say it or by its sound, and a sentence is known to hold a figure when a figure is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress
from operator import mul
from typing import NamedTuple, Self

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
    counting alike, that it covers with its title's help; ``sought`` is how far it holds the noun that the question asks
    for; ``fits`` says that it holds something of the kind asked for.
    """

    span: Span
    text: str
    words: float
    grams: float
    coverage: float
    bound: float
    sought: float
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


class _Text(NamedTuple):
    """A text's words, in order, and how often it holds each stem and each gram."""

    tokens: list[str]
    stems: Mapping[str, int]
    grams: Mapping[str, int]
    gram_length: int


@lru_cache(maxsize=4096)
def _analysed(text: str) -> _Text:
    """Kept for the next question: the same sentences are read again and again."""
    tokens = analysis.tokens(text)
    grams = Counter(chain.from_iterable(map(analysis.word_grams, tokens)))
    return _Text(tokens, Counter(analysis.stems_of(tokens)), grams, grams.total())


@lru_cache(maxsize=1024)
def _capitals(text: str) -> frozenset[str]:
    """The stems of the words that are written with a capital, and of the figures."""
    figures = (token for token in _analysed(text).tokens if token[0].isdigit())
    return frozenset(map(analysis.stem, chain(map(str.lower, _CAPITALISED.findall(text)), figures)))


@lru_cache(maxsize=4096)
def _told(text: str, asks: Asks) -> tuple[frozenset[str], ...]:
    """The stems of each thing of the kind asked for that the text holds."""
    return tuple(frozenset(analysis.stems(text[start:end])) for start, end in entities.find(text, asks))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A term as it is looked for: its own stems, other ways to say it in one word and in more, and its sound.

    ``sound`` is empty where the corpus writes the word, which then is spelled as meant.
    """

    phrase: frozenset[str]
    named: bool
    words: frozenset[str]
    phrases: tuple[frozenset[str], ...]
    sound: str

    @classmethod
    def of(cls, term: Term, known: Container[str]) -> Self:
        """``known`` are the stems that the corpus writes."""
        strange = not any(stem in known for stem in term.phrase) and _least(term.sound) is not None
        return cls(
            phrase=frozenset(term.phrase),
            named=term.named,
            words=frozenset(phrase[0] for phrase in term.others if len(phrase) == 1),
            phrases=tuple(frozenset(phrase) for phrase in term.others if len(phrase) > 1),
            sound=term.sound if strange else "",
        )

    def worth(self, held: frozenset[str], text: str) -> float:
        """How far the text holds the term: 1 itself, less by another way to say it or by a like sound, 0 not at all.

        ``held`` are the question's stems that the text holds.
        """
        if self.phrase <= held:
            return 1.0 if not self.named or not self.phrase.isdisjoint(_capitals(text)) else _SMALL
        if not self.words.isdisjoint(held) or any(phrase <= held for phrase in self.phrases):
            return _OTHER_WAY
        return _alike(self.sound, _analysed(text).tokens) if self.sound else 0.0


class Reader:
    """Reads passages for one question; what depends on the question alone is computed once."""

    def __init__(self, lexical: Lexical, question: Question, expansion: tuple[float, float]) -> None:
        self._lexical = lexical
        self._question = question
        words, grams = question.expanded(*expansion)
        self._word_gains = lexical.sentence_words.gains(lexical.words, words, WORDS.k1)
        self._gram_gains = lexical.sentence_grams.gains(lexical.grams, grams, _SENTENCE_GRAMS.k1)
        terms = question.terms
        self._wanted = [_Wanted.of(term, lexical.words.vocabulary) for term in terms]
        self._stems = frozenset(stem for term in terms for phrase in (term.phrase, *term.others) for stem in phrase)
        self._heard = any(wanted.sound for wanted in self._wanted)
        self._own = frozenset(question.words)
        # Said by nothing but itself: a name, most often.
        self._plain = [not term.others for term in terms]
        self._shares = [term.weight for term in terms]
        self._terms = sum(self._shares) or 1.0
        self.weights = tuple(map(self._weight, terms))
        self._total = sum(self.weights) or 1.0

    def _weight(self, term: Term) -> float:
        """The term's idf; said another way it may be more frequent, and weighs what its most frequent way does."""
        idf = self._lexical.words.idf
        return term.weight * min(max(map(idf, phrase)) for phrase in (term.phrase, *term.others))

    def read(self, passage: Passage, article: Article) -> ReadPassage:
        """Read one passage; its article's title and its heading count as part of it."""
        texts = [passage.text[start - passage.start : end - passage.start] for start, end in passage.sentences]
        worths = list(map(self._worths, (f"{article.title}\n{passage.heading or ''}", *texts)))
        best = [max(values) for values in zip(*worths, strict=True)]
        lacking = [weight * (1 - worth) for weight, worth in zip(self.weights, best, strict=True)]
        named = [lack for lack, wanted in zip(lacking, self._wanted, strict=True) if wanted.named]
        return ReadPassage(
            passage=passage,
            article=article,
            coverage=1 - sum(lacking) / self._total if self.weights else 0.0,
            missing_name=max(named, default=0.0) / self._total,
            worths=tuple(best),
            sentences=tuple(
                self._sentence(span, text, own, before, worths[0])
                for span, text, own, before in zip(passage.sentences, texts, worths[1:], worths[:-1], strict=True)
            ),
        )

    def _worths(self, text: str) -> list[float]:
        """What each of the question's terms is worth in the text."""
        held = self._stems.intersection(_analysed(text).stems)
        if not held and not self._heard:
            return [0.0] * len(self._wanted)
        return [wanted.worth(held, text) for wanted in self._wanted]

    def _sentence(
        self, span: Span, text: str, own: list[float], before: list[float], frame: list[float]
    ) -> ReadSentence:
        """``own``, ``before``, ``frame``: what each term is worth in the sentence, in the one before, in the title."""
        words, grams = self._lexical.sentence_words, self._lexical.sentence_grams
        found = _analysed(text)
        return ReadSentence(
            span=span,
            text=text,
            words=words.score(found.stems, len(found.tokens), self._word_gains, WORDS),
            grams=grams.score(found.grams, found.gram_length, self._gram_gains, _SENTENCE_GRAMS),
            coverage=sum(map(mul, self.weights, own)) / self._total,
            bound=self._bound(own, before, frame),
            sought=0.0 if self._question.sought is None else own[self._question.sought],
            fits=self._fits(text),
        )

    def _bound(self, own: list[float], before: list[float], frame: list[float]) -> float:
        """The share of the terms that the sentence covers when its title and the sentence before it help with a name.

        Only a sentence that names nothing of the question takes its subject for granted ("la empresa", "el plan"): one
        that names Microsoft does not speak of Alibaba because its title does. What is said of a name must stand in it.
        """
        if not any(compress(own, self._plain)):
            own = [
                max(_TITLED * told, _BEFORE * said) if plain else worth
                for plain, worth, said, told in zip(self._plain, own, before, frame, strict=True)
            ]
        covered: float = sum(map(mul, self._shares, own))
        return covered / self._terms

    def _fits(self, text: str) -> bool:
        """Whether the sentence holds something of the kind asked for that the question does not say itself."""
        return not all(map(self._own.issuperset, _told(text, self._question.asks)))


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
        for text in (reading.article.title, *(sentence.text for sentence in reading.sentences)):
            for token in _analysed(text).tokens:
                heard.setdefault(analysis.sound(token), token)
    text = question.text
    for term in odd:
        if near := _nearest(term.sound, heard):
            text = re.sub(rf"\b{re.escape(term.text)}\b", heard[near[0]], text, flags=re.IGNORECASE)
    return text if text != question.text else None


def _alike(sound: str, tokens: Iterable[str]) -> float:
    """The similarity of the word that sounds most like ``sound``, or 0."""
    near = _nearest(sound, set(map(analysis.sound, tokens)))
    return 0.0 if near is None else near[1] if near[1] == 1 else near[1] * _OTHER_WAY


def _nearest(sound: str, sounds: Collection[str]) -> tuple[str, float] | None:
    least = _least(sound)
    if least is None:
        return None
    return (sound, 1.0) if sound in sounds else analysis.sounds_like(sound, sounds, least)


def _least(sound: str) -> float | None:
    """How similar a word must sound to be taken for this one; None where none is: figures are never alike."""
    if any(map(str.isdigit, sound)):
        return None
    return next((least for length, least in _ALIKE if len(sound) >= length), None)
