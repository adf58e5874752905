"""The tests' own Discord, tried with a small client of discord.py's in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot_process import BotProcess
from tests.discord_faults import Hold, RateLimit, Refuse, Reset, Slow
from tests.discord_limits import Refused, check_choices, check_message, check_modal
from tests.discord_numbers import MANAGER, Callback, MessageFlag
from tests.discord_records import Interaction
from tests.discord_server import DiscordServer

SMALL = "tests.small_bot"


@pytest.fixture(scope="module")
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as made:
        # The client takes a connection that is silent for longer than its timeout for dead.
        made.gateway.heartbeat_interval = 0.4
        yield made


@pytest.fixture(scope="module")
def running(server: DiscordServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    with BotProcess(server, tmp_path_factory.mktemp("home"), module=SMALL, heartbeat_timeout=1.5) as made:
        made.wait_ready()
        yield made


@pytest.fixture
def discord(server: DiscordServer, running: BotProcess) -> Iterator[DiscordServer]:
    """A server with the small bot connected, which nothing unexpected is asked of."""
    server.wait_for(lambda: server.gateway.connected)
    yield server
    server.clear_faults()
    assert server.unexpected == []


def ask(discord: DiscordServer, question: str = "¿cuánto?", **options: bool) -> Interaction:
    return discord.slash("preguntar", {"pregunta": question, **options})


def test_commands_are_registered_once_and_have_ids(discord: DiscordServer) -> None:
    [(guild, sent)] = discord.syncs
    assert guild is None
    assert {each["name"] for each in sent} == set(discord.commands()) == {"preguntar", "indice", "Preguntar sobre esto"}
    assert all(each["id"].isdigit() for each in discord.commands().values())
    assert discord.commands()["indice"]["default_member_permissions"] == "32"


def test_a_command_is_deferred_then_answered_then_followed_up(discord: DiscordServer) -> None:
    asked = ask(discord)
    assert asked.wait_answer().content == "¿cuánto?"
    discord.wait_for(lambda: len(asked.followups) == 2)
    assert [ack["type"] for ack in asked.acks] == [Callback.DEFERRED_MESSAGE]
    file, told = asked.followups
    assert [(each.name, each.data[:3]) for each in file.attachments] == [("hola.csv", b'"""')]
    assert told.content == "es-ES False"
    assert told.ephemeral
    assert told not in discord.messages()
    assert asked.original in discord.messages()
    assert asked.original.allowed_mentions == {"parse": []}


def test_a_private_answer_stands_in_no_channel(discord: DiscordServer) -> None:
    answer = ask(discord, privado=True).wait_answer()
    assert MessageFlag.EPHEMERAL in answer.flags
    assert answer not in discord.messages()


def test_an_acknowledged_interaction_is_not_acknowledged_twice(discord: DiscordServer, running: BotProcess) -> None:
    """The callback takes effect, then fails: discord.py tries again and is told so."""
    discord.fault("POST", "/callback$", Refuse(status=502, processed=True))
    asked = ask(discord)
    running.wait_log("not acknowledged: 400 40060")
    assert asked.refusals == [40060]
    assert len(asked.acks) == 1


def test_an_interaction_is_acknowledged_in_time_or_not_at_all(discord: DiscordServer, running: BotProcess) -> None:
    asked = discord.slash("preguntar", {"pregunta": "tarde"}, expired=True)
    running.wait_log("not acknowledged: 404 10062")
    assert (asked.acks, asked.refusals) == ([], [10062])


def test_an_option_is_suggested(discord: DiscordServer) -> None:
    found = discord.autocomplete("preguntar", {"pregunta": "ali"}, focused="pregunta")
    assert found == [{"name": "aliali", "value": "ali"}]


def test_a_message_command_reads_the_message(discord: DiscordServer) -> None:
    said = discord.say("sin mención", mention_bot=False)
    assert discord.context_menu("Preguntar sobre esto", said).wait_answer().content == "sobre: sin mención"


def test_content_is_told_where_the_bot_is_addressed(discord: DiscordServer) -> None:
    general = discord.channel
    hidden = discord.say("secreto", mention_bot=False)
    assert discord.wait_reply(hidden).content == "leído: ''"
    assert "hola" in discord.wait_reply(discord.say("hola")).content
    answered = discord.wait_reply(discord.say("¿y tú?", reply_to=discord.wait_reply(hidden)))
    assert (answered.content, answered.channel) == ("leído: '¿y tú?'", general)
    assert discord.wait_reply(discord.dm("a solas")).content == "leído: 'a solas'"


