"""Texts are cut where a sentence ends, and never through what makes them Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message.escape import clean_with_spans, unescape
from bot.message.excerpts import excerpt, pages, width
from index.records import Span

THREE = "Alibaba invertirá 380 mil millones. Lo dijo el lunes. Serán tres años."
PIECES = ["Uno dos. ", "palabra ", "*", "_", "\\", "😀", "ñ", ":a:", "://", "1. ", "- ", "\n", "discord.gg/a"]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.builds(str.__mul__, st.sampled_from(PIECES), st.integers(0, 400)),
    st.text(max_size=200),
)
SPANS = st.lists(
    st.builds(lambda at, length: Span(at, at + length), st.integers(0, 400), st.integers(0, 60)), max_size=5
)


def plain(markdown: str) -> str:
    """The text that Discord shows; fails where Markdown of ours is cut through."""
    tokens = re.findall(r"\\.|\*\*|[^\\*]", markdown, re.DOTALL)
    assert "".join(tokens) == markdown
    assert tokens.count("**") % 2 == 0
    assert "****" not in markdown.replace("\\*", "x")
    return unescape("".join(part for part in tokens if part != "**"))


@given(TEXTS, SPANS, st.integers(3, 300))
def test_an_excerpt_is_the_beginning_of_the_text_within_the_room(text: str, spans: list[Span], limit: int) -> None:
    text, bold = clean_with_spans(text, [span for span in spans if span.end <= len(text)])
    cut = excerpt(text, limit, bold)
    assert width(cut.markdown) <= limit
    shown = plain(cut.markdown)
    if cut.whole:
        assert shown == text
    else:
        assert shown.endswith("…")
        assert text.startswith(shown.removesuffix("…").removesuffix(" "))


@given(TEXTS, SPANS, st.integers(20, 300))
def test_pages_hold_the_whole_text_between_them(text: str, spans: list[Span], limit: int) -> None:
    text, bold = clean_with_spans(text, [span for span in spans if span.end <= len(text)])
    parts = list(pages(text, limit, bold))
    assert "".join(map(plain, parts)) == text
    assert all(0 < width(part) <= limit for part in parts)


def test_what_fits_is_shown_whole_with_its_bold() -> None:
    cut = excerpt(THREE, 200, [Span(18, 34)])
    assert (cut.markdown, cut.whole) == (THREE.replace("380 mil millones", "**380 mil millones**"), True)


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (69, "Alibaba invertirá 380 mil millones. Lo dijo el lunes. …"),
        (55, "Alibaba invertirá 380 mil millones. Lo dijo el lunes. …"),
        (54, "Alibaba invertirá 380 mil millones. …"),
        (37, "Alibaba invertirá 380 mil millones. …"),
        (36, "Alibaba invertirá 380 mil…"),
        (11, "Alibaba…"),
        (8, "Alibab…"),
    ],
)
def test_a_cut_falls_at_a_sentence_else_at_a_word_else_where_it_must(limit: int, shown: str) -> None:
    assert excerpt(THREE, limit).markdown == shown


def test_bold_that_is_cut_is_closed() -> None:
    assert excerpt("Serán 380 mil millones de yuanes", 24, [Span(6, 32)]).markdown == "Serán **380 mil**…"


def test_pages_turn_where_a_sentence_ends() -> None:
    assert list(pages(THREE, 40)) == ["Alibaba invertirá 380 mil millones. ", "Lo dijo el lunes. Serán tres años."]


def test_width_counts_as_the_strictest_does() -> None:
    assert [width(text) for text in ("añ", "😀", "")] == [2, 2, 0]
