"""A bot that is no more than discord.py, to try the tests' own Discord with: ``python -m tests.small_bot``.

It answers in the ways that a question may be asked, and logs what goes wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal

import discord
from discord import app_commands

_log = logging.getLogger(__name__)


class SmallBot(discord.Client):
    """Echoes."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, messages=True)
        intents.message_content = "MESSAGE_CONTENT" in os.environ
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Register the commands."""
        self.tree.add_command(ask)
        self.tree.add_command(index)
        self.tree.add_command(about)
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        """Reply to people with what could be read."""
        if message.author != self.user:
            await message.reply(f"leído: {message.content!r}")


class Buttons(discord.ui.View):
    """One button a way to answer."""

    @discord.ui.button(label="Cambiar", custom_id="change")
    async def change(self, interaction: discord.Interaction, _button: discord.ui.Button[Buttons]) -> None:
        """Update the message."""
        await interaction.response.edit_message(content="cambiado", view=None)

    @discord.ui.button(label="Opinar", custom_id="why")
    async def why(self, interaction: discord.Interaction, _button: discord.ui.Button[Buttons]) -> None:
        """Show a form."""
        await interaction.response.send_modal(Why())

    @discord.ui.button(label="Abrir hilo", custom_id="thread")
    async def thread(self, interaction: discord.Interaction, _button: discord.ui.Button[Buttons]) -> None:
        """Open a thread."""
        assert interaction.message
        await interaction.response.defer()
        thread = await interaction.message.create_thread(name="hilo")
        await thread.send("aquí")


class Why(discord.ui.Modal, title="¿Por qué?"):
    """A form of one field."""

    reason: discord.ui.TextInput[Why] = discord.ui.TextInput(label="Motivo", custom_id="reason", max_length=50)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Repeat it, for them alone."""
        await interaction.response.send_message(f"porque {self.reason.value}", ephemeral=True)


@app_commands.command(name="preguntar", description="Pregunta")
async def ask(interaction: discord.Interaction[SmallBot], pregunta: str, privado: bool = False) -> None:
    """Defer, answer, follow up with a file and with something for the asker alone."""
    try:
        await interaction.response.defer(ephemeral=privado, thinking=True)
    except discord.HTTPException as error:
        _log.warning("not acknowledged: %d %d", error.status, error.code)
        return
    await interaction.edit_original_response(content=pregunta, view=Buttons(timeout=None))
    await interaction.followup.send(file=discord.File(__file__, "hola.csv"), ephemeral=privado)
    await interaction.followup.send(f"{interaction.locale} {interaction.permissions.manage_guild}", ephemeral=True)


@ask.autocomplete("pregunta")
async def suggest(_interaction: discord.Interaction[SmallBot], current: str) -> list[app_commands.Choice[str]]:
    """Twice what was typed."""
    return [app_commands.Choice(name=current * 2, value=current)]


class Index(app_commands.Group):
    """Subcommands."""

    @app_commands.command(name="estado", description="Estado")
    async def state(self, interaction: discord.Interaction, canal: app_commands.AppCommandChannel, nonce: str) -> None:
        """Send one message twice, as after a connection lost; then one that is too long."""
        channel = await canal.fetch()
        assert isinstance(channel, discord.TextChannel)
        for _ in range(2):
            await channel.send("una vez", nonce=nonce)
        try:
            await channel.send("a" * 2001)
        except discord.HTTPException as error:
            await interaction.response.send_message(f"{error.status} {error.code}")


index = Index(name="indice", description="Índice", default_permissions=discord.Permissions(manage_guild=True))


@app_commands.context_menu(name="Preguntar sobre esto")
async def about(interaction: discord.Interaction, message: discord.Message) -> None:
    """Repeat the message."""
    await interaction.response.send_message(f"sobre: {message.content}")


async def main() -> None:
    """Run until SIGTERM."""
    async with SmallBot() as bot:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.create_task(bot.close()))
        with contextlib.suppress(asyncio.CancelledError):
            await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    discord.utils.setup_logging()
    asyncio.run(main())
