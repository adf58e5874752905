"""Settings and the token, as far as they can be judged without asking anybody."""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.checkup.findings import Finding, State, refusal
from bot.settings import Settings, SettingsError, environment_values, file_values, read_settings

# How much a name must share with one of ours to be taken for it, of 1; HISTFILE and HISTORY_FILE share 0.8.
_ALIKE = 0.85
# The bot's id, when the token was made, and the signature; a moment's four to six bytes take six or more characters.
_TOKEN = re.compile(r"([\w-]{20,})=*\.[\w-]{5,}=*\.[\w-]{20,}", re.ASCII)
# What else the developer portal shows to be copied.
_NOT_THE_TOKEN = (
    (re.compile("[0-9]{15,20}"), "the application's id"),
    (re.compile("[0-9a-f]{64}"), "the application's public key"),
    (re.compile(r"[\w-]{32}", re.ASCII), "the application's client secret"),
)


class _Nothing(Mapping[str, str]):
    """No setting at all; knows which ones were looked for."""

    def __init__(self) -> None:
        self.asked: dict[str, None] = {}

    def __getitem__(self, name: str) -> str:
        self.asked[name] = None
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read(env_file: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, with defaults for those that cannot be used, and what is to be said of them.

    None where no defaults help.
    """
    found: list[Finding] = []
    try:
        filed = file_values(env_file)
    except SettingsError as error:
        filed = {}
        found.append(refusal("settings", error))
    from_environment = environment_values()
    given = {**filed, **from_environment}
    settings, refused = _usable(given)
    found += [refusal("settings", error) for error in refused]
    names = _names()
    found += [*_mistyped(filed, names, str(env_file)), *_mistyped(from_environment, names, "the environment")]
    found += _permissions(env_file)
    if not found:
        count = sum(name in names for name in given)
        where = f"{env_file} and the environment" if filed else "the environment"
        sentence = f"{count} {'setting' if count == 1 else 'settings'} from {where}, the others at their defaults"
        found.append(Finding("settings", State.OK, sentence if count else "None is given, all are at their defaults"))
    return settings, found


def _usable(given: Mapping[str, str]) -> tuple[Settings | None, list[SettingsError]]:
    """The settings without those that are refused, one after another."""
    refused: list[SettingsError] = []
    while True:
        try:
            return read_settings(given), refused
        except SettingsError as error:
            refused.append(error)
            name = str(error).partition(" ")[0]
            if name not in given:
                return None, refused
            given = {other: value for other, value in given.items() if other != name}


def _names() -> tuple[str, ...]:
    """The names of all settings."""
    nothing = _Nothing()
    try:
        read_settings(nothing)
    except SettingsError:
        # A default can be refused, where a file stands in a folder's place; that was said already.
        return tuple(nothing.asked)
    return tuple(nothing.asked)


def _mistyped(given: Mapping[str, str], names: tuple[str, ...], where: str) -> Iterator[Finding]:
    for name in sorted(given.keys() - set(names)):
        for meant in difflib.get_close_matches(name.upper(), names, 1, _ALIKE):
            sentence = f"{name} in {where} is no setting, and is ignored"
            yield Finding("settings", State.WARNING, sentence, f"write {meant} if that is what you mean")


def _permissions(env_file: Path) -> Iterator[Finding]:
    if os.name == "posix" and env_file.is_file() and env_file.stat().st_mode & 0o077:
        sentence = f"{env_file} holds secrets, and other users of this machine may read it"
        yield Finding("settings", State.WARNING, sentence, f"chmod 600 {env_file}")


def token(settings: Settings) -> Iterator[Finding]:
    """Whether the Discord token looks like one."""
    value = settings.discord_token.value
    if not value:
        sentence = "DISCORD_TOKEN is not set, so the bot cannot sign in; the command line needs none"
        yield Finding("token", State.WARNING, sentence, "write it into .env; README.md says where to get one")
    elif _is_token(value):
        sentence = "DISCORD_TOKEN has the form of a token; `pregonero doctor --online` asks Discord whether it is one"
        yield Finding("token", State.OK, sentence)
    else:
        other = next((what for shape, what in _NOT_THE_TOKEN if shape.fullmatch(value)), None)
        sentence = f"DISCORD_TOKEN seems to be {other}" if other else "DISCORD_TOKEN has not the form of a token"
        yield Finding("token", State.PROBLEM, sentence, "copy it from the developer portal (Bot > Reset Token)")


def _is_token(value: str) -> bool:
    found = _TOKEN.fullmatch(value)
    if found is None:
        return False
    try:
        return base64.urlsafe_b64decode(f"{found[1]}==").isdigit()
    except binascii.Error:
        return False
