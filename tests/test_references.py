"""References fit a button, come back as they were, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Citation
from bot.references import MAX_REFERENCES, Reference, pack, references_of, unpack
from index.records import Article, Language, Span

ARTICLE = "0123456789abcdef"
SPANS = st.tuples(st.integers(0, 2**21 - 1), st.integers(0, 2**11 - 1)).map(lambda at: Span(at[0], sum(at)))
REFERENCES = st.builds(Reference, st.text("0123456789abcdef", min_size=16, max_size=16), SPANS)


@given(st.lists(REFERENCES, max_size=MAX_REFERENCES))
def test_references_come_back_as_they_were_packed(references: list[Reference]) -> None:
    assert unpack(pack(references)) == tuple(references)


def test_five_references_take_eighty_characters() -> None:
    assert len(pack([Reference(ARTICLE, Span(2**21 - 1, 2**21 - 1 + 2**11 - 1))] * 5)) == 80


@given(st.lists(REFERENCES, min_size=MAX_REFERENCES, max_size=9))
def test_only_the_first_five_are_packed(references: list[Reference]) -> None:
    assert unpack(pack(references)) == tuple(references[:MAX_REFERENCES])


@pytest.mark.parametrize(
    "unfit",
    [
        Reference("a00001", Span(0, 5)),
        Reference("0123456789ABCDEF", Span(0, 5)),
        Reference(ARTICLE + "\n", Span(0, 5)),
        Reference(ARTICLE, Span(2**21, 2**21 + 1)),
        Reference(ARTICLE, Span(0, 2**11)),
        Reference(ARTICLE, Span(5, 4)),
        Reference(ARTICLE, Span(-1, 4)),
    ],
)
def test_what_does_not_fit_is_left_out_and_the_others_stay(unfit: Reference) -> None:
    fit = Reference(ARTICLE, Span(3, 9))
    assert unpack(pack([unfit, fit])) == (fit,)


@given(st.text(max_size=100) | st.text("ABCDEFabcdef0123456789-_+/=", max_size=110))
def test_what_was_not_packed_is_refused(text: str) -> None:
    try:
        references = unpack(text)
    except ValueError:
        return
    assert pack(references) == text


@pytest.mark.parametrize(
    "text", ["A", "AAAA", "A" * 16 + "=", "A" * 17, "ñ" * 16, "+" * 16, "A" * 96, "A" * 8 + " " * 8]
)
def test_damaged_text_holds_no_references(text: str) -> None:
    with pytest.raises(ValueError, match="references"):
        unpack(text)


def test_nothing_is_packed_to_nothing() -> None:
    assert (pack([]), unpack("")) == ("", ())


def test_an_answers_references_stand_in_the_order_of_its_citations_each_once() -> None:
    article = Article(ARTICLE, "a.txt", "A", "Uno. Dos.")
    first = Citation(1, article, Span(5, 9), "Dos.", 2.0)
    second = Citation(1, article, Span(0, 4), "Uno.", 1.0)
    answer = Answer("¿?", Language.SPANISH, 1.0, (), (first, second, first))
    assert references_of(answer) == (Reference(ARTICLE, Span(5, 9)), Reference(ARTICLE, Span(0, 4)))
