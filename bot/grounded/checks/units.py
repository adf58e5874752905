"""What a figure counts: money, shares, measures, or a thing by its noun.

A unit is a short text: an ISO 4217 code ("USD"), "%" and its kin, or a measure's symbol ("km"). What is written may
name several ("pesos"), so a figure has a set of them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from bot.grounded.checks.locales import codes, currencies, key
from index import analysis
from index.records import Language

DOLLAR_SIGN = "$"
"""Dollars in most of the world's Spanish news, pesos in Mexican, Argentine, Chilean and Colombian ones."""

_SYMBOLS = {
    "US$": "USD", "U$S": "USD", "u$s": "USD", "U$D": "USD", "USD$": "USD", "R$": "BRL", "S/.": "PEN", "S/": "PEN",
    "MX$": "MXN", "Mex$": "MXN", "AR$": "ARS", "CLP$": "CLP", "COP$": "COP", "COL$": "COP", "RD$": "DOP", "C$": "CAD",
    "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "$U": "UYU",
    "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₽": "RUB", "₺": "TRY", "₡": "CRC", "₲": "PYG", "₿": "BTC",
    "฿": "THB", "₫": "VND", "₱": "PHP", "Bs.": "BOB VES", "Bs": "BOB VES", "¥": "CNY JPY", "$": DOLLAR_SIGN,
}  # fmt: skip
_SYMBOL = "|".join(map(re.escape, sorted(_SYMBOLS, key=len, reverse=True)))
_BEFORE = re.compile(rf"(?<![\w$])(?:(?P<symbol>{_SYMBOL})|(?P<code>[A-Z]{{3}}))\s?\Z")
_AFTER = re.compile(rf"\s?(?:(?P<symbol>[€£¥₩₹₽%‰]|(?:{_SYMBOL})(?!\w))|(?P<code>[A-Z]{{3}})\b)")
_LOOK_BACK = 8

_MEASURES = """
    %: por ciento, por cien, per cent, percent, pct | pp: puntos porcentuales, punto porcentual, percentage points,
    percentage point | bp: puntos básicos, punto básico, basis points, basis point | ‰: por mil, per mille
    year: año, años, year, years | month: mes, meses, month, months | week: semana, semanas, week, weeks
    day: día, días, day, days | hour: hora, horas, hour, hours, h | minute: minuto, minutos, minute, minutes, min
    second: segundos, seconds | decade: década, décadas, decade, decades | century: siglos, centuries
    quarter: trimestre, trimestres, quarters | km: kilómetro, kilómetros, kilometers, kilometres, km
    m: metro, metros, meters, metres, m | cm: centímetro, centímetros, centimeters, centimetres, cm
    mm: milímetros, millimeters, millimetres, mm | mile: milla, millas, mile, miles | foot: pies, feet
    kg: kilo, kilos, kilogramos, kilograms, kg | g: gramo, gramos, grams, g | t: tonelada, toneladas, tons, tonnes, t
    l: litro, litros, liters, litres, l | ha: hectárea, hectáreas, hectares, ha | barrel: barril, barriles, barrels
    km²: kilómetros cuadrados, square kilometers, square kilometres, km² | m²: metros cuadrados, square meters, m²
    m³: metros cúbicos, cubic meters, m³ | km/h: kilómetros por hora, km/h | degree: grado, grados, degrees, °c, ºc, °
    kW: kilovatios, kilowatts, kw | MW: megavatios, megawatts, mw | GW: gigavatios, gigawatts, gw
    TW: teravatios, terawatts, tw | kWh: kilovatios hora, kilowatt hours, kwh | MWh: megavatios hora, mwh
    GWh: gigavatios hora, gigawatt hours, gwh | TWh: teravatios hora, twh | MB: megabytes, mb
    GB: gigabytes, gigas, gb | TB: terabytes, tb | PB: petabytes, pb | GHz: gigahercios, gigahertz, ghz
    times: veces, times, time | nm: nanómetros, nanometers, nm
"""
_WORDS = re.compile(r"[\s-]?(?:U\.S\.|[^\W\d_]+[²³]?(?:/h\b)?|[°º]C?)")
_LINK = re.compile(r"\s(?:de|of)(?=\s)")
_LONGEST = 6
_SCALES = {
    "MM": Decimal(10**6), "M": Decimal(10**6), "K": Decimal(10**3), "k": Decimal(10**3), "B": Decimal(10**9),
    "bn": Decimal(10**9), "mn": Decimal(10**6), "tn": Decimal(10**12), "T": Decimal(10**12), "m": Decimal(10**6),
}  # fmt: skip
_SCALE = re.compile(r"(?P<space>\s?)(?P<scale>MM|bn|mn|tn|[MKkBTm])(?=(?P<money>\s?(?:[€£$¥]|USD\b|EUR\b))|(?!\w))")
# What the Mexican press writes: "5,000 mdp", millions of pesos.
_PRESS = {
    "mdd": (Decimal(10**6), "USD"),
    "mmdd": (Decimal(10**9), "USD"),
    "mdp": (Decimal(10**6), "MXN"),
    "mmdp": (Decimal(10**9), "MXN"),
    "mde": (Decimal(10**6), "EUR"),
}
_PRESS_UNIT = re.compile(r"\s?(mm?dd|mm?dp|mde)\b")
_NOUN = re.compile(r"(?:\s|-)(?:(?:de|of)\s)?(?P<noun>[^\W\d_]{3,})")
_NO_NOUN = frozenset(
    """a al ante bajo con contra como de del desde durante en entre e el la los las lo le les y o u para pero por porque
    que cual cuando donde según sin sobre tras un una unos unas su sus se ha han fue son era es está más menos también
    ya hasta hacia este esta estos estas ese esa esos esas ellos ellas cada si no anuales anual mensuales mensual
    adicionales adicional totales total extra aproximadamente
    and or the for from with without to into onto out over per than that this these those who which when where while
    will would was were are has have had been its their his her our your more less also not but only annually yearly
    additional each about across after before by between during since through under until""".split()
)


