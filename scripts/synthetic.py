"""A corpus of any size for measuring speed: the articles' own sentences, perturbed, the same on every run.

Words are swapped, and half of the longer ones are replaced by made-up ones drawn by Zipf's law, so that the vocabulary
grows as a language's does: about 8,000 words in 1,000 passages, 48,000 in 10,000 and 290,000 in 100,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.passages import split_sentences
from index.records import Article, Passage, Span

SECTIONS = 8
"""Passages in an article."""

_SEED = 20260101
_ZIPF = 1.3
# Words that share a rank: without them one word would be in every passage.
_EQUALS = 40
_REPLACED = 0.5
_SWAPPED = 0.1
_MAX_RANK = 10**12
_BLOCK = 1 << 16
_ROOM = 650
_SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "er")]
# How much of a made-up vector is a real passage's; the rest is noise.
_REAL = 0.6


def made_up_word(number: int) -> str:
    """The word of rank ``number``, 1 the most frequent; every number has its own."""
    syllables = []
    number += len(_SYLLABLES)
    while number:
        number, digit = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables)


def synthetic_articles(models: Sequence[Article], passages: int) -> list[Article]:
    """Articles that split into exactly ``passages`` passages, made of the sentences of ``models``."""
    perturb = _Perturbation([a.text[s.start : s.end] for a in models for s in split_sentences(a.text)])
    sizes = [min(SECTIONS, passages - start) for start in range(0, passages, SECTIONS)]
    return [_article(number, size, perturb) for number, size in enumerate(sizes)]


def _article(number: int, sections: int, perturb: _Perturbation) -> Article:
    """One passage a section: never across a heading, and none is longer than a passage may be."""
    text, headings = "", []
    for _ in range(sections):
        title = perturb.title()
        headings.append(Span(len(text), len(text) + len(title)))
        text += f"{title}\n{perturb.section()}\n"
    return Article(
        id=f"{number:016d}",
        path=f"synthetic/{number}.txt",
        title=perturb.title(),
        text=text.rstrip("\n"),
        headings=tuple(headings),
    )


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


class SyntheticEncoder:
    """Implements ``index.encoder.Encoder`` for passages: a real vector mixed with noise, in the order of asking.

    Encoding 100,000 passages takes about an hour; how fast they are indexed and searched does not depend on it.
    """

    name = "synthetic"
    revision = "1"
    query_prompt = ""
    document_prompt = ""

    def __init__(self, real: NDArray[np.float32]) -> None:
        """Take unit rows of a real model, (n, dimension)."""
        self._real = real
        self._draw = np.random.default_rng(_SEED)
        self.dimension = int(real.shape[1])

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, unit rows."""
        noise = self._draw.standard_normal((len(texts), self.dimension), dtype=np.float32)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        real = self._real[self._draw.integers(len(self._real), size=len(texts))]
        mixed = _REAL * real + (1 - _REAL**2) ** 0.5 * noise
        if progress is not None:
            progress(len(texts))
        vectors: NDArray[np.float32] = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32, of length one."""
        vector: NDArray[np.float32] = self.encode_documents([text])[0]
        return vector


def synthetic_questions(passages: Sequence[Passage], count: int) -> list[str]:
    """Questions of about ten words, most of them from one passage each."""
    draw = np.random.default_rng(_SEED)
    openings = ("¿Cuánto", "¿Quién", "¿Cuándo", "¿Qué")
    questions = []
    for number, row in enumerate(draw.integers(len(passages), size=count).tolist()):
        words = passages[row].text.split()
        start = int(draw.integers(max(1, len(words) - 9)))
        questions.append(f"{openings[number % len(openings)]} {' '.join(words[start : start + 9]).rstrip('.')}?")
    return questions
