"""Hits become a cited answer made of the articles' own sentences, or an honest "not found"."""

from __future__ import annotations

import pytest

from bot import answers
from bot.answers import Answer, NotFound, compose, embolden
from index.question import parse
from index.records import Article, Hit, Language, Passage, Results, ScoredSentence, Span
from index.sentences import split_sentences

ALIBABA = (
    "Alibaba invertirá 380 mil millones de yuanes, alrededor de $52.44 mil millones, en los próximos tres años. "
    "El viernes anunció un crecimiento de ingresos del 32%. "
    "Su modelo se llama Qwen."
)
ECHO = "Según Reuters, Alibaba invertirá 380 mil millones de yuanes, alrededor de $52.44 mil millones."
MISTRAL = "Mistral construirá centros de datos en Francia con €50 mil millones de los Emiratos Árabes Unidos."
QUESTION = "¿cuánto invierte Alibaba?"


def article(name: str, text: str) -> Article:
    return Article(id=name, path=f"{name}.txt", title=name.title(), text=text)


A, B, C = article("a", ALIBABA), article("b", ECHO), article("c", MISTRAL)


def hit(owner: Article, *scores: float, start: int = 0) -> Hit:
    """The article's sentences from the one at ``start`` on, with the scores given, best first."""
    spans = split_sentences(owner.text)[start : start + len(scores)]
    place = (spans[0].start, spans[-1].end)
    passage = Passage(f"{owner.id}{start}", owner.id, *place, owner.text[slice(*place)], None, tuple(spans))
    scored = [
        ScoredSentence(span, owner.text[span.start : span.end], score)
        for span, score in zip(spans, scores, strict=True)
    ]
    return Hit(passage, owner, max(scores), tuple(sorted(scored, key=lambda sentence: -sentence.score)))


def results(
    *hits: Hit, question: str = QUESTION, confidence: float = 0.9, language: Language = Language.SPANISH
) -> Results:
    return Results(question, language, hits, confidence, confidence >= 0.5)


def answered(*hits: Hit, question: str = QUESTION, language: Language = Language.SPANISH) -> Answer:
    answer = compose(results(*hits, question=question, language=language))
    assert isinstance(answer, Answer)
    return answer


def bold(answer: Answer) -> list[list[str]]:
    return [[each.text[start:end] for start, end in each.bold] for each in answer.statements]


def test_the_best_sentence_is_quoted_with_its_number_and_what_is_asked_for_in_bold() -> None:
    answer = answered(hit(A, 9.0, 1.0, 0.5))
    assert answer.text == (
        "Alibaba invertirá **380 mil millones de yuanes**, alrededor de **$52.44 mil millones**, "
        "en los próximos tres años. [1]"
    )
    (citation,) = answer.citations
    assert (citation.number, citation.article, citation.score) == (1, A, 9.0)
    assert A.text[citation.span.start : citation.span.end] == citation.quote == answer.statements[0].text
    assert (answer.question, answer.language, answer.confidence) == (QUESTION, Language.SPANISH, 0.9)


def test_every_quote_stands_in_its_article() -> None:
    answer = answered(hit(A, 9.0, 8.5, 8.0), hit(C, 9.5), question="¿Qué cuentan Alibaba y Mistral?")
    assert answer.citations
    for citation in answer.citations:
        assert citation.article.text[citation.span.start : citation.span.end] == citation.quote


def test_at_most_three_sentences_are_given_best_first() -> None:
    texts = ["El puerto abrió.", "La fábrica cerró.", "El museo creció.", "El banco quebró.", "La mina brilló."]
    owners = [article(f"x{at}", text) for at, text in enumerate(texts)]
    hits = [hit(owner, 10.0 - at / 10) for at, owner in enumerate(owners)]
    answer = answered(*reversed(hits), question="¿Qué pasó?")
    assert [each.text for each in answer.statements] == texts[: answers.MAX_SENTENCES]
    assert [each.numbers for each in answer.statements] == [(1,), (2,), (3,)]


def test_a_sentence_far_below_the_best_is_left_out() -> None:
    answer = answered(hit(C, 10.0), hit(A, 1.0), question="¿Qué cuentan?")
    assert [each.text for each in answer.statements] == [MISTRAL]


def test_one_fact_told_by_two_articles_is_one_sentence_with_two_numbers() -> None:
    answer = answered(hit(A, 9.0), hit(B, 8.9))
    assert len(answer.statements) == 1
    assert answer.text.endswith("en los próximos tres años. [1][2]")
    assert [(each.number, each.article.id) for each in answer.citations] == [(1, "a"), (2, "b")]
    assert answer.citations[1].quote == ECHO


def test_articles_with_one_text_are_cited_both() -> None:
    copy = article("copy", ALIBABA)
    answer = answered(hit(A, 9.0), hit(copy, 9.0))
    assert answer.statements[0].numbers == (1, 2)
    assert {each.article.id for each in answer.citations} == {"a", "copy"}


def test_another_figure_is_another_fact() -> None:
    other = article("d", ECHO.replace("380", "390"))
    answer = answered(hit(B, 9.0), hit(other, 8.9))
    assert [each.numbers for each in answer.statements] == [(1,), (2,)]


def test_sentences_without_content_are_not_one_fact() -> None:
    yes, no = article("y", "¡Sí, él es así!"), article("n", "No, no lo es.")
    assert len(answered(hit(yes, 9.0), hit(no, 8.9), question="¿Es así?").statements) == 2


def test_numbers_are_given_by_article_and_not_by_passage() -> None:
    answer = answered(hit(A, 9.0), hit(A, 8.9, 8.8, start=1), hit(C, 8.7), question="¿Qué cuentan?")
    assert [each.numbers for each in answer.statements] == [(1,), (1,), (1,)]
    answer = answered(hit(A, 9.0), hit(C, 8.9), hit(A, 8.8, start=1), question="¿Qué cuentan?")
    assert [each.numbers for each in answer.statements] == [(1,), (2,), (1,)]


