"""What a version of the index says of things known by name: the passages that references point into, all titles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.message.layout import Shown
from bot.references import Reference
from index.records import Passage, Span

if TYPE_CHECKING:
    from index.snapshot import Snapshot


def cited_passages(snapshot: Snapshot, references: Iterable[Reference]) -> tuple[Shown, ...]:
    """The passages that hold the sentences, in the references' order, each once with all its sentences cited.

    A reference to what this version no longer says is left out: its article is gone, or was written anew.
    """
    found: dict[str, tuple[Passage, list[Span]]] = {}
    for reference in references:
        passages = snapshot.passages_of(reference.article)
        passage = next((each for each in passages if reference.span in each.sentences), None)
        if passage:
            found.setdefault(passage.id, (passage, []))[1].append(reference.span)
    return tuple(
        Shown(article, passage, tuple(quotes))
        for passage, quotes in found.values()
        if (article := snapshot.article(passage.article_id))
    )


def quoted(snapshot: Snapshot, references: Iterable[Reference]) -> str:
    """The sentences that the references point to, those this version still says."""
    sentences = (
        shown.article.text[start:end] for shown in cited_passages(snapshot, references) for start, end in shown.quotes
    )
    return " ".join(sentences)


def titles(snapshot: Snapshot) -> tuple[str, ...]:
    """The titles of all articles, in the index's order."""
    return tuple(str(snapshot.articles.values(row)["title"]) for row in range(len(snapshot.articles)))
