"""Building the index anew, in this process for the command line and in one of its own for the bot.

The bot's process answers questions meanwhile: embedding would take its interpreter, and PyTorch a gigabyte of its
memory for good. The other process tells on standard output, a JSON object a line, how far it is and what came of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.golden import RegressionError, read_golden
from bot.guard import Guard, Verdict
from bot.settings import Settings, SettingsError, load_settings
from index.records import BuildError, BuildLockedError, KnowledgeError

if TYPE_CHECKING:
    from index.build import BuildReport
    from index.sources import Corpus
    from index.stages import Stage

# Bytes of one line of what the other process tells: every skipped file may be named in it.
_LINE = 1 << 24

READING = "read"
ASKING = "ask"
Tell = Callable[[str, int, int], None]
"""Told the name of a step (``READING``, a ``Stage`` or ``ASKING``), how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What was read and what a build did; ``verdict`` is the golden questions', None where none were asked."""

    corpus: Corpus
    report: BuildReport
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a build in a process of its own came to."""

    version: str
    articles: int
    passages: int
    skipped: tuple[str, ...]
    up_to_date: bool


def index_articles(
    roots: Sequence[str],
    folder: Path,
    model: str,
    cache: Path,
    tell: Tell,
    *,
    golden: Path | None = None,
    force: bool = False,
) -> Indexed:
    """Read the articles in ``roots`` and publish an index of them in ``folder``. Raises ``KnowledgeError``.

    Where a question of the file ``golden`` would be answered worse than now, nothing is published and
    ``RegressionError`` raised; ``force`` publishes whatever happens.
    """
    questions = read_golden(golden) if golden else ()
    from index.sources import read_articles

    corpus = read_articles(roots, lambda done, total: tell(READING, done, total))
    # Later than the articles: it takes longer than finding that there are none.
    from index import build
    from index.encoder import open_encoder

    encoder = open_encoder(model, cache.parent)
    guard = Guard(questions, folder, encoder, partial(tell, ASKING), force) if questions else None

    def progress(stage: Stage, done: int, total: int) -> None:
        tell(stage, done, total)

    report = build.build(
        corpus.articles,
        folder,
        encoder,
        cache=cache,
        roots=roots,
        progress=progress,
        force=force,
        accept=guard.accept if guard else None,
    )
    return Indexed(corpus, report, guard.verdict if guard else None)


async def rebuild(tell: Tell) -> Rebuilt:
    """Build with the settings that this process was given, in another one.

    Raises ``BuildLockedError`` where another build is under way, ``RegressionError`` where golden questions would be
    answered worse, ``BuildError`` for all else that keeps it from ending.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
        # Ctrl-C on the bot's terminal is for the bot, which ends this process itself.
        start_new_session=True,
    )
    last: dict[str, object] = {}
    try:
        while line := await _line(process):
            last = json.loads(line)
            if "step" in last:
                tell(str(last["step"]), int(str(last["done"])), int(str(last["total"])))
        await process.wait()
    finally:
        if process.returncode is None:
            # What was published stays: a build that is killed leaves no trace in the index.
            process.kill()
            await process.wait()
    if process.returncode:
        raise _failure(last)
    built: Any = last["built"]
    return Rebuilt(**{**built, "skipped": tuple(built["skipped"])})


def _failure(told: Mapping[str, Any]) -> BuildError:
    if told.get("worse"):
        return RegressionError(told["worse"], told.get("unasked"))
    kind = BuildLockedError if told.get("locked") else BuildError
    return kind(str(told.get("error", "The build ended early: look at the log for why.")))


async def _line(process: asyncio.subprocess.Process) -> bytes:
    """The next line of what it says; empty once it has ended."""
    return await process.stdout.readline() if process.stdout else b""


def main() -> int:
    """Build, and tell of it on standard output."""

    def say(**values: object) -> None:
        print(json.dumps(values), flush=True)  # noqa: T201 - this process speaks to the bot by its standard output

    try:
        settings: Settings = load_settings()
        indexed = index_articles(
            settings.articles_dirs,
            settings.index_dir,
            settings.embedding_model,
            settings.cache_file,
            lambda step, done, total: say(step=step, done=done, total=total),
            golden=settings.golden_questions,
        )
    except RegressionError as error:
        say(worse=error.questions, unasked=error.unasked)
        return 1
    except (SettingsError, KnowledgeError) as error:
        say(error=str(error), locked=isinstance(error, BuildLockedError))
        return 1
    report = indexed.report
    say(
        built={
            "version": report.version,
            "articles": report.articles,
            "passages": report.passages,
            "skipped": [str(each) for each in indexed.corpus.skipped],
            "up_to_date": report.up_to_date,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
