"""How the signals are summed, and how sure we are that the best of them answer the question.

The numbers are in ``ranking.json``, fitted by ``scripts/tune.py``. They are few on purpose, so that they hold for
articles they were not fitted on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index.records import Language

FloatArray = NDArray[np.float32]

# The columns of a passage's signals, in order. Each but the last, which is a share, is divided by its best value for
# the question.
PASSAGE_SIGNALS = ("words", "grams", "dense", "article_words", "article_grams", "sentence", "coverage")
# The columns of a sentence's signals: its passage's score, its own, whether it holds the noun that is asked for,
# and whether the figure or date, or the name or place.
SENTENCE_SIGNALS = ("passage", "words", "grams", "coverage", "bound", "sought", "figure", "name")


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model over named features; ``threshold`` is the probability from which a question is answered."""

    intercept: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """How likely the question is answerable, 0..1."""
        total = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The fitted numbers for questions in one language.

    ``expansion`` is what the words and the grams of another way to say a thing count, against 1 for the question's own.
    """

    expansion: tuple[float, float]
    passage: FloatArray
    sentence: FloatArray
    confidence: Confidence


def parse_rankings(raw: Mapping[str, Mapping[str, object]]) -> dict[Language, Ranking]:
    """Read the JSON object of ``ranking.json``.

    Raises:
        KeyError, TypeError, ValueError: a number is missing or is none.
    """
    return {Language(language): _parse(numbers) for language, numbers in raw.items()}


def _parse(numbers: Mapping[str, object]) -> Ranking:
    expansion, passage, sentence, confidence = (
        _object(numbers[name]) for name in ("expansion", "passage", "sentence", "confidence")
    )
    return Ranking(
        expansion=(expansion["words"], expansion["grams"]),
        passage=np.array([passage[name] for name in PASSAGE_SIGNALS], dtype=np.float32),
        sentence=np.array([sentence[name] for name in SENTENCE_SIGNALS], dtype=np.float32),
        confidence=Confidence(confidence.pop("intercept"), confidence, confidence.pop("threshold")),
    )


def _object(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise TypeError(f"ranking.json: expected an object of numbers, found {value!r}")
    return {str(name): float(number) for name, number in value.items()}


@lru_cache(maxsize=1)
def shipped() -> dict[Language, Ranking]:
    """The numbers that come with the package."""
    return parse_rankings(json.loads(resources.files("index").joinpath("ranking.json").read_text(encoding="utf-8")))
