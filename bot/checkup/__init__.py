"""Whether everything that Pregonero needs is there and fits together: settings, index, models, files, Discord.

``examine`` looks and changes nothing; what it finds is a ``Finding`` a line. A check that fails is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot.checkup import corpus, given, machine, models, online, places
from bot.checkup.findings import Check, Finding, State, guarded
from bot.settings import ENV_FILE, Settings

__all__ = ["Finding", "State", "examine"]

_OF_TOKEN = ("token", "discord")


def examine(env_file: Path = ENV_FILE, *, network: bool = False) -> Iterator[Finding]:
    """Check one thing after another; with ``network``, Discord is asked, and a model may be had from the hub.

    Where the settings cannot be used at all, only what needs none is checked.
    """
    settings: Settings | None = None
    refused = False

    def read() -> Iterator[Finding]:
        nonlocal settings, refused
        settings, found = given.read(env_file)
        refused = any(each.state is State.PROBLEM and each.sentence.startswith("DISCORD_TOKEN ") for each in found)
        yield from found

    yield from guarded("settings", read)
    for name, check in _checks(settings, network) if settings else [("versions", machine.versions)]:
        # There is no token to judge where it was refused, and that was said.
        if not (refused and name in _OF_TOKEN):
            yield from guarded(name, check)


def _checks(settings: Settings, network: bool) -> list[tuple[str, Check]]:
    asked: list[tuple[str, Check]] = [("discord", partial(online.discord_itself, settings))] if network else []
    return [
        ("token", partial(given.token, settings)),
        *asked,
        ("articles", partial(corpus.articles, settings)),
        ("index", partial(corpus.index, settings)),
        ("golden questions", partial(corpus.golden, settings)),
        ("model", partial(models.embedding, settings, network=network)),
        ("language model", partial(models.language, settings)),
        ("store", partial(places.store, settings)),
        ("folders", partial(places.folders, settings)),
        ("disk", partial(places.disk, settings)),
        ("health", partial(machine.health, settings)),
        ("versions", machine.versions),
    ]
