"""A question finds its passages and sentences, in an order that is always the same, and says how sure it is."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import ranking
from index.encoder import FolderEncoder
from index.lexical import Lexical
from index.passages import split_article
from index.question import MAX_QUESTION, parse
from index.ranking import PASSAGE_SIGNALS, SENTENCE_SIGNALS, Ranking
from index.reading import Reader
from index.records import Article, Language, ModelError, QuestionError, Results
from index.search import Found, find, order, rank, search, sentence_signals
from index.snapshot import Snapshot, open_snapshot
from tests.command_line import ROOT
from tests.fakes import HashEncoder, build_index, corpus

Ask = Callable[..., Results]

SHIPS = "¿Cuántos barcos compró Zorroto?"
QUINOA = "¿Cuántas toneladas de quinua exportó la cooperativa de Puno?"
INVESTMENT = "¿cuánto invierte Alibaba?"


@pytest.fixture(scope="module")
def ask(newsroom: Snapshot, embedded: FolderEncoder) -> Ask:
    def asked(question: str, k: int = 10) -> Results:
        return search(newsroom, embedded, question, k)

    return asked


def paths(results: Results) -> list[str]:
    return [Path(hit.article.path).name for hit in results.hits]


@pytest.mark.parametrize(
    ("question", "path", "says"),
    [
        (SHIPS, "barcos.md", "45 barcos"),
        ("cuantos varcos compro zorroto", "barcos.md", "45 barcos"),
        ("How many ships did Zorroto buy?", "barcos.md", "45 barcos"),
        ("¿Dónde abrirá el museo del Carbón?", "museo.txt", "Asturias"),
        (INVESTMENT, "004_1aa4f0249ab5debd.txt", "52.44 mil millones"),
        ("¿Quién formó la AIP?", "000_ecd3f22a6ca37239.txt", "formada por Microsoft y BlackRock"),
    ],
)
def test_a_question_finds_the_article_and_the_sentence_that_answer_it(
    ask: Ask, question: str, path: str, says: str
) -> None:
    best = ask(question).hits[0]
    assert Path(best.article.path).name == path
    assert says in best.sentences[0].text


def test_what_the_articles_tell_is_answerable_and_what_they_never_mention_is_not(ask: Ask) -> None:
    told, untold = ask(SHIPS), ask("¿Cuál es la capital de Mongolia?")
    assert told.answerable
    assert not untold.answerable
    assert 0 <= untold.confidence < told.confidence <= 1


@pytest.mark.parametrize("question", ["hola", "¿?", "🌍", "gracias", "¿y el de la?"])
def test_what_has_no_subject_is_not_answerable(ask: Ask, question: str) -> None:
    found = ask(question)
    assert (found.answerable, found.confidence) == (False, 0.0)


QUESTIONS = [SHIPS, QUINOA, INVESTMENT, "When was the AIP founded?", "hola", "¿Qué modelo lanzó Alibaba?", "zxcvbn 42"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_are_what_the_articles_say_where_they_say_it(ask: Ask, question: str) -> None:
    for hit in ask(question).hits:
        assert hit.passage.article_id == hit.article.id
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert {each.span for each in hit.sentences} == set(hit.passage.sentences)
        for sentence in hit.sentences:
            assert hit.passage.start <= sentence.span.start < sentence.span.end <= hit.passage.end
            assert hit.article.text[sentence.span.start : sentence.span.end] == sentence.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_and_their_sentences_come_best_first_and_ties_by_id_and_place(ask: Ask, question: str) -> None:
    hits = ask(question).hits
    assert list(hits) == sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))
    for hit in hits:
        assert list(hit.sentences) == sorted(hit.sentences, key=lambda each: (-each.score, each.span))
    assert len({hit.passage.id for hit in hits}) == len(hits)


@pytest.mark.parametrize("k", [1, 2, 5, 100])
def test_at_most_k_hits_are_given_the_best_ones(ask: Ask, newsroom: Snapshot, k: int) -> None:
    found = ask(INVESTMENT, k)
    assert len(found.hits) == min(k, len(newsroom.passages))
    assert found.hits[:1] == ask(INVESTMENT).hits[:1]
    assert found.confidence == ask(INVESTMENT).confidence


def test_two_articles_with_one_text_are_two_hits_with_one_score(ask: Ask) -> None:
    first, second = ask(QUINOA).hits[:2]
    assert {Path(hit.article.path).name for hit in (first, second)} == {"quinua.txt", "quinua-bis.txt"}
    assert first.score == second.score
    assert first.passage.id < second.passage.id


def test_a_question_gets_the_same_answer_every_time_and_from_every_thread(ask: Ask) -> None:
    expected = [ask(question) for question in QUESTIONS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, QUESTIONS * 4))
    assert found == expected * 4


def test_the_results_hold_the_question_as_it_was_understood(ask: Ask) -> None:
    found = ask("  ¿Cuántos   barcos\ncompró\x00 Zorroto? ")
    assert found.question == SHIPS
    assert found.language is Language.SPANISH
    assert ask("How many ships did Zorroto buy?").language is Language.ENGLISH


@pytest.mark.parametrize("question", ["", " \n", "\u200b", "a" * (MAX_QUESTION + 1)])
def test_a_question_that_cannot_be_asked_is_refused(ask: Ask, question: str) -> None:
    with pytest.raises(QuestionError):
        ask(question)


def test_the_longest_question_is_searched_though_its_misspelled_words_are_mended_with_longer_ones(ask: Ask) -> None:
    found = ask(f"¿Cuántos barcos compró zoroto{'?' * MAX_QUESTION}"[:MAX_QUESTION])
    assert len(found.question) == MAX_QUESTION
    assert Path(found.hits[0].article.path).name == "barcos.md"


@pytest.mark.parametrize(
    ("field", "value"),
    [("dimension", 385), ("name", "other"), ("revision", "other"), ("document_prompt", "passage: ")],
)
def test_another_model_than_the_indexs_is_refused(
    newsroom: Snapshot, embedded: FolderEncoder, field: str, value: object
) -> None:
    other = replace(embedded, **{field: value})  # type: ignore[arg-type]  # one field of any of them
    with pytest.raises(ModelError, match=r": (.*) ?run `pregonero build`\.$") as refused:
        search(newsroom, other, SHIPS)
    # Where it is of the same name, naming it would help nobody.
    assert (f"use {newsroom.manifest.model} for questions or" in str(refused.value)) is (field == "name")


def test_the_model_is_looked_at_before_the_question(newsroom: Snapshot) -> None:
    with pytest.raises(ModelError):
        search(newsroom, HashEncoder(), "")


def ids(snapshot: Snapshot, *names: str) -> tuple[str, ...]:
    return tuple(article.id for article in snapshot.articles if Path(article.path).name in names)


@pytest.mark.parametrize("question", QUESTIONS)
def test_only_the_articles_named_are_looked_in(newsroom: Snapshot, embedded: FolderEncoder, question: str) -> None:
    chosen = ids(newsroom, "museo.txt", "000_ecd3f22a6ca37239.txt")
    found = search(newsroom, embedded, question, 100, within=(*chosen, "ffffffffffffffff"))
    expected = {passage.id for article in chosen for passage in newsroom.passages_of(article)}
    assert {hit.passage.id for hit in found.hits} == expected


@pytest.mark.parametrize("question", QUESTIONS)
def test_looking_in_every_article_is_searching(newsroom: Snapshot, embedded: FolderEncoder, question: str) -> None:
    everywhere = [article.id for article in newsroom.articles]
    assert search(newsroom, embedded, question, within=everywhere) == search(newsroom, embedded, question)


@pytest.mark.parametrize("within", [(), ("ffffffffffffffff",)])
def test_where_no_article_is_known_nothing_is_found(
    newsroom: Snapshot, embedded: FolderEncoder, within: tuple[str, ...]
) -> None:
    found = search(newsroom, embedded, SHIPS, within=within)
    assert (found.hits, found.answerable, found.confidence) == ((), False, 0.0)


def test_a_signals_best_is_that_of_the_articles_looked_in(newsroom: Snapshot, embedded: FolderEncoder) -> None:
    asked = parse("¿Qué infraestructura planea la AIP con Microsoft y BlackRock?")
    chosen = ids(newsroom, "004_1aa4f0249ab5debd.txt")
    found = find(newsroom, asked, embedded.encode_question(asked.text), weights(words=1.0), within=chosen)
    scores = newsroom.lexical.words.scores(asked.words)
    rows = newsroom.rows_of(chosen)
    assert sorted(found.rows) == sorted(rows)
    assert found.words == scores[rows].max() < scores.max()
    column = found.signals[:, PASSAGE_SIGNALS.index("words")]
    assert column == pytest.approx(scores[found.rows] / scores[rows].max(), abs=1e-6)


def test_a_misspelled_name_is_mended_in_the_articles_looked_in(newsroom: Snapshot, embedded: FolderEncoder) -> None:
    best = search(newsroom, embedded, "cuantos varcos compro zoroto", within=ids(newsroom, "barcos.md"))
    assert "45 barcos" in best.hits[0].sentences[0].text
    assert best.answerable


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Six articles alike but for their numbers, with vectors that mean nothing."""
    home = tmp_path_factory.mktemp("small")
    build_index(home, corpus(6))
    return open_snapshot(home / "index")


