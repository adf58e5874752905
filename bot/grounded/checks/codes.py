"""Figures that are no amount: ordinals, fractions, multiples, and what mixes digits with letters or marks.

Each has one name in both languages: "tercer", "3.º" and "third" are "#3"; "dos tercios" and "⅔" are "2/3"; "el triple"
and "3x" are "x3"; "GPT-4o" is "gpt4o".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bot.grounded.checks import units
from bot.grounded.checks.locales import codes, key
from bot.grounded.checks.numerals import DIGITS
from index.records import Language, Span

_ORDINAL = {
    Language.SPANISH: (
        r"primer[oa]?(?!\sministr) | segund[oa] | tercer[oa]? | cuart[oa](?!\sparte) | quint[oa](?!\sparte)"
        r" | sext[oa](?!\sparte) | s[ée]ptim[oa](?!\sparte) | octav[oa](?!\sparte) | noven[oa](?!\sparte)"
        r" | d[ée]cim[oa](?!\sparte)"
    ),
    Language.ENGLISH: "first second third fourth fifth sixth seventh eighth ninth tenth".replace(" ", " | "),
}
# The beginnings that tell them apart, in order.
_ORDER = {
    Language.SPANISH: "prim segun terc cuart quint sext septim octav noven decim".split(),
    Language.ENGLISH: "first second third fourth fifth sixth seventh eighth ninth tenth".split(),
}
_FEW = {
    Language.SPANISH: "un|una|la dos tres cuatro cinco seis siete ocho nueve".split(),
    Language.ENGLISH: "a|one two three four five six seven eight nine".split(),
}
_PARTS = {
    Language.SPANISH: (
        r"tercios? | cuartos? | quintos? | octavos? | d[ée]cimos?"
        r" | (?: tercer | cuart | quint | sext | s[ée]ptim | octav | noven | d[ée]cim )as?\spartes?"
    ),
    Language.ENGLISH: r"(?: third | quarter | fourth | fifth | sixth | seventh | eighth | ninth | tenth )s?",
}
_HALF = re.compile(
    r"(?<!primera\s)(?<!segunda\s)\bmitad\b(?!\sde\s(?:año|\d{4}))"
    r"|(?<!first\s)(?<!second\s)(?<!last\s)(?<!and\sa\s)\bhalf\b(?!\san?\s|\s?-)|\bhalf(?=\sa\s(?:year|century|day)\b)",
    re.IGNORECASE,
)
_MULTIPLES = tuple(
    (factor, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for factor, words in (
        (2, r"dobles?|duplic\w+|doubl(?:e[sd]?|ing)|twice|twofold"),
        (3, r"triples?|triplic\w+|tripl(?:ed|ing)|threefold"),
        (4, r"cu[áa]druples?|cuadruplic\w+|quadrupl\w+|fourfold"),
        (5, r"qu[íi]ntuples?|quintuplic\w+|quintupl\w+|fivefold"),
        (10, r"d[ée]cuples?|decuplic\w+|tenfold"),
    )
)
_SIGNED_ORDINAL = re.compile(
    r"(?<![\w.,])(?P<number>\d{1,3})(?:\.?[ºª°](?!C)|\.?(?:er|ra|ro|do|da|to|ta|mo|ma)\b|(?:st|nd|rd|th)\b)"
)
_VULGAR = re.compile(r"(?P<whole>\d+\s?)?(?P<part>[¼-¾⅐-⅞])")
_TIMES = re.compile(r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)?)\s?[x×](?!\w)")
_LETTERS_FIRST = re.compile(r"(?<!\w)(?=[^\W\d_][\w'’-]*\d)[^\W\d_][\w'’-]*(?:\.\d[\w-]*)*")
_DIGITS_FIRST = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?P<letters>[^\W\d_]\w*)(?:-\w+)*")
_SEVERAL = re.compile(r"(?<![\w.,:/])\d+(?:(?:[.,:/]\d+){2,}|[:/]\d+)")
_TIME_OF_YEAR = re.compile(r"(?:mid|pre|post|early|late)-\d", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\Z")


class Code(NamedTuple):
    """A figure by its name."""

    span: Span
    name: str


def find(text: str, language: Language) -> list[Code]:
    """Every code of the text, in order and apart from one another."""
    found: list[Code] = []
    for finder in _FINDERS:
        for code in finder(text, language):
            if not any(code.span.start < other.span.end and other.span.start < code.span.end for other in found):
                found.append(code)
    return sorted(found)


def _vulgar(text: str, _: Language) -> Iterator[Code]:
    for match in _VULGAR.finditer(text):
        part = unicodedata.normalize("NFKC", match["part"]).replace("\N{FRACTION SLASH}", "/")
        yield Code(Span(*match.span()), f"{(match['whole'] or '').strip()} {part}".strip())


def _numbered(text: str, _: Language) -> Iterator[Code]:
    for match in _SIGNED_ORDINAL.finditer(text):
        yield Code(Span(*match.span()), f"#{match['number']}")
    for match in _TIMES.finditer(text):
        yield Code(Span(*match.span()), f"x{match['number'].replace(',', '.')}")


def _fractions(text: str, language: Language) -> Iterator[Code]:
    few = "|".join(_FEW[language])
    pattern = rf"\b(?P<count>{few})[\s-](?P<part>{_PARTS[language]})\b(?P<of>\s(?:of|del?)\b)?"
    for match in re.finditer(pattern, text, re.IGNORECASE | re.VERBOSE):
        count = next(n for n, words in enumerate(_FEW[language], 1) if match["count"].lower() in words.split("|"))
        part = key(match["part"])
        # "a third company" counts companies; "three quarters" of a year are nine months in any case.
        if (
            match["of"]
            or part.endswith("s")
            or (language is Language.SPANISH and ("parte" in part or part.startswith(("terci", "cuart"))))
        ):
            number = 4 if part.startswith("quarter") else _rank(part, language)
            yield Code(Span(match.start(), match.end("part")), f"{count}/{number}")


def _halves(text: str, _: Language) -> Iterator[Code]:
    for match in _HALF.finditer(text):
        yield Code(Span(*match.span()), "1/2")


def _multiples(text: str, _: Language) -> Iterator[Code]:
    for factor, pattern in _MULTIPLES:
        for match in pattern.finditer(text):
            yield Code(Span(*match.span()), f"x{factor}")


def _ordinals(text: str, language: Language) -> Iterator[Code]:
    for match in re.finditer(rf"\b(?:{_ORDINAL[language]})\b", text, re.IGNORECASE | re.VERBOSE):
        yield Code(Span(*match.span()), f"#{_rank(key(match.group()), language)}")


def _rank(word: str, language: Language) -> int:
    return next(rank for rank, beginning in enumerate(_ORDER[language], 1) if word.startswith(beginning))


def _several(text: str, _: Language) -> Iterator[Code]:
    for match in _SEVERAL.finditer(text):
        if not DIGITS.fullmatch(match.group()):
            yield Code(Span(*match.span()), match.group())


def _mixed(text: str, _: Language) -> Iterator[Code]:
    for match in _LETTERS_FIRST.finditer(text):
        money = re.match(r"[A-Z]{3}(?=\d)", match.group())
        if not (_TIME_OF_YEAR.match(match.group()) or (money and money.group() in codes())):
            yield Code(Span(*match.span()), _plain(match.group()))
    for match in _DIGITS_FIRST.finditer(text):
        if not units.is_suffix(match["letters"]):
            yield Code(Span(*match.span()), _plain(match.group()))


def _plain(code: str) -> str:
    return key(_POSSESSIVE.sub("", code)).replace("-", "")


_FINDERS: tuple[Callable[[str, Language], Iterator[Code]], ...] = (
    _vulgar, _numbered, _fractions, _halves, _multiples, _ordinals, _several, _mixed,
)  # fmt: skip
