"""A bot at work: the tests' own Discord, the real bot in a process of its own, articles and their index.

``with open_scene(tmp_path, encoder, SETTING="…") as scene`` has it ready; ``scene.server`` is where people act.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.build import build
from index.encoder import FolderEncoder
from index.sources import read_articles
from tests.bot_process import BotProcess
from tests.command_line import ROOT, write_articles
from tests.discord_server import DiscordServer

# With front matter: a url, a publisher and a date to show.
ALIBABA = """---
title: Alibaba anuncia inversión de $52 mil millones
url: https://example.org/alibaba
publisher: El Diario
published: 2025-02-24
---
El gigante chino Alibaba anunció este lunes un nuevo plan de inversión de 380 mil millones de yuanes, alrededor de \
$52.44 mil millones, en infraestructura de inteligencia artificial. El plan de Alibaba se extiende hasta 2027. \
Eddie Wu dirige Alibaba desde 2023.
"""
MINE = "La mina Calandria extrae litio\n\nLa mina Calandria, en Jujuy, extrae 900 toneladas de litio al año.\n"


@dataclass
class Scene:
    """What a scene plays with; ``bot`` is replaced by ``restart``."""

    home: Path
    server: DiscordServer
    bot: BotProcess
    settings: dict[str, str]
    encoder: FolderEncoder

    @property
    def articles(self) -> Path:
        """The folder that ARTICLES_DIR names."""
        return self.home / "articles"

    @property
    def index(self) -> Path:
        """The folder that INDEX_DIR names."""
        return self.home / "index"

    def write(self, name: str, text: str) -> None:
        """Add an article, or change one; the index does not know it yet."""
        (self.articles / name).write_text(text, "utf-8")

    def publish(self) -> str:
        """Index the articles, as an admin on the command line does; the id of the version."""
        roots = [str(self.articles)]
        corpus = read_articles(roots)
        return build(corpus.articles, self.index, self.encoder, cache=self.home / "vectors.sqlite", roots=roots).version

    def restart(self, *, killed: bool = False, **settings: str) -> None:
        """End the bot, or kill it, and start it again, with other settings where some are given."""
        if not killed:
            self.bot.terminate()
            assert self.bot.wait() == 0, self.bot.log
        self.bot.__exit__(None, None, None)
        self.settings |= settings
        self.bot = BotProcess(self.server, self.home, self.settings)
        self.bot.__enter__()
        self.bot.wait_ready()


@contextmanager
def open_scene(
    home: Path, encoder: FolderEncoder, *, ready: bool = True, heartbeat_timeout: float = 60.0, **settings: str
) -> Iterator[Scene]:
    """A scene in ``home``, its bot connected; nobody asks too often unless QUESTIONS_PER_MINUTE says so."""
    write_articles(home / "articles")
    (home / "articles" / "alibaba.md").write_text(ALIBABA, "utf-8")
    shutil.copy(ROOT / "seeds" / "000_ecd3f22a6ca37239.txt", home / "articles")
    given = {
        "ARTICLES_DIR": str(home / "articles"),
        "CACHE_FILE": str(home / "vectors.sqlite"),
        "INDEX_DIR": str(home / "index"),
        "STATE_FILE": str(home / "state.sqlite"),
        "QUESTIONS_PER_MINUTE": "1000",
        **settings,
    }
    with DiscordServer() as server:
        bot = BotProcess(server, home, given, heartbeat_timeout=heartbeat_timeout)
        scene = Scene(home, server, bot, given, encoder)
        scene.publish()
        bot.__enter__()
        try:
            if ready:
                bot.wait_ready()
            yield scene
            assert server.unexpected == [], "the bot asked for what Discord does not have"
        finally:
            scene.bot.__exit__(None, None, None)
