"""The words that ``vocabulary.json`` lists: which ones carry no subject, and how else a thing can be said.

The file is written by hand, to be read and extended; stems are made from it here, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from index import analysis
from index.records import Language

Phrase = tuple[str, ...]
"""The stems of a word, or of the words of a set phrase, in order."""

LONGEST_PHRASE = 3
_SHORTEST_RESPELLED = 4
# One letter in seven.
_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``empty`` words say nothing of a question's subject; ``light`` ones little: "¿qué empresa…?", "¿cuánto pone…?".

    ``sounds`` leads from how a Spanish word sounds to the word, for misspellings; ``by_length`` holds the same sounds
    by their length, ``empty_sounds`` those of the empty words ("ke", "kien"). ``synonyms`` and ``translations`` lead
    from a phrase to the other phrases that mean it; an English word is looked up as written before it is looked up by
    its stem, so that "university" is not "universe".
    """

    empty: Mapping[Language, frozenset[str]]
    light: frozenset[str]
    sounds: Mapping[str, str]
    by_length: Mapping[int, tuple[str, ...]]
    empty_sounds: frozenset[str]
    synonyms: Mapping[Phrase, tuple[Phrase, ...]]
    translations: Mapping[Phrase, tuple[Phrase, ...]]
    translations_by_stem: Mapping[Phrase, tuple[Phrase, ...]]

    def others(self, tokens: Sequence[str], spoken: Language) -> tuple[int, tuple[Phrase, ...]]:
        """How many of the tokens make the longest known phrase at the front, and every other way to say it."""
        for length in range(min(LONGEST_PHRASE, len(tokens)), 0, -1):
            words = tokens[:length]
            found = dict.fromkeys(self.synonyms.get(tuple(map(analysis.stem, words)), ()))
            if spoken is Language.ENGLISH:
                for meaning in self._translated(words):
                    found.update(dict.fromkeys((meaning, *self.synonyms.get(meaning, ()))))
            if found:
                return length, tuple(found)
        return 1, ()

    def weightless(self, token: str, spoken: Language, *, named: bool) -> bool:
        """Whether a word says nothing of the subject, be it misspelled; a name is taken as it is spelled."""
        if analysis.fold(token) in self.empty[spoken]:
            return True
        known = named or analysis.fold(token) in self.light or (analysis.stem(token),) in self.synonyms
        return spoken is Language.SPANISH and not known and analysis.sound(token) in self.empty_sounds

    def respelled(self, token: str) -> str | None:
        """The Spanish word that a misspelled one sounds like, or is a letter away from; None if it is spelled right."""
        sound, stem = analysis.sound(token), analysis.stem(token)
        if len(sound) < _SHORTEST_RESPELLED or (stem,) in self.synonyms:
            return None
        meant = self.sounds.get(sound) or self._near(sound)
        return meant if meant and analysis.stem(meant) != stem else None

    def _near(self, sound: str) -> str | None:
        apart = int((1 - _ALIKE) * len(sound) / _ALIKE)
        lengths = range(len(sound) - apart, len(sound) + apart + 1)
        near = analysis.sounds_like(sound, [s for length in lengths for s in self.by_length.get(length, ())], _ALIKE)
        return self.sounds[near[0]] if near else None

    def _translated(self, words: Sequence[str]) -> tuple[Phrase, ...]:
        by_stem = tuple(analysis.stem(word, Language.ENGLISH) for word in words)
        return self.translations.get(tuple(words)) or self.translations_by_stem.get(by_stem, ())


@lru_cache(maxsize=1)
def load() -> Vocabulary:
    """Read ``vocabulary.json``."""
    raw = json.loads(resources.files("index").joinpath("vocabulary.json").read_text(encoding="utf-8"))
    spanish = [analysis.tokens(text) for group in raw["synonyms"] for text in group]
    spanish += [analysis.tokens(text) for meanings in raw["translations"].values() for text in meanings]
    analysis.stem_all(word for words in spanish for word in words)
    groups = [[_phrase(member) for member in group] for group in raw["synonyms"]]
    keys = [tuple(analysis.tokens(key)) for key in raw["translations"]]
    analysis.stem_all((word for words in keys for word in words), Language.ENGLISH)
    meanings = [tuple(filter(None, map(_phrase, texts))) for texts in raw["translations"].values()]
    stems = [tuple(analysis.stem(word, Language.ENGLISH) for word in key) for key in keys]
    sounds = {analysis.sound(words[0]): words[0] for words in spanish if len(words) == 1}
    return Vocabulary(
        empty={language: frozenset(_folded(raw["function_words"][language])) for language in Language},
        light=frozenset(
            _folded(w for kind in ("answer_words", "light_words") for ws in raw[kind].values() for w in ws)
        ),
        sounds=sounds,
        empty_sounds=frozenset(map(analysis.sound, _folded(raw["function_words"][Language.SPANISH]))),
        by_length={n: tuple(sound for sound in sounds if len(sound) == n) for n in set(map(len, sounds))},
        synonyms=_joined((member, group) for group in groups for member in group if member),
        translations=dict(zip(keys, meanings, strict=True)),
        translations_by_stem=_joined(zip(stems, meanings, strict=True)),
    )


def _joined(pairs: Iterable[tuple[Phrase, Iterable[Phrase]]]) -> dict[Phrase, tuple[Phrase, ...]]:
    """Each phrase with all that any of its groups holds, itself left out."""
    found: dict[Phrase, dict[Phrase, None]] = {}
    for phrase, group in pairs:
        found.setdefault(phrase, {}).update(dict.fromkeys(other for other in group if other and other != phrase))
    return {phrase: tuple(others) for phrase, others in found.items()}


def _folded(words: Iterable[str]) -> Iterable[str]:
    return (token for word in words for token in analysis.tokens(analysis.fold(word)))


def _phrase(text: str) -> Phrase:
    return tuple(map(analysis.stem, analysis.tokens(text)))
