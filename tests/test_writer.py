"""The writer whole: the real index, the real way to a model over HTTP, the real checks, the bot's own store."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.answers import Answer, NotFound
from bot.conversation.understanding import understand
from bot.desk import Desk, Reply, Timer
from bot.grounded import limits
from bot.grounded.checks.verify import Flaw
from bot.grounded.errors import Usage
from bot.grounded.limits import Ledger, Prices
from bot.grounded.model import open_chat_model
from bot.grounded.writer import Tell, Writer
from bot.store import StoreError, open_store
from index.encoder import FolderEncoder
from index.records import Language
from index.snapshot import Snapshot
from tests.discord_faults import Gate
from tests.openai_server import Answering, Never, OpenAIServer, Raw, Refuse, Request, Say, Slow, draft
from tests.openai_server import Reply as Said

QUESTION = "¿Cuánto invierte Alibaba?"
HONEST = "Alibaba invertirá 380.000 millones de yuanes en infraestructura de inteligencia artificial."
ALSO = "Alibaba está invirtiendo $52,44 mil millones en infraestructura de IA para 2027."
PLAN, GROWTH = "380 mil millones", "crecimiento de ingresos del 32%"
TWO_THINGS = "¿Qué llegó a Noruega y qué abre en Asturias?"
QUINUA = "La cooperativa de Puno exportó 812 toneladas de quinua a Noruega."
MUSEUM = "El museo del Carbón abrirá en Asturias el 14 de septiembre."
# Far from any time-out under test, near enough for a test that hangs.
PATIENCE = 30.0
FAILED = "Nothing that the language model wrote passed."


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_RETRY_PAUSE", 0.0)


@dataclass
class Bench:
    """A writer at work: ``ask`` looks a question up and has its answer written."""

    server: OpenAIServer
    desk: Desk
    writer: Writer

    async def ask(self, question: str = QUESTION, tell: Tell | None = None) -> Reply:
        found = await asyncio.to_thread(self.desk.ask, question)
        return await asyncio.wait_for(self.writer.write(found, self.writer.budget(), tell), PATIENCE)


def reach(
    server: OpenAIServer, *, seconds: float = PATIENCE, ledger: Ledger | None = None, name: str = "openai:modelo"
) -> Writer:
    # As `open_writer` does, a call has a little less time than an answer.
    model = open_chat_model(name, base_url=server.url, timeout=seconds * 0.95)
    return Writer(model, seconds, ledger or Ledger(None), rng=random.Random(7))


@pytest.fixture
def desk(newsroom: Snapshot, embedded: FolderEncoder) -> Desk:
    return Desk(newsroom, embedded, 10, Timer())


@pytest.fixture
def bench(server: OpenAIServer, desk: Desk) -> Bench:
    return Bench(server, desk, reach(server))


def holding(request: Request, *parts: str) -> list[str]:
    """The ids of the passages that hold one of the parts, a passage of two equal ones alone."""
    found = {text: name for name, text in request.passages.items() if any(part in text for part in parts)}
    assert found, (parts, request.passages)
    return list(found.values())


def saying(*sentences: tuple[str, str], **how: object) -> Answering:
    """Write the sentences, each resting on the passages that hold a part."""

    def answer(request: Request) -> Said:
        return Say(draft(*[(text, holding(request, part)) for text, part in sentences]), **how)  # type: ignore[arg-type]  # the fields of Say

    return answer


def assert_cited(answer: Answer) -> None:
    """Every citation stands in its article letter by letter, and every number of a sentence is a citation's."""
    for each in answer.citations:
        assert each.article.text[each.span.start : each.span.end] == each.quote
    numbers = {each.number: each.article.id for each in answer.citations}
    assert len(set(numbers.values())) == len(numbers)
    assert [*numbers] == list(range(1, len(numbers) + 1))
    for statement in answer.statements:
        assert statement.numbers
        assert set(statement.numbers) <= set(numbers)


def written(reply: Reply) -> Answer:
    assert isinstance(reply.outcome, Answer)
    assert reply.outcome.written
    assert reply.written
    assert reply.written.failure is None
    assert_cited(reply.outcome)
    return reply.outcome


