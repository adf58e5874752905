"""What a language model wrote, checked sentence by sentence against the passages that it cites. Pure and deterministic.

A sentence stands or falls as a whole: nothing is mended. Where the rules cannot tell, it falls; the article's own
words are always there to answer with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.grounded.checks import dates, figures, marks, names, quotes
from bot.grounded.checks.dates import Date
from bot.grounded.checks.figures import Figure
from index import language as languages
from index.records import Language, Span
from index.sentences import split_sentences

MAX_CHARS = 600
# Of a sentence's meaning words, at least this share stands in its sources, in some form or in the other language.
_LEAST_TOLD = 0.45
# A shorter one, such as "Sí.", is read with its neighbours alone.
_PART_WORDS = 3
# So many meaning words in a row that no source says are a claim of its own, behind whatever true one it is hung.
_CLAIM_WORDS = 4
# From this share on, two sentences say the same but for a "no".
_SAME_CLAIM = 0.6


class Flaw(StrEnum):
    """Why a sentence falls."""

    EMPTY = "empty"
    TOO_LONG = "too long"
    UNKNOWN_SOURCE = "unknown source"
    LINK = "link"
    MENTION = "mention"
    MARKUP = "markup"
    LANGUAGE = "language"
    QUOTE = "quote"
    FIGURE = "figure"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that may be cited; ``published`` is its article's ISO 8601 date, where known."""

    id: str
    text: str
    title: str
    language: Language
    published: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence, the known sources that it cites, in order, and what is wrong with it; it stands where nothing is."""

    text: str
    sources: tuple[str, ...]
    flaws: tuple[Flaw, ...]


def verify(sentence: str, cited: Sequence[str], sources: Mapping[str, Source], language: Language) -> Checked:
    """Check one sentence, which is to be in ``language``, against the sources with the ids that it cites."""
    text = unicodedata.normalize("NFC", sentence.strip())
    ids = tuple(dict.fromkeys(cited))
    known = [sources[each] for each in ids if each in sources]
    found = set(_of_form(text, language, known))
    if not ids or len(known) < len(ids):
        found.add(Flaw.UNKNOWN_SOURCE)
    # What is endless, or of no word, need not be read.
    if not found & {Flaw.EMPTY, Flaw.TOO_LONG}:
        found.update(_of_content(text, language, known))
    return Checked(" ".join(text.split()), tuple(each.id for each in known), tuple(f for f in Flaw if f in found))


def _of_form(text: str, language: Language, sources: Sequence[Source]) -> Iterator[Flaw]:
    if not any(map(str.isalnum, text)):
        yield Flaw.EMPTY
    if len(text) > MAX_CHARS:
        yield Flaw.TOO_LONG
        return
    if marks.holds_link(text):
        yield Flaw.LINK
    if marks.holds_mention(text):
        yield Flaw.MENTION
    if marks.holds_markup(text):
        yield Flaw.MARKUP
    unquoted = quotes.unquoted(text)
    if any(_other_language(each, language) for each in (unquoted, *_parts(unquoted))) or _other_letters(text, sources):
        yield Flaw.LANGUAGE


def _parts(text: str) -> list[str]:
    """The sentences of a text that is more than one: what is false must not hide behind what is true."""
    parts = [text[start:end] for start, end in split_sentences(text)]
    return [each for each in parts if len(each.split()) >= _PART_WORDS] if len(parts) > 1 else []


def _of_content(text: str, language: Language, sources: Sequence[Source]) -> Iterator[Flaw]:
    # A sentence of the source's own may hold half a quotation.
    quoted = () if any(quotes.stands_in(text, s.text) for s in sources) else quotes.quoted(text)
    if not all(any(quotes.stands_in(quote, f"{s.text}\n{s.title}") for s in sources) for quote in quoted):
        yield Flaw.QUOTE
    yield from _of_facts(text, language, sources)
    if names.missing(
        _without_dates(text, language), language, [names.known(s.text, s.title, s.language) for s in sources]
    ):
        yield Flaw.NAME
    if _denies(text, language, sources):
        yield Flaw.NEGATION
    least = min(_told(each, language, sources) for each in (text, *_parts(text)))
    if least < _LEAST_TOLD or _adds(text, language, sources):
        yield Flaw.UNSUPPORTED


def _told(text: str, language: Language, sources: Sequence[Source]) -> float:
    """The share of what the sentence says that one of the sources says, figures and dates taken for told."""
    facts = _fact_spans(text, language)
    said, words = max(
        (quotes.told(_blanked(text, facts), language, f"{s.title}\n{s.text}", s.language) for s in sources),
        default=(0, 1),
    )
    return (said + len(facts)) / max(1, words + len(facts))


def _adds(text: str, language: Language, sources: Sequence[Source]) -> bool:
    """Whether a part of the text is a claim that no source makes, however true the rest."""
    plain = _blanked(text, _fact_spans(text, language))
    said = [(f"{source.title}\n{source.text}", source.language) for source in sources]
    return quotes.longest_untold(plain, language, said) >= _CLAIM_WORDS


def _fact_spans(text: str, language: Language) -> list[Span]:
    dated = [each.span for each in dates.find(text, language)]
    return dated + [each.span for each in figures.find(text, language)]


def _without_dates(text: str, language: Language) -> str:
    """The text with blanks for its dates: "Q3" and "Monday" are no names."""
    return _blanked(text, [each.span for each in dates.find(text, language)])


def _blanked(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


@dataclass(frozen=True, slots=True)
class _Facts:
    """The dates of a text, and the figures that are no part of one; a bare year is both."""

    dates: tuple[Date, ...]
    figures: tuple[Figure, ...]


def _facts(text: str, language: Language) -> _Facts:
    counted = figures.find(text, language)
    # "2000 millones" and "2027 dólares" are no years.
    told = [
        each
        for each in dates.find(text, language)
        if not (each.bare and any(_covers(figure.span, each.span) and figure.span != each.span for figure in counted))
    ]
    whole = [each.span for each in told if not each.bare]
    left = [figure for figure in counted if not any(_covers(span, figure.span) for span in whole)]
    return _Facts(tuple(told), tuple(left))


def _covers(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _of_facts(text: str, language: Language, sources: Sequence[Source]) -> Iterator[Flaw]:
    claimed = _facts(text, language)
    given = [(_facts(f"{s.title}\n{s.text}", s.language), _day(s.published)) for s in sources]
    numbers = [figure for facts, _ in given for figure in facts.figures]
    years = set()
    for claim in claimed.dates:
        stands = any(dates.supported(claim, facts.dates, published) for facts, published in given)
        if stands:
            years.add(claim.span)
        elif not claim.bare:
            yield Flaw.DATE
    if not all(figure.span in years or figures.supported(figure, numbers) for figure in claimed.figures):
        yield Flaw.FIGURE


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat(published[:10]) if published else None
    except ValueError:
        return None


def _other_language(text: str, language: Language) -> bool:
    """Whether the words tell another language; names and figures tell none."""
    # One word more of the language asked for decides what is undecided.
    return languages.detect(f"{text} {_SMALL_WORD[language]}") is not language


_SMALL_WORD = {Language.SPANISH: "la", Language.ENGLISH: "the"}


def _other_letters(text: str, sources: Sequence[Source]) -> bool:
    """Whether letters of another alphabet stand in the text that stand in none of the sources."""
    foreign = {letter for letter in text if letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN ")}
    return not all(letter in "ªº" or any(letter in source.text for source in sources) for letter in foreign)


def _denies(text: str, language: Language, sources: Sequence[Source]) -> bool:
    """Whether the text says "no" where its source does not, or the other way round."""
    denied = quotes.negated(text)
    anywhere = False
    best, opposite = 0.0, False
    for source in sources:
        for start, end in split_sentences(source.text):
            sentence = source.text[start:end]
            told, words = quotes.told(text, language, sentence, source.language)
            share = told / max(1, words)
            anywhere = anywhere or quotes.negated(sentence)
            if share > best:
                best, opposite = share, quotes.negated(sentence) != denied
    return (best >= _SAME_CLAIM and opposite) or (denied and not anywhere)
