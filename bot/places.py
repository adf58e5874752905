"""Where somebody asks, read off what Discord says of an interaction or a message."""

from __future__ import annotations

import discord

from bot.admission import Place
from bot.store import GuildSettings
from index.language import detect
from index.records import Language


def language_of(interaction: discord.Interaction[discord.Client], settings: GuildSettings) -> Language:
    """The server's language, where one is set; else the asker's, English for all that is not Spanish."""
    if settings.language:
        return settings.language
    return Language.SPANISH if interaction.locale.value.startswith("es") else Language.ENGLISH


def of_interaction(
    interaction: discord.Interaction[discord.Client], settings: GuildSettings, *, private: bool | None = None
) -> Place:
    """The place of an interaction; ``private`` is as the asker wants it, or None for the server's custom."""
    channel = interaction.channel
    hidden = settings.private if private is None else private
    return Place(
        guild=interaction.guild_id or 0,
        channel=interaction.channel_id or 0,
        channels=_channels(channel, interaction.channel_id or 0),
        user=interaction.user.id,
        roles=_roles(interaction.user),
        language=language_of(interaction, settings),
        private=hidden,
        threads=not hidden and _opens_threads(channel) and interaction.app_permissions.create_public_threads,
    )


def of_message(message: discord.Message, settings: GuildSettings) -> Place:
    """The place of a message, which is answered where it stands."""
    threads = _opens_threads(message.channel)
    if threads and message.guild and isinstance(message.channel, discord.abc.GuildChannel):
        threads = message.channel.permissions_for(message.guild.me).create_public_threads
    return Place(
        guild=message.guild.id if message.guild else 0,
        channel=message.channel.id,
        channels=_channels(message.channel, message.channel.id),
        user=message.author.id,
        roles=_roles(message.author),
        language=settings.language or detect(message.content),
        private=False,
        threads=threads,
    )


def _channels(channel: object, own: int) -> frozenset[int]:
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    return frozenset((own, parent)) if parent else frozenset((own,))


def _roles(person: discord.User | discord.Member) -> frozenset[int]:
    return frozenset(role.id for role in person.roles) if isinstance(person, discord.Member) else frozenset()


def _opens_threads(channel: object) -> bool:
    return isinstance(channel, discord.TextChannel)
