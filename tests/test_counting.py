"""Texts as numbers hold what the texts hold: joined, cut into pieces and counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.counting import Texts

TEXTS = st.lists(st.lists(st.sampled_from("la nube red ia mar".split()), max_size=8), max_size=8)


def spelled(texts: Texts) -> list[list[str]]:
    """The terms of each text."""
    ends = np.cumsum(texts.lengths).tolist()
    return [
        [texts.terms[number] for number in texts.numbers[end - length : end]]
        for end, length in zip(ends, texts.lengths.tolist(), strict=True)
    ]


@given(TEXTS)
def test_numbered_texts_are_the_texts(texts: list[list[str]]) -> None:
    found = Texts.of(texts)
    assert spelled(found) == texts
    assert len(set(found.terms)) == len(found.terms)


@given(TEXTS.filter(bool), st.data())
def test_joined_texts_are_their_parts_one_after_the_other(texts: list[list[str]], data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.lists(st.integers(0, len(texts) - 1), max_size=4), max_size=6))
    expected = [[term for row in group for term in texts[row]] for group in groups]
    assert spelled(Texts.of(texts).joined(groups)) == expected


@given(TEXTS, st.dictionaries(st.sampled_from("la nube red ia mar".split()), st.lists(st.sampled_from("abc"))))
def test_cut_texts_hold_the_pieces_of_each_term_in_its_place(
    texts: list[list[str]], pieces: dict[str, list[str]]
) -> None:
    found = Texts.of(texts)
    cut = found.cut(Texts.of(pieces.get(term, [term]) for term in found.terms))
    assert spelled(cut) == [[piece for term in text for piece in pieces.get(term, [term])] for text in texts]


@given(TEXTS)
def test_counts_are_of_each_term_in_each_text_by_rank(texts: list[list[str]]) -> None:
    found = Texts.of(texts)
    order = sorted(found.terms)
    ranks = np.array([order.index(term) for term in found.terms], np.int64)
    expected = sorted(
        (order.index(term), row, count) for row, text in enumerate(texts) for term, count in Counter(text).items()
    )
    assert list(zip(*(part.tolist() for part in found.counts(ranks)), strict=True)) == expected
