"""The real bot seen from outside: how it is when things go wrong, and every number when something moves it."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest

from bot.texts import TEXTS
from index import publish
from index.encoder import FolderEncoder
from index.records import Language
from tests.bot_process import BotProcess
from tests.command_line import ROOT, environment
from tests.discord_faults import Hold
from tests.discord_faults import Refuse as Refused
from tests.discord_records import Interaction, Message, User
from tests.openai_server import OpenAIServer, Refuse, quoting
from tests.outside import Numbers, Outside, free_port
from tests.scene import MINE, Scene, open_scene

TEXT = TEXTS[Language.SPANISH]
QUINUA = "¿cuántas toneladas de quinua exportó la cooperativa de Puno?"
BOATS = "¿cuántos barcos compró Zorroto?"
UNKNOWN = "zxqv wkj"
ALL = {"gateway": True, "index": True, "store": True}
# What any question does that is answered without a language model, or not found.
STAGES = ("understand", "encode", "search", "answer", "deliver", "total")
LOOKED_UP = {f'stage_seconds_count{{stage="{stage}"}}': 1.0 for stage in STAGES}
WRITTEN = {
    'stage_seconds_count{stage="write"}': 1.0,
    'answer_cache_total{result="miss"}': 1.0,
    'model_calls_total{result="ok"}': 1.0,
    'model_tokens_total{kind="read"}': 100.0,
    'model_tokens_total{kind="written"}': 20.0,
}


def ended(way: str, outcome: str) -> dict[str, float]:
    return {f'questions_total{{way="{way}"}}': 1.0, f'answers_total{{outcome="{outcome}"}}': 1.0}


def in_all(*counts: dict[str, float]) -> dict[str, float]:
    return dict(sum((Counter(each) for each in counts), Counter[str]()))


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder, model: OpenAIServer) -> Iterator[Scene]:
    with open_scene(
        tmp_path_factory.mktemp("seen"),
        embedded,
        HEALTH_PORT=str(free_port()),
        LLM_BASE_URL=model.url,
        LLM_MODEL="openai:m",
        QUESTIONS_PER_MINUTE="2",
        QUESTIONS_PER_SERVER="1",
    ) as made:
        yield made


@pytest.fixture
def outside(scene: Scene) -> Outside:
    """What is seen of a bot that is ready and has nothing left to do."""
    seen = Outside(int(scene.settings["HEALTH_PORT"]))
    seen.wait_ready(**ALL)
    return seen


@pytest.fixture
def before(outside: Outside) -> Numbers:
    return outside.numbers()


def ask(scene: Scene, question: str = UNKNOWN, user: User | None = None) -> Interaction:
    return scene.server.slash("preguntar", {"pregunta": question}, user=user or scene.server.new_user("Rita"))


# --- how it is ----------------------------------------------------------------------------------------------------


def test_a_bot_that_starts_lives_and_is_ready_once_it_is_connected(scene: Scene) -> None:
    port, hold = free_port(), Hold()
    scene.server.fault("GET", "/users/@me$", hold)
    with BotProcess(scene.server, scene.home, {**scene.settings, "HEALTH_PORT": str(port), "LLM_MODEL": ""}) as bot:
        hold.gate.wait_reached()
        outside = Outside(port)
        outside.wait_ready(gateway=False, index=True, store=True)
        assert outside.get("/healthz").status == 200
        before = outside.numbers()
        assert before["pregonero_gateway_connected"] == 0
        hold.gate.open()
        outside.wait_ready(**ALL)
        assert outside.numbers().since(before) == {"gateway_connected": 1}
        bot.terminate()
        assert bot.wait() == 0
        assert outside.get("/healthz").status == 0


def test_a_bot_is_not_ready_while_the_gateway_is_away(scene: Scene, outside: Outside, before: Numbers) -> None:
    gate = scene.server.gateway.hold()
    scene.server.gateway.drop()
    outside.wait_ready(gateway=False, index=True, store=True)
    assert outside.get("/healthz").status == 200
    assert outside.numbers().since(before) == {"gateway_connected": -1}
    gate.open()
    outside.wait_ready(**ALL)
    assert outside.numbers().since(before) == {"gateway_reconnects_total": 1}


def test_a_session_that_begins_anew_is_a_reconnect_too(scene: Scene, outside: Outside, before: Numbers) -> None:
    identified = scene.server.gateway.identified
    scene.server.gateway.invalidate(resumable=False)
    outside.wait_moved(before, {"gateway_reconnects_total": 1})
    outside.wait_ready(**ALL)
    assert scene.server.gateway.identified == identified + 1


def test_a_bot_is_not_ready_while_its_store_cannot_be_written(scene: Scene, outside: Outside) -> None:
    path = scene.home / "state.sqlite"
    with closing(sqlite3.connect(path)) as state:
        state.execute("ALTER TABLE notes RENAME TO elsewhere")
        outside.wait_ready(gateway=True, index=True, store=False)
        state.execute("ALTER TABLE elsewhere RENAME TO notes")
    outside.wait_ready(**ALL)
    scene.bot.wait_log(f"WARNING bot.readiness: {path} cannot be used (")


def test_a_bot_whose_store_was_taken_away_is_not_ready_and_says_what_to_do(scene: Scene, outside: Outside) -> None:
    path = scene.home / "state.sqlite"
    elsewhere = path.rename(path.with_name("elsewhere"))
    outside.wait_ready(gateway=True, index=True, store=False)
    elsewhere.rename(path)
    outside.wait_ready(**ALL)
    scene.bot.wait_log(f"WARNING bot.readiness: {path} was removed or replaced meanwhile: start the bot again.")


def probe(port: int) -> tuple[int, str]:
    """What a container's health check comes to, where the bot listens at all addresses."""
    settings = {"HEALTH_HOST": "0.0.0.0", "HEALTH_PORT": str(port), "PYTHONPATH": str(ROOT)}  # noqa: S104 - as it says
    command = [sys.executable, "-P", "-m", "bot.health"]
    done = subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_probe_says_whether_the_bot_lives(outside: Outside) -> None:
    assert probe(outside.port) == (0, "The bot lives.\n")
    nobody = free_port()
    refused = f"[Errno {errno.ECONNREFUSED}] Connection refused"
    assert probe(nobody) == (1, f"The bot does not answer at 127.0.0.1:{nobody} ({refused}): look at its log.\n")


