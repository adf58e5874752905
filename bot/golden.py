"""Golden questions: what answers must say and cite, and what must not be answered; whether an answer is right by them.

A file of them is JSON Lines, an object a line::

    {"id": "a1", "question": "¿cuánto invierte Alibaba?", "answerable": true,
     "must_contain": [["52.44 mil millones", "380 mil millones"]], "article": "seeds/alibaba.txt"}

``must_contain`` lists what must be said, literally, each as one text or as several of which one will do; ``article``
is the end of the path of the article that must be cited, or several of which one will do. Both may be left out, as may
``id``, which is then the question; no two ids are the same. Other fields are ignored, but for those that are nearly
called as one of these.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answers import Answer, NotFound
from index.question import parse
from index.records import BuildError, KnowledgeError, QuestionError

NAMED = 3
_SHORT = 100
_FIELDS = ("id", "question", "answerable", "must_contain", "article")
# How alike a name must be to one of these, 0..1, to be taken for it misspelled.
_ALIKE = 0.85


class QuestionsError(KnowledgeError):
    """A file of questions cannot be used."""


class RegressionError(BuildError):
    """``questions`` are answered right by the published version and wrongly by the new one, which is not published.

    Where the published version could not be asked, ``unasked`` is why, with no full stop, and ``questions`` are all
    that the new one answers wrongly: nobody knows which of them went right before.
    """

    def __init__(self, questions: Sequence[str], unasked: str | None = None) -> None:
        many = len(questions) != 1
        first = f"The published version cannot be asked ({unasked}), and " if unasked else ""
        right = "" if unasked else f" that {'are' if many else 'is'} answered right now"
        super().__init__(
            f"{first}{len(questions)} golden question{'s' if many else ''}{right} would be answered wrongly, so the "
            f"new version is not published ({naming(questions)}): mend the articles, or run `pregonero build --force` "
            "to publish it all the same."
        )
        self.questions = tuple(questions)
        self.unasked = unasked


@dataclass(frozen=True, slots=True)
class Golden:
    """A question, and what an answer must say; to be refused unless ``answerable``.

    Of each of ``must_contain`` one text must be said, and an article whose path ends in one of ``articles`` cited.
    """

    id: str
    question: str
    answerable: bool
    must_contain: tuple[tuple[str, ...], ...]
    articles: tuple[str, ...]

    def is_right(self, outcome: Answer | NotFound) -> bool:
        """Whether the outcome is what was to come of the question."""
        if isinstance(outcome, NotFound) or not self.answerable:
            return isinstance(outcome, NotFound) and not self.answerable
        said = " ".join(statement.text for statement in outcome.statements)
        cited = {"/" + citation.article.path.replace("\\", "/") for citation in outcome.citations}
        return all(any(text in said for text in either) for either in self.must_contain) and (
            not self.articles or any(path.endswith(f"/{article}") for path in cited for article in self.articles)
        )


def naming(questions: Sequence[str]) -> str:
    """The first few of the questions for a sentence, in quotes, and how many more there are."""
    named = [f"«{shortened(each)}»" for each in questions[:NAMED]]
    more = len(questions) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


def shortened(question: str) -> str:
    """As much of a question as tells which one it is."""
    return question if len(question) <= _SHORT else f"{question[:_SHORT]}…"


def read_golden(file: Path) -> tuple[Golden, ...]:
    """Read golden questions; raises ``QuestionsError`` where the file cannot be read or a line is not as above."""
    found: list[Golden] = []
    lines: dict[str, int] = {}
    for number, line in _lines(file):
        golden = _golden(file, number, line)
        first = lines.setdefault(golden.id, number)
        if first != number:
            raise _unusable(file, number, f"its id, or its question where it has none, is that of line {first} too")
        found.append(golden)
    return tuple(found)


def read_questions(file: Path) -> tuple[str, ...]:
    """The questions of a file of golden ones, or of a text with a question a line; raises ``QuestionsError``."""
    lines = list(_lines(file))
    if lines[0][1].startswith("{"):
        return tuple(each.question for each in read_golden(file))
    return tuple(_askable(file, number, line) for number, line in lines)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise QuestionsError(f"{file} cannot be read ({error.strerror}): name a file of questions.") from error
    except UnicodeDecodeError as error:
        raise QuestionsError(f"{file} is not UTF-8 text: save it again as UTF-8.") from error
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise QuestionsError(f"{file} holds no question: write one a line.")
    yield from found


def _golden(file: Path, number: int, line: str) -> Golden:
    try:
        given = json.loads(line)
        given = given if isinstance(given, dict) else {}
        _spelled(given)
        if not isinstance(given.get("question"), str):
            raise TypeError("`question` must be a text")
        if not isinstance(given.get("answerable"), bool):
            raise TypeError("`answerable` must be true or false")
        must_contain = given.get("must_contain", [])
        if not isinstance(must_contain, list):
            raise TypeError("`must_contain` must be a list")
        question = _askable(file, number, given["question"])
        return Golden(
            id=str(given.get("id") or question),
            question=question,
            answerable=given["answerable"],
            must_contain=tuple(_either(each) for each in must_contain),
            articles=tuple(each.removeprefix("./") for each in _texts("article", given.get("article", []))),
        )
    except TypeError as error:
        reason = str(error)
    except (ValueError, RecursionError):
        reason = "it is not JSON"
    raise _unusable(file, number, reason)


def _unusable(file: Path, number: int, reason: str) -> QuestionsError:
    return QuestionsError(f"{file}, line {number}, is no golden question ({reason}): mend or delete that line.")


def _spelled(given: Iterable[str]) -> None:
    """Refuse a misspelled field: it would be ignored, and what it asks for never looked at."""
    for name in given:
        if name not in _FIELDS and (meant := difflib.get_close_matches(name.lower(), _FIELDS, 1, _ALIKE)):
            raise TypeError(f"{name!a:.40} must be called `{meant[0]}`")


def _either(given: Any) -> tuple[str, ...]:
    texts = _texts("must_contain", given)
    if not texts:
        raise TypeError("`must_contain` has a list without texts")
    return texts


def _texts(name: str, given: Any) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(each, str) and each.strip() for each in texts):
        raise TypeError(f"`{name}` must hold texts that are not empty")
    return tuple(texts)


def _askable(file: Path, number: int, question: str) -> str:
    """The question as it is asked: on one line, without characters that nobody sees."""
    try:
        return parse(question).text
    except QuestionError as error:
        raise QuestionsError(f"{file}, line {number}: {error}") from error
