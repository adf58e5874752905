"""The answers that two versions of the index give to the same questions, where they are not the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bot.answers import Answer, NotFound
from bot.desk import Desk
from bot.texts import TEXTS
from index.records import Article
from scripts.output import printable

_STYLES = {"-": "red", "+": "green", " ": ""}


@dataclass(frozen=True, slots=True)
class Change:
    """A question and its answers in the two versions."""

    question: str
    before: Answer | NotFound
    after: Answer | NotFound


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed from the version ``before`` to the version ``after`` among the answers to ``asked`` questions."""

    before: str
    after: str
    asked: int
    changes: tuple[Change, ...]

    @property
    def unchanged(self) -> int:
        """How many questions are answered the same."""
        return self.asked - len(self.changes)


def compare(before: Desk, after: Desk, questions: Sequence[str], progress: Callable[[int, int], None]) -> Differences:
    """Ask both; an answer is another one when its sentences, what each of them cites, or a source is.

    ``progress`` is told how many are done, and of how many.
    """
    changes = []
    for done, question in enumerate(questions):
        progress(done, len(questions))
        change = Change(question, before.ask(question).outcome, after.ask(question).outcome)
        if _told(change.before) != _told(change.after):
            changes.append(change)
    return Differences(before.version, after.version, len(questions), tuple(changes))


def as_json(found: Differences) -> dict[str, Any]:
    """The object that ``--json`` prints; ``answer`` is Markdown, and null for a refusal."""
    return {
        "before": found.before,
        "after": found.after,
        "questions": found.asked,
        "unchanged": found.unchanged,
        "changed": [
            {"question": each.question, "before": _outcome(each.before), "after": _outcome(each.after)}
            for each in found.changes
        ],
    }


def rows(found: Differences) -> Iterator[tuple[str, str]]:
    """Lines to show, each with its style on a terminal: what was said in red, what is said now in green, the sum."""
    for change in found.changes:
        yield printable(change.question), "bold"
        articles = [*_sources(change.before), *_sources(change.after)]
        before, after = (list(_lines(outcome, articles)) for outcome in (change.before, change.after))
        for mark, line in _marked(before, after):
            yield f"{mark} {line}", _STYLES[mark]
        yield "", ""
    answers = "answer" if found.asked == 1 else "answers"
    changed = f"{len(found.changes):,} of {found.asked:,} {answers} changed from {found.before} to {found.after}"
    yield f"{changed}; {found.unchanged:,} unchanged.", ""


def _marked(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The lines of both, each once, with whether it was said before, is said now, or both."""
    for _, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same = before[start:end] == after[new_start:new_end]
        yield from ((" " if same else "-", line) for line in before[start:end])
        if not same:
            yield from (("+", line) for line in after[new_start:new_end])


def _told(outcome: Answer | NotFound) -> Any:
    """All that makes it the answer it is; to be compared, and nothing else."""
    if isinstance(outcome, NotFound):
        return None
    sentences = [(each.text, each.numbers) for each in outcome.statements]
    return sentences, [(each.path, each.title, each.url) for each in _sources(outcome)]


def _sources(outcome: Answer | NotFound) -> list[Article]:
    """Each article that is cited, in the order of their numbers."""
    citations = outcome.citations if isinstance(outcome, Answer) else ()
    articles = {each.number: each.article for each in citations}
    return [articles[number] for number in sorted(articles)]


def _named(article: Article, others: Sequence[Article]) -> str:
    """Its title, or its path where it has none; with its path and its address where another of that name has others."""
    name = article.title or article.path
    alike = [each for each in others if (each.title or each.path) == name]
    told = [article.path] if len({each.path for each in alike}) > 1 else []
    told += [article.url or "no address"] if len({each.url for each in alike}) > 1 else []
    return f"{name} ({', '.join(told)})" if told else name


def _outcome(outcome: Answer | NotFound) -> dict[str, Any]:
    if isinstance(outcome, NotFound):
        return {"status": "not_found", "answer": None, "sources": []}
    sources = [{"title": each.title, "url": each.url, "path": each.path} for each in _sources(outcome)]
    return {"status": "answered", "answer": outcome.text, "sources": sources}


def _lines(outcome: Answer | NotFound, articles: Sequence[Article]) -> Iterator[str]:
    """What was said and its sources, named so as to be told from the other ``articles`` of both answers."""
    if isinstance(outcome, NotFound):
        yield TEXTS[outcome.language].not_found
        return
    for statement in outcome.statements:
        yield f"{printable(statement.text)} {''.join(f'[{number}]' for number in statement.numbers)}"
    for number, source in enumerate(_sources(outcome), 1):
        yield f"    [{number}] {printable(_named(source, articles))}"
