"""What admins do in a server, what the bot keeps there, and how it is forgotten."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.store import Verdict, open_store
from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.publish import building, current_version, read_manifest
from index.records import Language
from tests.discord_faults import Hold
from tests.discord_numbers import EVERYONE, MANAGER, Callback, Json, MessageFlag
from tests.discord_records import Channel, Guild, Interaction, Message, User
from tests.scene import MINE, Scene, open_scene

TEXT, ENGLISH = TEXTS[Language.SPANISH], TEXTS[Language.ENGLISH]
QUESTION = "¿cuántas toneladas de quinua exportó la cooperativa de Puno?"
ANSWER = "exportó **812 toneladas** de quinua a Noruega"
ABOUT_MINE = "¿cuántas toneladas de litio extrae la mina Calandria?"
UNKNOWN = "¿quién ganó el mundial de ajedrez?"
ADMIN_COMMANDS = ("indice estado", "indice reconstruir", "indice volver", "configurar", "sin-respuesta", "opiniones")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    with open_scene(tmp_path_factory.mktemp("admin"), embedded) as opened:
        yield opened


@pytest.fixture
def guild(scene: Scene) -> Guild:
    """A server of a test's own."""
    return scene.server.new_guild("Nueva", channels=("uno", "dos"))


def admin(scene: Scene, command: str, guild: Guild | None = None, **options: object) -> Message:
    """Use a command as somebody with Manage Server; what it answers."""
    answer = used(scene, command, guild, **options).wait_answer()
    assert answer.ephemeral
    return answer


def used(scene: Scene, command: str, guild: Guild | None = None, **options: object) -> Interaction:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    return scene.server.slash(command, named, guild=guild, permissions=MANAGER)


def ask(scene: Scene, question: str, channel: Channel | None = None, user: User | None = None) -> Message:
    user = user or scene.server.new_user("Rita")
    asked = scene.server.slash("preguntar", {"pregunta": question}, user=user, channel=channel)
    answer = asked.wait_answer()
    assert len(asked.messages) == 1
    return answer


def told(message: Message) -> str:
    """The text of the one embed that a message has."""
    [embed] = message.embeds
    return str(embed["description"])


def labels(message: Message) -> list[str]:
    return [each.get("label") or each["emoji"]["name"] for each in message.controls]


def rows(scene: Scene, table: str, guild: Guild) -> int:
    """How many rows the store keeps of a server."""
    database = sqlite3.connect(scene.home / "state.sqlite")
    try:
        [[count]] = database.execute(f"SELECT count(*) FROM {table} WHERE guild = ?", [int(guild.id)])  # noqa: S608 - names of tables, by the tests
        return int(count)
    finally:
        database.close()


def in_files(scene: Scene, text: str) -> bool:
    """Whether a text stands anywhere in the files of the store."""
    return any(text.encode() in file.read_bytes() for file in scene.home.glob("state.sqlite*"))


# --- who may ------------------------------------------------------------------------------------------------------


def test_admins_commands_are_shown_in_servers_to_those_who_manage_them(scene: Scene) -> None:
    commands = scene.server.commands()
    for name in {each.split()[0] for each in ADMIN_COMMANDS}:
        assert commands[name]["default_member_permissions"] == "32", name
        assert commands[name]["dm_permission"] is False, name
    for name in ("preguntar", "olvidame", "Preguntar sobre esto"):
        assert commands[name]["default_member_permissions"] is None, name
        assert commands[name]["dm_permission"] is True, name


@pytest.mark.parametrize("command", ADMIN_COMMANDS)
@pytest.mark.parametrize(("locale", "sentence"), [("es-ES", TEXT.not_allowed), ("en-GB", ENGLISH.not_allowed)])
def test_without_manage_server_an_admins_command_is_refused(
    scene: Scene, command: str, locale: str, sentence: str
) -> None:
    refused = scene.server.slash(command, {}, permissions=EVERYONE, locale=locale)
    assert refused.wait_answer().content == sentence
    [ack] = refused.acks
    assert ack["type"] == Callback.MESSAGE
    assert ack["data"]["flags"] == MessageFlag.EPHEMERAL
    assert len(refused.messages) == 1


