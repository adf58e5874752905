"""What became of each question, told once when it has ended: how, by way of what, and how long each stage took.

Of what was asked nothing is told, unless an admin wants it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.admission import RefusedError, Why
from bot.answers import Answer
from bot.desk import Reply, Timer
from bot.knowledge import BusyError
from bot.request import FIELDS
from index.records import QuestionError

_log = logging.getLogger(__name__)


class Way(StrEnum):
    """How a question came."""

    COMMAND = "command"
    MENU = "menu"
    MENTION = "mention"
    MESSAGE = "message"
    BUTTON = "button"


class Outcome(StrEnum):
    """How a question ended; ``REFUSED`` also where it was none."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    BUSY = "busy"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(slots=True)
class Course:
    """What a question has gone through so far; without an outcome it was no question.

    ``version`` is the index's, "" where it was not looked up; ``sources`` is how many articles are cited.
    """

    way: Way
    question: str = ""
    outcome: Outcome | None = None
    version: str = ""
    sources: int = 0
    timer: Timer = field(default_factory=Timer)

    def replied(self, reply: Reply) -> None:
        """Note what was found, and how long that took."""
        self.outcome = Outcome.NOT_FOUND
        if isinstance(reply.outcome, Answer):
            self.outcome = Outcome.ANSWERED
            self.sources = len({each.article.id for each in reply.outcome.citations})
        self.version = reply.version
        self.timer.milliseconds |= {name: taken for name, taken in reply.timings_ms.items() if name != "total"}


class Journal:
    """Tells of questions; what was asked too where ``questions`` is true. ``ended`` is called with each course."""

    def __init__(self, ended: Callable[[Course], None], *, questions: bool) -> None:
        self._ended = ended
        self._questions = questions

    @contextmanager
    def follow(self, way: Way) -> Iterator[Course]:
        """The block serves a question; what it raises is how that ended."""
        course, began = Course(way), time.perf_counter()
        try:
            yield course
        except BaseException as error:
            course.outcome = _outcome(error)
            raise
        finally:
            if course.outcome:
                course.timer.milliseconds["total"] = (time.perf_counter() - began) * 1000
                self._tell(course, course.outcome)
                self._ended(course)

    def _tell(self, course: Course, outcome: Outcome) -> None:
        passed = {name: round(taken, 1) for name, taken in course.timer.milliseconds.items()}
        fields: dict[str, Any] = {"way": course.way, "outcome": outcome, "milliseconds": passed}
        if course.version:
            fields |= {"version": course.version, "sources": course.sources}
        if self._questions and course.question:
            fields["question"] = course.question
        stages = ", ".join(f"{name} {taken:.0f}" for name, taken in passed.items())
        rests = f", version {course.version}, sources {course.sources}" if course.version else ""
        _log.info("Question by %s: %s (ms: %s)%s.", course.way, outcome, stages, rests, extra={FIELDS: fields})


def _outcome(error: BaseException) -> Outcome:
    match error:
        case BusyError() | RefusedError(why=Why.BUSY | Why.SERVER_BUSY):
            return Outcome.BUSY
        case RefusedError() | QuestionError():
            return Outcome.REFUSED
        case _:
            return Outcome.FAILED