def verbatim(reply: Reply, bench: Bench) -> str:
    """The answer is the one in the articles' own words, with its sources; why it is, is returned."""
    assert reply.outcome == bench.desk.ask(reply.results.question).outcome
    assert isinstance(reply.outcome, Answer)
    assert reply.outcome.citations
    assert not reply.outcome.written
    assert_cited(reply.outcome)
    assert reply.written
    assert reply.written.failure
    return reply.written.failure


# --- what passes --------------------------------------------------------------------------------------------------


async def test_a_good_answer_is_written_and_cited(bench: Bench) -> None:
    bench.server.answer(saying((HONEST, PLAN), (ALSO, "52.44 mil millones en infraestructura de IA")))
    reply = await bench.ask()
    answer = written(reply)
    assert [each.text for each in answer.statements] == [HONEST, ALSO]
    assert [each.numbers for each in answer.statements] == [(1,), (1,)]
    assert "380 mil millones de yuanes" in answer.citations[0].quote
    assert "52.44 mil millones" in answer.citations[1].quote
    assert reply.written
    assert (reply.written.sentences, reply.written.dropped, reply.written.model) == (2, (), "openai:modelo")
    assert reply.written.usage == Usage(100, 20)
    assert not reply.written.cached
    assert reply.timings_ms["total"] >= reply.timings_ms["write"] > 0


async def test_what_is_asked_for_is_bold(bench: Bench) -> None:
    bench.server.answer(saying((HONEST, PLAN)))
    (statement,) = written(await bench.ask()).statements
    assert [statement.text[slice(*span)] for span in statement.bold] == ["380.000 millones de yuanes"]


async def test_each_article_has_one_number_and_each_sentence_its_own(bench: Bench) -> None:
    both = "El museo del Carbón abrirá en Asturias y la cooperativa de Puno exportó quinua a Noruega."

    def answer(request: Request) -> Said:
        quinua, museum = holding(request, "812"), holding(request, "230 piezas")
        return Say(draft((MUSEUM, museum), (QUINUA, quinua), (both, [*quinua, *museum])))

    bench.server.answer(answer)
    answered = written(await bench.ask(TWO_THINGS))
    assert [each.numbers for each in answered.statements] == [(1,), (2,), (1, 2)]
    assert {each.number: each.article.title for each in answered.citations} == {
        1: "Nuevo museo del Carbón",
        2: "Quinua para Noruega",
    }


async def test_where_the_rules_find_none_the_model_may(bench: Bench) -> None:
    assert isinstance(bench.desk.ask(TWO_THINGS).outcome, NotFound)
    bench.server.answer(saying((QUINUA, "812")))
    assert written(await bench.ask(TWO_THINGS)).statements[0].text == QUINUA


async def test_what_the_model_cannot_answer_is_not_found_with_what_is_near(bench: Bench) -> None:
    bench.server.answer(Say(draft(answerable=False)))
    reply = await bench.ask()
    assert isinstance(reply.outcome, NotFound)
    assert reply.outcome.near[0].title.startswith("Alibaba")
    assert len({each.id for each in reply.outcome.near}) == len(reply.outcome.near)
    assert reply.written
    assert reply.written.failure is None


async def test_the_model_is_given_the_passages_that_were_found_and_nothing_else(bench: Bench) -> None:
    reply = await bench.ask()
    (request,) = bench.server.requests
    assert list(request.passages.values()) == [hit.passage.text for hit in reply.results.hits[:6]]
    assert json.loads(request.user.splitlines()[-1]) == {"question": QUESTION}


@pytest.mark.parametrize("question", ["zxqv wkj", "¿qué es un qwertyuiop?"])
async def test_where_nothing_was_found_no_model_is_asked(bench: Bench, question: str) -> None:
    reply = await bench.ask(question)
    assert isinstance(reply.outcome, NotFound)
    assert reply.written is None
    assert bench.server.requests == []


# --- what falls ---------------------------------------------------------------------------------------------------

