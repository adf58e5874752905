"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TOP = 10

Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="The folder of the index. [default: INDEX_DIR, or var/index]"),
]
Top = Annotated[int, typer.Option("--top", metavar="K", min=1, max=100, help="How many passages to answer from.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else on standard output.")]
