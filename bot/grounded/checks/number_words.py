"""How words and digits make one number, token after token: "dos mil trescientos millones", "2 millones 500 mil"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import product

from index.records import Language

_SPANISH = """cero un|uno|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis
    diecisiete dieciocho diecinueve veinte veintiun|veintiuno|veintiuna veintidos veintitres veinticuatro veinticinco
    veintiseis veintisiete veintiocho veintinueve"""
_SPANISH_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_SPANISH_HUNDREDS = "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient"
_ENGLISH = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
_ENGLISH_TENS = "thirty forty fifty sixty seventy eighty ninety"

_THOUSAND = Decimal(1000)
_MILLION = _THOUSAND**2
# Spanish counts in the long scale, English in the short one.
_SCALES = {
    Language.SPANISH: {
        "millon": _MILLION,
        "millones": _MILLION,
        "millardo": _THOUSAND**3,
        "millardos": _THOUSAND**3,
        "billon": _MILLION**2,
        "billones": _MILLION**2,
        "trillon": _MILLION**3,
        "trillones": _MILLION**3,
    },
    Language.ENGLISH: {
        "million": _MILLION,
        "billion": _THOUSAND**3,
        "trillion": _THOUSAND**4,
        "quadrillion": _THOUSAND**5,
    },
}
_THOUSANDS = {Language.SPANISH: "mil", Language.ENGLISH: "thousand"}
_DOZENS = frozenset(("docena", "docenas", "dozen"))
_HALVES = frozenset(("medio", "media", "half"))
_AND = frozenset(("y", "and"))
_ARTICLES = frozenset(("a", "an"))
ONES = frozenset(("un", "una", "uno", "one", "a", "an"))


@dataclass(frozen=True, slots=True)
class Token:
    """A word, folded, or digits with the values that they may have; where it stands in its text."""

    start: int
    end: int
    word: str
    digits: tuple[Decimal, ...]


@dataclass(slots=True)
class Reader:
    """Reads one numeral token by token. Each part is a tuple of the values that it may have; () where it is empty.

    ``done`` holds the millions and up, ``high`` the thousands, ``low`` what is below, to which less than ``room`` may
    be added. ``pending`` is a word that means nothing until another follows.
    """

    language: Language
    done: tuple[Decimal, ...] = ()
    high: tuple[Decimal, ...] = ()
    low: tuple[Decimal, ...] = ()
    room: int = 0
    limit: Decimal = field(default=Decimal("Infinity"))
    scale: Decimal = field(default=Decimal(1))
    pending: str = ""
    closed: bool = False

    @property
    def complete(self) -> bool:
        """Whether what was taken is a number, with nothing pending."""
        return not self.pending

    def values(self) -> frozenset[Decimal]:
        """What the number may be."""
        return frozenset(_sums(self.done, self.high, self.low))

    def take(self, token: Token) -> bool:
        """Whether the token goes on with the numeral; it is then part of it."""
        if self.closed:
            return False
        word, begun = token.word, bool(self.done or self.high or self.low)
        if word in _AND:
            self.pending, fits = "and", begun and not self.pending
        elif word in _HALVES:
            fits = self._half(begun)
        elif word in _ARTICLES and self.language is Language.ENGLISH:
            fits = bool(self.pending) or not begun
            self.pending = self.pending or "a"
        elif word in _DOZENS or word in _SCALES[self.language] or word in ("hundred", _THOUSANDS[self.language]):
            fits = self._multiply(word)
        elif token.digits or word in _cardinals(self.language):
            fits = self._add(token)
            self.scale, self.pending = Decimal(1), ""
        else:
            fits = False
        return fits

    def _half(self, begun: bool) -> bool:
        """Take a half: "medio millón", "half a million"; "un millón y medio", "two and a half million"."""
        if not begun:
            self.pending = "half"
            return True
        if self.pending != "and":
            return False
        self.pending = ""
        if not (self.high or self.low):
            self.done = _sums(self.done, (self.limit / 2,))
            self.closed = True
        elif self.low and self.language is Language.ENGLISH:
            self.low = _sums(self.low, (Decimal("0.5"),))
            self.room = 0
        else:
            return False
        return True

    def _multiply(self, word: str) -> bool:
        """Take a word that multiplies what stands before it: "hundred", "mil", "millones", "docena"."""
        before = {"half": (Decimal("0.5"),), "a": (Decimal(1),)}.get(self.pending, self.low)
        if self.pending == "and":
            return False
        if word in _SCALES[self.language]:
            return self._close(_sums(self.high, before), _SCALES[self.language][word])
        self.pending = ""
        if word in _DOZENS:
            self.low, self.closed = _times(before, Decimal(12)), True
            return bool(before)
        if word == "hundred":
            self.low, self.room = _times(before, Decimal(100)), 100
            return bool(before) and max(before) < 100
        fits = not self.high and (bool(before) or self.language is Language.SPANISH)
        self.high, self.low, self.scale = _times(before or (Decimal(1),), _THOUSAND), (), _THOUSAND
        return fits

    def _close(self, block: tuple[Decimal, ...], scale: Decimal) -> bool:
        if not (self.high or self.low or self.pending) or scale >= self.limit:
            return False
        self.scale = scale * (self.scale if not self.low else 1)
        self.done, self.high, self.low = _sums(self.done, _times(block, scale)), (), ()
        self.limit, self.pending = scale, ""
        return True

    def _add(self, token: Token) -> bool:
        """Take digits or a cardinal, which must fit below what stands before it."""
        if token.digits:
            first = not (self.done or self.high or self.low)
            fits = not self.pending and (first or (not self.low and max(token.digits) < _THOUSAND))
            self.low, self.room = token.digits, 0
            return fits
        number = _cardinals(self.language)[token.word]
        spanish = self.language is Language.SPANISH
        if self.low and not 0 < number < self.room:
            return False
        # "treinta y uno", but "ciento uno"; "one hundred and one", but "thirty-one".
        if self.pending and (self.pending != "and" or (self.room != 10 if spanish else self.room == 10)):
            return False
        if spanish and self.low and self.room == 10 and not self.pending:
            return False
        self.low = _sums(self.low, (number,))
        self.room = _room(token.word, number)
        return True


@cache
def _cardinals(language: Language) -> dict[str, Decimal]:
    if language is Language.ENGLISH:
        units, tens, first = _ENGLISH, _ENGLISH_TENS, 30
        hundreds: dict[str, int] = {}
    else:
        units, tens, first = _SPANISH, _SPANISH_TENS, 30
        hundreds = {
            f"{stem}{ending}": 100 * number
            for number, stem in enumerate(_SPANISH_HUNDREDS.split(), 2)
            for ending in ("os", "as")
        }
        hundreds |= {"cien": 100, "ciento": 100}
    found = {word: number for number, words in enumerate(units.split()) for word in words.split("|")}
    found |= {word: first + 10 * number for number, word in enumerate(tens.split())} | hundreds
    return {word: Decimal(number) for word, number in found.items()}


def _room(word: str, number: Decimal) -> int:
    """What may follow a cardinal must be less than this."""
    if number >= 100:
        return 0 if word == "cien" else 100
    tens = number >= 20 and number % 10 == 0 and word != "veinte"
    return 10 if tens else 0


def _sums(*parts: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """Every sum of one value of each part that has any; () where none has."""
    some = [tuple(part) for part in parts if part]
    return tuple(sum(values, Decimal(0)) for values in product(*some)) if some else ()


def _times(values: Iterable[Decimal], factor: Decimal) -> tuple[Decimal, ...]:
    return tuple(value * factor for value in values)
