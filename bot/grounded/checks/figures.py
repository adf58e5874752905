"""Every figure of a text with what it may mean, and whether one text's figures bear out another's.

Nothing that is written with a digit is passed over: what is no number with a unit is a code, to be found again letter
by letter ("GPT-4o", "3:2"). "1.234" is two numbers at once where the language leaves it open.

Rounded is not the same: "52 mil millones" is not borne out by "52,44 mil millones". Whoever reads the answer cannot
see that it was rounded, and a rule that allows some rounding allows some wrong figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from bot.grounded.checks import codes, numerals, units
from bot.grounded.checks.numerals import Numeral
from bot.grounded.checks.units import DOLLAR_SIGN
from index.records import Language, Span

_MINUS = re.compile(r"(?<![\w)%€$])[-−]\Z")
_RANGE = re.compile(r"\s?[-–—]\s?|\s(?:y|e|a|al|o|u|and|to|or|hasta)\s")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: ``values`` it may have, ``units`` it may be in (none told: empty), the stem of the noun it counts.

    A ``code`` has no values: it is what it is ("gpt-4o"), or an ordinal ("#3"), a fraction ("2/3"), a multiple ("x2").
    """

    span: Span
    values: frozenset[Decimal]
    units: frozenset[str] = frozenset()
    noun: str | None = None
    code: str | None = None


def find(text: str, language: Language) -> list[Figure]:
    """Every figure of the text, in order and apart from one another."""
    coded = [Figure(code.span, frozenset(), code=code.name) for code in codes.find(text, language)]
    rest = text
    for start, end in (code.span for code in coded):
        rest = f"{rest[:start]}{'_' * (end - start)}{rest[end:]}"
    counted: list[_Counted] = []
    for numeral in numerals.find(rest, language):
        # "ciento" in "por ciento" is a part of the unit.
        if not counted or numeral.span.start >= counted[-1].figure.span.end:
            counted += _counted(text, numeral, language)
    for one, next_one in pairwise(counted):
        if _RANGE.fullmatch(text, one.figure.span.end, next_one.figure.span.start):
            _share(one, next_one)
    return sorted((*coded, *(each.figure for each in counted)), key=lambda figure: figure.span)


@dataclass(slots=True)
class _Counted:
    """A numeral's figure, and what the words and letters behind the number multiply it by."""

    figure: Figure
    scale: Decimal


def _counted(text: str, numeral: Numeral, language: Language) -> list[_Counted]:
    """The figure that a numeral makes, or none: "uno de ellos" and "por ciento" count nothing."""
    money, start = units.before(text, numeral.span.start)
    unit = units.after(text, numeral.span.end, language, money=bool(money))
    # "$500 pesos": what is told behind the number is told more exactly.
    told = unit.units if unit.units and (not money or DOLLAR_SIGN in money) else money
    written = text[numeral.span.start : numeral.span.end].lower()
    if (numeral.one and not told) or (written == "ciento" and text.endswith("por ", 0, numeral.span.start)):
        return []
    sign = -1 if _MINUS.search(text, 0, start) else 1
    values = frozenset(sign * value * unit.factor for value in numeral.values)
    figure = Figure(Span(start, unit.end), values, told, None if told else unit.noun)
    return [_Counted(figure, numeral.scale * unit.factor)]


def _share(one: _Counted, other: _Counted) -> None:
    """Let the ends of a range share what only one of them tells: "3-5 %", "entre 3 y 5 millones", "$3-5"."""
    first, last = one.figure, other.figure
    if not first.units and not first.noun:
        scaled = {value * other.scale for value in first.values} if one.scale == 1 else set()
        one.figure = replace(first, units=last.units, noun=last.noun, values=first.values | scaled)
    elif not last.units and not last.noun:
        other.figure = replace(last, units=first.units)


def supported(figure: Figure, among: Sequence[Figure]) -> bool:
    """Whether one of the figures says the same: the same code, or a common value in a unit that bears this one out.

    A figure that tells no unit is borne out by its value in any, unless it counts things and the other money, a share
    or a measure. One that tells its unit needs that unit told. What counts a thing whose number the others tell
    differently ("1.500 empleados") is not borne out by another thing's number.
    """
    same = [other for other in among if other.code == figure.code and _same_value(figure, other)]
    if figure.noun and not any(other.noun in (None, figure.noun) and not other.units for other in same):
        same = [other for other in same if not _counted_otherwise(figure.noun, among)]
    return any(_bears_out(other, figure, among) for other in same)


def _same_value(figure: Figure, other: Figure) -> bool:
    return figure.code is not None or bool(figure.values & other.values)


def _counted_otherwise(noun: str, among: Iterable[Figure]) -> bool:
    return any(other.noun == noun for other in among)


def _bears_out(source: Figure, claim: Figure, among: Iterable[Figure]) -> bool:
    if not claim.units:
        return not (claim.noun and source.units)
    told = source.units
    if told == {DOLLAR_SIGN} and claim.units == {"USD"}:
        # The sign means pesos where the same text speaks of pesos.
        return not any(units.is_peso(other.units) for other in among)
    if claim.units == {DOLLAR_SIGN}:
        return bool(told) and told <= {DOLLAR_SIGN, "USD"}
    return bool(told) and told <= claim.units
