"""``pregonero doctor``: whether everything that is needed is there, a line each, with what to do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options
from scripts.output import is_terminal, printable, say, say_json

if TYPE_CHECKING:
    from bot.checkup import Finding

_LOOKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}
_NAME_WIDTH = 17


def doctor(
    online: Annotated[
        bool,
        typer.Option(
            "--online", help="Also ask Discord about the token, and open a model of the hub, which may download it."
        ),
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Check everything it takes to run, and say what to do.

    Says what to do about each trouble, and changes nothing. Exits with 1 if there is a problem; warnings are none.
    """
    from bot.checkup import State, examine

    show = _nothing if as_json else _colourful() if is_terminal(sys.stdout) else _plain
    found = []
    for finding in examine(network=online):
        found.append(finding)
        show(finding)
    states = Counter(finding.state for finding in found)
    if as_json:
        say_json({"ok": not states[State.PROBLEM], "findings": [asdict(finding) for finding in found]})
    else:
        say(_summary(states[State.PROBLEM], states[State.WARNING]))
    if states[State.PROBLEM]:
        raise typer.Exit(1)


def _summary(problems: int, warnings: int) -> str:
    counts = [
        f"{number or 'no'} {what}{'' if number == 1 else 's'}"
        for number, what in ((problems, "problem"), (warnings, "warning"))
    ]
    return f"{' and '.join(counts).capitalize()}."


def _nothing(_finding: Finding) -> None:
    """Show it later."""


def _plain(finding: Finding) -> None:
    say(f"{finding.state:8} {finding.name:{_NAME_WIDTH}} {printable(str(finding))}")


def _colourful() -> Callable[[Finding], None]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    marks = not console.options.ascii_only

    def show(finding: Finding) -> None:
        mark, colour = _LOOKS[finding.state]
        said = Text(f"{printable(finding.sentence)}.")
        if finding.advice:
            advice = printable(finding.advice)
            said.append(f"\n{'→ ' if marks else ''}{advice[:1].upper()}{advice[1:]}.", style="bold")
        # A grid for each, so that a line shows as soon as it is known and wraps under its own beginning.
        grid = Table.grid(padding=(0, 1))
        for width in (len("✓ warning"), _NAME_WIDTH, None):
            grid.add_column(width=width)
        grid.add_row(Text(f"{mark if marks else ''} {finding.state}", style=colour), finding.name, said)
        console.print(grid)

    return show
