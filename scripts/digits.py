"""Whether a text's figures stand in another one, by their digits alone.

It shares nothing with how answers are checked, so that it can count after them. It knows no units and no dates;
"380.000 millones" and "380 mil millones" are both 38, and the words from one to twenty and the months have digits too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# What stands between the digits of one number; a space only before three of them.
_NUMBER = re.compile(r"\d+(?:[.,'’]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
_GROUP = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
# A line a number, from one on.
_SAID = """\
un uno una one primer primero primera first enero january
dos two segundo segunda second febrero february
tres three tercer tercero tercera third marzo march
cuatro four cuarto cuarta fourth abril april
cinco five quinto quinta fifth mayo may
seis six sexto sexta sixth junio june
siete seven séptimo séptima seventh julio july
ocho eight octavo octava eighth agosto august
nueve nine noveno novena ninth septiembre setiembre september
diez ten décimo décima tenth octubre october
once eleven noviembre november
doce twelve diciembre december
trece thirteen
catorce fourteen
quince fifteen
dieciséis sixteen
diecisiete seventeen
dieciocho eighteen
diecinueve nineteen
veinte twenty
"""
_DIGITS = {word: str(number) for number, words in enumerate(_SAID.splitlines(), 1) for word in words.split()}


def missing(text: str, sources: Iterable[str]) -> list[str]:
    """The figures of ``text``, as written, whose digits stand in none of the sources."""
    known = {digits for source in sources for digits in _known(source)}
    return [number for number in numbers(text) if _significant(number) not in known]


def numbers(text: str) -> list[str]:
    """Every figure that is written in digits."""
    return _NUMBER.findall(text)


def _known(source: str) -> Iterator[str]:
    yield from map(_significant, numbers(source))
    # "en 2023 450 barcos" are two numbers.
    yield from map(_significant, _GROUP.findall(source))
    yield from (_significant(_DIGITS[word]) for word in _WORD.findall(source.lower()) if word in _DIGITS)


def _significant(number: str) -> str:
    return "".join(_GROUP.findall(number)).strip("0") or "0"
