"""``pregonero diff``: which answers changed between two versions of the index."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import Settings, SettingsError, load_settings
from index import publish
from index.records import IndexMissingError
from scripts import options
from scripts.output import is_terminal, say, say_json
from scripts.progress import bars

if TYPE_CHECKING:
    from bot.desk import Desk

_VERSION = "A version's id (`pregonero status` names the two there are), current, or previous."


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help=_VERSION)] = "previous",
    b: Annotated[str, typer.Argument(metavar="B", help="The version to compare it with, named the same ways.")] = (
        "current"
    ),
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What to ask: golden questions, or a question a line. [default: GOLDEN_QUESTIONS]"
        ),
    ] = None,
    index: options.Index = None,
    as_json: options.AsJson = False,
) -> None:
    """Show which answers changed between two versions of the index.

    An answer is another one when its sentences, the sources that each of them cites, or a source's path, title or
    address are; what no language model wrote is compared. The exit code is 0 whether anything changed or not.
    """
    settings = load_settings()
    asked = _questions(questions, settings)
    folder = index or settings.index_dir
    before, after = (_desk(folder, name, settings) for name in (a, b))
    from scripts import differences

    with bars() as tell:
        found = differences.compare(before, after, asked, lambda done, total: tell("Asking", done, total))
    if as_json:
        say_json(differences.as_json(found))
    else:
        _show(differences.rows(found))


def _show(rows: Iterable[tuple[str, str]]) -> None:
    if not is_terminal(sys.stdout):
        for line, _ in rows:
            say(line)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line, style in rows:
        console.print(Text(line, style))


def _questions(file: Path | None, settings: Settings) -> tuple[str, ...]:
    from bot.golden import read_questions

    file = file or settings.golden_questions
    if file is None:
        raise SettingsError("There is nothing to ask: give --questions FILE, or set GOLDEN_QUESTIONS.")
    return read_questions(file)


def _desk(folder: Path, name: str, settings: Settings) -> Desk:
    version = _version(folder, name)
    # Later: it takes longer than finding that there is no such version.
    from bot.versions import open_version_desk
    from index.encoder import open_encoder

    encoder = open_encoder(settings.embedding_model, settings.cache_file.parent)
    return open_version_desk(folder, version, encoder)


def _version(folder: Path, name: str) -> str:
    current = publish.current_version(folder)
    there = [each.id for each in publish.versions(folder)]
    if name == "current":
        return current
    if name == "previous":
        older = [each for each in there if each < current]
        if not older:
            others = [each for each in there if each != current]
            way = f"name one of {', '.join(others)}" if others else "build again, and there are two to compare"
            raise IndexMissingError(f"{folder} has no version before the current one, {current}: {way}.")
        return older[0]
    if name not in there:
        raise IndexMissingError(
            f"There is no version {name!a:.60} in {folder}: give current, previous or one of {', '.join(there)}."
        )
    return name
