"""``docs/benchmarks.md`` and the README's table, made of a run's figures and nothing else.

``python -m scripts.benchmark.report docs README.md`` writes both again from ``docs/benchmarks.json``; the README only
where the run is one on XQuAD, so that its figures stay those of the data that it names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from index.durable import replace
from scripts.benchmark import plots, tables, words
from scripts.benchmark.cells import NONE, amount, duration, footnotes, label, order, table
from scripts.benchmark.figures import Change, CrossValidated, Figures
from scripts.benchmark.machine import PEER
from scripts.benchmark.readme import update_readme
from scripts.benchmark.recorded import CHANGES, crossvalidated, read_changes, read_figures
from scripts.benchmark.standing import contests, standing, targets
from scripts.benchmark.systems import SYSTEMS


def render(figures: Figures, changes: Sequence[Change]) -> str:
    """``docs/benchmarks.md``."""
    validated = crossvalidated()
    parts = (
        words.INTRODUCTION,
        *(_plots(figures) if contests(figures) else []),
        words.AGAIN,
        _run(figures),
        _standing(figures, validated),
        *_rows(figures, validated),
        f"## Before and after\n\n{words.wrapped(words.TRIED)}\n\n{_changes(changes)}",
        f"## What was left out\n\n{_list(figures.left_out) or 'Nothing.'}",
        _systems(figures),
    )
    return "\n\n".join(parts) + "\n"


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


def _standing(figures: Figures, validated: CrossValidated) -> str:
    aims = table(("", "measured", ""), [each.line for each in targets(figures, validated)], words=3)
    said = f"{words.wrapped(words.AIMS)}\n\n" if figures.on_xquad else ""
    return f"## How it stands\n\n{_compared(figures)}\n\n### Targets\n\n{said}{aims}"


def _compared(figures: Figures) -> str:
    every = contests(figures)
    if not every:
        return "No other system was measured beside Pregonero in this run."
    ahead = sum(each.won for each in every)
    said = f"Pregonero is ahead of every other system in {ahead} of {len(every)} figures. {words.AHEAD}"
    return (
        f"{words.wrapped(said)}\n\n"
        f"### Where it is ahead\n\n{standing(figures, won=True) if ahead else 'Nowhere.'}\n\n"
        f"### Where it is not\n\n{standing(figures, won=False) if ahead < len(every) else 'Nowhere.'}"
    )


def _rows(figures: Figures, validated: CrossValidated) -> list[str]:
    alone = "Pregonero alone; the quality is row 1's."
    spanish, english = tables.quality(figures, "es"), tables.quality(figures, "en")
    rows = (
        ("1. Quality", words.spanish(figures, validated), spanish),
        ("", f"Questions in English{words.asked(figures, 'en')}, on the Spanish text. {words.FITTED}", english),
        ("2. Abstention", f"{words.ABSTENTION} {words.FITTED}", tables.abstention(figures.abstention)),
        ("3. From a question to a ranked list", words.latency(figures), tables.latency(figures)),
        ("4. From a question to an answer", f"The whole way. {alone}", tables.serving(figures)),
        ("5. Encoding", words.ENCODING, tables.encoding(figures)),
        ("6. Building", f"{words.BUILDING}{words.prepared(figures)}", tables.building(figures)),
        ("7. Updating", words.UPDATING, tables.updates(figures)),
        ("8. Cold start", words.STARTS, tables.starts(figures)),
        ("9. Memory and disk", words.HELD, tables.memory(figures)),
        ("10. While the index is rebuilt", f"{alone}{words.rebuilt(figures)}", tables.rebuilding(figures)),
    )
    return [
        "\n\n".join(filter(None, (title and f"## {title}", words.wrapped(said), body, words.wrapped(footnotes(body)))))
        for title, said, body in rows
    ]


def _changes(changes: Sequence[Change]) -> str:
    lines = [
        [each.what, each.figure, *_pair(each), "kept" if each.kept else f"not kept: {each.why}"] for each in changes
    ]
    return table(("change", "figure", "before", "after", ""), lines, words=2) if lines else "None is on record."


def _pair(change: Change) -> tuple[str, str]:
    if change.unit:
        return f"{amount(change.before)} {change.unit}", f"{amount(change.after)} {change.unit}"
    return f"{change.before:.4f}", f"{change.after:.4f}"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _systems(figures: Figures) -> str:
    measured = sorted(tables.measured(figures), key=order)
    notes = {entry.key: entry.note for entry in SYSTEMS}
    return f"## The systems\n\n{_list([f'**{label(key)}**{_note(notes[key])}' for key in measured])}"


def _note(note: str) -> str:
    return f": {note}." if note else "."


def rewrite(folder: Path, readme: Path) -> None:
    """Write the report, and on XQuAD the README's part, again from ``folder``'s figures; raises ``BenchError``."""
    figures = read_figures((folder / "benchmarks.json").read_text(encoding="utf-8"))
    changes = read_changes(CHANGES.read_text(encoding="utf-8"))
    replace(folder / "benchmarks.md", render(figures, changes).encode())
    if figures.on_xquad:
        replace(readme, update_readme(readme.read_text(encoding="utf-8"), figures).encode())


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]), Path(sys.argv[2]))
