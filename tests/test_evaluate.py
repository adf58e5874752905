"""Evaluation: data sets of every shape are read, and every figure has the value computed by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.datasets import Dataset, DatasetError, LabelledQuestion, Paragraph, read_dataset, read_off_topic, reworded
from index.evaluate import Outcome, measure, ranking_figures, run
from index.records import Hit, Language, Passage, Results, ScoredSentence, Span

FIRST = "El faro mide 40 metros. Se encendió en 1902."
BREAKS = [[0, 23], [24, 44]]
SECOND = "El puente une dos pueblos. Lo cruzan mil coches."
SECOND_BREAKS = [[0, 26], [27, 48]]


def answer(text: str, context: str = FIRST) -> dict[str, Any]:
    return {"text": text, "answer_start": context.index(text)}


def squad(**first: Any) -> dict[str, Any]:
    qas = [
        {"id": "q1", "question": "¿Cuánto mide el faro?", "answers": [answer("40 metros"), answer("40")]},
        {"id": "q2", "question": "¿Cuándo se encendió?", "answers": [answer("1902")]},
    ]
    paragraphs = [
        {"context": FIRST, "qas": qas, **first},
        {"context": SECOND, "qas": [{"id": "q3", "question": "¿Qué une?", "answers": [answer("dos pueblos", SECOND)]}]},
    ]
    return {"version": "1.1", "data": [{"title": "Faros", "paragraphs": paragraphs}]}


def written(folder: Path, value: Any) -> Path:
    path = folder / "data.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def test_version_1_is_read(tmp_path: Path) -> None:
    dataset = read_dataset(written(tmp_path, squad()))
    assert dataset.paragraphs == (Paragraph(FIRST, "Faros", ()), Paragraph(SECOND, "Faros", ()))
    assert [question.id for question in dataset.questions] == ["q1", "q2", "q3"]
    assert dataset.questions[0] == LabelledQuestion("q1", "¿Cuánto mide el faro?", 0, ("40 metros", "40"), 13, 0)
    assert dataset.questions[2].paragraph == 1
    assert all(question.answerable for question in dataset.questions)


def test_answers_that_machine_translation_left_empty_are_none_and_a_question_without_another_is_left_out(
    tmp_path: Path,
) -> None:
    empty = {"text": " ", "answer_start": 0}
    qas = [
        {"id": "1", "question": "¿Cuánto mide el faro?", "answers": [empty, answer("40")]},
        {"id": "2", "question": "¿Cuándo se encendió?", "answers": [empty]},
    ]
    questions = read_dataset(written(tmp_path, squad(qas=qas))).questions
    assert [question.id for question in questions] == ["1", "q3"]
    assert (questions[0].answers, questions[0].answer_at) == (("40",), FIRST.index("40"))


def test_version_2_has_questions_without_an_answer(tmp_path: Path) -> None:
    value = squad()
    plausible = {"plausible_answers": [answer("1902")], "answers": [], "is_impossible": True}
    value["data"][0]["paragraphs"][0]["qas"].append({"id": "q4", "question": "¿Quién lo hizo?", **plausible})
    question = read_dataset(written(tmp_path, value)).questions[2]
    assert (question.id, question.answers, question.answer_at, question.answerable) == ("q4", (), None, False)


@pytest.mark.parametrize(
    "given",
    [
        {"sentence_breaks": BREAKS},
        {"sentences": ["El faro mide 40 metros.", "Se encendió en 1902."]},
        {"sentences": ["El faro mide 40 metros.", "Se encendió en 1902."], "sentence_breaks": BREAKS},
    ],
)
def test_sentences_are_read_from_their_breaks_or_found_from_their_texts(tmp_path: Path, given: dict[str, Any]) -> None:
    paragraph = read_dataset(written(tmp_path, squad(**given))).paragraphs[0]
    assert paragraph.sentences == (Span(0, 23), Span(24, 44))
    assert [FIRST[span.start : span.end] for span in paragraph.sentences] == FIRST.replace(". ", ".|").split("|")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[" * 100_000,
        [],
        {},
        {"data": None},
        {"data": {}},
        {"data": []},
        {"data": [1]},
        {"data": [{"paragraphs": None}]},
        {"data": [{"paragraphs": [{"qas": []}]}]},
        {"data": [{"paragraphs": [{"context": FIRST, "qas": []}]}]},
        squad(qas=[{"id": "1", "question": "?"}]),
        squad(qas=[{"id": "1", "question": "?", "answers": [{"text": "sin lugar"}]}]),
        squad(sentence_breaks=[[1]]),
        squad(sentences=["no está"]),
    ],
)
def test_what_is_no_data_set_is_one_sentence_that_names_the_file(tmp_path: Path, value: Any) -> None:
    file = written(tmp_path, value)
    with pytest.raises(DatasetError) as caught:
        read_dataset(file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_dataset(tmp_path / "missing.json")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_off_topic(tmp_path)


def test_every_paragraph_is_an_article_of_its_own(tmp_path: Path) -> None:
    twice = squad()
    twice["data"] *= 2
    articles = read_dataset(written(tmp_path, twice)).articles()
    assert [article.text for article in articles] == [FIRST, SECOND] * 2
    assert len({article.id for article in articles}) == 4, "though two have one text"


def test_questions_take_their_words_from_another_file_by_id(tmp_path: Path) -> None:
    dataset = read_dataset(written(tmp_path, squad()))
    other = squad()
    del other["data"][0]["paragraphs"][1]
    for qa in other["data"][0]["paragraphs"][0]["qas"]:
        qa["question"] = f"In English, {qa['id']}?"
    english = reworded(dataset, read_dataset(written(tmp_path, other)))
    assert [question.text for question in english.questions] == ["In English, q1?", "In English, q2?"]
    assert english.paragraphs == dataset.paragraphs
    assert english.questions[0].answers == ("40 metros", "40")
    strange = Dataset(dataset.paragraphs, (LabelledQuestion("x", "?", 0, (), None, 0),))
    with pytest.raises(DatasetError, match="--questions"):
        reworded(dataset, strange)


def test_off_topic_questions_are_the_second_column(tmp_path: Path) -> None:
    file = tmp_path / "off.tsv"
    file.write_text("1\t¿uno? \n\n2\t¿dos?\ttres\n", "utf-8")
    assert read_off_topic(file) == ["¿uno?", "¿dos?"]
    file.write_text("1\t¿uno?\nsin tabulador\n", "utf-8")
    with pytest.raises(DatasetError, match="a tab"):
        read_off_topic(file)


# --- figures ------------------------------------------------------------------------------------------------------


def results(dataset: Dataset, ranked: Sequence[tuple[int, Sequence[tuple[Span, float]]]], sure: float) -> Results:
    """Hits in the paragraphs of the given rows, each with scored sentences."""
    articles = dataset.articles()
    hits = []
    for place, (row, sentences) in enumerate(ranked):
        text = articles[row].text
        scored = tuple(ScoredSentence(span, text[span.start : span.end], score) for span, score in sentences)
        passage = Passage(f"{row}-{place}", articles[row].id, 0, len(text), text, None, tuple(s.span for s in scored))
        hits.append(Hit(passage, articles[row], 1.0 - place / 10, scored))
    return Results("?", Language.SPANISH, tuple(hits), sure, sure >= 0.5)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    value = squad(sentence_breaks=BREAKS)
    value["data"][0]["paragraphs"][1]["sentence_breaks"] = SECOND_BREAKS
    impossible = {"id": "q4", "question": "¿?", "answers": [], "is_impossible": True}
    value["data"][0]["paragraphs"][1]["qas"] += [impossible, {**impossible, "id": "q5"}]
    return read_dataset(written(tmp_path, value))


A, B = Span(0, 23), Span(24, 44)
C, D = Span(0, 26), Span(27, 48)


def outcomes(dataset: Dataset) -> list[Outcome]:
    """q1 right at once; q2 in the second paragraph's place and its sentence third; q3 not found, and refused."""
    q1, q2, q3, q4, q5 = dataset.questions
    return [
        Outcome(q1, results(dataset, [(0, [(A, 9), (B, 1)]), (1, [(C, 2)])], 0.9), FIRST[A.start : A.end]),
        # The second passage of the first paragraph overlaps the first: its sentence counts once, at its best.
        Outcome(q2, results(dataset, [(1, [(C, 5), (D, 4)]), (0, [(A, 1), (B, 3)]), (0, [(B, 2)])], 0.6), "Lo cruzan."),
        Outcome(q3, results(dataset, [(0, [(A, 2)])], 0.3), None),
        Outcome(q4, results(dataset, [(1, [(C, 1)])], 0.4), None),
        Outcome(q5, results(dataset, [(1, [(C, 1)])], 0.7), "El puente."),
        Outcome(None, results(dataset, [], 0.1), None),
    ]


