"""Every date of a text as the fields that it tells, and whether one text's dates bear out another's.

"3 de mayo de 2024" tells day, month and year, "mayo de 2024" two of them: the first bears out the second and not the
other way round. "Este lunes" tells a day of the week, "el mes pasado" a shift from when the article was published; what
they come to is known only where that day is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.grounded.checks import date_forms
from bot.grounded.checks.locales import key, months, weekdays
from index.records import Language, Span


class Field(StrEnum):
    """What a date may tell. Shifts count from the article's day: -1 is the one before, 0 this one, 1 the next."""

    CENTURY = "century"
    DECADE = "decade"
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    WEEKDAY = "weekday"
    SHIFT = "shift"
    CENTURY_SHIFT = "century shift"
    DECADE_SHIFT = "decade shift"
    YEAR_SHIFT = "year shift"
    QUARTER_SHIFT = "quarter shift"
    MONTH_SHIFT = "month shift"
    WEEK_SHIFT = "week shift"
    DAY_SHIFT = "day shift"


Fields = Mapping[Field, int]


@dataclass(frozen=True, slots=True)
class Date:
    """A date as written, with the ways to read it; several where "03/04" may be March or April.

    ``bare`` says that it is four digits, which may be no year at all; ``ahead``, that its clause speaks of the future.
    """

    span: Span
    readings: tuple[Fields, ...]
    bare: bool = False
    ahead: bool = False


def find(text: str, language: Language) -> list[Date]:
    """Every date of the text, in order and apart from one another; the longest form wins."""
    found: list[Date] = []
    for match in date_forms.matches(text, language):
        if any(match.start() < known.span.end and known.span.start < match.end() for known in found):
            continue
        readings = tuple(_readings(match, language))
        if readings:
            bare = match.lastgroup == "year" and match["year"] == match.group()
            found.append(Date(Span(*match.span()), readings, bare, date_forms.ahead(text, match.start(), language)))
    return sorted(found, key=lambda each: each.span)


def supported(claim: Date, among: Iterable[Date], published: date | None) -> bool:
    """Whether one of the dates of an article tells all that the claim tells.

    Where it was published is known, what is relative is resolved on both sides; where it is not, only the same
    relative date bears one out.
    """
    return any(
        told.items() <= full.items()
        for source in among
        for reading in source.readings
        for full in (_full(reading, published, ahead=source.ahead),)
        for wanted in claim.readings
        # "Hoy" is the reader's day, not the article's: it stands only where the article says it too.
        for told in (
            (wanted,) if Field.DAY_SHIFT in wanted else (wanted, _resolved(wanted, published, ahead=claim.ahead))
        )
        if told
    )


def _readings(match: re.Match[str], language: Language) -> Iterator[Fields]:
    """The fields of one match, by its named groups; none where they make no date."""
    groups = {name.rstrip("23"): text for name, text in match.groupdict().items() if text}
    fields = dict(_plain(groups, language))
    if "first" not in groups:
        yield fields
        return
    first, second = int(groups["first"]), int(groups["second"])
    orders = [(first, second)] if language is Language.SPANISH else [(second, first), (first, second)]
    for day, month in orders:
        if 1 <= day <= 31 and 1 <= month <= 12:
            yield fields | {Field.DAY: day, Field.MONTH: month}


def _plain(groups: Mapping[str, str], language: Language) -> Iterator[tuple[Field, int]]:
    for name, text in groups.items():
        word = key(text).rstrip(".")
        match name:
            case "day":
                yield Field.DAY, date_forms.number(word)
            case "month":
                known = {**months(language), **months(language, "abbreviated")}
                yield Field.MONTH, int(word) if word.isdigit() else known[word]
            case "year":
                yield Field.YEAR, date_forms.year(word)
            case "weekday":
                yield Field.WEEKDAY, weekdays(language)[word]
            case "quarter" | "half" | "century":
                yield Field(name), date_forms.number(word)
            case "decade":
                yield Field.DECADE, date_forms.decade(word)
            case "unit":
                shift = date_forms.shift(groups["shift"])
                yield Field(f"{date_forms.unit(word)} shift"), shift
            case "shift" if "unit" not in groups and (shift := date_forms.shift(text)):
                yield Field.SHIFT, shift
            case "near":
                yield Field.DAY_SHIFT, date_forms.near(word)


