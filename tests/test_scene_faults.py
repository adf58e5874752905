"""What goes wrong between the bot and Discord: each question still gets one answer, and the bot goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.publish import current_version
from index.records import Language
from tests.discord_faults import Hold, Pass, RateLimit, Refuse, Reset, Slow
from tests.discord_numbers import MANAGER, Callback
from tests.discord_records import Channel, Interaction, Message, User
from tests.discord_server import DiscordServer
from tests.scene import MINE, Scene, open_scene

TEXT = TEXTS[Language.SPANISH]
QUESTION, ANSWER = "¿cuánto invertirá Alibaba en yuanes?", "380 mil millones de yuanes"
UNKNOWN, KNOWN = "¿cuántas toneladas de litio extrae la mina Calandria?", "900 toneladas"

# With how many requests the bot gets through; of those that are "done" Discord has made what it then failed to confirm.
FAULTS: Mapping[str, tuple[Pass, int]] = {
    "429": (RateLimit(), 2),
    "500": (Refuse(status=500), 2),
    "502": (Refuse(status=502), 2),
    "503": (Refuse(status=503), 2),
    "504": (Refuse(status=504), 2),
    "reset": (Reset(), 2),
    "slow": (Slow(seconds=1.0), 1),
    "500 done": (Refuse(status=500, processed=True), 2),
    "503 done": (Refuse(status=503, processed=True), 2),
    "reset done": (Reset(processed=True), 2),
    "slow done": (Slow(seconds=1.0, processed=True), 1),
}
# An acknowledgement does not wait for a second.
CALLBACKS: Mapping[str, tuple[Pass, ...]] = {
    **{name: (fault,) for name, (fault, _count) in FAULTS.items()},
    "slow 2 s": (Slow(seconds=2.0),),
    "slow 2 s done": (Slow(seconds=2.0, processed=True),),
    "slow each time": (Slow(seconds=2.0), Slow(seconds=2.0), Slow(seconds=2.0)),
    "slow each time done": (Slow(seconds=2.0, processed=True), *[Slow(seconds=2.0)] * 2),
    "502, reset": (Refuse(status=502), Reset()),
}
# What Discord never hears of, or does not want to hear: answered beside it.
UNACKNOWLEDGED: Mapping[str, tuple[Pass, ...]] = {
    "10062": (Refuse(status=404, code=10062),),
    "40060": (Refuse(status=400, code=40060),),
    "503 each time": (Refuse(status=503),) * 5,
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    """A bot that many may ask at once; none of what happens to it is worth a traceback."""
    home = tmp_path_factory.mktemp("faults")
    with open_scene(home, embedded, QUESTIONS_PER_SERVER="1000", QUEUE_SIZE="1000") as made:
        # The tests' machine may be slower than Discord's patience.
        made.server.world.ack_deadline = 60
        yield made
        assert "Traceback" not in made.bot.log


@dataclass(frozen=True)
class Asked:
    """A question in a channel of its own."""

    channel: Channel
    interaction: Interaction


def ask(scene: Scene, channel: Channel, question: str = QUESTION, **private: bool) -> Interaction:
    return scene.server.slash(
        "preguntar", {"pregunta": question, **private}, user=scene.server.new_user("Rita"), channel=channel
    )


def ask_each(
    scene: Scene, names: Sequence[str], question: str, prepare: Callable[[str, Asked], object]
) -> dict[str, Asked]:
    """Ask once a name, each in a channel of its own, all at once; ``prepare`` runs before the bot gets through."""
    channels = scene.server.new_guild("Averías", channels=names).channels
    # No request is looked at before this ends.
    with scene.server.world.changed:
        asked = {}
        for name, channel in zip(names, channels, strict=True):
            asked[name] = Asked(channel, ask(scene, channel, question))
            prepare(name, asked[name])
    return asked


def settle(server: DiscordServer, method: str, path: str, count: int) -> None:
    """Wait for so many requests, and until all that were made have ended."""

    def settled() -> bool:
        made = [each for each in server.requests if each.method == method and re.search(path, each.path)]
        return len(made) >= count and all(each.status or isinstance(each.fault, Reset) for each in made)

    server.wait_for(settled, what=f"{count} × {method} {path}")


def said(server: DiscordServer, channel: Channel) -> list[Message]:
    """What the bot has said in a channel."""
    return [each for each in server.messages(channel) if each.author is server.world.bot]


def only_answer(server: DiscordServer, channel: Channel, answer: str = ANSWER) -> Message:
    """The one message of the bot's in a channel, which is the answer."""
    server.wait_message(channel, lambda message: answer in message.text)
    [message] = said(server, channel)
    assert answer in message.embeds[0]["description"]
    return message