def test_a_port_that_is_taken_is_named(scene: Scene, outside: Outside) -> None:
    with BotProcess(scene.server, scene.home, {**scene.settings, "LLM_MODEL": ""}) as second:
        assert second.wait() == 2
    reason = "127.0.0.1 (Address already in use)"
    assert second.log == (
        f"HEALTH_PORT is {outside.port}, which cannot be opened at HEALTH_HOST {reason}: name another, or 0 for none.\n"
    )


# --- its numbers --------------------------------------------------------------------------------------------------


def test_an_answer_counts_with_its_stages_and_what_the_model_did(
    scene: Scene, outside: Outside, before: Numbers
) -> None:
    ask(scene, BOATS)
    outside.wait_moved(before, ended("command", "answered") | LOOKED_UP | WRITTEN)
    again = outside.numbers()
    ask(scene, BOATS)
    outside.wait_moved(again, ended("command", "answered") | LOOKED_UP | {'answer_cache_total{result="hit"}': 1})
    seconds = outside.numbers()
    parts = [seconds[f'pregonero_stage_seconds_sum{{stage="{stage}"}}'] for stage in (*STAGES[:-1], "write")]
    assert 0 < sum(parts) < seconds['pregonero_stage_seconds_sum{stage="total"}']


def test_a_model_that_fails_counts_and_the_answer_too(
    scene: Scene, outside: Outside, before: Numbers, model: OpenAIServer
) -> None:
    model.answer(Refuse(401))
    ask(scene, QUINUA)
    failed = {'model_calls_total{result="ok"}', 'model_tokens_total{kind="read"}', 'model_tokens_total{kind="written"}'}
    written = {name: by for name, by in WRITTEN.items() if name not in failed}
    moved = ended("command", "answered") | LOOKED_UP | written | {'model_calls_total{result="failed"}': 1}
    outside.wait_moved(before, moved)
    model.answer(quoting)


