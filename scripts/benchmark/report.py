"""``docs/benchmarks.md`` and the README's table, made of a run's figures and nothing else.

``python -m scripts.benchmark.report docs README.md`` writes both again from ``docs/benchmarks.json``.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from index.durable import replace
from scripts.benchmark import plots, tables
from scripts.benchmark.cells import NONE, OURS, amount, duration, label, megabytes, order, share, table
from scripts.benchmark.figures import Change, Figures
from scripts.benchmark.machine import PEER
from scripts.benchmark.published import SOURCE
from scripts.benchmark.recorded import CHANGES, read_changes, read_figures
from scripts.benchmark.standing import contests, standing, targets
from scripts.benchmark.systems import SYSTEMS, Unit
from scripts.benchmark.workers import BenchError

OPENING, CLOSING = "<!-- benchmarks -->", "<!-- /benchmarks -->"
# The README's rows: each thing that people would pick once, and its speed among so many passages.
_SHOWN = ("pregonero", "langchain", "langchain-ours", "chroma", "txtai", "rank-bm25", "bm25s")
_SIZE = 10_000

_INTRODUCTION = """\
# Benchmarks

Pregonero beside what people would pick instead: the same text, the same questions, the same machine, one run. Written
by `make bench`, from [benchmarks.json](benchmarks.json); no figure here is typed by hand.

Each system runs in a process of its own, and rounds are interleaved: every system has its turn before any has the next.
Times are medians over rounds, with the lowest and the highest in brackets. "Against LangChain" says how many times
better than LangChain's default pipeline a figure is; below 1 it is worse. "–" was not measured or does not apply.
Pregonero's weights were fitted on questions of this very data; the README has figures cross-validated over articles."""

_AGAIN = """\
## Run it again

```
make bench DATA=DIR
pregonero bench --data DIR --peers .venv-bench/bin/python --large   # a million passages too
```

`DIR` holds questions in SQuAD's format, known by their names (`xquad-r.es*.json`, `xquad.en*.json`, `squad2.es*.json`),
and off-topic ones in `miracl-questions.es.tsv`. Without `DATA`, the project's own questions are asked."""

_AHEAD = "Ahead means beyond the spread of rounds, and by more than .005 in quality; what is closer is even."
_PUBLISHED = (
    f"The published figures are [MTEB's]({SOURCE}), task XQuADRetrieval: other runs, on all of XQuAD-es and not"
    " on the development half."
)
_ABSTENTION = "Shares are at the shipped threshold; a system that has none is judged by its best score."
_FLOOR = (
    "Encoding included, but for the index alone. The floor is the time in which one core reads once the bytes that a"
    " question touches; its share is of p50."
)
_BUILDING = "From texts to an index on disk, in a fresh process. The index alone has its vectors at hand."
_STARTS = "A fresh process until its first answer; until their first ranked list for the others."


def render(figures: Figures, changes: Sequence[Change]) -> str:
    """``docs/benchmarks.md``."""
    parts = (
        _INTRODUCTION,
        *(_plots(figures) if contests(figures) else []),
        _AGAIN,
        _run(figures),
        _standing(figures),
        *_rows(figures),
        f"## Before and after\n\n{_changes(changes)}",
        f"## What was left out\n\n{_list(figures.left_out) or 'Nothing.'}",
        _systems(figures),
    )
    return "\n\n".join(parts) + "\n"


def main_table(figures: Figures) -> str:
    """The README's table: quality and speed of each system in one line, among 10,000 passages."""
    measured = _measured(figures)
    heads = (
        "",
        "paragraph nDCG@10",
        "sentence nDCG@10",
        "English questions",
        f"p50 of {_SIZE:,}, ms",
        "build, s",
        "cold start, s",
        "memory, MB",
    )
    lines = [_main_line(figures, system) for system in _SHOWN if system in measured]
    return table(heads, lines)


def update_readme(text: str, figures: Figures) -> str:
    """The README with the table between its markers; raises ``BenchError`` where a marker is missing."""
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not opening or not closing:
        raise BenchError(f"Put {OPENING} and {CLOSING} where the table of benchmarks belongs.")
    return f"{before}{opening}\n\n{main_table(figures)}\n\n{closing}{after}"


def _main_line(figures: Figures, system: str) -> list[str]:
    wanted = (("es", Unit.PARAGRAPH), ("es", Unit.SENTENCE), ("en", Unit.PARAGRAPH))
    judged = [tables.found(figures, system, asked, unit) for asked, unit in wanted]
    asked = next((row for row in figures.latency if (row.system, row.passages) == (system, _SIZE)), None)
    built = next((row for row in figures.building if row.system == system), None)
    started = next((row for row in figures.starts if row.system == system), None)
    held = next((row for row in figures.memory if row.system == system), None)
    return [
        label(system),
        *(share(row.ndcg10 if row else None) for row in judged),
        amount(asked.p50.median if asked else None),
        amount(built.seconds.median if built else None),
        amount(started.wall.median / 1000 if started else None),
        megabytes(held.peak_bytes) if held else NONE,
    ]


