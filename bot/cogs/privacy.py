"""`/olvidame`: deletes at once what the bot keeps of a person."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, places
from bot.host import Host
from bot.message import render
from bot.texts import TEXTS
from bot.translation import said


class Privacy(commands.Cog):
    """What anyone may do with what is kept of them."""

    def __init__(self, client: Host) -> None:
        self._client = client

    @app_commands.command(name=said("forget_name"), description=said("forget_description"))
    async def forget(self, interaction: discord.Interaction[Host]) -> None:
        """Delete the person's questions, opinions and alerts, in every server, and say how many there were."""
        settings = self._client.store.guild_settings(interaction.guild_id or 0)
        texts = TEXTS[places.language_of(interaction, settings)]
        await delivery.acknowledge(interaction, private=True)
        deleted = await self._client.store.forget_person(interaction.user.id)
        self._client.suggestions.forget_person(interaction.user.id)
        self._client.recall.forget(interaction.channel)
        self._client.reception.forget()
        said_so = texts.forgotten.format(
            unanswered=deleted.unanswered, opinions=deleted.feedback, alerts=deleted.alerts
        )
        await delivery.answer(interaction, render.render_notice(said_so), private=True)