def assert_goes_on(scene: Scene, channel: Channel) -> None:
    """Asked once more, it answers once more."""
    before = len(said(scene.server, channel))
    assert ANSWER in ask(scene, channel).wait_answer().text
    assert len(said(scene.server, channel)) == before + 1


# --- the acknowledgement ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def acknowledged(scene: Scene) -> dict[str, Asked]:
    faults = {**CALLBACKS, **UNACKNOWLEDGED}
    return ask_each(
        scene,
        list(faults),
        QUESTION,
        lambda name, asked: scene.server.fault("POST", f"/{asked.interaction.token}/callback$", *faults[name]),
    )


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_question_is_answered_once_whatever_befalls_its_acknowledgement(
    scene: Scene, acknowledged: dict[str, Asked], name: str
) -> None:
    asked = acknowledged[name]
    assert ANSWER in asked.interaction.wait_answer().text
    settle(scene.server, "POST", f"/{asked.interaction.token}/callback$", len(CALLBACKS[name]))
    settle(scene.server, "PATCH", f"/{asked.interaction.token}/", 1)
    assert [ack["type"] for ack in asked.interaction.acks] == [Callback.DEFERRED_MESSAGE]
    assert only_answer(scene.server, asked.channel) is asked.interaction.original
    assert_goes_on(scene, asked.channel)


@pytest.mark.parametrize("name", UNACKNOWLEDGED)
def test_a_question_that_cannot_be_acknowledged_is_answered_once_in_the_channel(
    scene: Scene, acknowledged: dict[str, Asked], name: str
) -> None:
    asked = acknowledged[name]
    answer = only_answer(scene.server, asked.channel)
    settle(scene.server, "POST", f"/channels/{asked.channel.id}/messages$", 1)
    assert only_answer(scene.server, asked.channel) is answer
    assert (answer.interaction, answer.nonce) == (None, asked.interaction.id)
    assert answer.allowed_mentions == {"parse": []}
    assert asked.interaction.messages == []
    assert_goes_on(scene, asked.channel)


