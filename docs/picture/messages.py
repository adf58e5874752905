"""What the bot sends in three exchanges about the seed articles, for the picture in the README.

``make picture`` runs it. It starts the real bot, connected to the tests' own Discord, asks what a person would ask,
and prints the messages as they then stand in the channel: a JSON array of Discord's message objects, each with
``shown_as`` (its author's name) and ``command`` (the command it answers, or null).
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from index.build import build
from index.encoder import open_encoder
from index.sources import read_articles
from tests.bot_process import BotProcess
from tests.command_line import ROOT
from tests.discord_numbers import Json
from tests.discord_records import Message
from tests.discord_server import DiscordServer

# The seed articles say nothing of where they come from; the picture shows an article that does.
FRONT_MATTER = """---
url: https://example.org/alibaba-inversion-ia
publisher: El Diario
published: 2025-02-24
---
"""


def prepare(home: Path) -> dict[str, str]:
    """Write and index the articles; return the settings of a bot that answers from them."""
    articles, index = home / "articles", home / "index"
    shutil.copytree(ROOT / "seeds", articles)
    alibaba = articles / "004_1aa4f0249ab5debd.txt"
    alibaba.write_text(FRONT_MATTER + alibaba.read_text(encoding="utf-8"), encoding="utf-8")
    build(read_articles([articles]).articles, index, open_encoder(), cache=home / "vectors.sqlite")
    return {"ARTICLES_DIR": str(articles), "INDEX_DIR": str(index), "STATE_FILE": str(home / "state.sqlite")}


def converse(server: DiscordServer) -> None:
    """Ask, ask on by replying, and ask what the articles do not say."""
    answer = server.slash("preguntar", {"pregunta": "¿cuánto invierte Alibaba?"}).wait_answer()
    server.wait_reply(server.say("¿y en yuanes?", reply_to=answer))
    server.slash("preguntar", {"pregunta": "¿quién ganó el mundial?"}).wait_answer()


def told(server: DiscordServer, message: Message) -> Json:
    """A message, with what only Discord itself knows of it."""
    command = message.interaction.data["name"] if message.interaction else None
    body = server.world.message_json(message, reads_content=True)
    return {**body, "shown_as": message.author.name, "command": command}


def main() -> None:
    """Print the messages."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        settings = prepare(home)
        with DiscordServer() as server, BotProcess(server, home, settings) as bot:
            bot.wait_ready()
            converse(server)
            json.dump([told(server, each) for each in server.messages()], sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
