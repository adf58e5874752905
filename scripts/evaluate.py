"""``pregonero eval``: how good search and answers are on questions whose right paragraph is known."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import Settings, load_settings
from scripts import options
from scripts.output import is_terminal, say, say_json
from scripts.progress import Tell, bars

if TYPE_CHECKING:
    from index.evaluate import Dataset, Measured
    from index.records import Results

Figures = Mapping[str, "Measured"]
# Ten paragraphs, which the figures rank, take more than ten passages.
_PASSAGES = 24


def evaluate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Questions in SQuAD's JSON, v1.1 or v2.0.")],
    questions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take the questions' texts from this file, by id: other words or language."),
    ] = None,
    off_topic: Annotated[
        Path | None,
        typer.Option("--off-topic", metavar="TSV", help="Ask these too (id, tab, text): the paragraphs answer none."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure the answers on questions whose answers are known.

    Each file's paragraphs are indexed in a temporary folder; the published index is left alone. Prints every figure
    with the number of questions that it stands on.
    """
    from index.evaluate import read_dataset, read_off_topic, reworded

    settings = load_settings()
    datasets = {str(file): read_dataset(file) for file in files}
    if questions is not None:
        other = read_dataset(questions)
        datasets = {file: reworded(dataset, other) for file, dataset in datasets.items()}
    astray = read_off_topic(off_topic) if off_topic else []
    with bars() as tell:
        measured = {file: _measure(dataset, astray, settings, tell) for file, dataset in datasets.items()}
    if as_json:
        say_json({file: _numbers(figures) for file, figures in measured.items()})
    else:
        for file, figures in measured.items():
            _print_table(file, figures)


def _measure(dataset: Dataset, astray: Sequence[str], settings: Settings, tell: Tell) -> Figures:
    from index.build import build
    from index.encoder import open_encoder
    from index.evaluate import measure, run
    from index.search import search
    from index.snapshot import open_snapshot
    from index.stages import Stage

    encoder = open_encoder(settings.embedding_model)
    # A cache of its own: the build's drops what a few builds in a row had no use for.
    cache = settings.cache_file.with_name(f"evaluation-{settings.cache_file.name}")

    def progress(stage: Stage, done: int, total: int) -> None:
        if stage is Stage.EMBED:
            tell("Embedding", done, total)

    with tempfile.TemporaryDirectory(prefix="pregonero-") as folder:
        build(dataset.articles(), Path(folder), encoder, cache=cache, progress=progress)
        snapshot = open_snapshot(Path(folder))
        outcomes = run(
            dataset,
            astray,
            lambda question: search(snapshot, encoder, question, _PASSAGES),
            _answer,
            lambda done, total: tell("Asking", done, total),
        )
    return measure(dataset, outcomes)


def _answer(results: Results) -> str | None:
    """What is answered, without marks, or None for a refusal."""
    from bot.answers import Answer, compose

    outcome = compose(results)
    return "\n".join(statement.text for statement in outcome.statements) if isinstance(outcome, Answer) else None


def _numbers(figures: Figures) -> dict[str, dict[str, float | int | None]]:
    # JSON has no NaN: a figure that no question bears on is null.
    return {
        name: {"value": None if math.isnan(each.value) else round(each.value, 6), "questions": each.questions}
        for name, each in figures.items()
    }


def _print_table(file: str, figures: Figures) -> None:
    rows = [(name, _shown(each.value), f"{each.questions:,}") for name, each in figures.items()]
    if not is_terminal(sys.stdout):
        say(file)
        width = max(len(name) for name in figures)
        for name, value, asked in rows:
            say(f"  {name:{width}} {value:>7} {asked:>8}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("figure", title=Text(file), title_justify="left")
    table.add_column("value", justify="right")
    table.add_column("questions", justify="right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"
