"""The questions that ``scripts/tune.py`` fits on, each with what is right about it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import entities, evaluate
from index.records import Article

ARTICLES = Path(__file__).parent / "articles"
QUESTIONS = Path(__file__).parent / "questions.jsonl"

# Our own questions are few and of the kind that people ask; each counts as several from the encyclopedia.
OWN_WEIGHT = 12.0
_OWN_FOLDS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to one corpus, with what is right about it; ``group`` keeps an article's questions in one fold."""

    text: str
    corpus: str
    group: str
    kind: str
    answerable: bool
    right: Callable[[Article, str, int], bool] | None = None
    weight: float = 1.0


def holds_answer(paragraph: str, start: int) -> Callable[[Article, str, int], bool]:
    """A text is right when it is the paragraph's and the gold answer begins inside it."""
    return lambda article, text, at: article.path == paragraph and at <= start < at + len(text)


def contains(path: str, wanted: Sequence[Sequence[str]]) -> Callable[[Article, str, int], bool]:
    """A text is right when it is the article's and holds one of the first strings wanted."""
    return lambda article, text, _: article.path.endswith(path) and any(string in text for string in wanted[0])


def from_dataset(dataset: evaluate.Dataset, corpus: str, kind: str) -> list[Asked]:
    """The questions of a SQuAD file, asked of all its paragraphs."""
    paths = [article.path for article in dataset.articles()]
    return [
        Asked(
            q.text,
            corpus,
            f"{kind}{q.group}",
            kind if q.answerable else "impossible",
            q.answerable,
            holds_answer(paths[q.paragraph], q.answer_at) if q.answer_at is not None else None,
        )
        for q in dataset.questions
    ]


def own_questions() -> list[Asked]:
    """The project's own short questions."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [
        Asked(
            row["question"],
            "own",
            f"own{position % _OWN_FOLDS}",
            "own" if row["answerable"] else "own-refused",
            row["answerable"],
            contains(row["article"], row["must_contain"]) if row["answerable"] else None,
            OWN_WEIGHT,
        )
        for position, row in enumerate(rows)
    ]


def small_corpora(dataset: evaluate.Dataset, language: str, seed: random.Random) -> list[Asked]:
    """Each article alone as a corpus: its own questions, others', and its own with a name or a subject changed."""
    groups = sorted({q.group for q in dataset.questions})
    by_group = {group: [q for q in dataset.questions if q.group == group] for group in groups}
    names = {group: sorted({n for q in by_group[group] for n in _names(q.text)}) for group in groups}
    asked = []
    for group in groups:
        corpus, fold = f"article{group}", f"{language}{group}"
        asked += [Asked(q.text, corpus, fold, "alone", True) for q in by_group[group]]
        strangers = [q for other in groups if other != group for q in by_group[other]]
        for q in seed.sample(strangers, 25):
            asked.append(Asked(q.text, corpus, fold, "stranger", False))
            theirs = _names(q.text)
            if theirs and names[group]:
                swapped = q.text.replace(theirs[-1], seed.choice(names[group]))
                asked.append(Asked(swapped, corpus, fold, "other subject", False))
        abroad = [name for other in groups if other != group for name in names[other] if name not in names[group]]
        for q in seed.sample(by_group[group], min(20, len(by_group[group]))):
            if mine := _names(q.text):
                swapped = q.text.replace(mine[-1], seed.choice(abroad))
                asked.append(Asked(swapped, corpus, fold, "other name", False))
    return asked


def _names(text: str) -> list[str]:
    return [text[start:end] for start, end in entities.names(text)]
