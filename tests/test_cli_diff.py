"""``pregonero diff``: which answers changed between two versions of the index."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.answers import Answer, Citation, NotFound, Statement
from index import publish
from index.records import Article, Language, Span
from scripts import diff, differences
from scripts.differences import Change, Differences
from tests.command_line import MUSEO, QUINUA, ZORROTO, assert_one_line, run, write_articles

ARTICLES = "articles"
INDEX = Path("var/index")
SHIPS, TONS, OPENS, LITHIUM = (
    "¿Cuántos barcos compró Zorroto?",
    "¿Cuántas toneladas de quinua exportó Puno?",
    "¿Cuándo abrirá el museo del Carbón?",
    "¿Cuántas toneladas de litio extrae la mina Calandria?",
)
REFUSED = "No lo sé: los artículos que conozco no lo dicen."
MINE = "La mina Calandria, en Jujuy, extrae 900 toneladas de litio al año."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of two versions: between them a figure changed, an article came and one went."""
    place = tmp_path_factory.mktemp("diff")
    articles = write_articles(place / ARTICLES)
    build = ("build", "--articles", articles, "--index", place / INDEX)
    env = {"CACHE_FILE": str(place / "vectors.sqlite")}
    assert run(*build, env=env).exit_code == 0
    (articles / "quinua.txt").write_text(f"Quinua para Noruega\n\n{QUINUA.replace('812', '900')}\n", "utf-8")
    (articles / "museo.txt").unlink()
    (articles / "mina.txt").write_text(f"La mina Calandria extrae litio\n\n{MINE}\n", "utf-8")
    assert run(*build, env=env).exit_code == 0
    (place / "questions.txt").write_text(f"{SHIPS}\n{TONS}\n\n{OPENS}\n{LITHIUM}", "utf-8")
    return place


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.chdir(place)


def versions() -> tuple[str, str]:
    """The ids of the version before and of the published one."""
    after, before = (version.id for version in publish.versions(INDEX))
    return before, after


def compared(*args: str, env: dict[str, str] | None = None) -> Any:
    done = run("diff", *args, "--json", env=env)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_each_answer_that_changed_is_shown_before_and_after() -> None:
    before, after = versions()
    done = run("diff", "previous", "current", "--questions", "questions.txt")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        TONS,
        f"- {QUINUA} [1]",
        f"+ {QUINUA.replace('812', '900')} [1]",
        "      [1] Quinua para Noruega",
        "",
        OPENS,
        f"- {MUSEO} [1]",
        "-     [1] Nuevo museo del Carbón",
        f"+ {REFUSED}",
        "",
        LITHIUM,
        f"- {REFUSED}",
        f"+ {MINE} [1]",
        "+     [1] La mina Calandria extrae litio",
        "",
        f"3 of 4 answers changed from {before} to {after}; 1 unchanged.",
    ]


def test_as_json_it_is_one_object(place: Path) -> None:
    before, after = versions()
    found = compared("--questions", "questions.txt")
    changed = found.pop("changed")
    assert found == {"before": before, "after": after, "questions": 4, "unchanged": 1}
    assert [each["question"] for each in changed] == [TONS, OPENS, LITHIUM]
    assert changed[0]["after"] == {
        "status": "answered",
        "answer": f"{QUINUA.replace('812 toneladas', '**900 toneladas**')} [1]",
        "sources": [{"title": "Quinua para Noruega", "url": None, "path": str(place / ARTICLES / "quinua.txt")}],
    }
    assert changed[2]["before"] == {"status": "not_found", "answer": None, "sources": []}


def test_versions_go_by_their_ids_too_in_either_order() -> None:
    before, after = versions()
    assert compared(before, after, "--questions", "questions.txt") == compared("--questions", "questions.txt")
    back = compared("current", before, "--questions", "questions.txt")
    assert (back["before"], back["after"], back["unchanged"]) == (after, before, 1)
    same = compared(after, "current", "--questions", "questions.txt")
    assert (same["changed"], same["unchanged"]) == ([], 4)


