"""How dates are written in Spanish and English: patterns whose named groups are the fields of a date.

A digit at the end of a group's name only tells it from another of the same pattern; words in angle brackets stand for
patterns of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from bot.grounded.checks.locales import key, months, weekdays
from index.records import Language

_YEAR = r"(?P<year>1[5-9]\d\d|2[01]\d\d)(?!\d|[.,]\d)"
_NUMERIC = (
    r"(?<![\w.,-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
    r"(?<![\w.,/-])(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)(?!\w|[/.-]\d)",
)
# A year alone; not a price, nor a part of a longer number.
_BARE = (rf"(?<![\w.,$€£]){_YEAR}(?!\w|\s?%)",)

_PARTS = {
    Language.SPANISH: {
        # The year of a month or a quarter: "de 2024", "del año pasado", "de este año".
        "TAIL": rf"(?:(?:,?\s|-)(?:del?\s)?(?:año\s)?{_YEAR}"
        r"|\sdel?\s(?P<unit>año)\s(?P<shift>pasado|anterior|que\sviene|próximo|en\scurso)\b"
        r"|\sdel?\s(?P<shift2>este|presente|pasado|próximo)\s(?P<unit2>año)\b)",
        "LEAD": r"\b(?:(?P<weekday><WEEKDAY>),?\s(?:el\s)?)?",
        "DAY": r"(?P<day>\d{1,2}|primero|1\.?[º°])",
        "NTH": r"primera?|segund[oa]|tercer|cuarto|[1-4](?:\.?[º°]|\.?er|do|to)?",
        "BEFORE": r"est[ea]|presente|pasad[oa]|últim[oa]|próxim[oa]",
        "BEHIND": r"pasad[oa]|anterior|que\sviene|próxim[oa]|entrante|en\scurso",
        "UNIT": r"(?P<unit>semana|mes|trimestre|año|década|siglo)\b",
    },
    Language.ENGLISH: {
        "TAIL": rf"(?:,?\s(?:of\s)?{_YEAR}|\s(?:of\s)?(?P<shift>last|this|next)\s(?P<unit>year)\b)",
        "LEAD": r"\b(?:(?P<weekday><WEEKDAY>),?\s)?",
        "DAY": r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\w)",
        "NTH": r"[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[1-4](?:st|nd|rd|th)",
        "BEFORE": r"[Ll]ast|[Pp]ast|[Pp]revious|[Tt]his|[Cc]urrent|[Nn]ext|[Cc]oming",
        "CENTURY": r"\d\d?(?:st|nd|rd|th)|eighteenth|nineteenth|twentieth|twenty-first",
        "UNIT": r"(?P<unit>week|month|quarter|year|decade|century)\b",
    },
}
_FORMS = {
    Language.SPANISH: (
        r"<LEAD><DAY>(?:\sde\s|\s|-)(?P<month><MONTH>|<SHORT>\.?(?=[\s-](?:del?\s)?\d))<TAIL>?(?!\w)",
        r"(?<![\w.,])(?P<day>\d{1,2})(?=\s?(?:y|e|al?|-|–)\s?\d{1,2}\sde\s(?P<month><MONTH>)<TAIL>?)",
        r"\b(?P<month><MONTH>|<SHORT>\.?(?=[\s-](?:del?\s)?\d{4}))<TAIL>",
        r"\b(?:(?P<shift>pasado|próximo)\s)?(?P<month><MONTH>)(?:\s(?P<shift2>pasado|próximo|que\sviene))?\b",
        r"\b(?P<quarter><NTH>)\strimestre<TAIL>?(?!\w)",
        r"\b(?P<half><NTH>)\ssemestre<TAIL>?(?!\w)",
        r"\b(?P<half><NTH>)\smitad<TAIL>",
        r"\b(?:(?P<quarter>[1-4])T|T(?P<quarter2>[1-4]))\s?(?:del?\s)?(?P<year>\d{4}|\d\d)\b",
        r"\b(?:años|décadas?\sde)\s(?:los\s)?(?:años\s)?(?P<decade>(?:1[5-9]|20)?\d0|<TENS>)\b",
        r"\b(?:siglos?|s\.)\s(?P<century>[IVX]+)\b",
        # The other one of "siglos XVIII y XIX".
        r"\b(?P<century>(?-i:X(?:I{1,3}|IV|VI{0,3}|IX|XI?)))\b",
        r"\b(?P<shift><BEFORE>)\s<UNIT>",
        r"\b<UNIT>\s(?P<shift><BEHIND>)\b",
        r"\b(?P<near>anteayer|antier|anoche|ayer|hoy(?!\s(?:en\s)?día)|pasado\smañana)\b",
        r"(?<!\bla\s)(?<!\besta\s)(?<!\bde\s)(?<!\bpor\s)\b(?P<near>mañana)\b",
        r"\b(?:(?P<shift>pasado|próximo)\s)?(?P<weekday><WEEKDAY>)(?:\s(?P<shift2>pasado|próximo|que\sviene))?\b",
    ),
    Language.ENGLISH: (
        r"<LEAD>(?P<month><MONTH>|<SHORT>\.?)\s<DAY><TAIL>?",
        r"<LEAD>(?:the\s)?<DAY>\s(?:of\s)?(?P<month><MONTH>|<SHORT>\b\.?)<TAIL>?(?!\w)",
        r"(?<![\w.,])(?P<day>\d{1,2})(?=\s?(?:and|to|-|–)\s?\d{1,2}\s(?P<month><MONTH>)<TAIL>?)",
        r"\b(?P<month><MONTH>|<SHORT>\.?)<TAIL>",
        r"\b(?P<shift><BEFORE>)\s(?P<month><MONTH>)\b",
        # "May" and "March" are verbs too.
        r"(?:\b|(?<=\bmid-))(?!May|March)(?P<month><MONTH>)\b",
        r"(?:(?<=\b[io][nf]\s)|(?<=\bby\s)|(?<=\bto\s)|(?<=\b(?:since|until|early)\s)|(?<=\b(?:from|late)\s))(?P<month>May|March)\b",
        r"\b(?P<quarter><NTH>)[\s-]quarter<TAIL>?(?!\w)",
        r"\b(?:Q(?P<quarter>[1-4])|(?P<quarter2>[1-4])Q)(?:\s?(?:of\s)?(?P<year>\d{4}|\d\d))?\b",
        r"\b(?:(?P<half><NTH>)\shalf|H(?P<half2>[12]))<TAIL>",
        r"(?<!\w)['’]?(?P<decade>(?:1[5-9]|20)?\d0)['’]?s\b",
        r"\b(?P<century><CENTURY>)(?:[\s-]centur(?:y|ies)\b|(?=\s(?:and|to)\s\w+[\s-]centur))",
        r"\b(?P<shift><BEFORE>)\s<UNIT>",
        r"\b(?P<near>[Yy]esterday|[Tt]oday|[Tt]omorrow)\b",
        r"\b(?:(?P<shift><BEFORE>)\s)?(?P<weekday><WEEKDAY>)\b",
    ),
}
_AHEAD = {
    Language.SPANISH: re.compile(r"\w(?:rá|rán|ré|remos)\b|\b(?:va|van|vamos)\sa\s|\bprevé", re.IGNORECASE),
    Language.ENGLISH: re.compile(r"\bwill\b|\bgoing\sto\b|\bplans?\sto\b|\b(?:is|are)\s(?:set|due|expected)\sto\b"),
}
_CLAUSE_ENDS = re.compile(r"[.;\n]\s|\Z")

_TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_RANKS = {
    "prim": 1, "segun": 2, "terc": 3, "cuart": 4, "first": 1, "second": 2, "third": 3, "fourth": 4,
    "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21,
}  # fmt: skip
_ROMAN = {"i": 1, "v": 5, "x": 10}
_NEAR = {
    "anteayer": -2, "antier": -2, "ayer": -1, "anoche": -1, "hoy": 0, "manana": 1, "pasado manana": 2,
    "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip
_NOW = frozenset(("este", "esta", "presente", "en curso", "this", "current"))
_NEXT = ("proxim", "que viene", "entrante", "next", "coming")
_UNITS = {
    "semana": "week",
    "mes": "month",
    "trimestre": "quarter",
    "ano": "year",
    "decada": "decade",
    "siglo": "century",
}


def matches(text: str, language: Language) -> Iterator[re.Match[str]]:
    """Every match of every form, the surest and longest forms first; they may overlap."""
    for pattern in _patterns(language):
        yield from pattern.finditer(text)


def ahead(text: str, start: int, language: Language) -> bool:
    """Whether the clause around a place in the text speaks of the future."""
    begin = max((end.end() for end in _CLAUSE_ENDS.finditer(text, 0, start) if end.group()), default=0)
    end = _CLAUSE_ENDS.search(text, start)
    return _AHEAD[language].search(text, begin, end.start() if end else len(text)) is not None


def number(word: str) -> int:
    """The number of a day, a quarter or a century: "3", "3rd", "tercer", "xxi"."""
    if digits := re.match(r"\d+", word):
        return int(digits.group())
    if rank := next((rank for beginning, rank in _RANKS.items() if word.startswith(beginning)), None):
        return rank
    values = [_ROMAN[letter] for letter in word]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def year(digits: str) -> int:
    """A year of two or four digits: "24" is 2024, "98" is 1998."""
    short = int(digits)
    return short if len(digits) > 2 else short + (2000 if short < 70 else 1900)


def decade(word: str) -> int:
    """The first year of a decade: "noventa" and "90" are the last century's, as "años veinte" mostly are."""
    short = int(word) if word.isdigit() else 20 + 10 * _TENS.index(word)
    return short if short > 99 else 1900 + short


