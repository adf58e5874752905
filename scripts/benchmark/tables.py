"""The rows of a run as Markdown tables, each speed with its quality beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from scripts.benchmark.cells import (
    NONE,
    OURS,
    USUAL,
    amount,
    label,
    megabytes,
    order,
    percent,
    share,
    spread,
    table,
    times,
)
from scripts.benchmark.figures import Abstention, Building, Encoding, Figures, Latency, Memory, Quality, Start, Update
from scripts.benchmark.published import PUBLISHED
from scripts.benchmark.systems import Unit

NOTHING = "Not measured in this run."
_QUALITY = ("nDCG@10", "sentence recall@1")
# Whose row of quality is that of an encoder alone, where the system itself does not search by it alone.
_DENSE = {OURS: "langchain-ours", "txtai": USUAL}


class _Row(Protocol):
    @property
    def system(self) -> str: ...


class _Sized(_Row, Protocol):
    @property
    def passages(self) -> int: ...


R = TypeVar("R", bound=_Row)
S = TypeVar("S", bound=_Sized)


def found(figures: Figures, system: str, asked: str, unit: Unit) -> Quality | None:
    """The row of quality of that name, None where it was not measured."""
    wanted = (system, asked, unit)
    return next((row for row in figures.quality if (row.system, row.asked, row.unit) == wanted), None)


def measured(figures: Figures) -> set[str]:
    """The systems that have a row of quality or of latency."""
    return {row.system for row in figures.quality} | {row.system for row in figures.latency}


def ndcg10(figures: Figures, system: str) -> float | None:
    """What stands beside a speed: row 1's nDCG@10 of paragraphs, asked in Spanish."""
    row = found(figures, system, "es", Unit.PARAGRAPH)
    return row.ndcg10 if row else None


def dense(system: str) -> str:
    """The system whose row of quality is what the encoder of ``system`` finds alone."""
    return _DENSE.get(system, system)


def better(row: R, rows: Iterable[R], value: Callable[[R], float], *, lower: bool = True) -> float | None:
    """How many times better ``row`` is than LangChain's default pipeline among ``rows``; None without that."""
    usual = next((value(other) for other in rows if other.system == USUAL), None)
    return None if usual is None else usual / value(row) if lower else value(row) / usual


def quality(figures: Figures, asked: str) -> str:
    """Row 1: Spanish, on XQuAD with published figures in a column of their own, or English on the Spanish text."""
    systems = sorted({row.system for row in figures.quality if row.asked == asked}, key=order)
    if not systems:
        return NOTHING
    published = asked == "es" and figures.on_xquad
    lines = [[label(system), *_judged(figures, system, asked), *([NONE] if published else [])] for system in systems]
    if published:
        lines += [[each.model, *[NONE] * 4, share(each.ndcg10)] for each in PUBLISHED]
    heads = ["", "paragraph nDCG@10", "recall@1", "sentence nDCG@10", "recall@1"]
    return table([*heads, *(["published, paragraph nDCG@10"] if published else [])], lines)


def _judged(figures: Figures, system: str, asked: str) -> list[str]:
    rows = [found(figures, system, asked, unit) for unit in Unit]
    return [cell for row in rows for cell in ((share(row.ndcg10), share(row.recall1)) if row else (NONE, NONE))]


def _beside(figures: Figures, system: str) -> list[str]:
    """Row 1's quality of a system, in Spanish: what it finds among the data's own paragraphs."""
    sentences = found(figures, system, "es", Unit.SENTENCE)
    return [share(ndcg10(figures, system)), share(sentences.recall1 if sentences else None)]


def abstention(rows: Sequence[Abstention]) -> str:
    """Row 2, a table for each kind of questions that must be refused."""
    heads = ("", "questions", "AUROC", "refused rightly", "refused wrongly")

    def one(group: list[Abstention]) -> str:
        lines = (
            [
                label(r.system),
                f"{r.questions:,}",
                share(r.auroc),
                percent(r.refused_rightly),
                percent(r.refused_wrongly),
            ]
            for r in group
        )
        return table(heads, lines)

    return _groups(rows, lambda row: row.against, lambda against: f"Against {against} questions", one)


def latency(figures: Figures) -> str:
    """Row 3, a table for each number of passages; quality that was not measured there is row 1's."""
    heads = ("", "questions", "p50, ms", "against LangChain", "p99, ms", "index alone, ms", "floor's share", *_QUALITY)

    def cells(row: Latency, group: list[Latency]) -> list[str]:
        recall1 = row.sentence_recall1
        return [
            f"{row.questions:,}",
            spread(row.p50),
            times(better(row, group, lambda each: each.p50.median)),
            spread(row.p99),
            amount(row.index_p50),
            percent(row.floor_share),
            share(ndcg10_there(figures, row)),
            _beside(figures, row.system)[1] if recall1 is None else share(recall1),
        ]

    return _sized(figures.latency, heads, cells)


