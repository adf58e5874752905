"""Text of others never becomes markup, a mention, a link or an invitation, and can be read back."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.message.escape import backslash, clean, clean_with_spans, escape, holds_invite, unescape
from index.records import Span

INVISIBLE = (
    "\x00\x07\x1b\x7f\x9f\u00ad\u034f\u061c\u115f\u1160\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c"
    "\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206f\u2800\u3164\ud800\udfff\ufe00\ufe0f"
    "\ufeff\uffa0\ufff9\ufffb\U000e0001\U000e0041\U000e007f\U000e0100\U000e01ef"
)
MARKUP = "*_~`|[]()<>@#&!:/-+.\\ \n0123ab"
PIECES = (
    "discord discordapp discord.gg/ab discord.com/invite/ab dsc.gg/ab https:// www. . gg / invite com me \\ ab - * : "
    "ｄｉｓｃｏｒｄ ．ｇｇ ⒹISCORD дiѕсоrԁ 。 ⁄ \u0301 \u200b \ufe0f".split()
)
TEXTS = st.one_of(
    st.text(),
    st.text(MARKUP),
    st.text(MARKUP + INVISIBLE),
    st.lists(st.sampled_from([*PIECES, " ", "\n", "\t"])).map("".join),
)
# An invitation as it is read: full-width and circled letters made plain, spaces at its dots overlooked.
READ_AS_INVITE = re.compile(r"(discord(app)?\.com/invite|discord\.(gg|me)|dsc\.gg)/\w")
# What may not stand without a backslash, each as Discord reads it.
READ_AS_MARKUP = re.compile(r"[*_~`|\[\]<>@\\]|://|:[\w+-]+:|^[^\S\n]*(?:[-+#]|\d+[.)])", re.MULTILINE)


def without_escapes(text: str) -> str:
    """The text with a dot, which no markup is made of, in the place of everything that has a backslash before it."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "·", text)


def read_as_invite(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("。", ".").replace("⁄", "/")
    return bool(READ_AS_INVITE.search(re.sub(r"\s*([./])\s*", r"\1", plain)))


@given(TEXTS, st.booleans())
def test_nothing_that_discord_reads_stands_without_a_backslash(text: str, line: bool) -> None:
    assert not READ_AS_MARKUP.search(without_escapes(escape(text, line=line)))


@given(TEXTS, st.booleans())
def test_what_was_escaped_can_be_read_back(text: str, line: bool) -> None:
    assert unescape(escape(text, line=line)) == clean(text, line=line)


@given(TEXTS, st.booleans())
def test_cleaning_what_is_clean_changes_nothing(text: str, line: bool) -> None:
    cleaned = clean(text, line=line)
    assert clean(cleaned, line=line) == cleaned
    assert escape(cleaned, line=line) == escape(text, line=line) == backslash(cleaned)


@given(TEXTS, st.booleans())
@example("discord.gdiscord.gg/ag/b", False)
@example("discord.discord.gg/x gg/b", True)
def test_no_invitation_survives(text: str, line: bool) -> None:
    cleaned = clean(text, line=line)
    assert not read_as_invite(cleaned)
    assert not holds_invite(cleaned)


@given(TEXTS, st.booleans())
def test_nothing_that_is_not_seen_survives(text: str, line: bool) -> None:
    cleaned = clean(text, line=line)
    assert not {unicodedata.category(each) for each in cleaned if each != "\n"} & {"Cc", "Cs"}
    assert not set(cleaned) & set(INVISIBLE)


@given(TEXTS)
def test_a_line_has_single_spaces_and_no_other_white_space(text: str) -> None:
    line = clean(text, line=True)
    assert line == " ".join(line.split())


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_an_invisible_character_is_taken_out(character: str) -> None:
    assert clean(f"ali{character}baba") == "alibaba"


@pytest.mark.parametrize(
    "plain",
    ["¿Qué dice la O.N.U. de 380,5 millones (€)? «Sí», «no»: 50 % — ¡ya!", "a\n\nb", "😀 日本語 ñandú", "10:30"],
)
def test_plain_text_stays_as_it_is(plain: str) -> None:
    assert escape(plain) == clean(plain) == plain


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<@1> <@!1> <@&1> <#1>", r"\<\@1\> \<\@!1\> \<\@&1\> \<#1\>"),
        ("</cmd:1> <:e:1> <a:e:1> <t:1:R>", r"\</cmd:1\> \<\:e:1\> \<a\:e:1\> \<t\:1:R\>"),
        ("@everyone @here", r"\@everyone \@here"),
        ("**a** __b__ ~~c~~ ||d|| `e`", r"\*\*a\*\* \_\_b\_\_ \~\~c\~\~ \|\|d\|\| \`e\`"),
        ("[a](https://b.c)", r"\[a\](https\://b.c)"),
        ("http://a.b steam://x discord://y", r"http\://a.b steam\://x discord\://y"),
        (":smile:", r"\:smile:"),
        (
            "# a\n## b\n-# c\n- d\n  + e\n1. f\n22) g\n> h",
            "\\# a\n\\## b\n\\-# c\n\\- d\n  \\+ e\n1\\. f\n22\\) g\n\\> h",
        ),
        ("a\\*b", r"a\\\*b"),
    ],
)
def test_what_discord_would_read_gets_a_backslash(text: str, escaped: str) -> None:
    assert escape(text) == escaped


