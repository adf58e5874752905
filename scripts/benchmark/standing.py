"""Where this project stands in a run: ahead or not, and the targets. All of it is reckoned from the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from scripts.benchmark import noise
from scripts.benchmark.cells import NONE, OURS, SHAPED, USUAL, amount, megabytes, percent, share, short, table, times
from scripts.benchmark.figures import CrossValidated, Figures, Spread
from scripts.benchmark.systems import Unit
from scripts.benchmark.tables import dense, found, ndcg10, ndcg10_there

K = TypeVar("K", int, str)

_ASKED = {"es": "Spanish questions", "en": "English questions"}


@dataclass(frozen=True, slots=True)
class Contest:
    """One figure of every system that has it.

    ``errors`` are standard errors, of quality alone. ``beside`` has the nDCG@10 that stands beside a speed where it is
    not row 1's. ``timed`` says that it was measured in rounds; sizes were not.
    """

    what: str
    values: dict[str, Spread]
    written: Callable[[float], str]
    lower: bool = True
    errors: Mapping[str, float] = field(default_factory=dict)
    beside: Mapping[str, float | None] = field(default_factory=dict)
    timed: bool = False

    @property
    def quality(self) -> bool:
        """Whether it is one of quality."""
        return bool(self.errors)

    def ahead(self, system: str, other: str) -> bool:
        """Whether ``system`` is better, beyond what rounds or questions differ by; a single round shows nothing."""
        mine, theirs = self.values[system], self.values[other]
        if self.quality:
            return mine.median - theirs.median > noise.BOUND * max(self.errors[system], self.errors[other])
        if self.timed and (mine.single or theirs.single):
            return False
        return mine.high < theirs.low if self.lower else mine.low > theirs.high

    @property
    def best_other(self) -> str:
        """The best of the other systems."""
        others = (system for system in self.values if system != OURS)
        return min(others, key=lambda system: self.values[system].median * (1 if self.lower else -1))

    @property
    def won(self) -> bool:
        """Whether this project is ahead of every other."""
        return all(self.ahead(OURS, other) for other in self.values if other != OURS)

    @property
    def undecided(self) -> str:
        """Why neither this project nor the best of the others is ahead; empty where one is."""
        other = self.best_other
        if self.won or self.ahead(other, OURS):
            return ""
        single = [system for system, value in self.values.items() if self.timed and value.single]
        if single and (OURS in single or other in single or self.ahead(OURS, other)):
            return f"one round of {', '.join(short(system) for system in single)}"
        return "even"


def contests(figures: Figures) -> list[Contest]:
    """What this project and at least one other were both measured in, in the order of the report.

    Without the default-sized model: its weights are random, and it is timed in one round.
    """
    every = (
        replace(each, values={system: value for system, value in each.values.items() if system != SHAPED})
        for each in (*_of_quality(figures), *_of_speed(figures), *_of_size(figures))
    )
    return [each for each in every if OURS in each.values and len(each.values) > 1]


def _of_quality(figures: Figures) -> Iterator[Contest]:
    for asked, questions in _ASKED.items():
        for unit in Unit:
            rows = [row for row in figures.quality if (row.asked, row.unit) == (asked, unit)]
            values = {row.system: _exact(row.ndcg10) for row in rows}
            errors = {row.system: noise.of_ndcg10(asked, unit, row.questions) for row in rows}
            yield Contest(f"{unit} nDCG@10, {questions}", values, share, lower=False, errors=errors)
    for against in _each(row.against for row in figures.abstention):
        judged = [row for row in figures.abstention if row.against == against]
        values = {row.system: _exact(row.auroc) for row in judged}
        # About half of the questions are answerable.
        errors = {row.system: noise.of_auroc(row.auroc, row.questions // 2, row.questions // 2) for row in judged}
        yield Contest(f"AUROC against {against} questions", values, share, lower=False, errors=errors)


def _of_speed(figures: Figures) -> Iterator[Contest]:
    return (replace(each, timed=True) for each in _timed(figures))


def _timed(figures: Figures) -> Iterator[Contest]:
    for size in _each(row.passages for row in figures.latency):
        rows = [row for row in figures.latency if row.passages == size]
        there = {row.system: ndcg10_there(figures, row) for row in rows}
        yield Contest(f"question p50, {size:,} passages", {row.system: row.p50 for row in rows}, _ms, beside=there)
        yield Contest(f"question p99, {size:,} passages", {row.system: row.p99 for row in rows}, _ms, beside=there)
    encoded = figures.encoding
    alone = {row.system: ndcg10(figures, dense(row.system)) for row in encoded}
    yield Contest("encoding a question, p50", {row.system: row.question_p50 for row in encoded}, _ms, beside=alone)
    rates = {row.system: row.passages_per_second for row in encoded}
    yield Contest("encoding passages", rates, lambda value: f"{amount(value)}/s", lower=False, beside=alone)
    for size in _each(row.passages for row in figures.building):
        built = [row for row in figures.building if row.passages == size]
        yield Contest(f"building, {size:,} passages", {row.system: row.seconds for row in built}, _seconds)
        ready = {row.system: row.index_seconds for row in built}
        yield Contest(f"building, vectors at hand, {built[0].index_passages:,} passages", ready, _seconds)
    for size in _each(row.passages for row in figures.updates):
        values = {row.system: row.update_seconds for row in figures.updates if row.passages == size}
        yield Contest(f"a 1 % update, {size:,} passages", values, _seconds)
    for size in _each(row.passages for row in figures.starts):
        values = {row.system: row.wall for row in figures.starts if row.passages == size}
        yield Contest(f"cold start to first answer, {size:,} passages", values, _ms)


def _of_size(figures: Figures) -> Iterator[Contest]:
    for size in _each(row.passages for row in figures.memory):
        rows = [row for row in figures.memory if row.passages == size]
        peaks = {row.system: _exact(row.peak_bytes) for row in rows}
        yield Contest(f"peak memory, {size:,} passages", peaks, _mb)
        yield Contest(f"on disk, {size:,} passages", {row.system: _exact(row.disk_bytes) for row in rows}, _mb)


def standing(figures: Figures, *, won: bool) -> str:
    """The figures in which this project is ahead of every other system, or those in which it is not."""
    heads = ("", "Pregonero", "best of the others", "against it", "against LangChain")
    return table(heads, [_line(figures, each) for each in contests(figures) if each.won is won], words=3)


def _line(figures: Figures, contest: Contest) -> list[str]:
    other = contest.best_other
    ours, theirs = (_figure(figures, contest, system) for system in (OURS, other))
    return [
        contest.what,
        ours,
        f"{short(other)}: {theirs}",
        f"{_gap(contest, other)}{contest.undecided and f', {contest.undecided}'}",
        _gap(contest, USUAL) if USUAL in contest.values else NONE,
    ]


def _figure(figures: Figures, contest: Contest, system: str) -> str:
    """A system's figure, with its quality where it is none itself."""
    written = contest.written(contest.values[system].median)
    if contest.quality:
        return written
    return f"{written}; nDCG@10 {share(contest.beside.get(system, ndcg10(figures, system)))}"


