"""Row 8, a fresh process until its first answer, and row 9, memory and bytes on disk, for the data's paragraphs.

This project is started as people start it, ``pregonero ask``, which also words the answer. The others have no command:
a worker imports what it needs, opens the index and ranks once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.bert import cores
from scripts.benchmark.disk import index_bytes, published_in
from scripts.benchmark.figures import Memory, Start
from scripts.benchmark.rounds import Race, Setup, spaced, spread
from scripts.benchmark.systems import Entry, Unit
from scripts.benchmark.workers import BenchError, Worker, last_line, surroundings

# Settings of a person's own that would have something else measured.
_UNSET = ("EMBEDDING_MODEL", "LLM_MODEL")
_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """``rounds`` of starts; a system that has taken more than ``most`` seconds sits out those left."""

    rounds: int = 5
    # Two starts of five seconds.
    most: float = 10.0


QUICK = Plan(rounds=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and why a system is not among them, a sentence each."""

    starts: tuple[Start, ...]
    memory: tuple[Memory, ...]
    left_out: tuple[str, ...]


def measure(setup: Setup, places: Mapping[str, Path], plan: Plan) -> Measured:
    """Start every system of ``places``, the folders of its index by its key, again and again; one that fails is out."""
    race = Race(replace(setup, entries=tuple(entry for entry in setup.entries if entry.key in places)))
    questions = [question.text for question in spaced(setup.data.spanish, _QUESTIONS)]
    walls: dict[str, list[float]] = {key: [] for key in places}
    peaks: dict[str, list[int]] = {key: [] for key in places}

    def run(entry: Entry, _: int) -> None:
        place = places[entry.key]
        wall, peak = _rank(entry, setup.peers, place, questions)
        walls[entry.key].append(wall if entry.peer else _ask(place, questions[0]))
        peaks[entry.key].append(peak)

    race.rounds("Starting", plan.rounds, run, plan.most)
    size = len(setup.data.documents)
    return Measured(
        tuple(Start(entry.key, size, spread(walls[entry.key])) for entry in race.entries),
        tuple(
            Memory(entry.key, size, max(peaks[entry.key]), index_bytes(entry, places[entry.key]))
            for entry in race.entries
        ),
        tuple(race.left_out),
    )


def preparing() -> float:
    """Seconds that the very first question waits for its vector: the embedded model is prepared for its runtime.

    Once for each machine; later starts read what was prepared. In this process, the runtime's import included.
    """
    from index.encoder import open_encoder

    with tempfile.TemporaryDirectory(prefix="pregonero-") as empty:
        started = time.perf_counter()
        open_encoder(cache=Path(empty)).encode_question("¿Qué ha pasado?")
        return time.perf_counter() - started


def _rank(entry: Entry, peers: Path | None, place: Path, questions: Sequence[str]) -> tuple[float, int]:
    """Milliseconds until the first question is answered, and the memory when all are."""
    started = time.perf_counter()
    with Worker(entry, peers) as worker:
        worker.open(place, Unit.PARAGRAPH)
        worker.search(questions[:1])
        wall = (time.perf_counter() - started) * 1000
        worker.search(questions[1:])
        return wall, worker.peak_bytes()


def _ask(place: Path, question: str) -> float:
    """Milliseconds of ``pregonero ask``; raises ``BenchError``."""
    index = published_in(place)
    # The model as it is prepared for its runtime lies where the builds of this run left it.
    given = {**surroundings(cores()), "CACHE_FILE": str(place.parent / "models" / "vectors.sqlite")}
    settings = [f"{name}={value}" for name, value in given.items()]
    without = [part for name in _UNSET for part in ("-u", name)]
    command = [sys.executable, "-m", "scripts.cli", "ask", "--json", "--index", str(index), "--", question]
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - this very program
        [shutil.which("env") or "env", *without, *settings, *command],
        # Where no .env is.
        cwd=index,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    wall = (time.perf_counter() - started) * 1000
    if done.returncode:
        raise BenchError(f"Pregonero could not ask, exit code {done.returncode}: {last_line(done.stderr)}")
    return wall
