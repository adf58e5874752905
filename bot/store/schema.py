"""How the tables came to be: the numbered ``.sql`` files of ``bot/store/migrations``, applied in order, each once.

A released file is never edited; a change is the next number.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Migration:
    """The SQL statements that take a database from version ``number - 1`` to ``number``."""

    number: int
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """Every migration, from number 1 upwards."""
    files = resources.files("bot.store").joinpath("migrations").iterdir()
    scripts = sorted((file.name, file.read_text(encoding="utf-8")) for file in files if file.name.endswith(".sql"))
    return tuple(Migration(int(name.partition("_")[0]), split(script)) for name, script in scripts)


def split(script: str) -> tuple[str, ...]:
    """The statements of a script, each of which ends with a line: sqlite3 runs scripts in no transaction of ours."""
    statements, lines = [], ""
    for line in script.splitlines(keepends=True):
        lines += line
        if sqlite3.complete_statement(lines):
            statements.append(lines.strip())
            lines = ""
    return tuple(statements)
