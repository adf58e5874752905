"""`/indice`: what is published, building it anew, going back."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, places
from bot.golden import NAMED, RegressionError, shortened
from bot.host import Host
from bot.message import render
from bot.message.escape import escape
from bot.rebuild import ASKING, READING, Rebuilt, rebuild
from bot.texts import TEXTS, Texts
from bot.translation import said
from index import publish
from index.records import BuildLockedError, IndexMissingError, Manifest
from index.stages import Stage

_log = logging.getLogger(__name__)

# Discord lets a message be edited about five times in five seconds; nobody reads faster than this.
_EDIT_SECONDS = 2.0


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Index(commands.GroupCog, name=said("index_name"), description=said("index_description")):
    """What an admin does with the index. The index is one for all servers of the bot."""

    def __init__(self, client: Host) -> None:
        self._client = client
        self._building = asyncio.Lock()

    async def interaction_check(self, interaction: discord.Interaction[Host]) -> bool:  # type: ignore[override]  # it is narrower in the library's stubs
        """Let admins in alone, also where a server has opened the command to others by mistake."""
        if not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command(name=said("status_name"), description=said("status_description"))
    async def status(self, interaction: discord.Interaction[Host]) -> None:
        """Say what is in use, and what else is published."""
        texts = self._texts(interaction)
        await delivery.acknowledge(interaction, private=True)
        desk = self._client.knowledge.desk
        folder = self._client.settings.index_dir
        versions = await asyncio.to_thread(publish.versions, folder)
        older = next((each.manifest for each in versions if each.manifest and each.id < desk.version), None)
        lines = [_status(desk.snapshot.manifest, older, texts)]
        if written := await self._client.reception.written_today():
            model, day = written
            lines.append(
                texts.model_today.format(model=escape(model, line=True), tokens=day.usage.total, cost=f"{day.cost:.2f}")
            )
        await _show(interaction, "\n".join(lines))

    @app_commands.command(name=said("rebuild_name"), description=said("rebuild_description"))
    async def rebuild(self, interaction: discord.Interaction[Host]) -> None:
        """Build the index anew from the articles, telling how far it is."""
        texts = self._texts(interaction)
        await delivery.acknowledge(interaction, private=True)
        if self._building.locked():
            await _show(interaction, texts.rebuild_running)
            return
        async with self._building:
            progress = _Progress(interaction, texts)
            build = asyncio.create_task(rebuild(progress.tell))
            try:
                rebuilt = await progress.follow(build, self._client.admission.closing)
            except BuildLockedError:
                await _show(interaction, texts.rebuild_running)
                return
            except RegressionError as error:
                _log.warning("%s", error)
                await _show(interaction, _worse(error, texts))
                return
            if rebuilt is None:
                await _show(interaction, texts.rebuild_interrupted)
                return
            for skipped in rebuilt.skipped:
                _log.warning("Skipped %s", skipped)
            in_use = await self._client.use_published()
            await _show(interaction, _rebuilt(rebuilt, texts) if in_use else texts.not_opened)

    @app_commands.command(name=said("back_name"), description=said("back_description"))
    async def back(self, interaction: discord.Interaction[Host]) -> None:
        """Publish the version before this one again."""
        texts = self._texts(interaction)
        await delivery.acknowledge(interaction, private=True)
        try:
            manifest = await asyncio.to_thread(publish.rollback, self._client.settings.index_dir)
        except IndexMissingError:
            await _show(interaction, texts.nothing_older)
            return
        in_use = await self._client.use_published()
        went_back = texts.went_back.format(built=_built(manifest), articles=manifest.articles)
        await _show(interaction, went_back if in_use else texts.not_opened)

    def _texts(self, interaction: discord.Interaction[Host]) -> Texts:
        settings = self._client.store.guild_settings(interaction.guild_id or 0)
        return TEXTS[places.language_of(interaction, settings)]


class _Progress:
    """How far a build is, edited into one message."""

    def __init__(self, interaction: discord.Interaction[Host], texts: Texts) -> None:
        self._interaction = interaction
        self._texts = texts
        self._line = texts.rebuild_begins

    def tell(self, step: str, done: int, total: int) -> None:
        """Note how far a step is; ``follow`` shows it in its time."""
        name = _steps(self._texts)[step]
        self._line = f"{name} {done}/{total}" if total > 1 else f"{name}…"

    async def follow(self, build: asyncio.Task[Rebuilt], closing: asyncio.Event) -> Rebuilt | None:
        """Show the progress until the build ends; None where the bot stops first, which ends the build."""
        stopping = asyncio.create_task(closing.wait())
        try:
            shown = ""
            while not build.done() and not stopping.done():
                if self._line != shown:
                    shown = self._line
                    await _try_show(self._interaction, f"{self._texts.rebuilding}\n{shown}")
                await asyncio.wait((build, stopping), timeout=_EDIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            build.cancel()
            await asyncio.wait((build,))
        return None if build.cancelled() else build.result()


def _steps(texts: Texts) -> dict[str, str]:
    return {
        READING: texts.step_read,
        Stage.SPLIT: texts.step_split,
        Stage.EMBED: texts.step_embed,
        Stage.INDEX: texts.step_index,
        Stage.WRITE: texts.step_write,
        Stage.VERIFY: texts.step_verify,
        ASKING: texts.step_ask,
    }


def _built(manifest: Manifest) -> str:
    """How long ago, as Discord counts it for each reader."""
    return f"<t:{int(datetime.fromisoformat(manifest.built_at).timestamp())}:R>"


def _status(manifest: Manifest, older: Manifest | None, texts: Texts) -> str:
    return texts.status.format(
        version=manifest.version,
        built=_built(manifest),
        articles=manifest.articles,
        passages=manifest.passages,
        model=escape(manifest.model, line=True),
        older=f"{_built(older)} (`{older.version}`)" if older else texts.none,
    )


def _worse(error: RegressionError, texts: Texts) -> str:
    named = [f"- {escape(shortened(each), line=True)}" for each in error.questions[:NAMED]]
    more = ["…"] if len(error.questions) > NAMED else []
    said = texts.rebuild_uncompared if error.unasked else texts.rebuild_worse
    return "\n".join([said.format(count=len(error.questions)), *named, *more])


def _rebuilt(rebuilt: Rebuilt, texts: Texts) -> str:
    sentence = texts.rebuild_needless if rebuilt.up_to_date else texts.rebuild_done
    lines = [sentence.format(articles=rebuilt.articles, passages=rebuilt.passages)]
    if rebuilt.skipped:
        lines.append(texts.rebuild_skipped.format(skipped=len(rebuilt.skipped)))
    return "\n".join(lines)


async def _show(interaction: discord.Interaction[Host], text: str) -> None:
    await delivery.answer(interaction, render.render_notice(text), private=True)


async def _try_show(interaction: discord.Interaction[Host], text: str) -> None:
    """Progress is not worth failing for, nor waiting for a Discord that is away."""
    try:
        await interaction.edit_original_response(embeds=list(render.render_notice(text).embeds))
    except delivery.LOST as lost:
        _log.info("Progress of the build could not be shown (%s).", type(lost).__name__)
