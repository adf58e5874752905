"""``pregonero eval``: figures for a file of questions, without touching the published index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import MUSEO, QUINUA, ZORROTO, assert_one_line, run


def question(name: str, text: str, gold: str | None, context: str) -> dict[str, Any]:
    answers = [{"text": gold, "answer_start": context.index(gold)}] if gold else []
    return {"id": name, "question": text, "answers": answers, "is_impossible": gold is None}


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, with ``questions.json`` (one of four unanswerable), ``english.json`` and ``off.tsv``."""
    monkeypatch.chdir(tmp_path)
    for name, texts in (
        ("questions.json", ("¿Cuántos barcos compró Zorroto?", "¿Cuánta quinua exportó Puno?", "¿Qué museo abrirá?")),
        ("english.json", ("How many ships did Zorroto buy?", "How much did Puno export?", "Which museum will open?")),
    ):
        golds = ("45 barcos", "812 toneladas", "museo del Carbón")
        paragraphs: list[dict[str, Any]] = [
            {"context": context, "sentences": [context], "qas": [question(f"q{row}", text, gold, context)]}
            for row, (context, text, gold) in enumerate(zip((ZORROTO, QUINUA, MUSEO), texts, golds, strict=True))
        ]
        paragraphs[0]["qas"].append(question("q9", "¿Quién es el dueño de la empresa Zorroto?", None, ZORROTO))
        (tmp_path / name).write_text(json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]}), "utf-8")
    (tmp_path / "off.tsv").write_text("1\t¿Cuál es la capital de Mongolia?\n2\t¿Quién pintó Las meninas?\n", "utf-8")
    return tmp_path


def figures(*args: str) -> dict[str, dict[str, Any]]:
    done = run("eval", "--json", *args)
    assert (done.exit_code, done.stderr) == (0, "")
    value = json.loads(done.stdout)
    assert list(value) == [args[0]]
    measured: dict[str, dict[str, Any]] = value[args[0]]
    return measured


def test_every_figure_comes_with_the_number_of_its_questions() -> None:
    measured = figures("questions.json", "--off-topic", "off.tsv")
    assert measured["paragraph_recall@1"] == {"value": 1.0, "questions": 3}
    assert measured["sentence_ndcg@10"] == {"value": 1.0, "questions": 3}
    assert measured["auroc"]["questions"] == 4
    assert measured["off_topic_wrong_answer_rate"]["questions"] == 2
    assert all(0 <= figure["value"] <= 1 for figure in measured.values())


def test_the_words_of_the_questions_may_come_from_another_file() -> None:
    measured = figures("questions.json", "--questions", "english.json")
    assert measured["paragraph_recall@1"]["questions"] == 3


def test_a_figure_that_no_question_bears_on_is_null(place: Path) -> None:
    value = json.loads((place / "questions.json").read_text("utf-8"))
    paragraph = value["data"][0]["paragraphs"][0]
    paragraph["qas"] = paragraph["qas"][1:]
    value["data"][0]["paragraphs"] = [paragraph]
    (place / "none.json").write_text(json.dumps(value), "utf-8")
    measured = figures("none.json")
    assert measured["paragraph_recall@1"] == {"value": None, "questions": 0}
    assert measured["wrong_answer_rate"]["questions"] == 1


def test_without_json_it_is_a_table_of_each_file() -> None:
    done = run("eval", "questions.json", "questions.json")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "questions.json"
    assert lines[1].split() == ["paragraph_recall@1", "1.0000", "3"]
    assert "\x1b" not in done.stdout


def test_nothing_is_left_but_vectors_for_the_next_time(place: Path) -> None:
    figures("questions.json")
    left = [path.relative_to(place).as_posix() for path in (place / "var").rglob("*") if path.is_file()]
    assert left == ["var/cache/evaluation-vectors.sqlite"]


@pytest.mark.parametrize(
    "args",
    [
        ["missing.json"],
        ["off.tsv"],
        ["questions.json", "--questions", "missing.json"],
        ["questions.json", "--off-topic", "missing.tsv"],
        ["questions.json", "--off-topic", "questions.json"],
    ],
)
def test_a_file_of_another_kind_is_one_line(args: list[str]) -> None:
    done = run("eval", *args)
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
