"""What Unicode's CLDR knows, by folded lower-case name: currencies, months, days of the week, countries and cities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from index import analysis
from index.records import Language

if TYPE_CHECKING:
    from babel import Locale

# Today's money; "sol" and "peso" would otherwise be what was paid with a century ago too.
_MONEY_OF = date(2025, 1, 1)
# Where the bare word means one currency in the news, though others are called so.
_MEANT = {"dolar": "USD", "dolares": "USD", "dollar": "USD", "dollars": "USD", "won": "KRW", "wones": "KRW"}
_ALSO_SEPTEMBER = {"setiembre": 9, "sep": 9, "set": 9}
_NEW = frozenset(("nuevo", "nuevos", "new"))
_ALSO_CALLED = {
    "rmb": "CNY",
    "renminbi": "CNY",
    "yuanes chinos": "CNY",
    "dolar americano": "USD",
    "dolares americanos": "USD",
    "american dollars": "USD",
    "u.s. dollar": "USD",
    "u.s. dollars": "USD",
    "bitcoin": "BTC",
    "bitcoins": "BTC",
}


@cache
def currencies() -> Mapping[str, frozenset[str]]:
    """ISO codes by the name that prose uses: "pesos mexicanos" -> {MXN}, "pesos" -> every peso there is."""
    from babel.numbers import get_currency_name

    found: defaultdict[str, set[str]] = defaultdict(set)
    for code in codes() - {"BTC", "RMB"}:
        for language in Language:
            for count in (1, 2):
                name = key(get_currency_name(code, count, language))
                words = name.split()
                found[name].add(code)
                if words[0] not in _NEW:
                    found[words[0] if language is Language.SPANISH else words[-1]].add(code)
    named = {name: frozenset(several) for name, several in found.items() if "(" not in name}
    return named | {name: frozenset((code,)) for name, code in (_MEANT | _ALSO_CALLED).items()}


@cache
def codes() -> frozenset[str]:
    """ISO 4217 codes of the money in use, and what else is written like one."""
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    used = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, _MONEY_OF, _MONEY_OF)
    }
    return frozenset(used | {"BTC", "RMB"})


@cache
def months(language: Language, width: str = "wide") -> Mapping[str, int]:
    """1 to 12 by name; ``width`` is "wide" or "abbreviated"."""
    names = _locale(language).months["format"][width]
    found = {key(name).rstrip("."): number for number, name in names.items()}
    return found | _ALSO_SEPTEMBER if language is Language.SPANISH else found


@cache
def weekdays(language: Language) -> Mapping[str, int]:
    """0 (Monday) to 6 by name."""
    return {key(name): number for number, name in _locale(language).days["format"]["wide"].items()}


@cache
def territories() -> Mapping[str, frozenset[str]]:
    """What Spanish and English call each country, region and alliance, by its CLDR code: "AE", "EU", "419"."""
    spanish, english = (_locale(language).territories for language in (Language.SPANISH, Language.ENGLISH))
    return {str(code): frozenset((key(spanish[code]), key(english[code]))) for code in spanish if code in english}


@cache
def cities() -> tuple[frozenset[str], ...]:
    """What Spanish and English call the cities that time zones are named after."""
    zones = _locale(Language.SPANISH).time_zones
    return tuple(
        frozenset((key(names["city"]), key(zone.rpartition("/")[2].replace("_", " "))))
        for zone, names in zones.items()
        if "city" in names
    )


def key(name: str) -> str:
    """How names are looked up: lower case, without accents."""
    return analysis.fold(name.lower())


@cache
def _locale(language: Language) -> Locale:
    from babel import Locale

    return Locale(language)
