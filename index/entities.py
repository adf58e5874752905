"""Figures, dates, names and places in a sentence, in Spanish and English, by their written form.

What a question asks for (``Asks``) decides which of them answers it: used to prefer the sentences that hold one, and to
set it in bold. Rules, not a model: they are cheap enough to run on every candidate sentence and can be read. Their time
grows with the sentence's length and no faster: what is found begins at the edge of a word, and repeats are bounded.
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


def _any(words: str, first: str = "{0}") -> str:
    """An alternation of words, or of patterns without a space in them; ``first`` is how a first letter is written.

    Words that begin alike stand together, so that what begins with another letter is passed over in a few steps.
    """
    groups: dict[str, list[str]] = {}
    for word in words.split():
        groups.setdefault(word[0], []).append(word[1:])
    return "(?:" + "|".join(first.format(c, c.upper()) + f"(?:{'|'.join(ends)})" for c, ends in groups.items()) + ")"


def _anyhow(words: str) -> str:
    """As ``_any``, and the first letter may be a capital.

    It does not ignore case even where the expression does: a set of letters is passed over faster than a letter in any
    case.
    """
    return _any(words, "(?-i:[{1}{0}])")


# --- figures ---

_CARDINALS = """un una uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
    dieci[a-zé]{4,6} veinte veinti[a-zóúé]{2,6} treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento
    doscient[oa]s trescient[oa]s cuatrocient[oa]s quinient[oa]s seiscient[oa]s setecient[oa]s ochocient[oa]s
    novecient[oa]s mil one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"""
_SCALES = "miles mil mill[óo]n millones bill[óo]n billones trill[óo]n trillones thousand million billion trillion M B K"
_CODES = "USD EUR GBP CNY RMB JPY MXN ARS CLP COP"
_CURRENCIES = """d[óo]lar(?:es)? euros? yuan(?:es)? yenes yen pesos? libras? reales soles rupias? francos? wones
    dollars? pounds? bitcoins?"""
_UNITS = r"""años? meses mes semanas? días? horas? minutos? segundos? kil[óo]metros? metros? cent[íi]metros? toneladas?
    kilos? gramos? litros? hect[áa]reas? grados? personas? habitantes? usuarios? empleados? puntos(?:\sbásicos)? veces
    years? months? weeks? days? hours? people users times"""
_SYMBOLS = "km/h km² km cm mm m² m³ m kg kWh GWh MW GW TW GB TB MHz GHz ºC °C"
# Plural words that follow a figure without being what is counted.
_NOT_COUNTED = "tras menos antes después además pues entonces ellos ellas estos estas esos esas sus más miles cientos"

_SCALE, _CURRENCY, _UNIT = _any(_SCALES), _any(f"{_CODES} {_CURRENCIES}"), _any(_UNITS)
_CARDINAL = _anyhow(_CARDINALS) + r"\b"
# Not the digits of a product's name ("GPT-4o", "DeepSeek-V3"), a version ("3.5.1"), a date, a time or a note ("[1]").
_DIGITS = r"""(?<![\w.,\[-]) (?<!\d[:/])
    (?: \d{1,3}(?:[.,\u00a0\u202f ]\d{3}){1,8}(?:[.,]\d+)? | \d+(?:[.,]\d+)? ) (?! \d | [.,:/]\d )"""
_SPELT = rf"{_CARDINAL}(?:(?:\s(?:y\s)?|-){_CARDINAL}){{0,4}}"
_SCALED = rf"(?:{_DIGITS}|{_SPELT})(?:\s?{_SCALE}\b){{0,4}}"

_PRICE = rf"(?: (?:US)?[$€£¥] | {_any(_CODES)}\s ) \s?{_SCALED}(?!\w) (?: \s(?:de\s)?{_CURRENCY}\b )?"
_MONEY = rf"\s?[€£¥$] | \s(?:de\s)?{_CURRENCY}\b (?: \s(?:estadounidenses|canadienses|chinos|mexicanos)\b )?"
_SHARE = r"\s?(?: % | por\sciento\b | per\s?cent\b | puntos\sporcentuales\b )"
_MEASURE = rf"\s(?:de\s)?{_UNIT}\b | \s?{_any(_SYMBOLS)}(?!\w)"
# "un año" and "una persona" count nothing; "un millón" does.
_A_SINGLE = r"(?:[Uu]n[ao]?|[Oo]ne)\b"
_NOUN = rf"(?: (?:de\s)?(?!{_any(_NOT_COUNTED)}\b)[a-záéíóúüñ]{{3,}}s\b | people\b | (?:wo)?men\b | children\b )"
_SCALED_WORDS = rf"{_SPELT}(?:\s{_SCALE}\b){{1,4}}(?:\s{_CARDINAL}){{0,3}}"
# A bare figure counts; a bare "dos" does not, because small numbers in words are everywhere.
_COUNT = rf"""(?:
    (?: {_DIGITS}(?![\w-])(?:\s{_SCALE}\b){{0,4}} | {_SCALED_WORDS} )(?:\s{_NOUN})? | (?!{_A_SINGLE}){_SPELT}\s{_NOUN}
    )"""
_VAGUE = r"""(?:
    (?:[Mm]iles|[Mm]illones|[Cc]ientos|[Dd]ecenas|[Dd]ocenas)\sde\s(?:(?:miles|millones)\sde\s)?(?:[a-záéíóúüñ]+)?
    | [Ll]a\smitad\b | [Uu]n\stercio\b | [Ee]l\s(?:doble|triple)\b )"""
_FIGURE = rf"(?!{_A_SINGLE}\s{_UNIT}\b){_SCALED}(?: {_MONEY} | {_SHARE} | {_MEASURE} )"
_QUANTITY = re.compile(rf"(?<!\w)(?: {_PRICE} | {_FIGURE} | (?P<count>{_COUNT}) | {_VAGUE} )", re.VERBOSE)

# --- dates and terms ---

# "May" and "march" are other words when they are written small.
_MONTHS = """enero febrero marzo abril mayo junio julio agosto sep?tiembre octubre noviembre diciembre january february
    april june july august september october november december"""
_MONTH = rf"(?:{_anyhow(_MONTHS)}|(?-i:Ma(?:rch|y)))"
_SHORT_MONTH = _anyhow("ene feb mar abr may jun jul ago sept? oct nov dic jan apr aug dec") + r"\b\.?"
_WEEKDAY = _anyhow(
    "lunes martes miércoles jueves viernes sábado domingo monday tuesday wednesday thursday friday saturday sunday"
)
_PERIOD = _anyhow(
    r"""años? mes(?:es)? semanas? trimestres? semestres? siglos? décadas? lustros? días? horas?
    years? months? weeks? quarters? centur(?:y|ies) decades? days? hours?"""
)
_SOME = _anyhow(r"un[oa]s vari[oa]s algun[oa]s poc[oa]s much[oa]s several a\sfew")
_AMOUNT = rf"(?: {_DIGITS} | {_SPELT} | {_SOME} )"
_YEAR = r"(?:1\d|20)\d\d\b"
_ERA = r"[ad]\.\s?[CJ]\."
_OF_YEAR = rf"(?: ,?\s(?:del?\s|of\s)?(?: {_YEAR} | (?:este\s|presente\s|próximo\s)?año(?:\spasado)?\b ) )"
_WITHIN = _anyhow(r"hace dentro\sde en durante in within")
_ON = _anyhow(r"este el el\spróximo el\spasado on last next")
_SEASON = _anyhow("primavera verano otoño invierno spring summer autumn fall winter")
_ORDINAL_TERM = rf"""(?:
    {_anyhow("primer segundo tercer cuarto último")}\s(?:trimestre|semestre)\b
    | {_anyhow("first second third fourth last")}\s(?:quarter|half)\b
    )"""
_DATE = re.compile(
    rf"""(?<!\w)(?<![^\W\d]-)(?=\w)(?:
    \d{{1,2}}(?:\.?º|st|nd|rd|th)?\s(?:de\s|of\s)?(?: {_MONTH}\b | {_SHORT_MONTH} ){_OF_YEAR}?
    | {_MONTH}\b(?: \s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s{_YEAR})? | {_OF_YEAR} | \s(?:pasado|próximo)\b )?
    | \d{{4}}-\d\d-\d\d\b | \d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b
    | (?:{_ON}\s)?{_WEEKDAY}\b(?:\s(?:pasado|próximo)\b)?
        (?: \s\d{{1,2}}\b(?:\sde\s{_MONTH}\b)?(?:\sde\s{_YEAR})? )?
    | {_WITHIN}\s
        (?:(?:los|las)\s(?:próxim|últim)[oa]s\s|the\s(?:next|last|past)\s)?{_AMOUNT}\s{_PERIOD}\b
    | {_AMOUNT}\s{_PERIOD}\s(?: ago | later | después | atrás | más\starde )\b
    | {_anyhow("los las el la")}\s(?:próxim|últim|pasad)[oa]s?\s(?:{_AMOUNT}\s)?{_PERIOD}\b
    | {_anyhow("el la")}\s{_PERIOD}\s(?: pasad[oa] | próxim[oa] | que\sviene )\b
    | {_anyhow("est[ea] this last next")}\s{_PERIOD}\b
    | (?:a\s)?{_anyhow("principios mediados finales fines")}\sde\s(?: {_MONTH}{_OF_YEAR}? | {_YEAR} | año | mes )\b
    | {_ORDINAL_TERM}{_OF_YEAR}?
    | {_SEASON}{_OF_YEAR}
    | {_anyhow("siglos?")}\s[IVX]+\b(?:\sy\s[IVX]+\b)?(?:\s{_ERA})? | \d{{1,2}}(?:st|nd|rd|th)\scentury\b
    | {_anyhow("años")}\s(?: \d0 | {_anyhow("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")} )\b
    | {_anyhow("década")}\sde\s(?:los\s)?\w+ | (?:1\d|20)\d0s\b
    | {_anyhow("año")}\s\d{{1,4}}\b(?:\s{_ERA})? | {_DIGITS}\s{_ERA} | {_YEAR}
    | {_anyhow("ayer anteayer hoy mañana anoche yesterday today tomorrow")}\b
    | \d{{1,2}}:\d\d\b(?:\sh(?:oras)?\b)?
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# --- names and places ---

_UPPER = "A-Z" + "".join(filter(str.isupper, map(chr, range(0xC0, 0x250))))
# "Nvidia", "GPT-4o", "AT&T", "O'Higgins", "Qwen2.5", and capitals inside: "xAI", "iPhone".
_CAPITALISED = rf"(?:[{_UPPER}]\w*|[a-z]+[{_UPPER}]\w*)(?:[’'&-]\w+|\.\d\w*)*"
# A full stop belongs to initials, titles and dotted acronyms alone.
_TITLE = rf"(?:[{_UPPER}]|{_any('Dra? Sra? Srta Sta? Mr Mrs Ms Prof Gral')})"
_PART = rf"(?: EE\.\s?UU\. | (?:[{_UPPER}]\.){{2,}} | (?:{_TITLE}\.\s(?=[{_UPPER}])){{0,4}}{_CAPITALISED} )"
_JOINT = r"(?: de(?:\s(?:la|los|las))? | del | of(?:\sthe)? | the | van(?:\sder)? | von(?:\sder)? | da | do | di )"
_NAME = re.compile(rf"(?<!\w){_PART}(?:\s(?:{_JOINT}\s)?{_PART})*", re.VERBOSE)
_WORD = re.compile(r"\S+")
# Words that carry a capital because they open a sentence.
_OPENERS = frozenset(
    """a al ante antes aquel así aunque cada como con cree cuando da dado de del desde después dio durante e el él ella
    ellas ellos en entonces entre es esa ese eso esta este esto estos estas gracias hace hasta hay la las le les lo los
    luego mediante mientras muchos no nota nuestra nuestro nueva nuevas nuevo nuevos o otra otras otro otros para pero
    por porque pues que quien se según ser si sin sobre solo su sus también tanto todas todo todos tras tu un una unas
    uno unos y ya he she it they we you the this that these those an and as at but by for from her his in its of on or
    our so to with while when after before both each many most new other some such there their more qué quién quiénes
    cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas how what which who whom whose where why does do
    did is are was were has have had can could will would""".split()
)
# Words that are written with capitals wherever they stand, and name nobody.
_TITLES = frozenset(("i", "ceo", "cto", "cfo"))
_NOT_NAMES = _OPENERS | {"ia", "ai", "tic", "it"}
_CALENDAR = re.compile(f"{_MONTH}|{_WEEKDAY}", re.IGNORECASE)
_COMMON_ENDINGS = tuple("ción sión ciones siones mente dad dades ando iendo ismo ing tion ly ó aron ieron".split())
# After these a sentence goes on; after anything else that is no letter (a full stop, a dash, a quote) one may begin.
_GOES_ON = frozenset(",;%)»”’&/$€")
_PLACE_LEAD = re.compile(r"\b(?:en|in|at)\s(?:el\s|la\s|los\s|las\s|the\s)?$", re.IGNORECASE)
# Characters that the longest lead takes ("in the "), and the edge of a word before it.
_LEAD = 8


def find(sentence: str, asks: Asks) -> list[Span]:
    """Spans in ``sentence`` that are of the kind asked for, in order; none for ``Asks.OTHER``."""
    match asks:
        case Asks.QUANTITY:
            return [Span(*match.span()) for match in _QUANTITY.finditer(sentence) if not _is_date(match)]
        case Asks.DATE:
            return [Span(*match.span()) for match in _DATE.finditer(sentence)]
        case Asks.NAME:
            return names(sentence)
        case Asks.PLACE:
            return [span for span in names(sentence) if _is_place(sentence, span)]
        case Asks.OTHER:
            return []


def _is_date(figure: re.Match[str]) -> bool:
    """Whether a bare figure is a year, or the day of a month."""
    date = _DATE.match(figure.string, figure.start()) if figure["count"] else None
    return date is not None and date.end() >= figure.end()


def names(sentence: str) -> list[Span]:
    """Spans of proper names, in order; a capital that only opens the sentence does not make one."""
    found = []
    for match in _NAME.finditer(sentence):
        opens = _opens(sentence, match.start())
        start = _begins(match, opens)
        name = sentence[start : match.end()]
        common = opens and start == match.start() and _ordinary(name)
        if name and not common and name.lower() not in _NOT_NAMES and not _CALENDAR.fullmatch(name):
            found.append(Span(start, match.end()))
    return found


def _opens(sentence: str, start: int) -> bool:
    """Whether a sentence may begin at ``start``, so that a capital there tells nothing."""
    before = sentence[max(0, start - 3) : start].rstrip()[-1:]
    return not (before.isalnum() or before in _GOES_ON)


def _begins(match: re.Match[str], opens: bool) -> int:
    """Where the name in a run of capitalised words begins, after the words that are none of it; its end, if all are."""
    stripped = False
    for word in _WORD.finditer(match.string, *match.span()):
        written = word.group().lower()
        small = stripped and word.group().islower()
        if written not in _TITLES and not ((opens or small) and written in _OPENERS):
            return word.start()
        stripped = True
    return match.end()


def _ordinary(name: str) -> bool:
    """Whether a name at a sentence's start may be a common word: one word, capital only in front, no digit."""
    return " " not in name and name[1:].islower() and name.lower().endswith(_COMMON_ENDINGS)


def _is_place(sentence: str, name: Span) -> bool:
    """A country or region by name, or a name that "en" leads to; an acronym is an organisation."""
    text = sentence[name.start : name.end]
    lead = sentence[max(0, name.start - _LEAD) : name.start]
    return text in _territories() or (not text.isupper() and _PLACE_LEAD.search(lead) is not None)


@lru_cache(maxsize=1)
def _territories() -> frozenset[str]:
    """Countries and continents as Spanish and English write them, from Unicode's CLDR."""
    from babel import Locale  # read only when a question asks where

    names = {name for language in ("es", "en") for name in Locale(language).territories.values()}
    return frozenset(names | {"EE. UU", "EE. UU.", "EE.UU.", "EEUU", "USA", "UE", "Emiratos Árabes", "Europa del Este"})
