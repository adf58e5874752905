"""Whether what a sentence puts in quotation marks is its sources' own, and whether a text denies something."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = re.compile(r"«([^«»]*)»|“([^“”]*)”|„([^„“”]*)[“”]|\"([^\"]*)\"|‘([^‘’]{3,})’(?!\w)|‹([^‹›]*)›")
_MARKS = re.compile(r"[«»“”„\"‹›]")
_AROUND = " .,;:!?…"

_NEGATION = re.compile(
    r"\b(?:no|nunca|jamás|tampoco|nadie|ningun[oa]?|ningún|ni|sin(?!\sembargo)"
    r"|not|never|nor|neither|nobody|none|cannot|without|\w+n['’]t)\b",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\b(?:no\s(?:solo|sólo|solamente|únicamente|simplemente)|not\s(?:only|just|merely|simply)|nada\smenos)\b",
    re.IGNORECASE,
)

# They double another "no" in Spanish.
_CONCORD = frozenset("ningún ninguno ninguna ningun nadie ni tampoco nunca jamás".split())


def quoted(text: str) -> Iterator[str]:
    """What stands in quotation marks of any kind; of a mark without its other half, an empty quote."""
    rest = text
    for match in _QUOTED.finditer(text):
        yield next(part for part in match.groups() if part is not None)
        rest = rest.replace(match.group(), " ", 1)
    if _MARKS.search(rest):
        yield ""


def unquoted(text: str) -> str:
    """The text without what it quotes."""
    return _QUOTED.sub(" ", text)


def stands_in(quote: str, text: str) -> bool:
    """Whether a text holds the quote letter by letter; its first letter's case and the stops around it are its own."""
    wanted = _plain(quote).strip(_AROUND)
    if not wanted:
        return False
    pattern = rf"(?i:{re.escape(wanted[0])}){re.escape(wanted[1:])}"
    return re.search(rf"(?<!\w){pattern}(?!\w)", _plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub('"', text).replace("’", "'").split())


def negations(text: str) -> list[int]:
    """Where the words that deny something end, in order."""
    plain = _NO_NEGATION.sub(lambda found: " " * len(found.group()), text)
    return [found.end() for found in _NEGATION.finditer(plain)]


def count_negations(text: str) -> int:
    """How many of them turn a statement round; "no … ninguno" does so once."""
    plain = _NO_NEGATION.sub(" ", text)
    return sum(found.group().lower() not in _CONCORD for found in _NEGATION.finditer(plain))
