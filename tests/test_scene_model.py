"""The real bot with a language model: what is shown meanwhile and in the end, and what a failing one is worth."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.records import Language
from index.sources import read_articles
from tests.bot_process import BotProcess
from tests.command_line import ROOT
from tests.discord_faults import Gate, Pass, RateLimit, Refuse, Reset, Slow
from tests.discord_records import Channel, Interaction, Message
from tests.openai_server import Answering, Never, OpenAIServer, Request, Say, draft
from tests.openai_server import Refuse as RefuseToAnswer
from tests.openai_server import Reply as Said
from tests.scene import Scene, open_scene
from tests.seen import seen_on_discord, state_on_discord, wrong_with

TEXT = TEXTS[Language.SPANISH]
QUESTION = "¿cuánto invierte Alibaba?"
FIRST = "Alibaba anunció un nuevo plan de inversión de 380 mil millones de yuanes."
SECOND = "El plan de Alibaba se extiende hasta 2027."
THIRD = "Eddie Wu dirige Alibaba desde 2023."
FALSE = "Alibaba anunció un nuevo plan de inversión de 999 mil millones de yuanes."
VERBATIM = "El gigante chino Alibaba anunció este lunes"
PLAN = "380 mil millones"


class Pace(Gate):
    """Lets each piece through after a moment."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def wait(self) -> None:
        """Take the moment."""
        await asyncio.sleep(self._seconds)


@dataclass
class Model:
    """The model of a scene: what it answers, question by question; others are answered well."""

    server: OpenAIServer
    answers: dict[str, Answering] = field(default_factory=dict)

    def answer(self, request: Request) -> Said:
        """Answer the question of the request."""
        asked = json.loads(request.user.splitlines()[-1])
        question = asked.get("question") or asked["new_question"]
        return self.answers.get(question, writing(FIRST, SECOND))(request)


def writing(*sentences: str, gate_at: str = "", gate: Gate | None = None, piece: int = 12) -> Answering:
    """Write these sentences from the passage that says them, up to one of them until the gate is opened."""

    def answer(request: Request) -> Said:
        names = [name for name, text in request.passages.items() if PLAN in text]
        text = draft(*[(sentence, names) for sentence in sentences])
        return Say(text, gate=gate, held=text.index(gate_at) // piece if gate_at else 0, piece=piece)

    return answer


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with OpenAIServer() as server:
        made = Model(server)
        server.answer(made.answer)
        yield made


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder, model: Model) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("model")
    with open_scene(
        home,
        embedded,
        LLM_MODEL="openai:m",
        LLM_BASE_URL=model.server.url,
        LLM_TIMEOUT="60",
        QUESTIONS_PER_SERVER="1000",
        QUEUE_SIZE="1000",
    ) as made:
        yield made
        assert "Traceback" not in made.bot.log
        assert "never retrieved" not in made.bot.log


_asked = 0


def unasked() -> str:
    """The question in a form that nothing is known of yet: only its question marks differ."""
    global _asked  # noqa: PLW0603 - a counter of the tests' own, for one process
    _asked += 1
    return QUESTION + "?" * _asked


def place(scene: Scene) -> Channel:
    return scene.server.new_guild("Plaza").channels[0]


def slash(scene: Scene, question: str, channel: Channel, *, private: bool = False) -> Interaction:
    options = {"pregunta": question, "privado": private}
    return scene.server.slash("preguntar", options, user=scene.server.new_user("Rita"), channel=channel)


def states(message: Message) -> list[str]:
    """What the message has said, one state after the other."""
    return [payload["embeds"][0]["description"] for payload in message.payloads if payload.get("embeds")]


def whole(scene: Scene, found: Callable[[], Message | None]) -> Message:
    """The answer, once it has its buttons."""

    def ready() -> Message | None:
        message = found()
        return message if message and message.controls else None

    return scene.server.wait_for(ready, what="the whole answer")


def ours(scene: Scene, channel: Channel) -> list[Message]:
    return [each for each in scene.server.messages(channel) if each.author is scene.server.world.bot]


