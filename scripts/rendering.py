"""An answer as JSON, as plain text, and for a terminal.

Text of articles is data: control characters are taken out, and nothing in it is read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.answers import Answer, Citation, NotFound, Statement
from bot.desk import Reply
from bot.texts import TEXTS
from index.records import Article
from scripts.output import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from bot.conversation.understanding import Understood
    from bot.grounded.written import Written

_INDENT = 4


def as_json(reply: Reply, understood: Understood | None = None) -> dict[str, Any]:
    """The object that ``--json`` prints; ``answer`` is Markdown, times are milliseconds.

    ``understood_as`` is the question in full where it was a follow-up; ``writer`` tells of the language model, if one
    was asked.
    """
    outcome = reply.outcome
    answer = outcome.text if isinstance(outcome, Answer) else TEXTS[outcome.language].not_found
    citations = outcome.citations if isinstance(outcome, Answer) else ()
    near = outcome.near if isinstance(outcome, NotFound) else ()
    return {
        "question": understood.question if understood else outcome.question,
        **(_understood(understood) if understood and understood.differs else {}),
        "language": outcome.language,
        "status": "answered" if isinstance(outcome, Answer) else "not_found",
        "confidence": round(outcome.confidence, 4),
        "answer": answer,
        "citations": [_citation(citation) for citation in citations],
        "near": [{"title": article.title, "url": article.url, "path": article.path} for article in near],
        **({"writer": _writer(reply.written)} if reply.written else {}),
        "index_version": reply.version,
        "timings_ms": {step: round(value, 2) for step, value in reply.timings_ms.items()},
    }


def _understood(understood: Understood) -> dict[str, Any]:
    return {"understood_as": understood.standalone, "understood_by": "model" if understood.rewritten else "rules"}


def _writer(written: Written) -> dict[str, Any]:
    return {
        "model": written.model,
        "sentences": written.sentences,
        "dropped": [list(flaws) for flaws in written.dropped],
        "input_tokens": written.usage.input_tokens,
        "output_tokens": written.usage.output_tokens,
        "cached": written.cached,
        "failure": written.failure,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    article = citation.article
    return {
        "number": citation.number,
        "article_id": article.id,
        "title": article.title,
        "publisher": article.publisher,
        "published": article.published,
        "url": article.url,
        "path": article.path,
        "quote": citation.quote,
        "start": citation.span.start,
        "end": citation.span.end,
        "score": round(citation.score, 4),
    }


def as_plain(outcome: Answer | NotFound) -> str:
    """Lines for a pipe or a file: nothing is wrapped, and nothing but text is in them."""
    texts = TEXTS[outcome.language]
    if isinstance(outcome, NotFound):
        lines = [texts.not_found]
        if outcome.near:
            lines += ["", texts.near]
        for article in outcome.near:
            lines += [f"  - {_title(article, outcome)}", *(f"    {place}" for place in _places(article))]
        return "\n".join(lines)
    lines = [f"{printable(statement.text)} {_marks(statement)}" for statement in outcome.statements]
    lines += ["", texts.sources]
    for number, citations in _by_number(outcome):
        article = citations[0].article
        lines.append(f"[{number}] {_heading(article, outcome)}")
        lines += [f"    {place}" for place in _places(article)]
        lines += [f"    «{printable(citation.quote)}»" for citation in citations]
    if outcome.written:
        lines += ["", texts.written]
    return "\n".join(lines)


def show(outcome: Answer | NotFound, console: Console) -> None:
    """Write the outcome to a terminal: what is asked for in bold, links to follow, lines as wide as it is."""
    from rich.padding import Padding
    from rich.text import Text

    texts = TEXTS[outcome.language]

    def inside(text: Text) -> None:
        console.print(Padding(text, (0, 0, 0, _INDENT)))

    if isinstance(outcome, NotFound):
        console.print(Text(texts.not_found))
        if outcome.near:
            console.print(Text(f"\n{texts.near}", style="bold"))
        for article in outcome.near:
            console.print(Text(f"  - {_title(article, outcome)}"))
            for place in _places(article):
                inside(_place(place))
        return
    for statement in outcome.statements:
        console.print(_emphasised(statement))
    console.print(Text(f"\n{texts.sources}", style="bold"))
    for number, citations in _by_number(outcome):
        article = citations[0].article
        console.print(Text.assemble((f"[{number}]", "cyan"), f" {_heading(article, outcome)}"))
        for place in _places(article):
            inside(_place(place))
        for citation in citations:
            inside(Text(f"«{printable(citation.quote)}»", style="italic"))
    if outcome.written:
        console.print(Text(f"\n{texts.written}", style="dim"))


def _emphasised(statement: Statement) -> Text:
    from rich.text import Text

    text, end = Text(), 0
    for span in sorted(statement.bold):
        text.append(printable(statement.text[end : span.start]))
        text.append(printable(statement.text[span.start : span.end]), style="bold")
        end = span.end
    text.append(f"{printable(statement.text[end:])} ")
    return text.append(_marks(statement), style="cyan")


def _place(place: str) -> Text:
    from rich.text import Text

    link = f" link {place}" if place.startswith(("http://", "https://")) else ""
    # The terminal itself breaks an address, so that it can be copied whole.
    return Text(place, style=f"dim{link}", no_wrap=True, overflow="ignore")


def _marks(statement: Statement) -> str:
    return "".join(f"[{number}]" for number in statement.numbers)


def _by_number(answer: Answer) -> Iterator[tuple[int, Sequence[Citation]]]:
    ordered = sorted(answer.citations, key=lambda citation: citation.number)
    for number, citations in groupby(ordered, key=lambda citation: citation.number):
        yield number, list(citations)


def _title(article: Article, outcome: Answer | NotFound) -> str:
    return printable(article.title) or TEXTS[outcome.language].untitled


def _heading(article: Article, outcome: Answer | NotFound) -> str:
    parts = (_title(article, outcome), printable(article.publisher or ""), printable(article.published or ""))
    return " · ".join(part for part in parts if part)


def _places(article: Article) -> Iterator[str]:
    """Where the article is: on the web, where that is known, and in its file."""
    if article.url:
        yield printable(article.url)
    yield printable(article.path)
