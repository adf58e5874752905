"""The buttons of an answer. Each finds all it needs in its custom id and its message, so it outlives a restart."""

from __future__ import annotations

import re
from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot import delivery, failures, places, request
from bot.admission import Place
from bot.answers import Answer
from bot.host import Host
from bot.journal import Way
from bot.lookup import cited_passages
from bot.message import render
from bot.references import unpack
from bot.store import GuildSettings, Remembered
from bot.texts import TEXTS, Texts

MAX_THREAD_NAME = 100
_THREAD_EXISTS = 160004


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed: by and where it was, and what that server has set."""

    interaction: discord.Interaction[Any]
    host: Host
    place: Place
    settings: GuildSettings

    @property
    def texts(self) -> Texts:
        """The texts in the language of whoever pressed."""
        return TEXTS[self.place.language]

    async def say(self, sentence: str) -> None:
        """Answer with one sentence, once the press is acknowledged."""
        await delivery.answer(self.interaction, render.render_notice(sentence), private=True)


class Pressed(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"never:"):
    """A button that was pressed; what goes wrong is told to whoever pressed it."""

    def __init__(self, button: discord.ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(button)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the item that discord.py found in the message."""
        if not isinstance(item, discord.ui.Button):
            raise TypeError(f"{item!r} is no button")
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, or tell what went wrong."""
        request.begin()
        host: Host = interaction.client
        settings = host.store.guild_settings(interaction.guild_id or 0)
        place = places.of_interaction(interaction, settings, private=True)
        try:
            with host.admission.pressed(place, settings):
                await self.press(Press(interaction, host, place, settings))
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the person waiting
            await failures.report(interaction, error, place.language)

    @abstractmethod
    async def press(self, press: Press) -> None:
        """Do what the button says."""


class PagesButton(Pressed, template=render.PAGES):
    """Shows what was cited, whole, to whoever pressed it ("Ver pasajes", "Ver más")."""

    async def press(self, press: Press) -> None:
        """Show one page of it."""
        await delivery.acknowledge(press.interaction, private=True)
        what, packed, page = self.match["what"], self.match["packed"], int(self.match["page"])
        snapshot = press.host.knowledge.desk.snapshot
        try:
            references = unpack(packed)
        except ValueError:  # written by another release
            references = ()
        shown = await press.host.knowledge.run(lambda: cited_passages(snapshot, references))
        if not shown:
            await press.say(press.texts.passages_gone)
            return
        rendered = render.render_pages(what, shown, page, packed, press.place.language)
        await delivery.answer(press.interaction, rendered, private=True)


class ThreadButton(Pressed, template=render.THREAD):
    """Lets the conversation go on in a thread of the answer ("Abrir hilo")."""

    async def press(self, press: Press) -> None:
        """Open the thread, or say where it is."""
        message = press.interaction.message
        if message is None:
            return
        await delivery.acknowledge(press.interaction, private=True)
        read = render.read_message(message)
        name = (read.question if read else press.texts.thread_name)[:MAX_THREAD_NAME]
        try:
            thread = await delivery.persist(lambda: message.create_thread(name=name))
        except discord.Forbidden:
            await press.say(press.texts.thread_forbidden)
            return
        except discord.HTTPException as error:
            if error.code != _THREAD_EXISTS:
                raise
            if not message.flags.has_thread:
                # Opened since the press, as by an attempt that was not heard of: nobody was greeted.
                await self._greet(press.host.get_partial_messageable(message.id), press)
        else:
            press.host.recall.keep(thread, None, press.host.recall.of_answer(message))
            await self._greet(thread, press)
        # A thread of a message goes by the message's id.
        await press.say(press.texts.thread_here.format(thread=f"<#{message.id}>"))

    async def _greet(self, thread: discord.abc.Messageable, press: Press) -> None:
        """Whoever is mentioned in a thread is in it."""
        person = press.interaction.user
        greeting = press.texts.thread_opened.format(person=person.mention)
        # Where the bot may open threads and not write in them, the link still leads there.
        with suppress(discord.Forbidden):
            await delivery.send(thread, delivery.NOTHING, content=greeting, nonce=press.interaction.id, mention=person)


class AlertButton(Pressed, template=render.ALERT):
    """Remembers the question until an index answers it ("Avísame cuando se sepa")."""

    async def press(self, press: Press) -> None:
        """Remember it, where the server lets the bot."""
        message = press.interaction.message
        read = render.read_message(message) if message else None
        if message is None or read is None or not press.settings.keep_alerts:
            await delivery.refuse(press.interaction, press.texts.alerts_off)
            return
        place = press.place
        with press.host.journal.follow(Way.BUTTON) as course, press.host.admission.admitted(place, press.settings):
            course.question = read.standalone
            await delivery.acknowledge(press.interaction, private=True)
            # The index may have changed since the question was asked; then there is nothing to wait for.
            reply = await press.host.knowledge.ask(read.standalone)
            course.replied(reply)
            with course.timer.step("deliver"):
                if isinstance(reply.outcome, Answer):
                    told = render.render_answer(
                        reply.outcome, place.language, question=read.question, understood=read.understood
                    )
                    await delivery.answer(press.interaction, told, private=True)
                    return
                outcome = await press.host.store.remember_alert(
                    place.user, place.guild, place.channel, message.flags.ephemeral, read.standalone, place.language
                )
                await press.say(_said_of(outcome, press.texts))


def _said_of(outcome: Remembered, texts: Texts) -> str:
    return {
        Remembered.ADDED: texts.alert_kept,
        Remembered.ALREADY_THERE: texts.alert_known,
        Remembered.FULL: texts.alerts_full,
    }[outcome]
