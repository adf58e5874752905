"""Messages to Discord that arrive once: what discord.py does not retry is retried here, and nothing is ever doubled.

What discord.py 2.7 does by itself, and why that is not enough:

- It retries 500, 502, 504 and 524, not 503, and no connection that Linux reports as reset.
- Its webhook adapter, which interactions speak through, retries every 5xx but waits for seconds between tries, while
  Discord forgets an interaction that is not acknowledged within three. So an attempt is cut short and made again.
- An attempt that was cut short may have arrived. The next one is then told 40060, "already acknowledged": that is a
  success. 10062 means that it is too late: the answer goes to the channel, where that is allowed.
- A connection that died without a word is noticed after five minutes. So an edit of an interaction's message is cut
  short too. Other requests are not: cut off while discord.py sits out a global rate limit, one leaves it shut for ever.
- A message carries the nonce of what it answers, enforced: however often it is sent, Discord makes one of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord
import tenacity

from bot.message.render import Rendered

T = TypeVar("T")
Interaction = discord.Interaction[discord.Client]

_log = logging.getLogger(__name__)

# An acknowledgement counts within three seconds of the interaction; some of them have passed when it gets here.
_CALLBACK_SECONDS = 2.6
# Three attempts fit, none of them so short that it could not be heard of.
_CALLBACK_ATTEMPT = 0.83
_CALLBACK_PAUSE = 0.05
# After this nothing of an acknowledgement that was given up can still be on its way and count.
_CALLBACK_LINGERS = 0.5
# An answer is worth waiting for, but not longer than its asker does.
_SEND_SECONDS = 60.0
_SEND_PAUSE = 0.2
_EDIT_ATTEMPT = 10.0

# Noted in an interaction's extras where an answer was promised: whether that arrived, as far as this side knows.
_PROMISED = "promised"
_ACKNOWLEDGED = 40060
# Too late for a first response; no such webhook; no longer such a webhook, after a quarter of an hour.
_FORGOTTEN = frozenset((10062, 10015, 50027))
_NOWHERE = "Interaction %d was forgotten by Discord and cannot be answered elsewhere."
UNREACHABLE = (aiohttp.ClientError, discord.DiscordServerError)
"""What is raised where Discord or the way there fails."""
# An attempt that took too long is an OSError as well.
_LOST = (*UNREACHABLE, OSError)
LOST = (*_LOST, discord.HTTPException)
"""What is raised where Discord cannot be told something, or does not want to hear it."""

NO_EMBEDS = 50006
"""Discord's code for a message of which nothing is left: without the permission Embed Links, an answer is one."""

NOTHING = Rendered(embeds=(), view=None)
"""What is sent beside a content that says it all."""


async def acknowledge(interaction: Interaction, *, private: bool) -> None:
    """Tell Discord that an answer is coming. Whether that arrived is seen when ``answer`` or ``refuse`` goes on."""
    interaction.extras[_PROMISED] = False
    interaction.extras[_PROMISED] = await call_back(
        interaction, lambda: interaction.response.defer(ephemeral=private, thinking=True)
    )


async def call_back(interaction: Interaction, respond: Callable[[], Awaitable[object]]) -> bool:
    """Make the first response to an interaction in the time there is; whether it arrived, as far as is known."""
    try:
        async with asyncio.timeout(_CALLBACK_SECONDS):
            while True:
                arrived = await _attempt(respond)
                if arrived is not None:
                    break
                await asyncio.sleep(_CALLBACK_PAUSE)
    except TimeoutError:
        arrived = False
    if not arrived:
        _log.warning("Interaction %d could not be acknowledged in time.", interaction.id)
    return arrived


async def _attempt(respond: Callable[[], Awaitable[object]]) -> bool | None:
    """One try: True it arrived, False it is too late, None nobody knows and another try is due."""
    try:
        async with asyncio.timeout(_CALLBACK_ATTEMPT):
            await respond()
    except discord.InteractionResponded:
        return True
    except discord.HTTPException as error:
        if error.code == _ACKNOWLEDGED:
            return True
        if error.code in _FORGOTTEN:
            return False
        if error.status < 500:
            raise
        return None
    except _LOST:
        return None
    return True


async def refuse(interaction: Interaction, sentence: str) -> None:
    """Answer with one sentence that only the asker sees, or that takes the place of the answer that was promised.

    Raises one of ``LOST``.
    """
    if interaction.response.type is discord.InteractionResponseType.modal:
        # Once: a message of this kind takes no nonce.
        await interaction.followup.send(sentence, ephemeral=True)
    elif _PROMISED in interaction.extras or interaction.response.is_done():
        edited = await _edit(
            interaction, lambda: interaction.edit_original_response(content=sentence, embeds=[], view=None)
        )
        if not edited:
            _log.warning(_NOWHERE, interaction.id)
    else:
        await call_back(interaction, lambda: interaction.response.send_message(sentence, ephemeral=True))


