"""What the README says of Discord is what the bot needs and has, and what it shows is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest

from bot.client import intents_of
from bot.settings import load_settings
from bot.texts import TEXTS
from index.records import Language
from tests.command_line import ROOT, run

README = (ROOT / "README.md").read_text("utf-8")


def test_the_invitation_asks_for_what_the_bot_does_and_no_more() -> None:
    (address,) = re.findall(r"https://discord\.com/oauth2/authorize\S+", README)
    assert "scope=bot+applications.commands" in address
    permissions = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        create_public_threads=True,
        embed_links=True,
        attach_files=True,
        read_message_history=True,
    )
    assert address.endswith(f"permissions={permissions.value}")


def test_no_privileged_intent_is_asked_for_unless_an_admin_wants_it() -> None:
    settings = load_settings(ROOT / "no-such-file")
    privileged = ("message_content", "members", "presences")
    asked = intents_of(settings)
    assert not any(getattr(asked, name) for name in privileged)


def test_every_command_is_named() -> None:
    texts = TEXTS[Language.SPANISH]
    for name in ("ask", "index", "settings", "unanswered", "opinions", "forget"):
        assert f"`/{getattr(texts, f'{name}_name')}" in README
    for name in ("status", "rebuild", "back"):
        assert getattr(texts, f"{name}_name") in README
    assert texts.about_name in README


def test_the_answers_that_it_shows_are_those_that_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = re.findall(r"```\n((?:Alibaba está|No lo sé).+?)```", README, re.DOTALL)
    places = {"INDEX_DIR": str(tmp_path / "index"), "CACHE_FILE": str(tmp_path / "vectors.sqlite")}
    assert run("build", env=places).exit_code == 0
    asked = re.findall(r'^make ask Q="(.+?)"', README, re.MULTILINE)
    printed = [
        run("ask", "--", question, env=places).stdout for question in (*asked, "¿cuántos empleados tiene Alibaba?")
    ]
    assert shown == printed
