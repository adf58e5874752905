"""``pregonero bench``: what it measures with, and the shape of what it prints; never how long anything takes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from index import analysis
from index.passages import split_article
from index.records import Article, QuestionError
from index.sources import read_articles
from scripts import bench
from scripts.measuring import BenchError, alone, peak_memory
from scripts.synthetic import SyntheticEncoder, made_up_word, synthetic_articles, synthetic_questions
from tests.command_line import ROOT, run
from tests.fakes import unit_rows


@pytest.fixture(scope="module")
def models() -> tuple[Article, ...]:
    return read_articles([ROOT / "seeds"]).articles


@pytest.mark.parametrize("count", [1, 7, 8, 9, 500])
def test_the_corpus_has_exactly_as_many_passages_as_asked_for(models: tuple[Article, ...], count: int) -> None:
    articles = synthetic_articles(models, count)
    passages = [passage for article in articles for passage in split_article(article)]
    assert len(passages) == count
    assert len({article.id for article in articles}) == len(articles)
    lengths = [len(passage.text) for passage in passages]
    assert 400 < np.mean(lengths) < 700


def test_the_corpus_is_the_same_every_time_and_a_smaller_one_is_its_beginning(models: tuple[Article, ...]) -> None:
    assert synthetic_articles(models, 80) == synthetic_articles(models, 160)[:10]


def test_the_vocabulary_grows_with_the_corpus_but_more_slowly(models: tuple[Article, ...]) -> None:
    small, large = (
        len({word for article in synthetic_articles(models, count) for word in analysis.tokens(article.text)})
        for count in (100, 1000)
    )
    assert 2 * small < large < 10 * small


def test_made_up_words_are_all_different_letters() -> None:
    words = [made_up_word(number) for number in range(20_000)]
    assert len(set(words)) == len(words)
    assert all(word.isalpha() for word in words)


def test_synthetic_vectors_are_units_near_a_real_one_and_the_same_every_time() -> None:
    real = unit_rows(5, 384)
    first, again = (SyntheticEncoder(real).encode_documents(["a"] * 200) for _ in range(2))
    assert first.dtype == np.float32
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    assert np.array_equal(first, again)
    assert np.abs((first @ real.T).max(axis=1) - 0.6).max() < 0.2


def test_questions_are_made_of_the_passages_words(models: tuple[Article, ...]) -> None:
    passages = [passage for article in synthetic_articles(models, 16) for passage in split_article(article)]
    questions = synthetic_questions(passages, 12)
    assert questions == synthetic_questions(passages, 12)
    words = {word for passage in passages for word in analysis.tokens(passage.text)}
    for question in questions:
        assert question.startswith("¿")
        assert len(question.split()) >= 4
        assert set(analysis.tokens(question)[1:]) <= words


def killed() -> None:
    os._exit(9)


def raising() -> None:
    raise QuestionError("of the child")


def test_a_measurement_has_a_process_of_its_own() -> None:
    assert alone(os.getpid) != os.getpid()
    with pytest.raises(QuestionError, match="of the child"):
        alone(raising)
    with pytest.raises(BenchError, match="--passages"):
        alone(killed)
    assert peak_memory() > 1_000_000


def test_a_tiny_run_measures_everything_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "COLD_RUNS", 1)
    env = {"ARTICLES_DIR": str(ROOT / "seeds"), "CACHE_FILE": str(tmp_path / "v.sqlite")}
    done = run("bench", "--passages", "10", "--json", env=env)
    assert (done.exit_code, done.stderr) == (0, "")
    value = json.loads(done.stdout)
    assert list(value) == ["machine", "model", "sizes", "embedding", "cold_ask"]
    (size,) = value["sizes"]
    assert size["build"]["passages"] == 10
    assert size["build"].keys() == {"passages", "words", "seconds", "stages", "peak_bytes", "index_bytes"}
    assert size["search"].keys() == {"questions", "p50_ms", "p95_ms", "open_ms", "peak_bytes"}
    assert size["search"]["p50_ms"] <= size["search"]["p95_ms"]
    assert value["embedding"]["passages"] == 9, "the first is encoded while the model is loaded"
    cold = value["cold_ask"]
    assert cold["steps_ms"].keys() >= {"start", "imports", "open", "weights", "encode", "search", "answer"}
    assert cold["wall_ms"] == pytest.approx(cold["steps_ms"]["start"] + cold["steps_ms"]["total"])


def test_people_get_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    search = {"questions": 100, "p50_ms": 2.5, "p95_ms": 3.5, "open_ms": 12.0, "peak_bytes": 260_000_000}
    build = {"passages": 1000, "words": 8400, "seconds": 2.0, "stages": {}, "peak_bytes": 250_000_000}
    steps = dict.fromkeys(("start", "imports", "weights", "open", "encode", "search", "answer", "load", "total"), 10.0)
    measured = {
        "machine": {"cores": 2, "system": "Linux", "python": "3.11.7"},
        "model": "all-MiniLM-L6-v2",
        "sizes": [{"build": {**build, "index_bytes": 7_600_000}, "search": search}],
        "embedding": {"passages": 128, "seconds": 4.0},
        "cold_ask": {"runs": 5, "wall_ms": 900.0, "steps_ms": steps},
    }
    monkeypatch.setattr(bench, "_measure", lambda *_: measured)
    lines = run("bench").stdout.splitlines()
    row = "1,000 8,400 2.5 ms 3.5 ms 12 ms 260.0 MB 500 250.0 MB 7.6 MB"
    assert lines[3].split() == row.split()
    assert lines[5] == "Embedding: 32 passages/s, measured on 128."
    assert lines[6].startswith("A first answer: 900 ms, median of 5 (start 10, imports 10, ")
