"""The optional YAML block at the top of a file: title, url, publisher, published, author, lang."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from index.records import Language, SourceError
from index.sources.content import one_line

MAX_CHARS = 16_384
"""The longest front matter; the closing line is looked for no further."""

_MAX_DEPTH = 8
_MAX_VALUE = 500
_MAX_URL = 2_000
_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"(?:#.*\n)*[A-Za-z_][\w -]{0,40}:(?:\s|$)")
_NOTHING = frozenset(("", "~", "null", "none"))
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f<>\"\\^`{|}]")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "ene enero jan january",
            "feb febrero february",
            "mar marzo march",
            "abr abril apr april",
            "may mayo",
            "jun junio june",
            "jul julio july",
            "ago agosto aug august",
            "sep sept septiembre setiembre september",
            "oct octubre october",
            "nov noviembre november",
            "dic diciembre dec december",
        ),
        1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})\b")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})\b")
_DAY_AND_NAME = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|º)?,?(?: de)? (?P<month>[a-z]+)\.?,?(?: del?)? (?P<year>\d{4})\b"
)
_NAME_AND_DAY = re.compile(r"(?P<month>[a-z]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b")
_WEEKDAY = re.compile(r"^(?:(?:lun|mar|mi[eé]|jue|vie|s[aá]b|dom|mon|tue|wed|thu|fri|sat|sun)[a-zé]*\.?,?\s+)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself; ``published`` is an ISO 8601 date. ``remarks`` name values that were of no use."""

    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    author: str | None = None
    lang: Language | None = None
    remarks: tuple[str, ...] = ()

    def or_else(self, other: Metadata) -> Metadata:
        """Return this metadata with ``other``'s values where it has none."""
        return Metadata(
            self.title or other.title,
            self.url or other.url,
            self.publisher or other.publisher,
            self.published or other.published,
            self.author or other.author,
            self.lang or other.lang,
            (*self.remarks, *other.remarks),
        )


def split_front_matter(path: str, text: str) -> tuple[Metadata, str]:
    """Return the metadata at the top of ``text``, empty where there is none, and the text below it.

    Raises:
        SourceError: the block is not closed, is too long, or is no YAML mapping.
    """
    opening = re.match(r"---[ \t]*\n", text)
    if opening is None:
        return Metadata(), text
    looks_meant = _KEY.match(text, opening.end()) is not None
    closing = _FENCE.search(text, opening.end(), opening.end() + MAX_CHARS)
    if closing is None:
        if looks_meant:
            raise SourceError(
                path, f"its front matter is not closed by a line --- within {MAX_CHARS} characters: close it"
            )
        return Metadata(), text  # a rule drawn over the text
    block = text[opening.end() : closing.start()]
    try:
        values = _load(block)
    except _FrontMatterError as error:
        if not looks_meant:
            return Metadata(), text
        raise SourceError(path, f"its front matter {error}") from error
    if isinstance(values, str) and values.strip():
        return Metadata(), text
    if not isinstance(values, dict):
        if values:
            raise SourceError(path, "its front matter is not a list of names and values, such as title: …")
        values = {}
    return read_metadata({str(key): value for key, value in values.items()}), text[closing.end() :]


class _FrontMatterError(Exception):
    """The block cannot be read; the message goes on from "its front matter"."""


def _load(block: str) -> object:
    """Parse YAML whose every scalar is a string: a title such as ``No`` or ``2025`` stays what was written."""
    import yaml  # few files have a block

    depth = 0
    try:
        for event in yaml.parse(block, Loader=yaml.BaseLoader):
            # Aliases are what makes a small YAML grow without bound; nesting is what exhausts the stack.
            if isinstance(event, yaml.AliasEvent):
                raise _FrontMatterError("uses YAML aliases, which are not read: write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise _FrontMatterError(f"is nested more than {_MAX_DEPTH} deep: make it flat")
        return yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 (BaseLoader builds strings, lists and dicts only)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 2})" if mark is not None else ""
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise _FrontMatterError(f"is not valid YAML: {problem}{where}") from error
    except (ValueError, RecursionError) as error:  # what PyYAML lets through on odd input
        raise _FrontMatterError("is not valid YAML") from error


def read_metadata(values: dict[str, object]) -> Metadata:
    """Check each value by itself: one that is of no use is left out with a remark."""
    remarks: list[str] = []
    named = {key.strip().casefold(): value for key, value in values.items()}

    def text_of(name: str) -> str | None:
        value = named.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = ", ".join(value)
        if value is None or (isinstance(value, str) and value.strip().casefold() in _NOTHING):
            return None
        if not isinstance(value, str):
            remarks.append(f"its {name} is not a text, so it was left out")
            return None
        return " ".join(one_line(value).split())[:_MAX_VALUE] or None

    def checked(name: str, value: str | None, result: str | None, wanted: str) -> str | None:
        if value is not None and result is None:
            remarks.append(f"its {name} {value[:80]!r} is not {wanted}, so it was left out")
        return result

    url, published, lang = text_of("url"), text_of("published"), text_of("lang")
    code = checked("lang", lang, lang and _language(lang), "es or en")
    return Metadata(
        title=text_of("title"),
        url=checked("url", url, url and safe_url(url), "an http or https address"),
        publisher=text_of("publisher"),
        published=checked("published", published, published and iso_date(published), "a date such as 2025-02-24"),
        author=text_of("author"),
        lang=Language(code) if code else None,
        remarks=tuple(remarks),
    )


def safe_url(value: str) -> str | None:
    """Return an http or https address that is fit to show as a link, else None."""
    value = value.strip()
    if len(value) > _MAX_URL or _UNSAFE_IN_URL.search(value):
        return None
    try:
        parts = urlsplit(value)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme.casefold() not in ("http", "https") or not parts.hostname or parts.username or not port_is_valid:
        return None  # a name before the host is there to deceive
    return value


def iso_date(value: str) -> str | None:
    """Return the date that ``value`` begins with as ``YYYY-MM-DD``, else None; 02/03/2025 is the second of March."""
    value = " ".join(value.casefold().split())
    try:
        return datetime.fromisoformat(value).date().isoformat()
    except ValueError:
        pass
    value = _WEEKDAY.sub("", value)
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _DAY_AND_NAME, _NAME_AND_DAY):
        match = pattern.match(value)
        if match:
            return _date(match)
    return None


def _date(match: re.Match[str]) -> str | None:
    name = match["month"]
    month = int(name) if name.isdecimal() else _MONTHS.get(name, 0)
    year, day = int(match["year"]), int(match["day"])
    if month > 12 >= day:
        month, day = day, month  # 03/13/2025, as written in the United States
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _language(value: str) -> str | None:
    code = re.split(r"[-_]", value.casefold(), maxsplit=1)[0]
    return {"es": "es", "spa": "es", "spanish": "es", "español": "es", "en": "en", "eng": "en", "english": "en"}.get(
        code
    )
