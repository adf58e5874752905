"""What is asked of a message: its words without mentions, the asking part of a long one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import MAX_ASKED, question_in


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("<@123> ¿cuánto invierte Alibaba?", "¿cuánto invierte Alibaba?"),
        ("<@!123>\n\n¿cuánto   invierte\tAlibaba?", "¿cuánto invierte Alibaba?"),
        ("¿qué pasa en <#5> con <@&7> <:alegre:9> <a:baila:10> <t:1700000000:R>?", "¿qué pasa en con ?"),
        ("<@123>", ""),
        ("", ""),
        ("5 < 6 y 7 > 3", "5 < 6 y 7 > 3"),
        ("Dicen que va a invertir. ¿Cuánto invierte Alibaba en IA?", "¿Cuánto invierte Alibaba en IA?"),
        ("Alibaba va a invertir mucho. ¿Cuánto?", "Alibaba va a invertir mucho. ¿Cuánto?"),
        ("Buenas tardes. Quería saber cuánto invierte Alibaba. ¡Gracias!", "Quería saber cuánto invierte Alibaba."),
        ("muchas gracias", "muchas gracias"),
    ],
)
def test_mentions_are_no_part_of_a_question(content: str, question: str) -> None:
    assert question_in(content) == question


def test_of_a_long_message_the_sentences_that_ask_are_asked() -> None:
    filler = "Alibaba es una empresa china de comercio. " * 20
    text = f"{filler}¿Cuánto invierte? {filler}¿Para cuándo?"
    assert question_in(text) == "¿Cuánto invierte? ¿Para cuándo?"
    small = text.replace("¿C", "¿c").replace("¿P", "¿p")
    assert question_in(small) == "¿cuánto invierte? ¿para cuándo?"


def test_of_a_long_message_that_asks_nothing_the_beginning_is_asked() -> None:
    text = "Alibaba invertirá mucho en centros de datos. " * 30
    asked = question_in(text)
    assert text.startswith(asked)
    assert asked.endswith(".")
    assert MAX_ASKED - 50 < len(asked) <= MAX_ASKED


@given(st.text(max_size=3000))
def test_a_question_is_never_too_long(content: str) -> None:
    assert len(question_in(content)) <= MAX_ASKED


def test_one_endless_sentence_is_cut_at_a_word() -> None:
    asked = question_in("palabra " * 200)
    assert asked.endswith("palabra")
    assert len(asked) <= MAX_ASKED