def test_the_golden_questions_are_asked_unless_others_are_named() -> None:
    Path("golden.jsonl").write_text(json.dumps({"question": TONS, "answerable": True}), "utf-8")
    env = {"GOLDEN_QUESTIONS": "golden.jsonl"}
    assert compared(env=env)["questions"] == 1
    assert compared("--questions", "questions.txt", env=env)["questions"] == 4
    assert compared("--questions", "golden.jsonl")["changed"][0]["question"] == TONS


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "give --questions FILE, or set GOLDEN_QUESTIONS"),
        (["--questions", "none.txt"], "none.txt cannot be read"),
        (["current", "20200101T000000000000Z-01234567", "--questions", "questions.txt"], "There is no version"),
        (["../../articles", "current", "--questions", "questions.txt"], "There is no version"),
        (["\x1b[31m", "current", "--questions", "questions.txt"], "There is no version"),
        (["--questions", "questions.txt", "--index", "nowhere"], "There is no index in nowhere"),
    ],
)
def test_what_cannot_be_compared_is_one_line(args: list[str], said: str) -> None:
    done = run("diff", *args)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert said in done.stderr
    assert "\x1b" not in done.stderr


def test_where_one_version_is_all_there_is_nothing_is_before_it(tmp_path: Path) -> None:
    articles = write_articles(tmp_path / ARTICLES)
    env = {"INDEX_DIR": str(tmp_path / "index"), "CACHE_FILE": str(tmp_path / "vectors.sqlite")}
    assert run("build", "--articles", articles, env=env).exit_code == 0
    done = run("diff", "--questions", "questions.txt", env=env)
    assert done.exit_code == 1
    assert_one_line(done.stderr)
    assert "no version before the current one" in done.stderr
    assert "build again" in done.stderr


def test_after_a_rollback_the_version_that_was_withdrawn_is_named(tmp_path: Path) -> None:
    env = {"INDEX_DIR": str(tmp_path / "index"), "CACHE_FILE": str(tmp_path / "vectors.sqlite")}
    articles = write_articles(tmp_path / ARTICLES)
    for args in (("build", "--articles", articles), ("build", "--force", "--articles", articles), ("rollback",)):
        assert run(*args, env=env).exit_code == 0
    withdrawn, current = (version.id for version in publish.versions(tmp_path / "index"))
    done = run("diff", "--questions", "questions.txt", env=env)
    assert done.exit_code == 1
    assert_one_line(done.stderr)
    assert done.stderr.endswith(f"no version before the current one, {current}: name one of {withdrawn}.\n")
    found = compared(withdrawn, "--questions", "questions.txt", env=env)
    assert (found["before"], found["after"], found["changed"]) == (withdrawn, current, [])


# --- what changed, and how it looks -------------------------------------------------------------------------------

WHOLE = Span(0, len(ZORROTO))
ONE = Article(id="1", path="a/barcos.md", title="Zorroto amplía su flota", text=ZORROTO)
SAID = Answer(
    SHIPS,
    Language.SPANISH,
    0.9,
    (Statement(ZORROTO, (), (1,)),),
    (Citation(1, ONE, WHOLE, ZORROTO, 1.0),),
)
NOTHING = NotFound(SHIPS, Language.SPANISH, 0.1, (ONE,))


def citing(*articles: Article) -> Answer:
    """``SAID``, with these articles behind its one sentence."""
    citations = tuple(Citation(number, each, WHOLE, ZORROTO, 1.0) for number, each in enumerate(articles, 1))
    return replace(SAID, statements=(Statement(ZORROTO, (), tuple(range(1, len(articles) + 1))),), citations=citations)


def of(*changes: Change) -> Differences:
    return Differences("one", "two", 5, changes)


class Says:
    """A desk that gives one answer."""

    version = "one"

    def __init__(self, outcome: Answer | NotFound) -> None:
        self.outcome = outcome

    def ask(self, _question: str) -> Says:
        return self


@pytest.mark.parametrize(
    ("after", "same"),
    [
        (replace(SAID, confidence=0.5), True),
        (citing(replace(ONE, id="2", text=f"{ZORROTO} Y más.", author="Ana Pérez")), True),
        (citing(replace(ONE, path="b/c.md")), False),
        (citing(replace(ONE, url="https://example.org/b")), False),
        (citing(replace(ONE, title="Otro")), False),
        (replace(SAID, statements=(*SAID.statements, Statement(MUSEO, (), (1,)))), False),
        (NOTHING, False),
    ],
)
def test_an_answer_is_another_one_when_its_sentences_or_its_sources_are(after: Answer | NotFound, same: bool) -> None:
    told: list[tuple[int, int]] = []
    one, other = Says(SAID), Says(after)
    found = differences.compare(one, other, [SHIPS, TONS], lambda *each: told.append(each))  # type: ignore[arg-type]  # a stand-in
    assert (found.unchanged, len(found.changes)) == ((2, 0) if same else (0, 2))
    assert told == [(0, 2), (1, 2)]