def footer(message: Message) -> str:
    text: str = message.embeds[0]["footer"]["text"]
    return text


def assert_written(scene: Scene, message: Message, *sentences: str) -> None:
    shown = seen_on_discord(message)
    assert wrong_with(shown, read_articles([scene.articles]).articles) == []
    assert [re.sub(r"\*\*| \[\d\]", "", line) for line in shown.statements] == list(sentences)
    assert footer(message) == TEXT.written
    assert len(shown.sources) == 1
    assert TEXT.see_passages in [each.get("label") for each in message.controls]


def assert_verbatim(message: Message) -> None:
    assert VERBATIM in message.embeds[0]["description"].replace("**", "")
    assert footer(message) == TEXT.verbatim
    assert message.embeds[0]["fields"]


# --- an answer that is written ------------------------------------------------------------------------------------

Ask = Callable[[Scene, str, Channel], Callable[[], Message | None]]


def by_slash(scene: Scene, question: str, channel: Channel) -> Callable[[], Message | None]:
    asked = slash(scene, question, channel)
    return lambda: asked.original


def in_private(scene: Scene, question: str, channel: Channel) -> Callable[[], Message | None]:
    asked = slash(scene, question, channel, private=True)
    return lambda: asked.original


def by_mention(scene: Scene, question: str, channel: Channel) -> Callable[[], Message | None]:
    said = scene.server.say(question, channel=channel, user=scene.server.new_user("Rita"))
    return lambda: next((each for each in ours(scene, channel) if each.reply_to is said), None)


WAYS: Mapping[str, Ask] = {"slash": by_slash, "private": in_private, "mention": by_mention}


@pytest.mark.parametrize("way", WAYS)
def test_sources_are_shown_first_then_each_sentence_that_passed_then_the_whole(
    scene: Scene, model: Model, way: str
) -> None:
    question, channel, before, between = unasked(), place(scene), Gate(), Gate()

    class Gates(Gate):
        """The first one before the answer, the second one before its third sentence."""

        passed = 0

        async def wait(self) -> None:
            """Wait at the gate that is next."""
            await (before if self.passed == 0 else between).wait()
            self.passed += 1

    def answer(request: Request) -> Said:
        said = writing(FIRST, FALSE, SECOND, THIRD)(request)
        assert isinstance(said, Say)
        # Two pieces: all up to the third sentence, and the rest.
        cut = said.text.index(SECOND)
        return Say(said.text, gate=Gates(), held=1, piece=cut)

    model.answers[question] = answer
    found = WAYS[way](scene, question, channel)
    scene.server.wait_for(lambda: (m := found()) and any(TEXT.reading in each for each in states(m)), what="sources")
    message = found()
    assert message
    [reading] = states(message)
    assert "[Alibaba anuncia inversión de $52 mil millones](https://example.org/alibaba)" in reading
    assert FIRST not in reading
    assert not message.controls
    before.open()
    scene.server.wait_for(lambda: FIRST in states(message)[-1].replace("**", ""), what="the first sentence")
    assert THIRD not in states(message)[-1]
    assert not message.controls
    between.open()
    whole(scene, found)
    assert_written(scene, message, FIRST, SECOND, THIRD)
    assert found() is message
    assert ours(scene, channel) == ([] if way == "private" else [message])
    articles = read_articles([scene.articles]).articles
    for payload in message.payloads:
        assert wrong_with(state_on_discord(payload), articles) == []
        assert FALSE not in str(payload)
    assert message.pings == frozenset()
    assert all(each.get("allowed_mentions", {}).get("parse", []) == [] for each in message.payloads)


