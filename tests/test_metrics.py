"""The numbers: which there are, and what moves those that no person can move from Discord."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import threading
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.desk import Desk, Timer
from bot.grounded import limits
from bot.grounded.limits import Ledger
from bot.grounded.model import open_chat_model
from bot.grounded.tally import Cache, Call, Tally
from bot.grounded.writer import Writer
from bot.journal import Course, Outcome, Way
from bot.knowledge import Knowledge
from bot.metrics import Metrics, Stage
from index.build import build
from index.encoder import EMBEDDED, FolderEncoder
from index.snapshot import Snapshot
from index.sources import read_articles
from tests.command_line import write_articles
from tests.openai_server import Never, OpenAIServer, Refuse
from tests.outside import Numbers, read_numbers

QUESTION = "¿Cuánto invierte Alibaba?"
PATIENCE = 20


def numbers(metrics: Metrics) -> Numbers:
    return read_numbers(metrics.exposition().decode())


def labelled(name: str, label: str, values: str) -> set[str]:
    return {f'{name}{{{label}="{value}"}}' for value in values.split()}


EVERY = {
    *labelled("questions_total", "way", "command menu mention message button"),
    *labelled("answers_total", "outcome", "answered not_found busy refused failed"),
    *labelled("stage_seconds_count", "stage", "understand encode search answer write deliver total"),
    *labelled("stage_seconds_sum", "stage", "understand encode search answer write deliver total"),
    *labelled("answer_cache_total", "result", "hit miss"),
    *labelled("index_reloads_total", "result", "ok refused"),
    *labelled("model_calls_total", "result", "ok failed refused"),
    *labelled("model_tokens_total", "kind", "read written"),
    *labelled(
        "errors_total",
        "where",
        "aiohttp asyncio bot bot.alerts bot.client bot.cogs bot.conversation bot.delivery bot.failures bot.grounded "
        "bot.knowledge bot.reception discord index other",
    ),
    *labelled("build_info", "version", version("pregonero")),
    "queue_waiting",
    "index_age_seconds",
    "index_articles",
    "index_passages",
    "gateway_connected",
    "gateway_reconnects_total",
}


@pytest.fixture
def folder(tmp_path: Path, embedded: FolderEncoder) -> Path:
    """An index of three articles."""
    articles = read_articles([write_articles(tmp_path / "articles")]).articles
    build(articles, tmp_path / "index", embedded, cache=tmp_path / "vectors.sqlite")
    return tmp_path / "index"


async def test_every_number_is_there_from_the_start_with_all_its_labels(folder: Path) -> None:
    metrics = Metrics()
    async with Knowledge(folder, EMBEDDED, 8) as knowledge:
        metrics.read(knowledge, Tally())
        found = numbers(metrics)
    ours = {
        name.removeprefix("pregonero_") for name in found if name.startswith("pregonero_") and "_bucket" not in name
    }
    assert ours == EVERY
    still = ours - {name for name in ours if name.startswith(("index_a", "index_p", "build_info"))}
    assert {found[f"pregonero_{name}"] for name in still} == {0}
    assert found["process_cpu_seconds_total"] > 0
    assert found["process_resident_memory_bytes"] > 0


def test_what_the_interpreter_does_is_counted() -> None:
    before = numbers(Metrics())
    gc.collect()
    name = 'python_gc_collections_total{generation="2"}'
    assert numbers(Metrics())[name] > before[name]


async def test_questions_that_wait_are_counted_until_they_have_had_their_turn(folder: Path) -> None:
    metrics, release = Metrics(), threading.Event()
    async with Knowledge(folder, EMBEDDED, 8) as knowledge:
        metrics.read(knowledge, Tally())
        working = [asyncio.create_task(knowledge.run(lambda: release.wait(PATIENCE))) for _ in range(5)]
        await asyncio.sleep(0)
        waiting = numbers(metrics)["pregonero_queue_waiting"]
        release.set()
        await asyncio.gather(*working)
        assert (waiting, numbers(metrics)["pregonero_queue_waiting"]) == (5, 0)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_was_answered_or_not_found_says_how_long_it_takes(outcome: Outcome) -> None:
    metrics = Metrics()
    before = numbers(metrics)
    course = Course(
        Way.MENU, outcome=outcome, timer=Timer({"search": 20.0, "write": 1500.0, "total": 1700.0, "x": 1.0})
    )
    metrics.ended(course)
    after = numbers(metrics)
    timed = outcome in (Outcome.ANSWERED, Outcome.NOT_FOUND)
    stages = {f'stage_seconds_count{{stage="{stage}"}}': 1.0 for stage in ("search", "write", "total") if timed}
    ended = {'questions_total{way="menu"}': 1.0, f'answers_total{{outcome="{outcome}"}}': 1.0}
    assert after.since(before) == ended | stages
    sums = {stage: after[f'pregonero_stage_seconds_sum{{stage="{stage}"}}'] for stage in Stage}
    expected = {Stage.SEARCH: 0.02, Stage.WRITE: 1.5, Stage.TOTAL: 1.7} if timed else {}
    assert {stage: taken for stage, taken in sums.items() if taken} == expected
    slow = {bound: after[f'pregonero_stage_seconds_bucket{{le="{bound}",stage="total"}}'] for bound in ("1.0", "+Inf")}
    assert slow == {"1.0": 0, "+Inf": float(timed)}


def test_errors_are_counted_by_who_logs_them_and_strangers_together() -> None:
    metrics = Metrics()
    before = numbers(metrics)
    logger = logging.Logger("nobody", logging.DEBUG)  # noqa: LOG001 - of no tree, so that nothing else hears it
    logger.addHandler(metrics.errors)
    for name in ("bot.failures", "bot.cogs.ask", "bot.cogs.index", "bot.new", "asyncio", "somebody", "some.body"):
        logger.name = name
        logger.error("Failure of %s", "¿quién?")
        logger.warning("No failure.")
    counted = {"bot.failures": 1, "bot.cogs": 2, "bot": 1, "asyncio": 1, "other": 2}
    assert numbers(metrics).since(before) == {f'errors_total{{where="{name}"}}': n for name, n in counted.items()}


# --- what a language model does -----------------------------------------------------------------------------------


async def ask(desk: Desk, writer: Writer, question: str = QUESTION) -> None:
    found = await asyncio.to_thread(desk.ask, question)
    await writer.write(found, writer.budget())


@pytest.fixture
def desk(newsroom: Snapshot, embedded: FolderEncoder) -> Desk:
    return Desk(newsroom, embedded, 10, Timer())


def reach(server: OpenAIServer, seconds: float = PATIENCE, ceiling: int | None = None) -> Writer:
    model = open_chat_model("openai:m", base_url=server.url, timeout=PATIENCE)
    return Writer(model, seconds, Ledger(ceiling), rng=random.Random(7))


async def test_calls_their_tokens_and_what_was_written_before_are_counted(desk: Desk) -> None:
    with OpenAIServer() as server:
        writer = reach(server)
        await ask(desk, writer)
        await ask(desk, writer)
    assert writer.tally.calls == {Call.OK: 1, Call.FAILED: 0, Call.REFUSED: 0}
    assert writer.tally.cache == {Cache.HIT: 1, Cache.MISS: 1}
    assert (writer.tally.usage.input_tokens, writer.tally.usage.output_tokens) == (100, 20)


async def test_calls_that_are_not_made_are_counted_as_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_RETRY_PAUSE", 0.0)
    with OpenAIServer() as server:
        server.answer(Refuse(500))
        resting = reach(server)
        for _ in range(2):
            await ask(desk, resting)
        assert len(server.requests) == 3
    assert resting.tally.calls == {Call.OK: 0, Call.FAILED: 3, Call.REFUSED: 1}


async def test_what_was_counted_of_calls_is_told(folder: Path) -> None:
    metrics, tally = Metrics(), Tally()
    async with Knowledge(folder, EMBEDDED, 8) as knowledge:
        metrics.read(knowledge, tally)
        before = numbers(metrics)
        for times, result in enumerate(Call, 1):
            tally.calls[result] += times
        moved = numbers(metrics).since(before)
    assert moved == {f'model_calls_total{{result="{result}"}}': times for times, result in enumerate(Call, 1)}


async def test_calls_beyond_the_days_tokens_are_counted_as_refused(desk: Desk) -> None:
    with OpenAIServer() as server:
        spent = reach(server, ceiling=100)
        await ask(desk, spent)
        await ask(desk, spent, question="¿Quién dirige Alibaba?")
        assert len(server.requests) == 1
    assert spent.tally.calls == {Call.OK: 1, Call.FAILED: 0, Call.REFUSED: 1}


async def test_a_call_that_is_cut_short_has_failed(desk: Desk) -> None:
    with OpenAIServer() as server:
        server.answer(Never())
        writer = reach(server, seconds=0.3)
        await ask(desk, writer)
    assert writer.tally.calls == {Call.OK: 0, Call.FAILED: 1, Call.REFUSED: 0}
