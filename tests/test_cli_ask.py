"""``pregonero ask``: a cited answer for people and for programs, and one sentence for what cannot be asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from index import publish
from index.build import build
from index.snapshot import open_snapshot
from tests.command_line import (
    COMMAND,
    MUSEO,
    QUINUA,
    ROOT,
    ZORROTO,
    assert_one_line,
    environment,
    run,
    run_apart,
    write_articles,
)
from tests.fakes import HashEncoder, corpus

BARCOS = "¿Cuántos barcos compró Zorroto?"
TONELADAS = "¿Cuántas toneladas de quinua exportó la cooperativa de Puno?"
NOBODY = "¿Cuál es la capital de Mongolia?"
ENGLISH = "How many ships did Zorroto buy?"
KEYS = ["question", "language", "status", "confidence", "answer", "citations", "near", "index_version", "timings_ms"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ask")
    folder = place / "index"
    env = {"CACHE_FILE": str(place / "v.sqlite")}
    assert run("build", "--articles", write_articles(place / "articles"), "--index", folder, env=env).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def objects(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_json_is_one_object_and_nothing_else(index: Path) -> None:
    done = run("ask", "--json", "--index", index, BARCOS)
    assert (done.exit_code, done.stderr) == (0, "")
    (value,) = objects(done.stdout)
    assert list(value) == KEYS
    assert value["question"] == BARCOS
    assert (value["language"], value["status"]) == ("es", "answered")
    assert 0 < value["confidence"] <= 1
    assert "**45 barcos**" in value["answer"]
    assert value["answer"].endswith("[1]")
    assert value["near"] == []
    assert value["index_version"] == publish.current_version(index)
    assert {"load", "encode", "search", "answer", "total"} <= value["timings_ms"].keys()
    assert all(time >= 0 for time in value["timings_ms"].values())
    assert "Cuántos" in done.stdout, "what is no ASCII is not escaped"


def test_every_quote_stands_in_its_article_where_the_citation_says(index: Path) -> None:
    articles = {article.id: article for article in open_snapshot(index).articles}
    for question, sentence in ((BARCOS, ZORROTO), (TONELADAS, QUINUA)):
        (value,) = objects(run("ask", "--json", "--index", index, question).stdout)
        assert value["citations"][0]["quote"] == sentence
        for citation in value["citations"]:
            article = articles[citation["article_id"]]
            assert article.text[citation["start"] : citation["end"]] == citation["quote"]
            assert (citation["path"], citation["title"]) == (article.path, article.title)
            assert citation["quote"] in Path(citation["path"]).read_text("utf-8")


def test_what_the_articles_do_not_say_is_not_answered(index: Path) -> None:
    done = run("ask", "--json", "--index", index, NOBODY)
    assert done.exit_code == 0
    (value,) = objects(done.stdout)
    assert (value["status"], value["citations"]) == ("not_found", [])
    assert value["answer"] == "No lo sé: los artículos que conozco no lo dicen."
    assert 1 <= len(value["near"]) <= 3
    assert all(list(near) == ["title", "url", "path"] for near in value["near"])


def test_without_json_the_answer_comes_with_its_sources(index: Path) -> None:
    done = run("ask", "--index", index, BARCOS)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{ZORROTO} [1]"
    at = lines.index("Fuentes")
    assert lines[at - 1] == ""
    assert lines[at + 1] == "[1] Zorroto amplía su flota · El Diario · 2024-05-06"
    assert lines[at + 2] == "    https://example.org/zorroto"
    assert lines[at + 3].endswith("articles/barcos.md")
    assert lines[at + 4] == f"    «{ZORROTO}»"
    assert "\x1b" not in done.stdout


def test_a_question_in_english_is_answered_in_english_with_quotes_as_they_are(index: Path) -> None:
    done = run("ask", "--index", index, ENGLISH)
    assert "\nSources\n" in done.stdout
    assert f"«{ZORROTO}»" in done.stdout
    (value,) = objects(run("ask", "--json", "--index", index, ENGLISH).stdout)
    assert value["language"] == "en"


def test_a_dash_reads_a_question_a_line_and_answers_each_in_order(index: Path) -> None:
    done = run("ask", "--json", "-", "--index", index, typed=f"{BARCOS}\n{NOBODY}\r\n{TONELADAS}")
    assert (done.exit_code, done.stderr) == (0, "")
    values = objects(done.stdout)
    assert [value["question"] for value in values] == [BARCOS, NOBODY, TONELADAS]
    assert [value["status"] for value in values] == ["answered", "not_found", "answered"]
    assert "load" in values[0]["timings_ms"]
    assert "load" not in values[1]["timings_ms"], "the index is opened once"


def test_a_line_that_cannot_be_asked_gives_an_object_and_the_others_go_on(index: Path) -> None:
    typed = f"\n{'a' * 10_000}\n \x00\x1b \n{BARCOS}\n".encode() + b"\xff\xfe barcos de Zorroto\n"
    done = run("ask", "--json", "-", "--index", index, typed=typed)
    assert done.exit_code == 1
    values = objects(done.stdout)
    assert [value["status"] for value in values[:4]] == ["error", "error", "error", "answered"]
    assert all(list(value) == ["question", "status", "error"] for value in values[:3])
    assert values[0]["error"] == "The question is empty: write what you want to know."
    assert values[1]["question"] == "a" * 10_000
    assert len(values) == 5


def test_lines_are_answered_as_text_too(index: Path) -> None:
    done = run("ask", "-", "--index", index, typed=f"{BARCOS}\n\n{TONELADAS}\n")
    assert done.exit_code == 1
    assert done.stderr == "Line 2: The question is empty: write what you want to know.\n"
    first, second = done.stdout.split("\n\nFuentes\n")[:2]
    assert first == f"{ZORROTO} [1]"
    assert second.endswith(f"\n\n{QUINUA} [1]")


def test_no_line_is_no_question(index: Path) -> None:
    done = run("ask", "--json", "-", "--index", index, typed="")
    assert (done.exit_code, done.stdout) == (0, "")


def test_an_answer_comes_before_the_next_question_is_asked(index: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "ask", "--json", "-", "--index", os.fspath(index)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
        encoding="utf-8",
    ) as process:
        assert process.stdin
        assert process.stdout
        patience = threading.Timer(60, process.kill)
        patience.start()
        for question in (BARCOS, TONELADAS):
            process.stdin.write(f"{question}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        patience.cancel()
    assert process.returncode == 0


def test_a_question_may_begin_with_a_dash(index: Path) -> None:
    (value,) = objects(run("ask", "--json", "--index", index, "--", "-¿barcos de Zorroto?").stdout)
    assert value["question"] == "-¿barcos de Zorroto?"
    assert run("ask", "--index", index, "-¿barcos de Zorroto?").exit_code == 2


def test_top_limits_how_many_passages_are_answered_from(index: Path) -> None:
    (value,) = objects(run("ask", "--json", "--index", index, "--top", "1", NOBODY).stdout)
    assert len(value["near"]) == 1


@pytest.mark.parametrize("args", [[], ["--top", "0", "a"], ["--top", "x", "a"], ["--nonsense", "a"], ["a", "b"]])
def test_wrong_usage_is_exit_code_2(args: list[str]) -> None:
    assert run("ask", *args).exit_code == 2


@pytest.mark.parametrize("question", ["", "   ", "\x00\x1b\u202e", "a" * 10_000, "\udcff\udcfe"])
def test_a_question_that_cannot_be_asked_is_one_line_before_anything_is_opened(question: str) -> None:
    done = run("ask", "--index", "missing", question)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "question" in done.stderr


def test_control_characters_in_a_question_are_passed_over(index: Path) -> None:
    (value,) = objects(run("ask", "--json", "--index", index, f"\x1b[31m{BARCOS}\x07\udcff").stdout)
    assert value["status"] == "answered"
    assert value["question"].isprintable()


def damaged(index: Path) -> str:
    (path,) = index.glob("versions/*/passages.jsonl")
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)
    return "passages.jsonl"


def newer(index: Path) -> str:
    (path,) = index.glob("versions/*/manifest.json")
    path.write_text(re.sub(r'"format": 2', '"format": 3', path.read_text("utf-8")), "utf-8")
    return "format 3"


def half_written(index: Path) -> str:
    (index / publish.CURRENT).write_text("2026", "utf-8")
    return "names no version"


def untouched(_: Path) -> str:
    return "hash"


@pytest.mark.parametrize("spoil", [damaged, newer, half_written, untouched])
def test_an_index_that_cannot_be_used_is_one_line_that_says_what_to_do(tmp_path: Path, spoil: Any) -> None:
    """``untouched`` was built with another model, of another dimension."""
    build(corpus(), tmp_path / "index", HashEncoder(), cache=tmp_path / "v.sqlite")
    said = spoil(tmp_path / "index")
    done = run("ask", "--json", "--index", tmp_path / "index", "¿qué barcos?")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert said in done.stderr
    assert "`pregonero build`" in done.stderr


def test_a_missing_index_and_a_missing_model_are_one_line_each(index: Path) -> None:
    for env, args in (({}, ["--index", "missing"]), ({"EMBEDDING_MODEL": "missing"}, ["--index", index])):
        done = run("ask", *args, BARCOS, env=env)
        assert (done.exit_code, done.stdout) == (1, "")
        assert_one_line(done.stderr)
        assert "missing" in done.stderr


def test_a_terminal_gets_emphasis(index: Path) -> None:
    ours, theirs = os.openpty()
    try:
        done = run_apart("ask", "--index", index, BARCOS, stdout=theirs, env={"TERM": "xterm-256color"})
        shown = os.read(ours, 1 << 16).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "\x1b[1m45 barcos\x1b[0m" in shown


def test_articles_far_apart_answer_for_themselves(index: Path) -> None:
    (value,) = objects(run("ask", "--json", "--index", index, "¿Cuándo abrirá el museo del Carbón?").stdout)
    assert [citation["quote"] for citation in value["citations"]] == [MUSEO]
    assert "**14 de septiembre**" in value["answer"]
