"""Where sentences begin and end in Spanish and English text.

A newline always ends a sentence. Within a line a sentence ends at ``.``, ``?``, ``!`` or ``…`` (with the quotes and
brackets that close after it) when white space follows and what comes next can begin a sentence. Bullet markers
(``- ``, ``• ``, an emoji at the start of a line) belong to no sentence, so that a quoted item reads well; every other
character that is not white space belongs to exactly one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.records import Span

_EMOJI = (
    "\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_EMOJI_RUN = f"(?:[{_EMOJI}][{_EMOJI}\ufe0f\u200d]*+|[0-9#*]\ufe0f?\u20e3)++"
BULLET = re.compile(rf"(?:[-*+•·▪▫◦‣⁃–—●○■□◆]|{_EMOJI_RUN})[ \t\u00a0]+(?=\S)")
"""A list item's marker, at the start of a line whose indentation is already skipped."""

_LINE = re.compile(r"[^\n]+")
_CLOSERS = "\"'»”’)\\]}*_"
# Possessive, as the others are: a long run of stops, spaces or emoji is gone through once.
_STOP = re.compile(rf"[.!?…](?:[.!?…{_CLOSERS}]|\[\d+\])*+")
_BEFORE_WORD = rf"{_EMOJI}\ufe0f\u200d\s\"'«“‘(\[{{¿¡—–―*_….)\]-"
_NEXT = re.compile(rf"\s++(?:[{_BEFORE_WORD}]|[0-9#*]\ufe0f?\u20e3){{0,24}}(?P<word>[^\W\d_]\.|[^\W_]*)")
_LAST_WORD = re.compile(r"[^\s\"'«“‘(\[¿¡—–]+$")
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_LOOK_BACK = 24
_MIXED_CASE = re.compile(r"[a-z]{1,2}[A-Z]")

