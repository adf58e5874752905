"""``pregonero build``: what it says, what it skips, and what it leaves alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from index import publish
from index.build import build
from tests.command_line import assert_one_line, run, write_articles
from tests.fakes import HashEncoder, corpus

ARTICLES = "articles"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder: empty but for ``articles``."""
    monkeypatch.chdir(tmp_path)
    write_articles(tmp_path / ARTICLES)
    return tmp_path


def test_it_reads_the_folders_of_the_settings_and_sums_up() -> None:
    done = run("build", env={"ARTICLES_DIR": ARTICLES, "INDEX_DIR": "here", "CACHE_FILE": "cache/v.sqlite"})
    assert done.exit_code == 0
    said = r"3 articles, 3 passages \(3 embedded, 0 reused\) in \d+\.\d s: version \S+ is published in here\.\n"
    assert re.fullmatch(said, done.stdout)
    assert done.stderr == ""
    assert publish.read_manifest(Path("here")).roots == (ARTICLES,)
    assert Path("cache/v.sqlite").is_file()


def test_several_folders_may_follow_one_flag_or_have_one_each(place: Path) -> None:
    for name in ("b", "c"):
        (place / name).mkdir()
        (place / name / "one.txt").write_text(f"El faro {name} se encendió en 1902.", "utf-8")
    done = run("build", "--articles", ARTICLES, "b", "--articles", "c", "--index", "i")
    assert done.exit_code == 0
    assert done.stdout.startswith("5 articles, ")
    assert sorted(publish.read_manifest(Path("i")).roots) == [ARTICLES, "b", "c"]


def test_it_says_when_nothing_has_changed_and_if_stale_says_nothing() -> None:
    version = publish_once()
    again = run("build", "--articles", ARTICLES)
    assert again.stdout == f"3 articles, 3 passages: version {version} in var/index is up to date.\n"
    quiet = run("build", "--articles", ARTICLES, "--if-stale")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")
    assert publish.current_version(Path("var/index")) == version


def test_a_changed_article_is_stale_and_only_it_is_embedded(place: Path) -> None:
    version = publish_once()
    (place / ARTICLES / "museo.txt").write_text("El museo del Carbón abre el martes.", "utf-8")
    done = run("build", "--articles", ARTICLES, "--if-stale")
    assert "(1 embedded, 2 reused)" in done.stdout
    assert publish.current_version(Path("var/index")) != version


def test_force_writes_a_new_version_of_the_same() -> None:
    version = publish_once()
    assert run("build", "--articles", ARTICLES, "--force").exit_code == 0
    assert publish.current_version(Path("var/index")) > version


def test_force_and_if_stale_contradict_each_other() -> None:
    done = run("build", "--articles", ARTICLES, "--force", "--if-stale")
    assert done.exit_code == 2
    assert not Path("var").exists()


def test_files_that_cannot_be_used_are_listed_with_their_reason(place: Path) -> None:
    (place / ARTICLES / "empty.txt").touch()
    (place / ARTICLES / "binary.txt").write_bytes(b"\x00\x01" * 99)
    (place / ARTICLES / "twin.txt").write_bytes((place / ARTICLES / "quinua.txt").read_bytes())
    (place / ARTICLES / "dated.md").write_text("---\npublished: mañana\n---\nEl puente tiene 90 metros.", "utf-8")
    done = run("build", "--articles", ARTICLES)
    assert done.exit_code == 0
    assert done.stdout.startswith("5 articles, ")
    lines = done.stderr.splitlines()
    assert lines[0] == "articles/twin.txt has the same text as articles/quinua.txt: both are kept."
    assert lines[1].startswith("articles/dated.md: its published 'mañana' ")
    assert lines[2] == "2 files skipped:"
    assert [line.split(": ")[0] for line in lines[3:]] == ["  articles/binary.txt", "  articles/empty.txt"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--articles", "nowhere"], "nowhere does not exist"),
        (["--articles", "void"], "is in void"),
        (["--articles", "bad"], "bad/empty.txt"),
        (["--articles", ARTICLES, "--model", "no such model"], "no such model"),
        (["--articles", ARTICLES, "--model", "owner/name"], "revision"),
        (["--articles", ARTICLES, "--model", "void"], "void"),
        (["--articles", ARTICLES, "--index", "articles/museo.txt"], "articles/museo.txt"),
    ],
)
def test_a_build_that_fails_says_why_in_one_line_and_leaves_what_is_published(
    place: Path, args: list[str], said: str
) -> None:
    version = build(corpus(), Path("var/index"), HashEncoder(), cache=place / "v.sqlite").version
    (place / "void").mkdir()
    (place / "bad").mkdir()
    (place / "bad" / "empty.txt").touch()
    done = run("build", *args)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert said in done.stderr
    assert not publish.verify(Path("var/index"), version).damage
    assert publish.current_version(Path("var/index")) == version


def test_two_builds_at_once_are_one_too_many() -> None:
    with publish.building(Path("var/index")):
        done = run("build", "--articles", ARTICLES)
    assert done.exit_code == 1
    assert_one_line(done.stderr)
    assert "Another build" in done.stderr


def publish_once() -> str:
    assert run("build", "--articles", ARTICLES).exit_code == 0
    return publish.current_version(Path("var/index"))
