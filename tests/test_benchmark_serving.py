"""The whole way of a question, and the bot during a rebuild: what is asked and counted, never how long it takes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.desk import Reply
from bot.knowledge import Knowledge
from index.build import build
from index.encoder import FolderEncoder
from index.sources import read_articles
from scripts.benchmark import serving
from scripts.benchmark.serving import CONCURRENT, measure_rebuilding, measure_serving, serve
from scripts.benchmark.workers import BenchError
from tests.command_line import write_articles
from tests.discord_numbers import InteractionType
from tests.discord_people import People
from tests.discord_records import Interaction
from tests.discord_world import World
from tests.measure_bot import Asked, Size, measure

QUESTIONS = [f"¿qué cooperativa exportó {number} toneladas de quinua?" for number in range(40)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Path:
    """An index of three short articles."""
    place = tmp_path_factory.mktemp("served")
    articles = read_articles([write_articles(place / "articles")]).articles
    build(articles, place / "index", embedded, cache=place / "vectors.sqlite")
    return place / "index"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Each question that is put to the bot's search, in order, with how many are then there."""
    seen: list[tuple[str, int]] = []
    there: list[str] = []
    ask = Knowledge.ask

    async def noted(knowledge: Knowledge, question: str, focus: Any = None) -> Reply:
        there.append(question)
        seen.append((question, len(there)))
        try:
            return await ask(knowledge, question, focus)
        finally:
            there.remove(question)

    monkeypatch.setattr(Knowledge, "ask", noted)
    return seen


async def test_every_question_is_asked_in_each_of_three_rounds_whose_order_turns_after_a_warm_up(
    folder: Path, embedded: FolderEncoder, at_once: list[tuple[str, int]]
) -> None:
    rows = await serve(folder, embedded.name, QUESTIONS)
    assert [(row.concurrent, row.questions) for row in rows] == [(1, 120), (32, 120)]
    assert [question for question, _ in at_once[:10]] == QUESTIONS[:10]
    turns = [at_once[start : start + 40] for start in range(10, 250, 40)]
    assert all([question for question, _ in turn] == QUESTIONS for turn in turns)
    assert [max(count for _, count in turn) for turn in turns] == [1, 32, 32, 1, 1, 32]


def test_figures_are_over_all_rounds() -> None:
    row = serving._serving(1, [serving._Turn([1.0, 2.0], 0.5), serving._Turn([3.0, 10.0, 4.0], 1.5)])
    assert asdict(row) == {
        "concurrent": 1,
        "questions": 5,
        "p50": 3.0,
        "p99": pytest.approx(4 + 0.96 * 6),
        "per_second": 2.5,
    }


def test_a_measurement_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_PATIENCE", 0.0)
    with pytest.raises(BenchError, match=r"scripts\.benchmark\.serving` took more than 0 s"):
        measure_serving(Path(), "", [])


def test_serving_is_measured_in_a_process_of_its_own_on_some_of_the_questions(
    folder: Path, embedded: FolderEncoder
) -> None:
    rows = measure_serving(folder, embedded.name, QUESTIONS * 3, quick=True)
    assert [(row.concurrent, row.questions) for row in rows] == [(number, 120) for number in CONCURRENT]
    assert all(0 < row.p50 <= row.p99 and row.per_second > 0 for row in rows)


def test_a_measurement_that_fails_says_the_last_that_was_heard_of_it(tmp_path: Path, embedded: FolderEncoder) -> None:
    with pytest.raises(BenchError, match=r"scripts\.benchmark\.serving` ended with exit code 1: .*no index in"):
        measure_serving(tmp_path, embedded.name, QUESTIONS)


def test_without_a_checkout_the_bot_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ROOT", tmp_path)
    rows, left_out = measure_rebuilding()
    assert rows == ()
    assert "folder `tests`" in left_out[0]


def test_figures_are_of_one_phase_and_in_milliseconds() -> None:
    world = World()
    people = People(world)
    kind, user, channel = InteractionType.COMMAND, people.user, people.channel
    asked = [
        Interaction(kind, user, channel, {}, f"{at}", "es-ES", 0, world.wait_for, made=100.0 + at) for at in range(4)
    ]
    waits = (0.004, 0.002, 0.003, 0.3)
    arrived = {each.id: each.made + wait for each, wait in zip(asked, waits, strict=True)}
    before, within, after = (99.0, 0.9), [(100.0 + at, 0.001 * at) for at in range(4)], (104.0, 0.8)
    row = Asked(asked, 100.0, 104.0).figures(arrived, np.array([before, *within, after]), rebuilding=True)
    figures = {"ack_p50": 3.5, "ack_p99": 4 + 0.97 * 296, "lag_p99": 2.97, "lag_max": 3.0}
    assert asdict(row) == {"rebuilding": True, "questions": 4} | {
        key: pytest.approx(each) for key, each in figures.items()
    }


def test_the_bot_is_watched_at_rest_and_until_it_uses_what_was_built() -> None:
    rest, rebuilding = measure(Size(0.5, 3))
    assert (rest.rebuilding, rebuilding.rebuilding) == (False, True)
    for row in (rest, rebuilding):
        assert row.questions
        assert 0 < row.ack_p50 <= row.ack_p99
        assert 0 < row.lag_p99 <= row.lag_max
