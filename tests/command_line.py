"""How tests run ``pregonero``: in this process, or in one of its own where streams and exit matter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from typer.testing import CliRunner, Result

from scripts.cli import app

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "scripts.cli"]
SETTINGS = (
    "ARTICLES_DIR",
    "CACHE_FILE",
    "DISCORD_GUILD_ID",
    "DISCORD_TOKEN",
    "EMBEDDING_MODEL",
    "GOLDEN_QUESTIONS",
    "HEALTH_HOST",
    "HEALTH_PORT",
    "HISTORY_FILE",
    "INDEX_DIR",
    "LLM_API_KEY",
    "LLM_BASE_URL",
    "LLM_DAILY_TOKENS",
    "LLM_MAX_TOKENS",
    "LLM_MODEL",
    "LLM_PRICES",
    "LLM_TIMEOUT",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "LOG_QUESTIONS",
    "MESSAGE_CONTENT",
    "QUESTIONS_PER_MINUTE",
    "QUESTIONS_PER_SERVER",
    "QUEUE_SIZE",
    "RETENTION_DAYS",
    "SHUTDOWN_GRACE",
    "STATE_FILE",
)


def run(*args: str | Path, typed: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Result:
    """Run a command in this process, with no setting but ``env``."""
    settings: dict[str, str | None] = dict.fromkeys(SETTINGS)
    return CliRunner(env={**settings, **(env or {})}).invoke(
        app, [str(arg) for arg in args], input=typed, catch_exceptions=False
    )


def run_apart(
    *args: str | Path,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own; ``prefix`` is a program that starts it."""
    return subprocess.run(
        [*prefix, *COMMAND, *map(str, args)],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(env),
        check=False,
        timeout=120,
    )


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, with Python's own ways and no setting but those in ``changes``."""
    # Unbuffered, a program would seem to flush what it does not.
    kept = {name: value for name, value in os.environ.items() if name not in (*SETTINGS, "PYTHONUNBUFFERED")}
    return {**kept, **(changes or {})}


def assert_one_line(text: str) -> None:
    """A failure says one sentence, and nothing of how the program is made."""
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1, text
    assert "Traceback" not in text


ZORROTO = "La empresa Zorroto compró 45 barcos por 3 millones de euros en mayo de 2024."
QUINUA = "La cooperativa de Puno exportó 812 toneladas de quinua a Noruega durante el año 2023."
MUSEO = "El museo del Carbón abrirá sus puertas en Asturias el 14 de septiembre con 230 piezas donadas."


def write_articles(folder: Path) -> Path:
    """Three short articles on subjects far apart; the first has front matter."""
    folder.mkdir(parents=True)
    front = "---\ntitle: Zorroto amplía su flota\nurl: https://example.org/zorroto\npublisher: El Diario\n"
    (folder / "barcos.md").write_text(f"{front}published: 2024-05-06\n---\n{ZORROTO}\n", encoding="utf-8")
    (folder / "quinua.txt").write_text(f"Quinua para Noruega\n\n{QUINUA}\n", encoding="utf-8")
    (folder / "museo.txt").write_text(f"Nuevo museo del Carbón\n\n{MUSEO}\n", encoding="utf-8")
    return folder