def _gap(contest: Contest, other: str) -> str:
    """How far this project is from ``other``: a difference of quality, else how many times better."""
    ours, theirs = contest.values[OURS].median, contest.values[other].median
    if contest.quality:
        return f"{ours - theirs:+.3f}"
    return times(theirs / ours if contest.lower else ours / theirs)


@dataclass(frozen=True, slots=True)
class Target:
    """A target, what was measured (None where it was not), and whether that meets it."""

    what: str
    measured: str | None
    met: bool

    @property
    def line(self) -> list[str]:
        """Its line of the table."""
        return [self.what, self.measured or NONE, "not measured" if self.measured is None else _MET[self.met]]


_MET = {True: "met", False: "**not met**"}


def targets(figures: Figures, validated: CrossValidated) -> list[Target]:
    """Every target that the project set itself, with what this run measured.

    Those of quality are for XQuAD. They must be reached twice: by ``validated``, for the weights were fitted on the
    questions of a run, and in the run, where a sentence counts only where it is the file's own.
    """
    return [
        *_quality_targets(figures, validated),
        *_latency_targets(figures),
        *_build_targets(figures),
        *_start_targets(figures),
        *_memory_targets(figures),
        Target("this benchmark in less than 20 minutes", f"{figures.seconds / 60:.1f} min", figures.seconds < 1200),
    ]


