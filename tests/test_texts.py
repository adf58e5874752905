"""What readers see: whole in both languages, and within what Discord takes for names and descriptions."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot.texts import TEXTS, Texts
from bot.translation import Translator, said
from index.records import Language
from tests.command_line import ROOT

NAMES = sorted(name for name in vars(Texts) if not name.startswith("_"))
SPANISH, ENGLISH = TEXTS[Language.SPANISH], TEXTS[Language.ENGLISH]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMES)
def test_a_text_says_the_same_in_both_languages(name: str) -> None:
    spanish, english = getattr(SPANISH, name), getattr(ENGLISH, name)
    assert spanish.strip()
    assert english.strip()
    assert blanks(spanish) == blanks(english)


def test_every_text_is_used() -> None:
    used: set[str] = set()
    for folder in ("bot", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == ROOT / "bot/texts.py":
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Attribute):
                    used.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    used.add(node.value)
    assert set(NAMES) - used == set()


def named(ending: str) -> list[str]:
    """The texts that `said` names in the cogs, by the keyword that takes them."""
    found = set()
    for path in (ROOT / "bot/cogs").glob("*.py"):
        found |= set(re.findall(r'said\("([a-z_]+)"\)', path.read_text("utf-8")))
    return sorted(name for name in found if name.endswith("_description") == (ending == "description"))


@pytest.mark.parametrize("name", named("description"))
def test_a_description_fits(name: str) -> None:
    assert max(len(getattr(texts, name)) for texts in TEXTS.values()) <= 100


@pytest.mark.parametrize("name", named("name"))
def test_a_name_is_one_that_discord_takes(name: str) -> None:
    for texts in TEXTS.values():
        text = getattr(texts, name)
        if name == "about_name" or name.startswith("language_"):
            assert len(text) <= 32, "context menus and choices may be any words"
        else:
            assert re.fullmatch(r"[-_a-z0-9]{1,32}", text)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (discord.Locale.spain_spanish, "preguntar"),
        (discord.Locale.latin_american_spanish, "preguntar"),
        (discord.Locale.american_english, "ask"),
        (discord.Locale.british_english, "ask"),
        (discord.Locale.french, None),
    ],
)
async def test_discord_is_given_a_name_in_each_language(locale: discord.Locale, text: str | None) -> None:
    name = said("ask_name")
    assert str(name) == "preguntar"
    context: app_commands.TranslationContextTypes = app_commands.TranslationContext(
        app_commands.TranslationContextLocation.other, None
    )
    assert await Translator().translate(name, locale, context) == text
    assert await Translator().translate(app_commands.locale_str("ours not"), locale, context) is None


def test_no_other_file_speaks_spanish_to_readers() -> None:
    """A sentence for readers stands in texts.py: elsewhere no string constant has Spanish signs, docstrings aside."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if path == ROOT / "bot/texts.py":
            continue
        if spoken := [text for text in _constants(path) if re.search(r"[¡¿]\w", text) and " " in text]:
            found[str(path.relative_to(ROOT))] = spoken
    assert found == {}


def _constants(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]