# --- the index ----------------------------------------------------------------------------------------------------


def in_use(scene: Scene) -> str:
    """The version that `/indice estado` names."""
    found = re.search(r"^\*\*Índice\*\* publicado <t:\d+:R> \(`([^`]+)`\)", told(admin(scene, "indice estado")))
    assert found
    return found[1]


def use(scene: Scene, name: str, text: str) -> str:
    """Publish an article and wait until the bot uses it."""
    scene.write(name, text)
    version = scene.publish()
    scene.bot.wait_log(f"Version {version} of the index is in use")
    return version


def test_the_status_tells_what_is_in_use(scene: Scene) -> None:
    version = current_version(scene.index)
    manifest = read_manifest(scene.index)
    shown = told(admin(scene, "indice estado"))
    assert f"`{version}`" in shown
    assert f"**Artículos** {manifest.articles} · **Pasajes** {manifest.passages}\n" in shown
    assert "**Modelo** all-MiniLM-L6-v2" in shown
    assert re.search(r"<t:\d+:R>", shown)


def test_a_rebuild_shows_its_progress_and_its_articles_are_answered(scene: Scene) -> None:
    server, hold = scene.server, Hold()
    assert TEXT.not_found in told(ask(scene, ABOUT_MINE))
    scene.write("mina.txt", MINE)
    server.fault("PATCH", "/messages/@original$", hold)
    first = used(scene, "indice reconstruir")
    hold.gate.wait_reached()
    # The build goes on while Discord takes its time: a second one is refused, questions are answered.
    assert told(admin(scene, "indice reconstruir")) == TEXT.rebuild_running
    assert ANSWER in told(ask(scene, QUESTION))
    hold.gate.open()
    server.wait_for(lambda: first.answer and "Listo" in told(first.answer), 60, "the end of the rebuild")
    answer = first.wait_answer()
    manifest = read_manifest(scene.index)
    assert told(answer) == TEXT.rebuild_done.format(articles=manifest.articles, passages=manifest.passages)
    shown = [payload["embeds"][0]["description"] for payload in answer.payloads]
    assert shown[0] == f"{TEXT.rebuilding}\n{TEXT.rebuild_begins}"
    assert all(each.startswith(TEXT.rebuilding) for each in shown[:-1])
    assert len(shown) >= 2
    assert first.messages == [answer]
    assert answer.ephemeral
    # At once: nobody waits for the bot to notice the new version by itself.
    assert "extrae **900 toneladas** de litio" in told(ask(scene, ABOUT_MINE))
    assert in_use(scene) == manifest.version


def test_a_rebuild_without_a_change_says_so(scene: Scene) -> None:
    scene.publish()
    manifest = read_manifest(scene.index)
    asked = used(scene, "indice reconstruir")
    expected = TEXT.rebuild_needless.format(articles=manifest.articles, passages=manifest.passages)
    scene.server.wait_for(lambda: asked.answer and told(asked.answer) == expected, 60, "the end of the rebuild")


def test_a_build_elsewhere_is_waited_for(scene: Scene) -> None:
    scene.write("cerro.txt", "El cerro Pelón\n\nEl cerro Pelón tiene una antena desde 1998.\n")
    with building(scene.index):
        asked = used(scene, "indice reconstruir")
        scene.server.wait_for(lambda: asked.answer and told(asked.answer) == TEXT.rebuild_running, 60, "a refusal")
    (scene.articles / "cerro.txt").unlink()


