"""What commands and buttons know of the client that they belong to; ``bot/client.py`` is it."""

from __future__ import annotations

from abc import abstractmethod

from discord.ext import commands

from bot.admission import Admission
from bot.conversation.recall import Recall
from bot.journal import Journal
from bot.knowledge import Knowledge
from bot.reception import Reception
from bot.settings import Settings
from bot.store import Store
from bot.suggestions import Suggestions


class Host(commands.Bot):
    """A Discord client with everything that a question needs."""

    settings: Settings
    knowledge: Knowledge
    store: Store
    admission: Admission
    reception: Reception
    recall: Recall
    suggestions: Suggestions
    journal: Journal

    @abstractmethod
    async def use_published(self) -> bool:
        """Use the published version of the index now; whether it is in use."""
