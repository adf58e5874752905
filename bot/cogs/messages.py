"""Mentions of the bot, replies to it and direct messages: questions that come as messages.

Without the privileged Message Content intent Discord delivers the text of just these. With it, every message in a
thread that the bot opened is a question too.
"""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot import delivery, failures, places, request, wording
from bot.admission import Place, RefusedError, Why
from bot.conversation.understanding import is_courtesy
from bot.host import Host
from bot.journal import Course, Way
from bot.message.render import render_notice
from bot.progress import Progress
from bot.store import GuildSettings
from bot.texts import TEXTS

_log = logging.getLogger(__name__)

_MINUTE = 60.0
# Where an admin has kept the bot out, it says nothing at all.
_SILENT = frozenset((Why.CHANNEL, Why.ROLE))


class Messages(commands.Cog):
    """Hears what is addressed to the bot and replies to it."""

    def __init__(self, client: Host) -> None:
        self._client = client
        # One refusal a minute and person: a flood of questions must not become a flood of answers.
        self._refusals: commands.CooldownMapping[int] = commands.CooldownMapping.from_cooldown(
            1, _MINUTE, lambda person: person
        )

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is addressed to the bot."""
        if message.author.bot or not self._addressed(message):
            return
        request.begin()
        settings = self._client.store.guild_settings(message.guild.id if message.guild else 0)
        place = places.of_message(message, settings)
        reply = delivery.GrowingReply(message)
        try:
            with self._client.journal.follow(self._way(message)) as course:
                await self._answer(course, message, place, settings, reply)
        except discord.Forbidden:
            _log.info("The bot may not write in channel %d.", message.channel.id)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is told and the log has the rest
            await self._refuse(message, place, error, reply)

    def _addressed(self, message: discord.Message) -> bool:
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        # Not `mentioned_in`, which takes @everyone for a mention of the bot.
        if message.guild is None or any(person == self._client.user for person in message.mentions):
            return True
        replied = message.reference.resolved if message.reference else None
        recall = self._client.recall
        # Without the intent, the text of these is empty: Discord says that they are there, not what they say.
        return bool(message.content) and (recall.mine(replied) or recall.opened(message.channel))

    def _way(self, message: discord.Message) -> Way:
        # Not `mentions`, in which whoever is replied to is too.
        return Way.MENTION if self._client.user and self._client.user.id in message.raw_mentions else Way.MESSAGE

    async def _answer(
        self,
        course: Course,
        message: discord.Message,
        place: Place,
        settings: GuildSettings,
        reply: delivery.GrowingReply,
    ) -> None:
        client = self._client
        with client.admission.admitted(place, settings):
            question = wording.question_in(message.content)
            if not question:
                await self._say(message, TEXTS[place.language].unasked)
                return
            if is_courtesy(question):
                await self._say(message, TEXTS[place.language].courtesy)
                return
            course.question = question
            turns = await client.recall.of_message(message)
            async with Progress(reply.show) as progress:
                answered = await client.reception.answer(place, settings, question, turns, progress.tell)
            course.replied(answered.reply)
            with course.timer.step("deliver"):
                sent = await reply.finish(answered.rendered)
            client.recall.keep(message.channel, sent, answered.turns)

    async def _refuse(
        self, message: discord.Message, place: Place, error: Exception, reply: delivery.GrowingReply
    ) -> None:
        if isinstance(error, RefusedError) and (
            error.why in _SILENT or self._refusals.update_rate_limit(message.author.id) is not None
        ):
            return
        sentence = failures.explain(error, place.language)
        try:
            if reply.begun:
                await reply.finish(render_notice(sentence))
            else:
                await self._say(message, sentence)
        except delivery.LOST as lost:
            _log.warning("Nobody could be told (%s): %s", type(lost).__name__, sentence)

    async def _say(self, message: discord.Message, sentence: str) -> None:
        await delivery.send(message.channel, delivery.NOTHING, content=sentence, nonce=message.id, reply_to=message)