def test_a_rebuild_without_articles_says_what_to_do_and_what_is_published_stays(scene: Scene, tmp_path: Path) -> None:
    version = in_use(scene)
    away = scene.articles.rename(tmp_path / "articles")
    try:
        scene.articles.mkdir()
        asked = used(scene, "indice reconstruir")
        reason = f"No .txt, .md or .html file is in {scene.articles}: put articles there, or name another folder."
        scene.server.wait_for(lambda: asked.answer and asked.answer.content, 60, "the end of the rebuild")
        # Where the articles lie is for whoever runs the bot to know, not for every admin of a server.
        content = asked.wait_answer().content
        name = content.rpartition("`.")[0].rpartition("`")[2]
        assert content == TEXT.index_trouble.format(id=name)
        scene.bot.wait_log(f"ERROR   bot.failures: Failure {name}:")
        assert f"Failure {name}: {reason}" in scene.bot.log
        assert asked.wait_answer().embeds == []
    finally:
        scene.articles.rmdir()
        away.rename(scene.articles)
    assert in_use(scene) == version
    assert ANSWER in told(ask(scene, QUESTION))


def test_going_back_answers_from_the_version_before_until_there_is_none(scene: Scene) -> None:
    before = in_use(scene)
    newer = use(scene, "faro.txt", "El faro de Tresmarías\n\nEl faro de Tresmarías mide 57 metros de alto.\n")
    assert "57 metros" in told(ask(scene, "¿cuántos metros mide el faro de Tresmarías?"))
    manifest = read_manifest(scene.index, before)
    built = int(datetime.fromisoformat(manifest.built_at).timestamp())
    assert f"**Anterior** <t:{built}:R> (`{before}`)" in told(admin(scene, "indice estado"))
    went_back = TEXT.went_back.format(built=f"<t:{built}:R>", articles=manifest.articles)
    assert told(admin(scene, "indice volver")) == went_back
    assert TEXT.not_found in told(ask(scene, "¿cuántos metros mide el faro de Tresmarías?"))
    assert in_use(scene) == before != newer
    while told(answer := admin(scene, "indice volver")) != TEXT.nothing_older:
        assert "He vuelto al índice" in told(answer)
    assert "**Anterior** ninguno" in told(admin(scene, "indice estado"))
    assert ANSWER in told(ask(scene, QUESTION))


# --- settings -----------------------------------------------------------------------------------------------------

DEFAULTS = (
    "**Canales** todos\n**Roles** todos\n**Idioma** el de quien pregunta\n**Respuestas privadas** no\n"
    "**Guardar lo que no sé** sí\n**Opiniones** sí\n**Avisos** sí"
)


def test_settings_are_shown(scene: Scene, guild: Guild) -> None:
    assert told(admin(scene, "configurar", guild)) == DEFAULTS
    assert rows(scene, "guilds", guild) == 0


def test_a_channel_that_is_set_is_where_the_bot_answers(scene: Scene, guild: Guild) -> None:
    server = scene.server
    allowed, other = guild.channels
    thread = server.world.open_thread(allowed, "hilo", 1440, None)
    assert f"**Canales** <#{allowed.id}>\n" in told(admin(scene, "configurar", guild, canal=allowed))
    assert ANSWER in told(ask(scene, QUESTION, allowed))
    assert ANSWER in told(ask(scene, QUESTION, thread))
    refused = ask(scene, QUESTION, other)
    assert (refused.content, refused.ephemeral) == (TEXT.other_channel, True)
    unheard = server.say(QUESTION, channel=other)
    assert ANSWER in told(server.wait_reply(server.say(QUESTION, channel=allowed)))
    assert [each for each in server.messages(other) if each.reply_to is unheard] == []
    assert ANSWER in told(ask(scene, QUESTION, scene.server.other_guild.channels[0]))
    assert told(admin(scene, "configurar", guild, canal=allowed)) == DEFAULTS
    assert ANSWER in told(ask(scene, QUESTION, other))


