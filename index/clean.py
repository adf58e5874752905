"""Raw text -> title, body and headings, without the page's furniture.

Readers hand over lines; ``clean_lines`` drops the lines that ``furniture`` names, finds the title and joins the rest.
Apart from dropped lines, trimmed line ends and the markers of headings, the text is what the author wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.furniture import announces_other_articles, is_furniture
from index.records import Span
from index.sentences import bullet_length, split_sentences

TITLE_CHARS = 90
"""An inferred title is at most this long, its ellipsis included."""

_MAX_TITLE = 300
_MAX_HEADLINE = 160
_MAX_LABEL = 60
_MAX_RELATED = 12
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?")
_LABELLED = re.compile(r"[^:.]{1,30}:\s")
_CLOSED = re.compile(r"[.:;,…][\"'»”’)*_]*\Z")
# Not the one of "EE. UU.", "S.A." or an ellipsis.
_FULL_STOP = re.compile(r"(?<=[^.A-Z])\.\Z")
_EMPHASIS = re.compile(r"\*\*|__|~~|\|\|")
_AFTER_TITLE = re.compile(r"[^\w?!)\"'»”’%€$]+$")
_BYLINE = re.compile(
    r"(?:por|by|publicado|publicada|actualizado|actualizada|published|updated|posted)\b.{0,80}"
    r"|(?:\w+,?\s+)?\d{1,2}(?:\s+de)?\s+[^\W\d]{3,10}\.?,?(?:\s+de)?\s+\d{4}.{0,20}"
    r"|(?:\w+,?\s+)?[^\W\d]{3,10}\.?\s+\d{1,2},\s+\d{4}.{0,20}"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.{0,20}",
    re.IGNORECASE,
)
# A title that is cut short does not end on one of these.
_WEAK_ENDS = frozenset(
    """
    a al ante con de del desde e el en entre la las lo los o para por que se según sin sobre su sus un una y
    an and as at by for from in into of on or the to with
    """.split()
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an article; ``level`` is 1..6 for a heading and 0 for text."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``headings`` are the spans of ``text`` that are headings; ``text`` is empty when nothing was left."""

    title: str
    text: str
    headings: tuple[Span, ...]


def clean(raw: str, title: str | None = None) -> Cleaned:
    """Clean plain text, in which ``# `` at the start of a line marks a heading."""
    return clean_lines(plain_lines(raw), title)


def plain_lines(raw: str) -> list[Line]:
    """Split plain text into lines, taking ``# `` … ``###### `` at the start of one for a heading."""
    lines = []
    for text in raw.split("\n"):
        heading = _HEADING.fullmatch(text.strip())
        lines.append(Line(heading[2], len(heading[1])) if heading else Line(text))
    return lines


def clean_lines(lines: Iterable[Line], title: str | None = None) -> Cleaned:
    """Drop furniture, find the title unless ``title`` gives it, and join what is left."""
    kept = _without_furniture([Line(line.text.strip(), line.level) for line in lines])
    kept = _marked_labels(kept)
    found, kept = _take_title(kept, " ".join((title or "").split()))
    if not any(line.text and not line.level for line in kept):
        # Nothing but headings: they are what there is to say.
        kept = [Line(line.text) for line in kept if line.text] or [Line("" if title else found)]
    text, headings = _join(kept)
    if not found and text:
        first = split_sentences(text)[0]
        found = shorten(_FULL_STOP.sub("", text[first.start : first.end]))
    return Cleaned(shorten(found, _MAX_TITLE), text, headings)


