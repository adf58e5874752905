"""`/preguntar` and "Preguntar sobre esto": questions that come as interactions."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, places, wording
from bot.admission import RefusedError
from bot.conversation.understanding import is_courtesy
from bot.host import Host
from bot.journal import Course, Outcome, Way
from bot.message.render import Rendered
from bot.progress import Progress
from bot.texts import TEXTS
from bot.translation import said


class Ask(commands.Cog):
    """Asks in the name of whoever used the command, and answers in its place."""

    def __init__(self, client: Host) -> None:
        self._client = client
        self._about = app_commands.ContextMenu(name=said("about_name"), callback=self._ask_about)
        client.tree.add_command(self._about)

    async def cog_unload(self) -> None:
        """Take the context menu away, which belongs to the tree."""
        self._client.tree.remove_command(self._about.name, type=self._about.type)

    @app_commands.command(name=said("ask_name"), description=said("ask_description"))
    @app_commands.rename(question=said("question_name"), private=said("private_name"))
    @app_commands.describe(question=said("question_description"), private=said("private_description"))
    async def ask(
        self,
        interaction: discord.Interaction[Host],
        question: app_commands.Range[str, 1, wording.MAX_ASKED],
        private: bool | None = None,
    ) -> None:
        """Answer a question."""
        with self._client.journal.follow(Way.COMMAND) as course:
            await self._answer(course, interaction, question, private)

    @ask.autocomplete("question")
    async def _suggest(self, interaction: discord.Interaction[Host], typed: str) -> list[app_commands.Choice[str]]:
        settings = self._client.store.guild_settings(interaction.guild_id or 0)
        place = places.of_interaction(interaction, settings)
        try:
            self._client.admission.require_place(place, settings)
        except RefusedError:
            return []
        offered = await self._client.suggestions.offer(place.guild, place.channel, typed)
        return [app_commands.Choice(name=text, value=text) for text in offered]

    async def _ask_about(self, interaction: discord.Interaction[Host], message: discord.Message) -> None:
        with self._client.journal.follow(Way.MENU) as course:
            await self._answer(course, interaction, wording.question_in(message.content), None)

    async def _answer(
        self, course: Course, interaction: discord.Interaction[Host], question: str, private: bool | None
    ) -> None:
        client = self._client
        course.question = question
        settings = client.store.guild_settings(interaction.guild_id or 0)
        place = places.of_interaction(interaction, settings, private=private)
        if is_courtesy(question):
            course.outcome = Outcome.REFUSED
            await delivery.refuse(interaction, TEXTS[place.language].unfit_question)
            return
        with client.admission.admitted(place, settings):
            await delivery.acknowledge(interaction, private=place.private)
            turns = await client.recall.of_channel(interaction.channel)

            async def show(state: Rendered) -> None:
                await interaction.edit_original_response(embeds=list(state.embeds))

            async with Progress(show) as progress:
                answered = await client.reception.answer(place, settings, question, turns, progress.tell)
            course.replied(answered.reply)
            with course.timer.step("deliver"):
                message = await delivery.answer(interaction, answered.rendered, private=place.private)
            if message is None:
                course.outcome = Outcome.FAILED
            client.recall.keep(interaction.channel, message, answered.turns, private=place.private)