async def answer(interaction: Interaction, rendered: Rendered, *, private: bool) -> discord.Message | None:
    """Put the answer in the place of "thinking…"; where Discord has forgotten that, in the channel unless ``private``.

    None where it could be put nowhere. Raises one of ``LOST``.
    """
    view = silent(rendered)
    message: discord.Message | None = await _edit(
        interaction, lambda: interaction.edit_original_response(embeds=list(rendered.embeds), view=view)
    )
    if message is None and not private:
        message = await _answer_in_channel(interaction, rendered)
    if message is None:
        _log.warning(_NOWHERE, interaction.id)
    return message


async def _edit(
    interaction: Interaction, change: Callable[[], Awaitable[discord.InteractionMessage]]
) -> discord.InteractionMessage | None:
    """Change the first response to an interaction; None where Discord does not know it."""

    async def attempt() -> discord.InteractionMessage | None:
        try:
            async with asyncio.timeout(_EDIT_ATTEMPT):
                return await change()
        except discord.HTTPException as error:
            if error.code not in _FORGOTTEN and not isinstance(error, discord.NotFound):
                raise
            return None

    edited = await persist(attempt)
    if edited is None and not interaction.extras.get(_PROMISED):
        # What was given up may arrive yet, and would say "thinking…" for ever beside an answer given elsewhere.
        await asyncio.sleep(_CALLBACK_LINGERS)
        edited = await persist(attempt)
    return edited


async def _answer_in_channel(interaction: Interaction, rendered: Rendered) -> discord.Message | None:
    if not isinstance(interaction.channel, discord.abc.Messageable):
        return None
    try:
        return await send(interaction.channel, rendered, nonce=interaction.id)
    except (discord.Forbidden, discord.NotFound):
        return None


async def send(
    channel: discord.abc.Messageable,
    rendered: Rendered,
    *,
    nonce: int | str,
    reply_to: discord.Message | None = None,
    mention: discord.abc.Snowflake | None = None,
    content: str | None = None,
) -> discord.Message:
    """Send a message once, however often that takes; ``mention`` is the one person whom it may call.

    Raises one of ``LOST``.
    """
    allowed = discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[mention] if mention else False
    )
    reference = reply_to.to_reference(fail_if_not_exists=False) if reply_to else None
    view = silent(rendered)
    return await persist(
        lambda: channel.send(
            content=content,
            embeds=list(rendered.embeds),
            view=view or discord.utils.MISSING,
            nonce=nonce,
            allowed_mentions=allowed,
            reference=reference,  # type: ignore[arg-type]  # None is what it takes, though its overloads do not say so
        )
    )


class GrowingReply:
    """A reply that may be shown before it is whole, and is one message in the end."""

    def __init__(self, message: discord.Message) -> None:
        self._message = message
        self._showing: asyncio.Task[None] | None = None
        self._reply: discord.Message | None = None

    @property
    def begun(self) -> bool:
        """Whether a state of it was sent, or may have been."""
        return self._showing is not None

    async def show(self, rendered: Rendered) -> None:
        """Show a state of it; raises one of ``LOST``. Whoever does not wait for its end may still ``finish``."""
        self._showing = asyncio.create_task(self._show(rendered), name="a state of a reply")
        # Never cut off, for what is said above of rate limits.
        await asyncio.shield(self._showing)

    async def finish(self, rendered: Rendered) -> discord.Message:
        """Make it whole, however often that takes. Raises one of ``LOST``."""
        if self._showing is None:
            return await self._send(rendered)
        await asyncio.wait((self._showing,), timeout=_EDIT_ATTEMPT)
        late = not self._showing.done()
        reply = await self._complete(rendered)
        if late:
            # What was still under way may have arrived after it.
            await asyncio.wait((self._showing,))
            reply = await self._complete(rendered)
        return reply

    async def _show(self, rendered: Rendered) -> None:
        if self._reply is None:
            self._reply = await self._send(rendered)
        else:
            await self._reply.edit(embeds=list(rendered.embeds))

    async def _complete(self, rendered: Rendered) -> discord.Message:
        # One that was given up may have arrived: sending it again, by its nonce, finds it.
        reply = self._reply = self._reply or await self._send(rendered)
        view = silent(rendered)
        return await persist(lambda: reply.edit(embeds=list(rendered.embeds), view=view))

    async def _send(self, rendered: Rendered) -> discord.Message:
        return await send(self._message.channel, rendered, nonce=self._message.id, reply_to=self._message)


async def persist(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call that is safe to repeat while Discord or the way there fails, until a minute has passed.

    Raises what the last attempt raised, and at once what no repetition mends.
    """

    async def attempt() -> T:
        return await call()

    persistently = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(_LOST),
        stop=tenacity.stop_after_delay(_SEND_SECONDS),
        wait=tenacity.wait_random_exponential(multiplier=_SEND_PAUSE, max=5),
        reraise=True,
    )
    return await persistently(attempt)


def silent(rendered: Rendered) -> discord.ui.View | None:
    """The view, so that discord.py sends its buttons and keeps nothing: dynamic items answer them, in any process."""
    if rendered.view:
        rendered.view.stop()
    return rendered.view
