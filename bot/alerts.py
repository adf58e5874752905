"""Telling people that what they once asked in vain is answered now."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import discord

from bot import delivery
from bot.admission import Admission
from bot.answers import Answer
from bot.knowledge import BusyError, Knowledge
from bot.message.render import Offers, Rendered, render_answer
from bot.store import Alert, Store, StoreError
from bot.texts import TEXTS
from index.records import KnowledgeError

_log = logging.getLogger(__name__)

_TOLD = "alerts_version"


class AlertTeller:
    """Asks the waiting questions of each new version of the index once, and tells whoever waits for what it answers."""

    def __init__(self, client: discord.Client, knowledge: Knowledge, store: Store, admission: Admission) -> None:
        self._client = client
        self._knowledge = knowledge
        self._store = store
        self._admission = admission
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Go through the alerts for the version in use, when those before are done."""
        self._news.set()

    async def run(self) -> None:
        """Tell, one alert after another, each time there is news, for ever; what fails is logged."""
        await self._client.wait_until_ready()
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._tell()
            except StoreError as error:
                _log.error("Alerts are not told: %s", error)

    async def _tell(self) -> None:
        version = self._knowledge.desk.version
        if await self._store.note(_TOLD) == version:
            return
        put_off = False
        for alert in await self._store.waiting_alerts():
            try:
                # The bot does not stop between an alert that was sent and its removal, or it would be sent again.
                with self._admission.under_way():
                    await self._try(alert)
            except (BusyError, TimeoutError, KnowledgeError, *delivery.LOST) as error:
                put_off = True
                _log.warning("Alert %d waits for the next version or start (%s).", alert.id, type(error).__name__)
        if not put_off:
            await self._store.keep_note(_TOLD, version)

    async def _try(self, alert: Alert) -> None:
        outcome = (await self._knowledge.ask(alert.question)).outcome
        if not isinstance(outcome, Answer):
            return
        person = discord.Object(alert.user)
        for place in await self._places(alert):
            # Those before it took their time, and its person may have been forgotten meanwhile.
            if not await self._store.still_waits(alert.id):
                return
            try:
                await delivery.send(
                    place,
                    self._rendered(alert, outcome, place),
                    content=TEXTS[alert.language].alert_told.format(person=f"<@{alert.user}>"),
                    nonce=f"alert-{alert.id}",
                    mention=person,
                )
                break
            except discord.HTTPException as error:
                # Where the bot may not write, or not what it has to say, it says so elsewhere.
                if not isinstance(error, discord.Forbidden | discord.NotFound) and error.code != delivery.NO_EMBEDS:
                    raise
        else:
            _log.info("Alert %d can be told nowhere: it is dropped.", alert.id)
        await self._store.remove_alert(alert.id)

    def _rendered(self, alert: Alert, answer: Answer, place: discord.abc.Messageable) -> Rendered:
        # Opinions are read by a server's admins: in direct messages there are none.
        feedback = self._store.guild_settings(alert.guild).keep_feedback and not isinstance(place, discord.User)
        return render_answer(answer, alert.language, question=alert.question, offers=Offers(feedback=feedback))

    async def _places(self, alert: Alert) -> list[discord.abc.Messageable]:
        """Where to tell: the channel it was asked in, then privately; privately alone where it was asked so."""
        found: list[discord.abc.Messageable] = []
        if not alert.private:
            found.append(self._client.get_partial_messageable(alert.channel))
        with suppress(discord.NotFound):
            found.append(await delivery.persist(lambda: self._client.fetch_user(alert.user)))
        return found