@given(
    st.lists(st.sampled_from("¿cuánto cuándo qué barcos bahía 3 305 plazo mayo 2004 Bahía la de vence xyz ?".split()))
)
def test_any_question_is_answered_in_order_or_refused(small: Snapshot, words: list[str]) -> None:
    try:
        found = search(small, HashEncoder(), " ".join(words))
    except QuestionError:
        return
    assert 0 <= found.confidence <= 1
    assert found.answerable == (found.confidence >= ranking.shipped()[found.language].confidence.threshold)
    assert list(found.hits) == sorted(found.hits, key=lambda hit: (-hit.score, hit.passage.id))
    assert all(np.isfinite([hit.score, *(each.score for each in hit.sentences)]).all() for hit in found.hits)


def weights(**passage: float) -> Ranking:
    """Ranking by the named passage signals alone; sentences by their own words."""
    shipped = ranking.shipped()[Language.SPANISH]
    return replace(
        shipped,
        expansion=(0.0, 0.0),
        passage=np.array([passage.get(name, 0.0) for name in PASSAGE_SIGNALS], np.float32),
        sentence=np.array([float(name == "words") for name in SENTENCE_SIGNALS], np.float32),
    )


@pytest.mark.parametrize("signal", ["words", "grams"])
def test_lexical_signals_are_bm25_divided_by_the_best(newsroom: Snapshot, embedded: FolderEncoder, signal: str) -> None:
    asked = parse(INVESTMENT)
    found = find(newsroom, asked, embedded.encode_question(asked.text), weights(**{signal: 1.0}))
    scores = getattr(newsroom.lexical, signal).scores(getattr(asked, signal))
    expected = scores[found.rows] / scores.max()
    assert found.signals[:, PASSAGE_SIGNALS.index(signal)] == pytest.approx(expected, abs=1e-6)
    assert expected[0] == 1.0
    assert (np.diff(expected) <= 1e-6).all()


