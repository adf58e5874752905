"""``pregonero build``: what it says, what it skips, and what it leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from index import publish
from index.build import build
from tests.command_line import assert_one_line, run, write_articles
from tests.fakes import HashEncoder, corpus
from tests.models import write_model

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


# --- golden questions ---------------------------------------------------------------------------------------------

QUINUA_ASKED = "¿Cuántas toneladas de quinua exportó Puno?"
SHIPS_ASKED = "¿Cuántos barcos compró Zorroto?"
GOLDEN: list[dict[str, object]] = [
    {"question": QUINUA_ASKED, "answerable": True, "must_contain": [["812 toneladas"]], "article": "quinua.txt"},
    {"question": SHIPS_ASKED, "answerable": True, "must_contain": [["45 barcos"]], "article": "articles/barcos.md"},
    {"question": "¿Cuándo abrirá el museo del Carbón?", "answerable": True, "must_contain": [["nunca"]]},
    {"question": "¿Cuál es la capital de Mongolia?", "answerable": False},
]
GUARDED = {"GOLDEN_QUESTIONS": "golden.jsonl"}


@pytest.fixture
def guarded(place: Path) -> str:
    """The version published of the articles, with three of four golden questions answered right."""
    (place / "golden.jsonl").write_text("\n".join(map(json.dumps, GOLDEN)), "utf-8")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["3 of 4 golden questions answered right."]
    return publish.current_version(Path("var/index"))


def spoil(name: str, text: str, other: str) -> None:
    """Have an article say something else."""
    path = Path(ARTICLES) / name
    said = path.read_text("utf-8")
    assert text in said
    path.write_text(said.replace(text, other), "utf-8")


def test_what_would_answer_a_golden_question_worse_is_not_published(guarded: str) -> None:
    spoil("quinua.txt", "812", "900")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith("1 golden question that is answered right now would be answered wrongly, so ")
    assert f"(«{QUINUA_ASKED}»)" in done.stderr
    assert "`pregonero build --force`" in done.stderr
    assert [version.id for version in publish.versions(Path("var/index"))] == [guarded]
    assert [path.name for path in Path("var/index/versions").iterdir()] == [guarded]
    assert not publish.verify(Path("var/index")).damage


def test_force_publishes_it_and_says_what_is_wrong_now(guarded: str) -> None:
    spoil("quinua.txt", "812", "900")
    done = run("build", "--articles", ARTICLES, "--force", env=GUARDED)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == ["2 of 4 golden questions answered right."]
    assert_one_line(done.stderr)
    assert f"«{QUINUA_ASKED}»" in done.stderr
    assert publish.current_version(Path("var/index")) > guarded
    # What is published now is what the next one is held to.
    spoil("museo.txt", "230", "240")
    again = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (again.exit_code, again.stderr) == (0, "")


def test_a_question_that_must_be_refused_and_would_be_answered_is_worse(guarded: str) -> None:
    (Path(ARTICLES) / "mongolia.txt").write_text("Mongolia\n\nLa capital de Mongolia es Ulán Bator.\n", "utf-8")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert done.exit_code == 1
    assert "«¿Cuál es la capital de Mongolia?»" in done.stderr
    assert publish.current_version(Path("var/index")) == guarded


def test_the_right_sentence_of_another_article_is_worse(guarded: str) -> None:
    (Path(ARTICLES) / "quinua.txt").rename(Path(ARTICLES) / "otra.txt")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert done.exit_code == 1
    assert f"«{QUINUA_ASKED}»" in done.stderr
    assert publish.current_version(Path("var/index")) == guarded


def test_a_question_that_is_answered_wrongly_already_holds_nothing_up(guarded: str) -> None:
    spoil("museo.txt", "14 de septiembre", "15 de octubre")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["3 of 4 golden questions answered right."]
    assert publish.current_version(Path("var/index")) > guarded


def test_one_that_is_up_to_date_is_not_asked(guarded: str) -> None:
    Path("golden.jsonl").write_text(json.dumps({"question": QUINUA_ASKED, "answerable": False}), "utf-8")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert done.stdout == f"3 articles, 3 passages: version {guarded} in var/index is up to date.\n"


def test_where_the_published_version_cannot_be_asked_every_question_must_be_right(guarded: str) -> None:
    (publish.version_folder(Path("var/index"), guarded) / "passages.jsonl").unlink()
    spoil("quinua.txt", "812", "900")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith("The published version cannot be asked (")
    assert "passages.jsonl is missing), and 2 golden questions would be answered wrongly, so" in done.stderr
    # The museum's was wrong all along, and nothing tells that any more.
    assert f"(«{QUINUA_ASKED}», «¿Cuándo abrirá el museo del Carbón?»): mend" in done.stderr
    assert publish.current_version(Path("var/index")) == guarded
    forced = run("build", "--articles", ARTICLES, "--force", env=GUARDED)
    assert forced.exit_code == 0
    assert forced.stdout.splitlines()[1:] == ["2 of 4 golden questions answered right."]
    assert_one_line(forced.stderr)
    assert forced.stderr.endswith("passages.jsonl is missing), so these may be wrong already.\n")


def test_a_damaged_version_is_mended_by_one_that_answers_every_question_right(guarded: str) -> None:
    (publish.version_folder(Path("var/index"), guarded) / "passages.jsonl").unlink()
    spoil("museo.txt", "230", "240")
    Path("golden.jsonl").write_text("\n".join(map(json.dumps, [GOLDEN[0], GOLDEN[1], GOLDEN[3]])), "utf-8")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["3 of 3 golden questions answered right."]
    assert publish.current_version(Path("var/index")) > guarded


def test_a_version_of_another_model_is_asked_with_its_own(guarded: str, place: Path) -> None:
    model = str(write_model(place / "tiny"))
    spoil("quinua.txt", "812", "900")
    done = run("build", "--articles", ARTICLES, "--model", model, env=GUARDED)
    assert done.exit_code == 1
    assert f"«{QUINUA_ASKED}»" in done.stderr
    assert publish.current_version(Path("var/index")) == guarded


def test_a_version_of_a_folder_s_model_that_is_no_longer_set_cannot_be_asked(guarded: str, place: Path) -> None:
    model = str(write_model(place / "tiny"))
    built = run("build", "--articles", ARTICLES, "--model", model, "--force", env=GUARDED)
    assert built.exit_code == 0
    before = publish.current_version(Path("var/index"))
    assert before > guarded
    spoil("quinua.txt", "812", "900")
    done = run("build", "--articles", ARTICLES, env=GUARDED)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "cannot be asked (There is no embedding model 'tiny@" in done.stderr
    assert f"«{QUINUA_ASKED}»" in done.stderr
    assert publish.current_version(Path("var/index")) == before


@pytest.mark.parametrize(("name", "content"), [("none.jsonl", None), ("golden.jsonl", ""), ("golden.jsonl", "¿qué?")])
def test_golden_questions_that_cannot_be_read_are_one_line_before_anything_is_done(
    place: Path, name: str, content: str | None
) -> None:
    if content is not None:
        (place / name).write_text(content, "utf-8")
    done = run("build", "--articles", "nowhere", env={"GOLDEN_QUESTIONS": name})
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith(name)
    assert not Path("var").exists()


def publish_once() -> str:
    assert run("build", "--articles", ARTICLES).exit_code == 0
    return publish.current_version(Path("var/index"))
