"""A run read back from JSON, and what other runs than it decided: changes, and cross-validated quality."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.benchmark import figures as rows
from scripts.benchmark.figures import Change, CrossValidated, Figures, Machine, Spread

CHANGES = Path(__file__).with_name("changes.json")
_CROSSVALIDATED = Path(__file__).with_name("crossvalidated.json")

_ROWS = {
    "quality": rows.Quality,
    "abstention": rows.Abstention,
    "latency": rows.Latency,
    "serving": rows.Serving,
    "encoding": rows.Encoding,
    "building": rows.Building,
    "updates": rows.Update,
    "starts": rows.Start,
    "memory": rows.Memory,
    "rebuilding": rows.Rebuilding,
}


def read_figures(text: str) -> Figures:
    """A run from what ``Figures.as_json`` gave; raises ``TypeError`` or ``KeyError`` where it is of another form."""
    data: dict[str, Any] = json.loads(text)
    tables = {name: tuple(kind(**_spreads(row)) for row in data[name]) for name, kind in _ROWS.items()}
    return Figures(**data | tables | {"machine": Machine(**data["machine"]), "left_out": tuple(data["left_out"])})


def read_changes(text: str) -> tuple[Change, ...]:
    """Changes from a JSON list of them; raises ``TypeError`` where it is of another form."""
    return tuple(Change(**row) for row in json.loads(text))


def crossvalidated() -> CrossValidated:
    """This project's cross-validated quality, as it was last measured."""
    return CrossValidated(**json.loads(_CROSSVALIDATED.read_text(encoding="utf-8")))


def _spreads(row: dict[str, Any]) -> dict[str, Any]:
    return {name: Spread(**value) if isinstance(value, dict) else value for name, value in row.items()}
