"""``pregonero ask``: a question in, a cited answer out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import load_settings
from index.records import QuestionError
from scripts import options
from scripts.output import is_terminal, printable, remark, say, say_json
from scripts.progress import waiting

if TYPE_CHECKING:
    from bot.conversation.understanding import Understood
    from bot.desk import Desk, Reply
    from scripts.talking import Talk

LINES = "-"


def ask(
    question: Annotated[str, typer.Argument(help="What to ask; - reads one question a line from standard input.")],
    as_json: options.AsJson = False,
    conversation: Annotated[
        bool, typer.Option("--conversation", help="With -, understand each question from those before it.")
    ] = False,
    index: options.Index = None,
    top: options.Top = options.TOP,
) -> None:
    """Answer a question from the articles, with its sources.

    Exit code 0 means answered or honestly not found. With -, a question that cannot be asked gives
    {"question", "status": "error", "error"} (without --json, a line on standard error), the others go on, and the
    exit code is 1. Write -- before a question that begins with a dash.
    """
    from bot.desk import open_desk
    from scripts.talking import Talk
    from scripts.writing import open_pen

    if question != LINES:
        from index.question import parse

        parse(question)  # nothing is loaded for a question that cannot be asked
    settings = load_settings()
    with waiting("Opening the index"):
        desk = open_desk(index or settings.index_dir, settings.embedding_model, top, cache=settings.cache_file.parent)
    with open_pen(settings) as pen:
        if question != LINES:
            reply, _ = Talk(desk, pen).ask(question)
            _print(_with_opening(reply, desk), as_json)
        elif not _ask_lines(Talk(desk, pen), as_json, conversation):
            raise typer.Exit(1)


def question_lines() -> Iterator[str]:
    """The lines of standard input as they come, as UTF-8; none where it was closed."""
    if sys.stdin is not None:
        for line in sys.stdin.buffer:
            yield line.decode("utf-8", "replace").rstrip("\r\n")


def _ask_lines(talk: Talk, as_json: bool, conversation: bool) -> bool:
    """Answer each line of standard input; whether all of them could be asked."""
    from scripts.talking import Talk

    fine = True
    for number, question in enumerate(question_lines(), 1):
        try:
            reply, understood = (talk if conversation else Talk(talk.desk, talk.pen)).ask(question)
        except QuestionError as error:
            fine = False
            if as_json:
                say_json({"question": question, "status": "error", "error": str(error)})
            else:
                remark(f"Line {number}: {error}")
            continue
        if number > 1 and not as_json:
            say("")
        _print(_with_opening(reply, talk.desk) if number == 1 else reply, as_json, understood)
    return fine


def _with_opening(reply: Reply, desk: Desk) -> Reply:
    """The first reply had to wait for the index and the model."""
    from dataclasses import replace

    opening = desk.opening.milliseconds
    timings = {**opening, **reply.timings_ms, "total": opening["load"] + reply.timings_ms["total"]}
    return replace(reply, timings_ms=timings)


def _print(reply: Reply, as_json: bool, understood: Understood | None = None) -> None:
    from scripts import rendering

    if as_json:
        say_json(rendering.as_json(reply, understood))
    else:
        show(reply, understood)


def show(reply: Reply, understood: Understood | None = None) -> None:
    """Write the answer for people: with emphasis and links on a terminal, as plain text elsewhere."""
    from bot.texts import TEXTS
    from scripts import rendering

    if understood and understood.differs:
        say(printable(TEXTS[reply.outcome.language].understood.format(question=understood.standalone)))
    if is_terminal(sys.stdout):
        from rich.console import Console

        rendering.show(reply.outcome, Console(highlight=False))
    else:
        say(rendering.as_plain(reply.outcome))
