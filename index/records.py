"""What the stages hand one another, and what can go wrong between them.

    articles -> passages -> a version on disk -> a snapshot -> hits

Every record is frozen: a stage takes records and returns records. Offsets count Unicode code points
of ``Article.text``, end exclusive, as Python slices do.

Errors carry data and read as one sentence that says what to do::

    KnowledgeError
    ├── SourceError           one file cannot be used; it is skipped, with its reason
    ├── EmptyCorpusError      no article is left to index
    ├── ModelError            the embedding model is unknown, missing, altered, or of another dimension
    ├── QuestionError         the question is empty or too long
    ├── BuildError            the new version could not be written or published; the old one stands
    │   └── BuildLockedError  another build is under way
    └── SnapshotError         there is no version to open
        ├── IndexMissingError     nothing was ever published there
        ├── IndexFormatError      written by another release
        └── IndexDamagedError     a file is missing, short, altered or not to be read
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class KnowledgeError(Exception):
    """Base of everything ``index`` raises on purpose; ``str(error)`` is fit to show."""


def reason_and_advice(error: Exception) -> tuple[str, str]:
    """An error's sentence without its full stop, in two: what is wrong and, behind the last colon, what to do or ""."""
    reason, colon, advice = str(error).removesuffix(".").rpartition(": ")
    return (reason, advice) if colon else (advice, "")


class SourceError(KnowledgeError):
    """One file cannot be read as an article."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class EmptyCorpusError(KnowledgeError):
    """Nothing is left to index."""


class ModelError(KnowledgeError):
    """The embedding model cannot be used."""


class QuestionError(KnowledgeError):
    """The question cannot be searched for."""


class BuildError(KnowledgeError):
    """A version could not be written or published."""


class BuildLockedError(BuildError):
    """Another process is building the same index."""


class SnapshotError(KnowledgeError):
    """No version can be opened."""


class IndexMissingError(SnapshotError):
    """No version was published in the folder."""


class IndexFormatError(SnapshotError):
    """The version was written in a format this release does not read."""


_ANEW = "run `pregonero build` to write the index again, or `pregonero rollback` to go back"


class IndexDamagedError(SnapshotError):
    """A file of the index is missing, short, altered or not to be read."""

    def __init__(self, path: str, reason: str) -> None:
        forbidden = os.strerror(errno.EACCES) in reason
        advice = "let this user read it" if forbidden else _ANEW
        super().__init__(f"{path} {reason}: {advice}.")
        self.path = path
        self.reason = reason


class Language(StrEnum):
    """A language that questions are asked and answered in."""

    SPANISH = "es"
    ENGLISH = "en"


class Span(NamedTuple):
    """A half-open range of code points in an article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One announcement or news article, its page furniture already taken off.

    ``path`` is the file's path as it was given; ``published`` is an ISO 8601 date; ``headings`` are the spans of
    ``text`` that are section headings, in order.
    """

    id: str
    path: str
    title: str
    text: str
    lang: str = "es"
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    author: str | None = None
    headings: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one section of one article: ``text == article.text[start:end]``.

    ``sentences`` are spans of the article's text, in order, inside ``[start, end)``.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    heading: str | None
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit; ``span`` counts in the article's text. Higher scores are better."""

    span: Span
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with its sentences best first. Higher scores are better."""

    passage: Passage
    article: Article
    score: float
    sentences: tuple[ScoredSentence, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found: hits best first, and how likely it is that they answer the question, 0..1."""

    question: str
    language: Language
    hits: tuple[Hit, ...]
    confidence: float
    answerable: bool

    def sentences_by_score(self) -> list[tuple[Article, ScoredSentence]]:
        """Every sentence of the hits with its article, best first, each once though passages overlap."""
        best: dict[tuple[str, Span], tuple[Article, ScoredSentence]] = {}
        for hit in self.hits:
            for sentence in hit.sentences:
                key = (hit.article.id, sentence.span)
                if key not in best or best[key][1].score < sentence.score:
                    best[key] = (hit.article, sentence)
        return sorted(best.values(), key=lambda found: (-found[1].score, found[0].id, found[1].span))


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a version: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself; the fields of ``manifest.json``.

    ``corpus`` is the fingerprint of everything the version was made from (article files' contents and paths,
    split parameters, model, code format): two builds with one fingerprint would write the same version.
    """

    format: int
    version: str
    built_at: str
    corpus: str
    model: str
    model_revision: str
    dimension: int
    query_prompt: str
    document_prompt: str
    target_chars: int
    max_chars: int
    overlap_sentences: int
    vector_index: str
    articles: int
    passages: int
    sentences: int
    roots: tuple[str, ...]
    files: dict[str, FileEntry]
