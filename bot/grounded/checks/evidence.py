"""Which sentences of the sources bear a sentence out, whole: what it says must stand in the very words that are shown.

One sentence of a source has to say it all. A name may also stand in its article's title, or in the sentence before it,
which is quoted too; only where it names nobody else, or one company would be told what another did. What is two
clauses may be borne out clause by clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.grounded.checks import denial, facts, names, order, wordings
from bot.grounded.checks.facts import Facts
from bot.grounded.checks.records import Flaw, Quote, Source
from bot.grounded.checks.wordings import Word
from index import entities
from index.records import Language, Span
from index.sentences import split_sentences

_JOINT = re.compile(
    r"[,;:]?\s(?:y|e|pero|mientras|aunque|and|but|while|although)\s|[,;]\s(?:que\s|which\s|who\s)?", re.IGNORECASE
)
_DETERMINER = re.compile(r"(?:el|la|los|las|un|una|su|sus|the|an?|its|their)\s", re.IGNORECASE)
_MOST_JOINTS = 6


@dataclass(frozen=True, slots=True)
class Read:
    """A text with what is to be compared of it."""

    text: str
    language: Language
    words: tuple[Word, ...]
    facts: Facts
    undated: str

    def meant(self) -> Iterator[Word]:
        """The words that have to be told: no light ones, no names, dates or amounts."""
        told = [*self.facts.spans(), *names.spans(self.undated, self.language)]
        for word in self.words:
            if not (word.light or any(facts.covers(word.span, span) for span in told)):
                yield word


@dataclass(frozen=True, slots=True)
class Borne:
    """The quotes that bear a text out together, in order; or what is wrong with the best of them."""

    quotes: tuple[Quote, ...]
    flaws: frozenset[Flaw]
    told: int


@lru_cache(maxsize=2048)
def read(text: str, language: Language) -> Read:
    """Read a sentence."""
    found = facts.find(text, language)
    return Read(text, language, tuple(wordings.words(text, language)), found, facts.without(text, found, language))


def gather(text: str, language: Language, sources: Sequence[Source]) -> Borne:
    """What bears the text out: all of its sentences, each whole or clause by clause."""
    parts = [text[start:end] for start, end in split_sentences(text)] or [text]
    borne = [_sentence(part, language, sources) for part in parts]
    return _together(borne)


def _together(borne: Sequence[Borne]) -> Borne:
    quotes = dict.fromkeys(quote for each in borne for quote in each.quotes)
    flaws = frozenset[Flaw]().union(*(each.flaws for each in borne))
    return Borne(() if flaws else tuple(quotes), flaws, sum(each.told for each in borne))


def _sentence(text: str, language: Language, sources: Sequence[Source]) -> Borne:
    whole = _best(text, language, sources)
    if not whole.flaws:
        return whole
    for joint in list(_JOINT.finditer(text))[:_MOST_JOINTS]:
        left, right = text[: joint.start()], text[joint.end() :]
        if not (_says_enough(left, language) and _says_enough(right, language)):
            continue
        subject = next(iter(names.spans(left, language)), None)
        # The second clause says what it says of the first one's subject.
        clause = f"{left[subject.start : subject.end]} {right}" if subject and not _has_subject(right) else right
        halves = _together([_best(left, language, sources), _best(clause, language, sources)])
        if not halves.flaws:
            return halves
    return whole


def _has_subject(clause: str) -> bool:
    return clause[:1].isupper() or _DETERMINER.match(clause) is not None


def _says_enough(text: str, language: Language) -> bool:
    return any(True for _ in read(text, language).meant())


def _best(text: str, language: Language, sources: Sequence[Source]) -> Borne:
    claim = read(text, language)
    tried = [borne for source in sources for borne in _tried(claim, source)]
    nothing = Borne((), frozenset((Flaw.UNSUPPORTED,)), 0)
    return min(tried, key=lambda each: (bool(each.flaws), -each.told, len(each.quotes)), default=nothing)


def _tried(claim: Read, source: Source) -> Iterator[Borne]:
    sentences = source.cut()
    for place, sentence in enumerate(sentences):
        given = read(sentence, source.language)
        before = sentences[place - 1] if place else ""
        flaws, told = _flaws(claim, given, source)
        carried = _carried(claim, given, source, before)
        if carried is None:
            flaws.add(Flaw.NAME)
        places = (place - 1, place) if carried == before and before else (place,)
        yield Borne(tuple(Quote(source.id, each) for each in places), frozenset(flaws), told)


def _flaws(claim: Read, given: Read, source: Source) -> tuple[set[Flaw], int]:
    """What is wrong with the claim where one sentence is to bear it out, names aside, and how many words that tells."""
    flaws = set(facts.missing(claim.facts, given.facts, facts.day(source.published)))
    meant = list(claim.meant())
    untold = [word for word in meant if not (is_told(word, given) or _begins_name(word, claim, source))]
    if untold:
        flaws.add(Flaw.UNSUPPORTED)
    if denial.differs(claim.words, claim.text, given.words, given.text, claim.language, given.language):
        flaws.add(Flaw.NEGATION)
    if not flaws and order.is_swapped(claim.text, claim.words, given.text, given.words, _spans(claim), _spans(given)):
        flaws.add(Flaw.UNSUPPORTED)
    if not flaws and order.is_anothers(meant, claim.facts.figures, given.text, given.words, given.facts.figures):
        flaws.add(Flaw.FIGURE)
    return flaws, len(meant) - len(untold) + len(claim.facts.spans())


def _spans(text: Read) -> list[Span]:
    return names.spans(text.undated, text.language)


def _begins_name(word: Word, claim: Read, source: Source) -> bool:
    """Whether the claim's first word is the beginning of a longer name in the source: "Cobre Andino"."""
    name = next(iter(entities.names(claim.text)), None)
    if name is None or name.start != word.span.start or name.end == word.span.end:
        return False
    return claim.text[name.start : name.end] in f"{source.title}\n{source.text}"


def is_told(word: Word, given: Read) -> bool:
    """Whether a text says a word, in any form or in the other language."""
    known = names.known(given.text, "", given.language)
    return any(wordings.same(word, other) for other in given.words) or names.calls_otherwise(word.text, known)


def _carried(claim: Read, given: Read, source: Source, before: str) -> str | None:
    """What bears out the names that the sentence lacks: nothing (""), the title or the sentence before; else None."""

    def lacks(*texts: str) -> bool:
        known = [names.known(each, "", source.language) for each in texts]
        return bool(names.missing(claim.undated, claim.language, known))

    if not lacks(given.text):
        return ""
    own = names.known(claim.text, "", claim.language)
    if names.missing(given.undated, given.language, [own]):
        return None
    return next((each for each in (source.title, before) if each and not lacks(given.text, each)), None)
