"""Question and hits in, a cited answer or an honest "not found" out. Pure: nothing is read, written or remembered.

The answer is made of the articles' own sentences, best first, each with the number of the article it stands in. One
fact told by two articles is one sentence with two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from index import analysis, entities
from index.entities import Asks
from index.question import Question, parse
from index.records import Article, Language, Results, ScoredSentence, Span

MAX_SENTENCES = 3
MAX_NEAR = 3
# A further sentence must score this share of the best one: it answers too, rather than being merely near.
_CLOSE = 0.82
# Two sentences tell one fact when this share of the shorter one's content stands in the other, figures included.
_SAME_FACT = 0.6


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence stands: ``article.text[span.start:span.end] == quote``. One number an article."""

    number: int
    article: Article
    span: Span
    quote: str
    score: float


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer; ``bold`` are spans of ``text`` that the question asks for."""

    text: str
    bold: tuple[Span, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say, and where; ``written`` by a language model, or in their own words."""

    question: str
    language: Language
    confidence: float
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    written: bool = False

    @property
    def text(self) -> str:
        """The answer in Markdown: what is asked for in bold, ``[n]`` after each sentence."""
        return "\n".join(
            f"{embolden(s.text, s.bold)} {''.join(f'[{number}]' for number in s.numbers)}" for s in self.statements
        )


@dataclass(frozen=True, slots=True)
class NotFound:
    """The articles do not say; ``near`` are the articles whose passages came closest."""

    question: str
    language: Language
    confidence: float
    near: tuple[Article, ...]


def _escaped(text: str) -> str:
    return re.sub(r"\*|\[(?=\d+\])", r"\\\g<0>", text)


def embolden(text: str, spans: Iterable[Span], escape: Callable[[str], str] = _escaped) -> str:
    """Put ``**`` around the spans, which must not overlap; ``escape`` is applied to the text inside and outside them.

    By default what looks like our own marks is escaped.
    """
    parts, at = [], 0
    for start, end in sorted(spans):
        parts += [escape(text[at:start]), f"**{escape(text[start:end])}**"]
        at = end
    return "".join([*parts, escape(text[at:])])


@dataclass(frozen=True, slots=True)
class _Candidate:
    article: Article
    sentence: ScoredSentence


def compose(results: Results) -> Answer | NotFound:
    """Make the answer that the results support, or say that they support none."""
    candidates = [_Candidate(article, sentence) for article, sentence in results.sentences_by_score()]
    if not results.answerable or not candidates:
        return not_found(results)
    asked = parse(results.question)
    facts = _facts(candidates, asked)
    numbers: dict[str, int] = {}
    for fact in facts:
        for candidate in fact:
            numbers.setdefault(candidate.article.id, len(numbers) + 1)
    statements = tuple(
        Statement(
            text=fact[0].sentence.text,
            bold=tuple(asked_for(fact[0].sentence.text, asked)),
            numbers=tuple(dict.fromkeys(numbers[candidate.article.id] for candidate in fact)),
        )
        for fact in facts
    )
    citations = tuple(
        Citation(numbers[c.article.id], c.article, c.sentence.span, c.sentence.text, c.sentence.score)
        for fact in facts
        for c in fact
    )
    return Answer(results.question, results.language, results.confidence, statements, citations)


def not_found(results: Results) -> NotFound:
    """That the articles do not say, with those that came closest, each once, nearest first."""
    near = {hit.article.id: hit.article for hit in results.hits}
    return NotFound(results.question, results.language, results.confidence, tuple(near.values())[:MAX_NEAR])


def _facts(candidates: Sequence[_Candidate], asked: Question) -> list[list[_Candidate]]:
    """Group the sentences that score close to the best by the fact they tell; one sentence an article in each group.

    Where the best one holds what is asked for, so must the others: near the subject is not yet an answer.
    """
    best = candidates[0].sentence
    least = best.score - abs(best.score) * (1 - _CLOSE)
    pointed = bool(asked_for(best.text, asked))
    facts: list[list[_Candidate]] = []
    for candidate in candidates:
        text = candidate.sentence.text
        if candidate.sentence.score < least:
            break
        if pointed and not asked_for(text, asked):
            continue
        same = next((fact for fact in facts if _same_fact(fact[0].sentence.text, text)), None)
        if same is None:
            if len(facts) < MAX_SENTENCES:
                facts.append([candidate])
        elif all(candidate.article.id != known.article.id for known in same):
            same.append(candidate)
    return facts


def _same_fact(one: str, other: str) -> bool:
    """Whether most of the shorter sentence's words stand in the longer one, and neither has figures of its own."""
    shorter, longer = sorted((_content(one), _content(other)), key=len)
    if not shorter:
        return one == other
    fewer, more = sorted(({stem for stem in words if stem[0].isdigit()} for words in (shorter, longer)), key=len)
    return fewer <= more and len(shorter & longer) >= _SAME_FACT * len(shorter)


def _content(text: str) -> set[str]:
    """Stems of the words of four letters or more, and of figures."""
    return {analysis.stem(token) for token in analysis.tokens(text) if len(token) > 3 or token[0].isdigit()}


_MONEY = re.compile(r"[$€£¥]|d[óo]lar|euro|yuan|peso|libra|yen|dollar|pound|USD|EUR", re.IGNORECASE)
_SHARE = re.compile(r"%|por ciento|per ?cent|porcentual", re.IGNORECASE)
_ASKS_SHARE = re.compile(r"porcentaje|por ciento|%|proporci|percent|share")
_TIME = re.compile(
    r"\b(?:años?|mes|meses|semanas?|días?|horas?|minutos?|years?|months?|weeks?|days?|hours?)\b", re.IGNORECASE
)
_ASKS_TIME = re.compile(r"\btiempo\b|\bedad\b|\bhow (?:long|old)\b|\b(?:years|months|weeks|days|hours)\b")
_ASKS_COUNT = re.compile(r"\b(?:cuant[oa]s?|how many) (?!mil)([a-z]+)")


def asked_for(sentence: str, asked: Question) -> list[Span]:
    """The spans of a sentence that answer the question's kind; of several kinds of figures, the kind it means."""
    spans = [s for s in entities.find(sentence, asked.asks) if not asked.says(sentence[s.start : s.end])]
    if asked.asks is Asks.NAME:
        # Where a person or a company is asked for, a place is told by the way.
        places = entities.find(sentence, Asks.PLACE)
        return [span for span in spans if span not in places] or spans
    if asked.asks is not Asks.QUANTITY or len(spans) <= 1:
        return spans
    question = analysis.fold(asked.text.lower())

    def chosen(pattern: re.Pattern[str]) -> list[Span]:
        return [span for span in spans if pattern.search(sentence[span.start : span.end])]

    if _ASKS_SHARE.search(question):
        return chosen(_SHARE) or spans
    if unit := _ASKS_COUNT.search(question):
        stem = analysis.stem(unit.group(1))
        counted = [s for s in spans if stem in analysis.stems(sentence[s.start : s.end])]
        if counted:
            return counted
    if _ASKS_TIME.search(question):
        return chosen(_TIME) or spans
    return chosen(_MONEY) or chosen(_SHARE) or spans
