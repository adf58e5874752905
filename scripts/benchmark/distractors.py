"""Paragraphs that answer nothing, as many as wanted: real sentences, perturbed, the same on every run.

Words are swapped, and half of the longer ones are replaced by made-up ones drawn by Zipf's law, so that the vocabulary
grows as a language's does: about 8,000 words in 1,000 paragraphs, 48,000 in 10,000 and 290,000 in 100,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.benchmark.systems import Document

# Paragraphs in an article.
_SECTIONS = 8
_SEED = 20260101
_ZIPF = 1.3
# Words that share a rank: without them one word would be in every paragraph.
_EQUALS = 40
_REPLACED = 0.5
_SWAPPED = 0.1
_MAX_RANK = 10**12
_BLOCK = 1 << 16
# What a passage of this project may hold, so that every system has as many texts to index.
_ROOM = 650
_SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "er")]


def distractors(sentences: Sequence[str], count: int) -> tuple[Document, ...]:
    """``count`` paragraphs made of ``sentences``, each below a heading; the first of a larger number are the same."""
    return tuple(islice(_endless_documents(_Perturbation(sentences)), count))


def _endless_documents(perturb: _Perturbation) -> Iterator[Document]:
    number = 0
    while True:
        article, place = divmod(number, _SECTIONS)
        title = perturb.title()
        yield Document(f"d{article}.{place}", f"d{article}", title, perturb.section(), (), made_up=True)
        number += 1


def made_up_word(number: int) -> str:
    """The word of rank ``number``, 1 the most frequent; every number has its own."""
    syllables = []
    number += len(_SYLLABLES)
    while number:
        number, digit = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables)


class _Perturbation:
    """Endless sentences like the given ones."""

    def __init__(self, sentences: Sequence[str]) -> None:
        draw = np.random.default_rng(_SEED)
        self._sentences = [words for sentence in sentences if len(words := sentence.split()) > 3]
        self._chance = _endless(lambda: draw.random(_BLOCK))
        self._ranks = _endless(lambda: _ranks(draw))

    def title(self) -> str:
        return " ".join(made_up_word(next(self._ranks)) for _ in range(4)).capitalize()

    def section(self) -> str:
        """As many sentences as a passage holds."""
        body = self.sentence()[:_ROOM]
        while len(longer := f"{body} {self.sentence()}") <= _ROOM:
            body = longer
        return body

    def sentence(self) -> str:
        words = list(self._sentences[int(next(self._chance) * len(self._sentences))])
        for place, word in enumerate(words):
            if word.isalpha() and len(word) > 3 and next(self._chance) < _REPLACED:
                words[place] = made_up_word(next(self._ranks))
            elif word[0].isdigit():
                words[place] = "".join(str(int(next(self._chance) * 10)) if c.isdigit() else c for c in word)
            elif place and next(self._chance) < _SWAPPED:
                words[place - 1], words[place] = words[place], words[place - 1]
        return " ".join(words).rstrip(".,;: ") + "."


def _ranks(draw: np.random.Generator) -> NDArray[np.int64]:
    # Zipf's law has no highest rank, and int64 has a highest number.
    ranks: NDArray[np.int64] = np.minimum(draw.zipf(_ZIPF, _BLOCK), _MAX_RANK) * _EQUALS
    return ranks + draw.integers(_EQUALS, size=_BLOCK)


def _endless(block: Callable[[], NDArray[Any]]) -> Iterator[Any]:
    while True:
        yield from block().tolist()