def shorten(text: str, limit: int = TITLE_CHARS) -> str:
    """Cut ``text`` to at most ``limit`` code points, at a word where there is one, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    words = text[:limit].rsplit(" ", 1)[0].split(" ") if " " in text[:limit] else [text[: limit - 1]]
    while len(words) > 3 and words[-1].casefold() in _WEAK_ENDS:
        words.pop()
    return " ".join(words).rstrip(" ,;:.-–—(¿¡«“\"'") + "…"


def _without_furniture(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    related = 0
    for line in lines:
        if not line.text:
            kept.append(line)
        elif announces_other_articles(line.text):
            related = _MAX_RELATED
        elif related and bullet_length(line.text) and not line.text.endswith("."):
            related -= 1  # the list of other articles that the label announced
        else:
            related = 0
            if any(map(str.isalnum, line.text)) and (line.level == 1 or not is_furniture(line.text)):
                kept.append(line)
    return kept


def _marked_labels(lines: Sequence[Line]) -> list[Line]:
    """Make headings of the short lines that end with a colon and have a list below ("Puntos clave:")."""
    marked = list(lines)
    below = ""
    for position in range(len(marked) - 1, -1, -1):
        line = marked[position]
        if not line.text:
            continue
        is_label = line.text.endswith(":") and len(line.text) <= _MAX_LABEL and not bullet_length(line.text)
        if is_label and not line.level and bullet_length(below) and not split_sentences(line.text)[1:]:
            marked[position] = Line(line.text, 2)
        below = line.text
    return marked


def _take_title(lines: Sequence[Line], title: str) -> tuple[str, list[Line]]:
    """Return the title, or "" where it must be inferred, and the lines without the one that states it."""
    filled = [position for position, line in enumerate(lines) if line.text]
    if not title:
        position = _title_position(lines, filled)
        if position is None:
            return "", list(lines)
        return _bare(lines[position].text), _without_title(lines, position)
    for position in filled[:3]:
        stated = _bare(lines[position].text)
        if _same_title(stated, title):
            return stated, _without_title(lines, position)
    return title, list(lines)


def _without_title(lines: Sequence[Line], position: int) -> list[Line]:
    """Drop the title's line, unless it is one of several headings of its level: then it is a section's too."""
    level = lines[position].level
    if level and any(line.level == level for line in lines[position + 1 :]):
        return list(lines)
    return [*lines[:position], *lines[position + 1 :]]


def _title_position(lines: Sequence[Line], filled: Sequence[int]) -> int | None:
    for position in filled:
        if lines[position].level == 1:
            return position
    first = [position for position in filled[:4] if not _BYLINE.fullmatch(lines[position].text)]
    if not first:
        return None
    if lines[first[0]].level:
        return first[0]
    after = [lines[position] for position in filled if position > first[0]]
    return first[0] if _is_headline(lines[first[0]].text, after) else None


def _is_headline(text: str, after: Sequence[Line]) -> bool:
    if not after or (after[0].level > 1 and len(after) == 1):
        return False
    if len(text) > _MAX_HEADLINE or _CLOSED.search(text[-6:]) or len(split_sentences(text)) > 1:
        return False
    if re.match(r"[-*+•·]\s", text) or (_LABELLED.match(text) and _LABELLED.match(after[0].text)):
        return False  # the first item of a list, the first field of a form
    return not _bare(text)[:1].islower() or not after[0].text[:1].islower()


def _same_title(line: str, title: str) -> bool:
    line, title = line.casefold(), title.casefold()
    return line == title or re.fullmatch(re.escape(line) + r"\s*[|\-–—·:»]\s.*", title) is not None


def _bare(text: str) -> str:
    """A title's words: no bullet or emoji at either end, no emphasis marks."""
    return _AFTER_TITLE.sub("", _EMPHASIS.sub("", text[bullet_length(text) :]).strip("*_ \t"))


def _join(lines: Sequence[Line]) -> tuple[str, tuple[Span, ...]]:
    parts: list[str] = []
    headings: list[Span] = []
    offset = 0
    for line in lines:
        if not line.text and (not parts or not parts[-1]):
            continue
        if line.level and line.text:
            headings.append(Span(offset, offset + len(line.text)))
        parts.append(line.text)
        offset += len(line.text) + 1
    while parts and not parts[-1]:
        parts.pop()
    return "\n".join(parts), tuple(headings)
