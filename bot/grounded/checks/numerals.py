"""Numbers in digits and in words, Spanish and English, and mixtures of both: "380 mil millones", "half a million".

What is written can be read in more than one way: "1.234" is one thousand and more in Madrid and less than two in
Mexico City. Such a numeral has several values. Own rules, because the libraries there are misread Spanish
("veintiún", "billón") and none of them reads digits and words together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.grounded.checks.locales import key
from bot.grounded.checks.number_words import ONES, Reader, Token
from index.records import Language, Span

_GROUP = r"[.,'’\u00a0\u2009\u202f ]"
DIGITS = re.compile(
    rf"""(?<!\d) (?: \d{{1,3}} (?P<group>{_GROUP}) \d{{3}} (?: (?P=group)\d{{3}} )*+ (?!\d)
        (?: (?!(?P=group)) [.,]\d+ )?
    | \d+ (?: [.,]\d+ )? )""",
    re.VERBOSE,
)
_TOKEN = re.compile(rf"{DIGITS.pattern} | [^\W\d_]+", re.VERBOSE)
_GAPS = {Language.SPANISH: re.compile(r"\s+\Z"), Language.ENGLISH: re.compile(r"(?:\s+|-)\Z")}


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written, with the values it may have; ``scale`` is what its last word multiplies by, else 1.

    ``one`` says that it is no more than "un" or "one", which may be an article or a pronoun.
    """

    span: Span
    values: frozenset[Decimal]
    scale: Decimal
    one: bool


def find(text: str, language: Language) -> list[Numeral]:
    """Every numeral of the text, in order and apart from one another. Vague ones ("cientos", "miles") are none."""
    tokens = list(_tokens(text, language))
    found, at = [], 0
    while at < len(tokens):
        run = _longest(text, tokens, at, language)
        if run is None:
            at += 1
            continue
        length, numeral = run
        found.append(numeral)
        at += length
    return found


def convention(text: str) -> str | None:
    """The decimal mark that the text's own numbers show: "." or ","; None where they show none, or both."""
    marks = {number[-1 - decimals] for number, decimals in map(_decimals, DIGITS.finditer(text)) if decimals}
    return marks.pop() if len(marks) == 1 else None


def _decimals(match: re.Match[str]) -> tuple[str, int]:
    """The digits, and how many of them surely are decimals."""
    number = match.group()
    tail = re.search(r"[.,](\d+)\Z", number)
    sure = tail is not None and (len(tail[1]) != 3 or len(set(re.findall(r"[.,]", number))) > 1)
    return number, len(tail[1]) if tail and sure else 0


def readings(number: str, language: Language, mark: str | None = None) -> tuple[Decimal, ...]:
    """The values that digits may have, the likeliest first; ``mark`` is the decimal mark of the text, where known.

    One mark before three digits groups or divides. English says which. In Spanish both are in use, but nobody writes
    decimals that end in zero to the third place: "300.000" is never three hundred.
    """
    plain = re.sub(r"['’\s]", "", number)
    marks = re.findall(r"[.,]", plain)
    whole = Decimal(re.sub(r"[.,]", "", plain))
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return (whole,)
    head, _, tail = plain.rpartition(marks[-1])
    divided = Decimal(f"{re.sub(r'[.,]', '', head)}.{tail}")
    if len(marks) > 1 or plain != number or len(tail) != 3 or head.startswith("0") or len(head) > 3:
        return (divided,)
    if language is Language.ENGLISH:
        return (whole,) if marks[0] == "," else (divided,)
    known = tail.endswith("0") or (mark and mark != marks[0])
    return (whole,) if known else (whole, divided)


def _tokens(text: str, language: Language) -> Iterator[Token]:
    mark = convention(text)
    for match in _TOKEN.finditer(text):
        word = match.group()
        digits = readings(word, language, mark) if word[0].isdecimal() else ()
        yield Token(match.start(), match.end(), "" if digits else key(word), digits)


def _longest(text: str, tokens: Sequence[Token], at: int, language: Language) -> tuple[int, Numeral] | None:
    """The longest numeral that begins at a token, and how many tokens it takes."""
    reader = Reader(language)
    length = 0
    values: frozenset[Decimal] = frozenset()
    scale = Decimal(1)
    for count, token in enumerate(tokens[at:], 1):
        if count > 1 and not _GAPS[language].match(text, tokens[at + count - 2].end, token.start):
            break
        if not reader.take(token):
            break
        if reader.complete:
            length, values, scale = count, reader.values(), reader.scale
    if not length:
        return None
    end = tokens[at + length - 1]
    return length, Numeral(Span(tokens[at].start, end.end), values, scale, length == 1 and end.word in ONES)
