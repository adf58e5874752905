"""Rows 4 and 10: the whole way from a question to its message, and the bot while its index is built anew.

Either is measured in a process of its own, ``python -m scripts.benchmark.serving`` and ``python -m tests.measure_bot``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bot.admission import Place
from bot.knowledge import Knowledge
from bot.reception import Reception
from bot.store import GuildSettings, open_store
from bot.suggestions import Suggestions
from index.bert import cores
from index.records import Language
from scripts.benchmark.figures import Rebuilding, Serving
from scripts.benchmark.rounds import spaced
from scripts.benchmark.workers import ROOT, BenchError, last_line, surroundings
from scripts.output import say_json

CONCURRENT = (1, 32)

# QUEUE_SIZE's default. What runs counts with what waits: 32 at once fill it, and none is refused.
_QUEUE = 32
_MANY, _FEW = 400, 40
_ROUNDS = 3
# A run of everything takes under a minute.
_PATIENCE = 300.0
_WARM_UP = 10
_SERVER = GuildSettings(1)
_PLACE = Place(1, 1, frozenset((1,)), 1, frozenset(), Language.SPANISH, private=False, threads=True)
_NO_TESTS = (
    "The bot was not watched while its index is built anew: the Discord to do that with is a checkout's folder `tests`."
)


def measure_serving(folder: Path, model: str, questions: Sequence[str], *, quick: bool = False) -> tuple[Serving, ...]:
    """Ask up to 400 of the questions of the index in ``folder``, with each of ``CONCURRENT`` at once.

    Raises ``BenchError``.
    """
    asked = {"folder": str(folder), "model": model, "questions": spaced(questions, _FEW if quick else _MANY)}
    return tuple(Serving(**row) for row in _rows("scripts.benchmark.serving", given=json.dumps(asked)))


def measure_rebuilding(*, quick: bool = False) -> tuple[tuple[Rebuilding, ...], tuple[str, ...]]:
    """The bot at rest and while it builds, and what was left out: all of it where the folder ``tests`` is missing.

    Raises ``BenchError``.
    """
    if not (ROOT / "tests" / "measure_bot.py").exists():
        return (), (_NO_TESTS,)
    rows = _rows("tests.measure_bot", *(["--quick"] if quick else []))
    return tuple(Rebuilding(**row) for row in rows), ()


def _rows(module: str, *args: str, given: str = "") -> list[dict[str, Any]]:
    """Run a module in a process of its own and return the rows that it printed. Raises ``BenchError``."""
    settings = [f"{name}={value}" for name, value in surroundings(cores()).items()]
    command = [shutil.which("env") or "env", *settings, sys.executable, "-m", module, *args]
    try:
        done = subprocess.run(  # noqa: S603 - this project's own module
            command, cwd=ROOT, input=given, capture_output=True, encoding="utf-8", check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"`python -m {module}` took more than {_PATIENCE:.0f} s.") from error
    if done.returncode:
        last = last_line(done.stderr)
        raise BenchError(f"`python -m {module}` ended with exit code {done.returncode}: {last}.")
    rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return rows


async def serve(folder: Path, model: str, questions: Sequence[str]) -> list[Serving]:
    """Ask all questions, as the bot does when they come from a server's channel, with each of ``CONCURRENT`` at once.

    In three rounds, each of which turns the order round; figures are over all of them.
    """
    turns: dict[int, list[_Turn]] = {concurrent: [] for concurrent in CONCURRENT}
    with tempfile.TemporaryDirectory(prefix="pregonero-") as place:
        async with Knowledge(folder, model, _QUEUE) as knowledge, open_store(Path(place) / "state.sqlite") as store:
            reception = Reception(knowledge, store, Suggestions(), None)
            await _ask_all(reception, questions[:_WARM_UP], 1)
            for number in range(_ROUNDS):
                for concurrent in CONCURRENT[:: -1 if number % 2 else 1]:
                    turns[concurrent].append(await _ask_all(reception, questions, concurrent))
    return [_serving(concurrent, each) for concurrent, each in turns.items()]


class _Turn(NamedTuple):
    """Milliseconds each question waited, and seconds until all were answered."""

    waits: list[float]
    seconds: float


def _serving(concurrent: int, turns: Sequence[_Turn]) -> Serving:
    waits = [wait for turn in turns for wait in turn.waits]
    p50, p99 = np.percentile(waits, (50, 99))
    return Serving(concurrent, len(waits), float(p50), float(p99), len(waits) / sum(turn.seconds for turn in turns))


async def _ask_all(reception: Reception, questions: Sequence[str], concurrent: int) -> _Turn:
    """So many people ask, each the next question once the last one is answered."""
    left = iter(questions)
    times: list[float] = []

    async def person() -> None:
        for question in left:
            asked = time.perf_counter()
            await reception.answer(_PLACE, _SERVER, question)
            times.append((time.perf_counter() - asked) * 1000)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as people:
        for _ in range(concurrent):
            people.create_task(person())
    return _Turn(times, time.perf_counter() - started)


def main() -> None:
    """Measure what standard input asks for, and print one JSON object."""
    asked = json.load(sys.stdin)
    rows = asyncio.run(serve(Path(asked["folder"]), asked["model"], asked["questions"]))
    say_json({"rows": [asdict(row) for row in rows]})


if __name__ == "__main__":
    main()
