"""Which conversation a question goes on with: its thread's, its direct messages' or its reply chain's.

What memory has lost, at a restart, is read back from the bot's own messages: their text and buttons say what was asked
and cited.
"""

from __future__ import annotations

import logging

import discord

from bot.conversation.memory import Conversations
from bot.conversation.understanding import MAX_TURNS, Turn
from bot.delivery import LOST
from bot.message.render import read_message

_log = logging.getLogger(__name__)

_READ_BACK = 20


class Recall:
    """Finds and keeps the turns of conversations; ``client`` is whose messages are the answers."""

    def __init__(self, client: discord.Client, conversations: Conversations) -> None:
        self._client = client
        self._conversations = conversations

    def mine(self, message: object) -> bool:
        """Whether this is a message of the bot's."""
        return isinstance(message, discord.Message) and message.author.id == self._me

    def opened(self, channel: object) -> bool:
        """Whether the channel is a thread that the bot opened."""
        return isinstance(channel, discord.Thread) and channel.owner_id == self._me

    async def of_channel(self, channel: object) -> tuple[Turn, ...]:
        """The turns of a thread that the bot opened or of direct messages; none elsewhere, where everybody speaks."""
        if not isinstance(channel, discord.Thread | discord.DMChannel) or not self._converses(channel):
            return ()
        if channel.id not in self._conversations:
            self._conversations.keep(channel.id, await self._read_back(channel))
        return self._conversations.turns(channel.id)

    async def of_message(self, message: discord.Message) -> tuple[Turn, ...]:
        """The turns before a message: those that led to the answer it replies to, or its channel's."""
        answered = message.reference.resolved if message.reference else None
        if isinstance(answered, discord.Message) and self.mine(answered):
            return self._conversations.turns(answered.id) or _turns(answered)
        return await self.of_channel(message.channel)

    def of_answer(self, message: discord.Message) -> tuple[Turn, ...]:
        """The turns up to an answer of the bot's."""
        return self._conversations.turns(message.id) or _turns(message)

    def keep(
        self, channel: object, answer: discord.Message | None, turns: tuple[Turn, ...], *, private: bool = False
    ) -> None:
        """Keep the turns of an answer; what one person alone may see does not become a thread's conversation."""
        if answer:
            self._conversations.keep(answer.id, turns)
        if isinstance(channel, discord.Thread | discord.DMChannel) and self._converses(channel) and not private:
            self._conversations.keep(channel.id, turns)

    def forget(self, channel: object) -> None:
        """Forget what was said in direct messages; a thread's conversation is not one person's."""
        if isinstance(channel, discord.DMChannel):
            self._conversations.forget(channel.id)

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    def _converses(self, channel: discord.Thread | discord.DMChannel) -> bool:
        return isinstance(channel, discord.DMChannel) or self.opened(channel)

    async def _read_back(self, channel: discord.Thread | discord.DMChannel) -> tuple[Turn, ...]:
        answers = []
        try:
            if isinstance(channel, discord.Thread) and isinstance(channel.parent, discord.TextChannel):
                answers.append(channel.starter_message or await channel.parent.fetch_message(channel.id))
            answers += reversed([each async for each in channel.history(limit=_READ_BACK) if self.mine(each)])
        except LOST as error:
            _log.info("The conversation in %d cannot be read back (%s).", channel.id, type(error).__name__)
        return tuple(turn for answer in answers for turn in _turns(answer))[-MAX_TURNS:]


def _turns(message: discord.Message) -> tuple[Turn, ...]:
    read = read_message(message)
    return (Turn(read.standalone, "", read.cited),) if read else ()
