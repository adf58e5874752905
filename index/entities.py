"""Figures, dates, names and places in a sentence, in Spanish and English, by their written form.

What a question asks for (``Asks``) decides which of them answers it: used to prefer the sentences that hold one, and to set
it in bold. Rules, not a model: they are cheap enough to run on every candidate sentence and can be read.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from index.records import Span


class Asks(StrEnum):
    """The kind of answer that a question asks for."""

    QUANTITY = "quantity"
    DATE = "date"
    NAME = "name"
    PLACE = "place"
    OTHER = "other"


_CARDINALS = (
    "un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|veinte|treinta|cuarenta|cincuenta|"
    "sesenta|setenta|ochenta|noventa|cien|ciento|doscientos|trescientos|quinientos|"
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred"
)
_SCALES = "mil|miles|millón|millones|billón|billones|trillón|trillones|thousand|million|billion|trillion|M|B|K"
_CURRENCIES = (
    "d[óo]lar(?:es)?|euros?|yuan(?:es)?|yenes|yen|pesos?|libras?|reales|soles|rupias?|francos?|wones|dollars?|pounds?|"
    "USD|EUR|GBP|CNY|RMB|JPY|MXN|ARS|CLP|COP|bitcoins?"
)
_UNITS = (
    "años?|meses|mes|semanas?|días?|horas?|minutos?|segundos?|kil[óo]metros?|metros?|cent[íi]metros?|toneladas?|kilos?|gramos?|litros?|"
    "hect[áa]reas?|grados?|personas?|habitantes?|usuarios?|empleados?|puntos?|veces|"
    "km|kg|kWh|GWh|MW|GW|TW|GB|TB|MHz|GHz|ºC|°C|years?|months?|weeks?|days?|hours?|people|users|times"
)
_DIGITS = r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?"
# Not the digits of a product's name ("GPT-4o", "DeepSeek-V3").
_NUMBER = rf"(?:(?<![\w.,-]){_DIGITS}(?![\w-])|\b(?:{_CARDINALS})\b)"
_SCALED = rf"{_NUMBER}(?:\s?(?:{_SCALES})\b)*"
_QUALIFIER = r"(?:(?:hasta|unos|unas|casi|alrededor de|más de|menos de|up to|about|nearly|over|more than)\s)?"

_MONEY = rf"(?:US)?[$€£¥]\s?{_SCALED}(?:\s(?:de\s)?(?:{_CURRENCIES})\b)?|{_SCALED}\s(?:de\s)?(?:{_CURRENCIES})\b(?:\s(?:estadounidenses|canadienses|chinos|mexicanos)\b)?|{_SCALED}\s?[€£¥$]"
_SHARE = rf"{_SCALED}\s?(?:%|por\sciento\b|per\s?cent\b|puntos\sporcentuales\b)"
_MEASURE = rf"{_SCALED}\s(?:de\s)?(?:{_UNITS})\b"
_COUNT = rf"(?:(?<![\w.,-]){_DIGITS}(?![\w-])(?:\s(?:{_SCALES})\b)*|\b(?:{_CARDINALS})\s(?:{_SCALES})\b)(?:\s(?:de\s)?[a-záéíóúñ]{{4,}})?"
_VAGUE = r"\b(?:(?:miles|cientos|decenas|docenas)\sde\s(?:miles\sde\s|millones\sde\s)?|la\smitad\b|un\stercio\b|el\sdoble\b|el\striple\b)(?:[a-záéíóúñ]+)?"
_QUANTITY = re.compile(f"{_MONEY}|{_SHARE}|{_MEASURE}|{_COUNT}|{_VAGUE}")

_MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_WEEKDAYS = (
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)
_PERIODS = "año|mes|semana|trimestre|semestre|siglo|década|lustro|year|month|week|quarter|century|decade"
_AMOUNT = rf"(?:{_NUMBER}|unos|unas|varios|varias|algunos|algunas|pocos|pocas|muchos|a few|several)"
_YEAR = r"\b(?:1[0-9]|20)\d\d\b"
_DATE = re.compile(
    rf"\b\d{{1,2}}\.?º?\s(?:de\s)?(?:{_MONTHS})\b(?:\s(?:de|del|of)?\s?(?:{_YEAR}|año\spasado|próximo\saño))?"
    rf"|\b(?:{_MONTHS})\b(?:\s\d{{1,2}}(?:,\s{_YEAR})?|\s(?:de|del)?\s?(?:{_YEAR}|(?:este\s|presente\s)?año(?:\spasado)?|próximo\saño))?"
    rf"|\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b"
    rf"|\b(?:(?:este|el|el próximo|el pasado|on|last|next)\s)?(?:{_WEEKDAYS})\b(?:\s(?:pasado|próximo))?(?:\s\d{{1,2}}(?:\sde\s(?:{_MONTHS}))?(?:\sde\s{_YEAR})?)?"
    rf"|\b(?:hace|dentro\sde|en|durante)\s(?:los\s(?:próximos|últimos)\s)?{_AMOUNT}\s(?:{_PERIODS}|meses)(?:s|es)?\b"
    rf"|\b(?:los|las|el|la)\s(?:próxim|últim|pasad)[oa]s?\s(?:{_AMOUNT}\s)?(?:{_PERIODS}|meses)s?\b"
    rf"|\b(?:el|la)\s(?:{_PERIODS})\s(?:pasad[oa]|próxim[oa]|que\sviene)\b|\b(?:a\s)?(?:principios|mediados|finales|fines)\sde\s(?:{_MONTHS}|{_YEAR}|año|mes)\b"
    rf"|\b(?:siglo|siglos)\s[IVX]+\b(?:\sy\s[IVX]+)?|\baños\s(?:\d0|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)\b|\bdécada\sde\s(?:los\s)?\w+"
    rf"|{_YEAR}|\b(?:ayer|anteayer|hoy|mañana|anoche|yesterday|today|tomorrow)\b|\b\d{{1,2}}:\d\d\b(?:\sh(?:oras)?\b)?",
    re.IGNORECASE,
)

# A name is a run of capitalised words (or words with a capital inside: xAI, iPhone), which small words may join.
_CAPITAL = r"(?:[A-ZÁÉÍÓÚÜÑ][\wáéíóúüñ’'&-]*|[a-z]+[A-Z][\w-]*)"
_NAME = re.compile(
    rf"{_CAPITAL}(?:\.(?=\s[A-ZÁÉÍÓÚÑ]))?(?:(?:\s(?:de|del|de la|de los|de las|of|the|van|von|da|do)\s|\s){_CAPITAL})*"
)
_SENTENCE_START = re.compile(r"^[^\w$€£]*")
# Words that carry a capital only because they begin a sentence, or that are written with one but name nobody.
_OPENERS = frozenset(
    """a al ante antes aquel así aunque cada como con cree cuando da dado de del desde después dio durante e el ella ellas ellos en
    entonces entre es esa ese eso esta este esto estos estas gracias hace hasta hay la las le les lo los luego mediante mientras muchos
    no nota nuestra nuestro nueva nuevas nuevo nuevos o otra otras otro otros para pero por porque pues que quien se según ser si sin
    sobre solo su sus también tanto todas todo todos tras tu un una unas uno unos y ya i he she it they we you the this that these those
    a an and as at but by for from her his in its of on or our so to with while when after before both each many most new other some
    such there their more ceo cto cfo qué quién quiénes cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas how what which who
    whom whose where why does do did is are was were has have can could will would según""".split()
)
_PLACE_LEAD = re.compile(r"\b(?:en|in|at)\s(?:el\s|la\s|los\s|las\s|the\s)?$", re.IGNORECASE)
_NOT_NAMES = frozenset({"ia", "ai", "ceo", "cto", "cfo", "tic", "it"})


def find(sentence: str, asks: Asks) -> list[Span]:
    """Spans in ``sentence`` that are of the kind asked for, in order; none for ``Asks.OTHER``."""
    match asks:
        case Asks.QUANTITY:
            return [Span(*match.span()) for match in _QUANTITY.finditer(sentence) if _tells(match.group())]
        case Asks.DATE:
            return [Span(*match.span()) for match in _DATE.finditer(sentence)]
        case Asks.NAME:
            return names(sentence)
        case Asks.PLACE:
            return [span for span in names(sentence) if _is_place(sentence, span)]
        case Asks.OTHER:
            return []


def names(sentence: str) -> list[Span]:
    """Spans of proper names, in order; a capital that only opens the sentence does not make one."""
    found = []
    first = _SENTENCE_START.match(sentence)
    opening = first.end() if first else 0
    for match in _NAME.finditer(sentence):
        start, end = match.span()
        while (word := _first_word(sentence, start, end)) and word.lower() in _OPENERS:
            start += len(word) + 1
        if (
            start >= end
            or sentence[start:end].lower() in _NOT_NAMES
            or (start == opening and _ordinary(sentence[start:end]))
        ):
            continue
        found.append(Span(start, end))
    return found


def _first_word(sentence: str, start: int, end: int) -> str:
    return sentence[start:end].split(" ", 1)[0] if start < end else ""


def _ordinary(name: str) -> bool:
    """Whether a name at a sentence's start may be a common word: one word, capital only in front, no digit."""
    return " " not in name and name[1:].islower() and name.lower().endswith(_COMMON_ENDINGS)


