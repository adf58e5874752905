"""What is checked, what it is checked against, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from index.records import Language
from index.sentences import split_sentences


class Flaw(StrEnum):
    """Why a sentence falls."""

    EMPTY = "empty"
    TOO_LONG = "too long"
    UNKNOWN_SOURCE = "unknown source"
    LINK = "link"
    MENTION = "mention"
    MARKUP = "markup"
    LANGUAGE = "language"
    QUOTE = "quote"
    FIGURE = "figure"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that may be cited; ``published`` is its article's ISO 8601 date, where known.

    ``sentences`` are the passage's own, in order; where none are given, the text is cut into some.
    """

    id: str
    text: str
    title: str
    language: Language
    published: str | None
    sentences: tuple[str, ...] = ()

    def cut(self) -> tuple[str, ...]:
        """The sentences that can be quoted, in order."""
        return self.sentences or tuple(self.text[start:end] for start, end in split_sentences(self.text))


class Quote(NamedTuple):
    """A sentence that bears another one out: its source, and its place among ``Source.cut()``."""

    source: str
    place: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence, what is wrong with it, and the quotes that bear it out together; it stands where nothing is wrong.

    ``sources`` are the known ones that it cites, in order.
    """

    text: str
    sources: tuple[str, ...]
    flaws: tuple[Flaw, ...]
    quotes: tuple[Quote, ...] = ()