def test_every_figure_has_its_value_by_hand(dataset: Dataset) -> None:
    figures = {name: (each.value, each.questions) for name, each in measure(dataset, outcomes(dataset)).items()}
    second, third = 1 / math.log2(3), 1 / math.log2(4)
    assert figures == {
        "paragraph_recall@1": (pytest.approx(1 / 3), 3),
        "paragraph_recall@5": (pytest.approx(2 / 3), 3),
        "paragraph_mrr@10": (pytest.approx((1 + 1 / 2) / 3), 3),
        "paragraph_ndcg@10": (pytest.approx((1 + second) / 3), 3),
        "sentence_recall@1": (pytest.approx(1 / 3), 3),
        "sentence_ndcg@10": (pytest.approx((1 + third) / 3), 3),
        "answer_contains@1": (pytest.approx(1 / 3), 3),
        # Pairs in the right order: .9 over .4 and .7; .6 over .4; .3 over none: 3 of 6.
        "auroc": (pytest.approx(3 / 6), 5),
        "wrong_answer_rate": (pytest.approx(1 / 2), 2),
        # To keep 95 % of three questions all three are kept, down to .3: both others are then answered.
        "wrong_answer_rate_at_5%_false_refusals": (pytest.approx(1.0), 5),
        "false_refusal_rate": (pytest.approx(1 / 3), 3),
        "off_topic_auroc": (pytest.approx(1.0), 4),
        "off_topic_wrong_answer_rate": (0.0, 1),
        "off_topic_wrong_answer_rate_at_5%_false_refusals": (0.0, 4),
    }