def _full(fields: Fields, published: date | None, *, ahead: bool) -> Fields:
    """The fields with all that they imply, and what they come to seen from the day of publishing."""
    return {**fields, **_implied(fields), **_implied(_resolved(fields, published, ahead=ahead))}


def _implied(fields: Fields) -> Fields:
    """The fields with a day's weekday, and a year's decade and century.

    Not a month's quarter: what happened on one day of a quarter did not happen over all of it.
    """
    full = dict(fields)
    if day := _day(full):
        full.setdefault(Field.WEEKDAY, day.weekday())
    if (year := full.get(Field.YEAR)) is not None:
        full.setdefault(Field.DECADE, year // 10 * 10)
        full.setdefault(Field.CENTURY, (year - 1) // 100 + 1)
    return full


def _day(fields: Fields) -> date | None:
    try:
        return date(fields[Field.YEAR], fields[Field.MONTH], fields[Field.DAY])
    except (KeyError, ValueError):  # not told, or the 31st of June
        return None


def _resolved(fields: Fields, published: date | None, *, ahead: bool) -> Fields:
    """The absolute date that relative fields come to; none where the day of publishing is not known."""
    if published is None:
        return {}
    if Field.DAY_SHIFT in fields:
        return _of(published + timedelta(days=fields[Field.DAY_SHIFT]))
    if Field.WEEKDAY in fields and not fields.keys() - {Field.WEEKDAY, Field.SHIFT}:
        return _of(_weekday(fields, published, ahead=ahead))
    return _span(fields, published) or _in_year(fields, published, ahead=ahead)


def _span(fields: Fields, published: date) -> Fields:
    """The month, quarter, decade or century that a shift comes to; nothing where none is told."""
    if Field.MONTH_SHIFT in fields:
        count = published.year * 12 + published.month - 1 + fields[Field.MONTH_SHIFT]
        return {Field.YEAR: count // 12, Field.MONTH: count % 12 + 1}
    if Field.QUARTER_SHIFT in fields:
        count = published.year * 4 + (published.month - 1) // 3 + fields[Field.QUARTER_SHIFT]
        return {Field.YEAR: count // 4, Field.QUARTER: count % 4 + 1}
    if Field.DECADE_SHIFT in fields:
        return {Field.DECADE: published.year // 10 * 10 + 10 * fields[Field.DECADE_SHIFT]}
    if Field.CENTURY_SHIFT in fields:
        return {Field.CENTURY: (published.year - 1) // 100 + 1 + fields[Field.CENTURY_SHIFT]}
    return {}


def _in_year(fields: Fields, published: date, *, ahead: bool) -> Fields:
    """The year of a month or a day of one, or of "last year"; nothing where the fields name neither."""
    plain: dict[Field, int] = {}
    plain |= {field: value for field, value in fields.items() if field not in (Field.YEAR_SHIFT, Field.SHIFT)}
    if Field.YEAR_SHIFT in fields:
        return {**plain, Field.YEAR: published.year + fields[Field.YEAR_SHIFT]}
    if Field.MONTH not in fields or Field.YEAR in fields:
        return {}
    told = (fields[Field.MONTH], fields.get(Field.DAY, published.day))
    now = (published.month, published.day)
    ahead = ahead or fields.get(Field.SHIFT, 0) > 0
    year = published.year + (told < now if ahead else -(told > now))
    return {**plain, Field.YEAR: year}


def _weekday(fields: Fields, published: date, *, ahead: bool) -> date:
    """The nearest such weekday on the side of the day of publishing that the words and the tense tell."""
    shift = fields.get(Field.SHIFT, 0)
    back = (published.weekday() - fields[Field.WEEKDAY]) % 7
    if shift > 0 or (ahead and not shift):
        forth = (-back) % 7
        return published + timedelta(days=forth or (7 if shift else 0))
    return published - timedelta(days=back or (7 if shift else 0))


def _of(day: date) -> Fields:
    return {Field.YEAR: day.year, Field.MONTH: day.month, Field.DAY: day.day}
