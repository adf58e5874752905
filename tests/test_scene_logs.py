"""What the real bot writes to a log that machines read: an id through every stage, nothing that anybody wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.records import Language
from tests.discord_faults import RateLimit
from tests.discord_numbers import MANAGER
from tests.discord_records import Interaction, Message
from tests.openai_server import OpenAIServer, Refuse
from tests.scene import Scene, open_scene

TEXT = TEXTS[Language.SPANISH]
QUESTION, ANSWER = "¿cuánto invertirá Alibaba en yuanes?", "380 mil millones"
UNKNOWN = "¿cuántas faneguillas cosechó Perogrullo?"
FOLLOW_UP = "¿y quién la dirige?"
TYPED, REASON, PERSON = "tecleado", "No me convence", "Ermengarda"
# Something of every text that somebody writes below, and of what the bot answers.
WRITTEN = ("invertirá", "yuanes", "faneguillas", "Perogrullo", TYPED, "convence", PERSON, ANSWER, "Eddie Wu")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    """A bot that logs all that it can, to no terminal, and whose language model always fails."""
    home = tmp_path_factory.mktemp("logs")
    with OpenAIServer() as model:
        model.answer(Refuse(503))
        with open_scene(
            home,
            embedded,
            LOG_FORMAT="auto",
            LOG_LEVEL="DEBUG",
            LLM_MODEL="openai:m",
            LLM_BASE_URL=model.url,
            LLM_API_KEY="sk-of-nobody",
        ) as made:
            yield made


def records(scene: Scene) -> list[dict[str, Any]]:
    """All lines of the log, each of which is an object."""
    return [json.loads(line) for line in scene.bot.stderr if line.endswith("\n")]


def whole(scene: Scene, message: Message, text: str = ANSWER) -> Message:
    """The message, once the answer is in it."""
    return scene.server.wait_for(lambda: message if text in message.text else None, what=f"{text!r} in an answer")


def ended(scene: Scene, before: int, count: int) -> list[dict[str, Any]]:
    """The lines on so many questions, after the first ``before`` lines of the log, once they are there."""

    def lines() -> list[dict[str, Any]] | None:
        found = [each for each in records(scene)[before:] if each["logger"] == "bot.journal"]
        return found if len(found) >= count else None

    return scene.server.wait_for(lines, what=f"the end of {count} questions")


def ask_in_every_way(scene: Scene) -> tuple[list[Interaction], list[dict[str, Any]]]:
    """Write to the bot whatever one can, as somebody new; five of it are questions, whose lines come with it."""
    server, before = scene.server, len(scene.bot.stderr)
    user = server.new_user(PERSON)
    channel = server.new_guild("Servidor").channels[0]
    server.autocomplete("preguntar", {"pregunta": TYPED}, focused="pregunta", user=user, channel=channel)
    asked = server.slash("preguntar", {"pregunta": QUESTION}, user=user, channel=channel)
    pressed = server.click(whole(scene, asked.wait_answer()), "👎")
    pressed.wait_ack()
    server.submit(pressed, {"why": REASON}).wait_ack()
    mention = server.say(QUESTION, user=user, channel=channel)
    server.say(FOLLOW_UP, user=user, reply_to=whole(scene, server.wait_reply(mention)))
    server.dm(UNKNOWN, user=user)
    menu = server.context_menu(TEXT.about_name, mention, user=user)
    return [asked, pressed, menu], ended(scene, before, 5)


def test_no_line_holds_what_anybody_wrote_or_a_token(scene: Scene) -> None:
    interactions, lines = ask_in_every_way(scene)
    assert sorted(line["way"] for line in lines) == ["command", "mention", "menu", "message", "message"]
    assert len({line["request"] for line in lines}) == 5
    log = json.dumps(records(scene), ensure_ascii=False)
    secrets = [scene.server.token, "sk-of-nobody", *(each.token for each in interactions)]
    assert [each for each in (*WRITTEN, *secrets) if each in log] == []
    # Not in vain: all that was said is there, without its words.
    assert "(withheld)" in log


def test_a_question_has_one_id_from_its_admission_to_its_delivery(scene: Scene) -> None:
    before = len(scene.bot.stderr)
    scene.server.fault("PATCH", "/messages/@original$", RateLimit())
    asked = scene.server.slash("preguntar", {"pregunta": QUESTION})
    whole(scene, asked.wait_answer())
    [line] = ended(scene, before, 1)
    other = scene.server.slash("preguntar", {"pregunta": UNKNOWN})
    [_, unanswered] = ended(scene, before, 2)
    served = [each["message"] for each in records(scene)[before:] if each.get("request") == line["request"]]
    stages = (
        f"/interactions/{asked.id}/***/callback has returned status code",
        "The answer is given without the language model. ",
        "is rate limited. Retrying in ",
        "Question by command: answered (ms: ",
    )
    assert [each for each in stages if not any(each in message for message in served)] == []
    assert not any(other.id in message for message in served)
    assert line["milliseconds"].keys() == {"understand", "encode", "search", "answer", "write", "deliver", "total"}
    assert line["milliseconds"]["total"] >= line["milliseconds"]["deliver"]
    assert line["version"] == (scene.index / "CURRENT").read_text("utf-8").strip()
    assert (line["sources"], unanswered["sources"], unanswered["outcome"]) == (1, 0, "not_found")


def test_the_id_of_a_failure_that_a_person_is_shown_is_the_logs(scene: Scene, tmp_path: Path) -> None:
    away = scene.articles.rename(tmp_path / "articles")
    try:
        scene.articles.mkdir()
        told = scene.server.slash("indice reconstruir", {}, permissions=MANAGER)
        scene.server.wait_for(lambda: told.answer and told.answer.content, 60, "the end of the rebuild")
    finally:
        scene.articles.rmdir()
        away.rename(scene.articles)
    [failure] = [line for line in records(scene) if line["logger"] == "bot.failures"]
    assert told.wait_answer().content == TEXT.index_trouble.format(id=failure["request"])


def test_where_an_admin_wants_it_what_was_asked_is_told_and_nothing_else_that_was_written(
    tmp_path: Path, embedded: FolderEncoder
) -> None:
    with open_scene(tmp_path, embedded, LOG_FORMAT="json", LOG_QUESTIONS="1") as scene:
        _interactions, lines = ask_in_every_way(scene)
        assert {line["question"] for line in lines} == {QUESTION, FOLLOW_UP, UNKNOWN}
        rest = [{name: value for name, value in line.items() if name != "question"} for line in records(scene)]
        assert [each for each in WRITTEN if each in json.dumps(rest, ensure_ascii=False)] == []
