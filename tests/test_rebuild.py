"""Indexing the articles, here and in a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.golden import RegressionError
from bot.rebuild import ASKING, READING, Rebuilt, index_articles, rebuild
from index.publish import building, read_manifest, versions
from index.records import BuildError, BuildLockedError, EmptyCorpusError
from index.stages import Stage
from tests.command_line import SETTINGS, run, write_articles

MODEL = "all-MiniLM-L6-v2"
STEPS = [READING, *Stage]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with articles, that the settings name and that has no index yet."""
    write_articles(tmp_path / "articles")
    given = {
        "ARTICLES_DIR": str(tmp_path / "articles"),
        "CACHE_FILE": str(tmp_path / "vectors.sqlite"),
        "INDEX_DIR": str(tmp_path / "index"),
    }
    for name in SETTINGS:
        monkeypatch.setenv(name, given.get(name, ""))
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """The processes that a test starts."""
    processes = []
    start: Callable[..., Awaitable[asyncio.subprocess.Process]] = asyncio.create_subprocess_exec

    async def starts(*command: str, **options: object) -> asyncio.subprocess.Process:
        # Ctrl-C goes to every process of a terminal's group: the bot decides what becomes of its build.
        assert (command[0], options["start_new_session"]) == (sys.executable, True)
        processes.append(await start(*command, **options))
        return processes[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", starts)
    return processes


Told = list[tuple[str, int, int]]


def telling(told: Told) -> Callable[[str, int, int], None]:
    return lambda step, done, total: told.append((step, done, total))


def assert_in_order(told: Told) -> None:
    """Every step was told, in order, each up to its end."""
    assert list(dict.fromkeys(step for step, _, _ in told)) == STEPS
    for step in STEPS:
        done = [each for name, each, _ in told if name == step]
        totals = {total for name, _, total in told if name == step}
        assert done == sorted(done)
        assert {done[-1]} == totals


def test_what_is_indexed_is_what_the_command_line_publishes(home: Path) -> None:
    told: Told = []
    indexed = index_articles([str(home / "articles")], home / "here", MODEL, home / "vectors.sqlite", telling(told))
    report = indexed.report
    assert (len(indexed.corpus.articles), report.articles, report.up_to_date) == (3, 3, False)
    assert_in_order(told)
    given = {"ARTICLES_DIR": str(home / "articles"), "CACHE_FILE": str(home / "vectors.sqlite")}
    assert run("build", env={**given, "INDEX_DIR": str(home / "there")}).exit_code == 0
    here, there = read_manifest(home / "here"), read_manifest(home / "there")
    assert (here.corpus, here.model, here.roots) == (there.corpus, there.model, there.roots)
    assert here.files == there.files
    assert here.version == report.version


def test_without_articles_nothing_is_published(home: Path) -> None:
    (home / "nothing").mkdir()
    with pytest.raises(EmptyCorpusError):
        index_articles([str(home / "nothing")], home / "index", MODEL, home / "vectors.sqlite", telling([]))
    assert not (home / "index").exists()


async def test_a_process_of_its_own_tells_its_steps_and_what_came_of_them(
    home: Path, started: list[asyncio.subprocess.Process]
) -> None:
    (home / "articles" / "roto.txt").write_bytes(b"\xff\xfe\x00")
    told: Told = []
    first = await rebuild(telling(told))
    manifest = read_manifest(home / "index")
    assert first == Rebuilt(manifest.version, 3, manifest.passages, skipped=first.skipped, up_to_date=False)
    assert_in_order(told)
    again = await rebuild(telling([]))
    assert again == Rebuilt(manifest.version, 3, manifest.passages, skipped=first.skipped, up_to_date=True)
    assert [process.returncode for process in started] == [0, 0]


async def test_what_keeps_it_from_ending_is_told_in_its_own_sentence(home: Path) -> None:
    with building(home / "index"), pytest.raises(BuildLockedError, match=r"Another build is writing .*: wait until"):
        await rebuild(telling([]))


async def test_golden_questions_that_would_go_wrong_are_named_and_nothing_is_published(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "¿Cuántas toneladas de quinua exportó Puno?"
    golden = {"question": asked, "answerable": True, "must_contain": [["812 toneladas"]]}
    (home / "golden.jsonl").write_text(json.dumps(golden), "utf-8")
    monkeypatch.setenv("GOLDEN_QUESTIONS", str(home / "golden.jsonl"))
    told: Told = []
    first = await rebuild(telling(told))
    assert [step for step in told if step[0] == ASKING] == [(ASKING, 0, 1), (ASKING, 1, 1)]
    article = home / "articles" / "quinua.txt"
    article.write_text(article.read_text("utf-8").replace("812", "900"), "utf-8")
    with pytest.raises(RegressionError) as caught:
        await rebuild(telling([]))
    assert caught.value.questions == (asked,)
    assert [version.id for version in versions(home / "index")] == [first.version]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GOLDEN_QUESTIONS", "{home}/none", "{home}/none cannot be read"),
        ("ARTICLES_DIR", "{home}/none", "{home}/none"),
        ("EMBEDDING_MODEL", "{home}/none", "none"),
        ("QUEUE_SIZE", "muchas", "QUEUE_SIZE is muchas: write a whole number from 1 to 10000."),
    ],
)
async def test_each_failure_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value.format(home=home))
    with pytest.raises(BuildError) as caught:
        await rebuild(telling([]))
    assert not isinstance(caught.value, BuildLockedError)
    assert sentence.format(home=home) in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith(".")


def cut_short(
    processes: list[asyncio.subprocess.Process], act: Callable[[asyncio.subprocess.Process], None]
) -> Callable[[str, int, int], None]:
    """Something to tell that acts on the process at the first step after reading."""
    acted = False

    def tell(step: str, _done: int, _total: int) -> None:
        nonlocal acted
        if step != READING and not acted:
            assert processes[-1].returncode is None
            acted = True
            act(processes[-1])

    return tell


async def test_a_process_that_dies_is_told_of_and_leaves_no_version(
    home: Path, started: list[asyncio.subprocess.Process]
) -> None:
    with pytest.raises(BuildError, match="ended early: look at the log"):
        await rebuild(cut_short(started, lambda process: process.kill()))
    assert versions(home / "index") == ()


async def test_a_build_that_is_cancelled_takes_its_process_along(
    home: Path, started: list[asyncio.subprocess.Process]
) -> None:
    unneeded = asyncio.Event()
    task = asyncio.create_task(rebuild(cut_short(started, lambda _process: unneeded.set())))
    await asyncio.wait_for(unneeded.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert started[-1].returncode == -signal.SIGKILL
    assert versions(home / "index") == ()
