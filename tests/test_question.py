"""A question is taken apart into what it is about and what it asks for, however it is typed."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.entities import Asks
from index.question import MAX_QUESTION, Question, Term, parse
from index.records import Language, QuestionError


def term(asked: Question, text: str) -> Term:
    (found,) = [each for each in asked.terms if each.text == text]
    return found


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("¿cuánto invierte Alibaba?", Language.SPANISH),
        ("cuanto invierte alibaba", Language.SPANISH),
        ("How much does Alibaba invest?", Language.ENGLISH),
        ("who joined the AIP", Language.ENGLISH),
        ("Alibaba", Language.SPANISH),
        ("¿?", Language.SPANISH),
    ],
)
def test_the_language_is_the_one_spoken(text: str, spoken: Language) -> None:
    assert parse(text).language is spoken


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("¿cuánto invierte Alibaba?", Asks.QUANTITY),
        ("CUANTOS PAISES SON", Asks.QUANTITY),
        ("kuanto invierte alibaba", Asks.QUANTITY),
        ("¿Qué porcentaje crecieron los ingresos?", Asks.QUANTITY),
        ("¿A qué gran cifra asciende?", Asks.QUANTITY),
        ("How much does Alibaba invest?", Asks.QUANTITY),
        ("What percentage did it grow?", Asks.QUANTITY),
        ("¿Cuándo se fundó la AIP?", Asks.DATE),
        ("¿En qué año se fundó?", Asks.DATE),
        ("When was the AIP founded?", Asks.DATE),
        ("¿Dónde construirá Mistral?", Asks.PLACE),
        ("¿En qué país construirá?", Asks.PLACE),
        ("Where will Mistral build?", Asks.PLACE),
        ("¿Quién dirige Nvidia?", Asks.NAME),
        ("¿kien dirige nvidia?", Asks.NAME),
        ("¿Qué empresa china invierte?", Asks.NAME),
        ("¿Cómo se llama el modelo?", Asks.NAME),
        ("Which company launched Qwen?", Asks.NAME),
        ("¿Qué es Qwen?", Asks.OTHER),
        ("¿Por qué invierte Alibaba?", Asks.OTHER),
        ("Alibaba", Asks.OTHER),
    ],
)
def test_what_is_asked_for_is_told_by_the_question_word(text: str, asks: Asks) -> None:
    assert parse(text).asks is asks


def test_the_first_question_word_decides() -> None:
    assert parse("¿Quién dijo cuánto invierte Alibaba?").asks is Asks.NAME
    assert parse("¿Cuánto invierte quien dirige Alibaba?").asks is Asks.QUANTITY


def test_terms_are_the_subject_without_the_small_words() -> None:
    asked = parse("¿En qué invierte la empresa de Elon Musk?")
    assert [each.text for each in asked.terms] == ["invierte", "empresa", "elon", "musk"]
    assert [each.phrase for each in asked.terms] == [
        (analysis.stem(word),) for word in ("invierte", "empresa", "elon", "musk")
    ]


def test_a_word_said_twice_is_one_term_and_counts_twice_in_words_and_grams() -> None:
    asked = parse("¿Alibaba compra Alibaba?")
    assert [each.text for each in asked.terms] == ["alibaba", "compra"]
    assert asked.words[analysis.stem("alibaba")] == 2
    assert asked.grams["alib"] == 2


def test_set_phrases_are_one_term() -> None:
    asked = parse("¿Quién invierte en inteligencia artificial?")
    assert ("ia",) in term(asked, "inteligencia artificial").others
    assert term(asked, "inteligencia artificial").sound == ""


def test_words_and_grams_count_every_token_small_ones_too() -> None:
    text = "¿Quién invierte en la nube?"
    asked = parse(text)
    assert asked.words == dict.fromkeys(analysis.stems(text), 1.0)
    assert set(asked.grams) == set(analysis.grams(text))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("¿Cuánto invierte Alibaba?", {"alibaba"}),
        ("¿Qué hará Nvidia con xAI en 2027?", {"nvidia", "xai", "2027"}),
        ("¿Compite con GPT-4o?", {"gpt", "4o"}),
        ("¿Alibaba invierte?", set()),
        ("Gracias. Alibaba invierte en la nube?", set()),
        ("CUÁNTO INVIERTE ALIBABA", set()),
        ("cuánto invierte alibaba", set()),
        ("CUÁNTO INVIERTE EN 2027", {"2027"}),
    ],
)
def test_names_are_capitals_inside_the_sentence_and_figures(text: str, named: set[str]) -> None:
    """A capital that opens a sentence tells nothing, nor do capitals where everything is shouted."""
    assert {each.text for each in parse(text).terms if each.named} == named


def test_a_name_means_nothing_but_itself_and_an_acronym_means_its_words() -> None:
    assert term(parse("¿En qué invierte Meta?"), "meta").others == ()
    assert term(parse("¿Quién invierte en IA?"), "ia").others != ()


def test_light_words_weigh_less_than_the_subject_unless_they_are_names() -> None:
    asked = parse("¿Qué empresa lanzó Qwen?")
    assert term(asked, "empresa").weight < term(asked, "qwen").weight == 1.0


def test_a_misspelled_word_is_also_looked_for_as_it_was_meant() -> None:
    asked = parse("ke inbierte alivava en la nuve")
    assert [each.text for each in asked.terms] == ["inbierte", "alivava", "nuve"]
    assert term(asked, "nuve").meant == analysis.stem("nube")
    assert (analysis.stem("nube"),) in term(asked, "nuve").others
    assert {analysis.stem("nuve"), analysis.stem("nube")} <= set(asked.words)
    assert term(asked, "alivava").meant is None
    assert term(asked, "alivava").sound == analysis.sound("alibaba")


def test_a_name_is_never_respelled() -> None:
    assert term(parse("¿Qué hace la empresa Nuve?"), "nuve").meant is None


def test_a_word_spelled_right_counts_once() -> None:
    asked = parse("¿cuánto dinero invierte?")
    assert asked.words[analysis.stem("dinero")] == 1
    assert term(asked, "dinero").meant is None


def test_english_words_are_looked_for_in_spanish() -> None:
    asked = parse("Which company invests in the cloud?")
    assert (analysis.stem("empresa"),) in term(asked, "company").others
    assert {analysis.stem("empresa"), analysis.stem("nube")} <= asked.other_words
    assert analysis.stem("nube") not in asked.words


def test_other_ways_to_say_it_weigh_what_they_are_given() -> None:
    asked = parse("¿Quién invierte en IA?")
    words, grams = asked.expanded(0.5, 0.25)
    assert {words[word] for word in asked.other_words - asked.words.keys()} == {0.5}
    assert {grams[gram] for gram in asked.other_grams - asked.grams.keys()} == {0.25}
    assert {word: words[word] for word in asked.words} == asked.words
    assert asked.expanded(0.0, 0.0) == (asked.words, asked.grams)


def test_what_the_question_says_itself_is_no_answer() -> None:
    asked = parse("¿Cuánto de los 300.000 millones pone Microsoft?")
    assert asked.says("300.000 millones")
    assert asked.says("Microsoft")
    assert not asked.says("Microsoft y BlackRock")
    assert not asked.says("300 millones")


@pytest.mark.parametrize("text", ["¿quién te creó?", "how old are you?", "¿cuáles son tus instrucciones?"])
def test_questions_about_the_one_who_answers_are_told(text: str) -> None:
    assert parse(text).addressed


@pytest.mark.parametrize("text", ["¿quién creó Qwen?", "how old is Nvidia?"])
def test_questions_about_others_are_not_taken_for_such(text: str) -> None:
    assert not parse(text).addressed


@pytest.mark.parametrize("text", ["hola", "¿?", "🌍", "...", "gracias", "¿y el de la?"])
def test_what_has_no_subject_has_no_terms(text: str) -> None:
    assert parse(text).terms == ()


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\x00\x07", "\u200b\u202e\ufeff", "\ud800", "\u00ad", "\U000e0041"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        parse(text)


def test_a_question_too_long_is_refused_with_its_length() -> None:
    assert len(parse("a" * MAX_QUESTION).text) == MAX_QUESTION
    with pytest.raises(QuestionError, match="10000 characters: ask it in at most 2000"):
        parse("a" * 10_000)


def test_spaces_do_not_make_a_question_long() -> None:
    assert parse(f"  ¿cuánto{' ' * 5_000}invierte\nAlibaba?\t").text == "¿cuánto invierte Alibaba?"


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\x9b", "\u200b", "\u202e", "\u2066", "\u061c", "\ufeff", "\ud83d"])
def test_characters_that_do_not_show_are_taken_off(hidden: str) -> None:
    assert parse(f"¿cuánto{hidden}invierte Alibaba{hidden}?").text == "¿cuánto invierte Alibaba ?"


def test_terminal_colours_are_taken_off_whole() -> None:
    assert parse("\x1b[31;1m¿cuánto invierte\x1b[0m Alibaba?").text == "¿cuánto invierte Alibaba?"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_question_is_the_same_however_its_accents_are_encoded(form: str) -> None:
    text = "¿Qué inversión anunció la compañía?"
    assert parse(unicodedata.normalize(form, text)) == parse(text)  # type: ignore[arg-type]  # one of the two names


LONG = [
    ("nonsense", " ".join(f"{number:x}qz{number * 7919:x}w" for number in range(200))),
    ("one word", "infraestructura" * 140),
    ("question words", "qué cosas tan raras " * 100),
    ("names", "Xy Zw Qv " * 220),
]


@pytest.mark.parametrize("text", [text for _, text in LONG], ids=[name for name, _ in LONG])
def test_the_longest_question_is_parsed_at_once(text: str) -> None:
    """It takes milliseconds; a pattern that starts over at every character would take minutes."""
    started = time.process_time()
    parse(text[:MAX_QUESTION])
    assert time.process_time() - started < 3


@given(st.text() | st.text(alphabet="aeQuéá¿? .,0\u0301\u200b\n", max_size=2_100))
def test_any_text_is_a_question_or_refused(text: str) -> None:
    try:
        asked = parse(text)
    except QuestionError:
        return
    assert asked.text == asked.text.strip()
    assert 0 < len(asked.text) <= MAX_QUESTION
    assert parse(asked.text) == asked
    assert all(each.phrase and 0 < each.weight <= 1 for each in asked.terms)
    assert len({each.phrase for each in asked.terms}) == len(asked.terms)


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("¿Qué batalla perdió Temujin?", "batalla"),
        ("¿Cuántos barcos compró Zorroto?", "barcos"),
        ("¿Cuál fue la batalla que perdió?", "batalla"),
        ("Which battle did Temujin lose?", "battle"),
        ("¿Quién ganó la batalla?", None),
        ("¿Qué?", None),
    ],
)
def test_the_noun_that_is_asked_for_is_known(question: str, sought: str | None) -> None:
    asked = parse(question)
    assert (None if asked.sought is None else asked.terms[asked.sought].text) == sought


def test_a_name_that_something_had_is_a_name_asked_for() -> None:
    assert parse("¿Cómo se llamaba el faro?").asks is parse("¿Cómo se llama el faro?").asks is Asks.NAME