class Unit(NamedTuple):
    """What follows or leads a number: units, the noun's stem where it is none of them, a factor ("M"), the end."""

    units: frozenset[str]
    noun: str | None
    factor: Decimal
    end: int


def before(text: str, start: int) -> tuple[frozenset[str], int]:
    """The currency written before a number, and where it begins; none, and ``start``."""
    found = _BEFORE.search(text, max(0, start - _LOOK_BACK), start)
    units = _of(found) if found else frozenset()
    return (units, found.start()) if found and units else (frozenset(), start)


def after(text: str, end: int, language: Language, *, money: bool) -> Unit:
    """What a number that ends at ``end`` counts; ``money`` says that a currency stands before it."""
    one = Decimal(1)
    if press := _PRESS_UNIT.match(text, end):
        factor, code = _PRESS[press[1]]
        return Unit(frozenset((code,)), None, factor, press.end())
    scale = _SCALE.match(text, end)
    if scale and (scale["money"] or money or (scale["scale"] not in ("m", "T") and not scale["space"])):
        followed = after(text, scale.end(), language, money=True)
        return followed._replace(factor=_SCALES[scale["scale"]])
    # "380.000 M de yuanes": metres of money there are none.
    if scale and scale["scale"] == "M" and (named := _named(text, scale.end()))[0] and named[0] <= _money():
        return Unit(named[0], None, _SCALES["M"], named[1])
    symbol = _AFTER.match(text, end)
    if symbol and (units := _of(symbol)):
        return Unit(units, None, one, symbol.end())
    units, stop = _named(text, end)
    if units:
        return Unit(units, None, one, stop)
    return Unit(frozenset(), _noun(text, end, language), one, end)


def _of(found: re.Match[str]) -> frozenset[str]:
    if symbol := found["symbol"]:
        return frozenset(_SYMBOLS.get(symbol, symbol).split())
    code = "CNY" if found["code"] == "RMB" else found["code"]
    return frozenset((code,)) & codes()


def _named(text: str, end: int) -> tuple[frozenset[str], int]:
    """The unit named by the longest run of words after a number, and where it ends."""
    ends: list[int] = []
    at = end
    linked = _LINK.match(text, end)
    while len(ends) < _LONGEST and (word := _WORDS.match(text, linked.end() if linked and not ends else at)):
        at = word.end()
        ends.append(at)
    for stop in reversed(ends):
        name = key(text[end:stop]).replace("-", " ").split()
        if units := _by_name().get(" ".join(name[1:] if name[0] in ("de", "of") else name)):
            return units, stop
    return frozenset(), end


@cache
def _money() -> frozenset[str]:
    return frozenset(unit for units in currencies().values() for unit in units)


@cache
def _by_name() -> dict[str, frozenset[str]]:
    measures: dict[str, frozenset[str]] = {}
    for entry in re.split(r"[|\n](?=\s*\S+:)", _MEASURES):
        unit, _, names = entry.partition(":")
        measures |= {key(" ".join(name.split())): frozenset((unit.strip(),)) for name in names.split(",")}
    return dict(currencies()) | measures


def _noun(text: str, end: int, language: Language) -> str | None:
    found = _NOUN.match(text, end)
    if found is None or found["noun"].lower() in _NO_NOUN:
        return None
    return analysis.stem(found["noun"].lower(), language)


def is_suffix(letters: str) -> bool:
    """Whether letters right behind digits are a unit or a factor: "50km", "5M", "300K"."""
    # "5G" is no weight.
    name = letters if len(letters) == 1 else key(letters)
    return letters in _SCALES or letters in _PRESS or name in _by_name() or letters in codes()


def is_peso(units: frozenset[str]) -> bool:
    """Whether the units are one peso or all of them."""
    return bool(units) and units <= currencies()["pesos"]
