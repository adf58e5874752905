"""How far a long step is, on standard error, where somebody looks at it; gone when the step ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scripts.output import is_terminal

Tell = Callable[[str, int, int], None]
"""Told the name of a step, how much of it is done, and of how much."""


@contextmanager
def bars() -> Iterator[Tell]:
    """Show a bar for each step told of, until the block ends; show nothing where standard error is no terminal."""
    if not is_terminal(sys.stderr):
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=None)
            # A step of one piece only pulses: nobody knows how far it is.
            progress.update(tasks[step], completed=done, total=total if total > 1 or done else None)

        yield tell


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show ``what`` is being done until the block ends; nothing where standard error is no terminal."""
    if not is_terminal(sys.stderr):
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def _nothing(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