def test_a_channel_that_was_deleted_keeps_the_bot_out_until_all_is_reset(scene: Scene, guild: Guild) -> None:
    server = scene.server
    other, gone = guild.channels
    admin(scene, "configurar", guild, canal=gone)
    deleted = {**gone.json(), "guild_id": guild.id}
    with server.world.changed:
        guild.channels.remove(gone)
        del server.world.channels[gone.id]
        server.gateway.dispatch("CHANNEL_DELETE", lambda _intents: deleted)
    assert ask(scene, QUESTION, other).content == TEXT.other_channel
    assert f"**Canales** <#{gone.id}>\n" in told(admin(scene, "configurar", guild))
    assert told(admin(scene, "configurar", guild, restablecer=True)) == DEFAULTS
    assert ANSWER in told(ask(scene, QUESTION, other))


def test_a_role_that_is_set_is_whom_the_bot_answers(scene: Scene, guild: Guild) -> None:
    server = scene.server
    role = server.new_role(guild, "lectores")
    server.gateway.dispatch("GUILD_ROLE_CREATE", lambda _intents: {"guild_id": guild.id, "role": role.json()})
    reader, other = server.new_user("Lectora"), server.new_user("Otra")
    reader.roles.append(role)
    channel = guild.channels[0]
    assert f"**Roles** <@&{role.id}>\n" in told(admin(scene, "configurar", guild, rol=role))
    assert ANSWER in told(ask(scene, QUESTION, channel, reader))
    refused = ask(scene, QUESTION, channel, other)
    assert (refused.content, refused.ephemeral) == (TEXT.other_role, True)
    assert told(admin(scene, "configurar", guild, rol=role)) == DEFAULTS
    assert ANSWER in told(ask(scene, QUESTION, channel, other))


def test_a_server_has_its_language_or_each_asker_has_theirs(scene: Scene, guild: Guild) -> None:
    channel = guild.channels[0]
    lola, john = scene.server.new_user("Lola"), scene.server.new_user("John", locale="en-US")

    def languages() -> list[str]:
        return [ask(scene, QUESTION, channel, person).embeds[0]["fields"][0]["name"] for person in (lola, john)]

    assert languages() == ["Fuentes", "Sources"]
    assert "**Language** English\n" in told(admin(scene, "configurar", guild, idioma="en"))
    assert languages() == ["Sources", "Sources"]
    assert told(admin(scene, "sin-respuesta", guild)) == ENGLISH.unanswered_none
    assert "**Idioma** español\n" in told(admin(scene, "configurar", guild, idioma="es"))
    assert languages() == ["Fuentes", "Fuentes"]
    assert told(admin(scene, "configurar", guild, idioma="asker")) == DEFAULTS
    assert languages() == ["Fuentes", "Sources"]


def test_a_server_can_have_its_answers_private_unless_asked_otherwise(scene: Scene, guild: Guild) -> None:
    channel = guild.channels[0]
    assert not ask(scene, QUESTION, channel).ephemeral
    assert "**Respuestas privadas** sí\n" in told(admin(scene, "configurar", guild, privado=True))
    assert ask(scene, QUESTION, channel).ephemeral
    public = scene.server.slash("preguntar", {"pregunta": QUESTION, "privado": False}, channel=channel)
    assert not public.wait_answer().ephemeral
    assert told(admin(scene, "configurar", guild, privado=False)) == DEFAULTS
    assert not ask(scene, QUESTION, channel).ephemeral


@contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Another process writes to the store, for as long as the block takes."""
    database = sqlite3.connect(scene.home / "state.sqlite", isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
        yield
    finally:
        database.close()


def test_of_two_changes_at_once_neither_is_lost(scene: Scene, guild: Guild) -> None:
    with locked(scene):
        changes = used(scene, "configurar", guild, idioma="es"), used(scene, "configurar", guild, privado=True)
        # Both are under way, and none is kept yet.
        for change in changes:
            change.wait_ack()
    for change in changes:
        change.wait_answer()
    shown = told(admin(scene, "configurar", guild))
    assert "**Idioma** español\n**Respuestas privadas** sí\n" in shown


def test_where_the_store_cannot_be_written_questions_are_answered_and_presses_acknowledged(
    scene: Scene, guild: Guild
) -> None:
    server, channel = scene.server, guild.channels[0]
    with locked(scene):
        known = ask(scene, QUESTION, channel)
        assert ANSWER in told(known)
        unknown = server.slash("preguntar", {"pregunta": UNKNOWN}, channel=channel)
        pressed = server.click(known, "👍")
        assert pressed.wait_answer().content == TEXT.opinion_kept
        assert TEXT.not_found in told(unknown.wait_answer())
        assert len(unknown.messages) == 1
    scene.bot.wait_log("state.sqlite is locked by another program")
    assert "Traceback" not in scene.bot.log
    assert told(admin(scene, "sin-respuesta", guild)) == TEXT.unanswered_none
    assert TEXT.not_found in told(ask(scene, UNKNOWN, channel))
    assert rows(scene, "unanswered", guild) == 1


def test_what_is_switched_off_is_neither_offered_nor_kept(scene: Scene, guild: Guild) -> None:
    server, channel = scene.server, guild.channels[0]
    known, unknown = ask(scene, QUESTION, channel), ask(scene, UNKNOWN, channel)
    assert {"👍", "👎"} <= set(labels(known))
    assert TEXT.alert_me in labels(unknown)
    shown = told(admin(scene, "configurar", guild, sin_respuesta=False, opiniones=False, avisos=False))
    assert shown.endswith("**Guardar lo que no sé** no\n**Opiniones** no\n**Avisos** no")
    assert set(labels(ask(scene, QUESTION, channel))) == {TEXT.see_passages, TEXT.open_thread}
    assert labels(ask(scene, UNKNOWN, channel)) == [TEXT.open_thread]
    # The buttons of answers from before are there still.
    for message, label, sentence in (
        (known, "👍", TEXT.opinions_off),
        (known, "👎", TEXT.opinions_off),
        (unknown, TEXT.alert_me, TEXT.alerts_off),
    ):
        pressed = server.click(message, label)
        assert pressed.wait_answer().content == sentence
        assert pressed.wait_answer().ephemeral
        assert pressed.modal is None
    # What was kept before is deleted too.
    assert [rows(scene, table, guild) for table in ("unanswered", "feedback", "alerts")] == [0, 0, 0]
    assert told(admin(scene, "sin-respuesta", guild)) == TEXT.unanswered_off
    assert told(admin(scene, "opiniones", guild)) == TEXT.opinions_off
    assert told(admin(scene, "configurar", guild, restablecer=True)) == DEFAULTS
    assert {"👍", "👎"} <= set(labels(ask(scene, QUESTION, channel)))


def test_servers_do_not_see_what_others_set_and_keep(scene: Scene, guild: Guild) -> None:
    other = scene.server.new_guild("Otra")
    admin(scene, "configurar", guild, idioma="en", opiniones=False)
    ask(scene, UNKNOWN, guild.channels[0])
    assert told(admin(scene, "configurar", other)) == DEFAULTS
    assert told(admin(scene, "sin-respuesta", other)) == TEXT.unanswered_none
    assert "👍" in labels(ask(scene, QUESTION, other.channels[0]))


# --- what could not be answered, and what people think ------------------------------------------------------------


def test_unanswered_questions_are_counted_by_their_wording(scene: Scene, guild: Guild) -> None:
    channel, ana = guild.channels[0], scene.server.new_user("Ana")
    assert told(admin(scene, "sin-respuesta", guild)) == TEXT.unanswered_none
    for question, user in (
        ("¿Quién ganó el mundial de *ajedrez*?", ana),
        ("quien gano el mundial de ajedrez", ana),
        ("¿QUIÉN GANÓ EL MUNDIAL DE AJEDREZ?", None),
        ("=¿cuál es la [capital](https://malo.example) de **Mongolia**, @everyone?", None),
        (QUESTION, None),
    ):
        ask(scene, question, channel, user)
    heading, first, second = told(admin(scene, "sin-respuesta", guild)).split("\n")
    assert heading == TEXT.unanswered_shown
    assert re.fullmatch(r"- \*\*3×\*\* ¿QUIÉN GANÓ EL MUNDIAL DE AJEDREZ\? · <t:\d+:R>", first)
    question, _, moment = second.removeprefix("- **1×** ").partition(" · ")
    assert question == r"=¿cuál es la \[capital\](https\://malo.example) de \*\*Mongolia\*\*, \@everyone?"
    assert re.fullmatch(r"<t:\d+:R>", moment)

    answer = admin(scene, "sin-respuesta", guild, csv=True)
    assert answer.content == TEXT.unanswered_file.format(count=2)
    [file] = answer.attachments
    assert file.name == "sin-respuesta.csv"
    head, *lines = csv.reader(io.StringIO(file.data.decode("utf-8-sig")))
    assert head == ["Pregunta", "Veces", "Personas", "Primera vez (UTC)", "Última vez (UTC)"]
    assert [line[:3] for line in lines] == [
        ["¿QUIÉN GANÓ EL MUNDIAL DE AJEDREZ?", "3", "2"],
        ["'=¿cuál es la [capital](https://malo.example) de **Mongolia**, @everyone?", "1", "1"],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", moment) for line in lines for moment in line[3:])


def complain(scene: Scene, answer: Message, user: User, reason: str) -> None:
    pressed = scene.server.click(answer, "👎", user=user)
    pressed.wait_ack()
    sent = scene.server.submit(pressed, {"why": reason})
    assert told(sent.wait_answer()) == TEXT.reason_kept
    assert sent.wait_answer().ephemeral


def test_opinions_are_counted_and_their_reasons_shown_as_they_were_written(scene: Scene, guild: Guild) -> None:
    server = scene.server
    answer = ask(scene, QUESTION, guild.channels[0])
    assert told(admin(scene, "opiniones", guild)) == "👍 0 · 👎 0"
    liked, disliked = server.new_user("Sí"), server.new_user("No")
    assert server.click(answer, "👍", user=liked).wait_answer().content == TEXT.opinion_kept
    complain(scene, answer, disliked, "**mal** @everyone [aquí](https://malo.example)\notra línea")
    shown = admin(scene, "opiniones", guild)
    counts, question, reason = told(shown).split("\n")
    assert counts == "👍 1 · 👎 1"
    assert re.fullmatch(rf"- {re.escape(QUESTION)} · <t:\d+:R>", question)
    assert reason == r"> \*\*mal\*\* \@everyone \[aquí\](https\://malo.example) otra línea"
    assert shown.pings == frozenset()
    # The last one of a person counts.
    assert server.click(answer, "👍", user=disliked).wait_answer().content == TEXT.opinion_kept
    assert told(admin(scene, "opiniones", guild)) == "👍 2 · 👎 0"


# --- forgetting ---------------------------------------------------------------------------------------------------


def keep_something(scene: Scene, guild: Guild, user: User, word: str) -> None:
    """Have the bot keep a question without an answer, an opinion and an alert of somebody's, each with the word."""
    unknown = ask(scene, f"¿dónde vive {word}?", guild.channels[0], user)
    alerted = scene.server.click(unknown, TEXT.alert_me, user=user)
    assert told(alerted.wait_answer()) == TEXT.alert_kept
    complain(scene, ask(scene, QUESTION, guild.channels[0], user), user, f"por {word}")


