"""``pregonero bench``: how fast it searches, builds and starts, and how much memory that takes."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.settings import Settings, load_settings
from scripts import options
from scripts.output import megabytes, say, say_json
from scripts.progress import Tell, bars

SIZES = (1_000, 10_000, 100_000)
COLD_RUNS = 5
_QUESTION = "¿Qué se ha anunciado?"
_START = ("imports", "weights", "open", "encode", "search", "answer")


def bench(
    more: Annotated[list[int] | None, typer.Argument(metavar="N", min=1, help="More numbers of passages.")] = None,
    passages: Annotated[
        list[int] | None,
        typer.Option(metavar="N...", min=1, help="Passages to search among. [default: 1000 10000 100000]"),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure speed and memory on this machine.

    Searching, building and a first answer from a fresh start. The passages repeat the articles' sentences with words
    changed. Their vectors are real ones mixed with noise: encoding 100,000 passages would take an hour or more, so
    the model's own rate is measured apart, on 128 of them. Everything is written to a temporary folder; 100,000
    passages need about 1 GB there and some minutes.
    """
    settings = load_settings()
    sizes = (*(passages or ()), *(more or ())) or SIZES
    with tempfile.TemporaryDirectory(prefix="pregonero-") as folder, bars() as tell:
        measured = _measure(sizes, Path(folder), settings, tell)
    if as_json:
        say_json(measured)
    else:
        _print(measured)


def _measure(sizes: tuple[int, ...], folder: Path, settings: Settings, tell: Tell) -> dict[str, Any]:
    from scripts.measuring import QUESTIONS, alone, measure_build, measure_embedding, measure_search

    roots, model = settings.articles_dirs, settings.embedding_model
    steps = 2 * len(sizes) + 2
    by_size: list[dict[str, Any]] = []
    for number, size in enumerate(sizes):
        place = folder / str(number)
        tell("Measuring", 2 * number, steps)
        built = alone(measure_build, size, place, roots, model)
        tell("Measuring", 2 * number + 1, steps)
        searched = alone(measure_search, place, model, min(size, QUESTIONS))
        by_size.append({"build": asdict(built), "search": asdict(searched)})
    tell("Measuring", steps - 2, steps)
    embedded = alone(measure_embedding, roots, model, max(sizes))
    tell("Measuring", steps - 1, steps)
    return {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "model": model,
        "sizes": by_size,
        "embedding": asdict(embedded),
        "cold_ask": cold_ask(folder / "cold", roots, COLD_RUNS),
    }


def cold_ask(folder: Path, roots: tuple[str, ...], runs: int) -> dict[str, Any]:
    """Medians over ``runs`` fresh processes that answer one question, in milliseconds; raises ``BenchError``.

    ``start`` is what passes outside the command: the interpreter, the command line, and leaving again. ``weights``
    are read while the rest of ``load`` goes on.
    """
    _pregonero("build", "--index", str(folder), "--", *roots)
    walls, steps = [], []
    for _ in range(runs):
        started = time.perf_counter()
        printed = _pregonero("ask", "--json", "--index", str(folder), _QUESTION)
        walls.append((time.perf_counter() - started) * 1000)
        steps.append(json.loads(printed)["timings_ms"])
        steps[-1]["start"] = walls[-1] - steps[-1]["total"]
    medians = {step: statistics.median(run[step] for run in steps) for step in steps[0]}
    return {"runs": runs, "wall_ms": statistics.median(walls), "steps_ms": medians}


def _pregonero(*args: str) -> str:
    """Run this program again and return what it printed."""
    from scripts.measuring import BenchError

    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "scripts.cli", *args], capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise BenchError(done.stderr.strip() or f"`pregonero {args[0]}` ended with exit code {done.returncode}.")
    return done.stdout


def _print(measured: dict[str, Any]) -> None:
    machine, embedding, cold = measured["machine"], measured["embedding"], measured["cold_ask"]
    say(f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}, {measured['model']}\n")
    say(f"{'passages':>9} {'words':>8} {'search p50':>11} {'p95':>9} {'open':>9} {'memory':>10}"
        f" {'build/s':>9} {'memory':>10} {'on disk':>10}")  # fmt: skip
    for each in measured["sizes"]:
        built, searched = each["build"], each["search"]
        say(
            f"{built['passages']:9,} {built['words']:8,} {searched['p50_ms']:8.1f} ms {searched['p95_ms']:6.1f} ms"
            f" {searched['open_ms']:6.0f} ms {megabytes(searched['peak_bytes']):>10}"
            f" {built['passages'] / built['seconds']:9,.0f} {megabytes(built['peak_bytes']):>10}"
            f" {megabytes(built['index_bytes']):>10}"
        )
    rate = embedding["passages"] / embedding["seconds"]
    say(f"\nEmbedding: {rate:.0f} passages/s, measured on {embedding['passages']}.")
    parts = ", ".join(f"{step} {cold['steps_ms'][step]:.0f}" for step in ("start", *_START))
    say(f"A first answer: {cold['wall_ms']:.0f} ms, median of {cold['runs']} ({parts}; weights beside the others).")
