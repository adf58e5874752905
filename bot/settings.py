"""What a person can set, from the environment or from a file ``.env`` in the current folder; the environment wins.

Nobody else reads either of them. ``.env.example`` names every setting with its default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

C = TypeVar("C", bound=StrEnum)

ENV_FILE = Path(".env")

_INDEX_DIR = "var/index"
_CACHE_FILE = "var/cache/vectors.sqlite"
_HISTORY_FILE = "var/history"
_ARTICLES_DIR = "seeds"
_EMBEDDING_MODEL = "all-MiniLM-L6-v2"
_STATE_FILE = "var/state.sqlite"
_FOLDERS_APART = re.compile(f"[,{re.escape(os.pathsep)}]")


class SettingsError(Exception):
    """A setting cannot be used; ``str(error)`` is one sentence that names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that shows itself only to who asks for it: not in a log, an error or a ``repr``."""

    value: str = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __str__(self) -> str:
        return "***" if self.value else ""


class LogLevel(StrEnum):
    """How much the bot tells of its work; ``DEBUG`` shows what Discord and the bot say to each other, redacted."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    """For whom the bot tells of its work; ``AUTO`` is text on a terminal, else JSON."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked; paths are as they were given.

    ``golden_questions`` is the file of questions that are asked of an index before it is published; None for none.
    ``discord_guild_id`` is the server that commands are made in; None makes them in every server. Where
    ``message_content`` is true, the privileged intent of that name is asked for, and every message in a thread that the
    bot opened is a question. ``shutdown_grace`` and ``llm_timeout`` are in seconds. Where ``log_questions`` is true,
    the log holds what people ask. ``health_port`` is where the bot says how it is, 0 for nowhere. ``llm_model`` is the
    language model that writes the answers, as provider:name; "" for none. ``llm_max_tokens`` bounds a call and
    ``llm_daily_tokens`` a day, 0 for no ceiling; ``llm_prices`` are US dollars a million tokens read and written, None
    where not known.
    """

    index_dir: Path
    cache_file: Path
    history_file: Path
    articles_dirs: tuple[str, ...]
    embedding_model: str
    golden_questions: Path | None
    state_file: Path
    discord_token: Secret
    discord_guild_id: int | None
    message_content: bool
    questions_per_minute: int
    questions_per_server: int
    queue_size: int
    retention_days: int
    shutdown_grace: int
    log_level: LogLevel
    log_format: LogFormat
    log_questions: bool
    health_host: str
    health_port: int
    llm_model: str
    llm_base_url: str
    llm_api_key: Secret
    llm_timeout: int
    llm_max_tokens: int
    llm_daily_tokens: int
    llm_prices: tuple[Decimal, Decimal] | None


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the settings; one that is empty counts as not given. Raises ``SettingsError``."""
    return read_settings({**file_values(env_file), **environment_values()})


def read_settings(given: Mapping[str, str]) -> Settings:
    """The settings that ``given`` makes, the others at their defaults.

    Raises ``SettingsError``, whose sentence begins with the name of the setting.
    """
    return Settings(
        index_dir=_folder(given, "INDEX_DIR", _INDEX_DIR),
        cache_file=_file(given, "CACHE_FILE", _CACHE_FILE),
        history_file=_file(given, "HISTORY_FILE", _HISTORY_FILE),
        articles_dirs=_folders(given, "ARTICLES_DIR", _ARTICLES_DIR),
        embedding_model=_text(given, "EMBEDDING_MODEL", _EMBEDDING_MODEL),
        golden_questions=_file(given, "GOLDEN_QUESTIONS", "none") if _text(given, "GOLDEN_QUESTIONS", "") else None,
        state_file=_file(given, "STATE_FILE", _STATE_FILE),
        discord_token=_secret(given, "DISCORD_TOKEN"),
        discord_guild_id=_number(given, "DISCORD_GUILD_ID", 0, most=(1 << 63) - 1) or None,
        message_content=bool(_number(given, "MESSAGE_CONTENT", 0, most=1)),
        questions_per_minute=_number(given, "QUESTIONS_PER_MINUTE", 6, least=1, most=1_000),
        questions_per_server=_number(given, "QUESTIONS_PER_SERVER", 4, least=1, most=1_000),
        queue_size=_number(given, "QUEUE_SIZE", 32, least=1, most=10_000),
        retention_days=_number(given, "RETENTION_DAYS", 30, least=1, most=3_650),
        shutdown_grace=_number(given, "SHUTDOWN_GRACE", 25, most=600),
        log_level=_choice(given, "LOG_LEVEL", LogLevel.INFO),
        log_format=_choice(given, "LOG_FORMAT", LogFormat.AUTO),
        log_questions=bool(_number(given, "LOG_QUESTIONS", 0, most=1)),
        health_host=_host(given, "HEALTH_HOST", "127.0.0.1"),
        health_port=_number(given, "HEALTH_PORT", 8127, most=65_535),
        llm_model=_model(given, "LLM_MODEL"),
        llm_base_url=_address(given, "LLM_BASE_URL"),
        llm_api_key=_secret(given, "LLM_API_KEY"),
        llm_timeout=_number(given, "LLM_TIMEOUT", 20, least=1, most=600),
        llm_max_tokens=_number(given, "LLM_MAX_TOKENS", 1000, least=100, most=100_000),
        llm_daily_tokens=_number(given, "LLM_DAILY_TOKENS", 0, most=10**12),
        llm_prices=_prices(given, "LLM_PRICES"),
    )