_COMMON_ENDINGS = (
    "ción",
    "ciones",
    "mente",
    "dad",
    "dades",
    "ando",
    "iendo",
    "ismo",
    "ing",
    "tion",
    "ly",
    "ó",
    "aron",
    "ieron",
)


def _tells(figure: str) -> bool:
    """Neither an article ("un") nor a bare year is a count."""
    bare = figure.strip().lower()
    return bare.split()[0] not in {"un", "una", "uno", "one"} and not re.fullmatch(_YEAR, bare)


def _is_place(sentence: str, name: Span) -> bool:
    """A country or region by name, or a name that "en" leads to; an acronym is an organisation."""
    text = sentence[name.start : name.end]
    return text in _territories() or (not text.isupper() and _PLACE_LEAD.search(sentence[: name.start]) is not None)


@lru_cache(maxsize=1)
def _territories() -> frozenset[str]:
    """Countries and continents as Spanish and English write them, from Unicode's CLDR."""
    from babel import Locale  # noqa: PLC0415 -- read only when a question asks where

    names = {name for language in ("es", "en") for name in Locale(language).territories.values()}
    return frozenset(names | {"EE. UU", "EE. UU.", "EE.UU.", "EEUU", "USA", "UE", "Emiratos Árabes", "Europa del Este"})