def test_a_command_may_be_used_in_a_dm_and_its_buttons_pressed(discord: DiscordServer) -> None:
    place = discord.dm_channel(discord.new_user("Eva", locale="en-US"))
    answer = discord.slash("preguntar", {"pregunta": "¿quién?"}, channel=place).wait_answer()
    assert answer.channel is place
    pressed = discord.click(answer, "Cambiar")
    assert (pressed.user, pressed.locale) == (place.owner, "en-US")
    assert pressed.wait_answer().content == "cambiado"


def test_buttons_update_show_forms_and_open_threads(discord: DiscordServer) -> None:
    answer = ask(discord).wait_answer()
    discord.click(answer, "Abrir hilo").wait_ack()
    discord.wait_for(lambda: answer.thread)
    assert answer.thread
    assert discord.wait_message(answer.thread, lambda message: message.content == "aquí").channel.id == answer.id
    form = discord.click(answer, custom_id="why")
    form.wait_ack()
    told = discord.submit(form, {"Motivo": "sí"}).wait_answer()
    assert (told.content, told.ephemeral) == ("porque sí", True)
    changed = discord.click(answer, "Cambiar").wait_answer()
    assert (changed, changed.content, changed.controls) == (answer, "cambiado", [])


def test_a_nonce_is_said_once_and_what_is_too_long_is_refused(discord: DiscordServer) -> None:
    news = discord.guild.channels[1]
    asked = discord.slash("indice estado", {"canal": news, "nonce": "7"}, permissions=MANAGER)
    assert asked.wait_answer().content == "400 50035"
    assert [message.content for message in discord.messages(news)] == ["una vez"]


@pytest.mark.parametrize("fault", [RateLimit(), Refuse(status=500), Slow(seconds=0.1)], ids=str)
def test_a_failure_that_passes_is_survived(discord: DiscordServer, fault: RateLimit | Refuse | Slow) -> None:
    discord.fault("PATCH", "/messages/@original$", fault)
    assert ask(discord).wait_answer().content == "¿cuánto?"
    assert len([each for each in discord.requests if each.fault is fault]) == 1


def test_a_reset_may_come_after_the_message(discord: DiscordServer, running: BotProcess) -> None:
    discord.fault("POST", "/channels/.*/messages$", Reset(processed=True))
    said = discord.say("hola")
    assert discord.wait_reply(said).content
    running.wait_log("ClientOSError: [Errno 104]")


def test_a_request_is_held_until_it_is_let_through(discord: DiscordServer) -> None:
    hold = Hold()
    discord.fault("PATCH", "/messages/@original$", hold)
    asked = ask(discord)
    hold.gate.wait_reached()
    assert asked.answer is None
    assert asked.original
    assert asked.original.loading
    hold.gate.open()
    assert asked.wait_answer().content


def test_what_is_missed_while_away_is_told_at_resume(discord: DiscordServer) -> None:
    resumed, identified = discord.gateway.resumed, discord.gateway.identified
    door = discord.gateway.hold()
    discord.gateway.drop()
    discord.wait_for(lambda: not discord.gateway.connected)
    asked, said = ask(discord), discord.say("hola")
    door.open()
    assert asked.wait_answer().content
    assert discord.wait_reply(said).content
    assert (discord.gateway.resumed, discord.gateway.identified) == (resumed + 1, identified)
    assert len([each for each in discord.messages() if each.reply_to is said]) == 1


@pytest.mark.parametrize("way", ["op 7", "op 9", "4000", "frozen"])
def test_a_session_that_can_be_resumed_is(discord: DiscordServer, way: str) -> None:
    resumed = discord.gateway.resumed
    match way:
        case "op 7":
            discord.gateway.reconnect()
        case "op 9":
            discord.gateway.invalidate(resumable=True)
        case "4000":
            discord.gateway.close(4000)
        case _:
            discord.gateway.freeze()
    discord.wait_for(lambda: discord.gateway.resumed > resumed and discord.gateway.connected)
    assert ask(discord).wait_answer().content


