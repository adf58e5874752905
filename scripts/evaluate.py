"""``pregonero eval``: how good search and answers are on questions whose right paragraph is known."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import Settings, SettingsError, load_settings
from scripts import options
from scripts.output import is_terminal, printable, say, say_json
from scripts.progress import Tell, bars

if TYPE_CHECKING:
    from index.encoder import FolderEncoder
    from index.evaluate import Dataset, Measured
    from index.records import Results
    from index.snapshot import Snapshot
    from scripts.writing import Pen
    from scripts.written import Written

Figures = Mapping[str, "Measured"]
Row = tuple[str, str, str]
# As many as search reads closely, whoever asks: the first ``options.TOP`` are what people are answered from, and the
# ranking figures have two to spare where two passages are of one paragraph.
_PASSAGES = 12


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """A file's figures; ``written`` are the language model's, None where it was not to write."""

    figures: Figures
    written: Written | None


Files = Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="Questions in SQuAD's JSON, v1.1 or v2.0.")]
Golden = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Ask the published index these golden questions, and measure nothing else."),
]
Questions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Take the questions' texts from this file, by id: other words or language."),
]
OffTopic = Annotated[
    Path | None,
    typer.Option("--off-topic", metavar="TSV", help="Ask these too (id, tab, text): the paragraphs answer none."),
]
Most = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="Also have LLM_MODEL write the answers to N questions of each file, spread over it. It costs tokens.",
    ),
]


def evaluate(
    files: Files = None,
    golden: Golden = None,
    index: options.Index = None,
    questions: Questions = None,
    off_topic: OffTopic = None,
    written: Most = 0,
    as_json: options.AsJson = False,
) -> None:
    """Measure the answers on questions whose answers are known.

    Each file's paragraphs are indexed in a temporary folder; the published index is left alone. With --golden it is
    what is asked, and each question that it answers wrongly is shown. Prints every figure with the number of questions
    that it stands on. A language model is asked only with --written; its tokens count for LLM_DAILY_TOKENS, and the
    exit code is 1 should a written answer quote or count what its articles do not say.
    """
    settings = load_settings()
    if golden:
        if files or questions or off_topic or written:
            raise typer.BadParameter("--golden goes alone, with --index and --json: leave the rest out.")
        _ask_golden(golden, index or settings.index_dir, settings, as_json)
        return
    if not files or index:
        raise typer.BadParameter("name files of questions, or give --golden FILE, which alone takes --index.")
    from index.evaluate import read_dataset, read_off_topic, reworded

    datasets = {str(file): read_dataset(file) for file in files}
    if questions is not None:
        other = read_dataset(questions)
        datasets = {file: reworded(dataset, other) for file, dataset in datasets.items()}
    astray = read_off_topic(off_topic) if off_topic else []
    with _pen(settings, written) as pen, bars() as tell:
        evaluated = {
            file: _evaluate(dataset, astray, settings, tell, pen, written) for file, dataset in datasets.items()
        }
    if as_json:
        say_json({file: _as_json(each) for file, each in evaluated.items()})
    else:
        for file, each in evaluated.items():
            _print(file, each, settings.llm_model)
    wrong = [sentence for each in evaluated.values() if each.written for sentence in each.written.ungrounded]
    if wrong:
        from scripts.written import UngroundedError

        raise UngroundedError(wrong[0])


def _ask_golden(file: Path, folder: Path, settings: Settings, as_json: bool) -> None:
    from bot.desk import open_desk
    from bot.golden import read_golden
    from scripts import golden

    questions = read_golden(file)
    desk = open_desk(folder, settings.embedding_model, options.TOP, cache=settings.cache_file.parent)
    with bars() as tell:
        asked = golden.ask(questions, desk, lambda done, total: tell("Asking", done, total))
    if as_json:
        say_json(golden.as_json(asked, desk.version))
        return
    _print_table(f"{file}, version {desk.version}", ("figure", "value", "questions"), golden.rows(asked))
    for line in golden.lines(asked):
        say(line)


@contextmanager
def _pen(settings: Settings, written: int) -> Iterator[Pen | None]:
    """The language model, where it is to write; opened before anything slow begins."""
    if not written:
        yield None
        return
    if not settings.llm_model:
        raise SettingsError("LLM_MODEL is not set, and --written has it write: set it, or leave --written out.")
    from scripts.writing import open_pen

    with open_pen(settings) as pen:
        yield pen


def _evaluate(
    dataset: Dataset, astray: Sequence[str], settings: Settings, tell: Tell, pen: Pen | None, written: int
) -> _Evaluated:
    from index.build import build
    from index.encoder import open_encoder
    from index.evaluate import measure, run
    from index.search import search
    from index.snapshot import open_snapshot
    from index.stages import Stage

    encoder = open_encoder(settings.embedding_model, settings.cache_file.parent)
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
        measured = measure(dataset, outcomes)
        return _Evaluated(measured, _write(dataset, written, snapshot, encoder, settings, tell, pen) if pen else None)


def _write(
    dataset: Dataset, most: int, snapshot: Snapshot, encoder: FolderEncoder, settings: Settings, tell: Tell, pen: Pen
) -> Written:
    """Ask as people do, from as many passages, and count what the language model makes of it."""
    from bot.desk import Desk, Timer
    from bot.grounded.limits import Prices
    from scripts import written

    desk = Desk(snapshot, encoder, options.TOP, Timer())
    asked = written.ask(written.drawn(dataset, most), desk, pen, lambda done, total: tell("Writing", done, total))
    return written.measure(dataset, asked, Prices(*settings.llm_prices) if settings.llm_prices else None)


def _answer(results: Results) -> str | None:
    """What people are answered, from as many passages, without marks; None for a refusal."""
    from bot.answers import Answer, compose

    outcome = compose(replace(results, hits=results.hits[: options.TOP]))
    return "\n".join(statement.text for statement in outcome.statements) if isinstance(outcome, Answer) else None


def _as_json(evaluated: _Evaluated) -> dict[str, Any]:
    # JSON has no NaN: a figure that no question bears on is null.
    figures = {
        name: {"value": None if math.isnan(each.value) else round(each.value, 6), "questions": each.questions}
        for name, each in evaluated.figures.items()
    }
    if evaluated.written is None:
        return figures
    from scripts import written_rows

    return {**figures, "written": written_rows.as_json(evaluated.written)}


def _print(file: str, evaluated: _Evaluated, model: str) -> None:
    rows = [(name, _shown(each.value), f"{each.questions:,}") for name, each in evaluated.figures.items()]
    _print_table(file, ("figure", "value", "questions"), rows)
    if evaluated.written:
        from scripts import written_rows

        _print_table(f"{file}, written by {model}", ("figure", "value", "of"), written_rows.rows(evaluated.written))
        for reason, times in evaluated.written.failures.items():
            say(f"  fell back, {times:,}: {printable(reason)}")


def _print_table(title: str, heads: Row, rows: Sequence[Row]) -> None:
    if not is_terminal(sys.stdout):
        say(printable(title))
        width = max(len(name) for name, _, _ in rows)
        for name, value, of in rows:
            say(f"  {name:{width}} {value:>7} {of:>8}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(heads[0], title=Text(printable(title)), title_justify="left")
    for head in heads[1:]:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"
