"""What is offered while somebody types, to whom, and how it is forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from bot.suggestions import MAX_CHOICE, MAX_CHOICES, Line, Suggestions, title_lines

if TYPE_CHECKING:
    from index.snapshot import Snapshot

TITLES = ("Alibaba Anuncia Inversión de $52 Mil Millones", "Quinua para Noruega", "", "  ", "Quinua para Noruega")
SERVER, OTHER = (1, 5), (2, 6)
ANA, LUIS = 11, 12


@dataclass
class Articles:
    """As much of a snapshot as titles are read from."""

    titles: list[str]

    @property
    def articles(self) -> Articles:
        return self

    def __len__(self) -> int:
        return len(self.titles)

    def values(self, row: int) -> dict[str, str]:
        return {"title": self.titles[row]}


def lines(titles: Iterable[str]) -> tuple[Line, ...]:
    return title_lines(cast("Snapshot", Articles(list(titles))))


@pytest.fixture
def suggestions() -> Suggestions:
    made = Suggestions()
    made.use_titles(lines(TITLES))
    return made


async def test_nothing_typed_offers_every_title_once(suggestions: Suggestions) -> None:
    assert await suggestions.offer(*SERVER, "") == (TITLES[0], TITLES[1])


@pytest.mark.parametrize("typed", ["inversion ALIBABA", "alib", "Inversión", "  52 mil "])
async def test_every_word_typed_is_looked_for_without_accents_or_capitals(suggestions: Suggestions, typed: str) -> None:
    assert await suggestions.offer(*SERVER, typed) == (TITLES[0],)


async def test_answered_questions_come_before_titles_the_latest_first(suggestions: Suggestions) -> None:
    for question in ("¿cuánto invierte Alibaba?", "¿quién fundó Alibaba?", "¿Cuanto invierte ALIBABA?"):
        suggestions.remember(*SERVER, ANA, question)
    offered = await suggestions.offer(*SERVER, "alibaba")
    assert offered == ("¿Cuanto invierte ALIBABA?", "¿quién fundó Alibaba?", TITLES[0])


@pytest.mark.parametrize("elsewhere", [OTHER, (SERVER[0], 7)])
async def test_another_server_or_channel_is_offered_none_of_them(
    suggestions: Suggestions, elsewhere: tuple[int, int]
) -> None:
    suggestions.remember(*SERVER, ANA, "¿cuánto invierte Alibaba?")
    assert await suggestions.offer(*elsewhere, "cuánto") == ()


async def test_a_person_who_wants_to_be_forgotten_is(suggestions: Suggestions) -> None:
    suggestions.remember(*SERVER, ANA, "¿cuánto invierte Alibaba?")
    suggestions.remember(*OTHER, ANA, "¿para cuándo?")
    suggestions.remember(*SERVER, LUIS, "¿quién dirige Alibaba?")
    suggestions.forget_person(ANA)
    assert await suggestions.offer(*SERVER, "¿") == ("¿quién dirige Alibaba?",)
    assert await suggestions.offer(*OTHER, "¿") == ()


async def test_a_server_that_was_left_is_forgotten(suggestions: Suggestions) -> None:
    suggestions.remember(*SERVER, ANA, "¿cuánto invierte Alibaba?")
    suggestions.forget_guild(SERVER[0])
    assert await suggestions.offer(*SERVER, "cuánto") == ()


async def test_discords_limits_hold_however_much_there_is() -> None:
    made = Suggestions()
    made.use_titles(lines(f"{number} {'título largo ' * 20}" for number in range(100)))
    for number in range(1000):
        made.remember(*SERVER, ANA, f"¿pregunta n{number:04d}?")
    made.remember(*SERVER, ANA, f"¿{'larga ' * 50}?")
    for typed in ("", "titulo", "¿"):
        offered = await made.offer(*SERVER, typed)
        assert len(offered) == MAX_CHOICES
        assert all(0 < len(text) <= MAX_CHOICE for text in offered)
    assert not any("larga " in text and text.startswith("¿") for text in await made.offer(*SERVER, "larga")), (
        "cut, it asks else"
    )
    assert await made.offer(*SERVER, "¿pregunta n0999?") == ("¿pregunta n0999?",)
    assert await made.offer(*SERVER, "¿pregunta n0000?") == (), "the oldest are forgotten"