def test_a_sentence_that_two_passages_share_is_quoted_once_with_its_best_score() -> None:
    answer = answered(hit(A, 8.0, 9.0), hit(A, 9.5, start=1), question="¿Qué cuentan?")
    (first, *_) = answer.citations
    assert first.score == 9.5
    assert len({each.span for each in answer.citations}) == len(answer.citations)


def test_equal_scores_are_ordered_by_article_and_place() -> None:
    hits = (hit(C, 9.0), hit(A, 9.0, 9.0))
    answer = answered(*hits, question="¿Qué cuentan?")
    assert [(each.article.id, each.span.start) for each in answer.citations] == sorted(
        (each.article.id, each.span.start) for each in answer.citations
    )
    assert compose(results(*reversed(hits), question="¿Qué cuentan?")) == answer


@pytest.mark.parametrize("score", [0.0, -1.0])
def test_an_answer_has_a_sentence_whatever_the_scores(score: float) -> None:
    assert len(answered(hit(C, score), question="¿Qué cuentan?").statements) == 1


@pytest.mark.parametrize(
    ("question", "text", "spans"),
    [
        ("¿cuánto invierte Alibaba?", ALIBABA, ["380 mil millones de yuanes", "$52.44 mil millones"]),
        ("¿Qué porcentaje crecieron?", "Ganó 5 millones de euros, un 32% más.", ["32%"]),
        ("¿cuánto creció?", "Creció un 32% en dos años.", ["32%"]),
        ("¿cuánto tiempo duró?", "Pagó 5 millones de euros durante dos años.", ["dos años"]),
        ("how long did it take?", "Pagó 5 millones de euros durante dos años.", ["dos años"]),
        ("¿cuántos empleados tiene?", "Con 5 millones de euros contrató a 300 empleados.", ["300 empleados"]),
        ("¿cuántos países son?", "Gastó 5 millones de euros en 12 países.", ["12 países"]),
        ("¿cuándo lo anunció?", "El lunes 5 de mayo anunció 3 planes.", ["El lunes 5 de mayo"]),
        ("¿para cuándo?", "Lo hará en los próximos tres años, para 2027.", ["en los próximos tres años", "2027"]),
        ("¿quién dirige Nvidia?", "Nvidia la dirige Jensen Huang.", ["Jensen Huang"]),
        ("¿qué empresa lanzó Qwen?", "Qwen lo lanzó Alibaba.", ["Alibaba"]),
        ("¿qué empresa construye?", "En Francia construye Mistral.", ["Mistral"]),
        ("¿dónde construirá?", MISTRAL, ["Francia", "Emiratos Árabes Unidos"]),
        ("¿por qué?", ALIBABA, []),
    ],
)
def test_what_the_question_asks_for_is_in_bold(question: str, text: str, spans: list[str]) -> None:
    sentence = text[slice(*split_sentences(text)[0])]
    found = answers.asked_for(sentence, parse(question))
    assert [sentence[start:end] for start, end in found] == spans


def test_what_the_question_says_itself_is_not_in_bold() -> None:
    assert bold(answered(hit(B, 9.0), question="¿Quién invierte 380 mil millones de yuanes, según Reuters?")) == [
        ["Alibaba"]
    ]


def test_where_the_best_sentence_holds_what_is_asked_for_so_do_the_others() -> None:
    near = article("n", "Alibaba invierte mucho, dicen sus rivales.")
    answer = answered(hit(A, 9.0), hit(near, 8.9))
    assert [each.numbers for each in answer.statements] == [(1,)]


def test_an_english_question_gets_the_articles_own_words() -> None:
    answer = answered(hit(B, 9.0), question="How much does Alibaba invest?", language=Language.ENGLISH)
    assert answer.language is Language.ENGLISH
    assert answer.statements[0].text == ECHO
    assert bold(answer) == [["380 mil millones de yuanes", "$52.44 mil millones"]]


def test_what_is_not_sure_is_not_answered() -> None:
    found = compose(results(hit(A, 9.0), confidence=0.2))
    assert found == NotFound(QUESTION, Language.SPANISH, 0.2, (A,))


def test_nothing_found_is_not_answered_however_sure() -> None:
    assert compose(results()) == NotFound(QUESTION, Language.SPANISH, 0.9, ())


def test_not_found_names_up_to_three_near_articles_each_once_nearest_first() -> None:
    more = [article(f"x{at}", ECHO) for at in range(3)]
    hits = [hit(A, 9.0), hit(A, 8.0, start=1), hit(C, 7.0), *(hit(owner, 1.0) for owner in more)]
    found = compose(results(*hits, confidence=0.1))
    assert isinstance(found, NotFound)
    assert found.near == (A, C, more[0])


def test_bold_marks_stand_around_their_spans() -> None:
    assert embolden("uno dos tres", [Span(8, 12), Span(0, 3)]) == "**uno** dos **tres**"
    assert embolden("uno", []) == "uno"


def test_what_looks_like_a_mark_in_the_text_is_none() -> None:
    starred = article("s", "El modelo **Qwen** [1] creció 5 veces*.")
    answer = answered(hit(starred, 9.0), question="¿cuánto creció?")
    assert answer.statements[0].text == starred.text
    assert answer.text == r"El modelo \*\*Qwen\*\* \[1] creció **5 veces**\*. [1]"


def test_composing_changes_nothing_and_gives_the_same_twice() -> None:
    given = results(hit(A, 9.0, 8.9), hit(B, 8.8))
    assert compose(given) == compose(given)
