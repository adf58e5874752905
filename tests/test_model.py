"""The way to a language model: the real one, over HTTP to the tests' own server, and LangChain's fake models."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel

from bot.grounded.drafts import MAX_CHARACTERS, MAX_IDS, MAX_SENTENCES, Draft, DraftSentence, SentenceReader, read_draft
from bot.grounded.errors import (
    GroundingError,
    MissingProviderError,
    ModelNonsenseError,
    ModelSettingsError,
    ModelUnavailableError,
    Usage,
)
from bot.grounded.limits import Budget
from bot.grounded.model import ChatModel, open_chat_model
from bot.grounded.prompts import Excerpt, answering, rewriting
from index.records import Language
from tests.discord_faults import Gate
from tests.openai_server import (
    Never,
    OpenAIServer,
    Raw,
    Refuse,
    Reply,
    Request,
    Say,
    Slow,
    draft,
    quoting,
    without_functions,
)

ROOT = Path(__file__).parents[1]
# Far from any time-out under test, near enough for a test that hangs.
PATIENCE = 30
QUESTION = "¿cuánto invierte Alibaba?"
ASKED = answering(
    QUESTION,
    [Excerpt("abc234", "Alibaba", None, "2025-02-24", "Alibaba invierte 380 mil millones. Es mucho.")],
    Language.SPANISH,
    "fence",
)
TWO = draft(("Invierte 380.", ["abc234"]), ("Lo anunció el lunes.", ["abc234", "zzz999"]))
TWO_SENTENCES = [
    DraftSentence(text="Invierte 380.", passage_ids=["abc234"]),
    DraftSentence(text="Lo anunció el lunes.", passage_ids=["abc234", "zzz999"]),
]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as opened:
        yield opened


def reach(server: OpenAIServer, timeout: float = PATIENCE, name: str = "openai:modelo") -> ChatModel:
    return open_chat_model(name, base_url=server.url, timeout=timeout)


async def failing(model: ChatModel) -> GroundingError:
    """The error that asking for a draft ends in."""
    with pytest.raises(GroundingError) as raised:
        await asyncio.wait_for(model.draft(ASKED), PATIENCE)
    return raised.value


# --- a model that answers well ------------------------------------------------------------------------------------


async def test_an_answer_comes_with_its_sentences_ids_and_tokens(server: OpenAIServer) -> None:
    written, usage = await reach(server).draft(ASKED)
    assert written == Draft(
        answerable=True,
        sentences=[DraftSentence(text="Alibaba invierte 380 mil millones.", passage_ids=["abc234"])],
    )
    assert usage == Usage(100, 20)


async def test_the_model_is_asked_as_it_should_be(server: OpenAIServer) -> None:
    await open_chat_model("openai:m:7b", base_url=server.url, api_key="sk-1", max_tokens=123).draft(ASKED)
    (request,) = server.requests
    assert (request.system, request.user) == tuple(message.content for message in ASKED)
    assert request.key == "sk-1"
    asked = {name: request.body[name] for name in ("model", "temperature", "stream", "max_completion_tokens")}
    assert asked == {"model": "m:7b", "temperature": 0, "stream": True, "max_completion_tokens": 123}
    schema = request.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["required"] == ["answerable", "sentences"]


async def test_what_cannot_be_answered_is_a_draft_too(server: OpenAIServer) -> None:
    server.answer(Say(draft(answerable=False)))
    written, _ = await reach(server).draft(ASKED)
    assert written == Draft(answerable=False, sentences=[])


async def test_tokens_that_are_not_reported_are_estimated(server: OpenAIServer) -> None:
    server.answer(Say(TWO, usage=None))
    _, usage = await reach(server).draft(ASKED)
    assert usage.input_tokens >= sum(len(message.content) for message in ASKED) / 4
    assert usage.output_tokens >= len(TWO) / 4


@pytest.mark.parametrize("refused", ["", "schema", "schema and function"])
async def test_a_sentence_is_told_as_soon_as_it_is_whole(server: OpenAIServer, refused: str) -> None:
    gate = Gate()

    def answer(request: Request) -> Reply:
        if (request.wants_schema and "schema" in refused) or (request.wants_function and "function" in refused):
            return Refuse(400)
        # One character a piece; what holds back the second sentence's last ones is opened by the first.
        return Say(TWO, piece=1, gate=gate, held=len(TWO) - 20)

    told: list[DraftSentence] = []

    async def tell(sentence: DraftSentence) -> None:
        told.append(sentence)
        gate.open()

    server.answer(answer)
    written, _ = await reach(server).draft(ASKED, on_sentence=tell)
    assert told == TWO_SENTENCES == written.sentences


async def test_each_sentence_is_told_once_in_whatever_pieces_it_comes(server: OpenAIServer) -> None:
    for piece in (1, 7, 10_000):
        server.answer(Say(TWO, piece=piece))
        told: list[DraftSentence] = []

        async def tell(sentence: DraftSentence, told: list[DraftSentence] = told) -> None:
            told.append(sentence)

        await reach(server).draft(ASKED, on_sentence=tell)
        assert told == TWO_SENTENCES


async def test_what_goes_wrong_while_telling_is_not_the_models_failure(server: OpenAIServer) -> None:
    async def tell(_sentence: DraftSentence) -> None:
        raise OSError("Discord is away")

    with pytest.raises(OSError, match="Discord is away"):
        await reach(server).draft(ASKED, on_sentence=tell)


async def test_a_time_out_while_telling_is_not_the_models(server: OpenAIServer) -> None:
    async def tell(_sentence: DraftSentence) -> None:
        raise TimeoutError("Discord is slow")

    with pytest.raises(TimeoutError, match="Discord is slow"):
        await reach(server).draft(ASKED, on_sentence=tell)


async def test_many_answers_at_once_do_not_mix(server: OpenAIServer) -> None:
    model = reach(server)

    async def ask(number: int) -> str:
        passage = Excerpt("abc234", "T", None, None, f"Alibaba invierte {number}.")
        written, _ = await model.draft(answering("¿cuánto?", [passage], Language.SPANISH, "fence"))
        return written.sentences[0].text

    answers = await asyncio.gather(*(ask(number) for number in range(10)))
    assert answers == [f"Alibaba invierte {number}." for number in range(10)]


# --- a model that takes no schema, or no functions ----------------------------------------------------------------


async def test_where_a_schema_is_refused_a_function_is_called(server: OpenAIServer) -> None:
    server.answer(lambda request: Refuse(400) if request.wants_schema else Say(TWO))
    written, usage = await reach(server).draft(ASKED)
    assert written.sentences == TWO_SENTENCES
    assert usage == Usage(100, 20)
    function = server.requests[-1].body["tools"][0]["function"]
    assert function["parameters"]["required"] == ["answerable", "sentences"]
    assert server.requests[-1].body["tool_choice"]["function"]["name"] == function["name"]


@pytest.mark.parametrize("status", [400, 422, 501])
async def test_a_model_without_functions_is_asked_in_words_from_then_on(server: OpenAIServer, status: int) -> None:
    server.answer(lambda r: Refuse(status) if r.wants_schema or r.wants_function else quoting(r))
    model = reach(server)
    first, _ = await model.draft(ASKED)
    tried = len(server.requests)
    second, _ = await model.draft(ASKED)
    assert first == second == (await reach(server).draft(ASKED))[0]
    assert len(server.requests[tried:]) == 1 + tried
    assert not server.requests[tried].wants_function
    assert not server.requests[tried].wants_schema


async def test_a_server_that_refuses_everything_is_tried_in_every_form_next_time_too(server: OpenAIServer) -> None:
    server.answer(Refuse(400))
    model = reach(server)
    assert isinstance(await failing(model), ModelUnavailableError)
    server.answer(quoting)
    await model.draft(ASKED)
    assert server.requests[-1].wants_schema


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TWO}\n```",
        f"Claro, aquí está:\n\n```\n{TWO}\n```\n¿Algo más?",
        f"<think>Quizá {{}}: \"sentences\": [{{}}]</think>\n{TWO}",
        TWO.replace('{"answerable": true, ', '{"thoughts": ["{"], "answerable": "true", '),
        json.dumps(json.loads(TWO), indent=4),
        json.dumps(json.loads(TWO)),
    ],
)  # fmt: skip
async def test_json_is_found_in_what_models_put_around_it(server: OpenAIServer, text: str) -> None:
    server.answer(without_functions(lambda _request: Say(text)))
    told: list[DraftSentence] = []

    async def tell(sentence: DraftSentence) -> None:
        told.append(sentence)

    written, _ = await reach(server).draft(ASKED, on_sentence=tell)
    assert written.sentences == told == TWO_SENTENCES


def test_line_breaks_inside_a_sentence_are_let_pass() -> None:
    text = '{"answerable": true, "sentences": [{"text": "Uno\ny dos.", "passage_ids": []}]}'
    assert read_draft(text).sentences[0].text == "Uno\ny dos."


# --- a model that fails -------------------------------------------------------------------------------------------


FAILURES: dict[str, tuple[Reply, bool]] = {
    "too many requests": (Refuse(429), True),
    "failure": (Refuse(500), True),
    "unavailable": (Refuse(503), True),
    "overloaded": (Refuse(529), True),
    "wrong key": (Refuse(401), False),
    "forbidden": (Refuse(403), False),
    "unknown model": (Refuse(404), False),
    "too large": (Refuse(413), False),
    "cut at the end": (Say(TWO, cut=True), True),
    "cut in the middle": (Say(TWO[:60], cut=True), True),
    "ended in the middle": (Say(TWO[:60], unfinished=True), True),
    "ended at once": (Say("", unfinished=True), True),
    "an error in the stream": (Raw(b'data: {"error": {"message": "overloaded"}}\n\n'), True),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_a_failing_server_is_a_model_that_is_not_there(server: OpenAIServer, what: str) -> None:
    reply, retryable = FAILURES[what]
    server.answer(reply)
    error = await failing(reach(server))
    assert isinstance(error, ModelUnavailableError)
    assert error.retryable is retryable


@pytest.mark.parametrize(("given", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("tomorrow", None), ("", None)])
async def test_the_wait_that_a_server_asks_for_is_known(
    server: OpenAIServer, given: str, seconds: float | None
) -> None:
    server.answer(Refuse(429, headers={"Retry-After": given}))
    error = await failing(reach(server))
    assert isinstance(error, ModelUnavailableError)
    assert error.retry_after == seconds


async def test_a_server_that_is_not_there_is_a_model_that_is_not_there() -> None:
    with OpenAIServer() as server:
        model = reach(server)
    error = await failing(model)
    assert isinstance(error, ModelUnavailableError)
    assert error.usage == Usage()


NONSENSE: dict[str, Reply] = {
    "nothing": Say(""),
    "blank": Say("  \n"),
    "prose": Say("Alibaba invierte 380 mil millones."),
    "a megabyte": Say("x" * 1_000_000, piece=5_000),
    "a megabyte at once": Say(TWO[:-2] + " " * 1_000_000 + "]}", piece=1_000_000),
    "out of tokens": Say(TWO[:60], finish="length"),
    "filtered": Say(TWO[:60], finish="content_filter"),
    "a list": Say("[]"),
    "null": Say("null"),
    "another object": Say('{"respuesta": "380"}'),
    "no sentences": Say('{"answerable": true}'),
    "sentences that are text": Say('{"answerable": true, "sentences": "380"}'),
    "no ids": Say('{"answerable": true, "sentences": [{"text": "380"}]}'),
    "a number for text": Say('{"answerable": true, "sentences": [{"text": 380, "passage_ids": []}]}'),
    "half a character": Say('{"answerable": true, "sentences": [{"text": "\\ud800", "passage_ids": []}]}'),
    "two lists": Say('{"sentences": [{"text": "a", "passage_ids": []}], "answerable": true, "sentences": []}'),
    "too many sentences": Say(draft(*[("Uno.", ["abc234"])] * (MAX_SENTENCES + 1))),
    "too long a sentence": Say(draft(("á" * (MAX_CHARACTERS + 1), ["abc234"]))),
    "too many ids": Say(draft(("Uno.", ["abc234"] * (MAX_IDS + 1)))),
    "too long an id": Say(draft(("Uno.", ["a" * 1000]))),
    "deep lists": Say("{" + "[" * 50_000, piece=500),
    "deep objects": Say('{"answerable": true, "sentences": [' + '{"text":' * 7_000 + "}", piece=500),
    "braces": Say('{"answerable": true, "sentences": [{"text": "' + "}" * 60_000, piece=50),
    "a page": Raw(b"<html>Welcome!</html>", "text/html"),
    "an empty body": Raw(b""),
    "events that are no JSON": Raw(b"data: {nope\n\n"),
    "events that are lists": Raw(b"data: []\n\n"),
    "choices that are a number": Raw(b'data: {"choices": 5}\n\n'),
    "content that is a number": Raw(b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'),
}


# OpenAI's package remarks on values of another type than theirs.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("functions", [True, False], ids=["schema", "words"])
@pytest.mark.parametrize("what", NONSENSE)
async def test_what_is_no_draft_is_nonsense(server: OpenAIServer, what: str, functions: bool) -> None:
    reply = NONSENSE[what]
    server.answer(reply if functions else without_functions(lambda _request: reply))
    error = await failing(reach(server))
    assert isinstance(error, ModelNonsenseError)


async def test_no_more_sentences_are_told_than_a_draft_may_have(server: OpenAIServer) -> None:
    server.answer(Say(draft(*[("Uno.", ["abc234"])] * 50), piece=1))
    told: list[DraftSentence] = []

    async def tell(sentence: DraftSentence) -> None:
        told.append(sentence)

    with pytest.raises(ModelNonsenseError):
        await reach(server).draft(ASKED, on_sentence=tell)
    assert len(told) == MAX_SENTENCES


@pytest.mark.parametrize("size", [MAX_SENTENCES, 1])
def test_a_draft_at_its_bounds_is_taken(size: int) -> None:
    sentences = [("á" * MAX_CHARACTERS, ["abc234"] * MAX_IDS)] * size
    written = draft(*sentences)
    assert len(read_draft(written).sentences) == size
    assert len(SentenceReader().read(written)) == size


async def test_a_model_that_never_answers_is_given_up(server: OpenAIServer) -> None:
    server.answer(Never())
    error = await failing(reach(server, timeout=0.2))
    assert isinstance(error, ModelUnavailableError)
    assert not error.retryable
    assert "LLM_TIMEOUT" in str(error)
    assert error.usage.input_tokens > 0


async def test_a_model_that_is_slower_than_its_time_is_given_up(server: OpenAIServer) -> None:
    server.answer(Slow(PATIENCE, Say(TWO)))
    assert isinstance(await failing(reach(server, timeout=0.2)), ModelUnavailableError)


async def test_a_model_that_takes_its_time_is_waited_for(server: OpenAIServer) -> None:
    server.answer(Slow(0.1, Say(TWO)))
    written, _ = await reach(server).draft(ASKED)
    assert written.sentences == TWO_SENTENCES


async def test_a_model_that_stops_in_the_middle_is_given_up(server: OpenAIServer) -> None:
    """The time is for all of the answer: a piece now and then does not prolong it."""
    model = reach(server, timeout=1)
    # What the libraries load at their first call takes a time of its own.
    with suppress(ModelUnavailableError):
        await model.draft(ASKED)
    server.answer(Say(TWO, piece=1, gate=Gate(), held=60))
    error = await failing(model)
    assert isinstance(error, ModelUnavailableError)
    assert error.usage.output_tokens > 0


@pytest.mark.parametrize(
    "reply", [Never(), Say(TWO, gate=Gate()), Slow(PATIENCE, Say(TWO))], ids=["never", "held", "slow"]
)
async def test_an_answers_budget_ends_every_call(server: OpenAIServer, reply: Reply) -> None:
    server.answer(reply)
    model = reach(server)
    with pytest.raises(ModelUnavailableError):
        await asyncio.wait_for(Budget(0.3).spend(lambda: model.draft(ASKED)), PATIENCE)


async def test_a_second_try_within_the_budget_succeeds(server: OpenAIServer) -> None:
    server.answer_in_turn(Say(TWO[:60], cut=True), Say(TWO))
    model = reach(server)
    written, _ = await Budget(PATIENCE).spend(lambda: model.draft(ASKED))
    assert written.sentences == TWO_SENTENCES
    assert len(server.requests) == 2


async def test_the_library_does_not_try_again_by_itself(server: OpenAIServer) -> None:
    server.answer(Refuse(500))
    await failing(reach(server))
    assert len(server.requests) == 1


async def test_tokens_of_an_answer_that_is_nonsense_are_known(server: OpenAIServer) -> None:
    server.answer(Say("No sé.", usage=(300, 7)))
    assert (await failing(reach(server))).usage == Usage(300, 7)


# --- one line -----------------------------------------------------------------------------------------------------

REWRITING = rewriting("¿y en euros?", [("¿cuánto invierte Alibaba?", "Invierte 380.")], Language.SPANISH)


async def test_a_line_is_written_without_any_form(server: OpenAIServer) -> None:
    server.answer(Say("\n  ¿Cuánto invierte Alibaba en euros?  \nEspero que sirva."))
    assert await reach(server).text(REWRITING) == ("¿Cuánto invierte Alibaba en euros?", Usage(100, 20))
    (request,) = server.requests
    assert not request.wants_schema
    assert not request.wants_function


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501, "x" * 1_000_000, "¿Cuánto\x1b[31m?", "¿Cu\u202eánto?"])
async def test_what_is_no_line_is_nonsense(server: OpenAIServer, text: str) -> None:
    server.answer(Say(text, piece=10_000))
    with pytest.raises(ModelNonsenseError):
        await reach(server).text(REWRITING)


@pytest.mark.parametrize(
    "reply", [Refuse(500), Say("¿Cuánto", unfinished=True), Say("¿Cuánto", cut=True)], ids=["failed", "ended", "cut"]
)
async def test_a_line_that_broke_off_is_not_used(server: OpenAIServer, reply: Reply) -> None:
    server.answer(reply)
    with pytest.raises(ModelUnavailableError):
        await reach(server).text(REWRITING)


# --- LangChain's own fake models ----------------------------------------------------------------------------------


async def test_a_model_of_langchains_base_class_is_asked_in_words() -> None:
    model = ChatModel("fake", GenericFakeChatModel(messages=iter([TWO])), PATIENCE)
    written, usage = await model.draft(ASKED)
    assert written.sentences == TWO_SENTENCES
    assert usage.total > 0


async def test_an_exception_in_the_middle_of_a_stream_is_a_model_that_is_not_there() -> None:
    fake = FakeListChatModel(responses=[TWO], error_on_chunk_number=60)
    assert isinstance(await failing(ChatModel("fake", fake, PATIENCE)), ModelUnavailableError)


# --- opening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec", ["", "gpt-4o", "openai", "openai:", ":gpt-4o", "OpenAI:gpt-4o", "langsmith:gpt-4o", "nadie:x", "bedrock:x"]
)
def test_a_model_that_no_provider_has_is_one_sentence(spec: str) -> None:
    with pytest.raises(ModelSettingsError, match=r"^LLM_MODEL is .*openai:…, anthropic:…, ollama:…, google_genai:…\.$"):
        open_chat_model(spec, api_key="sk-1")


@pytest.mark.parametrize("base_url", ["localhost:8000", "ftp://x/v1", "http://", "https:// x", "file:///etc/passwd"])
def test_an_address_that_is_none_is_one_sentence(base_url: str) -> None:
    with pytest.raises(ModelSettingsError, match=r"^LLM_BASE_URL is .*http"):
        open_chat_model("openai:x", base_url=base_url)


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "anthropic:claude", "google_genai:gemini"])
def test_a_missing_key_is_one_sentence(spec: str) -> None:
    with pytest.raises(ModelSettingsError, match="LLM_API_KEY is not set"):
        open_chat_model(spec)


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        ("openai:gpt-4o", "langchain.chat_models", "openai"),
        ("anthropic:claude", "langchain_anthropic", "anthropic"),
        ("ollama:llama3", "langchain_ollama", "ollama"),
        ("google_genai:gemini", "langchain_google_genai", "google"),
    ],
)
def test_a_missing_package_is_one_sentence_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch, spec: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "langchain_community", None)
    with pytest.raises(MissingProviderError) as raised:
        open_chat_model(spec, api_key="sk-1")
    assert f"pip install '.[{extra}]'" in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_neither_address_nor_key_come_from_the_environment(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-alone")
    monkeypatch.setenv("LANGSMITH_API_KEY", "ls-key")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_GATEWAY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")
    await reach(server).draft(ASKED)
    assert [request.key for request in server.requests] == ["none"]


def test_openais_own_address_does_not_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_GATEWAY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")
    model = open_chat_model("openai:gpt-4o", api_key="sk-1")
    assert str(model._model.root_async_client.base_url) == "https://api.openai.com/v1/"  # type: ignore[attr-defined]  # of OpenAI's class


# --- what leaves the machine, and what is told ---------------------------------------------------------------------

ASK = """
import asyncio, sys
from bot.grounded.errors import GroundingError
from bot.grounded.model import open_chat_model
from bot.grounded.prompts import Message, Role
from langchain_core.tracers.langchain import wait_for_all_tracers