@pytest.mark.parametrize("way", ["slash", "mention"])
def test_a_message_is_edited_at_most_once_a_second(scene: Scene, model: Model, way: str) -> None:
    question, channel = unasked(), place(scene)
    sentences = (FIRST, SECOND, THIRD, FIRST, SECOND)
    model.answers[question] = writing(*sentences, gate=Pace(0.05))
    began = time.monotonic()
    message = whole(scene, WAYS[way](scene, question, channel))
    passed = time.monotonic() - began
    # The first state at once, one a second after it, and the whole at the end.
    assert 3 <= len(states(message)) <= passed + 2
    assert len(set(states(message))) >= 3
    assert_written(scene, message, *sentences)


def test_what_was_written_once_is_given_again_at_once(scene: Scene, model: Model) -> None:
    question = unasked()
    first = whole(scene, by_slash(scene, question, place(scene)))
    asked = len(model.server.requests)
    second = whole(scene, by_mention(scene, question, place(scene)))
    assert second.embeds == first.embeds
    assert len(model.server.requests) == asked


def test_what_the_model_cannot_answer_is_not_found(scene: Scene, model: Model) -> None:
    question, channel = unasked(), place(scene)
    model.answers[question] = lambda _request: Say(draft(answerable=False))
    message = whole(scene, by_mention(scene, question, channel))
    assert TEXT.not_found in message.text
    assert ours(scene, channel) == [message]


def test_where_all_that_is_written_falls_the_articles_own_words_stand(scene: Scene, model: Model) -> None:
    question, channel = unasked(), place(scene)
    model.answers[question] = writing(FALSE, f"{FIRST} @everyone")
    message = whole(scene, by_mention(scene, question, channel))
    assert_verbatim(message)
    assert "@everyone" not in message.text


def test_a_follow_up_is_shown_as_the_model_understood_it(scene: Scene, model: Model) -> None:
    rewritten = "¿Hasta qué año se extiende el plan de inversión de Alibaba?"
    follow_up = "¿y hasta cuándo dura?"

    channel = place(scene)
    first = whole(scene, by_mention(scene, unasked(), channel))
    model.answers[follow_up] = lambda _request: Say(rewritten)
    model.answers[rewritten] = writing(SECOND)
    said = scene.server.say(follow_up, reply_to=first, user=scene.server.new_user("Rita"))
    message = whole(scene, lambda: next((each for each in ours(scene, channel) if each.reply_to is said), None))
    assert f"-# {TEXT.understood.format(question=rewritten)}" in message.embeds[0]["description"]
    assert SECOND in message.embeds[0]["description"].replace("**", "")
    assert len(ours(scene, channel)) == 2


# --- a model that fails -------------------------------------------------------------------------------------------

BROKEN: Mapping[str, Said] = {"never": Never(), "503": RefuseToAnswer(503), "no JSON": Say("380 mil millones")}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[tuple[Scene, OpenAIServer]]:
    """A bot that gives its model a second."""
    with OpenAIServer() as server:
        home = tmp_path_factory.mktemp("hasty")
        with open_scene(home, embedded, LLM_MODEL="openai:m", LLM_BASE_URL=server.url, LLM_TIMEOUT="1") as made:
            yield made, server
            assert "Traceback" not in made.bot.log


@pytest.mark.parametrize("way", ["slash", "mention"])
def test_a_dead_model_delays_no_answer_and_costs_none(hasty: tuple[Scene, OpenAIServer], way: str) -> None:
    scene, server = hasty
    # In turn, so that the bot asks the model each time; after three failures it no longer does.
    for reply in (*BROKEN.values(), Never()):
        server.answer(reply)
        channel = place(scene)
        message = whole(scene, WAYS[way](scene, unasked(), channel))
        assert_verbatim(message)
        assert ours(scene, channel) == [message]
    assert "The answer is given without the language model." in scene.bot.log


def test_a_model_whose_package_is_missing_is_one_line_at_the_start(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "langchain_anthropic.py").write_text("raise ImportError\n", "utf-8")
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    settings = {**scene.settings, "LLM_MODEL": "anthropic:claude", "LLM_API_KEY": "sk-1", "PYTHONPATH": path}
    with BotProcess(scene.server, scene.home, settings) as bot:
        assert bot.wait(60) == 2
    [line] = bot.stderr
    assert "pip install '.[anthropic]'" in line
    assert bot.stdout == []
    assert "sk-1" not in line