def _quality_targets(figures: Figures, validated: CrossValidated) -> Iterator[Target]:
    for unit, fair, least, stretch in (
        (Unit.PARAGRAPH, validated.paragraph_ndcg10, 0.980, 0.985),
        (Unit.SENTENCE, validated.sentence_ndcg10, 0.885, 0.900),
    ):
        row = found(figures, OURS, "es", unit) if figures.on_xquad else None
        measured = f"{share(fair)} cross-validated; {share(row.ndcg10)} in this run" if row else None
        for name, bound in (("at least", least), ("stretch:", stretch)):
            what = f"{unit} nDCG@10, XQuAD's Spanish questions, {name} {bound:.3f}"
            yield Target(what, measured, row is not None and min(fair, row.ndcg10) >= bound)


def _latency_targets(figures: Figures) -> Iterator[Target]:
    rows = {(row.system, row.passages): row for row in figures.latency}
    for size in _each(row.passages for row in figures.latency):
        ours, usual = rows.get((OURS, size)), rows.get((USUAL, size))
        what = f"question p50 10 times faster than LangChain at equal or better nDCG@10, {size:,} passages"
        if not ours or not usual or ours.ndcg10 is None or usual.ndcg10 is None:
            yield Target(what, None, met=False)
            continue
        ratio = usual.p50.median / ours.p50.median
        large = _large(rows[SHAPED, size].p50.median if (SHAPED, size) in rows else None, ours.p50.median)
        measured = f"{times(ratio)}{large}; nDCG@10 {share(ours.ndcg10)} against {share(usual.ndcg10)}"
        yield Target(what, measured, ratio >= 10 and ours.ndcg10 >= usual.ndcg10)


def _build_targets(figures: Figures) -> Iterator[Target]:
    rows = {(row.system, row.passages): row.seconds.median for row in figures.building}
    for size in _each(row.passages for row in figures.building):
        ours, usual = rows.get((OURS, size)), rows.get((USUAL, size))
        what = f"building 3 times faster than LangChain, {size:,} passages"
        if not ours or not usual:
            yield Target(what, None, met=False)
            continue
        measured = f"{times(usual / ours)}{_large(rows.get((SHAPED, size)), ours)}"
        if figures.prepare_seconds is not None:
            first = usual / (ours + figures.prepare_seconds)
            measured += f"; {times(first)} the first time on a machine, while the model is prepared"
        yield Target(what, measured, usual / ours >= 3)


def _large(theirs: float | None, ours: float) -> str:
    """The same ratio against LangChain with a model of its default's size, where that was measured."""
    return f" ({times(theirs / ours)} with a model of its default's size)" if theirs else ""


def _start_targets(figures: Figures) -> Iterator[Target]:
    for row in figures.starts:
        if row.system == OURS:
            what = f"cold start to first answer in 2 s, {row.passages:,} passages"
            yield Target(what, _ms(row.wall.median), row.wall.median <= 2000)


def _memory_targets(figures: Figures) -> Iterator[Target]:
    rows = {(row.system, row.passages): row.peak_bytes for row in figures.memory}
    for size in _each(row.passages for row in figures.memory):
        ours, usual = rows.get((OURS, size)), rows.get((USUAL, size))
        part = ours / usual if ours and usual else None
        what = f"peak memory at most 60 % of LangChain's with the same model, {size:,} passages"
        yield Target(what, percent(part) if part else None, part is not None and part <= 0.6)


def _each(values: Iterable[K]) -> list[K]:
    return sorted(set(values))


def _exact(value: float) -> Spread:
    return Spread(value, value, value)


def _ms(value: float) -> str:
    return f"{amount(value)} ms"


def _seconds(value: float) -> str:
    return f"{amount(value)} s"


def _mb(value: float) -> str:
    return f"{megabytes(value)} MB"
