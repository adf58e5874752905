"""Whether a claim says the opposite of its quote: a "no" more or less, a word of denial, the other word of a pair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.grounded.checks import opposites, quotes, wordings
from bot.grounded.checks.wordings import Word
from index.records import Language

CLAUSE_END = re.compile(r"[,;:()—]|\b(?:pero|aunque|y|e|but|although|and|while|mientras)\b", re.IGNORECASE)
# How far a "no" reaches, in meaning words.
_REACH = 3


def differs(
    claim: Sequence[Word], claimed: str, quote: Sequence[Word], given: str, spoken: Language, written: Language
) -> bool:
    """Whether the claim, its words and text, denies what the quote says or the other way round."""
    return _denies(claim, claimed, quote, given, written) or _is_opposite(claim, quote, spoken, written)


def _denies(claim: Sequence[Word], claimed: str, quote: Sequence[Word], given: str, written: Language) -> bool:
    ours, theirs = list(_denied(claim, claimed)), list(_denied(quote, given))
    here = [word for row in ours for word in row]
    there = [word for row in theirs for word in row]
    if any(row and not _says(row[0], there) for row in ours) or (ours and not theirs):
        return True
    if any(_says(word, claim) and not _says(word, here) for row in theirs for word in row[:_REACH]):
        return True
    if quotes.count_negations(claimed) > max(1, quotes.count_negations(given)):
        return True
    return any(
        not _says(word, claim) and any(_says(other, claim) and not _says(other, here) for other in row)
        for word, row in _behind_denials(quote, given, written)
    )


def _denied(words: Sequence[Word], text: str) -> Iterator[list[Word]]:
    """For each clause that a "no" stands in, the meaning words behind it."""
    for place in quotes.negations(text):
        yield _behind(words, text, place)


def _behind(words: Sequence[Word], text: str, place: int) -> list[Word]:
    end = CLAUSE_END.search(text, place)
    stop = end.start() if end else len(text)
    return [word for word in words if not word.light and place <= word.span.start < stop]


def _behind_denials(words: Sequence[Word], text: str, language: Language) -> Iterator[tuple[Word, list[Word]]]:
    for word in words:
        if opposites.denies(word.text, language):
            yield word, _behind(words, text, word.span.end)


def _says(word: Word, among: Sequence[Word]) -> bool:
    return any(wordings.same(word, other) for other in among)


def _is_opposite(claim: Sequence[Word], quote: Sequence[Word], spoken: Language, written: Language) -> bool:
    """Whether the claim has one word of a pair, and its quote only the other one."""
    given = {side for word in quote for side in opposites.sides(word.text, written)}
    own = {stem for word in quote for stem in word.own}
    for word in claim:
        for pair, side in opposites.sides(word.text, spoken):
            if (pair, 1 - side) in given and (pair, side) not in given and own.isdisjoint(word.own):
                return True
    return False
