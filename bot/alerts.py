"""Telling people that what they once asked in vain is answered now."""

from __future__ import annotations

import logging
from contextlib import suppress

import discord

from bot import delivery
from bot.answers import Answer
from bot.knowledge import BusyError, Knowledge
from bot.message.render import Offers, render_answer
from bot.store import Alert, Store
from bot.texts import TEXTS
from index.records import KnowledgeError

_log = logging.getLogger(__name__)

_TOLD = "alerts_version"


class AlertTeller:
    """Asks the waiting questions of each new version of the index once, and tells whoever waits for what it answers."""

    def __init__(self, client: discord.Client, knowledge: Knowledge, store: Store) -> None:
        self._client = client
        self._knowledge = knowledge
        self._store = store

    async def tell(self) -> None:
        """Go through the alerts, unless this was done for the version in use. Raises ``StoreError``."""
        version = self._knowledge.desk.version
        if await self._store.note(_TOLD) == version:
            return
        put_off = False
        for alert in await self._store.waiting_alerts():
            try:
                await self._try(alert)
            except (BusyError, TimeoutError, KnowledgeError, *delivery.LOST) as error:
                put_off = True
                _log.warning("Alert %d waits for the next version or start (%s).", alert.id, type(error).__name__)
        if not put_off:
            await self._store.keep_note(_TOLD, version)

    async def _try(self, alert: Alert) -> None:
        settings = await self._store.guild_settings(alert.guild)
        if not settings.keep_alerts:
            return
        outcome = (await self._knowledge.ask(alert.question)).outcome
        if not isinstance(outcome, Answer):
            return
        offers = Offers(feedback=settings.keep_feedback)
        rendered = render_answer(outcome, alert.language, question=alert.question, offers=offers)
        person = discord.Object(alert.user)
        for place in await self._places(alert):
            try:
                await delivery.send(
                    place,
                    rendered,
                    content=TEXTS[alert.language].alert_told.format(person=f"<@{alert.user}>"),
                    nonce=f"alert-{alert.id}",
                    mention=person,
                )
                break
            except (discord.Forbidden, discord.NotFound):
                continue
        else:
            _log.info("Alert %d can be told nowhere: it is dropped.", alert.id)
        await self._store.remove_alert(alert.id)

    async def _places(self, alert: Alert) -> list[discord.abc.Messageable]:
        """Where to tell: the channel it was asked in, then privately; privately alone where it was asked so."""
        found: list[discord.abc.Messageable] = []
        if not alert.private:
            found.append(self._client.get_partial_messageable(alert.channel))
        with suppress(discord.NotFound):
            found.append(await delivery.persist(lambda: self._client.fetch_user(alert.user)))
        return found