# --- Discord fails meanwhile --------------------------------------------------------------------------------------

FAULTS: Mapping[str, Pass] = {
    "429": RateLimit(),
    "500": Refuse(status=500),
    "503": Refuse(status=503),
    "reset": Reset(),
    "slow": Slow(seconds=1.0),
    "500 done": Refuse(status=500, processed=True),
    "503 done": Refuse(status=503, processed=True),
    "reset done": Reset(processed=True),
    "slow done": Slow(seconds=1.0, processed=True),
}
# Longer than the answer takes: what was shown first may arrive last.
LATE: Mapping[str, Pass] = {"late": Slow(seconds=3.0), "late done": Slow(seconds=3.0, processed=True)}
TROUBLES: Mapping[str, Mapping[str, Pass]] = {"first": {**FAULTS, **LATE}, "edit": {**FAULTS, **LATE}, "slash": FAULTS}
Troubled = dict[tuple[str, str], tuple[Channel, Callable[[], Message | None]]]


@pytest.fixture(scope="module")
def troubled(scene: Scene, model: Model) -> Troubled:
    """A question for every fault of every request that shows progress, all at once."""
    asked: Troubled = {}
    for kind, faults in TROUBLES.items():
        channels = scene.server.new_guild(kind, channels=list(faults)).channels
        for (name, fault), channel in zip(faults.items(), channels, strict=True):
            question = unasked()
            model.answers[question] = writing(FIRST, SECOND, THIRD, gate=Pace(0.05))
            with scene.server.world.changed:
                if kind == "slash":
                    asked[kind, name] = channel, by_slash(scene, question, channel)
                    token = next(reversed(scene.server.world.interactions))
                    scene.server.fault("PATCH", f"/{token}/", fault)
                else:
                    method, path = ("POST", "/messages$") if kind == "first" else ("PATCH", "/messages/")
                    scene.server.fault(method, f"/channels/{channel.id}{path}", fault)
                    asked[kind, name] = channel, by_mention(scene, question, channel)
    return asked


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, faults in TROUBLES.items() for name in faults])
def test_trouble_with_progress_neither_doubles_nor_loses_the_answer(
    scene: Scene, troubled: Troubled, kind: str, name: str
) -> None:
    channel, found = troubled[kind, name]
    message = whole(scene, found)
    if kind != "slash":
        settle(scene, channel)
    assert_written(scene, message, FIRST, SECOND, THIRD)
    assert ours(scene, channel) == [message]


def settle(scene: Scene, channel: Channel) -> None:
    """Wait until all that was asked of a channel has ended."""

    def settled() -> bool:
        made = [each for each in scene.server.requests if each.path.startswith(f"/channels/{channel.id}/messages")]
        return all(each.status or isinstance(each.fault, Reset) for each in made)

    scene.server.wait_for(settled, what="the end of all requests")


# --- its end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["slash", "mention"])
def test_sigterm_while_the_model_writes_lets_the_answer_be_finished(scene: Scene, model: Model, way: str) -> None:
    gate, question, channel = Gate(), unasked(), place(scene)
    model.answers[question] = writing(FIRST, SECOND, gate_at=SECOND, gate=gate)
    found = WAYS[way](scene, question, channel)
    gate.wait_reached()
    scene.bot.terminate()
    scene.bot.wait_log("Stopping: answers under way have 25 s.")
    gate.open()
    message = whole(scene, found)
    assert_written(scene, message, FIRST, SECOND)
    assert ours(scene, channel) == [message]
    assert scene.bot.wait() == 0
    assert "did not end in time" not in scene.bot.log
    assert "Traceback" not in scene.bot.log
    scene.bot.__exit__(None, None, None)
    scene.bot = BotProcess(scene.server, scene.home, scene.settings)
    scene.bot.__enter__()
    scene.bot.wait_ready()
