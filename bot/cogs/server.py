"""`/configurar` and `/sin-respuesta`: what an admin sets and sees for a server."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from enum import StrEnum

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, places
from bot.host import Host
from bot.message import render
from bot.message.excerpts import in_brief
from bot.store import GuildSettings, UnansweredGroup, unanswered_csv
from bot.texts import TEXTS, Texts
from bot.translation import said
from index.records import Language

_GROUPS_SHOWN = 15


class LanguageChoice(StrEnum):
    """The languages that a server can choose."""

    ASKER = "asker"
    SPANISH = "es"
    ENGLISH = "en"


_CHOICES = [
    app_commands.Choice(name=said(name), value=choice.value)
    for name, choice in (
        ("language_asker", LanguageChoice.ASKER),
        ("language_spanish", LanguageChoice.SPANISH),
        ("language_english", LanguageChoice.ENGLISH),
    )
]


class Server(commands.Cog):
    """One server's settings, and what could not be answered there."""

    def __init__(self, client: Host) -> None:
        self._client = client
        # Two changes at once must not undo one another.
        self._changing = asyncio.Lock()

    @app_commands.command(name=said("settings_name"), description=said("settings_description"))
    @app_commands.rename(
        channel=said("setting_channel"),
        role=said("setting_role"),
        language=said("setting_language"),
        private=said("setting_private"),
        unanswered=said("setting_unanswered"),
        opinions=said("setting_opinions"),
        alerts=said("setting_alerts"),
        reset=said("setting_reset"),
    )
    @app_commands.describe(
        channel=said("setting_channel_description"),
        role=said("setting_role_description"),
        language=said("setting_language_description"),
        private=said("setting_private_description"),
        unanswered=said("setting_unanswered_description"),
        opinions=said("setting_opinions_description"),
        alerts=said("setting_alerts_description"),
        reset=said("setting_reset_description"),
    )
    @app_commands.choices(language=_CHOICES)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def settings(
        self,
        interaction: discord.Interaction[Host],
        *,
        channel: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        language: str | None = None,
        private: bool | None = None,
        unanswered: bool | None = None,
        opinions: bool | None = None,
        alerts: bool | None = None,
        reset: bool = False,
    ) -> None:
        """Change what is given, and show all of it."""
        guild = interaction.guild_id or 0
        await delivery.acknowledge(interaction, private=True)
        async with self._changing:
            kept = self._client.store.guild_settings(guild)
            old = GuildSettings(guild) if reset else kept
            new = replace(
                old,
                channels=old.channels ^ {channel.id} if channel else old.channels,
                roles=old.roles ^ {role.id} if role else old.roles,
                language=_language(language) if language else old.language,
                private=old.private if private is None else private,
                keep_unanswered=old.keep_unanswered if unanswered is None else unanswered,
                keep_feedback=old.keep_feedback if opinions is None else opinions,
                keep_alerts=old.keep_alerts if alerts is None else alerts,
            )
            if new != kept:
                await self._client.store.save_guild_settings(new)
        texts = TEXTS[places.language_of(interaction, new)]
        await delivery.answer(interaction, render.render_notice(_settings(new, texts)), private=True)

    @app_commands.command(name=said("unanswered_name"), description=said("unanswered_description"))
    @app_commands.rename(export=said("export_name"))
    @app_commands.describe(export=said("export_description"))
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def unanswered(self, interaction: discord.Interaction[Host], export: bool = False) -> None:
        """Show what could not be answered, most asked first, or hand it out as a CSV file."""
        guild = interaction.guild_id or 0
        settings = self._client.store.guild_settings(guild)
        texts = TEXTS[places.language_of(interaction, settings)]
        await delivery.acknowledge(interaction, private=True)
        if export:
            rows = await self._client.store.unanswered_rows(guild)
            data = await asyncio.to_thread(unanswered_csv, rows, texts.language)
            await delivery.persist(
                lambda: interaction.edit_original_response(
                    content=texts.unanswered_file.format(count=len(rows)),
                    attachments=[discord.File(io.BytesIO(data), texts.unanswered_file_name)],
                )
            )
            return
        groups = await self._client.store.unanswered_groups(guild, _GROUPS_SHOWN)
        await delivery.answer(interaction, render.render_list(_unanswered(groups, settings, texts)), private=True)


def _language(choice: str) -> Language | None:
    return None if choice == LanguageChoice.ASKER else Language(choice)


def _settings(settings: GuildSettings, texts: Texts) -> str:
    languages = {
        None: texts.language_asker,
        Language.SPANISH: texts.language_spanish,
        Language.ENGLISH: texts.language_english,
    }

    def switch(on: bool) -> str:
        return texts.on if on else texts.off

    return texts.settings_shown.format(
        channels=" ".join(f"<#{channel}>" for channel in sorted(settings.channels)) or texts.all_channels,
        roles=" ".join(f"<@&{role}>" for role in sorted(settings.roles)) or texts.all_roles,
        language=languages[settings.language],
        private=switch(settings.private),
        unanswered=switch(settings.keep_unanswered),
        opinions=switch(settings.keep_feedback),
        alerts=switch(settings.keep_alerts),
    )


def _unanswered(groups: tuple[UnansweredGroup, ...], settings: GuildSettings, texts: Texts) -> list[str]:
    if not settings.keep_unanswered:
        return [texts.unanswered_off]
    if not groups:
        return [texts.unanswered_none]
    return [
        texts.unanswered_shown,
        *(f"- **{each.times}×** {in_brief(each.question)} · <t:{each.last_asked}:R>" for each in groups),
    ]
