"""``pregonero doctor``: each trouble is a line that says what to do, whatever else is wrong; nothing is changed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import socket
import sqlite3
import threading
from collections import namedtuple
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from importlib import metadata
from pathlib import Path
from typing import Any

import discord
import pytest
from packaging.specifiers import SpecifierSet

from bot.checkup import corpus, machine
from bot.health import open_health
from bot.metrics import Metrics
from bot.store import open_store
from index import encoder, publish
from index.build import build
from index.encoder import FolderEncoder, open_encoder
from index.sources import read_articles
from scripts import doctor
from tests.command_line import SETTINGS, run, run_apart, write_articles
from tests.discord_server import DiscordServer
from tests.models import write_model

# Stands in whatever is secret, and in nothing that is printed.
MARK = "xyzzy-"
TOKEN = f"{base64.b64encode(b'1234567890123456789').decode().rstrip('=')}.GaBcDe.{MARK * 4}"
Usage = namedtuple("Usage", "total used free")


class Home:
    """A folder where everything is in order, and what the doctor says of it."""

    def __init__(self, folder: Path, model: FolderEncoder) -> None:
        self.folder = folder
        self.articles, self.index, self.state = folder / "articles", folder / "index", folder / "state.sqlite"
        self.settings = {
            "ARTICLES_DIR": str(self.articles),
            "CACHE_FILE": str(folder / "vectors.sqlite"),
            "DISCORD_TOKEN": TOKEN,
            "EMBEDDING_MODEL": str(model.folder),
            "HEALTH_PORT": "0",
            "INDEX_DIR": str(self.index),
            "STATE_FILE": str(self.state),
        }
        write_articles(self.articles)
        self.model = model
        self.build()
        asyncio.run(self._make_store())

    async def _make_store(self) -> None:
        async with open_store(self.state):
            pass

    def build(self) -> None:
        roots = (str(self.articles),)
        articles = read_articles(roots).articles
        build(articles, self.index, self.model, cache=self.folder / "vectors.sqlite", roots=roots)

    def env(self, text: str, mode: int = 0o600) -> None:
        (self.folder / ".env").write_text(text, "utf-8")
        (self.folder / ".env").chmod(mode)

    def look(self, *args: str, code: int, **settings: str) -> dict[str, list[tuple[str, str]]]:
        """Findings by the check's name: the state, and all that is said; neither token is in what was printed."""
        done = run("doctor", "--json", *args, env={**self.settings, **settings})
        assert done.stderr == ""
        value = json.loads(done.stdout)
        assert done.exit_code == code, value
        assert value["ok"] == (code == 0)
        assert MARK not in done.stdout
        found: dict[str, list[tuple[str, str]]] = {}
        for each in value["findings"]:
            assert not each["sentence"].endswith(".")
            assert not each["advice"].endswith(".")
            assert each["state"] == "ok" or each["advice"], "whatever is not in order comes with what to do"
            said = f"{each['sentence']}: {each['advice']}" if each["advice"] else each["sentence"]
            found.setdefault(each["name"], []).append((each["state"], said))
        return found

    def only(self, name: str, *args: str, code: int, **settings: str) -> tuple[str, str]:
        """The one finding of the check; all others are in order."""
        found = self.look(*args, code=code, **settings)
        (finding,) = found.pop(name)
        assert {state for findings in found.values() for state, _ in findings} == {"ok"}, found
        return finding


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> FolderEncoder:
    return open_encoder(str(write_model(tmp_path_factory.mktemp("models") / "small")))


@pytest.fixture
def home(tmp_path: Path, model: FolderEncoder, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path, model)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- all in order, and nothing there -------------------------------------------------------------------------------


def test_where_all_is_in_order_every_check_says_so_and_nothing_is_changed(home: Home) -> None:
    before = contents(home.folder)
    found = home.look(code=0)
    assert {state for findings in found.values() for state, _ in findings} == {"ok"}
    assert list(found) == [
        "settings",
        "token",
        "articles",
        "index",
        "model",
        "language model",
        "store",
        "folders",
        "disk",
        "health",
        "versions",
    ]
    assert found["settings"][0][1].startswith("7 settings from the environment")
    assert found["articles"][0][1] == f"3 articles in {home.articles}, as they are in the index"
    assert found["index"][0][1].startswith("Built today (")
    assert contents(home.folder) == before


