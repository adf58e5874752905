"""``pregonero chat``: question after question, from a terminal or from a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from scripts.chat import typed_lines
from tests.command_line import QUINUA, ZORROTO, assert_one_line, run, write_articles

BARCOS = "¿Cuántos barcos compró Zorroto?"
TONELADAS = "¿Cuántas toneladas de quinua exportó la cooperativa de Puno?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("chat")
    env = {"CACHE_FILE": str(place / "v.sqlite")}
    built = run("build", "--articles", write_articles(place / "articles"), "--index", place / "index", env=env)
    assert built.exit_code == 0
    return place / "index"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_line_of_a_pipe_is_a_question_and_the_answers_are_all_that_is_printed(index: Path) -> None:
    done = run("chat", "--index", index, typed=f"{BARCOS}\n\n  \n{TONELADAS}")
    assert (done.exit_code, done.stderr) == (0, "")
    answers = done.stdout.split("\n\n")
    assert answers[0] == f"{ZORROTO} [1]"
    assert answers[2] == f"{QUINUA} [1]"
    kept = [path for path in Path("var").rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} <= {".onnx"}, "nothing is kept of what comes through a pipe"


@pytest.mark.parametrize("word", ["/salir", " /exit "])
def test_a_word_ends_it(index: Path, word: str) -> None:
    done = run("chat", "--index", index, typed=f"{word}\n{BARCOS}\n")
    assert (done.exit_code, done.stdout) == (0, "")


def test_a_question_that_cannot_be_asked_does_not_end_it(index: Path) -> None:
    done = run("chat", "--index", index, typed=f"{'a' * 9_999}\n{BARCOS}\n")
    assert done.exit_code == 0
    assert_one_line(done.stderr)
    assert ZORROTO in done.stdout


def test_without_an_index_it_says_so() -> None:
    done = run("chat", typed=BARCOS)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)


def typing(keys: str, history: Path) -> list[str]:
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(keys)
        return list(typed_lines("Pregunta", history))


CTRL_A, CTRL_C, CTRL_D, UP = "\x01", "\x03", "\x04", "\x1b[A"


def test_ctrl_c_gives_up_the_line_and_ctrl_d_leaves(tmp_path: Path) -> None:
    assert typing(f"uno\rdos{CTRL_C}tres\r{CTRL_D}", tmp_path / "history") == ["uno", "tres"]


def test_a_line_can_be_edited(tmp_path: Path) -> None:
    assert typing(f"barcos{CTRL_A}45 \r{CTRL_D}", tmp_path / "history") == ["45 barcos"]


def test_what_was_typed_comes_back_the_next_time_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    history = tmp_path / "var" / "history"
    assert typing(f"¿uno?\r{CTRL_D}", history) == ["¿uno?"]
    assert history.stat().st_mode & 0o077 == 0
    assert typing(f"{UP}\r{CTRL_D}", history) == ["¿uno?"]


def test_where_history_cannot_be_kept_it_says_so_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert typing(f"uno\r{CTRL_D}", tmp_path / "file" / "history") == ["uno"]
    assert_one_line(capsys.readouterr().err)