def test_the_rate_at_5_percent_false_refusals_is_of_the_best_threshold_there_is(dataset: Dataset) -> None:
    """Twenty degrees of being sure, each of five answerable questions and another: keeping 95 of 100 lets 19 pass."""
    q1, _, _, q4, _ = dataset.questions
    kept = [Outcome(q1, results(dataset, [], step / 20), "40") for step in range(20)] * 5
    astray = [Outcome(q4, results(dataset, [], step / 20), None) for step in range(20)]
    figures = measure(dataset, [*kept, *astray])
    assert figures["wrong_answer_rate_at_5%_false_refusals"].value == pytest.approx(19 / 20)


def test_sentence_figures_need_the_sentences_of_every_question(dataset: Dataset) -> None:
    bare = Dataset((dataset.paragraphs[0], Paragraph(SECOND, "", ())), dataset.questions)
    assert not [name for name in measure(bare, outcomes(dataset)) if name.startswith("sentence")]


def test_figures_that_no_question_bears_on_are_no_numbers(dataset: Dataset) -> None:
    unanswerable = outcomes(dataset)[3:5]
    figures = measure(dataset, unanswerable)
    assert figures["paragraph_recall@1"].questions == 0
    assert all(math.isnan(figures[name].value) for name in ("paragraph_ndcg@10", "answer_contains@1", "auroc"))
    assert figures["wrong_answer_rate"].value == 0.5


def test_a_document_found_twice_counts_at_its_first_place() -> None:
    figures = ranking_figures("", [["a", "a", "b"], ["c", "b"]], ["b", "a"], ["mrr@10", "recall@5"])
    assert figures["mrr@10"].value == pytest.approx(1 / 4)
    assert figures["recall@5"].value == pytest.approx(1 / 2)


def test_what_is_right_below_the_tenth_place_counts_for_nothing() -> None:
    ranked = [[f"{place:02}" for place in range(20)]]
    assert ranking_figures("", ranked, ["09"], ["ndcg@10"])["ndcg@10"].value == pytest.approx(1 / math.log2(11))
    assert ranking_figures("", ranked, ["10"], ["ndcg@10", "mrr@10"])["mrr@10"].value == 0


def test_a_sentence_of_two_passages_is_ranked_once_at_its_best(dataset: Dataset) -> None:
    found = results(dataset, [(0, [(A, 1), (B, 2)]), (0, [(A, 3)])], 1)
    assert [(sentence.span, sentence.score) for _, sentence in found.sentences_by_score()] == [(A, 3), (B, 2)]


def test_every_question_is_asked_then_the_off_topic_ones(dataset: Dataset) -> None:
    told: list[tuple[int, int]] = []
    asked: list[str] = []

    def search(question: str) -> Results:
        asked.append(question)
        return results(dataset, [], 0.2)

    found = run(dataset, ["¿fuera?"], search, lambda _: None, lambda done, total: told.append((done, total)))
    assert asked == [*(question.text for question in dataset.questions), "¿fuera?"]
    assert told == [(done, 6) for done in range(1, 7)]
    assert [outcome.question for outcome in found] == [*dataset.questions, None]