def test_a_private_question_that_is_too_old_leaks_nothing(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Secretos").channels
    rita = server.new_user("Rita")
    asked = server.slash("preguntar", {"pregunta": QUESTION, "privado": True}, user=rita, channel=channel, expired=True)
    scene.bot.wait_log(f"Interaction {asked.id} was forgotten by Discord and cannot be answered elsewhere.")
    assert asked.refusals == [10062]
    assert asked.messages == server.messages(channel) == server.messages(server.dm_channel(rita)) == []
    assert_goes_on(scene, channel)


def test_a_question_that_is_too_old_where_the_bot_may_not_write_is_one_line_of_the_log(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Mudo").channels
    channel.bot_may_post = False
    asked = server.slash("preguntar", {"pregunta": QUESTION}, channel=channel, expired=True)
    scene.bot.wait_log(f"Interaction {asked.id} was forgotten by Discord and cannot be answered elsewhere.")
    assert server.messages(channel) == []
    # To answer a command takes no permission.
    assert_goes_on(scene, channel)


# --- the answer ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edited(scene: Scene) -> dict[str, Asked]:
    return ask_each(
        scene,
        list(FAULTS),
        QUESTION,
        lambda name, asked: scene.server.fault("PATCH", f"/{asked.interaction.token}/", FAULTS[name][0]),
    )


@pytest.mark.parametrize("name", FAULTS)
def test_a_question_is_answered_once_whatever_befalls_its_answer(
    scene: Scene, edited: dict[str, Asked], name: str
) -> None:
    asked = edited[name]
    settle(scene.server, "PATCH", f"/{asked.interaction.token}/", FAULTS[name][1])
    assert only_answer(scene.server, asked.channel) is asked.interaction.original
    assert len(asked.interaction.acks) == 1
    assert_goes_on(scene, asked.channel)


@pytest.mark.parametrize("private", [False, True])
def test_an_answer_whose_quarter_of_an_hour_is_over_goes_to_the_channel_unless_private(
    scene: Scene, private: bool
) -> None:
    server = scene.server
    [channel] = server.new_guild("Lento").channels
    hold = Hold()
    server.fault("PATCH", "/messages/@original$", hold)
    asked = ask(scene, channel, privado=private)
    hold.gate.wait_reached()
    asked.token_expired = True
    hold.gate.open()
    if private:
        scene.bot.wait_log(f"Interaction {asked.id} was forgotten by Discord and cannot be answered elsewhere.")
        assert said(server, channel) == []
    else:
        server.wait_message(channel, lambda message: ANSWER in message.text)
        assert [(each.loading, each.nonce) for each in said(server, channel)] == [(True, None), (False, asked.id)]
    assert_goes_on(scene, channel)


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mentioned(scene: Scene) -> dict[str, Message]:
    server = scene.server
    channels = server.new_guild("Menciones", channels=list(FAULTS)).channels
    for channel in channels:
        server.fault("POST", f"^/channels/{channel.id}/messages$", FAULTS[channel.name][0])
    return {each.name: server.say(QUESTION, channel=each, user=server.new_user("Rita")) for each in channels}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mention_is_answered_once_whatever_befalls_the_reply(
    scene: Scene, mentioned: dict[str, Message], name: str
) -> None:
    question = mentioned[name]
    settle(scene.server, "POST", f"^/channels/{question.channel.id}/messages$", FAULTS[name][1])
    answer = only_answer(scene.server, question.channel)
    assert (answer.reply_to, answer.nonce) == (question, question.id)
    again = scene.server.wait_reply(scene.server.say(QUESTION, channel=question.channel))
    assert said(scene.server, question.channel) == [answer, again]


def test_where_the_bot_may_not_embed_the_asker_is_told_so_in_one_sentence(scene: Scene) -> None:
    server = scene.server
    commanded, mentioned = server.new_guild("Sin enlaces", channels=("orden", "mención")).channels
    bare = Refuse(status=400, code=50006)
    server.fault("PATCH", "/messages/@original$", bare)
    asked = ask(scene, commanded)
    server.fault("POST", f"^/channels/{mentioned.id}/messages$", bare)
    question = server.say(QUESTION, channel=mentioned)
    for answer in (asked.wait_answer(), server.wait_reply(question)):
        assert (answer.content, answer.embeds, answer.controls) == (TEXT.no_embeds, [], [])
        assert said(server, answer.channel) == [answer]
    assert_goes_on(scene, commanded)
    assert_goes_on(scene, mentioned)


def test_a_mention_where_the_bot_may_not_write_is_one_line_of_the_log(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Callado").channels
    channel.bot_may_post = False
    server.say(QUESTION, channel=channel)
    scene.bot.wait_log(f"The bot may not write in channel {channel.id}.")
    assert said(server, channel) == []
    assert scene.bot.log.count(channel.id) == 1
    channel.bot_may_post = True
    assert ANSWER in server.wait_reply(server.say(QUESTION, channel=channel)).text


# --- threads ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(scene: Scene) -> dict[str, Interaction]:
    """The button "Abrir hilo", pressed below an answer in each channel."""
    server = scene.server
    asked = ask_each(scene, list(FAULTS), QUESTION, lambda _name, _asked: None)
    answers = {name: each.interaction.wait_answer() for name, each in asked.items()}
    for name, answer in answers.items():
        server.fault("POST", f"/messages/{answer.id}/threads$", FAULTS[name][0])
    return {name: server.click(answer, TEXT.open_thread) for name, answer in answers.items()}


@pytest.mark.parametrize("name", FAULTS)
def test_a_thread_is_opened_once_whatever_befalls_it(scene: Scene, opened: dict[str, Interaction], name: str) -> None:
    server, pressed = scene.server, opened[name]
    told = pressed.wait_answer()
    assert pressed.source
    thread = pressed.source.thread
    assert thread
    settle(server, "POST", f"/messages/{thread.id}/threads$", FAULTS[name][1])
    assert (told.text, told.ephemeral) == (TEXT.thread_here.format(thread=f"<#{thread.id}>"), True)
    [_starter, greeting] = server.messages(thread)
    assert greeting.content == TEXT.thread_opened.format(person=pressed.user.mention)
    assert greeting.pings == {pressed.user.id}
    answer = server.wait_reply(server.say("¿y hasta cuándo?", channel=thread))
    assert "se extiende hasta **2027**" in answer.text
    assert len(said(server, thread)) == 3


def test_a_thread_where_the_bot_may_not_open_one_is_refused_privately(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Sin hilos").channels
    answer = ask(scene, channel).wait_answer()
    channel.bot_may_post = False
    told = server.click(answer, TEXT.open_thread).wait_answer()
    assert (told.text, told.ephemeral) == (TEXT.thread_forbidden, True)
    assert answer.thread is None


# --- alerts ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alerted(scene: Scene) -> dict[str, Asked]:
    """An alert asked for in each channel, and an index that has the answer."""
    server = scene.server
    asked = ask_each(scene, list(FAULTS), UNKNOWN, lambda _name, _asked: None)
    for name, each in asked.items():
        told = server.click(each.interaction.wait_answer(), TEXT.alert_me).wait_answer()
        assert told.text == TEXT.alert_kept
        server.fault("POST", f"^/channels/{each.channel.id}/messages$", FAULTS[name][0])
    scene.write("mina.txt", MINE)
    scene.publish()
    return asked


@pytest.mark.parametrize("name", FAULTS)
def test_an_alert_is_told_once_whatever_befalls_it(scene: Scene, alerted: dict[str, Asked], name: str) -> None:
    asked = alerted[name]
    settle(scene.server, "POST", f"^/channels/{asked.channel.id}/messages$", FAULTS[name][1])
    [_not_found, alert] = said(scene.server, asked.channel)
    rita = asked.interaction.user
    assert alert.content == TEXT.alert_told.format(person=rita.mention)
    assert KNOWN in alert.embeds[0]["description"]
    assert alert.pings == {rita.id}
    assert_goes_on(scene, asked.channel)


def wait_for_alert(scene: Scene, channel: Channel, question: str) -> Interaction:
    """Ask in vain and press "Avísame cuando se sepa"."""
    asked = ask(scene, channel, question)
    told = scene.server.click(asked.wait_answer(), TEXT.alert_me).wait_answer()
    assert told.text == TEXT.alert_kept
    return asked


def posts_to(channel: Channel) -> str:
    return f"^/channels/{channel.id}/messages$"


def test_an_alert_that_discord_did_not_take_is_told_after_the_next_start_and_no_other_one_again(scene: Scene) -> None:
    server = scene.server
    refused, bare, taken = server.new_guild("El faro", channels=("rechazo", "sin enlaces", "aviso")).channels
    [_, hers, his] = [
        wait_for_alert(scene, channel, "¿cuántos kilómetros de costa ilumina el faro Marsopa?")
        for channel in (refused, bare, taken)
    ]
    server.fault("POST", posts_to(refused), Refuse(status=400, code=50035))
    server.fault("POST", posts_to(bare), Refuse(status=400, code=50006))
    scene.write("faro.txt", "El faro Marsopa\n\nEl faro Marsopa ilumina 32 kilómetros de costa en Galicia.\n")
    scene.publish()
    scene.bot.wait_log("waits for the next version or start (HTTPException).")
    server.wait_message(taken, lambda message: "32 kilómetros" in message.text)
    alone = server.dm_channel(hers.user)
    # Where it may not embed, an answer cannot be shown: it is shown elsewhere.
    [alert] = said(server, alone)
    assert "32 kilómetros" in alert.text
    assert [forgotten_alerts(scene, each.user) for each in (hers, his)] == [0, 0]
    assert "Traceback" not in scene.bot.log
    scene.restart()
    server.wait_message(refused, lambda message: "32 kilómetros" in message.text)
    # One version more would tell again whom the start has not.
    wait_for_alert(scene, refused, "¿cuántas focas hay en la isla Marsopa?")
    scene.write("focas.txt", "La isla Marsopa\n\nEn la isla Marsopa hay 7001 focas.\n")
    scene.publish()
    server.wait_message(refused, lambda message: "7001 focas" in message.text)
    assert [len(said(server, channel)) for channel in (refused, bare, taken, alone)] == [4, 1, 2, 1]


def test_an_alert_that_arrived_unheard_of_is_not_told_again_by_the_next_process(scene: Scene) -> None:
    server, hold = scene.server, Hold(processed=True)
    [channel] = server.new_guild("El apagón").channels
    wait_for_alert(scene, channel, "¿cuántas velas vende la cerería Cirila?")
    server.fault("POST", posts_to(channel), hold)
    scene.write("velas.txt", "La cerería Cirila\n\nLa cerería Cirila vende 640 velas al mes.\n")
    scene.publish()
    hold.gate.wait_reached()
    scene.restart(killed=True)
    hold.gate.open()
    settle(server, "POST", posts_to(channel), 2)
    [_not_found, alert] = said(server, channel)
    assert "640 velas" in alert.text


def forgotten_alerts(scene: Scene, user: User) -> int:
    """How many alerts of somebody's waited until now."""
    told = scene.server.slash("olvidame", {}, user=user).wait_answer().text
    return next(n for n in range(9) if told == TEXT.forgotten.format(unanswered=1, opinions=0, alerts=n))


def test_alerts_that_take_their_time_hold_up_no_version_and_who_is_forgotten_meanwhile_is_not_told(
    scene: Scene,
) -> None:
    server, hold = scene.server, Hold()
    slow, forgetful, last = server.new_guild("El puerto", channels=("lento", "olvido", "último")).channels
    question = "¿cuántas grúas tiene el puerto Bernardina?"
    waiting = {each.name: wait_for_alert(scene, each, question) for each in (slow, forgetful, last)}
    server.fault("POST", posts_to(slow), Refuse(status=503), hold)
    scene.write("puerto.txt", "El puerto Bernardina\n\nEl puerto Bernardina tiene 19 grúas.\n")
    before = scene.publish()
    hold.gate.wait_reached()
    deleted = server.slash("olvidame", {}, user=waiting["olvido"].user).wait_answer()
    assert deleted.text == TEXT.forgotten.format(unanswered=1, opinions=0, alerts=1)
    scene.write("boyas.txt", "La ría Bernardina\n\nLa ría Bernardina tiene 230 boyas.\n")
    scene.bot.wait_log(f"Version {scene.publish()} of the index is in use")
    assert "230 boyas" in ask(scene, last, "¿cuántas boyas tiene la ría Bernardina?").wait_answer().text
    back = server.slash("indice volver", {}, permissions=MANAGER).wait_answer()
    assert back.text.startswith(TEXT.went_back.partition("{")[0])
    assert current_version(scene.index) == before
    assert "230 boyas" not in ask(scene, last, "¿cuántas boyas tiene la ría Bernardina?").wait_answer().text
    assert len(said(server, slow)) == 1
    hold.gate.open()
    # They are told one after another, as they were asked for.
    server.wait_message(last, lambda message: "19 grúas" in message.text)
    assert "19 grúas" in said(server, slow)[-1].text
    assert len(said(server, forgetful)) == 1
    assert said(server, server.dm_channel(waiting["olvido"].user)) == []


# --- the gateway -----------------------------------------------------------------------------------------------------


def lose(scene: Scene, how: Callable[[], None]) -> Callable[[], None]:
    """Have the bot lose its connection; it finds no other before the returned function is called."""
    gate = scene.server.gateway.hold()
    how()
    scene.server.wait_for(lambda: not scene.server.gateway.connected)
    return gate.open


LOSSES: Mapping[str, Callable[[DiscordServer], None]] = {
    "socket cut": lambda server: server.gateway.drop(),
    "op 7": lambda server: server.gateway.reconnect(),
    "op 9, resumable": lambda server: server.gateway.invalidate(resumable=True),
    "close 4000": lambda server: server.gateway.close(4000),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_asked_while_the_connection_is_lost_is_answered_once(scene: Scene, name: str) -> None:
    server = scene.server
    channels = server.new_guild("Apagón", channels=("orden", "mención")).channels
    ask(scene, channels[0]).wait_answer()
    identified, resumed = server.gateway.identified, server.gateway.resumed
    let_in = lose(scene, lambda: LOSSES[name](server))
    asked, question = ask(scene, channels[0]), server.say(QUESTION, channel=channels[1])
    let_in()
    assert ANSWER in asked.wait_answer().text
    server.wait_reply(question)
    assert (server.gateway.identified, server.gateway.resumed) == (identified, resumed + 1)
    assert only_answer(server, channels[1]).reply_to is question
    assert len(said(server, channels[0])) == 2
    assert_goes_on(scene, channels[0])


def test_after_a_session_that_cannot_be_resumed_the_bot_answers_in_a_new_one(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Olvido").channels
    identified, resumed = server.gateway.identified, server.gateway.resumed
    server.gateway.invalidate(resumable=False)
    server.wait_for(lambda: server.gateway.connected)
    assert (server.gateway.identified, server.gateway.resumed) == (identified + 1, resumed)
    question = server.say(QUESTION, channel=channel)
    assert server.wait_reply(question) is only_answer(server, channel)
    assert_goes_on(scene, channel)
    assert len(server.syncs) == 1


def test_an_answer_under_way_when_the_connection_is_cut_arrives_once(scene: Scene) -> None:
    server = scene.server
    [channel] = server.new_guild("Corte").channels
    hold, resumed = Hold(), server.gateway.resumed
    server.fault("PATCH", "/messages/@original$", hold)
    asked = ask(scene, channel)
    hold.gate.wait_reached()
    lose(scene, server.gateway.drop)()
    server.wait_for(lambda: server.gateway.resumed > resumed)
    hold.gate.open()
    assert ANSWER in asked.wait_answer().text
    assert only_answer(server, channel) is asked.original
    assert_goes_on(scene, channel)


def test_a_connection_without_a_heartbeat_is_left_and_what_was_missed_is_answered_once(
    tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder
) -> None:
    with open_scene(tmp_path_factory.mktemp("silence"), embedded, heartbeat_timeout=1.5) as scene:
        server = scene.server
        server.world.ack_deadline = 60
        # The next connection is told so.
        server.gateway.heartbeat_interval = 0.3
        lose(scene, server.gateway.drop)()
        beats = server.gateway.heartbeats
        server.wait_for(lambda: server.gateway.connected and server.gateway.heartbeats > beats + 2)
        identified, resumed = server.gateway.identified, server.gateway.resumed
        server.gateway.freeze()
        channels = server.new_guild("Silencio", channels=("orden", "mención")).channels
        asked, question = ask(scene, channels[0]), server.say(QUESTION, channel=channels[1])
        assert ANSWER in asked.wait_answer().text
        assert server.wait_reply(question) is only_answer(server, channels[1])
        assert only_answer(server, channels[0]) is asked.original
        assert server.gateway.identified == identified
        assert server.gateway.resumed > resumed
        assert_goes_on(scene, channels[0])
        assert "Traceback" not in scene.bot.log
