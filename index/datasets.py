"""Questions whose right paragraph and answer are known, from SQuAD-format JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.records import Article, KnowledgeError, Span


class DatasetError(KnowledgeError):
    """A file is not an evaluation data set."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``sentences`` is empty where the file gives no sentence breaks."""

    text: str
    title: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, the row of its paragraph, and its gold answers; ``answer_at`` is where the first one starts."""

    id: str
    text: str
    paragraph: int
    answers: tuple[str, ...]
    answer_at: int | None
    group: int

    @property
    def answerable(self) -> bool:
        """Whether its paragraph answers it."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Paragraphs and the questions on them."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[LabelledQuestion, ...]

    def articles(self) -> list[Article]:
        """One article a paragraph, in order."""
        return [
            Article(
                id=hashlib.sha256(f"{row}\0{paragraph.text}".encode()).hexdigest()[:16],
                path=f"paragraph/{row}",
                title="",
                text=paragraph.text,
            )
            for row, paragraph in enumerate(self.paragraphs)
        ]


def read_dataset(file: Path) -> Dataset:
    """Read SQuAD v1.1 or v2.0 JSON, with or without ``sentence_breaks``.

    Raises:
        DatasetError: the file cannot be read or has another shape.
    """
    paragraphs: list[Paragraph] = []
    questions: list[LabelledQuestion] = []
    for group, entry in enumerate(_entries(file)):
        try:
            for paragraph in entry["paragraphs"]:
                questions.extend(_question(qa, len(paragraphs), group) for qa in paragraph["qas"] if not _lost(qa))
                title = str(entry.get("title") or "")
                paragraphs.append(Paragraph(str(paragraph["context"]), title, tuple(_sentences(paragraph))))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(f"{file} is not SQuAD-format JSON ({type(error).__name__}: {error}).") from error
    if not questions:
        raise DatasetError(f"{file} holds no question.")
    return Dataset(tuple(paragraphs), tuple(questions))


def _entries(file: Path) -> Sequence[Mapping[str, Any]]:
    try:
        loaded = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(f"{file} cannot be read ({error.strerror}): give a SQuAD-format JSON file.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file} is not JSON: give a SQuAD-format JSON file.") from error
    entries = loaded.get("data") if isinstance(loaded, dict) else None
    if not isinstance(entries, list):
        raise DatasetError(f"{file} is not SQuAD-format JSON: it must be an object with a list `data`.")
    return entries


def _sentences(paragraph: Mapping[str, Any]) -> Iterator[Span]:
    """The spans of a paragraph's sentences: as given, or found from the sentences' texts, or none."""
    if paragraph.get("sentence_breaks"):
        yield from (Span(int(start), int(end)) for start, end in paragraph["sentence_breaks"])
        return
    at = 0
    for sentence in paragraph.get("sentences") or ():
        at = paragraph["context"].index(sentence, at)
        yield Span(at, at + len(sentence))
        at += len(sentence)


def _question(qa: Mapping[str, Any], paragraph: int, group: int) -> LabelledQuestion:
    answers = [] if qa.get("is_impossible") else [answer for answer in qa["answers"] if _is_said(answer)]
    return LabelledQuestion(
        id=str(qa["id"]),
        text=str(qa["question"]),
        paragraph=paragraph,
        answers=tuple(str(answer["text"]) for answer in answers),
        answer_at=int(answers[0]["answer_start"]) if answers else None,
        group=group,
    )


def _is_said(answer: Mapping[str, Any]) -> bool:
    """Whether the answer is one: machine translation leaves some empty."""
    return bool(str(answer["text"]).strip())


def _lost(qa: Mapping[str, Any]) -> bool:
    """Whether the question had answers and machine translation left none: it is neither answered nor unanswerable."""
    answers = [] if qa.get("is_impossible") else qa["answers"]
    return bool(answers) and not any(map(_is_said, answers))


def read_off_topic(file: Path) -> list[str]:
    """Questions of a TSV of id and text.

    Raises:
        DatasetError: the file cannot be read or a line has no tab.
    """
    try:
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read as UTF-8 text ({error}).") from error
    if any(len(row) < 2 for row in rows):
        raise DatasetError(f"{file} must hold an id, a tab and a question on every line.")
    return [row[1].strip() for row in rows]


def reworded(dataset: Dataset, other: Dataset) -> Dataset:
    """The same paragraphs with the questions' texts of another file, matched by id.

    Raises:
        DatasetError: no question of the other file is one of these.
    """
    texts = {question.id: question.text for question in other.questions}
    questions = tuple(replace(q, text=texts[q.id]) for q in dataset.questions if q.id in texts)
    if not questions:
        raise DatasetError("No question of the --questions file has an id of the evaluated file: give its translation.")
    return Dataset(dataset.paragraphs, questions)
