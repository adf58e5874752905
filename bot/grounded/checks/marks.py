"""What no sentence of a model's may hold, whatever its sources say: links, mentions, markup, letters in disguise.

Stricter than what Discord would follow: a bare "evil.com" is no link there, yet nobody needs it in an answer.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from bot.message.escape import clean, holds_invite

# Look-alikes of the full stop that a domain may be written with.
_DOTS = str.maketrans("。．｡․‧·∙⋅•・", "." * 10)
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]*\s?:\s?/\s?/|\bwww\s?\."
    r"|\b(?:https?|mailto|javascript|data|tel|sms|file|ftp|discord|steam):(?=\S)"
)
_DOMAIN = re.compile(r"(?<![\w.])(?:[\w-]+\s?\.)+(?P<top>(?:[^\W\d_]{2,}|xn--[\w-]+))(?![\w.]*\w)")
# "evil . com": nobody leaves a space before a stop and goes on with a letter.
_SPACED_DOT = re.compile(r"\w\s+\.\s*[^\W\d_]")
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w)|\[?(?:[0-9a-f]{1,4}:){3,}")
_SPELT_DOT = re.compile(
    r"\w\s*[(\[{]?\s*\b(?:dot|punto)\b\s*[)\]}]?\s*(?:com|net|org|io|gg|xyz|app|ai|ru|info|link|me|co)\b"
)
# "EE.UU.", "p.ej.": a stop inside an abbreviation.
_ABBREVIATION = re.compile(r"\b(?:([a-z])\1\.([a-z])\2|p\.ej|etc\.\w+|[a-z]\.(?:[a-z]\.)+[a-z]{2})\b")
_SENTENCE_STOP = re.compile(r"(?<=[^\W\d_]{3})\.(?=[A-ZÁÉÍÓÚÑ][a-záéíóúñ]*\s)")
_MENTION = re.compile(r"[@＠﹫]")
_MARKUP = re.compile(
    r"[*`\\\\\[\]{}|]|~~|__|(?<!\w)_\w|\w_(?!\w)"  # emphasis, code, links, spoilers
    r"|<[/!?@#:a-zA-Z]|&(?:#\w+|[a-z]{2,8});"  # tags, mentions, entities
    r"|:[A-Za-z_][\w+-]+:"  # emoji by their name
    r"|^\s*(?:#{1,6}\s|-#\s|>|[-+•·▪–—]\s|\d{1,3}[.)]\s)",  # headings, quotes, items
    re.MULTILINE,
)
# The selector behind an emoji, which asks for its coloured shape; anywhere else it is a character that is not seen.
_EMOJI_STYLE = re.compile(r"(?<=[^\w\s\ufe00-\ufe0f])\ufe0f")
# "3.º", "m²" and "½" are how Spanish and physics write; other letters and digits in disguise are not.
_PLAIN_ENOUGH = frozenset("ªº¹²³¼½¾⅓⅔⅛…™№℃℉")


def without_emoji_style(text: str) -> str:
    """The text with its emoji as they are shown, which is without the selector of their shape."""
    return _EMOJI_STYLE.sub("", text)


def holds_link(text: str) -> bool:
    """Whether the text holds an address of any scheme, a bare domain or IP address, or an invitation."""
    plain = unicodedata.normalize("NFKC", text.translate(_DOTS))
    plain = _SENTENCE_STOP.sub(". ", plain).casefold()
    bare = _ABBREVIATION.sub("", plain)
    return bool(
        _SCHEME.search(plain)
        or _DOMAIN.search(bare)
        or _SPACED_DOT.search(plain)
        or _ADDRESS.search(plain)
        or _SPELT_DOT.search(plain)
        or holds_invite(plain)
    )


def holds_mention(text: str) -> bool:
    """Whether the text holds a sign that a mention or an e-mail address begins with or goes through."""
    return _MENTION.search(text) is not None


def holds_markup(text: str) -> bool:
    """Whether the text holds Markdown, HTML, terminal codes, or characters that are not seen or not what they seem."""
    return bool(_MARKUP.search(text)) or _unseen(text) or _stacked(text) or any(map(_disguised, text))


def _unseen(text: str) -> bool:
    """Whether cleaning takes anything out; invitations, which it takes out too, are links."""
    if any(
        unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn") and character != "\n" for character in text
    ):
        return True
    return not holds_invite(text) and clean(text) != text


def _stacked(text: str) -> bool:
    """Whether accents stand on accents, which reach into the lines above and below."""
    plain = unicodedata.normalize("NFC", text)
    return any(unicodedata.combining(one) and unicodedata.combining(other) for one, other in pairwise(plain))


def _disguised(character: str) -> bool:
    """Whether a character is a plain letter, digit or stop in another shape: full-width, circled, mathematical."""
    if character.isascii() or character in _PLAIN_ENOUGH:
        return False
    plain = unicodedata.normalize("NFKC", character)
    other_digit = character.isdecimal()
    return other_digit or (plain != character and any(each.isascii() and each.isalnum() for each in plain))
