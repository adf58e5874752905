"""The words of a text that carry a meaning, with the other ways to say them, so that two languages can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index import analysis, vocabulary
from index.records import Language
from index.vocabulary import Phrase

_SHORTEST = 4


def ways(sentence: str, language: Language) -> list[tuple[Phrase, ...]]:
    """For each meaning word or figure of the sentence, the stems of every way to say it, its own first."""
    words = vocabulary.load()
    found = []
    for word in dict.fromkeys(analysis.tokens(sentence)):
        if word[0].isdigit() or (len(word) >= _SHORTEST and analysis.fold(word) not in words.empty[language]):
            _, others = words.others([word], language)
            found.append(((analysis.stem(word, language),), (analysis.stem(word),), *others))
    return found


def said(text: str, language: Language) -> frozenset[str]:
    """The stems of all words of the text; of an English one their Spanish translations' too."""
    words = list(dict.fromkeys(analysis.tokens(text)))
    stems = {analysis.stem(word, each) for word in words for each in {language, Language.SPANISH}}
    if language is Language.ENGLISH:
        stems.update(_translated(words))
    return frozenset(stems)


def _translated(words: Sequence[str]) -> Iterator[str]:
    known = vocabulary.load()
    for word in words:
        _, meanings = known.others([word], Language.ENGLISH)
        yield from (meaning[0] for meaning in meanings if len(meaning) == 1)


def shared(sentence: Sequence[tuple[Phrase, ...]], stems: frozenset[str]) -> int:
    """How many of a sentence's words are among the stems, in one of their ways."""
    return sum(any(stems.issuperset(way) for way in each) for each in sentence)
