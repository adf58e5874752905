"""``pregonero eval``: figures for a file of questions, without touching the published index."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Answer, Citation
from bot.desk import Desk, Timer
from bot.grounded import writer
from bot.grounded.checks.records import Checked, Quote
from index.build import build
from index.encoder import FolderEncoder
from index.publish import current_version
from index.records import Article, Language
from index.search import search
from index.snapshot import open_snapshot
from scripts import evaluate, options
from tests.command_line import MUSEO, QUINUA, ZORROTO, assert_one_line, run, write_articles
from tests.openai_server import OpenAIServer, Refuse, Request, Say, draft


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


def test_the_answers_that_are_measured_are_those_that_people_get(embedded: FolderEncoder, tmp_path: Path) -> None:
    seed = random.Random(1)
    words = "Zorroto compró barcos blancos usados en Noruega el jueves por 3 millones de euros según Puno tras".split()
    words += ["vender", "quinua"]

    def text() -> str:
        lengths = [seed.randint(2, 9) for _ in range(seed.randint(1, 5))]
        return " ".join(f"{' '.join(seed.sample(words, length)).capitalize()}." for length in lengths)

    articles = [Article(id=f"{row:032x}", path=f"{row}.txt", title="", text=text()) for row in range(60)]
    build(articles, tmp_path / "index", embedded, cache=tmp_path / "v.sqlite")
    snapshot = open_snapshot(tmp_path / "index")
    desk = Desk(snapshot, embedded, options.TOP, Timer())
    for asked in (f"¿{' '.join(seed.sample(words, 5))}?" for _ in range(60)):
        outcome = desk.ask(asked).outcome
        said = "\n".join(each.text for each in outcome.statements) if isinstance(outcome, Answer) else None
        results = search(snapshot, embedded, asked, evaluate._PASSAGES)
        assert (evaluate._answer(results), results.confidence) == (said, outcome.confidence)


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


def test_nothing_is_left_but_vectors_and_the_prepared_model_for_the_next_time(place: Path) -> None:
    figures("questions.json")
    left = [path.relative_to(place).as_posix() for path in (place / "var").rglob("*") if path.is_file()]
    assert [name for name in left if not name.endswith(".onnx")] == ["var/cache/evaluation-vectors.sqlite"]
    assert {Path(name).parent.as_posix() for name in left} == {"var/cache"}


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


# --- golden questions ---------------------------------------------------------------------------------------------

GOLDEN: list[dict[str, Any]] = [
    {"id": "q1", "question": "¿Cuántos barcos compró Zorroto?", "answerable": True, "must_contain": [["45 barcos"]]},
    {
        "id": "q2",
        "question": "¿Cuánta quinua exportó Puno?",
        "answerable": True,
        "must_contain": [["1 t", "2 t"], "4 t"],
    },
    {"id": "q3", "question": "¿Quién pintó Las meninas?", "answerable": True, "article": ["museo.txt"]},
    {"id": "q4", "question": "¿Cuál es la capital de Mongolia?", "answerable": False},
    {"id": "q5", "question": "¿Qué museo abrirá?", "answerable": False},
]
LISTED = [
    "q2  ¿Cuánta quinua exportó Puno?",
    f"    said: {QUINUA}",
    "    should: say «1 t» or «2 t» and «4 t»",
    "q3  ¿Quién pintó Las meninas?",
    "    said: nothing, it was refused",
    "    should: cite museo.txt",
    "q5  ¿Qué museo abrirá?",
    f"    said: {MUSEO}",
    "    should: be refused",
]


@pytest.fixture
def golden(place: Path) -> str:
    """The version published of the three articles; ``golden.jsonl`` has five questions, two answered right."""
    write_articles(place / "articles")
    (place / "golden.jsonl").write_text("\n".join(map(json.dumps, GOLDEN)), "utf-8")
    assert run("build", "--articles", "articles").exit_code == 0
    return current_version(place / "var/index")


def test_golden_questions_are_asked_of_the_published_index(golden: str) -> None:
    done = run("eval", "--golden", "golden.jsonl", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    measured = json.loads(done.stdout)
    assert measured["index_version"] == golden
    assert measured["answerable_right"] == share(1, 3)
    assert measured["unanswerable_refused"] == share(1, 2)
    assert measured["right"] == ["q1", "q4"]
    assert [each["id"] for each in measured["wrong"]] == ["q2", "q3", "q5"]
    assert measured["wrong"][0] == {
        "id": "q2",
        "question": "¿Cuánta quinua exportó Puno?",
        "answerable": True,
        "must_contain": [["1 t", "2 t"], ["4 t"]],
        "said": QUINUA,
        "cited": ["articles/quinua.txt"],
    }
    assert measured["wrong"][1]["said"] is None


def test_golden_questions_that_are_wrong_are_listed_with_what_was_said(golden: str) -> None:
    done = run("eval", "--golden", "golden.jsonl")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"golden.jsonl, version {golden}"
    assert [line.split() for line in lines[1:3]] == [["right", "0.3333", "3"], ["refused", "0.5000", "2"]]
    assert lines[3:] == LISTED


def test_golden_questions_may_be_asked_of_another_index(golden: str, place: Path) -> None:
    (place / "var/index").rename(place / "other")
    assert run("eval", "--golden", "golden.jsonl", "--index", "other", "--json").exit_code == 0
    done = run("eval", "--golden", "golden.jsonl")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)


@pytest.mark.parametrize(
    "args",
    [
        ["questions.json", "--golden", "golden.jsonl"],
        ["--golden", "golden.jsonl", "--off-topic", "off.tsv"],
        ["--golden", "golden.jsonl", "--written", "3"],
        ["questions.json", "--index", "var/index"],
    ],
)
def test_golden_questions_are_asked_alone(args: list[str]) -> None:
    done = run("eval", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--golden" in done.stderr


def test_a_file_of_other_questions_is_no_file_of_golden_ones() -> None:
    done = run("eval", "--golden", "questions.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith("questions.json, line 1, is no golden question")


# --- with a language model -------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def model_settings(server: OpenAIServer, place: Path) -> dict[str, str]:
    state = str(place / "state.sqlite")
    return {"LLM_MODEL": "openai:x", "LLM_BASE_URL": server.url, "LLM_PRICES": "1/10", "STATE_FILE": state}


def mixed(request: Request) -> Say | Refuse:
    """One answer with a sentence that stands and one that does not, one refused, one not given, one all invented."""
    question = json.loads(request.user.splitlines()[-1])["question"]
    told = {text: name for name, text in request.passages.items()}
    match question.split()[:2]:
        case ["¿Cuántos", "barcos"]:
            stands = ("La empresa Zorroto compró 45 barcos por 3 millones de euros.", [told[ZORROTO]])
            return Say(draft(stands, ("La empresa Zorroto compró 46 barcos.", [told[ZORROTO]])))
        case ["¿Cuánta", "quinua"]:
            return Say(draft(answerable=False))
        case ["¿Qué", "museo"]:
            return Refuse(401)
        case _:
            return Say(draft(("La empresa Zorroto es de Elvira Pazos.", [told[ZORROTO]])))


def written(server: OpenAIServer, place: Path, count: int = 10) -> Any:
    done = run("eval", "questions.json", "--json", "--written", str(count), env=model_settings(server, place))
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["questions.json"]["written"]


def share(count: int, of: int) -> dict[str, Any]:
    return {"value": round(count / of, 6), "count": count, "of": of}


def test_what_a_model_writes_is_counted_as_by_hand(server: OpenAIServer, place: Path) -> None:
    server.answer(mixed)
    measured = written(server, place)
    shares = {name: value for name, value in measured.items() if isinstance(value, dict) and "count" in value}
    assert shares == {
        "answered": share(1, 4),
        "refused": share(1, 4),
        "refused_answerable": share(1, 3),
        "fell_back": share(2, 4),
        "not_sent": share(0, 4),
        "citations_valid": share(1, 1),
        "figures_not_in_source": share(0, 2),
        "gold_in_written": share(1, 1),
        "gold_in_shown": share(2, 3),
        "gold_without_model": share(3, 3),
        "sentences_dropped": share(2, 3),
        "dropped_figure": share(1, 3),
        "dropped_name": share(1, 3),
    }
    assert list(measured["failures"].values()) == [1, 1]
    assert {"passed" in failure for failure in measured["failures"]} == {True, False}
    assert (measured["input_tokens"], measured["output_tokens"], measured["cost_usd"]) == (300, 60, 0.0009)
    assert 0 < measured["seconds_p50"] <= measured["seconds_p95"]
    assert measured["ungrounded"] == []


def test_the_models_figures_are_a_table_of_their_own(server: OpenAIServer, place: Path) -> None:
    server.answer(mixed)
    done = run("eval", "questions.json", "--written", "9", env=model_settings(server, place))
    lines = done.stdout.splitlines()
    table = lines[lines.index("questions.json, written by openai:x") + 1 :]
    rows = {line.split()[0]: line.split()[1:] for line in table if len(line.split()) == 3}
    assert rows["answered"] == ["0.2500", "4"]
    assert rows["citations_valid"] == ["1.0000", "1"]
    assert rows["input_tokens"] == ["300", "4"]
    assert rows["cost_usd"] == ["0.0009", "4"]
    assert sum(line.startswith("  fell back, 1: ") for line in table) == 2


def test_a_model_is_asked_only_where_it_is_to_write(server: OpenAIServer, place: Path) -> None:
    done = run("eval", "questions.json", "--json", env=model_settings(server, place))
    assert "written" not in json.loads(done.stdout)["questions.json"]
    assert server.requests == []


def test_so_many_questions_are_asked_and_the_same_ones_each_time(server: OpenAIServer, place: Path) -> None:
    asked = []
    for _ in range(2):
        before = len(server.requests)
        assert written(server, place, 2)["answered"]["of"] == 2
        asked.append([request.user.splitlines()[-1] for request in server.requests[before:]])
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 2


def test_tokens_count_for_the_days_ceiling(server: OpenAIServer, place: Path) -> None:
    env = {**model_settings(server, place), "LLM_DAILY_TOKENS": "200"}
    done = run("eval", "questions.json", "--json", "--written", "4", env=env)
    assert json.loads(done.stdout)["questions.json"]["written"]["input_tokens"] == 200
    assert len(server.requests) == 2


def test_where_little_is_found_the_model_is_not_asked(server: OpenAIServer, place: Path) -> None:
    value = json.loads((place / "questions.json").read_text("utf-8"))
    value["data"][0]["paragraphs"][0]["qas"] = [question("q8", "¿Quién pintó Las meninas?", None, ZORROTO)]
    value["data"][0]["paragraphs"] = value["data"][0]["paragraphs"][:1]
    (place / "questions.json").write_text(json.dumps(value), "utf-8")
    measured = written(server, place)
    assert measured["not_sent"] == share(1, 1)
    assert measured["seconds_p50"] is None
    assert measured["sentences_dropped"] == {"value": None, "count": 0, "of": 0}
    assert server.requests == []


def test_a_figure_that_the_checks_let_through_is_found_by_the_second_count(
    server: OpenAIServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(sentence: str, cited: Any, sources: Any, language: Language) -> Checked:
        return Checked(sentence, tuple(cited), (), tuple(Quote(each, 0) for each in cited))

    monkeypatch.setattr(writer, "verify", careless)
    server.answer(mixed)
    done = run("eval", "questions.json", "--json", "--written", "4", env=model_settings(server, place))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["questions.json"]["written"]["figures_not_in_source"] == share(1, 3)
    assert "46" in done.stderr.splitlines()[-1]


def test_a_quote_that_is_not_the_articles_fails_the_evaluation(
    server: OpenAIServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def garbled(*args: Any) -> Citation:
        citation = Citation(*args)
        return replace(citation, quote=citation.quote.replace("45", "46"))

    monkeypatch.setattr(writer, "Citation", garbled)
    server.answer(mixed)
    done = run("eval", "questions.json", "--json", "--written", "4", env=model_settings(server, place))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["questions.json"]["written"]["citations_valid"] == share(0, 1)
    assert "barcos" in done.stderr.splitlines()[-1]


def test_without_a_model_nothing_can_be_written() -> None:
    done = run("eval", "questions.json", "--written", "4")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
