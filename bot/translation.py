"""Names and descriptions of commands in the languages that Discord shows: Spanish unless English is set."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.texts import TEXTS
from index.records import Language

_LANGUAGES = {
    discord.Locale.spain_spanish: Language.SPANISH,
    discord.Locale.latin_american_spanish: Language.SPANISH,
    discord.Locale.american_english: Language.ENGLISH,
    discord.Locale.british_english: Language.ENGLISH,
}


def said(name: str) -> app_commands.locale_str:
    """The text of that name in ``bot.texts``, in Spanish and translated for Discord; raises ``AttributeError``."""
    return app_commands.locale_str(getattr(TEXTS[Language.SPANISH], name), name=name)


class Translator(app_commands.Translator):
    """Gives Discord the texts that ``said`` named."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, _context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in the locale's language; None where there is none, or it is no text of ours."""
        name, language = string.extras.get("name"), _LANGUAGES.get(locale)
        return getattr(TEXTS[language], name) if name and language else None