def ndcg10_there(figures: Figures, row: Latency) -> float | None:
    """nDCG@10 of the questions that were timed, among as many passages; row 1's where that was not measured."""
    return ndcg10(figures, row.system) if row.ndcg10 is None else row.ndcg10


def serving(figures: Figures) -> str:
    """Row 4."""
    heads = ("at once", "questions", "p50, ms", "p99, ms", "questions a second", *_QUALITY)
    lines = [
        [
            f"{row.concurrent:,}",
            f"{row.questions:,}",
            *(amount(value) for value in (row.p50, row.p99, row.per_second)),
            *_beside(figures, OURS),
        ]
        for row in figures.serving
    ]
    return table(heads, lines) if lines else NOTHING


def encoding(figures: Figures) -> str:
    """Row 5; the quality is that of the encoder alone."""
    speeds = ("question p50, ms", "against LangChain", "p99, ms", "passages/s", "against LangChain")
    heads = ("", *speeds, *(f"{name}, dense alone" for name in _QUALITY))
    rows: list[Encoding] = sorted(figures.encoding, key=_order)
    lines = [
        [
            label(row.system),
            spread(row.question_p50),
            times(better(row, rows, lambda each: each.question_p50.median)),
            spread(row.question_p99),
            spread(row.passages_per_second),
            times(better(row, rows, lambda each: each.passages_per_second.median, lower=False)),
            *_beside(figures, dense(row.system)),
        ]
        for row in rows
    ]
    return table(heads, lines) if lines else NOTHING


def building(figures: Figures) -> str:
    """Row 6."""
    heads = ("", "kept whole by", "build, s", "against LangChain", "index alone, s", "against LangChain", *_QUALITY)

    def cells(row: Building, group: list[Building]) -> list[str]:
        return [
            row.safe,
            spread(row.seconds),
            times(better(row, group, lambda each: each.seconds.median)),
            f"{spread(row.index_seconds)} for {row.index_passages:,}",
            times(better(row, group, lambda each: each.index_seconds.median)),
            *_beside(figures, row.system),
        ]

    return _sized(figures.building, heads, cells, words=2)


def updates(figures: Figures) -> str:
    """Row 7."""
    heads = ("", "update, s", "against LangChain", "full rebuild, s", "update of rebuild", *_QUALITY)

    def cells(row: Update, group: list[Update]) -> list[str]:
        return [
            spread(row.update_seconds),
            times(better(row, group, lambda each: each.update_seconds.median)),
            spread(row.build_seconds),
            percent(row.update_seconds.median / row.build_seconds.median),
            *_beside(figures, row.system),
        ]

    return _sized(figures.updates, heads, cells)


def starts(figures: Figures) -> str:
    """Row 8."""
    heads = ("", "first answer, ms", "against LangChain", *_QUALITY)

    def cells(row: Start, group: list[Start]) -> list[str]:
        taken = times(better(row, group, lambda each: each.wall.median))
        return [spread(row.wall), taken, *_beside(figures, row.system)]

    return _sized(figures.starts, heads, cells)


def memory(figures: Figures) -> str:
    """Row 9."""
    heads = ("", "peak memory, MB", "against LangChain", "on disk, MB", "against LangChain", *_QUALITY)

    def cells(row: Memory, group: list[Memory]) -> list[str]:
        return [
            megabytes(row.peak_bytes),
            times(better(row, group, lambda each: each.peak_bytes)),
            megabytes(row.disk_bytes),
            times(better(row, group, lambda each: each.disk_bytes)),
            *_beside(figures, row.system),
        ]

    return _sized(figures.memory, heads, cells)


def rebuilding(figures: Figures) -> str:
    """Row 10."""
    heads = ("", "questions", "acknowledged p50, ms", "p99, ms", "event-loop lag p99, ms", "most, ms", *_QUALITY)
    lines = [
        [
            "while the index is rebuilt" if row.rebuilding else "at rest",
            f"{row.questions:,}",
            *(amount(value) for value in (row.ack_p50, row.ack_p99, row.lag_p99, row.lag_max)),
            *_beside(figures, OURS),
        ]
        for row in figures.rebuilding
    ]
    return table(heads, lines) if lines else NOTHING


def _order(row: _Row) -> int:
    return order(row.system)


def _sized(rows: Iterable[S], heads: Sequence[str], cells: Callable[[S, list[S]], list[str]], *, words: int = 1) -> str:
    """A table for each number of passages; ``cells`` are what stands behind a system's name, given its table's rows."""

    def one(group: list[S]) -> str:
        return table(heads, ([label(row.system), *cells(row, group)] for row in group), words=words)

    return _groups(rows, lambda row: row.passages, lambda size: f"{size:,} passages", one)


G = TypeVar("G", int, str)


def _groups(rows: Iterable[R], key: Callable[[R], G], title: Callable[[G], str], one: Callable[[list[R]], str]) -> str:
    """A titled table for each group of rows that share a key, systems in their order."""
    groups = groupby(sorted(rows, key=lambda row: (key(row), _order(row))), key)
    return "\n\n".join(f"**{title(name)}**\n\n{one(list(group))}" for name, group in groups) or NOTHING
