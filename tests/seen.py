"""What somebody sees of a message of the bot's, and all that is wrong with it: an oracle that shares nothing with it.

``seen`` takes what the bot would send, ``seen_on_discord`` what it has sent; ``wrong_with`` says what should not be
there, given the articles of the index. It reads Markdown as Discord does: a backslash takes a character's meaning away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.message.render import Rendered
from bot.texts import TEXTS
from index.records import Article, Language
from tests.discord_records import Message

# Stands for a character whose meaning a backslash took away.
_TAKEN = "\ue000"
_NAMELESS = "\u200b"
_OWN_LINK = re.compile(r"\[((?:\\.|[^\[\]\\])+)\]\((https://[^\s()<>]+)\)")
_OWN_DATE = re.compile(r" · <t:\d{9,11}:d>$", re.MULTILINE)
_SOURCE = re.compile(r"\[(\d)\] ")
_QUOTE = re.compile(r"^«(.*)»$", re.MULTILINE)
_OWN_LINE = re.compile(r"-# (?:Lo entiendo como «|I take it as “|en |in )")
_MARKS = re.compile(r"(?: |\[\d\])*$")
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*:/\s?/|\b(?:https?|mailto|javascript|data|tel|sms|file|discord|steam):\S|www\s?\.", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"[\w-]+(?:\s?\.\s?| punto | dot )(?:com|net|org|io|gg|me|example|ru|xyz|app|info|dev|zip|tk|co|link|test)\b",
    re.IGNORECASE,
)
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w)|\[[0-9a-f:]{4,}\]", re.IGNORECASE)
_MENTION = re.compile(r"[@＠]|<[#@/:ati][^>\n]*>|<id:|:\w{2,}:")
_MARKUP = re.compile(r"[*_~`|\[\]<>{}]|\\(?=\w)|&#?\w+;|^\s*(?:#{1,6} |-# |>|[-+•] |\d{1,3}[.)] )", re.MULTILINE)
_INVITE = re.compile(r"discord(?:app)?[./](?:gg|me|com/invite)|dsc\.gg")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_COUNT = re.compile(
    r"\b(?:dos|tres|cuatro|cinco|siete|ocho|nueve|diez|veinte|treinta|cuarenta|cincuenta|cien|ciento|mil|millón|millones"
    r"|billón|billones|two|three|four|five|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|million|billion)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-ZÁÉÍÓÚÑ][\w'’-]+")
_WORD = re.compile(r"[^\W\d_]{5,}")
_OPENERS = frozenset("El La Los Las Un Una En Se Su Según The A An In It Its".split())
_ENGLISH = re.compile(r"\b(?:the|and|of|to|for|will|your?)\b", re.IGNORECASE)
_MAX_STATEMENT = 600
# Words of which this share stands in what is quoted: what is said is said there.
_GROUNDED = 0.34


@dataclass(frozen=True)
class Seen:
    """A message: the statements' block, the sources, everything that is written, and where buttons lead."""

    description: str
    sources: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def statements(self) -> list[str]:
        """The answer's sentences, as they were sent: with bold and numbers, without what was asked."""
        lines = self.description.split("\n")
        return [line for at, line in enumerate(lines) if line and not (at == 0 or _OWN_LINE.match(line))]


def seen(rendered: Rendered) -> Seen:
    """What would be seen of a message that is not sent yet."""
    buttons = [each for each in rendered.view.children if isinstance(each, discord.ui.Button)] if rendered.view else []
    embeds: list[Any] = [embed.to_dict() for embed in rendered.embeds]
    return _read("", embeds, [(each.label or str(each.emoji), each.url) for each in buttons])


def seen_on_discord(message: Message) -> Seen:
    """What is seen of a message."""
    buttons = [(each.get("label") or each["emoji"]["name"], each.get("url")) for each in message.controls]
    return _read(message.content, message.embeds, buttons)