def test_the_dense_signal_is_the_cosine_divided_by_the_best(newsroom: Snapshot, embedded: FolderEncoder) -> None:
    asked = parse(INVESTMENT)
    vector = embedded.encode_question(asked.text)
    found = find(newsroom, asked, vector, weights(dense=1.0))
    cosines = embedded.encode_documents([passage.text for passage in newsroom.passages[:]]) @ vector
    assert found.cosine <= 1
    assert found.signals[0, PASSAGE_SIGNALS.index("dense")] == pytest.approx(1.0)
    # Passages are encoded with their titles, so plain texts come near only.
    assert np.corrcoef(found.signals[:, PASSAGE_SIGNALS.index("dense")], cosines[found.rows])[0, 1] > 0.5


def test_hits_are_ordered_by_the_weighted_sum_of_their_signals(newsroom: Snapshot, embedded: FolderEncoder) -> None:
    asked = parse(QUINOA)
    numbers = {language: weights(words=1.0, grams=2.0, dense=0.5, sentence=0.25) for language in Language}
    vector = embedded.encode_question(asked.text)
    found = find(newsroom, asked, vector, numbers[Language.SPANISH])
    hits, _ = order(asked, found, numbers[Language.SPANISH])
    sums = {
        reading.passage.id: float(row @ numbers[Language.SPANISH].passage)
        for reading, row in zip(found.readings, found.signals, strict=True)
    }
    assert {hit.passage.id: hit.score for hit in hits} == pytest.approx(sums)
    assert rank(newsroom, asked, vector, 3, numbers).hits == hits[:3]