def test_a_person_is_forgotten_at_once_and_nobody_else(scene: Scene, guild: Guild) -> None:
    server = scene.server
    leaves, stays = server.new_user("Va"), server.new_user("Queda")
    keep_something(scene, guild, leaves, "Brunilda Zampoña")
    keep_something(scene, server.other_guild, leaves, "Brunilda Zampoña")
    keep_something(scene, guild, stays, "Casimiro Quitapón")
    assert in_files(scene, "Brunilda Zampoña")
    forgotten = server.slash("olvidame", {}, user=leaves, channel=server.dm_channel(leaves))
    assert told(forgotten.wait_answer()) == TEXT.forgotten.format(unanswered=2, opinions=2, alerts=2)
    assert forgotten.wait_answer().ephemeral
    assert not in_files(scene, "Brunilda Zampoña")
    assert in_files(scene, "Casimiro Quitapón")
    assert [rows(scene, table, guild) for table in ("unanswered", "feedback", "alerts")] == [1, 1, 1]
    again = server.slash("olvidame", {}, user=leaves)
    assert told(again.wait_answer()) == TEXT.forgotten.format(unanswered=0, opinions=0, alerts=0)


def test_a_server_that_sends_the_bot_away_is_forgotten_and_an_outage_is_not(scene: Scene, guild: Guild) -> None:
    server, other = scene.server, scene.server.new_guild("Con avería")
    tables = ("guilds", "unanswered", "feedback", "alerts")
    for place in (guild, other):
        admin(scene, "configurar", place, idioma="es")
        keep_something(scene, place, server.new_user("Vecina"), f"Tiburcio de {place.name}")
        assert [rows(scene, table, place) for table in tables] == [1, 1, 1, 1]
    away: Json = {"id": guild.id}
    server.gateway.dispatch("GUILD_DELETE", lambda _intents: away)
    outage: Json = {"id": other.id, "unavailable": True}
    server.gateway.dispatch("GUILD_DELETE", lambda _intents: outage)
    # What is deleted waits for its turn: whoever is forgotten after it is told after it.
    later = server.new_user("Después")
    ask(scene, UNKNOWN, other.channels[0], later)
    server.slash("olvidame", {}, user=later).wait_answer()
    assert [rows(scene, table, guild) for table in tables] == [0, 0, 0, 0]
    assert [rows(scene, table, other) for table in tables] == [1, 1, 1, 1]
    assert not in_files(scene, "Tiburcio de Nueva")


