"""``pregonero chat``: question after question, with history and line editing on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import load_settings
from index.records import Language, QuestionError
from scripts import options
from scripts.output import is_terminal, remark, say
from scripts.progress import waiting

if TYPE_CHECKING:
    from scripts.talking import Talk

LEAVE = frozenset(("/salir", "/exit"))


def chat(index: options.Index = None, top: options.Top = options.TOP) -> None:
    """Answer one question after another, follow-ups too.

    Ctrl-C clears the line, Ctrl-D or /salir leaves. Where standard input is no terminal, every line of it is a
    question.
    """
    from bot.desk import open_desk
    from scripts.talking import Talk
    from scripts.writing import open_pen

    settings = load_settings()
    with waiting("Opening the index"):
        desk = open_desk(index or settings.index_dir, settings.embedding_model, top, cache=settings.cache_file.parent)
    with open_pen(settings) as pen:
        _talk(Talk(desk, pen), settings.history_file)


def _talk(talk: Talk, history: Path) -> None:
    from bot.texts import TEXTS
    from scripts.ask import question_lines, show

    texts = TEXTS[Language.SPANISH]
    talking = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    if talking:
        say(texts.chat_hint)
    for line in typed_lines(texts.ask_prompt, history) if talking else question_lines():
        if line.strip() in LEAVE:
            break
        if not line.strip():
            continue
        try:
            reply, understood = talk.ask(line)
        except QuestionError as error:
            remark(str(error))
            continue
        texts = TEXTS[reply.outcome.language]
        show(reply, understood)
        say("")
    if talking:
        say(texts.goodbye)


def typed_lines(prompt: str, history: Path) -> Iterator[str]:
    """The lines that are typed, until Ctrl-D; Ctrl-C gives up a line, not the conversation."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    kept: History
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        kept = FileHistory(history)
    except OSError as error:
        remark(f"{history} cannot be written ({error.strerror}): what is typed is not kept.")
        kept = InMemoryHistory()
    session: PromptSession[str] = PromptSession(f"{prompt}> ", history=kept)
    while True:
        try:
            yield session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