FALSE = {
    "figure": (HONEST.replace("380", "390"), Flaw.FIGURE),
    "currency": (HONEST.replace("yuanes", "dólares"), Flaw.FIGURE),
    "name": (HONEST.replace("Alibaba", "Tencent"), Flaw.NAME),
    "date": (ALSO.replace("2027", "2031"), Flaw.FIGURE),
    "no": ("Alibaba no invertirá 380.000 millones de yuanes en infraestructura de IA.", Flaw.NEGATION),
    "link": (f"{HONEST} https://evil.example", Flaw.LINK),
    "mention": (f"@everyone {HONEST}", Flaw.MENTION),
    "markup": (f"**{HONEST}**", Flaw.MARKUP),
    "language": ("Alibaba will invest 380 billion yuan in infrastructure for the cloud.", Flaw.LANGUAGE),
    "quote": ("Alibaba dijo que «invertirá mucho» en infraestructura de inteligencia artificial.", Flaw.QUOTE),
    "unsupported": ("Los perros duermen tranquilos bajo los árboles del jardín vecino.", Flaw.UNSUPPORTED),
    "empty": ("…", Flaw.EMPTY),
    "long": (f"{HONEST} " * 8, Flaw.TOO_LONG),
}


@pytest.mark.parametrize("what", FALSE)
async def test_what_does_not_hold_is_dropped_and_counted_and_the_rest_stands(bench: Bench, what: str) -> None:
    sentence, flaw = FALSE[what]
    bench.server.answer(saying((sentence, PLAN), (HONEST, PLAN)))
    reply = await bench.ask()
    assert [each.text for each in written(reply).statements] == [HONEST]
    assert reply.written
    assert reply.written.sentences == 2
    (flaws,) = reply.written.dropped
    assert flaw in flaws


@pytest.mark.parametrize("ids", [[], ["zzz999"], ["zzz999", "real"], [""], ["1"], ["real "]])
async def test_a_sentence_that_names_another_passage_falls(bench: Bench, ids: list[str]) -> None:
    def answer(request: Request) -> Said:
        real = holding(request, PLAN)[0]
        return Say(draft((HONEST, [each.replace("real", real) for each in ids]), (HONEST, [real])))

    bench.server.answer(answer)
    reply = await bench.ask()
    assert len(written(reply).statements) == 1
    assert reply.written
    assert [Flaw.UNKNOWN_SOURCE in flaws for flaws in reply.written.dropped] == [True]


async def test_a_true_sentence_falls_where_the_passage_that_it_names_does_not_say_it(bench: Bench) -> None:
    bench.server.answer(saying((HONEST, GROWTH)))
    reply = await bench.ask()
    assert verbatim(reply, bench) == FAILED


async def test_where_all_falls_the_articles_own_words_stand(bench: Bench) -> None:
    bench.server.answer(saying(*[(sentence, PLAN) for sentence, _ in list(FALSE.values())[:6]]))
    reply = await bench.ask()
    assert verbatim(reply, bench) == FAILED
    assert reply.written
    assert (reply.written.sentences, len(reply.written.dropped)) == (6, 6)


async def test_an_answer_without_a_sentence_is_none(bench: Bench) -> None:
    bench.server.answer(Say(draft()))
    assert verbatim(await bench.ask(), bench) == FAILED


# --- what fails ---------------------------------------------------------------------------------------------------

