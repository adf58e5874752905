"""What the bot keeps to itself, forgets, and leaves unsaid."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import GuildSettings, open_store
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


# --- who is kept out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept_out", ["channel", "role"])
def test_who_is_kept_out_presses_in_vain(scene: Scene, kept_out: str) -> None:
    server = scene.server
    guild = server.new_guild("Club", channels=("general", "preguntas"))
    general, asking = guild.channels
    member, outsider = server.new_user("Socia"), server.new_user("Nadie")
    answer, nothing = (ask(scene, question, general, member) for question in (QUESTION, UNKNOWN))
    form = server.click(answer, "👎", user=member)
    form.wait_ack()
    option: dict[str, object]
    if kept_out == "channel":
        option, sentence = {"canal": asking}, TEXT.other_channel
    else:
        role = server.new_role(guild, "socios")
        server.gateway.dispatch("GUILD_ROLE_CREATE", lambda _intents: {"guild_id": guild.id, "role": role.json()})
        member.roles.append(role)
        option, sentence = {"rol": role}, TEXT.other_role
    server.slash("configurar", option, channel=general, permissions=MANAGER).wait_answer()
    for message, label in (
        (answer, TEXT.see_passages),
        (answer, TEXT.open_thread),
        (answer, "👍"),
        (answer, "👎"),
        (nothing, TEXT.alert_me),
    ):
        pressed = server.click(message, label, user=outsider)
        refused = pressed.wait_answer()
        assert (refused.content, refused.embeds, refused.ephemeral) == (sentence, [], True)
        assert (pressed.messages, pressed.modal) == ([refused], None)
    assert answer.thread is None
    told = server.slash("olvidame", {}, user=outsider, channel=general).wait_answer()
    assert told.text == TEXT.forgotten.format(unanswered=0, opinions=0, alerts=0)
    if kept_out == "role":
        assert server.click(answer, TEXT.see_passages, user=member).wait_answer().embeds


# --- conversations --------------------------------------------------------------------------------------------------


def test_a_thread_does_not_go_on_with_what_somebody_asked_there_privately(scene: Scene) -> None:
    server, user = scene.server, scene.server.new_user("Eva")
    answer = ask(scene, QUESTION, server.new_guild("Hilos").channels[0], user)
    server.click(answer, TEXT.open_thread, user=user).wait_answer()
    thread = answer.thread
    assert thread
    private = ask(scene, "¿cuántas toneladas de quinua exportó la cooperativa de Puno?", thread, user, private=True)
    assert "**812 toneladas**" in private.text
    follow_up = server.wait_reply(server.say("¿quién lo dirige?", channel=thread, user=user))
    assert "**Eddie Wu** dirige Alibaba" in follow_up.text
    assert "quinua" not in follow_up.text


# --- servers that the bot has left ----------------------------------------------------------------------------------


def test_servers_left_while_the_bot_was_away_are_forgotten_unless_it_is_another_bot(
    tmp_path: Path, embedded: FolderEncoder
) -> None:
    left, state = 77, tmp_path / "state.sqlite"

    async def remember() -> None:
        async with open_store(state) as store:
            await store.save_guild_settings(GuildSettings(left, Language.ENGLISH))
            await store.remember_unanswered(left, 7, "¿dónde está Gumersinda?", Language.SPANISH)
            await store.keep_note("application", "another one")

    def column(sql: str) -> list[object]:
        with closing(sqlite3.connect(state)) as store:
            return [row[0] for row in store.execute(sql)]

    asyncio.run(remember())
    with open_scene(tmp_path, embedded) as scene:
        # Nobody is told of what is kept: it is looked at until it is so.
        wait_until(lambda: scene.server.world.bot.id in column("SELECT value FROM notes WHERE name = 'application'"))
        assert column("SELECT guild FROM guilds") == [left]
        here = int(scene.server.guild.id)
        scene.server.slash("configurar", {"idioma": "es"}, permissions=MANAGER).wait_answer()
        scene.restart()
        wait_until(lambda: column("SELECT guild FROM guilds") == [here])
        wait_until(lambda: column("SELECT guild FROM unanswered") == [])
        assert "Traceback" not in scene.bot.log


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