def _plots(figures: Figures) -> list[str]:
    return [f"![{shown}]({name}.svg)" for name, shown in plots.names(figures).items()]


def _run(figures: Figures) -> str:
    machine = figures.machine
    theirs = {name.removeprefix(PEER): number for name, number in machine.versions.items() if name.startswith(PEER)}
    ours = {name: number for name, number in machine.versions.items() if not name.startswith(PEER)}
    lines = [
        ("date", figures.date),
        ("command", f"`{figures.command}`"),
        ("data", figures.data),
        ("took", duration(figures.seconds)),
        ("processor", f"{machine.processor}, {machine.cores} cores"),
        ("memory", f"{machine.memory_bytes / 2**30:.1f} GiB; one core reads {machine.bandwidth / 1e9:.1f} GB/s"),
        ("threads", f"{figures.threads} for each system, pinned for OpenMP, MKL, OpenBLAS and Rayon"),
        ("system", f"{machine.system}, Python {machine.python}"),
        ("libraries", _versions(ours)),
        ("the others' libraries", _versions(theirs) or NONE),
    ]
    return f"## This run\n\n{table(('', ''), lines, words=2)}"


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))


def _standing(figures: Figures) -> str:
    aims = table(("", "measured", ""), [each.line for each in targets(figures)], words=3)
    return f"## How it stands\n\n{_compared(figures)}\n\n### Targets\n\n{aims}"


def _compared(figures: Figures) -> str:
    every = contests(figures)
    if not every:
        return "No other system was measured beside Pregonero in this run."
    ahead = sum(each.won for each in every)
    words = f"Pregonero is ahead of every other system in {ahead} of {len(every)} figures. {_AHEAD}"
    return (
        f"{_wrapped(words)}\n\n"
        f"### Where it is ahead\n\n{standing(figures, won=True) if ahead else 'Nowhere.'}\n\n"
        f"### Where it is not\n\n{standing(figures, won=False) if ahead < len(every) else 'Nowhere.'}"
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _rows(figures: Figures) -> list[str]:
    alone = f"Pregonero alone; its nDCG@10 is {share(tables.ndcg10(figures, OURS))}."
    spanish, english = tables.quality(figures, "es"), tables.quality(figures, "en")
    rows = (
        ("1. Quality", f"Questions in Spanish{_asked(figures, 'es')}. {_PUBLISHED}", spanish),
        ("", f"Questions in English{_asked(figures, 'en')}, on the Spanish text.", english),
        ("2. Abstention", _ABSTENTION, tables.abstention(figures.abstention)),
        ("3. From a question to a ranked list", _FLOOR, tables.latency(figures.latency)),
        ("4. From a question to an answer", f"The whole way. {alone}", tables.serving(figures)),
        ("5. Encoding", "", tables.encoding(figures)),
        ("6. Building", _BUILDING, tables.building(figures)),
        ("7. Updating", "One document in a hundred changed.", tables.updates(figures)),
        ("8. Cold start", _STARTS, tables.starts(figures)),
        ("9. Memory and disk", "Of a process that opened the index and answered.", tables.memory(figures)),
        ("10. While the index is rebuilt", alone, tables.rebuilding(figures)),
    )
    return ["\n\n".join(filter(None, (title and f"## {title}", _wrapped(words), body))) for title, words, body in rows]


def _asked(figures: Figures, asked: str) -> str:
    counts = sorted({row.questions for row in figures.quality if row.asked == asked})
    return f" ({' or '.join(f'{count:,}' for count in counts)})" if counts else ""


def _changes(changes: Sequence[Change]) -> str:
    lines = [
        [each.what, each.figure, *_pair(each), "kept" if each.kept else "not kept: it did not measure better"]
        for each in changes
    ]
    return table(("change", "figure", "before", "after", ""), lines, words=2) if lines else "None is on record."


def _pair(change: Change) -> tuple[str, str]:
    if change.unit:
        return f"{amount(change.before)} {change.unit}", f"{amount(change.after)} {change.unit}"
    return share(change.before), share(change.after)


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _systems(figures: Figures) -> str:
    measured = sorted(_measured(figures), key=order)
    notes = {entry.key: entry.note for entry in SYSTEMS}
    return f"## The systems\n\n{_list([f'**{label(key)}**{_note(notes[key])}' for key in measured])}"


def _note(note: str) -> str:
    return f": {note}." if note else "."


def _measured(figures: Figures) -> set[str]:
    return {row.system for row in figures.quality} | {row.system for row in figures.latency}


def rewrite(folder: Path, readme: Path) -> None:
    """Write the report and the README's table again from ``folder``'s figures; raises ``BenchError``."""
    figures = read_figures((folder / "benchmarks.json").read_text(encoding="utf-8"))
    changes = read_changes(CHANGES.read_text(encoding="utf-8"))
    replace(folder / "benchmarks.md", render(figures, changes).encode())
    replace(readme, update_readme(readme.read_text(encoding="utf-8"), figures).encode())


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]), Path(sys.argv[2]))