def write_old(state: Path, guild: Guild, age: timedelta, word: str) -> None:
    """Keep a question, an opinion and an alert as if they were of that age."""

    async def write() -> None:
        async with open_store(state, clock=lambda: time.time() - age.total_seconds()) as store:
            place, user = int(guild.id), 7
            await store.remember_unanswered(place, user, f"¿qué hace {word}?", Language.SPANISH)
            await store.remember_feedback(place, user, int(age.total_seconds()), Verdict.UP, f"¿qué dice {word}?")
            await store.remember_alert(user, place, 1, False, f"¿qué fue de {word}?", Language.SPANISH)

    asyncio.run(write())


def test_settings_outlive_a_restart_and_what_is_too_old_does_not(tmp_path: Path, embedded: FolderEncoder) -> None:
    with open_scene(tmp_path, embedded, RETENTION_DAYS="10") as scene:
        guild = scene.server.guild
        admin(scene, "configurar", guild, idioma="en", privado=True, canal=guild.channels[0], opiniones=False)
        shown = told(admin(scene, "configurar", guild))
        write_old(scene.home / "state.sqlite", guild, timedelta(days=11), "Eustaquio")
        write_old(scene.home / "state.sqlite", guild, timedelta(days=9), "Filomena")
        assert in_files(scene, "Eustaquio")
        scene.restart()
        assert told(admin(scene, "configurar", guild)) == shown
        assert f"**Channels** <#{guild.channels[0].id}>\n" in shown
        assert ask(scene, QUESTION).ephemeral
        # What is too old is deleted at the start; whoever is forgotten later is told later.
        scene.server.slash("olvidame", {}, user=scene.server.new_user("Nadie")).wait_answer()
        assert [rows(scene, table, guild) for table in ("unanswered", "feedback", "alerts")] == [1, 1, 1]
        assert not in_files(scene, "Eustaquio")
        assert in_files(scene, "Filomena")
