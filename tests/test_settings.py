"""Settings come from the environment and from .env; a malformed one is one sentence."""

from __future__ import annotations

import dataclasses
import errno
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.settings import LogFormat, LogLevel, Secret, Settings, SettingsError, load_settings
from tests.command_line import ROOT, SETTINGS


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is given, and the current folder is empty."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


DEFAULTS = Settings(
    index_dir=Path("var/index"),
    cache_file=Path("var/cache/vectors.sqlite"),
    history_file=Path("var/history"),
    articles_dirs=("seeds",),
    embedding_model="all-MiniLM-L6-v2",
    golden_questions=None,
    state_file=Path("var/state.sqlite"),
    discord_token=Secret(""),
    discord_guild_id=None,
    message_content=False,
    questions_per_minute=6,
    questions_per_server=4,
    queue_size=32,
    retention_days=30,
    shutdown_grace=25,
    log_level=LogLevel.INFO,
    log_format=LogFormat.AUTO,
    log_questions=False,
    health_host="127.0.0.1",
    health_port=8127,
    llm_model="",
    llm_base_url="",
    llm_api_key=Secret(""),
    llm_timeout=20,
    llm_max_tokens=1000,
    llm_daily_tokens=0,
    llm_prices=None,
)


def test_everything_has_a_default() -> None:
    assert load_settings() == DEFAULTS


def test_the_example_file_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = re.findall(r"^#?([A-Z_]+=.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")
    assert sorted(line.partition("=")[0] for line in lines) == sorted(SETTINGS)
    assert load_settings() == DEFAULTS


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_settings().embedding_model = "other"  # type: ignore[misc]


def test_the_file_is_read_without_touching_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# comment\nexport INDEX_DIR='mi índice'\nEMBEDDING_MODEL=a/b@c # pinned\n", "utf-8")
    settings = load_settings()
    assert settings.index_dir == Path("mi índice")
    assert settings.embedding_model == "a/b@c"
    assert "INDEX_DIR" not in os.environ


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INDEX_DIR=file\nCACHE_FILE=file.sqlite\n", "utf-8")
    monkeypatch.setenv("INDEX_DIR", "environment")
    monkeypatch.setenv("CACHE_FILE", "")
    assert load_settings().index_dir == Path("environment")
    assert load_settings().cache_file == Path("file.sqlite"), "an empty variable is none"


@pytest.mark.parametrize(
    ("value", "folders"),
    [("a", ("a",)), ("a,b c", ("a", "b c")), (f" a {os.pathsep}b,, c/d ", ("a", "b", "c/d")), ("", ("seeds",))],
)
def test_articles_can_be_in_several_folders(
    monkeypatch: pytest.MonkeyPatch, value: str, folders: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ARTICLES_DIR", value)
    assert load_settings().articles_dirs == folders


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INDEX_DIR", "~/index")
    monkeypatch.setenv("ARTICLES_DIR", "~/a,b")
    assert load_settings().index_dir == tmp_path / "index"
    assert load_settings().articles_dirs == (str(tmp_path / "a"), "b")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARTICLES_DIR", " , "),
        ("ARTICLES_DIR", "~nobody-of-this-name/articles"),
        ("INDEX_DIR", "taken"),
        ("INDEX_DIR", "a\x1b[31mb"),
        ("INDEX_DIR", "\udcff"),
        ("CACHE_FILE", "."),
        ("HISTORY_FILE", "."),
        ("EMBEDDING_MODEL", "two\nlines"),
        ("GOLDEN_QUESTIONS", "."),
        ("STATE_FILE", "."),
        ("STATE_FILE", "x" * 300),
        ("INDEX_DIR", "x" * 300),
        ("DISCORD_GUILD_ID", "my server"),
        ("MESSAGE_CONTENT", "2"),
        ("QUESTIONS_PER_MINUTE", "0"),
        ("QUEUE_SIZE", "-1"),
        ("RETENTION_DAYS", "٣٠"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("LOG_QUESTIONS", "yes"),
        ("HEALTH_HOST", "http://127.0.0.1"),
        ("HEALTH_PORT", "65536"),
        ("DISCORD_TOKEN", "a b"),
        ("LLM_MODEL", "gpt-5"),
        ("LLM_MODEL", "openai:"),
        ("LLM_BASE_URL", "localhost:8080"),
        ("LLM_MAX_TOKENS", "1"),
        ("LLM_API_KEY", "a\tb"),
        ("LLM_TIMEOUT", "0"),
        ("LLM_DAILY_TOKENS", "many"),
        ("LLM_PRICES", "0.25"),
        ("LLM_PRICES", "-1/2"),
    ],
)
def test_a_malformed_value_is_one_printable_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name} ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"INDEX_DIR=ok\nno equals sign here\n", ".env, line 2, "), (b"INDEX_DIR=\xff\xfe\n", ".env is not UTF-8")],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        load_settings()


@pytest.mark.parametrize("name", ["INDEX_DIR", "STATE_FILE"])
def test_a_place_that_may_not_be_looked_at_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    look = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        if path == Path("closed/place"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return look(path, **options)

    monkeypatch.setenv(name, "closed/place")
    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(SettingsError, match=rf"^{name} is closed/place, .*Permission denied\): let this user in"):
        load_settings()


def test_a_folder_in_the_files_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings()


def test_a_token_shows_itself_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", " MTIzNDU2.abcdef.ghijkl ")
    settings = load_settings()
    assert settings.discord_token.value == "MTIzNDU2.abcdef.ghijkl"
    for shown in (repr(settings), str(settings), f"{settings.discord_token}", repr(settings.discord_token)):
        assert "ghijkl" not in shown


def test_prices_are_read_to_the_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PRICES", "0.25/2.00")
    assert load_settings().llm_prices == (Decimal("0.25"), Decimal("2.00"))
