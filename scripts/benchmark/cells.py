"""How the report writes figures, names and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.benchmark.figures import Spread
from scripts.benchmark.systems import SYSTEMS

OURS = "pregonero"
# What ratios are taken against.
USUAL = "langchain"
# The same pipeline with a model as large as its default, which finds nothing.
SHAPED = "langchain-mpnet"
NONE = "–"

_LABELS = {entry.key: entry.label for entry in SYSTEMS}

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SHORT = {
    USUAL: "LangChain",
    SHAPED: "LangChain, default-sized model",
    "langchain-ours": "LangChain, our encoder",
    "chroma-ours": "Chroma, our vectors",
    "txtai": "txtai",
}


def _on_models() -> dict[str, tuple[str, str]]:
    """By system, a mark and what its note says of its model; the report's last section has the notes whole."""
    # The one that stands in some tables only comes last: the marks of the others leave no gap there.
    clauses = {
        entry.key: "; ".join(part for part in entry.note.split("; ") if "MiniLM" in part or "mpnet" in part)
        for entry in sorted(SYSTEMS, key=lambda entry: entry.key == SHAPED)
    }
    said = list(dict.fromkeys(filter(None, clauses.values())))
    return {key: (str(said.index(text) + 1).translate(_RAISED), text) for key, text in clauses.items() if text}


_ON_MODELS = _on_models()


def label(system: str) -> str:
    """A system's name in a table, with the mark of its footnote."""
    return _LABELS[system] + _ON_MODELS.get(system, ("", ""))[0]


def footnotes(tables: str) -> str:
    """What is to know of the models of the systems in ``tables``, each after its mark; empty where there is nothing."""
    standing = [key for key in _ON_MODELS if f"| {label(key)} |" in tables or f"| **{label(key)}** |" in tables]
    return " ".join(dict.fromkeys(f"{mark} {text}." for mark, text in map(_ON_MODELS.__getitem__, standing)))


def short(system: str) -> str:
    """A system's name where there is little room."""
    return _SHORT.get(system, _LABELS[system])


def order(system: str) -> int:
    """Where a system stands in every table."""
    return list(_LABELS).index(system)


def share(value: float | None) -> str:
    """A figure from 0 to 1 with three digits."""
    return NONE if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return NONE if value is None else f"{100 * value:.1f} %"


def amount(value: float | None) -> str:
    """Three digits that count; more where it is a thousand or more."""
    return NONE if value is None else f"{value:,.{_decimals(value)}f}"


def spread(value: Spread | None) -> str:
    """The median, and in brackets the lowest and highest where they differ as written."""
    if value is None:
        return NONE
    low, median, high = (f"{each:,.{_decimals(value.median)}f}" for each in (value.low, value.median, value.high))
    return median if low == high else f"{median} ({low}–{high})"


def _decimals(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3


def megabytes(value: float) -> str:
    """Bytes in MB of 10⁶ bytes."""
    return amount(value / 1e6)


def times(better: float | None) -> str:
    """How many times better."""
    return NONE if better is None else f"{amount(better)}×"


def duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def table(heads: Sequence[str], lines: Iterable[Sequence[str]], words: int = 1) -> str:
    """A Markdown table: ``words`` columns on the left hold words, the others figures; the project's line stands out."""
    rows = [[f"**{cell}**" if cell != NONE else cell for cell in line] if _ours(line) else line for line in lines]
    rule = ["---"] * words + ["---:"] * (len(heads) - words)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def _ours(line: Sequence[str]) -> bool:
    return line[0] in (_LABELS[OURS], label(OURS))
