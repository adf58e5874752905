"""The dates and figures of a text, and which of them another text lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.grounded.checks import dates, figures
from bot.grounded.checks.dates import Date
from bot.grounded.checks.figures import Figure
from bot.grounded.checks.records import Flaw
from index.records import Language, Span


@dataclass(frozen=True, slots=True)
class Facts:
    """The dates of a text, and the figures that are no part of one; a bare year is both."""

    dates: tuple[Date, ...]
    figures: tuple[Figure, ...]

    def spans(self) -> list[Span]:
        """Where they stand."""
        return [each.span for each in self.dates] + [each.span for each in self.figures]


def find(text: str, language: Language) -> Facts:
    """Read a text's facts."""
    counted = figures.find(text, language)
    # "2000 millones" and "2027 dólares" are no years.
    told = [
        each
        for each in dates.find(text, language)
        if not (each.bare and any(covers(figure.span, each.span) and figure.span != each.span for figure in counted))
    ]
    whole = [each.span for each in told if not each.bare]
    left = [figure for figure in counted if not any(covers(span, figure.span) for span in whole)]
    return Facts(tuple(told), tuple(left))


def missing(claimed: Facts, given: Facts, published: date | None) -> Iterator[Flaw]:
    """What of the claimed facts the given ones do not bear out, in an article of that day."""
    years = set()
    for claim in claimed.dates:
        if dates.supported(claim, given.dates, published):
            years.add(claim.span)
        elif not claim.bare:
            yield Flaw.DATE
    if not all(each.span in years or figures.supported(each, given.figures) for each in claimed.figures):
        yield Flaw.FIGURE


def without(text: str, found: Facts, language: Language) -> str:
    """The text with blanks for its dates and amounts: "Q3", "Monday" and the "US" of "US$52" are no names."""
    amounts = [each.span for each in found.figures if each.code is None and each.units]
    return blanked(text, [*(each.span for each in dates.find(text, language)), *amounts])


def blanked(text: str, spans: Sequence[Span]) -> str:
    """The text with blanks for the spans."""
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def covers(one: Span, other: Span) -> bool:
    """Whether two spans share a place."""
    return one.start < other.end and other.start < one.end


def day(published: str | None) -> date | None:
    """The day of an ISO 8601 date, or None."""
    try:
        return date.fromisoformat(published[:10]) if published else None
    except ValueError:
        return None