model = open_chat_model("openai:x", base_url=sys.argv[1], timeout=30)
asked = [Message(Role.USER, "un secreto")]

async def main():
    if sys.argv[2] == "library":
        await model._model.ainvoke("un secreto")
        return
    for call in (model.draft, model.text):
        try:
            await call(asked)
        except GroundingError as error:
            print(type(error).__name__)

asyncio.run(main())
wait_for_all_tracers()
"""


@pytest.mark.parametrize(("way", "traced"), [("ours", False), ("library", True)])
def test_no_question_is_traced_whatever_the_environment_says(server: OpenAIServer, way: str, traced: bool) -> None:
    """The library by itself would: that it does shows that this test would see it."""
    settings = {
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_API_KEY": "ls-key",
        "LANGSMITH_ENDPOINT": server.url.removesuffix("/v1") + "/langsmith",
        "PYTHONPATH": str(ROOT),
        "PATH": "",
    }
    command = [sys.executable, "-c", ASK, server.url, way]
    done = subprocess.run(command, env=settings, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert any(request.path.startswith("/langsmith") for request in server.requests) is traced
    assert any(request.path == "/v1/chat/completions" for request in server.requests)


TELLING: dict[str, Reply] = {
    "well": Say(TWO),
    "nonsense": Say("No sé."),
    "failure": Refuse(500, QUESTION),
    "refused": Refuse(400, QUESTION),
    "cut": Say(TWO, cut=True),
}


@pytest.mark.parametrize("what", TELLING)
async def test_neither_log_nor_error_tells_what_was_asked_or_answered(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    server.answer(TELLING[what])
    told = ""
    with caplog.at_level(logging.INFO):
        try:
            await reach(server).draft(ASKED)
        except GroundingError:
            # As a log would show it, what it was raised from included.
            told = traceback.format_exc()
    assert bool(told) is (what != "well")
    for private in ("Alibaba", "Invierte", "No sé"):
        assert private not in caplog.text + told


def test_nothing_of_langchain_is_loaded_before_a_model_is_opened() -> None:
    code = "import sys, bot.grounded.model, bot.grounded.limits; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"langchain", "langchain_core", "langsmith", "openai"} & set(done.stdout.split())
