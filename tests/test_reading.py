"""Reading a passage closely tells how much of the question it covers, by itself, said another way, or misspelled."""

from __future__ import annotations

import pytest

from index import reading
from index.lexical import Lexical
from index.passages import split_article
from index.question import parse
from index.reading import Reader, ReadPassage
from index.records import Article, Passage, Span

TEXT = "Zorroto compró 45 barcos en mayo. La empresa invierte en la nube. Su meta es crecer."
SHIPS = Article("a", "a.txt", "La flota de Zorroto", TEXT)
QUINOA = Article("b", "b.txt", "Quinua", "Puno exportó quinua a Noruega. Fue un récord.")
ARTICLES = (SHIPS, QUINOA)
PASSAGES = tuple(passage for article in ARTICLES for passage in split_article(article))
LEXICAL = Lexical.build(ARTICLES, PASSAGES)


def read(question: str, row: int = 0) -> ReadPassage:
    reader = Reader(LEXICAL, parse(question), (0.0, 0.0))
    return reader.read(PASSAGES[row], ARTICLES[row])


def worth(question: str, row: int = 0) -> float:
    """What the passage is worth to a question of one term."""
    (value,) = read(question, row).worths
    return value


def test_sentences_are_slices_of_the_article_in_its_order() -> None:
    found = read("¿Cuántos barcos compró Zorroto?")
    assert [each.span for each in found.sentences] == list(PASSAGES[0].sentences)
    assert all(TEXT[each.span.start : each.span.end] == each.text for each in found.sentences)


def test_what_a_passage_says_it_covers_wholly() -> None:
    found = read("¿Cuántos barcos compró Zorroto?")
    assert found.worths == (1.0, 1.0, 1.0)
    assert (found.coverage, found.missing_name) == (1.0, 0.0)
    assert found.sentences[0].coverage == 1.0
    assert found.sentences[0].bound == 1.0


def test_what_a_passage_does_not_say_it_lacks() -> None:
    found = read("¿Cuántos barcos compró Zorroto?", row=1)
    assert found.coverage == 0
    assert found.missing_name > 0
    assert all(each.words == each.coverage == each.bound == 0 for each in found.sentences)


def test_the_title_and_the_heading_are_part_of_a_passage() -> None:
    assert worth("flota") == 1.0
    headed = Passage("p", "b", 0, 30, QUINOA.text[:30], "Exportaciones andinas", (Span(0, 30),))
    reader = Reader(LEXICAL, parse("andinas"), (0.0, 0.0))
    assert reader.read(headed, QUINOA).worths == (1.0,)


def test_another_way_to_say_it_is_worth_less_than_the_word_itself() -> None:
    assert 0 < worth("gastar") < worth("invierte") == 1.0
    assert 0 < worth("How to spend?") < 1.0


def test_a_misspelled_word_is_found_by_its_sound() -> None:
    assert 0 < worth("zorrotto") < 1.0
    assert worth("sorroto") == 1.0
    assert worth("bahía") == 0


def test_figures_are_never_alike() -> None:
    assert worth("46") == worth("45001") == 0


def test_a_figure_is_worth_as_much_as_a_name_however_it_is_punctuated() -> None:
    text = "Recaudó 300.000 millones, un 52,44 % más."
    article = Article("c", "c.txt", "", text)
    passage = Passage("p", "c", 0, len(text), text, None, (Span(0, len(text)),))
    lexical = Lexical.build([article], [passage])
    reader = Reader(lexical, parse("¿Recaudó 300.000 o 52.44?"), (0.0, 0.0))
    assert reader.read(passage, article).worths == (1.0, 1.0, 1.0)


def test_a_name_written_small_in_the_text_is_worth_less() -> None:
    """The company Meta is no goal."""
    assert worth("¿Qué es Meta?") < worth("¿Qué es la meta?") == 1.0


def test_a_sentence_borrows_names_from_its_title_and_from_the_sentence_before() -> None:
    found = read("¿En qué nube invierte Zorroto?")
    assert found.sentences[1].coverage < 1
    assert found.sentences[1].bound > found.sentences[1].coverage
    assert found.sentences[1].bound > found.sentences[2].bound


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ("¿Cuántos barcos compró?", [True, False, False]),
        ("¿Cuándo compró barcos?", [True, False, False]),
        ("¿Quién compró barcos?", [True, False, False]),
        ("¿Cuándo fue lo de mayo?", [False, False, False]),
        ("¿Qué pasa?", [False, False, False]),
    ],
)
def test_a_sentence_fits_that_holds_what_is_asked_for_and_the_question_does_not_say(
    question: str, fits: list[bool]
) -> None:
    assert [each.fits for each in read(question).sentences] == fits


def test_a_question_without_a_subject_covers_nothing() -> None:
    found = read("¿y el de la?")
    assert (found.coverage, found.worths) == (0.0, ())


def test_a_misspelled_name_is_written_as_the_passages_write_it() -> None:
    asked = parse("¿Cuántos barcos compró sorroto?")
    assert reading.respelled(asked, LEXICAL, [read(asked.text)]) == "¿Cuántos barcos compró zorroto?"


@pytest.mark.parametrize("question", ["¿Cuántos barcos compró Zorroto?", "¿Quién es Xyzzyq?", "hola"])
def test_a_question_with_nothing_to_mend_is_left_alone(question: str) -> None:
    asked = parse(question)
    assert reading.respelled(asked, LEXICAL, [read(asked.text)]) is None
