"""``pregonero``: the command line.

Exit codes: 0 done, 2 wrong usage, 130 interrupted, 1 anything else, with one line on standard error that says what to
do. Each command loads what it needs when it runs, so that help and ``status`` come at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.grounded.errors import GroundingError
from bot.settings import SettingsError
from index.records import KnowledgeError
from scripts.ask import ask
from scripts.backup import backup, restore
from scripts.bench import bench
from scripts.build import build
from scripts.chat import chat
from scripts.diff import diff
from scripts.doctor import doctor
from scripts.evaluate import evaluate
from scripts.output import remark, say
from scripts.rollback import rollback
from scripts.status import status
from scripts.verify import verify

_INTERRUPTED = 130


class Commands(TyperGroup):
    """The commands; what goes wrong in one of them ends here, as one line and an exit code."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Typer's own class, by its public name
        """Run a command."""
        try:
            result = super().invoke(ctx)
            _flush()
        except (KnowledgeError, SettingsError, GroundingError) as error:
            remark(str(error))
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(_INTERRUPTED) from error
        except BrokenPipeError as error:
            _abandon_output()
            raise typer.Exit(1) from error
        except OSError as error:
            remark(_sentence(error))
            _finish_output()
            raise typer.Exit(1) from error
        return result


def _sentence(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}: free space or fix the permissions, then try again."


def _flush() -> None:
    """Write what is left now: a full disk or a closed pipe that shows only at exit has nobody to report it."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _finish_output() -> None:
    try:
        _flush()
    except OSError:
        _abandon_output()


def _abandon_output() -> None:
    """Lead standard output nowhere, so that the interpreter does not fail once more when it flushes it at exit."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        say(f"pregonero {version('pregonero')}")
    except PackageNotFoundError:
        say("pregonero, run from its source without being installed")
    raise typer.Exit


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Typer's coloured help imports rich, which takes as long as everything else.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Answers questions about announcements and news articles, citing every sentence."""


app.command()(build)
app.command()(ask)
app.command()(chat)
app.command()(status)
app.command()(verify)
app.command()(rollback)
app.command()(backup)
app.command()(restore)
app.command()(diff)
app.command()(doctor)
app.command("eval")(evaluate)
app.command()(bench)

if __name__ == "__main__":
    app()
