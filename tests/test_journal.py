"""What became of a question is told once, and what was asked only where an admin wants it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.admission import RefusedError, Why
from bot.answers import Answer, Citation, NotFound
from bot.desk import Reply
from bot.journal import Course, Journal, Outcome, Way
from bot.knowledge import BusyError
from bot.request import FIELDS
from index.records import Language, ModelError, QuestionError, Results, Span
from tests.fakes import corpus

ASKED = "¿cuánto invierte Alibaba?"
TIMES = {"understand": 0.123, "encode": 3.0, "search": 20.04, "answer": 1.0, "total": 1e9}


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "bot.journal"):
        yield


def told(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What a machine reads of the one line."""
    [record] = caplog.records
    fields: dict[str, Any] = getattr(record, FIELDS)
    return fields


def journal(*, questions: bool = False, ended: Callable[[Course], None] = lambda _course: None) -> Journal:
    return Journal(ended, questions=questions)


def reply(*, found: bool) -> Reply:
    first, second = corpus(2)
    outcome: Answer | NotFound
    if found:
        cited = tuple(
            Citation(number, article, Span(start, start + 5), article.text[start : start + 5], 1.0)
            for number, article, start in ((1, first, 0), (2, second, 0), (1, first, 20))
        )
        outcome = Answer(ASKED, Language.SPANISH, 0.9, (), cited)
    else:
        outcome = NotFound(ASKED, Language.SPANISH, 0.1, (first, second))
    return Reply(outcome, "20260101T000000Z-abc", dict(TIMES), Results(ASKED, Language.SPANISH, (), 0.9, found))


@pytest.mark.parametrize("found", [True, False])
def test_a_question_that_ended_is_one_line_with_its_stages_version_and_sources(
    caplog: pytest.LogCaptureFixture, found: bool
) -> None:
    with journal().follow(Way.COMMAND) as course:
        course.question = ASKED
        course.replied(reply(found=found))
        with course.timer.step("deliver"):
            pass
    fields = told(caplog)
    milliseconds = fields.pop("milliseconds")
    assert fields == {
        "way": "command",
        "outcome": "answered" if found else "not_found",
        "version": "20260101T000000Z-abc",
        "sources": 2 if found else 0,
    }
    # The question's own, not the search's.
    assert milliseconds["deliver"] <= milliseconds["total"] < TIMES["total"]
    assert list(milliseconds) == ["understand", "encode", "search", "answer", "deliver", "total"]
    assert list(milliseconds.values())[:4] == [0.1, 3.0, 20.0, 1.0]
    said = f"Question by command: {fields['outcome']} (ms: understand 0, encode 3, search 20, answer 1, deliver "
    assert said in caplog.text
    assert "Alibaba" not in caplog.text


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RefusedError(Why.BUSY), "busy"),
        (RefusedError(Why.SERVER_BUSY), "busy"),
        (BusyError(), "busy"),
        (RefusedError(Why.TOO_OFTEN, 3.0), "refused"),
        (RefusedError(Why.CHANNEL), "refused"),
        (QuestionError("It is empty."), "refused"),
        (ModelError("It is gone."), "failed"),
        (TimeoutError(), "failed"),
        (asyncio.CancelledError(), "failed"),
    ],
    ids=lambda each: each if isinstance(each, str) else repr(each),
)
def test_what_a_question_raises_is_how_it_ended_and_goes_on(
    caplog: pytest.LogCaptureFixture, error: BaseException, outcome: str
) -> None:
    def fail() -> None:
        with journal().follow(Way.MENTION) as course:
            course.question = ASKED
            raise error

    with pytest.raises(type(error)):
        fail()
    fields = told(caplog)
    assert (fields["way"], fields["outcome"], set(fields["milliseconds"])) == ("mention", outcome, {"total"})
    assert "Alibaba" not in str(fields) + caplog.text


def test_an_answer_that_cannot_be_sent_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    def send() -> None:
        with journal().follow(Way.MESSAGE) as course:
            course.replied(reply(found=True))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        send()
    assert told(caplog).items() >= {"outcome": "failed", "sources": 2}.items()


def test_what_was_asked_is_told_where_an_admin_wants_it(caplog: pytest.LogCaptureFixture) -> None:
    with journal(questions=True).follow(Way.MENU) as course:
        course.question = ASKED
        course.replied(reply(found=False))
    assert told(caplog)["question"] == ASKED
    assert "Alibaba" not in caplog.text


def test_what_was_no_question_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[Course] = []
    with journal(questions=True, ended=ended.append).follow(Way.MESSAGE):
        pass
    assert (caplog.records, ended) == ([], [])


def test_who_counts_questions_hears_of_each_when_it_has_ended() -> None:
    ended: list[Course] = []
    with journal(ended=ended.append).follow(Way.BUTTON) as course:
        course.replied(reply(found=True))
        assert ended == []
    assert ended == [course]
    assert (course.outcome, course.sources) == (Outcome.ANSWERED, 2)
    assert course.timer.milliseconds["total"] > 0