def test_in_an_empty_folder_it_says_what_to_begin_with_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("doctor", env={"HEALTH_PORT": "0"})
    assert (done.exit_code, done.stderr) == (1, "")
    said = dict(line.split(None, 1)[::-1] for line in done.stdout.splitlines())
    told = {text.split("  ")[0]: (state, text) for text, state in said.items()}
    assert told["settings"][0] == "ok"
    assert told["token"][0] == "warning"
    assert told["articles"][0] == told["index"][0] == "problem"
    assert "The articles folder seeds does not exist: create it" in told["articles"][1]
    assert "There is no index in var/index: run `pregonero build` first." in told["index"][1]
    assert told["store"] == ("ok", "store             var/state.sqlite is not there yet: the bot makes it.")
    assert done.stdout.splitlines()[-1] == "2 problems and 1 warning."
    assert list(tmp_path.iterdir()) == []


# --- settings ------------------------------------------------------------------------------------------------------


def test_a_name_that_is_almost_a_settings_is_told_with_the_right_one(home: Home) -> None:
    home.env("".join(f"{name[:-1]}=1\n" for name in SETTINGS))
    found = home.look(code=0)["settings"]
    assert found == [
        ("warning", f"{name[:-1]} in .env is no setting, and is ignored: write {name} if that is what you mean")
        for name in sorted(SETTINGS)
    ]


def test_a_mistyped_name_in_the_environment_is_told_too(home: Home) -> None:
    state, said = home.only("settings", code=0, DISCORD_BOT_TOKEN=MARK)
    assert (state, "DISCORD_BOT_TOKEN in the environment" in said, "DISCORD_TOKEN" in said) == ("warning", True, True)


def test_names_of_other_programs_are_nobodys_mistake(home: Home) -> None:
    home.env("HISTFILE=a\nGRAFANA_PASSWORD=b\nHF_HOME=c\nTOKEN=d\nOPENAI_API_KEY=e\nPATH_INDEX=f\n")
    assert home.only("settings", code=0)[0] == "ok"


def test_every_setting_that_is_refused_is_named_and_the_others_hold(home: Home) -> None:
    home.env("QUEUE_SIZE=many\nLOG_LEVEL=LOUD\nLLM_API_KEY=a xyzzy-\n")
    found = home.look(code=1)
    assert [state for state, _ in found["settings"]] == ["problem"] * 3
    said = " ".join(text for _, text in found["settings"])
    assert "QUEUE_SIZE is many: write a whole number from 1 to 10000" in said
    assert "LOG_LEVEL is LOUD" in said
    assert "LLM_API_KEY holds spaces" in said
    assert found["articles"][0][0] == found["index"][0][0] == "ok"


def test_a_file_that_is_no_settings_leaves_those_of_the_environment(home: Home) -> None:
    home.env("INDEX_DIR=elsewhere\nnonsense and xyzzy-\n")
    state, said = home.only("settings", code=1)
    assert state == "problem"
    assert said == ".env, line 2, is not NAME=value: mend or delete that line"


def test_where_not_even_a_default_can_be_used_the_versions_are_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "index").write_text("", "utf-8")
    done = run("doctor", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert done.exit_code == 1
    assert [(each["name"], each["state"]) for each in findings] == [("settings", "problem"), ("versions", "ok")]


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX's")
def test_secrets_that_others_may_read_are_told(home: Home) -> None:
    home.env("LOG_LEVEL=INFO\n", mode=0o644)
    state, said = home.only("settings", code=0)
    assert state == "warning"
    assert said.endswith(": chmod 600 .env")


# --- the token -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("1234567890123456789", "the application's id"),
        ("0a" * 32, "the application's public key"),
        (f"{MARK}99" * 4, "the application's client secret"),
        (MARK, "has not the form of a token"),
        (f"Bot{TOKEN}", "has not the form of a token"),
        (TOKEN.partition(".")[2], "has not the form of a token"),
        (f"{base64.b64encode(b'no number at all').decode()}.GaBcDe.{MARK * 4}", "has not the form of a token"),
        (f"{'a' * 21}.GaBcDe.{MARK * 4}", "has not the form of a token"),
    ],
)
def test_what_is_no_token_is_told_without_showing_it(home: Home, token: str, said: str) -> None:
    state, text = home.only("token", code=1, DISCORD_TOKEN=token)
    assert state == "problem"
    assert said in text
    assert token not in text
    assert text.endswith("copy it from the developer portal (Bot > Reset Token)")


