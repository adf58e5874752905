"""``pregonero backup`` and ``restore``: the same answers after a loss of everything, and one line where it fails."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bot.store import open_store
from index.build import build
from index.encoder import FolderEncoder
from index.publish import LOCK, current_version
from index.sources import read_articles
from tests.command_line import ROOT, assert_one_line, environment, run, run_apart, write_articles
from tests.fakes import HashEncoder

QUESTIONS = (
    "¿cuántas toneladas de quinua exportó la cooperativa de Puno?",
    "¿cuándo abrirá el museo del Carbón?",
    "¿quién?",
)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Settings of a bot whose articles are indexed with a stand-in for the model."""
    write_articles(tmp_path / "articles")
    settings = {
        "ARTICLES_DIR": str(tmp_path / "articles"),
        "CACHE_FILE": str(tmp_path / "cache" / "vectors.sqlite"),
        "INDEX_DIR": str(tmp_path / "index"),
        "STATE_FILE": str(tmp_path / "state.sqlite"),
    }
    publish(settings, HashEncoder())
    return settings


def publish(env: dict[str, str], encoder: Any) -> str:
    roots = [env["ARTICLES_DIR"]]
    found = read_articles(roots).articles
    return build(found, Path(env["INDEX_DIR"]), encoder, cache=Path(env["CACHE_FILE"]), roots=roots).version


def wipe(env: dict[str, str]) -> None:
    shutil.rmtree(env["ARTICLES_DIR"])
    shutil.rmtree(env["INDEX_DIR"])


def answers(env: dict[str, str]) -> list[dict[str, Any]]:
    done = run("ask", "--json", "-", typed="\n".join(QUESTIONS), env=env)
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        del line["timings_ms"]
    return lines


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_after_a_loss_of_everything_the_answers_are_the_same(
    tmp_path: Path, env: dict[str, str], embedded: FolderEncoder, name: str
) -> None:
    version = publish(env, embedded)
    before = answers(env)
    done = run("backup", tmp_path / name, env=env)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"3 article files, version {version} of the index, nothing remembered: saved in ")
    wipe(env)
    shutil.rmtree(tmp_path / "cache")
    done = run("restore", tmp_path / name, env=env)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith(f": restored, the index as version {version}.\n")
    assert answers(env) == before


def test_an_index_of_another_model_is_restored_and_told(tmp_path: Path, env: dict[str, str]) -> None:
    run("backup", tmp_path / "b.tar", env=env)
    version = current_version(Path(env["INDEX_DIR"]))
    wipe(env)
    done = run("restore", tmp_path / "b.tar", env=env)
    assert done.exit_code == 0
    assert_one_line(done.stderr)
    assert "use hash for questions" in done.stderr
    assert current_version(Path(env["INDEX_DIR"])) == version


def test_what_is_left_out_is_named(tmp_path: Path, env: dict[str, str]) -> None:
    Path(env["ARTICLES_DIR"], "lost.txt").symlink_to("nowhere")
    done = run("backup", tmp_path / "b.tar", env=env)
    assert done.exit_code == 0
    assert done.stderr.splitlines()[0] == "1 left out:"
    assert "lost.txt" in done.stderr.splitlines()[1]


def test_secrets_are_in_no_backup(tmp_path: Path, env: dict[str, str]) -> None:
    secrets = {"DISCORD_TOKEN": "sesame-one", "LLM_API_KEY": "sesame-two"}
    assert run("backup", tmp_path / "b.tar", env=env | secrets).exit_code == 0
    assert b"sesame" not in (tmp_path / "b.tar").read_bytes()


def test_nothing_is_replaced_unless_that_is_asked_for(tmp_path: Path, env: dict[str, str]) -> None:
    article, backup = Path(env["ARTICLES_DIR"], "museo.txt"), tmp_path / "b.tar"
    saved = article.read_text("utf-8")
    run("backup", backup, env=env)
    article.write_text("Otro\n\nEl museo no abrirá.\n", "utf-8")
    for command in ("backup", "restore"):
        done = run(command, backup, env=env)
        assert (done.exit_code, done.stdout) == (1, "")
        assert_one_line(done.stderr)
        assert "--force" in done.stderr
    assert run("restore", "--force", backup, env=env).exit_code == 0
    assert article.read_text("utf-8") == saved
    article.write_text("Otro\n\nEl museo no abrirá.\n", "utf-8")
    assert run("backup", "--force", backup, env=env).exit_code == 0
    with tarfile.open(backup) as tar:
        assert b"no abr" in tar.extractfile("articles/0/museo.txt").read()  # type: ignore[union-attr]