INVITES = """
    discord.gg/ab https://discord.gg/ab http://www.discord.gg/ab-c DISCORD.GG/AB discord.com/invite/ab
    https://discordapp.com/invite/ab https://ptb.discord.com/invite/ab discord.me/ab dsc.gg/ab discord.gg//ab
    discord.gg\\ab ｄｉｓｃｏｒｄ．ｇｇ／ａｂ ⓓⓘⓢⓒⓞⓡⓓ.gg/ab discоrd.gg/ab disc\u200bord.gg/ab discord\u2060.gg/ab
    discörd.gg/ab discord。gg/ab discord.gg/%61b discord.gg/a\u0301b discord.gdiscord.gg/cdg/ab
"""


@pytest.mark.parametrize("invite", [*INVITES.split(), "discord . gg / ab", "discord.\ngg/ab"])
def test_an_invitation_is_taken_out(invite: str) -> None:
    cleaned = clean(f"Únete: {invite} ya")
    assert cleaned.startswith("Únete:")
    assert cleaned.endswith(" ya")
    assert not read_as_invite(cleaned)
    assert len(cleaned) <= len("Únete: discord.g/ab ya")


@pytest.mark.parametrize("text", ["Discord. Me gusta", "discord.com/blog/x", "el servidor de Discord", "discord.gg"])
def test_what_invites_to_nothing_stays(text: str) -> None:
    assert clean(text) == text
    assert not holds_invite(text)


def test_line_ends_of_all_systems_are_newlines() -> None:
    assert clean("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"
    assert clean(" a \r\n\t b\u00a0 c ", line=True) == "a b c"


def test_spans_follow_their_text() -> None:
    text = "Hay \u200b380\u200b mil en discord.gg/ab, sí"
    cleaned, spans = clean_with_spans(text, [Span(5, 9), Span(17, 29)])
    assert (cleaned, [cleaned[slice(*span)] for span in spans]) == ("Hay 380 mil en , sí", ["380"])


def test_spans_that_come_to_touch_are_one_and_empty_ones_are_none() -> None:
    assert clean_with_spans("ab\u200bcd", [Span(3, 5), Span(0, 2), Span(2, 3)]) == ("abcd", (Span(0, 4),))
    assert clean_with_spans("abcd", [Span(0, 4), Span(1, 2)]) == ("abcd", (Span(0, 4),))
    assert clean_with_spans("ab", [Span(1, 1)]) == ("ab", ())


@given(st.text("ab \u200b\u202e*"), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9))))
def test_spans_hold_the_characters_that_they_held(text: str, places: list[tuple[int, int]]) -> None:
    spans = [Span(start, min(start + length, len(text))) for start, length in places if start <= len(text)]
    cleaned, moved = clean_with_spans(text, spans)
    inside = {at for start, end in spans for at in range(start, end)}
    assert "".join(cleaned[slice(*span)] for span in moved) == clean("".join(text[at] for at in sorted(inside)))
    assert all(one.end < other.start for one, other in pairwise(moved))
