"""The bot from its start to its end: commands made known, limits held, versions swapped in, signals obeyed."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.publish import building, current_version
from index.records import BuildLockedError, Language
from tests.bot_process import BotProcess
from tests.command_line import ROOT, environment
from tests.discord_faults import Hold
from tests.discord_numbers import MANAGER, Callback, MessageFlag
from tests.discord_records import Channel, Interaction, Message, User
from tests.discord_server import DiscordServer
from tests.outside import Outside, free_port
from tests.scene import Scene, open_scene

TEXT = TEXTS[Language.SPANISH]
QUESTION = "¿cuántas toneladas de quinua exportó la cooperativa de Puno?"
ANSWER = "exportó **812 toneladas** de quinua a Noruega"


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    """A scene whose bot has ended: each test starts its own."""
    with open_scene(tmp_path_factory.mktemp("idle"), embedded, ready=False) as scene:
        scene.bot.kill()
        yield scene


@contextmanager
def started(scene: Scene, *, ready: bool = True, **settings: str) -> Iterator[BotProcess]:
    """A bot of a test's own, with the scene's settings and some more."""
    with BotProcess(scene.server, scene.home, scene.settings | settings) as bot:
        if ready:
            bot.wait_ready()
        yield bot


def ask(
    scene: Scene, question: str = QUESTION, user: User | None = None, channel: Channel | None = None
) -> Interaction:
    """Ask with the command, as somebody new unless ``user`` says who."""
    user = user or scene.server.new_user("Rita")
    return scene.server.slash("preguntar", {"pregunta": question}, user=user, channel=channel)


def told(message: Message) -> str:
    """What an answer says above its sources."""
    return str(message.embeds[0]["description"])


def assert_refused(asked: Interaction, sentence: str) -> None:
    """It was answered at once, with one sentence, to the asker alone."""
    assert asked.wait_answer().content == sentence
    [ack] = asked.acks
    assert ack["type"] == Callback.MESSAGE
    assert ack["data"]["flags"] == MessageFlag.EPHEMERAL
    assert len(asked.messages) == 1


def assert_answered(asked: Interaction, sentence: str = ANSWER) -> None:
    """It was deferred, then answered once."""
    assert sentence in told(asked.wait_answer())
    assert [ack["type"] for ack in asked.acks] == [Callback.DEFERRED_MESSAGE]
    assert len(asked.messages) == 1


# --- commands -----------------------------------------------------------------------------------------------------


def puts(scene: Scene) -> int:
    return sum(request.method == "PUT" for request in scene.server.requests)


def test_commands_are_told_to_discord_when_they_or_their_place_change(tmp_path: Path, embedded: FolderEncoder) -> None:
    with open_scene(tmp_path, embedded) as scene:
        server, guild = scene.server, scene.server.guild
        [(everywhere, commands)] = server.syncs
        assert everywhere is None
        assert {each["name"] for each in commands} >= {"preguntar", "indice", "olvidame", "Preguntar sobre esto"}
        assert_answered(ask(scene))

        scene.restart()
        assert puts(scene) == 1

        scene.restart(DISCORD_GUILD_ID=guild.id)
        assert server.syncs[1:] == [(guild.id, commands), (None, [])]
        assert_answered(ask(scene))

        left = server.other_guild
        scene.restart(DISCORD_GUILD_ID=left.id)
        assert server.syncs[3:] == [(left.id, commands), (guild.id, [])]
        assert_answered(ask(scene, channel=left.channels[0]))

        # Commands cannot be taken away from a server that the bot is in no more.
        with server.world.changed:
            del server.world.guilds[left.id]
        scene.restart(DISCORD_GUILD_ID="")
        assert server.syncs[5:] == [(None, commands)]
        assert puts(scene) == 7
        assert_answered(ask(scene))


# --- what keeps it from running -----------------------------------------------------------------------------------


def ending(scene: Scene, server: DiscordServer | None = None, **settings: str) -> tuple[int, list[str]]:
    """The exit code and what was written to standard error by a bot that ends by itself."""
    quiet = {"LOG_LEVEL": "WARNING", **settings}
    with BotProcess(server or scene.server, scene.home, scene.settings | quiet) as bot:
        code = bot.wait()
        assert bot.stdout == []
        return code, [line.rstrip("\n") for line in bot.stderr]


def test_make_bot_without_a_token_says_in_three_lines_how_to_get_one(tmp_path: Path) -> None:
    # Without what a make around the tests has put into the environment.
    person = {name: value for name, value in environment().items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(
        ["make", "-f", ROOT / "Makefile", "-o", ".venv/stamps/ready", f"PY={sys.executable}", "bot"],
        cwd=tmp_path,
        env={**person, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stdout) == (2, "")
    lines = [line for line in made.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 3
    assert lines[0].startswith("DISCORD_TOKEN is not set")
    assert "discord.com/developers/applications" in lines[1]
    assert ".env" in lines[2]


def test_a_token_that_discord_does_not_know_is_named_and_not_shown(idle: Scene) -> None:
    wrong = f"{idle.server.token[:-1]}!"
    code, lines = ending(idle, DISCORD_TOKEN=wrong)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("Discord does not accept DISCORD_TOKEN")
    assert wrong not in lines[0]


def test_a_missing_index_is_named(idle: Scene, tmp_path: Path) -> None:
    code, lines = ending(idle, INDEX_DIR=str(tmp_path / "none"))
    assert (code, lines) == (1, [f"There is no index in {tmp_path / 'none'}: run `pregonero build` first."])


def test_an_intent_that_is_not_allowed_is_named(idle: Scene) -> None:
    code, lines = ending(idle, MESSAGE_CONTENT="1")
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("Discord refuses the Message Content intent: switch it on")


def test_a_discord_that_cannot_be_reached_is_said(idle: Scene) -> None:
    with DiscordServer() as nowhere, socket.socket() as taken:
        # A port that nobody listens at.
        taken.bind(("127.0.0.1", 0))
        nowhere.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, lines = ending(idle, nowhere)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("Discord cannot be reached (")
    assert lines[0].endswith("): check the network, then start the bot again.")


def test_a_server_that_the_bot_is_not_in_is_named(idle: Scene) -> None:
    code, lines = ending(idle, DISCORD_GUILD_ID="123456789012345678")
    assert (code, len(lines)) == (2, 1)
    assert "DISCORD_GUILD_ID" in lines[0]
    assert "123456789012345678" in lines[0]


def test_a_damaged_state_file_is_named(idle: Scene, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    state.write_bytes(b"no database " * 1000)
    code, lines = ending(idle, STATE_FILE=str(state))
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"{state} is damaged or no database: ")


# --- limits and logs ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    """A bot with the limits that it has by default, which logs all that it can."""
    with open_scene(tmp_path_factory.mktemp("chatty"), embedded, LOG_LEVEL="DEBUG", QUESTIONS_PER_MINUTE="") as scene:
        yield scene


def test_no_token_is_in_the_log_at_debug(chatty: Scene) -> None:
    asked = ask(chatty)
    assert_answered(asked)
    pressed = chatty.server.click(asked.wait_answer(), "Ver pasajes")
    pressed.wait_answer()
    # Not in vain: what was said to Discord is there, without the tokens.
    chatty.bot.wait_log(f"/interactions/{asked.id}/***/callback")
    chatty.bot.wait_log(f"/interactions/{pressed.id}/***/callback")
    assert [line for line in chatty.bot.log.splitlines() if chatty.server.token in line] == []
    assert [line for line in chatty.bot.log.splitlines() if asked.token in line or pressed.token in line] == []


def seconds_to_wait(text: str) -> int:
    before, after = TEXT.too_often.split("{seconds}")
    found = re.fullmatch(f"{re.escape(before)}(\\d+){re.escape(after)}", text)
    assert found, text
    return int(found[1])


def test_the_seventh_command_in_a_minute_is_refused_before_it_is_deferred(chatty: Scene) -> None:
    keen = chatty.server.new_user("Seguida")
    for _ in range(6):
        assert_answered(ask(chatty, user=keen))
    seventh = ask(chatty, user=keen)
    assert 1 <= seconds_to_wait(seventh.wait_answer().content) <= 60
    assert_refused(seventh, seventh.wait_answer().content)
    assert_answered(ask(chatty))


def test_a_flood_of_mentions_gets_one_refusal_and_then_silence(chatty: Scene) -> None:
    server = chatty.server
    keen, channel = server.new_user("Pesada"), server.new_guild("Flood").channels[0]
    for _ in range(6):
        assert ANSWER in told(server.wait_reply(server.say(QUESTION, user=keen, channel=channel)))
    refusal = server.wait_reply(server.say(QUESTION, user=keen, channel=channel))
    assert 1 <= seconds_to_wait(refusal.content) <= 60
    assert refusal.pings == frozenset()
    unheard = [server.say(QUESTION, user=keen, channel=channel) for _ in range(3)]
    # Events come in order: once a later question is answered, the ones before were passed over.
    server.wait_reply(server.say(QUESTION, user=server.new_user("Otra"), channel=channel))
    assert [each for each in server.messages(channel) if each.reply_to in unheard] == []


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    """A bot that takes one question of each server and two in all."""
    with open_scene(tmp_path_factory.mktemp("narrow"), embedded, QUESTIONS_PER_SERVER="1", QUEUE_SIZE="2") as scene:
        yield scene


def test_questions_over_the_bounds_are_refused_politely_to_the_asker_alone(narrow: Scene) -> None:
    server = narrow.server
    first, second, third = (server.new_guild(name).channels[0] for name in ("Uno", "Dos", "Tres"))
    holds = Hold(), Hold()
    server.fault("PATCH", "/messages/@original$", *holds)
    held = [ask(narrow, channel=first)]
    holds[0].gate.wait_reached()
    assert_refused(ask(narrow, channel=first), TEXT.busy)
    held.append(ask(narrow, channel=second))
    holds[1].gate.wait_reached()
    assert_refused(ask(narrow, channel=third), TEXT.busy)
    mention = server.say(QUESTION, channel=third, user=server.new_user("Marta"))
    assert server.wait_reply(mention).content == TEXT.busy
    for hold in holds:
        hold.gate.open()
    for asked in held:
        assert_answered(asked)
    assert_answered(ask(narrow, channel=third))


def test_of_many_questions_at_once_each_gets_an_answer_or_a_refusal(narrow: Scene) -> None:
    people = [narrow.server.new_user(f"Persona {number}") for number in range(20)]
    asked = [ask(narrow, user=each, channel=narrow.server.dm_channel(each)) for each in people]
    refused = [each for each in asked if each.wait_answer().content == TEXT.busy]
    assert 0 < len(refused) < len(asked)
    for each in asked:
        if each in refused:
            assert_refused(each, TEXT.busy)
        else:
            assert_answered(each)


# --- new versions of the index ------------------------------------------------------------------------------------

SALES = (("41", "Noruega"), ("52", "Portugal"), ("63", "Dinamarca"))


def tell_sale(scene: Scene, figure: str, country: str) -> str:
    """Publish an article all of whose parts change together."""
    front = f"---\ntitle: Tirvex vende {figure} veleros a {country}\nurl: https://example.org/{figure}/{country}\n---\n"
    story = f"La naviera Tirvex vendió {figure} veleros a {country}. "
    scene.write("tirvex.md", f"{front}{story}Los {figure} veleros que Tirvex vendió a {country} son blancos.\n")
    return scene.publish()


def sale_in(message: Message) -> tuple[str, str]:
    """The one sale that all of a message is about."""
    said = message.text + "".join(each.get("url", "") for each in message.controls)
    found = {(figure, country) for figure, country in SALES if figure in said or country in said}
    assert len(found) == 1, said
    [(figure, country)] = found
    assert f"https://example.org/{figure}/{country}" in said
    assert f"**{figure} veleros** a {country}" in told(message)
    return figure, country


def test_versions_published_under_questions_lose_and_mix_no_answer(tmp_path: Path, embedded: FolderEncoder) -> None:
    question = "¿cuántos veleros vendió Tirvex?"
    with open_scene(tmp_path, embedded, QUESTIONS_PER_SERVER="1000", QUEUE_SIZE="1000") as scene:
        scene.bot.wait_log(f"Version {tell_sale(scene, *SALES[0])}")
        people = [scene.server.new_user(f"Persona {number}") for number in range(20)]
        asked = [[ask(scene, question, user=each)] for each in people]
        for sale in SALES[1:]:
            version = tell_sale(scene, *sale)
            while f"Version {version}" not in scene.bot.log:
                for person, theirs in zip(people, asked, strict=True):
                    # Twenty are under way at any time: who is answered asks again.
                    theirs[-1].wait_answer()
                    theirs.append(ask(scene, question, user=person))
        for theirs in asked:
            found = [SALES.index(sale_in(each.wait_answer())) for each in theirs]
            assert found == sorted(found)
            assert set(found) >= {0, 1}
            for each in theirs:
                assert [ack["type"] for ack in each.acks] == [Callback.DEFERRED_MESSAGE]
                assert len(each.messages) == 1
        assert sale_in(ask(scene, question).wait_answer()) == SALES[-1]


# --- its end ------------------------------------------------------------------------------------------------------


def hold_answer(scene: Scene) -> tuple[Hold, Interaction]:
    """A question whose answer is on its way to Discord and does not arrive until the gate is opened."""
    hold = Hold()
    scene.server.fault("PATCH", "/messages/@original$", hold)
    asked = ask(scene)
    hold.gate.wait_reached()
    return hold, asked


def test_sigterm_lets_the_answer_under_way_be_finished_and_no_other_begin(idle: Scene) -> None:
    server, outside = idle.server, Outside(free_port())
    with started(idle, HEALTH_PORT=str(outside.port)) as bot:
        hold, asked = hold_answer(idle)
        outside.wait_ready(gateway=True, index=True, store=True)
        bot.terminate()
        bot.wait_log("Stopping: answers under way have 25 s.")
        # It takes no question any more, whatever is connected.
        outside.wait_ready(gateway=False, index=True, store=True)
        assert_refused(ask(idle), TEXT.closing)
        mention = server.say(QUESTION, user=server.new_user("Tarde"))
        assert server.wait_reply(mention).content == TEXT.closing
        assert bot.process.poll() is None
        hold.gate.open()
        assert_answered(asked)
        assert bot.wait() == 0
        assert "Traceback" not in bot.log
        assert "did not end in time" not in bot.log


# What else than a question may be under way: a press, a command, a form.
UNDER_WAY: dict[str, Callable[[Scene, Message], Interaction]] = {
    "press": lambda scene, answer: scene.server.click(answer, TEXT.see_passages),
    "command": lambda scene, _answer: scene.server.slash("olvidame", {}, user=scene.server.new_user("Va")),
    "form": lambda scene, answer: scene.server.submit(shown_form(scene, answer), {"why": "llega tarde"}),
}
FINISHED = {
    "press": "La cooperativa",
    "command": TEXT.forgotten.format(unanswered=0, opinions=0, alerts=0),
    "form": TEXT.reason_kept,
}


def shown_form(scene: Scene, answer: Message) -> Interaction:
    pressed = scene.server.click(answer, "👎")
    pressed.wait_ack()
    return pressed


@pytest.mark.parametrize("kind", UNDER_WAY)
def test_what_is_under_way_at_sigterm_is_finished_and_no_press_begins_after(idle: Scene, kind: str) -> None:
    server, hold = idle.server, Hold()
    with started(idle) as bot:
        answer = ask(idle).wait_answer()
        server.fault("PATCH", "/messages/@original$", hold)
        begun = UNDER_WAY[kind](idle, answer)
        hold.gate.wait_reached()
        bot.terminate()
        bot.wait_log("Stopping: answers under way have 25 s.")
        for label in (TEXT.see_passages, "👍", "👎", TEXT.open_thread):
            assert_refused(server.click(answer, label), TEXT.closing)
        assert bot.process.poll() is None
        hold.gate.open()
        assert FINISHED[kind] in told(begun.wait_answer())
        assert bot.wait() == 0
        assert "Traceback" not in bot.log
        assert "did not end in time" not in bot.log


def test_a_rebuild_under_way_at_sigterm_is_given_up_and_says_so(idle: Scene) -> None:
    server, version = idle.server, current_version(idle.index)
    # To embed these takes a minute.
    idle.write(
        "faros.txt", "\n\n".join(f"El faro {n} alumbra {n} leguas. {'Alumbra el mar. ' * 60}" for n in range(1200))
    )
    with started(idle) as bot:
        asked = server.slash("indice reconstruir", {}, permissions=MANAGER)
        server.wait_for(lambda: asked.answer and TEXT.step_embed in told(asked.answer), what="embedding")
        with pytest.raises(BuildLockedError), building(idle.index):
            pass
        bot.terminate()
        assert bot.wait() == 0
        assert told(asked.wait_answer()) == TEXT.rebuild_interrupted
        assert "Traceback" not in bot.log
        assert "did not end in time" not in bot.log
    # Whoever builds holds this lock, and loses it with their life.
    with building(idle.index):
        assert current_version(idle.index) == version
    (idle.articles / "faros.txt").unlink()


def test_ctrl_c_ends_the_bot_also_where_an_answer_never_arrives(idle: Scene) -> None:
    with started(idle, SHUTDOWN_GRACE="1") as bot:
        hold, _ = hold_answer(idle)
        bot.interrupt()
        assert bot.wait() == 0
        assert "Some answers did not end in time." in bot.log
        assert "Traceback" not in bot.log
        hold.gate.open()


def test_a_second_ctrl_c_ends_the_bot_at_once(idle: Scene) -> None:
    with started(idle, SHUTDOWN_GRACE="600") as bot:
        hold, _ = hold_answer(idle)
        bot.interrupt()
        bot.wait_log("Stopping: answers under way have 600 s.")
        bot.interrupt()
        assert bot.wait() == 0
        assert "Some answers did not end in time." in bot.log
        assert "Traceback" not in bot.log
        hold.gate.open()


def test_a_signal_while_the_gateway_is_away_ends_the_bot(idle: Scene) -> None:
    with started(idle) as bot:
        hold, asked = hold_answer(idle)
        gate = idle.server.gateway.hold()
        idle.server.gateway.drop()
        gate.wait_reached()
        bot.terminate()
        bot.wait_log("Stopping")
        hold.gate.open()
        assert_answered(asked)
        assert bot.wait() == 0
        assert "Traceback" not in bot.log
        gate.open()


def test_a_signal_before_the_bot_is_there_ends_it(idle: Scene) -> None:
    hold = Hold()
    idle.server.fault("GET", "/users/@me$", hold)
    with started(idle, ready=False) as bot:
        hold.gate.wait_reached()
        bot.terminate()
        assert bot.wait() == 0
        assert "Traceback" not in bot.log
        hold.gate.open()
