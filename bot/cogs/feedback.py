"""👍 and 👎 on an answer, why not, and what an admin sees of it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, failures, places, request
from bot.cogs.buttons import Press, Pressed
from bot.host import Host
from bot.message import render
from bot.message.excerpts import in_brief
from bot.store import MAX_REASON, FeedbackSummary, GuildSettings, Verdict
from bot.texts import TEXTS, Texts
from bot.translation import said


class OpinionButton(Pressed, template=render.OPINION):
    """👍 or 👎; the second asks why."""

    async def press(self, press: Press) -> None:
        """Keep the opinion, where the server lets the bot; the last one of a person counts."""
        interaction, texts = press.interaction, press.texts
        message = interaction.message
        read = render.read_message(message) if message else None
        if message is None or read is None or not press.settings.keep_feedback:
            await delivery.refuse(interaction, texts.opinions_off)
            return
        verdict = Verdict.UP if self.match["verdict"] == "+" else Verdict.DOWN
        if verdict is Verdict.DOWN:
            # First, since Discord waits three seconds at most; the opinion counts also where no reason follows.
            form = ReasonModal(message.id, texts)
            # What is typed is heard below, in any process: the library need not keep a form that nobody may send.
            form.stop()
            await delivery.call_back(interaction, lambda: interaction.response.send_modal(form))
        else:
            await delivery.refuse(interaction, texts.opinion_kept)
        await press.host.store.remember_feedback(
            press.place.guild, press.place.user, message.id, verdict, read.standalone
        )


class ReasonModal(discord.ui.Modal):
    """Asks what was wrong with an answer."""

    def __init__(self, message: int, texts: Texts) -> None:
        super().__init__(title=texts.reason_title, custom_id=f"{render.REASON}{message}", timeout=None)
        self.add_item(
            discord.ui.Label(
                text=texts.reason_label,
                component=discord.ui.TextInput(
                    custom_id="why",
                    style=discord.TextStyle.paragraph,
                    placeholder=texts.reason_hint,
                    max_length=MAX_REASON,
                ),
            )
        )


class Feedback(commands.Cog):
    """Keeps reasons, and shows an admin what people think of the answers."""

    def __init__(self, client: Host) -> None:
        self._client = client

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Host]) -> None:
        """Take in a reason; heard here, it is kept also where the bot was restarted while it was typed."""
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if interaction.type is not discord.InteractionType.modal_submit or not custom_id.startswith(render.REASON):
            return
        request.begin()
        settings = self._client.store.guild_settings(interaction.guild_id or 0)
        language = places.language_of(interaction, settings)
        try:
            with self._client.admission.under_way():
                await delivery.acknowledge(interaction, private=True)
                if settings.keep_feedback:
                    message = int(custom_id.removeprefix(render.REASON))
                    await self._client.store.add_reason(interaction.user.id, message, _typed(data))
                await delivery.answer(interaction, render.render_notice(TEXTS[language].reason_kept), private=True)
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the person waiting
            await failures.report(interaction, error, language)

    @app_commands.command(name=said("opinions_name"), description=said("opinions_description"))
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def opinions(self, interaction: discord.Interaction[Host]) -> None:
        """Show how many liked the answers, and what was wrong with the last ones."""
        settings = self._client.store.guild_settings(interaction.guild_id or 0)
        language = places.language_of(interaction, settings)
        await delivery.acknowledge(interaction, private=True)
        summary = await self._client.store.feedback_summary(interaction.guild_id or 0)
        await delivery.answer(
            interaction, render.render_list(_summary(summary, settings, TEXTS[language])), private=True
        )


def _typed(data: Any) -> str:
    """What was typed into the one field of the modal."""
    for row in data.get("components", ()):
        for item in (row.get("component"), *row.get("components", ())):
            if item and item.get("custom_id") == "why":
                return str(item.get("value", ""))[:MAX_REASON]
    return ""


def _summary(summary: FeedbackSummary, settings: GuildSettings, texts: Texts) -> list[str]:
    if not settings.keep_feedback:
        return [texts.opinions_off]
    lines = [f"👍 {summary.up} · 👎 {summary.down}"]
    for complaint in summary.complaints:
        lines.append(f"- {in_brief(complaint.question)} · <t:{complaint.given}:R>")
        if complaint.reason:
            lines.append(f"> {in_brief(complaint.reason)}")
    return lines
