"""Messages to Discord that arrive once: what discord.py does not retry is retried here, and nothing is ever doubled.

What discord.py 2.7 does by itself, and why that is not enough:

- It retries 500, 502, 504 and 524, not 503, and no connection that Linux reports as reset.
- Its webhook adapter, which interactions speak through, waits for seconds between tries, while Discord forgets an
  interaction that is not acknowledged within three. So an attempt is cut short and made again.
- An attempt that was cut short may have arrived. The next one is then told 40060, "already acknowledged": that is a
  success. 10062 means that it is too late: the answer goes to the channel, where that is allowed.
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

from bot.render import Rendered

T = TypeVar("T")
Interaction = discord.Interaction[discord.Client]

_log = logging.getLogger(__name__)

# An acknowledgement counts within three seconds of the interaction; some of them have passed when it gets here.
_CALLBACK_SECONDS = 2.6
_CALLBACK_ATTEMPT = 0.8
_CALLBACK_PAUSE = 0.05
# An answer is worth waiting for, but not longer than its asker does.
_SEND_SECONDS = 60.0

# Noted in an interaction's extras: its first response was made, as far as this side knows.
_PROMISED = "promised"
_ACKNOWLEDGED = 40060
_TOO_LATE = 10062
_LOST = (aiohttp.ClientError, OSError, discord.DiscordServerError)
LOST = (*_LOST, discord.HTTPException)
"""What is raised where Discord cannot be told something, or does not want to hear it."""

NOTHING = Rendered(embeds=(), view=None)
"""What is sent beside a content that says it all."""

_persistently = tenacity.AsyncRetrying(
    retry=tenacity.retry_if_exception_type(_LOST),
    stop=tenacity.stop_after_delay(_SEND_SECONDS),
    wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
    reraise=True,
)


async def acknowledge(interaction: Interaction, *, private: bool) -> None:
    """Tell Discord that an answer is coming. Whether that arrived is seen when ``answer`` or ``refuse`` goes on."""
    interaction.extras[_PROMISED] = True
    await call_back(interaction, lambda: interaction.response.defer(ephemeral=private, thinking=True))


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
        if error.code == _TOO_LATE:
            return False
        if error.status < 500:
            raise
        return None
    except (*_LOST, TimeoutError):
        return None
    return True


async def refuse(interaction: Interaction, sentence: str) -> None:
    """Answer with one sentence that only the asker sees, or that takes the place of the answer that was promised.

    Raises ``discord.HTTPException`` or ``aiohttp.ClientError``.
    """
    if interaction.response.type is discord.InteractionResponseType.modal:
        # Once: a message of this kind takes no nonce.
        await interaction.followup.send(sentence, ephemeral=True)
    elif _PROMISED in interaction.extras or interaction.response.is_done():
        await persist(lambda: interaction.edit_original_response(content=sentence, embeds=[], view=None))
    else:
        await call_back(interaction, lambda: interaction.response.send_message(sentence, ephemeral=True))


async def answer(interaction: Interaction, rendered: Rendered, *, private: bool) -> discord.Message | None:
    """Put the answer in the place of "thinking…"; where Discord has forgotten that, in the channel unless ``private``.

    None where it could be put nowhere. Raises ``discord.HTTPException`` or ``aiohttp.ClientError`` after a minute.
    """
    view = silent(rendered)
    try:
        return await persist(lambda: interaction.edit_original_response(embeds=list(rendered.embeds), view=view))
    except discord.NotFound:
        channel = interaction.channel
        if private or not isinstance(channel, discord.abc.Messageable) or not _may_send(interaction):
            _log.warning("Interaction %d was forgotten by Discord and cannot be answered elsewhere.", interaction.id)
            return None
        return await send(channel, rendered, nonce=interaction.id)


def _may_send(interaction: Interaction) -> bool:
    permissions = interaction.app_permissions
    if isinstance(interaction.channel, discord.Thread):
        return permissions.send_messages_in_threads
    return permissions.send_messages


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

    Raises ``discord.HTTPException`` or ``aiohttp.ClientError`` after a minute.
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


async def persist(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call that is safe to repeat while Discord or the way there fails, for a minute at most."""

    async def attempt() -> T:
        return await call()

    # A copy, since one that is under way keeps its count of attempts in itself.
    return await _persistently.copy()(attempt)


def silent(rendered: Rendered) -> discord.ui.View | None:
    """The view, so that discord.py sends its buttons and keeps nothing: dynamic items answer them, in any process."""
    if rendered.view:
        rendered.view.stop()
    return rendered.view