WRONG_FORM = json.dumps({"answerable": "quizá", "sentences": "ninguna"})
FAILURES: dict[str, tuple[Said | Answering, int]] = {
    "429": (Refuse(429), 2),
    "500": (Refuse(500), 2),
    "503": (Refuse(503), 2),
    "401": (Refuse(401), 1),
    "404": (Refuse(404), 1),
    "429 for long": (Refuse(429, headers={"Retry-After": "600"}), 1),
    "cut": (saying((HONEST, PLAN), (ALSO, PLAN), cut=True), 2),
    "unfinished": (Say('{"answerable": true, "sentences": [{"text": "Alib', unfinished=True), 2),
    "length": (Say('{"answerable": true, "sentences": [{"text": "Alib', finish="length"), 1),
    "empty": (Say(""), 1),
    "white space": (Say("\n \n"), 1),
    "nothing": (Raw(b""), 1),
    "html": (Raw(b"<html>Bad gateway</html>", "text/html"), 1),
    "no json": (Say("Con mucho gusto: son 380 mil millones."), 1),
    "wrong form": (Say(WRONG_FORM), 1),
    "a list": (Say('[{"text": "x"}]'), 1),
    "1 MB": (Say("a" * (1 << 20), piece=1 << 14), 1),
    "1 MB sentence": (Say(draft(("a" * (1 << 20), ["x"])), piece=1 << 14), 1),
    "sentences without end": (Say(draft(*[(HONEST, ["x"])] * 5000), piece=1 << 14), 1),
    "nested": (Say('{"sentences": ' + "[" * 30_000, piece=1 << 14), 1),
    "broken stream": (Raw(b"data: {\n\ndata: nonsense\n\n"), 1),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_a_model_that_fails_leaves_the_articles_own_words(bench: Bench, what: str) -> None:
    reply, most = FAILURES[what]
    bench.server.answer(reply)
    failure = verbatim(await bench.ask(), bench)
    assert failure.endswith((".", "again."))
    assert "\n" not in failure
    assert 1 <= len(bench.server.requests) <= most


@pytest.mark.parametrize("what", ["never", "slow", "stops"])
async def test_a_model_slower_than_its_time_leaves_the_articles_own_words(
    server: OpenAIServer, desk: Desk, what: str
) -> None:
    ways: dict[str, Said | Answering] = {
        "never": Never(),
        "slow": Slow(20, Say(draft())),
        "stops": saying((HONEST, PLAN), (ALSO, PLAN), gate=Gate(), held=20),
    }
    server.answer(ways[what])
    bench = Bench(server, desk, reach(server, seconds=1))
    loop = asyncio.get_running_loop()
    found = await asyncio.to_thread(desk.ask, QUESTION)
    began = loop.time()
    reply = await bench.writer.write(found, bench.writer.budget())
    # Far less than the model takes, and than the suite's patience.
    assert loop.time() - began < 10
    assert "took longer than" in verbatim(reply, bench)
    assert len(server.requests) == 1


async def test_a_second_try_may_succeed_and_repeats_no_sentence(bench: Bench) -> None:
    whole = saying((HONEST, PLAN), (FALSE["figure"][0], PLAN))
    seen: list[int] = []

    def answer(request: Request) -> Said:
        seen.append(1)
        said = whole(request)
        assert isinstance(said, Say)
        return Say(said.text, cut=True) if len(seen) == 1 else said

    bench.server.answer(answer)
    told: list[Answer] = []
    reply = await bench.ask(tell=told.append)
    assert [each.text for each in written(reply).statements] == [HONEST]
    assert reply.written
    assert (reply.written.sentences, len(reply.written.dropped)) == (2, 1)
    assert [len(each.statements) for each in told] == [1, 1]
    assert len(bench.server.requests) == 2


async def test_after_failures_in_a_row_the_model_is_left_alone(bench: Bench) -> None:
    bench.server.answer(Refuse(500))
    for _ in range(3):
        verbatim(await bench.ask(), bench)
    asked = len(bench.server.requests)
    bench.server.answer(saying((HONEST, PLAN)))
    assert "failed too often" in verbatim(await bench.ask(), bench)
    assert len(bench.server.requests) == asked <= 4


async def test_a_question_given_up_leaves_nothing_behind(bench: Bench) -> None:
    bench.server.answer(Never())
    asking = asyncio.create_task(bench.ask())
    await asyncio.to_thread(bench.server.wait_for, lambda: bench.server.requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    bench.server.answer(saying((HONEST, PLAN)))
    written(await bench.ask())


# --- what it costs ------------------------------------------------------------------------------------------------


async def test_tokens_and_their_cost_are_counted_in_the_store_failures_too(
    server: OpenAIServer, desk: Desk, tmp_path: Path
) -> None:
    prices = Prices(Decimal("0.15"), Decimal("0.60"))
    async with open_store(tmp_path / "state.sqlite") as store:
        bench = Bench(server, desk, reach(server, ledger=Ledger(None, store, prices)))
        server.answer_in_turn(Say("no JSON", usage=(1000, 10)), Say(draft(answerable=False), usage=(2000, 30)))
        verbatim(await bench.ask(), bench)
        await bench.ask()
    async with open_store(tmp_path / "state.sqlite") as store:
        today = await Ledger(None, store, prices).today()
    assert today.usage == Usage(3000, 40)
    assert today.cost == Decimal("0.000474")


async def test_where_the_days_tokens_are_used_up_no_model_is_asked(
    server: OpenAIServer, desk: Desk, tmp_path: Path
) -> None:
    async with open_store(tmp_path / "state.sqlite") as store:
        bench = Bench(server, desk, reach(server, ledger=Ledger(150, store)))
        server.answer(saying((HONEST, PLAN), usage=(100, 60)))
        written(await bench.ask())
        after = Bench(server, desk, reach(server, ledger=Ledger(150, store)))
        assert "LLM_DAILY_TOKENS" in verbatim(await after.ask(), after)
        # What is known already costs nothing.
        written(await bench.ask())
    assert len(server.requests) == 1


async def test_where_tokens_cannot_be_counted_no_model_is_asked(
    server: OpenAIServer, desk: Desk, tmp_path: Path
) -> None:
    class Broken:
        async def note(self, key: str) -> str | None:
            raise StoreError(f"{key} cannot be read: look at the disk.")

        async def keep_note(self, key: str, value: str) -> None:
            raise AssertionError(key + value)

    bench = Bench(server, desk, reach(server, ledger=Ledger(1000, Broken())))
    assert "Tokens cannot be counted" in verbatim(await bench.ask(), bench)
    assert server.requests == []


# --- what is known already ----------------------------------------------------------------------------------------


async def test_the_same_question_is_asked_once(bench: Bench) -> None:
    bench.server.answer(saying((HONEST, PLAN), (FALSE["figure"][0], PLAN)))
    first, second = await bench.ask(), await bench.ask()
    assert first.outcome == second.outcome
    assert len(bench.server.requests) == 1
    assert first.written
    assert second.written
    assert (first.written.cached, second.written.cached) == (False, True)
    assert second.written.usage == Usage()
    assert second.written.dropped == first.written.dropped


Change = Callable[[Reply], Reply]


def other_version(reply: Reply) -> Reply:
    return replace(reply, version="another")


def fewer_passages(reply: Reply) -> Reply:
    return replace(reply, results=replace(reply.results, hits=reply.results.hits[:3]))


@pytest.mark.parametrize("change", [other_version, fewer_passages])
async def test_another_index_or_other_passages_are_asked_about_again(bench: Bench, change: Change) -> None:
    bench.server.answer(saying((HONEST, PLAN)))
    found = bench.desk.ask(QUESTION)
    written(await bench.writer.write(found, bench.writer.budget()))
    changed = await bench.writer.write(change(found), bench.writer.budget())
    assert len(bench.server.requests) == 2
    assert changed.version == change(found).version
    assert changed.written
    assert not changed.written.cached


async def test_what_failed_is_asked_again(bench: Bench) -> None:
    bench.server.answer(Say("no JSON"))
    verbatim(await bench.ask(), bench)
    bench.server.answer(saying((FALSE["figure"][0], PLAN)))
    verbatim(await bench.ask(), bench)
    bench.server.answer(saying((HONEST, PLAN)))
    written(await bench.ask())


# --- what is told meanwhile ---------------------------------------------------------------------------------------


async def test_each_sentence_that_passed_is_told_before_the_next_is_written(bench: Bench) -> None:
    gate = Gate()
    told: list[Answer] = []
    first = asyncio.Event()

    def tell(answer: Answer) -> None:
        told.append(answer)
        first.set()

    def answer(request: Request) -> Said:
        ids = holding(request, PLAN)
        text = draft((FALSE["figure"][0], ids), (HONEST, ids), (ALSO, holding(request, "52.44 mil")))
        held = text.index(ALSO) // 12 + 1
        return Say(text, gate=gate, held=held)

    bench.server.answer(answer)
    asking = asyncio.create_task(bench.ask(tell=tell))
    await asyncio.wait_for(first.wait(), PATIENCE)
    assert [[each.text for each in so_far.statements] for so_far in told] == [[HONEST]]
    gate.open()
    whole = written(await asking)
    assert [[each.text for each in so_far.statements] for so_far in told] == [[HONEST], [HONEST, ALSO]]
    for so_far in told:
        assert_cited(so_far)
        assert so_far.written
    assert told[-1] == whole


async def test_nothing_is_told_of_what_falls(bench: Bench) -> None:
    bench.server.answer(saying(*[(sentence, PLAN) for sentence, _ in list(FALSE.values())[:8]]))
    told: list[Answer] = []
    verbatim(await bench.ask(tell=told.append), bench)
    assert told == []


# --- follow-ups ---------------------------------------------------------------------------------------------------

TURNS = [(QUESTION, "Alibaba anunció 380 mil millones de yuanes, alrededor de $52.44 mil millones, hasta 2027.")]
FOLLOW_UP = "¿y hasta cuándo?"


async def rewritten(bench: Bench, text: Said | Answering | str, question: str = FOLLOW_UP) -> str | None:
    bench.server.answer(Say(text) if isinstance(text, str) else text)
    spent = bench.writer.standalone(question, TURNS, Language.SPANISH, bench.writer.budget())
    return await asyncio.wait_for(spent, PATIENCE)


@pytest.mark.parametrize(
    "text",
    [
        "¿Hasta cuándo invertirá Alibaba 380 mil millones de yuanes?",
        "¿Hasta qué año anunció Alibaba su plan?",
        "¿Por qué Alibaba no invierte más?",
    ],
)
async def test_a_follow_up_is_understood_by_the_model(bench: Bench, text: str) -> None:
    assert await rewritten(bench, text) == text
    (request,) = bench.server.requests
    *turns, asked = map(json.loads, request.user.splitlines())
    assert turns == [{"question": question, "answer": answer} for question, answer in TURNS]
    assert asked == {"new_question": FOLLOW_UP}


UNFIT = {
    "name": "¿Hasta cuándo invierte Tencent?",
    "figure": "¿Hasta cuándo invierte Alibaba 999 mil millones de yuanes?",
    "year": "¿Invertirá Alibaba hasta 2035?",
    "link": "¿Hasta cuándo invierte Alibaba? Mira https://evil.example",
    "mention": "@everyone ¿hasta cuándo invierte Alibaba?",
    "markup": "**¿Hasta cuándo invierte Alibaba?**",
    "language": "Until when does Alibaba invest that money in the plan?",
    "nothing": "¿?",
    "hidden": "¿Hasta cuándo \u200binvierte Alibaba?",
    "turned": "¿Hasta cuándo \u202einvierte Alibaba?",
    "long": "¿Hasta cuándo invierte Alibaba " + "y hasta cuándo " * 60 + "?",
    "empty": "",
}


@pytest.mark.parametrize("what", UNFIT)
async def test_a_rewriting_that_says_more_than_the_conversation_is_refused(bench: Bench, what: str) -> None:
    assert await rewritten(bench, UNFIT[what]) is None
    # The rules understand it without.
    assert understand(FOLLOW_UP, ()).standalone == FOLLOW_UP


@pytest.mark.parametrize("reply", [Refuse(500), Raw(b"", "text/html"), Say("¿Hasta", unfinished=True)], ids=repr)
async def test_a_follow_up_is_left_to_the_rules_where_the_model_fails(bench: Bench, reply: Said) -> None:
    assert await rewritten(bench, reply) is None
    assert len(bench.server.requests) <= 2


async def test_a_follow_up_takes_its_time_from_the_answers(server: OpenAIServer, desk: Desk) -> None:
    bench = Bench(server, desk, reach(server, seconds=1))
    server.answer(Never())
    budget = bench.writer.budget()
    assert await bench.writer.standalone(FOLLOW_UP, TURNS, Language.SPANISH, budget) is None
    assert budget.left < 0.5
    found = desk.ask(QUESTION)
    loop = asyncio.get_running_loop()
    began = loop.time()
    verbatim(await bench.writer.write(found, budget), bench)
    assert loop.time() - began < 10


async def test_no_log_tells_what_was_asked_or_answered(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.server.answer(Say("Zutano secreto"))
    await bench.ask("¿Cuánto invierte Alibaba, según Perengano?")
    await rewritten(bench, "¿Qué dijo Zutano?", "¿y Perengano?")
    assert caplog.records
    assert not re.search("Perengano|Zutano|Alibaba", caplog.text)
