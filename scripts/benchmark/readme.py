"""The README's part of a run: its table, the footnotes, and on what and how it was measured."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.benchmark import tables, words
from scripts.benchmark.cells import NONE, amount, footnotes, label, megabytes, share, table
from scripts.benchmark.figures import Building, Figures, Start
from scripts.benchmark.recorded import crossvalidated
from scripts.benchmark.systems import Unit
from scripts.benchmark.workers import BenchError

OPENING, CLOSING = "<!-- benchmarks -->", "<!-- /benchmarks -->"
# The README's rows: each thing that people would pick once, and its speed among so many passages.
_SHOWN = ("pregonero", "langchain", "langchain-ours", "chroma", "txtai", "rank-bm25", "bm25s")
_SIZE = 10_000
_MADE_UP = (
    f"Of the {_SIZE:,} passages all but the data's own paragraphs are made up (words replaced, vectors drawn): the"
    " plot's nDCG@10 among them is a check that speed is not bought, and the quality is the table's."
)


def main_table(figures: Figures) -> str:
    """The README's table, a system a line, with the number of passages of each figure in the heads."""
    measured = tables.measured(figures)
    heads = (
        "",
        "paragraph nDCG@10",
        "sentence nDCG@10",
        "English questions, paragraph nDCG@10",
        f"question p50, ms, {_SIZE:,} passages",
        f"memory, MB, {_SIZE:,} passages",
        f"build, s, {_of(figures.building)} paragraphs",
        f"cold start, s, {_of(figures.starts)} paragraphs",
    )
    return table(heads, [_main_line(figures, system) for system in _SHOWN if system in measured])


def _of(rows: Sequence[Building | Start]) -> str:
    return " or ".join(f"{size:,}" for size in sorted({row.passages for row in rows})) or "no"


def readme_part(figures: Figures) -> str:
    """What stands between the README's markers: the table, its footnotes, and on what and how it was measured."""
    made = main_table(figures)
    said = (
        f"Measured on {figures.date} on {figures.machine.cores} cores with {figures.data}."
        f" {words.fitted(figures, crossvalidated())} {_MADE_UP}"
    )
    return "\n\n".join(filter(None, (made, words.wrapped(footnotes(made)), words.wrapped(said))))


def update_readme(text: str, figures: Figures) -> str:
    """The README with the run between its markers; raises ``BenchError`` where a marker is missing."""
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not opening or not closing:
        raise BenchError(f"Put {OPENING} and {CLOSING} where the table of benchmarks belongs.")
    return f"{before}{opening}\n\n{readme_part(figures)}\n\n{closing}{after}"


def _main_line(figures: Figures, system: str) -> list[str]:
    wanted = (("es", Unit.PARAGRAPH), ("es", Unit.SENTENCE), ("en", Unit.PARAGRAPH))
    judged = [tables.found(figures, system, asked, unit) for asked, unit in wanted]
    asked = next((row for row in figures.latency if (row.system, row.passages) == (system, _SIZE)), None)
    built = next((row for row in figures.building if row.system == system), None)
    started = next((row for row in figures.starts if row.system == system), None)
    held = next((row for row in figures.memory if (row.system, row.passages) == (system, _SIZE)), None)
    return [
        label(system),
        *(share(row.ndcg10 if row else None) for row in judged),
        amount(asked.p50.median if asked else None),
        megabytes(held.peak_bytes) if held else NONE,
        amount(built.seconds.median if built else None),
        amount(started.wall.median / 1000 if started else None),
    ]