def test_every_feature_that_a_ranking_weighs_is_measured(ask: Ask, newsroom: Snapshot, embedded: FolderEncoder) -> None:
    for language, question in itertools.product(Language, (SHIPS, INVESTMENT)):
        shipped = ranking.shipped()[language]
        asked = parse(question)
        found = find(newsroom, asked, embedded.encode_question(asked.text), shipped)
        _, told = order(asked, found, shipped)
        assert shipped.confidence.weights.keys() <= told.keys()
        assert all(np.isfinite(value) for value in told.values())


def test_of_sentences_alike_but_for_the_noun_asked_for_the_one_that_holds_it_comes_first() -> None:
    text = "En Arcos perdió Temir contra Vasco la carrera. En Arcos perdió Temir contra Vasco la batalla."
    article = Article("a", "a.txt", "Temir", text)
    passages = split_article(article)
    lexical = Lexical.build([article], passages)
    asked = parse("¿Qué batalla perdió Temir?")
    reading = Reader(lexical, asked, (0.0, 0.0)).read(passages[0], article)
    found = Found(np.array([0]), np.zeros((1, len(PASSAGE_SIGNALS)), np.float32), (reading,), 0.0, 0.0, 1.0)
    table = sentence_signals(asked, found, np.zeros(1, np.float32))
    assert table[:, SENTENCE_SIGNALS.index("sought")].tolist() == [0.0, 1.0]
    assert ranking.shipped()[asked.language].sentence[SENTENCE_SIGNALS.index("sought")] > 0


def test_a_passages_signals_say_how_much_of_the_question_it_covers(ask: Ask, newsroom: Snapshot) -> None:
    asked = parse(SHIPS)
    vector = np.zeros(newsroom.vectors.dimension, np.float32)
    vector[0] = 1
    found = find(newsroom, asked, vector, ranking.shipped()[asked.language])
    column = found.signals[:, PASSAGE_SIGNALS.index("coverage")]
    assert column.tolist() == pytest.approx([reading.coverage for reading in found.readings])
    assert column.max() > column.min()


SCORED = """
import sys
from pathlib import Path
from index.build import build
from index.search import search
from index.snapshot import open_snapshot
from index.sources import read_articles
from tests.fakes import HashEncoder
folder = Path(sys.argv[1])
build(read_articles(["seeds"]).articles, folder, HashEncoder(), cache=folder.with_suffix(".sqlite"))
for question in ("How much money does Alibaba want to invest in the cloud?", "¿Quién dirige la empresa?"):
    results = search(open_snapshot(folder), HashEncoder(), question)
    print(results.confidence.hex())
    for hit in results.hits:
        print(hit.passage.id, hit.score.hex(), *(sentence.score.hex() for sentence in hit.sentences))
"""


def test_every_process_computes_the_same_scores_to_the_last_bit(tmp_path: Path) -> None:
    """Sums are rounded in their order, and the order of a set of strings changes from process to process."""
    said = {
        subprocess.run(
            [sys.executable, "-c", SCORED, str(tmp_path / seed)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": os.defpath},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in "123"
    }
    assert len(said) == 1
    assert "0x" in said.pop()