# Something always follows these: the stop never ends a sentence.
_OPEN_ABBREVIATIONS = frozenset(
    """
    sr sra srta sres sras dr dra dres dª dña prof profa lic ing arq abg gral cnel cap tte sgto mons fr sto sta
    excmo excma ilmo ilma mr mrs ms messrs st gov sen rep gen col lt capt sgt rev hon pres vs cf aprox apdo
    núm nums núms num nro pág págs pag art arts vol cap caps fig figs ed eds avda av ctra dpto depto tel tfno ext
    ej ph mt ft incl p.ej i.e e.g
    """.split()
)
# "s. XIX", "v. Ley"; in capitals these are initials.
_OPEN_LETTERS = frozenset("sv")
# Something with a number follows these; before a word the stop is a full stop.
_BEFORE_NUMBER = frozenset(
    """
    no ene feb mar abr may jun jul ago sep sept oct nov dic jan apr aug dec
    """.split()
)
# These may end a sentence. Followed by a capital they do, except as ``_ends_after`` says.
_COMPANY = frozenset("inc corp ltd co cía cia bros llc plc s.a s.l s.a.b c.v s.a.u".split())
_COMPANY_GOES_ON = frozenset(
    "ceo cfo cto coo chief president chairman chairwoman chairperson vice executive co ltd inc corp class".split()
)
_AFTER_NAME = frozenset(("jr", "ph.d"))
# "EE. UU." ends a sentence before any capital, unless an office comes before it: "el presidente de EE. UU. Joe Biden".
_OFFICE = re.compile(
    r"(?:president[ea]|secretari[oa]|embajadora?|senadora?|fiscal|ministr[oa]|representante|gobernadora?|general)\b"
    r"[^.,;:]{0,30} EE\.\s?UU\Z",
    re.IGNORECASE,
)
_OFFICE_BACK = 64
# Hours and eras do before any capital; other initials go on as a name.
_ENDING_ACRONYMS = frozenset(("a.m", "p.m", "A.M", "P.M", "a.C", "d.C"))
_ENDING_PAIRS = frozenset(("a.m", "p.m", "A.M", "P.M", "a.C", "d.C"))
# Capitalised, these words begin a sentence and hardly ever continue a name.
_STARTERS = frozenset(
    """
    el la los las un una unos unas en por para con sin según sobre tras desde hasta entre durante ante aunque además
    también así como cuando donde si sí y o pero se su sus este esta estos estas ese esa esos esas eso esto aquel a
    al lo le les nos ha han fue es son hay era eran mientras luego después antes hoy ayer ahora entonces finalmente
    actualmente posteriormente muchos muchas todos todas otro otra otros otras cada mediante asimismo
    the an in on at by but for from with without as it its this that these those he she they we you and or if when
    while after before since however although according also there their his her our what who
    """.split()
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of ``text[start:end]``, in order, as spans of ``text`` without surrounding white space."""
    stop = len(text) if end is None else min(end, len(text))
    spans: list[Span] = []
    for line in _LINE.finditer(text, start, stop):
        spans.extend(_split_line(text, *line.span()))
    return spans


def bullet_length(line: str) -> int:
    """Return how many characters of ``line``, indentation included, come before a list item's own text; 0 for none."""
    indent = len(line) - len(line.lstrip())
    marker = BULLET.match(line, indent)
    return marker.end() if marker else 0


def _split_line(text: str, start: int, end: int) -> Iterator[Span]:
    line = text[start:end]
    marker = bullet_length(line)
    begin = marker
    previous: Span | None = None
    for cut in (*_cuts(line, marker), len(line)):
        span = _stripped(line, begin, cut)
        begin = cut
        if span is None:
            continue
        if previous is not None and not any(map(str.isalnum, line[span.start : span.end])):
            previous = Span(previous.start, span.end)  # a stray stop or emoji belongs to the sentence before it
            continue
        if previous is not None:
            yield Span(start + previous.start, start + previous.end)
        previous = span
    if previous is not None:
        yield Span(start + previous.start, start + previous.end)


def _stripped(line: str, begin: int, end: int) -> Span | None:
    part = line[begin:end]
    text = part.strip()
    if not text:
        return None
    lead = len(part) - len(part.lstrip())
    return Span(begin + lead, begin + lead + len(text))


def _cuts(line: str, marker: int) -> Iterator[int]:
    """Yield the offsets in ``line`` after which another sentence begins."""
    begin = marker
    for stop in _STOP.finditer(line, marker):
        following = _NEXT.match(line, stop.end())
        word = following["word"] if following else ""
        if not word or not _begins_sentence(word):
            continue
        if stop.group() == "." and not _ends_after(line, begin, stop.start(), word):
            continue
        if line[stop.start() - 1 : stop.start()] in ("(", "["):
            continue  # "(…)" and "[...]" stand for words left out
        begin = stop.end()
        yield begin


def _begins_sentence(word: str) -> bool:
    return not word[0].islower() or _MIXED_CASE.match(word) is not None


def _ends_after(line: str, begin: int, stop: int, following: str) -> bool:
    """Tell whether the single full stop at ``stop`` ends the sentence that began at ``begin``.

    ``following`` is the next word, an initial with its stop.
    """
    found = _LAST_WORD.search(line[max(begin, stop - _LOOK_BACK) : stop])
    word = found.group() if found else ""
    before = line[max(begin, stop - _LOOK_BACK) : stop - len(word)].rstrip()
    name, following = word.casefold(), following.casefold()
    if _is_open(word) or (stop - begin < _LOOK_BACK and _is_number(line[begin:stop])):
        return False
    if name in _BEFORE_NUMBER:
        return not following[0].isdecimal()
    if name in _COMPANY:
        return following not in _COMPANY_GOES_ON
    if name in ("uu", "ee.uu"):
        return following in _STARTERS or not _OFFICE.search(line[max(begin, stop - _OFFICE_BACK) : stop])
    if name in _AFTER_NAME or _INITIAL.fullmatch(word):
        return _ends_after_initial(word, before, following)
    return True


def _is_open(word: str) -> bool:
    """Tell an abbreviation that something follows; "ING" in capitals is a name and no engineer."""
    if word.isupper() and len(word) > 2:
        return False
    return word.casefold() in _OPEN_ABBREVIATIONS or word in _OPEN_LETTERS or word == "EE"


def _is_number(line: str) -> bool:
    """Tell a numbered item's number ("1. Uno", "a. Uno") by all that comes before its stop."""
    label = line.strip()
    return (label.isdecimal() and len(label) <= 3) or (label.isalpha() and len(label) == 1)


def _ends_after_initial(word: str, before: str, following: str) -> bool:
    """The same for a stop after a letter, or after letters with stops between them: "K.", "O.N.U."."""
    if word in _ENDING_ACRONYMS or before[-2:] + word[-1] in _ENDING_PAIRS:
        return True
    if len(word) == 1 and word.islower():
        # "b = c. Luego", but "c. 1455", "p. 3", "a. C."
        return not following[0].isdecimal() and not following.endswith(".")
    return following in _STARTERS