def test_a_token_that_is_refused_as_a_setting_is_not_called_missing_too(home: Home) -> None:
    found = home.look("--online", code=1, DISCORD_TOKEN=f"{MARK} {MARK}")
    assert [said for state, said in found["settings"] if state == "problem" and said.startswith("DISCORD_TOKEN holds")]
    assert not {"token", "discord"} & found.keys()


def test_without_a_token_the_command_line_is_in_order(home: Home) -> None:
    state, said = home.only("token", code=0, DISCORD_TOKEN="")
    assert (state, said.startswith("DISCORD_TOKEN is not set")) == ("warning", True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        monkeypatch.setattr(discord.http.Route, "BASE", f"{server.url}/api/v10")
        yield server


def application(server: DiscordServer, monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """Have the server's application be of these values."""
    answer = server._rest.answer

    def changed(request: Any) -> Any:
        status, said = answer(request)
        assert isinstance(said, dict)
        return (status, {**said, **values}) if request.path.endswith("/applications/@me") else (status, said)

    monkeypatch.setattr(server._rest, "answer", changed)


def test_discord_is_asked_only_where_that_is_wanted(home: Home, server: DiscordServer) -> None:
    assert "discord" not in home.look(code=0, DISCORD_TOKEN=server.token)
    assert server.requests == []
    state, said = home.only("discord", "--online", code=0, DISCORD_TOKEN=server.token)
    assert (state, said) == ("ok", f"Discord knows the token as {server.world.bot.json()['username']}")
    assert server.gateway.identified == 0


def test_a_token_that_discord_does_not_know_is_told(home: Home, server: DiscordServer) -> None:
    state, said = home.only("discord", "--online", code=1)
    assert (state, said.startswith("Discord does not accept DISCORD_TOKEN: copy it again")) == ("problem", True)


@pytest.mark.parametrize("flags", [1 << 18, 1 << 19, 0])
def test_an_intent_that_is_asked_for_must_be_switched_on(
    home: Home, server: DiscordServer, monkeypatch: pytest.MonkeyPatch, flags: int
) -> None:
    application(server, monkeypatch, flags=flags)
    settings = {"DISCORD_TOKEN": server.token, "MESSAGE_CONTENT": "1"}
    states = [state for state, _ in home.look("--online", code=int(not flags), **settings)["discord"]]
    assert states == (["ok"] if flags else ["ok", "problem"])
    assert len(home.look("--online", code=0, DISCORD_TOKEN=server.token)["discord"]) == 1


def test_an_address_that_takes_the_commands_away_is_told(
    home: Home, server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    application(server, monkeypatch, interactions_endpoint_url="https://example.org/hook")
    found = home.look("--online", code=1, DISCORD_TOKEN=server.token)["discord"]
    assert found[1][0] == "problem"
    assert "Interactions Endpoint URL" in found[1][1]


def test_a_discord_that_is_not_there_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{unused_port()}/api/v10")
    state, said = home.only("discord", "--online", code=1)
    assert (state, said.startswith("Discord cannot be asked (")) == ("problem", True)


# --- articles, index, golden questions -----------------------------------------------------------------------------


def test_articles_that_changed_came_or_went_call_for_a_build(home: Home) -> None:
    (home.articles / "quinua.txt").write_text("Quinua\n\nLa cooperativa exportó 900 toneladas a Suecia.\n", "utf-8")
    (home.articles / "nuevo.txt").write_text("Un faro\n\nEl faro de Luarca se encendió en 1862.\n", "utf-8")
    os.utime(home.articles / "nuevo.txt", (0, 0))
    (home.articles / "museo.txt").unlink()
    state, said = home.only("articles", code=0)
    assert state == "warning"
    assert said == "2 articles changed or came and 1 article went away since the index was built: run `pregonero build`"
    home.build()
    assert home.only("articles", code=0)[0] == "ok"


def test_a_new_date_alone_is_no_change(home: Home) -> None:
    for path in home.articles.iterdir():
        os.utime(path, (1 << 32, 1 << 32))
    assert home.only("articles", code=0)[0] == "ok"


def test_a_file_that_is_no_article_is_named_with_its_reason(home: Home) -> None:
    (home.articles / "vacío.txt").write_text("", "utf-8")
    found = home.look(code=0)["articles"]
    assert [state for state, _ in found] == ["warning", "ok"]
    assert "vacío.txt: " in found[0][1]
    assert found[1][1].startswith("3 articles in ")


def test_an_article_that_can_no_longer_be_read_went_away(home: Home) -> None:
    (home.articles / "quinua.txt").write_bytes(b"")
    found = home.look(code=0)["articles"]
    assert [state for state, _ in found] == ["warning", "warning"]
    assert found[1][1].startswith("1 article went away since the index was built")


def test_an_index_of_other_folders_is_told(home: Home) -> None:
    other = write_articles(home.folder / "other")
    state, said = home.only("articles", code=0, ARTICLES_DIR=str(other))
    assert (state, f"made from {home.articles}, and ARTICLES_DIR is {other}" in said) == ("warning", True)


def test_folders_without_an_article_are_a_problem(home: Home) -> None:
    (home.folder / "empty").mkdir()
    state, said = home.only("articles", code=1, ARTICLES_DIR="empty")
    assert (state, said.startswith("No .txt, .md or .html file is in empty: put articles there")) == ("problem", True)
    (home.folder / "empty" / "link.txt").symlink_to("nowhere")
    assert "empty/link.txt: it is a link that leads nowhere" in home.only("articles", code=1, ARTICLES_DIR="empty")[1]


def test_a_damaged_file_of_the_index_is_named(home: Home) -> None:
    path = home.index / "versions" / publish.current_version(home.index) / "lexical"
    victim = next(path.iterdir())
    victim.write_bytes(victim.read_bytes()[:-1])
    state, said = home.only("index", code=1)
    assert state == "problem"
    assert f"lexical/{victim.name} has " in said
    assert said.endswith("run `pregonero build`, or `pregonero rollback` to go back")


def test_an_index_that_cannot_be_read_at_all_leaves_the_other_checks(home: Home) -> None:
    (home.index / "CURRENT").write_text("nonsense\n", "utf-8")
    state, said = home.only("index", code=1)
    assert (state, "CURRENT names no version" in said) == ("problem", True)


def test_an_index_of_tomorrow_tells_of_the_clock(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Earlier:
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(corpus, "datetime", Earlier)
    state, said = home.only("index", code=0)
    assert (state, said.endswith("which is still to come: set this machine's clock")) == ("warning", True)


def test_a_broken_golden_question_is_told_with_its_line(home: Home) -> None:
    file = home.folder / "golden.jsonl"
    file.write_text('{"question": "¿qué?", "answerable": false}\n', "utf-8")
    state, said = home.only("golden questions", code=0, GOLDEN_QUESTIONS=str(file))
    assert (state, said.startswith("1 question in ")) == ("ok", True)
    file.write_text("{}\n", "utf-8")
    state, said = home.only("golden questions", code=1, GOLDEN_QUESTIONS=str(file))
    assert (state, f"{file}, line 1, " in said) == ("problem", True)


# --- models --------------------------------------------------------------------------------------------------------


def test_a_model_that_is_not_the_indexs_is_told(home: Home) -> None:
    other = write_model(home.folder / "other", seed=1)
    state, said = home.only("model", code=1, EMBEDDING_MODEL=str(other))
    assert state == "problem"
    assert said.startswith("The index was built with model 'small' and the model has 'other'")


def test_a_model_with_other_weights_than_published_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "EMBEDDED_SHA256", "0" * 64)
    state, said = home.only("model", code=1, EMBEDDING_MODEL="all-MiniLM-L6-v2")
    assert (state, "are not the published ones" in said) == ("problem", True)


def test_a_damaged_model_is_told(home: Home) -> None:
    copy = home.folder / "small"
    shutil.copytree(home.model.folder, copy)
    (copy / "tokenizer.json").write_text("{}", "utf-8")
    state, said = home.only("model", code=1, EMBEDDING_MODEL=str(copy))
    assert (state, said.endswith("get the model's files again, or use another model")) == ("problem", True)


def test_a_model_of_the_hub_is_not_fetched_unasked(home: Home, server: DiscordServer) -> None:
    hub = {"EMBEDDING_MODEL": "owner/name@v1", "DISCORD_TOKEN": server.token}
    state, said = home.only("model", code=0, **hub)
    assert (state, "`pregonero doctor --online`" in said) == ("ok", True)
    state, said = home.only("model", "--online", code=1, **hub)
    assert (state, said.startswith("owner/name@v1 could not be had from the hub")) == ("problem", True)


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({}, "ok", "None is set"),
        ({"LLM_MODEL": "openai:x", "LLM_BASE_URL": "http://127.0.0.1:1/v1"}, "ok", "on a server of your own"),
        ({"LLM_MODEL": "openai:x", "LLM_API_KEY": MARK, "LLM_DAILY_TOKENS": "9"}, "ok", "no price set"),
        (
            {"LLM_MODEL": "openai:x", "LLM_API_KEY": MARK, "LLM_DAILY_TOKENS": "9", "LLM_PRICES": "0.25/2"},
            "ok",
            "0.25/2 US dollars a million tokens",
        ),
        ({"LLM_MODEL": "openai:x", "LLM_API_KEY": MARK}, "warning", "set LLM_DAILY_TOKENS"),
        ({"LLM_MODEL": "openai:x"}, "problem", "LLM_API_KEY is not set"),
        ({"LLM_MODEL": "parrot:x"}, "problem", "write a provider and a model"),
    ],
)
def test_the_language_model_is_judged_by_its_settings(
    home: Home, settings: Mapping[str, str], state: str, said: str
) -> None:
    found = home.only("language model", code=int(state == "problem"), **settings)
    assert (found[0], said in found[1]) == (state, True), found


def test_a_provider_whose_package_is_missing_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    state, said = home.only("language model", code=1, LLM_MODEL="ollama:x")
    advice = "pip install '.[ollama]', or for Docker write PROVIDERS=ollama into .env and run `docker compose build`"
    assert (state, said.endswith(advice)) == ("problem", True)


# --- the store, folders, the disk ----------------------------------------------------------------------------------


def change_store(home: Home, sql: str) -> None:
    with sqlite3.connect(home.state) as connection:
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("PRAGMA application_id = 7", "is a database of another program"),
        ("PRAGMA user_version = 999", "was written by a newer release"),
    ],
)
def test_a_store_that_is_not_ours_is_told(home: Home, sql: str, said: str) -> None:
    change_store(home, sql)
    found = home.only("store", code=1)
    assert (found[0], said in found[1]) == ("problem", True)


