"""The words of an answer and of its sources, cut to the room there is: Markdown, and nothing of Discord's library.

Rooms are in UTF-16 code units, as ``bot.message.excerpts`` counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.answers import Answer, Citation
from bot.message.credits import credit, title_of
from bot.message.escape import clean, clean_with_spans
from bot.message.excerpts import Excerpt, excerpt, pages, width
from bot.texts import Texts
from index.records import Article, Passage, Span

FIELD = 1024
"""The room that Discord gives to a field."""

_QUESTION, _TITLE = 500, 100
_MAX_SOURCES = 8
_LEAST_QUOTE = 20
# Beside its text, a field has a name.
_NAME = 8
_PAGE, _PAGE_PART, _PAGE_PARTS = 5800, 3900, 10


@dataclass(frozen=True, slots=True)
class Sources:
    """A text for each source that there is room for, their numbers, and whether nothing was left out."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One cited passage to show whole; ``quotes`` are spans of ``article.text``."""

    article: Article
    passage: Passage
    quotes: tuple[Span, ...]


def lay_question(question: str, understood: str, article: Article | None, texts: Texts) -> str:
    """The question as a quoted line; where it was understood as another, small lines that say so.

    ``article`` is the one that the conversation is about, where the answer comes from it.
    """
    asked = f"> {_in_line(question, _QUESTION)}"
    if not understood:
        return asked
    lines = [asked, f"-# {texts.understood.format(question=_in_line(understood, _QUESTION))}"]
    if article:
        lines.append(f"-# {texts.understood_in.format(article=_in_line(title_of(article, texts), _TITLE))}")
    return "\n".join(lines)


def _in_line(text: str, room: int) -> str:
    return excerpt(clean(text, line=True), room).markdown or "…"


def lay_statements(answer: Answer, shown: Sequence[int], room: int) -> Excerpt:
    """The answer's sentences, a line each, with the numbers of the sources ``shown``."""
    lines, whole = [], True
    for at, statement in enumerate(answer.statements):
        marks = "".join(f"[{each}]" for each in statement.numbers if each in shown)
        text, bold = clean_with_spans(statement.text, statement.bold, line=True)
        share = room // (len(answer.statements) - at) - len(f" {marks}\n")
        part = excerpt(text, share, bold)
        lines.append(f"{part.markdown} {marks}")
        room -= width(f"{lines[-1]}\n")
        whole &= part.whole
    return Excerpt("\n".join(lines), whole)


def lay_sources(answer: Answer, texts: Texts, room: int) -> Sources:
    """The sources in the order of their numbers; every sentence of the answer keeps its first."""
    ordered = sorted(answer.citations, key=lambda each: each.number)
    cited = {number: list(group) for number, group in groupby(ordered, key=lambda each: each.number)}
    firsts = {statement.numbers[0] for statement in answer.statements if statement.numbers}
    shown = sorted(sorted(cited, key=lambda number: (number not in firsts, number))[:_MAX_SOURCES])
    whole = len(shown) == len(cited)
    sources = []
    for at, number in enumerate(shown):
        source = _source(number, cited[number], texts, min(FIELD, room // (len(shown) - at) - _NAME))
        sources.append(source.markdown)
        room -= width(source.markdown) + _NAME
        whole &= source.whole
    if len(shown) < len(cited):
        sources.append(texts.more_sources.format(count=len(cited) - len(shown)))
    return Sources(tuple(sources), tuple(shown), whole)


def _source(number: int, citations: Sequence[Citation], texts: Texts, room: int) -> Excerpt:
    first = citations[0]
    mark, around = f"[{number}] ", len("\n«»")
    lines = [mark + credit(first.article, first.quote, texts, room - len(mark) - around - _LEAST_QUOTE)]
    room -= width(lines[0])
    whole = True
    for at, citation in enumerate(citations):
        share = room // (len(citations) - at) - around
        if share < _LEAST_QUOTE:
            return Excerpt("\n".join(lines), False)
        quote = excerpt(clean(citation.quote, line=True), share)
        lines.append(f"«{quote.markdown}»")
        room -= width(quote.markdown) + around
        whole &= quote.whole
    return Excerpt("\n".join(lines), whole)


def lay_passages(shown: Iterable[Shown], texts: Texts) -> list[list[str]]:
    """The cited passages, each under its article's title, what is quoted in bold: pages of parts, nothing left out."""
    return _bound(
        part
        for each in shown
        for part in _whole(
            each,
            each.passage.text,
            [Span(start - each.passage.start, end - each.passage.start) for start, end in each.quotes],
            texts,
        )
    )


def lay_quotes(shown: Iterable[Shown], texts: Texts) -> list[list[str]]:
    """The cited sentences alone, in the same form."""
    return _bound(
        part
        for each in shown
        for part in _whole(each, "\n".join(f"«{each.article.text[slice(*span)]}»" for span in each.quotes), [], texts)
    )


def _whole(shown: Shown, text: str, bold: Sequence[Span], texts: Texts) -> Iterator[str]:
    quoted = shown.article.text[slice(*shown.quotes[0])] if shown.quotes else ""
    head = credit(shown.article, quoted, texts)
    cleaned, moved = clean_with_spans(text, bold)
    for part in pages(cleaned, _PAGE_PART - width(head), moved) if cleaned else ("",):
        yield f"{head}\n{part}"


def _bound(parts: Iterable[str]) -> list[list[str]]:
    """The parts in order, as many to a page as a message has room for."""
    bound: list[list[str]] = []
    room = 0
    for part in parts:
        if not bound or len(bound[-1]) == _PAGE_PARTS or width(part) > room:
            bound.append([])
            room = _PAGE
        bound[-1].append(part)
        room -= width(part)
    return bound
