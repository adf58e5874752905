"""``pregonero status``, ``verify`` and ``rollback``: what is published, whether it is whole, and the way back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from index import publish
from index.build import build
from scripts.status import age
from tests.command_line import assert_one_line, run
from tests.fakes import HashEncoder, corpus


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of two versions: of six articles, then of four."""
    folder = tmp_path / "index"
    for count in (6, 4):
        build(corpus(count), folder, HashEncoder(), cache=tmp_path / "v.sqlite", roots=("news", "archive"))
    return folder


def versions(index: Path) -> list[str]:
    return [version.id for version in publish.versions(index)]


def test_status_describes_the_published_version(index: Path) -> None:
    done = run("status", "--index", index)
    assert (done.exit_code, done.stderr) == (0, "")
    facts = dict(line.split(None, 1) for line in done.stdout.splitlines())
    newest, oldest = versions(index)
    manifest = publish.read_manifest(index)
    assert facts["Version"] == newest
    assert facts["Built"].endswith(" UTC, 0 minutes ago")
    assert facts["Articles"] == "4 from news, archive"
    assert facts["Passages"] == str(manifest.passages)
    assert facts["Sentences"] == str(manifest.sentences)
    assert facts["Model"] == "hash at 1"
    assert facts["Vectors"] == "24 numbers each, exact search"
    assert facts["Size"].endswith(f" in {index}")
    assert facts["Previous"] == oldest


def test_status_as_json_is_one_object(index: Path) -> None:
    done = run("status", "--json", "--index", index)
    value = json.loads(done.stdout)
    newest, oldest = versions(index)
    assert (value["version"], value["previous"]) == (newest, oldest)
    assert (value["articles"], value["dimension"], value["vector_index"]) == (4, 24, "exact")
    assert value["roots"] == ["news", "archive"]
    files = [path for path in (index / "versions" / newest).rglob("*") if path.is_file()]
    assert value["bytes"] == sum(path.stat().st_size for path in files if path.name != "manifest.json")


def test_status_reads_the_index_of_the_settings(index: Path) -> None:
    assert run("status", env={"INDEX_DIR": str(index)}).stdout == run("status", "--index", index).stdout


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "0 minutes"),
        (timedelta(seconds=59), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_age_is_told_in_the_largest_unit(passed: timedelta, said: str) -> None:
    assert age(passed) == said


def test_verify_finds_an_index_whole(index: Path) -> None:
    done = run("verify", "--index", index)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Version {versions(index)[0]} is whole: ")


def test_verify_names_every_damaged_file_and_says_what_to_do(index: Path) -> None:
    place = index / "versions" / versions(index)[0]
    data = bytearray((place / "vectors.npy").read_bytes())
    data[-1] ^= 1
    (place / "vectors.npy").write_bytes(data)
    (place / "articles.jsonl").unlink()
    done = run("verify", "--index", index)
    assert done.exit_code == 1
    named = [line.split()[0] for line in done.stdout.splitlines()]
    assert named == [str(place / "articles.jsonl"), str(place / "vectors.npy")]
    assert_one_line(done.stderr)
    assert "2 of" in done.stderr
    assert "`pregonero rollback`" in done.stderr


def test_rollback_publishes_the_version_before(index: Path) -> None:
    older = versions(index)[1]
    done = run("rollback", "--index", index)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Version {older} is published again: 6 articles, ")
    assert publish.current_version(index) == older


def test_there_is_one_way_back_only(index: Path) -> None:
    run("rollback", "--index", index)
    done = run("rollback", "--index", index)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)


@pytest.mark.parametrize("command", ["status", "verify", "rollback"])
def test_where_there_is_no_index_they_say_so(tmp_path: Path, command: str) -> None:
    done = run(command, "--index", tmp_path / "no\x1b[31m index")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "pregonero build" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("command", ["status", "verify", "ask", "rollback"])
def test_a_damaged_manifest_is_one_line(index: Path, command: str) -> None:
    for version in versions(index):
        (index / "versions" / version / "manifest.json").write_bytes(b"\xff not json")
    done = run(command, "--index", index, *(["¿qué?"] if command == "ask" else []))
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "manifest.json" in done.stderr
