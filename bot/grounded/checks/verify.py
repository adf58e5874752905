"""What a language model wrote, checked sentence by sentence against the passages that it cites. Pure and deterministic.

A sentence stands or falls as a whole: nothing is mended. Where the rules cannot tell, it falls; the article's own
words are always there to answer with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from bot.grounded.checks import evidence, facts, marks, names, quotes
from bot.grounded.checks.records import Checked, Flaw, Quote, Source
from index import analysis, vocabulary
from index import language as languages
from index.records import Language
from index.sentences import split_sentences

__all__ = ["MAX_CHARS", "MAX_QUESTION", "Checked", "Flaw", "Source", "rewrites", "verify"]

MAX_CHARS = 600
MAX_QUESTION = 300
# A shorter one, such as "Sí.", is read with its neighbours alone.
_PART_WORDS = 3


def verify(sentence: str, cited: Sequence[str], sources: Mapping[str, Source], language: Language) -> Checked:
    """Check one sentence, which is to be in ``language``, against the sources with the ids that it cites."""
    text = unicodedata.normalize("NFC", marks.without_emoji_style(sentence.strip()))
    ids = tuple(dict.fromkeys(cited))
    known = [sources[each] for each in ids if each in sources]
    found = set(_of_form(text, language, known))
    if not ids or len(known) < len(ids):
        found.add(Flaw.UNKNOWN_SOURCE)
    quoted: tuple[Quote, ...] = ()
    # What is endless, or of no word, need not be read.
    if not found & {Flaw.EMPTY, Flaw.TOO_LONG}:
        borne = evidence.gather(text, language, known)
        quoted = borne.quotes
        found |= {*_of_quotes(text, known), *borne.flaws}
        if borne.flaws:
            found.update(_of_facts(text, language, known))
    flaws = tuple(flaw for flaw in Flaw if flaw in found)
    return Checked(" ".join(text.split()), tuple(each.id for each in known), flaws, () if flaws else quoted)


def rewrites(question: str, conversation: str, language: Language) -> bool:
    """Whether a question says nothing that the conversation, its turns and the question asked, does not."""
    text = unicodedata.normalize("NFC", question.strip())
    said = Source("", conversation, "", language, None)
    if len(text) > MAX_QUESTION or len(split_sentences(text)) != 1 or any(_of_form(text, language, [said])):
        return False
    if any(_of_quotes(text, [said])) or any(_of_facts(text, language, [said])):
        return False
    given = evidence.read(conversation, language)
    # To ask "¿por qué no más?" claims nothing: all that a question is made of may be added.
    asking = vocabulary.load()
    return all(
        evidence.is_told(word, given)
        or asking.weightless(word.text, language, named=True)
        or analysis.fold(word.text) in asking.light
        for word in evidence.read(text, language).meant()
    )


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


def _of_quotes(text: str, sources: Sequence[Source]) -> Iterator[Flaw]:
    # A sentence of the source's own may hold half a quotation.
    quoted = () if any(quotes.stands_in(text, s.text) for s in sources) else quotes.quoted(text)
    if not all(any(quotes.stands_in(quote, f"{s.text}\n{s.title}") for s in sources) for quote in quoted):
        yield Flaw.QUOTE


def _of_facts(text: str, language: Language, sources: Sequence[Source]) -> Iterator[Flaw]:
    """Which facts no source has anywhere: what makes a sentence fall is told as exactly as it can be."""
    claimed = facts.find(text, language)
    for flaw in (Flaw.DATE, Flaw.FIGURE):
        given = ((facts.find(f"{s.title}\n{s.text}", s.language), facts.day(s.published)) for s in sources)
        if all(flaw in facts.missing(claimed, told, published) for told, published in given):
            yield flaw
    undated = facts.without(text, claimed, language)
    if names.missing(undated, language, [names.known(s.text, s.title, s.language) for s in sources]):
        yield Flaw.NAME


def _other_language(text: str, language: Language) -> bool:
    """Whether the words tell another language; names and figures tell none."""
    # One word more of the language asked for decides what is undecided.
    return languages.detect(f"{text} {_SMALL_WORD[language]}") is not language


_SMALL_WORD = {Language.SPANISH: "la", Language.ENGLISH: "the"}


def _other_letters(text: str, sources: Sequence[Source]) -> bool:
    """Whether letters of another alphabet stand in the text that stand in none of the sources."""
    foreign = {letter for letter in text if letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN ")}
    return not all(letter in "ªº" or any(letter in source.text for source in sources) for letter in foreign)
