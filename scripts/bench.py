"""``pregonero bench``: this project measured beside what people would pick instead, in one run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from scripts.output import remark, say
from scripts.progress import bars


def bench(
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Evaluation files, as the report names them. [default: the project's own]"),
    ] = None,
    peers: Annotated[
        Path | None,
        typer.Option(metavar="PYTHON", help="Of the environment with the other systems (requirements-bench.lock)."),
    ] = None,
    large: Annotated[
        bool, typer.Option("--large", help="Also search among a million passages, which takes hours.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few questions and passages, to see that everything runs.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes; `make bench` names docs.")] = Path(
        "var/bench"
    ),
) -> None:
    """Measure quality, speed and memory beside other systems.

    Writes benchmarks.md, benchmarks.json and plots. Every system runs in a process of its own and is asked the same
    questions about the same texts, in rounds. One that fails is left out, and the report says why.
    """
    from scripts.benchmark.whole import Options, measure, write

    with tempfile.TemporaryDirectory(prefix="pregonero-") as folder, bars() as tell:
        figures = measure(Options(data, peers, large, quick), Path(folder), tell)
    for sentence in figures.left_out:
        remark(sentence)
    text, _ = write(figures, out, peers)
    say(f"{text} holds what was measured in {figures.seconds:.0f} s.")