def environment_values() -> Mapping[str, str]:
    """The variables of the environment that are not empty."""
    return {name: value for name, value in os.environ.items() if value}


def file_values(path: Path) -> Mapping[str, str]:
    """What the file says, without putting it into the environment; empty where there is no file.

    Raises ``SettingsError`` where it is no file of settings.
    """
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8-sig") as file:
            bindings = list(parse_stream(file))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text: save it again as UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): fix its permissions or remove it.") from error
    for binding in bindings:
        if binding.error:
            raise SettingsError(f"{path}, line {binding.original.line}, is not NAME=value: mend or delete that line.")
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}


def _text(given: Mapping[str, str], name: str, default: str) -> str:
    value = given.get(name, "").strip() or default
    if not value.isprintable():
        raise SettingsError(f"{name} is {value!a}, with characters that cannot be printed: write it anew.")
    return value


def _number(given: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int) -> int:
    value = _text(given, name, str(default))
    if not re.fullmatch(r"[0-9]{1,20}", value) or not least <= int(value) <= most:
        raise SettingsError(f"{name} is {value}: write a whole number from {least} to {most}.")
    return int(value)


def _choice(given: Mapping[str, str], name: str, default: C) -> C:
    value, choices = _text(given, name, default), type(default)
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    raise SettingsError(f"{name} is {value}: write one of {', '.join(choices)}.")


def _host(given: Mapping[str, str], name: str, default: str) -> str:
    value = _text(given, name, default)
    if not re.fullmatch(r"[0-9A-Za-z.:-]+", value):
        raise SettingsError(f"{name} is {value}: write an address of this machine, as in 127.0.0.1.")
    return value


def _model(given: Mapping[str, str], name: str) -> str:
    value = _text(given, name, "")
    if value and not re.fullmatch(r"[a-z_]+:\S+", value):
        raise SettingsError(f"{name} is {value}: write a provider and its model, as in openai:gpt-5-mini.")
    return value


def _address(given: Mapping[str, str], name: str) -> str:
    value = _text(given, name, "")
    if value and not re.fullmatch(r"https?://[^\s/]+\S*", value):
        # It may hold a password.
        raise SettingsError(f"{name} is no address: write one that begins with http:// or https://.")
    return value


def _prices(given: Mapping[str, str], name: str) -> tuple[Decimal, Decimal] | None:
    value = _text(given, name, "")
    if not value:
        return None
    if not re.fullmatch(r"\d+(?:\.\d+)?/\d+(?:\.\d+)?", value, re.ASCII):
        raise SettingsError(
            f"{name} is {value}: write US dollars a million tokens, read and written, as in 0.25/2.00, or leave it out."
        )
    read, _, written = value.partition("/")
    return Decimal(read), Decimal(written)


def _secret(given: Mapping[str, str], name: str) -> Secret:
    value = given.get(name, "").strip()
    # It goes into a header. The sentence does not show it: it may be the right one with something pasted beside it.
    if not re.fullmatch(r"[!-~]*", value):
        raise SettingsError(f"{name} holds spaces or characters that no token has: copy it again.")
    return Secret(value)


def _folder(given: Mapping[str, str], name: str, default: str) -> Path:
    path = _path(name, _text(given, name, default))
    if _is_folder(name, path) is False:
        raise SettingsError(f"{name} is {path}, which is no folder: name a folder, or leave it out for {default}.")
    return path


def _file(given: Mapping[str, str], name: str, default: str) -> Path:
    path = _path(name, _text(given, name, default))
    if _is_folder(name, path):
        raise SettingsError(f"{name} is {path}, which is a folder: name a file, or leave it out for {default}.")
    return path


def _is_folder(name: str, path: Path) -> bool | None:
    """Whether what stands there is a folder; None where nothing does."""
    try:
        return path.is_dir() if path.exists() else None
    except OSError as error:
        raise SettingsError(
            f"{name} is {path}, which cannot be looked at ({error.strerror}): let this user in, or name another place."
        ) from error


def _folders(given: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    parts = (part.strip() for part in _FOLDERS_APART.split(_text(given, name, default)))
    folders = tuple(str(_path(name, part)) for part in parts if part)
    if not folders:
        raise SettingsError(f"{name} names no folder: name one or more, with commas or {os.pathsep!r} between them.")
    return folders


def _path(name: str, value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise SettingsError(f"{name} is {value}, whose home folder is not known: write the path out.") from error