def state_on_discord(payload: dict[str, Any]) -> Seen:
    """What was seen of a message while it said this."""
    return _read(payload.get("content") or "", payload.get("embeds") or [], [])


def _read(content: str, embeds: Sequence[dict[str, Any]], buttons: Sequence[tuple[str, str | None]]) -> Seen:
    fields = [(each["name"], each["value"]) for embed in embeds for each in embed.get("fields", [])]
    description = "\n".join(embed.get("description", "") for embed in embeds)
    others = [embed.get(part, "") for embed in embeds for part in ("title", "url")]
    others += [embed.get("footer", {}).get("text", "") for embed in embeds]
    others += [embed[part]["url"] for embed in embeds for part in ("image", "thumbnail") if part in embed]
    names = [name for name, _ in fields if name != _NAMELESS]
    return Seen(
        description,
        tuple(value for _, value in fields if _SOURCE.match(value)),
        tuple(filter(None, [content, description, *others, *names, *(value for _, value in fields)])),
        tuple(label for label, _ in buttons),
        tuple(address for _, address in buttons if address),
    )


def wrong_with(message: Seen, articles: Iterable[Article], *, strict: bool = True) -> list[str]:
    """Everything that is wrong with a message; nothing, where nothing is.

    Where not ``strict``, articles may hold links and markup themselves: they may be seen as long as they do nothing.
    """
    known = list(articles)
    urls = {article.url for article in known if article.url}
    found = [f"address {each}" for each in message.addresses if _plain(each) not in urls]
    for text in (*message.texts, *message.labels):
        found += _wrong_in(text, urls, strict=strict)
    found += _wrong_lengths(message)
    if message.sources:
        found += _wrong_sources(message, known)
        found += [flaw for line in message.statements for flaw in _wrong_statement(line, message)]
    return found


def _plain(address: str) -> str:
    return address.partition("#:~:text=")[0]


def _wrong_in(text: str, urls: set[str], *, strict: bool) -> Iterator[str]:
    yield from (f"link to {url}" for _, url in _OWN_LINK.findall(text) if _plain(url) not in urls)
    unlinked = _OWN_DATE.sub("", _OWN_LINK.sub(r"\1", text))
    live = re.sub(r"\\([^\w\s])", _TAKEN, unlinked)
    shown = re.sub(r"\\([^\w\s])", r"\1", unlinked) if strict else live
    for name, pattern in (("link", _LINK), ("mention", _MENTION)):
        yield from (f"{name} {match.group()!r}" for match in pattern.finditer(shown))
    if strict:
        yield from (f"domain {match.group()!r}" for match in _DOMAIN.finditer(_folded(shown)))
        yield from (f"address {match.group()!r}" for match in _IP.finditer(_folded(shown)))
    if _INVITE.search(re.sub(r"\s+", "", _folded(shown))):
        yield "invite"
    yield from (f"character {character!r}" for character in text if _unseen(character))
    yield from (f"markup {match.group()!r}" for match in _MARKUP.finditer(_without_own_marks(live)))


def _folded(text: str) -> str:
    """Letters without their disguise, as a reader takes them."""
    look_alikes = str.maketrans("аеосіроԁɡց。．․", "aeocipodgg...")
    return unicodedata.normalize("NFKD", text).casefold().translate(look_alikes)


def _unseen(character: str) -> bool:
    filler = character in "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" or "\ufe00" <= character <= "\ufe0f"
    strange = unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
    return filler or (strange and character != "\n")


def _without_own_marks(text: str) -> str:
    """The text without what the bot itself makes: quoted question, small line, list, bold in pairs, numbers."""
    lines = []
    for line in text.split("\n"):
        plain = re.sub(r"^(?:> |-# |- )", "", line)
        plain = re.sub(r"^\[\d\] ", "", _MARKS.sub("", plain))
        lines.append(re.sub(r"\*\*([^*\n]+)\*\*", r"\1", plain))
    return "\n".join(lines)