@pytest.mark.parametrize("page", [0, 3])
def test_a_damaged_store_is_told(home: Home, page: int) -> None:
    data = bytearray(home.state.read_bytes())
    # The first page says what the file is; others are found damaged by who looks for it alone.
    start = 4096 * page + (100 if page == 0 else 0)
    data[start : start + 3900] = bytes(3900)
    home.state.write_bytes(data)
    state, said = home.only("store", code=1)
    assert (state, "is damaged or no database" in said) == ("problem", True)


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX's")
def test_a_store_that_others_may_read_is_told(home: Home) -> None:
    home.state.chmod(0o640)
    state, said = home.only("store", code=0)
    assert (state, said.endswith(f": chmod 600 {home.state}")) == ("warning", True)


def test_a_folder_that_cannot_be_made_is_told(home: Home) -> None:
    found = home.look(code=1, STATE_FILE=str(home.state / "state.sqlite"))
    assert [state for state, _ in found["folders"]] == ["problem"]
    assert f"{home.state} cannot be written by this user, so the bot can remember nothing" in found["folders"][0][1]


@pytest.mark.parametrize(("free", "state"), [(10**12, "ok"), (99_000_000, "warning"), (9_000_000, "problem")])
def test_a_full_disk_is_told(home: Home, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free, 0, free))
    assert home.only("disk", code=int(state == "problem"))[0] == state


