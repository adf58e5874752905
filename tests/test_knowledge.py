"""The index behind the bot: questions in threads, a bounded queue, and a new version swapped in under them."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import knowledge as module
from bot.answers import Answer, NotFound
from bot.knowledge import BusyError, Knowledge
from bot.lookup import titles
from index import integrity, publish
from index.build import build
from index.encoder import EMBEDDED, FolderEncoder
from index.manifest import VECTORS
from index.records import IndexMissingError, ModelError, QuestionError
from index.sources import read_articles
from tests.command_line import write_articles
from tests.models import write_model

BOATS = "¿cuántos barcos compró Zorroto?"
MINE = "¿cuánto litio extrae la mina Calandria?"
# A thread that nobody lets go on would keep the tests from ending; a wait that is right ends long before.
_PATIENCE = 20


class Newsroom:
    """A folder of articles and the index of them."""

    def __init__(self, home: Path, encoder: FolderEncoder) -> None:
        self.articles = write_articles(home / "articles")
        self.index = home / "index"
        self._home = home
        self._encoder = encoder

    def build(self) -> str:
        articles = read_articles([self.articles]).articles
        return build(articles, self.index, self._encoder, cache=self._home / "vectors.sqlite").version

    def add(self) -> str:
        text = "La mina Calandria extrae litio\n\nLa mina Calandria extrae 900 toneladas de litio al año.\n"
        (self.articles / "mina.txt").write_text(text, "utf-8")
        return self.build()

    def knowledge(self, queue_size: int = 8, model: str = EMBEDDED) -> Knowledge:
        return Knowledge(self.index, model, queue_size)


@pytest.fixture
def newsroom(tmp_path: Path, embedded: FolderEncoder) -> Newsroom:
    made = Newsroom(tmp_path, embedded)
    made.build()
    return made


@asynccontextmanager
async def blocked(knowledge: Knowledge) -> AsyncIterator[None]:
    """Both threads are busy until the block ends, however it ends."""
    release = threading.Event()
    working = [asyncio.create_task(knowledge.run(lambda: release.wait(_PATIENCE))) for _ in range(2)]
    # Their turn comes before that of what the block asks.
    await asyncio.sleep(0)
    try:
        yield
    finally:
        release.set()
        await asyncio.gather(*working)


async def seat(knowledge: Knowledge) -> None:
    """Wait until the queue has room: it is counted off by a callback, which nobody can await."""
    while knowledge.full:  # noqa: ASYNC110 - for the same reason
        await asyncio.sleep(0.001)


async def test_a_question_is_answered_from_the_published_version(newsroom: Newsroom) -> None:
    async with newsroom.knowledge() as knowledge:
        reply = await knowledge.ask(BOATS)
    assert isinstance(reply.outcome, Answer)
    assert "45 barcos" in reply.outcome.text
    assert reply.version == publish.current_version(newsroom.index)


async def test_a_question_ends_on_the_version_that_it_began_with(newsroom: Newsroom) -> None:
    async with newsroom.knowledge() as knowledge:
        old = knowledge.desk.version
        async with blocked(knowledge):
            waiting = [asyncio.create_task(knowledge.ask(MINE)) for _ in range(3)]
            await asyncio.sleep(0)
            new = newsroom.add()
            assert await knowledge.refresh()
            later = asyncio.create_task(knowledge.ask(MINE))
        before, after = await asyncio.gather(*waiting), await later
    assert [reply.version for reply in before] == [old] * 3
    assert all(isinstance(reply.outcome, NotFound) for reply in before)
    assert after.version == new
    assert isinstance(after.outcome, Answer)


async def test_the_same_version_is_not_opened_again(newsroom: Newsroom) -> None:
    async with newsroom.knowledge() as knowledge:
        desk = knowledge.desk
        assert not await knowledge.refresh()
        assert knowledge.desk is desk


async def test_a_new_version_that_does_not_open_leaves_the_old_one_and_is_told_once(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    async with newsroom.knowledge() as knowledge:
        old = knowledge.desk.version
        new = newsroom.add()
        passages = publish.version_folder(newsroom.index, new) / "passages.jsonl"
        whole = passages.read_bytes()
        passages.write_bytes(whole.replace(b"0", b"1"))
        with caplog.at_level(logging.WARNING):
            assert not await knowledge.refresh()
            assert not await knowledge.refresh()
        assert len(caplog.records) == 1
        assert "passages.jsonl" in caplog.text
        assert (await knowledge.ask(BOATS)).version == old


async def test_a_new_version_with_one_altered_byte_in_a_large_file_is_not_used(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Files larger than this are held to their size alone, unless their checksums are asked for.
    monkeypatch.setattr(integrity, "_SMALL_FILE", 100)
    async with newsroom.knowledge() as knowledge:
        old = knowledge.desk.version
        vectors = publish.version_folder(newsroom.index, newsroom.add()) / VECTORS
        data = bytearray(vectors.read_bytes())
        data[-4] ^= 1
        vectors.write_bytes(data)
        assert not await knowledge.refresh()
        assert (await knowledge.ask(BOATS)).version == old
    assert VECTORS in caplog.text


async def test_going_back_is_noticed_too(newsroom: Newsroom) -> None:
    first = publish.current_version(newsroom.index)
    newsroom.add()
    async with newsroom.knowledge() as knowledge:
        publish.rollback(newsroom.index)
        assert await knowledge.refresh()
        assert (await knowledge.ask(MINE)).version == first


async def test_the_watch_swaps_and_tells_of_it(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WATCH_SECONDS", 0.01)
    async with newsroom.knowledge() as knowledge:
        changed = asyncio.Event()

        async def tell() -> None:
            changed.set()

        watching = asyncio.create_task(knowledge.watch(tell))
        new = newsroom.add()
        await asyncio.wait_for(changed.wait(), 20)
        watching.cancel()
        assert knowledge.desk.version == new


async def test_only_so_many_questions_wait(newsroom: Newsroom) -> None:
    async with newsroom.knowledge(queue_size=3) as knowledge:
        async with blocked(knowledge):
            waiting = asyncio.create_task(knowledge.ask(BOATS))
            await asyncio.sleep(0)
            assert knowledge.full
            with pytest.raises(BusyError):
                await asyncio.wait_for(knowledge.ask(BOATS), 1)
        assert isinstance((await waiting).outcome, Answer)
        assert isinstance((await knowledge.ask(BOATS)).outcome, Answer)


async def test_work_that_takes_too_long_is_given_up_but_keeps_its_seat_until_it_ends(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with newsroom.knowledge(queue_size=1) as knowledge:
        monkeypatch.setattr(module, "_TIMEOUT", 0.01)
        release = threading.Event()
        with pytest.raises(TimeoutError):
            await knowledge.run(lambda: release.wait(_PATIENCE))
        assert knowledge.full
        monkeypatch.setattr(module, "_TIMEOUT", 20)
        release.set()
        await asyncio.wait_for(seat(knowledge), 20)
        assert isinstance((await knowledge.ask(BOATS)).outcome, Answer)


async def test_a_question_without_words_is_refused_and_leaves_its_seat(newsroom: Newsroom) -> None:
    async with newsroom.knowledge(queue_size=1) as knowledge:
        with pytest.raises(QuestionError):
            await knowledge.ask(" \u200b ")
        assert isinstance((await knowledge.ask(BOATS)).outcome, Answer)


async def test_a_missing_index_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="run `pregonero build` first"):
        async with Knowledge(tmp_path / "none", EMBEDDED, 1):
            pass


async def test_another_model_than_the_indexs_is_told_at_the_start(newsroom: Newsroom, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    with pytest.raises(ModelError, match="The index was built with"):
        async with newsroom.knowledge(model=str(model)):
            pass


async def test_what_is_open_answers_after_its_files_are_gone(newsroom: Newsroom) -> None:
    async with newsroom.knowledge() as knowledge:
        shutil.rmtree(newsroom.index)
        assert isinstance((await knowledge.ask(BOATS)).outcome, Answer)


async def test_titles_are_those_of_the_version_in_use(newsroom: Newsroom) -> None:
    async with newsroom.knowledge() as knowledge:
        before = await knowledge.aside(titles)
        newsroom.add()
        assert await knowledge.aside(titles) == before
        await knowledge.refresh()
        assert set(await knowledge.aside(titles)) == {*before, "La mina Calandria extrae litio"}
