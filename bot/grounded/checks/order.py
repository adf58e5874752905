"""Whether what stands in a quote stands there in the claim's order: who did it to whom, and which figure is whose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.grounded.checks import figures, wordings
from bot.grounded.checks.denial import CLAUSE_END
from bot.grounded.checks.figures import Figure
from bot.grounded.checks.wordings import Word
from index.analysis import fold
from index.records import Span

# Finite verbs of the past and the future, which Spanish and English tell by their endings.
_VERB = re.compile(r"\w{2,}(?:ó|ió|aron|ieron|[aei]rán?|aba|aban|ían)|\w{2,}[^e]ed")
# A score's or a range's numbers stand so near.
_PAIRED = 4
_PASSIVE = re.compile(r"\b(?:por|by)\s+(?:\w+\s+)?\Z", re.IGNORECASE)


def is_swapped(
    claim: str, ours: Sequence[Word], quote: str, theirs: Sequence[Word], named: Sequence[Span], names: Sequence[Span]
) -> bool:
    """Whether a verb of the claim has another subject in the quote.

    ``named`` and ``names`` are where the claim's and the quote's names stand.
    """
    if any(_PASSIVE.search(text, 0, span.start) for text, spans in ((claim, named), (quote, names)) for span in spans):
        return False
    for verb in (word for word in ours if not word.light and _VERB.fullmatch(word.text)):
        subject = max((span for span in named if span.end <= verb.span.start), default=None)
        if subject is None:
            continue
        places = [span for span in names if _shares(claim[subject.start : subject.end], quote[span.start : span.end])]
        verbs = [word for word in theirs if wordings.same(verb, word) and _VERB.fullmatch(word.text)]
        if not places:
            # Only the title names the subject: the quote must not have the claim's object for one.
            objects = [claim[span.start : span.end] for span in named if span.start >= verb.span.end]
            before = [quote[s.start : s.end] for s in names for word in verbs if s.end <= word.span.start]
            if any(_shares(one, other) for one in before for other in objects):
                return True
        elif verbs and not any(_leads(word, places, names, named, claim, quote) for word in verbs):
            return True
    return False


def _leads(
    verb: Word, places: Sequence[Span], names: Sequence[Span], named: Sequence[Span], claim: str, quote: str
) -> bool:
    """Whether the nearest name before the verb, of those that the claim lacks or its subject's, is the subject's."""
    known = [claim[span.start : span.end] for span in named]
    strangers = [
        s for s in names if s not in places and not any(_shares(quote[s.start : s.end], name) for name in known)
    ]
    before = [span for span in (*places, *strangers) if span.end <= verb.span.start]
    return bool(before) and max(before) in places


def _shares(name: str, other: str) -> bool:
    one, another = set(fold(name.lower()).split()), set(fold(other.lower()).split())
    return one <= another or another <= one


def is_anothers(
    meant: Sequence[Word], ours: Sequence[Figure], text: str, quote: Sequence[Word], theirs: Sequence[Figure]
) -> bool:
    """Whether figures of one unit change places, or the claim's words stand nearer to another one in the quote."""
    found = [_place(figure, theirs) for figure in ours]
    if any(
        one and other and other.start < one.start and _are_a_pair(first, last)
        for (first, one), (last, other) in pairwise(zip(ours, found, strict=True))
    ):
        return True
    return any(
        place
        and (figure.units or figure.noun)
        and _is_nearer_to_another(meant, figure, place, text, quote, theirs, found)
        for figure, place in zip(ours, found, strict=True)
    )


def _are_a_pair(first: Figure, last: Figure) -> bool:
    """Whether two figures could change places unseen: "3 a 2", "del 5 % al 12 %"."""
    if first.code or last.code or first.units != last.units:
        return False
    return bool(first.units) or last.span.start - first.span.end <= _PAIRED


def _place(figure: Figure, among: Sequence[Figure]) -> Span | None:
    """Where the only figure stands that bears this one out; None where several do."""
    places = [other.span for other in among if figures.supported(figure, [other])]
    return places[0] if len(places) == 1 else None


def _is_nearer_to_another(
    meant: Sequence[Word],
    figure: Figure,
    place: Span,
    text: str,
    quote: Sequence[Word],
    theirs: Sequence[Figure],
    found: Sequence[Span | None],
) -> bool:
    rivals = [
        each.span
        for each in theirs
        if (each.units, each.noun) == (figure.units, figure.noun) and each.span not in found
    ]
    if not rivals or not meant:
        return False
    far = sum(_is_nearer(word, rivals, place, text, quote) for word in meant)
    return 2 * far >= len(meant)


def _is_nearer(word: Word, rivals: Sequence[Span], place: Span, text: str, quote: Sequence[Word]) -> bool:
    places = [other.span for other in quote if wordings.same(word, other)]
    if not places:
        return False
    return min(_apart(p, r, text) for p in places for r in rivals) < min(_apart(p, place, text) for p in places)


def _apart(one: Span, other: Span, text: str) -> tuple[int, int]:
    """How many clauses end between two places, and how many characters stand there."""
    first, last = sorted((one, other))
    between = text[first.end : last.start]
    return len(CLAUSE_END.findall(between)), len(between)
