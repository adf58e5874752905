"""The address of an article, with a text fragment that leads to the quoted sentence.

The form is the WICG's "URL Fragment Text Directives": ``#:~:text=start,end``. Addresses come from the index alone, and
nothing in one can end the link that it is put into.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from bot.message.escape import clean, holds_invite

MAX_URL = 512
"""The most characters that Discord takes for the address of a button."""

_WHOLE_WORDS = 10
# Of a long quote, this many words at either end; fewer where the address gets too long.
_END_WORDS = (5, 3)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(
    rf"(?=.{{1,253}}\Z)(?:(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]|(?:{_OCTET}\.){{3}}{_OCTET})", re.ASCII
)
# Of what an address may hold, all but what Markdown could read: brackets of any kind, quotes, asterisks, backslashes.
_KEPT = "!$%&+,/:;=?@~"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DIRECTIVE = ":~:"


def quote_link(url: str | None, quoted: str = "") -> str | None:
    """The address that opens the article at the quoted sentence, of at most ``MAX_URL`` characters.

    The plain address where the one with the fragment is longer; None where there is none that is fit to be followed:
    not http or https, no host with a dot, a user's name, characters that are not seen, a Discord invitation, too long.
    """
    plain = _plain(url) if url else None
    if plain is None or len(plain) > MAX_URL:
        return None
    words = clean(quoted, line=True).split()
    joint = "" if "#" in plain else "#"
    for text in _directives(words):
        address = f"{plain}{joint}{_DIRECTIVE}text={text}"
        if len(address) <= MAX_URL:
            return address
    return plain


def _directives(words: list[str]) -> list[str]:
    """Ways to point at the words, the surest first."""
    whole = [_term(words)] if 0 < len(words) <= _WHOLE_WORDS else []
    return whole + [f"{_term(words[:end])},{_term(words[-end:])}" for end in _END_WORDS if len(words) > 2 * end]


def _term(words: list[str]) -> str:
    # A dash and a comma would be the directive's own; `quote` leaves the dash alone.
    return quote(" ".join(words), safe="").replace("-", "%2D")


def _plain(url: str) -> str | None:
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except ValueError:  # UnicodeError is one
        return None
    if clean(url) != url or parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    fragment = parts.fragment.partition(_DIRECTIVE)[0]
    rest = (quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT) for part in (parts.path, parts.query, fragment))
    address = urlunsplit((parts.scheme, host if port is None else f"{host}:{port}", *rest))
    return None if holds_invite(unquote(address)) else address