def _wrong_lengths(message: Seen) -> Iterator[str]:
    if len(message.description) > 4096 or sum(map(len, message.texts)) > 6000:
        yield "too long"
    yield from ("field too long" for each in message.sources if len(each) > 1024)


def _wrong_sources(message: Seen, articles: Sequence[Article]) -> Iterator[str]:
    numbers = [match[1] for source in message.sources if (match := _SOURCE.match(source))]
    if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        yield f"sources {numbers}"
    texts = [_line(article.text) for article in articles]
    for quote in _quotes(message):
        if not any(quote in text for text in texts):
            yield f"quote {quote!r}"


def _quotes(message: Seen) -> list[str]:
    """What the sources are quoted with, as the articles have it."""
    found = [quote for source in message.sources for quote in _QUOTE.findall(source)]
    return [_line(_unescaped(quote)).removesuffix("…").rstrip() for quote in found]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", text)


def _line(text: str) -> str:
    return " ".join("".join(each for each in text if not _unseen(each) or each == "\n").split())


def _wrong_statement(line: str, message: Seen) -> Iterator[str]:
    numbers = re.findall(r"\[(\d+)\]", line)
    shown = [match[1] for source in message.sources if (match := _SOURCE.match(source))]
    if not numbers or not set(numbers) <= set(shown):
        yield f"numbers {numbers} where {shown} are shown"
    titles = [
        _unescaped(title) for source in message.sources for title in re.findall(r"\[\d\] \W{1,2}(.+?)\W{2}", source)
    ]
    quoted = " ".join([*_quotes(message), *titles])
    folded = _unaccented(quoted)
    said = _MARKS.sub("", line)
    for bold in re.findall(r"\*\*(.+?)\*\*", said):
        if not _is_said(bold, quoted) or len(bold) > len(said) * 0.8:
            yield f"bold {bold!r}"
    if _MARKUP.search(re.sub(r"\\([^\w\s])", _TAKEN, said.replace("**", ""))):
        yield f"markup {said!r}"
    text = _unescaped(said.replace("**", ""))
    yield from (f"disguise {each!r}" for each in text if _disguised(each) and each not in quoted)
    yield from (f"figure {each}" for each in _FIGURE.findall(text) if each not in _FIGURE.findall(quoted))
    yield from (f"count {each}" for each in _COUNT.findall(text) if _unaccented(each) not in folded)
    yield from (f"name {each}" for each in _NAME.findall(text) if not _known_name(each, text, folded))
    words = {_unaccented(word)[:5] for word in _WORD.findall(text)}
    told = [word for word in words if word in folded]
    if len(told) < _GROUNDED * len(words) or not words:
        yield f"not said there: {text!r}"
    if len(text) > _MAX_STATEMENT:
        yield "too long"
    if TEXTS[Language.SPANISH].sources in message.texts and len(_ENGLISH.findall(text)) > len(_ENGLISH.findall(quoted)):
        yield f"English {text!r}"


def _disguised(character: str) -> bool:
    """Whether it is a letter or a digit of another alphabet, or one that only looks like its own."""
    if not character.isalnum() or character in "ºª":
        return False
    plain = unicodedata.normalize("NFKC", character)
    return not unicodedata.name(character, "").startswith(("LATIN ", "DIGIT ")) or plain != character


def _is_said(bold: str, quoted: str) -> bool:
    return all(part in quoted for part in _unescaped(bold).split())


def _known_name(name: str, text: str, folded: str) -> bool:
    return (text.startswith(name) and name in _OPENERS) or _unaccented(name) in folded


def _unaccented(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))


def naive(sentence: str, message: Seen, number: str = "[1]") -> Seen:
    """The same message from a bot that passes on what a model writes: what the oracle must see through."""
    first, *_ = message.description.split("\n")
    description = f"{first}\n{sentence} {number}"
    others = [text for text in message.texts if text != message.description]
    return Seen(description, message.sources, (description, *others), message.labels, message.addresses)


FOOTERS = frozenset(text for each in TEXTS.values() for text in (each.written, each.verbatim))
