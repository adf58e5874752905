"""``pregonero backup`` and ``restore``: all that a bot is made of into one file, and back."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import load_settings
from scripts.output import megabytes, remark, say
from scripts.progress import Tell, bars

if TYPE_CHECKING:
    from bot.backup.contents import Contents

_STEPS = {"copy": "Copying", "check": "Checking"}


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write: a tar, compressed where it ends in .gz or .tgz.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it is there already.")] = False,
) -> None:
    """Write index, articles and what the bot remembers to FILE.

    The bot may run meanwhile. Settings are left out, since they hold secrets: keep a copy of .env yourself.
    """
    from bot.backup.saving import save

    _clear_up_when_stopped()
    with _megabytes() as tell:
        saved = save(load_settings(), file, tell, force=force)
    say(f"{_summary(saved.contents)}: saved in {file}, {megabytes(saved.size)}.")
    if saved.skipped:
        remark(f"{len(saved.skipped):,} left out:")
    for skipped in saved.skipped:
        remark(f"  {skipped}")


def restore(
    file: Annotated[Path, typer.Argument(help="What `pregonero backup` has written.")],
    force: Annotated[
        bool, typer.Option("--force", help="Though articles, or what the bot remembers, are lost by it.")
    ] = False,
) -> None:
    """Put back what a backup holds; stop the bot first.

    The file is read and checked whole before anything is changed. The index that is published now is kept:
    `pregonero rollback` goes back to it.
    """
    from bot.backup.restoring import restore as put_back

    _clear_up_when_stopped()
    with _megabytes() as tell:
        restored = put_back(load_settings(), file, tell, force=force)
    say(f"{_summary(restored.contents)}: restored, the index as version {restored.version}.")
    if restored.problem:
        remark(restored.problem)


def _clear_up_when_stopped() -> None:
    """Have whoever stops this leave no copy of people's questions behind: what is half written is taken away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def _summary(contents: Contents) -> str:
    from bot.backup.contents import ARTICLES, STATE

    files = len(contents.under(ARTICLES))
    remembered = "what the bot remembers" if STATE in contents.members else "nothing remembered"
    return f"{files:,} article file{'' if files == 1 else 's'}, version {contents.version} of the index, {remembered}"


@contextmanager
def _megabytes() -> Iterator[Tell]:
    """Bars of what is told in bytes."""
    with bars() as tell:
        yield lambda step, done, total: tell(_STEPS[step], done // 1_000_000, -(-total // 1_000_000))