@pytest.mark.parametrize("missing", ["ARTICLES_DIR", "INDEX_DIR"])
def test_where_there_is_nothing_to_save_that_is_one_line(tmp_path: Path, env: dict[str, str], missing: str) -> None:
    shutil.rmtree(env[missing])
    done = run("backup", tmp_path / "b.tar", env=env)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert env[missing] in done.stderr
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("size", [None, 0, 100, 20_000])
def test_what_is_no_backup_is_one_line(tmp_path: Path, env: dict[str, str], size: int | None) -> None:
    backup = tmp_path / "b.tar"
    if size is not None:
        run("backup", backup, env=env)
        backup.write_bytes(backup.read_bytes()[:size])
    done = run("restore", backup, env=env)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert str(backup) in done.stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_file_must_be_named(command: str) -> None:
    assert run(command).exit_code == 2


KILLED = """
import os, signal, sys
from bot.backup import {part}
from scripts.cli import app
{part}.put = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
app()
"""


@pytest.mark.parametrize("part", ["articles", "state", "published"])
def test_where_a_restore_was_killed_the_next_one_does_the_rest_and_clears_up(
    tmp_path: Path, env: dict[str, str], part: str
) -> None:
    asyncio.run(remember(Path(env["STATE_FILE"])))
    run("backup", tmp_path / "b.tar", env=env)
    before = tree(tmp_path)
    wipe(env)
    Path(env["STATE_FILE"]).unlink()
    command = [sys.executable, "-c", KILLED.format(part=part), "restore", str(tmp_path / "b.tar")]
    killed = subprocess.run(command, cwd=ROOT, env=environment(env), capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [name for name in tree(tmp_path) if ".tmp" in name]
    done = run("restore", tmp_path / "b.tar", env=env)
    assert done.exit_code == 0, done.stderr
    after = tree(tmp_path)
    # The same rows in another file.
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} <= {"state.sqlite"}


STOPPED = """
import os, signal
from bot.backup import archive
from scripts.cli import app
archive.write = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
app()
"""


def test_a_backup_that_is_stopped_leaves_no_copy_of_what_people_asked(tmp_path: Path, env: dict[str, str]) -> None:
    asyncio.run(remember(Path(env["STATE_FILE"])))
    before = tree(tmp_path)
    command = [sys.executable, "-c", STOPPED, "backup", str(tmp_path / "b.tar")]
    stopped = subprocess.run(command, cwd=ROOT, env=environment(env), capture_output=True, check=False)
    assert stopped.returncode == 1
    assert tree(tmp_path) == before


RESTORE_STOPPED = """
import os, signal
from bot.backup import restoring
from scripts.cli import app
restoring._write_aside = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
app()
"""


def test_a_restore_that_is_stopped_leaves_no_copy_of_what_people_asked(tmp_path: Path, env: dict[str, str]) -> None:
    asyncio.run(remember(Path(env["STATE_FILE"])))
    run("backup", tmp_path / "b.tar", env=env)
    asyncio.run(remember(Path(env["STATE_FILE"]), "c"))
    before = tree(tmp_path)
    command = [sys.executable, "-c", RESTORE_STOPPED, "restore", "--force", str(tmp_path / "b.tar")]
    stopped = subprocess.run(command, cwd=ROOT, env=environment(env), capture_output=True, check=False)
    assert stopped.returncode == 1
    assert tree(tmp_path).keys() == before.keys()


async def remember(path: Path, name: str = "a") -> None:
    async with open_store(path) as store:
        await store.keep_note(name, "b")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but the index's lock, which only a build makes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != LOCK)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("remembers", [False, True])
def test_a_disk_with_no_room_is_one_line_and_leaves_nothing(
    tmp_path: Path, env: dict[str, str], remembers: bool
) -> None:
    """A process that may write files of 32 kB only: less than what is remembered, or than an archive."""
    if remembers:
        asyncio.run(remember(Path(env["STATE_FILE"])))
    shell = ("bash", "-c", 'trap "" XFSZ; ulimit -f 32; exec "$@"', "bash")
    done = run_apart("backup", tmp_path / "b.tar", env=environment(env), prefix=shell)
    assert (done.returncode, done.stdout) == (1, b"")
    assert_one_line(done.stderr.decode())
    assert "free space" in done.stderr.decode()
    assert ("state.sqlite cannot be copied to" in done.stderr.decode()) == remembers
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith((".tmp", ".tar"))] == []
