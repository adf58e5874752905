"""What Discord itself says of the token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checkup.findings import Finding, State
from bot.settings import Settings

if TYPE_CHECKING:
    import discord

_SECONDS = 10.0
_PORTAL = "discord.com/developers/applications"


def discord_itself(settings: Settings) -> Iterator[Finding]:
    """Sign in as the bot does, without going online: whose token it is, and what its application is allowed."""
    if settings.discord_token:
        yield from asyncio.run(_ask(settings))


async def _ask(settings: Settings) -> list[Finding]:
    import discord

    from bot.delivery import LOST

    # What it tells of itself meanwhile is told here.
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(_SECONDS), client:
            await client.login(settings.discord_token.value)
            return list(_judge(settings, client.application, str(client.user)))
    except discord.LoginFailure:
        advice = "copy it again from the developer portal (Bot > Reset Token)"
        return [Finding("discord", State.PROBLEM, "Discord does not accept DISCORD_TOKEN", advice)]
    except LOST as error:
        reason = f"status {error.status}" if isinstance(error, discord.HTTPException) else type(error).__name__
        sentence = f"Discord cannot be asked ({reason})"
        return [Finding("discord", State.PROBLEM, sentence, "check the network, then try again")]


def _judge(settings: Settings, application: discord.AppInfo | None, name: str) -> Iterator[Finding]:
    """What the application's settings mean for the bot."""
    yield Finding("discord", State.OK, f"Discord knows the token as {name}")
    if application is None:
        return
    flags = application.flags
    if settings.message_content and not (flags.gateway_message_content or flags.gateway_message_content_limited):
        sentence = "MESSAGE_CONTENT is 1, and the application does not have the Message Content intent"
        advice = f"switch it on at {_PORTAL} (Bot > Privileged Gateway Intents), or leave MESSAGE_CONTENT out"
        yield Finding("discord", State.PROBLEM, sentence, advice)
    if application.interactions_endpoint_url:
        sentence = "The application has an Interactions Endpoint URL, so commands go there and not to the bot"
        yield Finding("discord", State.PROBLEM, sentence, f"empty it at {_PORTAL} (General Information)")
