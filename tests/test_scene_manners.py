"""What the bot keeps to itself, forgets, and leaves unsaid."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.records import Language
from tests.discord_numbers import MANAGER
from tests.discord_records import Channel, Message, User
from tests.scene import Scene, open_scene

TEXT = TEXTS[Language.SPANISH]
QUESTION = "¿cuánto invierte Alibaba?"
UNKNOWN = "¿quién ganó el mundial de 1998?"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    with open_scene(tmp_path_factory.mktemp("manners"), embedded) as made:
        yield made
        assert "Traceback" not in made.bot.log


def ask(scene: Scene, question: str, channel: Channel, user: User, *, private: bool = False) -> Message:
    return scene.server.slash(
        "preguntar", {"pregunta": question, "privado": private}, user=user, channel=channel
    ).wait_answer()


def offered(scene: Scene, channel: Channel, user: User, typed: str = "cuánto") -> list[str]:
    choices = scene.server.autocomplete(
        "preguntar", {"pregunta": typed}, focused="pregunta", user=user, channel=channel
    )
    return [choice["value"] for choice in choices]


def kept(scene: Scene, user: User) -> list[str]:
    """The questions on the list of what could not be answered, of one person."""
    with sqlite3.connect(scene.settings["STATE_FILE"]) as store:
        return [row[0] for row in store.execute("SELECT question FROM unanswered WHERE user = ?", (int(user.id),))]


def test_a_question_is_suggested_in_its_own_channel_alone_and_not_once_its_asker_is_forgotten(scene: Scene) -> None:
    server = scene.server
    guild = server.new_guild("Canales", channels=("general", "moderación"))
    general, hidden = guild.channels
    ana, luis = server.new_user("Ana"), server.new_user("Luis")
    ask(scene, QUESTION, hidden, ana)
    assert offered(scene, hidden, luis) == [QUESTION]
    assert offered(scene, general, luis) == []
    server.slash("olvidame", {}, user=ana, channel=general).wait_answer()
    assert offered(scene, hidden, luis) == []


def test_nothing_is_suggested_where_the_bot_may_not_answer(scene: Scene) -> None:
    server = scene.server
    guild = server.new_guild("Reservado", channels=("general", "preguntas"))
    general, asking = guild.channels
    server.slash("configurar", {"canal": asking}, channel=general, permissions=MANAGER).wait_answer()
    user = server.new_user("Eva")
    assert offered(scene, general, user, "Alibaba") == []
    assert offered(scene, asking, user, "Alibaba") != []


def test_what_is_asked_privately_or_alone_is_on_nobodys_list(scene: Scene) -> None:
    server, user = scene.server, scene.server.new_user("Eva")
    channel = server.new_guild("Lista").channels[0]
    ask(scene, UNKNOWN, channel, user, private=True)
    alone = server.wait_reply(server.dm(UNKNOWN, user))
    assert {"👍", "👎"}.isdisjoint(str(each.get("emoji")) for each in alone.controls)
    assert kept(scene, user) == []
    ask(scene, UNKNOWN, channel, user)
    assert kept(scene, user) == [UNKNOWN]


def test_who_is_forgotten_is_not_followed_up(scene: Scene) -> None:
    server, user = scene.server, scene.server.new_user("Eva")
    server.wait_reply(server.dm(QUESTION, user))
    server.slash("olvidame", {}, user=user, channel=server.dm_channel(user)).wait_answer()
    (embed,) = server.wait_reply(server.dm("¿y en yuanes?", user)).embeds
    assert TEXT.understood.partition("{")[0] not in embed["description"]


@pytest.mark.parametrize("said", ["gracias", "¡Muchas gracias!", "ok", "Hola, buenas tardes", "¿y?", "thanks"])
def test_a_courtesy_is_no_question(scene: Scene, said: str) -> None:
    server, user = scene.server, scene.server.new_user("Eva")
    answer = ask(scene, QUESTION, server.new_guild("Cortés").channels[0], user)
    reply = server.wait_reply(server.say(said, user=user, reply_to=answer))
    assert reply.content in {texts.courtesy for texts in TEXTS.values()}
    assert reply.embeds == []
    refused = server.slash("preguntar", {"pregunta": said}, user=user).wait_answer()
    assert (refused.content, refused.ephemeral) == (TEXT.unfit_question, True)
    assert kept(scene, user) == []


def test_a_flood_of_presses_is_told_to_wait(scene: Scene) -> None:
    server, user = scene.server, scene.server.new_user("Eva")
    answer = ask(scene, QUESTION, server.new_guild("Botones").channels[0], user)
    pressed = [server.click(answer, TEXT.see_passages, user=user).wait_answer() for _ in range(31)]
    assert all(each.embeds for each in pressed[:30])
    assert pressed[30].content.startswith(TEXT.too_often.partition("{")[0])
    other = server.click(answer, TEXT.see_passages, user=server.new_user("Luis")).wait_answer()
    assert other.embeds


def test_lists_for_admins_fit_whatever_people_write(scene: Scene) -> None:
    server = scene.server
    channel = server.new_guild("Listas").channels[0]
    for number in range(16):
        question = f"{number} {'*_~` ' * 90}?"
        nothing = ask(scene, question, channel, server.new_user(f"P{number}"))
        assert nothing.embeds
    listed = server.slash("sin-respuesta", {}, channel=channel, permissions=MANAGER).wait_answer()
    (embed,) = listed.embeds
    assert 1000 < len(embed["description"]) <= 4096
    answer = ask(scene, QUESTION, channel, server.new_user("Eva"))
    for number in range(12):
        form = server.click(answer, "👎", user=server.new_user(f"Q{number}"))
        form.wait_ack()
        server.submit(form, {"why": "*_~` " * 200}).wait_answer()
    summed = server.slash("opiniones", {}, channel=channel, permissions=MANAGER).wait_answer()
    assert 1000 < len(summed.embeds[0]["description"]) <= 4096