# --- the port and the versions -------------------------------------------------------------------------------------


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def bot_at(port: int, **checks: bool) -> Iterator[None]:
    """What the bot answers at its port, from a thread of its own."""

    async def states() -> Mapping[str, bool]:
        return checks

    async def serve() -> None:
        async with open_health("127.0.0.1", port, states, Metrics()):
            started.set()
            await asyncio.to_thread(end.wait)

    started, end = threading.Event(), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert started.wait(20)
        yield
    finally:
        end.set()
        thread.join()


def test_a_port_is_free_or_a_bots_own(home: Home) -> None:
    port = unused_port()
    settings = {"HEALTH_PORT": str(port)}
    assert home.only("health", code=0, **settings) == (
        "ok",
        f"No bot runs at 127.0.0.1:{port}, and the port is free for one (a container sees its own ports alone)",
    )
    with bot_at(port, gateway=True, index=True):
        assert home.only("health", code=0, **settings) == ("ok", f"The bot that runs at 127.0.0.1:{port} is ready")
    with bot_at(port, gateway=False, index=True):
        state, said = home.only("health", code=0, **settings)
    assert (state, "cannot answer questions now (gateway)" in said) == ("warning", True)


def test_a_port_that_another_program_has_is_told(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        state, said = home.only("health", code=1, HEALTH_PORT=str(port))
    assert (state, "cannot be listened at" in said) == ("problem", True)


def test_a_library_that_is_too_old_or_missing_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version

    def aged(name: str) -> str:
        if name == "filelock":
            raise metadata.PackageNotFoundError(name)
        return "1.14.2" if name == "faiss-cpu" else version(name)

    monkeypatch.setattr(metadata, "version", aged)
    state, said = home.only("versions", code=1)
    assert state == "problem"
    assert said.startswith("Not of the versions that are needed: faiss-cpu 1.14.2 (<2,>=1.14.3), filelock is missing: ")


def test_run_from_its_source_the_versions_are_told_all_the_same(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> Any:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", none)
    state, said = home.only("versions", code=0)
    assert (state, "torch 2." in said, said.endswith("run from its source")) == ("ok", True, True)


@pytest.mark.parametrize("version", ["1.9", "1.14.2", "1.14.3", "1.14.3.1", "1.100", "2.0.0", "2.13.0+cpu"])
@pytest.mark.parametrize("bounds", [">=1.14.3,<2", ">=2.13,<3", "==1.14.3", "==1.9.0", "<1.10,>=0.9", ""])
def test_versions_are_compared_as_packaging_does(version: str, bounds: str) -> None:
    assert machine._fits(version, bounds) == (version in SpecifierSet(bounds))


# --- how it is said ------------------------------------------------------------------------------------------------


def test_a_check_that_fails_itself_is_a_line_and_the_others_are_made(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> Any:
        raise ZeroDivisionError(MARK)

    monkeypatch.setattr(shutil, "disk_usage", broken)
    assert home.only("disk", code=1) == ("problem", "This check failed (ZeroDivisionError): report this as a bug")


def test_what_the_system_refuses_a_check_is_a_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> Any:
        raise PermissionError(13, "Permission denied", "/closed")

    monkeypatch.setattr(shutil, "disk_usage", refused)
    state, said = home.only("disk", code=1)
    assert (state, said.startswith("This check was refused at /closed (Permission denied): ")) == ("problem", True)


def test_on_a_terminal_each_line_has_a_mark_a_word_and_what_to_do(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_terminal", lambda _: True)
    narrow = {**home.settings, "DISCORD_TOKEN": "\x1b[31m", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = run("doctor", env=narrow)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("✓ ok") for line in lines)
    (at,) = (number for number, line in enumerate(lines) if line.startswith("✗ problem"))
    assert "DISCORD_TOKEN holds spaces" in lines[at]
    assert any(line.strip().startswith("→ Copy it again.") for line in lines[at:])
    assert "\x1b[31m" not in done.stdout


def test_an_output_that_knows_ascii_alone_is_no_trouble(home: Home) -> None:
    (home.articles / "cañón.txt").write_text("", "utf-8")
    done = run_apart("doctor", env={**home.settings, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ca??n.txt" in done.stdout