def sources_shown(before: Answer, after: Answer) -> list[str]:
    """The lines that tell of sources where the desk says the one and then the other."""
    found = differences.compare(Says(before), Says(after), [SHIPS], lambda *_: None)  # type: ignore[arg-type]  # a stand-in
    return [line for line, _ in differences.rows(found) if "    [" in line]


def test_a_source_that_was_renamed_is_shown_with_its_path_and_one_that_moved_with_its_address() -> None:
    title, moved = ONE.title, replace(ONE, url="https://example.org/b")
    assert sources_shown(SAID, citing(replace(ONE, path="b/c.md"))) == [
        f"-     [1] {title} (a/barcos.md)",
        f"+     [1] {title} (b/c.md)",
    ]
    assert sources_shown(SAID, citing(moved)) == [
        f"-     [1] {title} (no address)",
        f"+     [1] {title} (https://example.org/b)",
    ]
    bare = replace(ONE, title="")
    assert sources_shown(citing(bare), citing(replace(bare, path="b/c.md"))) == [
        "-     [1] a/barcos.md",
        "+     [1] b/c.md",
    ]


def test_sources_of_one_title_that_change_places_are_told_apart_by_their_paths() -> None:
    other = replace(ONE, id="2", path="b/c.md")
    assert sources_shown(citing(ONE, other), citing(other, ONE)) == [
        f"-     [1] {ONE.title} (a/barcos.md)",
        f"-     [2] {ONE.title} (b/c.md)",
        f"+     [1] {ONE.title} (b/c.md)",
        f"+     [2] {ONE.title} (a/barcos.md)",
    ]


def test_sentences_that_exchange_their_sources_are_a_change() -> None:
    two = citing(ONE, replace(ONE, id="2", path="museo.txt", title="Museo"))
    before, after = (
        replace(two, statements=(Statement(ZORROTO, (), (first,)), Statement(MUSEO, (), (3 - first,))))
        for first in (1, 2)
    )
    found = differences.compare(Says(before), Says(after), [SHIPS], lambda *_: None)  # type: ignore[arg-type]  # a stand-in
    assert found.unchanged == 0
    assert [line for line, _ in differences.rows(found) if line.startswith("+")] == [
        f"+ {ZORROTO} [2]",
        f"+ {MUSEO} [1]",
    ]


def test_near_articles_of_a_refusal_are_no_change() -> None:
    other = Says(replace(NOTHING, near=()))
    assert differences.compare(Says(NOTHING), other, [SHIPS], lambda *_: None).unchanged == 1  # type: ignore[arg-type]  # a stand-in


def test_on_a_terminal_what_was_said_is_red_and_what_is_said_is_green(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=200, highlight=False, color_system="standard")
    monkeypatch.setattr(diff, "is_terminal", lambda _stream: True)
    monkeypatch.setattr("rich.console.Console", lambda **_options: console)
    diff._show(differences.rows(of(Change(SHIPS, SAID, NOTHING))))
    assert written.getvalue().splitlines() == [
        f"\x1b[1m{SHIPS}\x1b[0m",
        f"\x1b[31m- {ZORROTO} [1]\x1b[0m",
        f"\x1b[31m-     [1] {ONE.title}\x1b[0m",
        f"\x1b[32m+ {REFUSED}\x1b[0m",
        "",
        "1 of 5 answers changed from one to two; 4 unchanged.",
    ]


def test_nothing_in_an_answer_or_a_title_commands_the_terminal() -> None:
    hostile = "[red]\x1b[2J\nlínea\u202e"
    article = replace(ONE, title=hostile)
    said = replace(
        SAID,
        statements=(Statement(hostile, (), (1,)),),
        citations=(replace(SAID.citations[0], article=article),),
    )
    lines = [line for line, _ in differences.rows(of(Change(hostile, said, NOTHING)))]
    assert lines[:3] == ["[red][2J línea", "- [red][2J línea [1]", "-     [1] [red][2J línea"]
