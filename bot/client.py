"""The bot on Discord: its commands made known, its buttons heard, its background work owned."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import failures, places, request
from bot.admission import Admission, RefusedError, Why
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
from bot.journal import Journal
from bot.knowledge import Knowledge
from bot.metrics import Metrics
from bot.reception import Reception
from bot.settings import Settings, SettingsError
from bot.store import Store, StoreError
from bot.suggestions import Suggestions, title_lines
from bot.translation import Translator

if TYPE_CHECKING:
    from bot.grounded.writer import Writer

_log = logging.getLogger(__name__)

_SYNCED = "synced_commands"
_APPLICATION = "application"
_DAY = timedelta(days=1).total_seconds()


class Commands(app_commands.CommandTree[Host]):
    """The commands; what goes wrong in one is told to whoever used it."""

    async def on_error(self, interaction: discord.Interaction[Host], error: app_commands.AppCommandError, /) -> None:
        """Say it in the person's language."""
        settings = self.client.store.guild_settings(interaction.guild_id or 0)
        await failures.report(interaction, error, places.language_of(interaction, settings))

    async def interaction_check(self, interaction: discord.Interaction[Host], /) -> bool:
        """Begin nothing new while the bot is stopping; suggestions are not worth a word."""
        if not self.client.admission.closing.is_set():
            return True
        if interaction.type is not discord.InteractionType.autocomplete:
            settings = self.client.store.guild_settings(interaction.guild_id or 0)
            await failures.report(interaction, RefusedError(Why.CLOSING), places.language_of(interaction, settings))
        return False

    async def _call(self, interaction: discord.Interaction[Host]) -> None:
        request.begin()
        # The library tells of a command that ended, not of one that fails or is cut short: this sees all three.
        with self.client.admission.under_way():
            await super()._call(interaction)


class Pregonero(Host):
    """The Discord client with everything that a question needs; ``connected`` says whether events arrive."""

    def __init__(
        self, settings: Settings, knowledge: Knowledge, store: Store, metrics: Metrics, writer: Writer | None
    ) -> None:
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
        self.journal = Journal(metrics.ended, questions=settings.log_questions)
        self.admission = Admission(
            settings.questions_per_minute,
            settings.questions_per_server,
            settings.queue_size,
            lambda: knowledge.full,
        )
        self.reception = Reception(knowledge, store, self.suggestions, writer)
        self.recall = Recall(self, Conversations())
        self._alerts = AlertTeller(self, knowledge, store, self.admission)
        self.connected = False
        self._metrics = metrics
        self._was_connected = False
        self._tasks: set[asyncio.Task[object]] = set()

    async def setup_hook(self) -> None:
        """Called once, after the login and before the gateway is connected."""
        for cog in (Ask(self), Messages(self), Feedback(self), Index(self), Server(self), Privacy(self)):
            await self.add_cog(cog)
        self.add_dynamic_items(PagesButton, ThreadButton, AlertButton, OpinionButton)
        translator = Translator()
        await self.tree.set_translator(translator)
        await self._sync(translator)
        self._own(self._watch(), "reloading")
        self._own(self._alerts.run(), "alerts")
        self._own(self._purge(), "deleting what is too old")

    async def on_message(self, message: discord.Message, /) -> None:
        """Nothing: `bot/cogs/messages.py` hears messages, and there are no prefix commands to look for."""

    async def on_ready(self) -> None:
        """Say that it works, and where."""
        _log.info("Ready as %s in %d servers.", self.user, len(self.guilds))
        self._connect()
        self._own(self._forget_left(), "forgetting servers")

    async def on_resumed(self) -> None:
        """The connection is there again, and what was missed was told."""
        self._connect()

    async def on_disconnect(self) -> None:
        """The connection is lost, or a try to have it back has failed."""
        self.connected = False
        self._metrics.disconnected()

    def _connect(self) -> None:
        self.connected = True
        self._metrics.connected(again=self._was_connected)
        self._was_connected = True

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that has sent the bot away."""
        self.suggestions.forget_guild(guild.id)
        self._own(self.store.forget_guild(guild.id), "forgetting a server")

    async def _forget_left(self) -> None:
        """Forget the servers that sent the bot away while it was not running."""
        if await self.store.note(_APPLICATION) == str(self.application_id):
            for guild in await self.store.known_guilds() - {guild.id for guild in self.guilds}:
                await self.store.forget_guild(guild)
        # The servers of another application are no servers that this one has left.
        await self.store.keep_note(_APPLICATION, str(self.application_id))

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log what failed in an event that nobody waits for."""
        _log.exception("Failure in %s", event_method)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Hear of nothing once the bot is closed.

        The library tells that it is ready two seconds after the gateway did, also where the bot was stopped meanwhile,
        and fails for want of a loop.
        """
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def use_published(self) -> bool:
        """Use what is published now, without waiting for the watch to notice it; whether that is in use."""
        if await self.knowledge.refresh():
            await self._changed()
        return await self.knowledge.is_current()

    async def close(self) -> None:
        """End the background work and the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close()

    async def _watch(self) -> None:
        await self._changed()
        await self.knowledge.watch(self._changed)

    async def _changed(self) -> None:
        """A version came into use."""
        self.suggestions.use_titles(await self.knowledge.aside(title_lines))
        self._alerts.wake()

    async def _purge(self) -> None:
        """Once a day, delete what people wrote longer ago than it may be kept."""
        while True:
            oldest = discord.utils.utcnow() - timedelta(days=self.settings.retention_days)
            try:
                await self.store.purge(int(oldest.timestamp()))
            except StoreError as error:
                _log.error("What is too old is not deleted: %s", error)
            await asyncio.sleep(_DAY)

    def _own(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run work in the background: it is held, ended with the bot, and its failure is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._let_go)

    def _let_go(self, task: asyncio.Task[object]) -> None:
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
