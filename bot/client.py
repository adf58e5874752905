"""The bot on Discord: its commands made known, its buttons heard, its background work owned."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import failures, places
from bot.admission import Admission
from bot.alerts import AlertTeller
from bot.cogs.ask import Ask
from bot.cogs.buttons import AlertButton, PagesButton, ThreadButton
from bot.cogs.feedback import Feedback, OpinionButton
from bot.cogs.index import Index
from bot.cogs.messages import Messages
from bot.cogs.privacy import Privacy
from bot.cogs.server import Server
from bot.conversation.memory import Conversations
from bot.conversation.recall import Recall
from bot.host import Host
from bot.knowledge import Knowledge
from bot.reception import Reception
from bot.settings import Settings, SettingsError
from bot.store import GuildSettings, Store, StoreError
from bot.suggestions import Suggestions
from bot.translation import Translator

_log = logging.getLogger(__name__)

_SYNCED = "synced_commands"
_DAY = timedelta(days=1).total_seconds()


class Commands(app_commands.CommandTree[Host]):
    """The commands; what goes wrong in one is told to whoever used it."""

    async def on_error(self, interaction: discord.Interaction[Host], error: app_commands.AppCommandError, /) -> None:
        """Say it in the person's language."""
        try:
            settings = await self.client.store.guild_settings(interaction.guild_id or 0)
        except StoreError:
            settings = GuildSettings(interaction.guild_id or 0)
        await failures.report(interaction, error, places.language_of(interaction, settings))


class Pregonero(Host):
    """The Discord client with everything that a question needs."""

    def __init__(self, settings: Settings, knowledge: Knowledge, store: Store) -> None:
        # Nobody speaks here; without this the library warns that it could not.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            # There are no commands but Discord's own; this names what discord.py insists on.
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Commands,
            intents=intents_of(settings),
            # Nobody is called by an answer; who may be, in an alert, is named where it is sent.
            allowed_mentions=discord.AllowedMentions.none(),
            # Nothing is looked up in old messages or in lists of members.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.settings = settings
        self.knowledge = knowledge
        self.store = store
        self.suggestions = Suggestions()
        self.admission = Admission(
            settings.questions_per_minute,
            settings.questions_per_server,
            settings.queue_size,
            lambda: knowledge.full,
        )
        self.reception = Reception(knowledge, store, self.suggestions)
        self.recall = Recall(self, Conversations())
        self._alerts = AlertTeller(self, knowledge, store)
        self._tasks: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        """Called once, after the login and before the gateway is connected."""
        for cog in (Ask(self), Messages(self), Feedback(self), Index(self), Server(self), Privacy(self)):
            await self.add_cog(cog)
        self.add_dynamic_items(PagesButton, ThreadButton, AlertButton, OpinionButton)
        translator = Translator()
        await self.tree.set_translator(translator)
        await self._sync(translator)
        self._own(self._serve(), "alerts and reloading")
        self._own(self._purge(), "deleting what is too old")

    async def on_message(self, message: discord.Message, /) -> None:
        """Nothing: `bot/cogs/messages.py` hears messages, and there are no prefix commands to look for."""

    async def on_ready(self) -> None:
        """Say once that it works, and where."""
        _log.info("Ready as %s in %d servers.", self.user, len(self.guilds))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that has sent the bot away."""
        self.suggestions.forget_place(guild.id)
        await self.store.forget_guild(guild.id)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log what failed in an event that nobody waits for."""
        _log.exception("Failure in %s", event_method)

    async def use_published(self) -> None:
        """Use what is published now, without waiting for the watch to notice it."""
        if await self.knowledge.refresh():
            self._own(self._changed(), "alerts")

    async def close(self) -> None:
        """End the background work and the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close()

    async def _serve(self) -> None:
        await self.wait_until_ready()
        await self._changed()
        await self.knowledge.watch(self._changed)

    async def _changed(self) -> None:
        """A version came into use."""
        self.suggestions.use_titles(await self.knowledge.titles())
        try:
            await self._alerts.tell()
        except StoreError as error:
            _log.error("Alerts are not told: %s", error)

    async def _purge(self) -> None:
        """Once a day, delete what people wrote longer ago than it may be kept."""
        while True:
            oldest = discord.utils.utcnow() - timedelta(days=self.settings.retention_days)
            try:
                await self.store.purge(int(oldest.timestamp()))
            except StoreError as error:
                _log.error("What is too old is not deleted: %s", error)
            await asyncio.sleep(_DAY)

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run work in the background: it is held, ended with the bot, and its failure is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._let_go)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("The task for %s ended: restart the bot.", task.get_name(), exc_info=error)

    async def _sync(self, translator: Translator) -> None:
        """Make the commands known to Discord where they are other than what it was told last, or told elsewhere."""
        guild = discord.Object(self.settings.discord_guild_id) if self.settings.discord_guild_id else None
        if guild:
            self.tree.copy_global_to(guild=guild)
        made = self.tree.get_commands(guild=guild)
        payload = [await command.get_translated_payload(self.tree, translator) for command in made]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        where = guild.id if guild else 0
        synced = f"{self.application_id} {where} {digest}"
        before = await self.store.note(_SYNCED)
        if before == synced:
            return
        try:
            await self.tree.sync(guild=guild)
        except (discord.Forbidden, discord.NotFound) as error:
            if guild is None:
                raise
            raise SettingsError(
                f"DISCORD_GUILD_ID is {guild.id}, a server where the bot may not make commands: "
                "invite it there as README.md says, or leave the setting out."
            ) from error
        await self._clear_elsewhere(before, where)
        await self.store.keep_note(_SYNCED, synced)
        _log.info("Discord knows the commands, %s.", f"in server {where}" if where else "in every server")

    async def _clear_elsewhere(self, before: str | None, where: int) -> None:
        """Commands told to one server, then to all, would show twice there."""
        if before is None:
            return
        application, place, _digest = before.split()
        if application != str(self.application_id) or int(place) == where:
            return
        if int(place):
            # A server that has sent the bot away shows its commands no more.
            with suppress(discord.Forbidden, discord.NotFound):
                await self.http.bulk_upsert_guild_commands(int(application), int(place), payload=[])
        else:
            await self.http.bulk_upsert_global_commands(int(application), payload=[])


def intents_of(settings: Settings) -> discord.Intents:
    """Servers and messages; the text of messages that are not for the bot only where an admin asks for it."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = settings.message_content
    return intents
