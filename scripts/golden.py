"""Golden questions asked of the published index: how many are answered right, and what was said to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.answers import Answer, NotFound
from bot.desk import Desk
from scripts.output import printable

if TYPE_CHECKING:
    from bot.golden import Golden


@dataclass(frozen=True, slots=True)
class Asked:
    """A golden question and what came of it."""

    golden: Golden
    outcome: Answer | NotFound

    @property
    def right(self) -> bool:
        """Whether that is what was to come of it."""
        return self.golden.is_right(self.outcome)


def ask(questions: Sequence[Golden], desk: Desk, progress: Callable[[int, int], None]) -> tuple[Asked, ...]:
    """Ask each question; ``progress`` is told how many are done, and of how many."""
    asked = []
    for done, golden in enumerate(questions):
        progress(done, len(questions))
        asked.append(Asked(golden, desk.ask(golden.question).outcome))
    return tuple(asked)


def rows(asked: Sequence[Asked]) -> list[tuple[str, str, str]]:
    """Name, value, and how many questions it stands on."""
    return [
        (name, f"{right / of:.4f}" if of else "-", f"{of:,}")
        for name, (right, of) in zip(("right", "refused"), _counts(asked), strict=True)
    ]


def as_json(asked: Sequence[Asked], version: str) -> dict[str, Any]:
    """The object that ``--json`` prints; ``right`` holds ids, a share of nothing is null."""
    shares = {
        name: {"value": round(right / of, 6) if of else None, "count": right, "of": of}
        for name, (right, of) in zip(("answerable_right", "unanswerable_refused"), _counts(asked), strict=True)
    }
    return {
        "index_version": version,
        **shares,
        "right": [each.golden.id for each in asked if each.right],
        "wrong": [_wrong(each) for each in asked if not each.right],
    }


def lines(asked: Sequence[Asked]) -> list[str]:
    """Each question that is wrong, with what was said and what should have been."""
    found = []
    for each in (one for one in asked if not one.right):
        found.append(printable(f"{each.golden.id}  {each.golden.question}"))
        said = _said(each.outcome)
        found.append(printable(f"    said: {said or 'nothing, it was refused'}"))
        found.append(printable(f"    should: {_should(each.golden)}"))
    return found


def _counts(asked: Sequence[Asked]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many are right, and of how many: of the answerable ones, of the others."""
    parts = [[each for each in asked if each.golden.answerable is answerable] for answerable in (True, False)]
    first, second = ((sum(each.right for each in part), len(part)) for part in parts)
    return first, second


def _wrong(asked: Asked) -> dict[str, Any]:
    golden = asked.golden
    cited = asked.outcome.citations if isinstance(asked.outcome, Answer) else ()
    return {
        "id": golden.id,
        "question": golden.question,
        "answerable": golden.answerable,
        "must_contain": [list(either) for either in golden.must_contain],
        "said": _said(asked.outcome),
        "cited": list(dict.fromkeys(citation.article.path for citation in cited)),
    }


def _said(outcome: Answer | NotFound) -> str | None:
    return " ".join(each.text for each in outcome.statements) if isinstance(outcome, Answer) else None


def _should(golden: Golden) -> str:
    if not golden.answerable:
        return "be refused"
    said = " and ".join(" or ".join(f"«{text}»" for text in either) for either in golden.must_contain)
    cited = " or ".join(golden.articles)
    return ", ".join(part for part in (f"say {said}" if said else "", f"cite {cited}" if cited else "") if part) or (
        "be answered"
    )
