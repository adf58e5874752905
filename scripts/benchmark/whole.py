"""One run: every row after the other, the report and the plots."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.bert import cores
from index.durable import replace
from index.encoder import EMBEDDED
from scripts.benchmark import building, corpus, latency, machine, quality, report, serving, starting
from scripts.benchmark.disk import published_in
from scripts.benchmark.figures import Figures, Rebuilding, Serving
from scripts.benchmark.recorded import CHANGES, read_changes
from scripts.benchmark.rounds import Setup
from scripts.benchmark.systems import SYSTEMS
from scripts.benchmark.workers import ROOT, BenchError, last_line
from scripts.progress import Tell

_OURS = "pregonero"
_JSON = "benchmarks.json"
_REPORT = "benchmarks.md"
_NO_PEERS = "The other systems were not measured: give the interpreter of their environment with --peers."
_NO_PLOTS = "No plots were drawn: they take matplotlib, which is in the environment of the other systems (--peers)."


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure.

    ``data`` is a folder of evaluation files, ``peers`` the interpreter of the other systems' environment. ``large``
    measures among a million passages too, ``quick`` few questions and passages.
    """

    data: Path | None = None
    peers: Path | None = None
    large: bool = False
    quick: bool = False

    @property
    def command(self) -> str:
        """How to run it again; places on this machine are named, not told."""
        given = {
            "--data DIR": self.data,
            "--peers PYTHON": self.peers,
            "--large": self.large,
            "--quick": self.quick,
        }
        return " ".join(["pregonero bench", *(text for text, value in given.items() if value)])


def measure(options: Options, folder: Path, tell: Tell) -> Figures:
    """Measure every row; indexes are written into ``folder``.

    Raises:
        DatasetError: the evaluation files cannot be read.
        BenchError: this project itself could not be measured.
    """
    if options.peers and not (ROOT / "pyproject.toml").exists():
        raise BenchError(
            "Other systems are measured from a checkout, where none of this project's libraries are theirs."
        )
    entries = tuple(entry for entry in SYSTEMS if options.peers or not entry.peer)
    setup = Setup(entries, corpus.read(options.data), options.peers, folder, tell)
    started = time.perf_counter()
    here = machine.measure(options.peers)
    judged = quality.measure(setup, quick=options.quick)
    timed = latency.measure(setup, _latency_plan(options), here.bandwidth)
    built = building.measure(setup, building.QUICK if options.quick else building.Plan())
    begun = starting.measure(setup, built.places, starting.QUICK if options.quick else starting.Plan())
    left_out = [*judged.left_out, *timed.left_out, *built.left_out, *begun.left_out]
    if _OURS not in built.places or _OURS not in {row.system for row in begun.starts}:
        # Other systems may have failed before it.
        raise BenchError(next(each for each in left_out if each.startswith(f"{SYSTEMS[0].label} ")))
    prepare_seconds = starting.preparing()
    served, rebuilt = _serve(setup, built.places, left_out, quick=options.quick)
    return Figures(
        machine=here,
        date=datetime.now(UTC).date().isoformat(),
        command=options.command,
        data=setup.data.source,
        seconds=time.perf_counter() - started,
        threads=cores(),
        quality=judged.quality,
        abstention=judged.abstention,
        latency=timed.latency,
        serving=served,
        encoding=timed.encoding,
        building=built.building,
        updates=built.updates,
        starts=begun.starts,
        memory=timed.memory + begun.memory,
        rebuilding=rebuilt,
        prepare_seconds=prepare_seconds,
        left_out=tuple(dict.fromkeys(left_out if options.peers else [_NO_PEERS, _NO_PLOTS, *left_out])),
    )


def _latency_plan(options: Options) -> latency.Plan:
    if options.quick:
        return latency.QUICK
    return latency.LARGE if options.large else latency.Plan()


def _serve(
    setup: Setup, places: Mapping[str, Path], left_out: list[str], *, quick: bool
) -> tuple[tuple[Serving, ...], tuple[Rebuilding, ...]]:
    """Rows 4 and 10; one that fails is empty, and why is added to ``left_out``."""
    served: tuple[Serving, ...] = ()
    rebuilt: tuple[Rebuilding, ...] = ()
    setup.tell("Serving", 0, 2)
    try:
        questions = [question.text for question in setup.data.spanish]
        served = serving.measure_serving(published_in(places[_OURS]), EMBEDDED, questions, quick=quick)
    except BenchError as error:
        left_out.append(str(error))
    setup.tell("Serving", 1, 2)
    try:
        rebuilt, missing = serving.measure_rebuilding(quick=quick)
        left_out += missing
    except BenchError as error:
        left_out.append(str(error))
    setup.tell("Serving", 2, 2)
    return served, rebuilt


def write(figures: Figures, out: Path, peers: Path | None) -> tuple[Path, ...]:
    """Write the report, its figures and, with ``peers``, the plots; raises ``BenchError``."""
    out.mkdir(parents=True, exist_ok=True)
    file, text = out / _JSON, out / _REPORT
    replace(file, (json.dumps(figures.as_json(), indent=1, ensure_ascii=False) + "\n").encode())
    replace(text, report.render(figures, read_changes(CHANGES.read_text(encoding="utf-8"))).encode())
    if peers is not None:
        _draw(file, out, peers)
    return text, file


def _draw(file: Path, out: Path, peers: Path) -> None:
    command = [str(peers.absolute()), "-m", "scripts.benchmark.plots", str(file.absolute()), str(out.absolute())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - this project's own module
    if done.returncode:
        raise BenchError(f"The plots could not be drawn ({last_line(done.stderr)}); the report is written.")