def shift(words: str) -> int:
    """-1 for "pasado", 0 for "este", 1 for "próximo"."""
    plain = " ".join(key(words).split())
    return 0 if plain in _NOW else 1 if plain.startswith(_NEXT) else -1


def unit(word: str) -> str:
    """The English name of a span of time."""
    return _UNITS.get(word, word)


def near(word: str) -> int:
    """How many days "ayer" or "tomorrow" is from today."""
    return _NEAR[" ".join(word.split())]


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    case = re.IGNORECASE if language is Language.SPANISH else re.NOFLAG
    forms = (*_NUMERIC, *_FORMS[language], *_BARE)
    return tuple(re.compile(_filled(form, language), case) for form in forms)


def _filled(form: str, language: Language) -> str:
    parts = _PARTS[language] | {
        "MONTH": _any(months(language), language),
        "SHORT": _any(months(language, "abbreviated"), language),
        "WEEKDAY": _any(weekdays(language), language),
        "TENS": _any(_TENS, language),
    }
    while (filled := re.sub(r"<([A-Z]+)>", lambda name: parts[name[1]], form)) != form:
        form = filled
    return form


def _any(names: Iterable[str], language: Language) -> str:
    """An alternation, the longest first; English writes the names of days and months with a capital."""
    words = sorted(names, key=len, reverse=True)
    if language is Language.ENGLISH:
        words = [word.capitalize() for word in words]
    return f"(?:{'|'.join(words).replace('miercoles', 'mi[ée]rcoles').replace('sabado', 's[áa]bado')})"