def test_a_session_that_is_over_begins_anew(discord: DiscordServer) -> None:
    identified = discord.gateway.identified
    discord.gateway.invalidate(resumable=False)
    discord.wait_for(lambda: discord.gateway.identified > identified)
    assert ask(discord).wait_answer().content


def embed(**parts: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "t", **parts}]}


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def button(number: int = 0, **parts: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "b", "custom_id": str(number), **parts}


def link(url: str) -> dict[str, Any]:
    return {"content": "c", "components": [row({"type": 2, "style": 5, "label": "l", "url": url})]}


def buttons(*numbers: int) -> dict[str, Any]:
    return {"content": "c", "components": [row(*map(button, numbers))]}


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        ({"content": "a" * 2000}, {"content": "a" * 2001}),
        ({"content": "a"}, {"content": ""}),
        (embed(description="a" * 4096), embed(description="a" * 4097)),
        (embed(title="a" * 256), embed(title="a" * 257)),
        (embed(fields=[{"name": "n", "value": "a" * 1024}]), embed(fields=[{"name": "n", "value": "a" * 1025}])),
        (embed(fields=[{"name": "n" * 256, "value": "v"}]), embed(fields=[{"name": "n" * 257, "value": "v"}])),
        (embed(fields=[{"name": "n", "value": "v"}] * 25), embed(fields=[{"name": "n", "value": "v"}] * 26)),
        ({"embeds": [{"description": "a" * 3000}] * 2}, {"embeds": [{"description": "a" * 3001}] * 2}),
        (buttons(*range(5)), buttons(*range(6))),
        (buttons(1, 2), buttons(1, 1)),
        (
            {"content": "c", "components": [row(button(number)) for number in range(5)]},
            {"content": "c", "components": [row(button(number)) for number in range(6)]},
        ),
        (
            {"content": "c", "components": [row(button(custom_id="i" * 100))]},
            {"content": "c", "components": [row(button(custom_id="i" * 101))]},
        ),
        (
            {"content": "c", "components": [row(button(label="l" * 80))]},
            {"content": "c", "components": [row(button(label="l" * 81))]},
        ),
        (link("https://example.org/" + "a" * 492), link("https://example.org/" + "a" * 493)),
        (link("http://example.org"), link("ftp://example.org")),
    ],
)
def test_a_message_is_taken_to_its_limit_and_no_further(fits: dict[str, Any], exceeds: dict[str, Any]) -> None:
    check_message(fits)
    with pytest.raises(Refused):
        check_message(exceeds)


def test_suggestions_and_forms_have_limits() -> None:
    check_choices([{"name": "a" * 100, "value": "a" * 100}] * 25)
    field = {"type": 4, "custom_id": "i", "label": "l" * 45}
    form: dict[str, Any] = {"title": "t" * 45, "custom_id": "f", "components": [row(field)]}
    check_modal(form)
    for choices in ([{"name": "a", "value": "a"}] * 26, [{"name": "a" * 101, "value": "a"}]):
        with pytest.raises(Refused):
            check_choices(choices)
    for changes in ({"title": "t" * 46}, {"components": [row({**field, "label": "l" * 46})]}):
        with pytest.raises(Refused):
            check_modal({**form, **changes})


def test_a_wrong_token_is_refused_and_an_ended_bot_is_not_waited_for(tmp_path: Path) -> None:
    settings = {"DISCORD_TOKEN": "wrong"}
    with DiscordServer() as server, BotProcess(server, tmp_path, settings, module=SMALL) as small:
        with pytest.raises(AssertionError, match=r"GET /users/@me -> 401(.|\n)*ended with 1(.|\n)*LoginFailure"):
            small.wait_ready()
        assert small.wait() == 1
        assert [each.status for each in server.requests] == [401]


def test_a_privileged_intent_must_be_allowed(tmp_path: Path) -> None:
    settings = {"MESSAGE_CONTENT": "1"}
    with DiscordServer() as server:
        with BotProcess(server, tmp_path, settings, module=SMALL) as small:
            assert small.wait() == 1
            assert "PrivilegedIntentsRequired" in small.log
        server.gateway.allowed = server.gateway.allowed.CONTENT
        with BotProcess(server, tmp_path, settings, module=SMALL) as small:
            small.wait_ready()
            assert server.wait_reply(server.say("a todos", mention_bot=False)).content == "leído: 'a todos'"
            small.terminate()
            assert small.wait() == 0
