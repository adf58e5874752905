"""Markdown -> lines of plain text, so that a quoted sentence carries no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.clean import Line
from index.sources.wrapping import is_wrapped

_HIDDEN_HTML = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BREAK_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_FINISHED = (".", "!", "?", ":", ";", "…")


def markdown_lines(text: str) -> list[Line]:
    """Return the text's lines: headings with their level, list items with ``- `` or their number before them.

    Links give their text, images nothing, code its lines. A line's end inside a paragraph stays one, because people
    write lists without markers; it becomes a space where the text is wrapped at a column or a word goes on in small
    letters.
    """
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    return list(_Reader(_is_wrapped(tokens)).lines(tokens))


def _is_wrapped(tokens: Sequence[Token]) -> bool:
    paragraphs = [token.content.split("\n") for token in tokens if token.type == "inline" and "\n" in token.content]
    pairs = [pair for lines in paragraphs for pair in pairwise(lines) if pair[1].strip()]
    return is_wrapped(pairs, max((len(line) for lines in paragraphs for line in lines), default=0))


class _Reader:
    """Walks the tokens of one document."""

    def __init__(self, wrapped: bool) -> None:
        self._wrapped = wrapped
        self._marker = ""
        self._level = 0
        self._cells: list[str] | None = None

    def lines(self, tokens: Sequence[Token]) -> Iterator[Line]:
        for token in tokens:
            match token.type:
                case "heading_open":
                    self._level = int(token.tag[1])
                case "heading_close":
                    self._level = 0
                case "list_item_open":
                    self._marker = f"{token.info}{token.markup} " if token.info else "- "
                case "list_item_close":
                    self._marker = ""
                case "tr_open":
                    self._cells = []
                case "tr_close":
                    yield Line(" | ".join(self._cells or ()))
                    self._cells = None
                case "inline":
                    yield from self._inline(token)
                case "fence" | "code_block":
                    yield from map(Line, token.content.split("\n"))
                case "html_block":
                    yield from map(Line, _without_tags(token.content).split("\n"))

    def _inline(self, token: Token) -> Iterator[Line]:
        text = self._text(token.children or ())
        if self._cells is not None:
            self._cells.append(" ".join(text.split()))
        elif self._level:
            yield Line(" ".join(text.split()), self._level)
        else:
            marker, self._marker = self._marker, ""
            for line in text.split("\n"):
                yield Line(marker + line.strip())
                marker = ""

    def _text(self, children: Sequence[Token]) -> str:
        parts: list[str] = []
        for position, child in enumerate(children):
            match child.type:
                case "text" | "code_inline":
                    parts.append(child.content)
                case "hardbreak":
                    parts.append("\n")
                case "softbreak":
                    parts.append(" " if self._wrapped or _goes_on(children, position) else "\n")
                case "html_inline":
                    parts.append(_without_tags(child.content))
        return "".join(parts)


def _goes_on(children: Sequence[Token], position: int) -> bool:
    """Tell whether the sentence goes on after a line's end: it has no stop, and the next word is in small letters."""
    after = next((child.content for child in children[position + 1 : position + 4] if child.content), "")
    before = next((child.content for child in reversed(children[max(0, position - 3) : position]) if child.content), "")
    return after[:1].islower() and bool(before) and before.rstrip()[-1:] not in _FINISHED


def _without_tags(html: str) -> str:
    return unescape(_TAG.sub("", _BREAK_TAG.sub("\n", _HIDDEN_HTML.sub("", html))))