def somebody_said(scene: Scene) -> Message:
    return scene.server.say(UNKNOWN, mention_bot=False, user=scene.server.new_user("Eva"))


@pytest.mark.parametrize("way", ["command", "menu", "mention", "message"])
def test_each_way_to_ask_is_counted(scene: Scene, outside: Outside, before: Numbers, way: str) -> None:
    server, person = scene.server, scene.server.new_user("Rita")
    match way:
        case "command":
            ask(scene)
        case "menu":
            server.context_menu(TEXT.about_name, somebody_said(scene), user=person)
        case "mention":
            server.say(UNKNOWN, user=person)
        case "message":
            server.dm(UNKNOWN, person)
    outside.wait_moved(before, ended(way, "not_found") | LOOKED_UP)


def test_a_button_that_asks_anew_is_counted(scene: Scene, outside: Outside, before: Numbers) -> None:
    answer = ask(scene).wait_answer()
    outside.wait_moved(before, ended("command", "not_found") | LOOKED_UP)
    again = outside.numbers()
    scene.server.click(answer, TEXT.alert_me, user=scene.server.new_user("Eva"))
    # There is nothing to understand: the question stands in the message.
    stages = {name: by for name, by in LOOKED_UP.items() if "understand" not in name}
    outside.wait_moved(again, ended("button", "not_found") | stages)


def test_a_question_of_a_busy_server_is_counted(scene: Scene, outside: Outside, before: Numbers) -> None:
    hold = Hold()
    scene.server.fault("PATCH", "/messages/@original$", hold)
    first = ask(scene)
    hold.gate.wait_reached()
    assert ask(scene).wait_answer().content == TEXT.busy
    outside.wait_moved(before, ended("command", "busy"))
    hold.gate.open()
    outside.wait_moved(before, in_all(ended("command", "busy"), ended("command", "not_found"), LOOKED_UP))
    first.wait_answer()


def test_a_question_that_comes_too_soon_is_counted(scene: Scene, outside: Outside, before: Numbers) -> None:
    keen = scene.server.new_user("Seguida")
    taken = ended("command", "not_found") | LOOKED_UP
    for moved in (taken, in_all(taken, taken), in_all(taken, taken, ended("command", "refused"))):
        ask(scene, user=keen)
        outside.wait_moved(before, moved)


def test_an_answer_that_discord_refuses_has_failed_and_is_an_error(
    scene: Scene, outside: Outside, before: Numbers
) -> None:
    # What shows that it is being written may be refused too, and is not worth a word; last, what went wrong.
    scene.server.fault("PATCH", "/messages/@original$", *[Refused(status=400, code=50035)] * 3)
    ask(scene)
    outside.wait_moved(before, ended("command", "failed") | {'errors_total{where="bot.failures"}': 1})
    scene.server.clear_faults()


def test_a_version_that_comes_into_use_is_counted_and_measured(scene: Scene, outside: Outside, before: Numbers) -> None:
    scene.write("mina.txt", MINE)
    manifest = publish.read_manifest(scene.index, scene.publish())
    passages = manifest.passages - before["pregonero_index_passages"]
    moved = {'index_reloads_total{result="ok"}': 1, "index_articles": 1, "index_passages": passages}
    outside.wait_moved(before, moved)
    began = time.time()
    numbers = outside.numbers()
    assert numbers["pregonero_index_articles"] == manifest.articles
    built = datetime.fromisoformat(manifest.built_at).timestamp()
    assert began - built <= numbers["pregonero_index_age_seconds"] <= time.time() - built


def test_a_version_that_cannot_be_opened_is_counted(scene: Scene, outside: Outside, before: Numbers) -> None:
    current = scene.index / "CURRENT"
    published = current.read_text("utf-8")
    current.write_text("20200101T000000Z-00000000\n", "utf-8")
    outside.wait_moved(before, {'index_reloads_total{result="refused"}': 1})
    current.write_text(published, "utf-8")
    outside.wait_ready(**ALL)
