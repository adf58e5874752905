"""Formulas written out the long way, to hold the fast ones to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from index.lexical import Saturation


def bm25(documents: Sequence[Sequence[str]], query: Mapping[str, float], saturation: Saturation) -> list[float]:
    """Every document's score: Robertson & Zaragoza (2009), with the idf ``ln(1 + (N - df + 0.5) / (df + 0.5))``."""
    mean = sum(map(len, documents)) / len(documents)
    return [
        sum(weight * _gain(term, terms, documents, mean, saturation) for term, weight in query.items())
        for terms in documents
    ]


def _gain(
    term: str, terms: Sequence[str], documents: Sequence[Sequence[str]], mean: float, saturation: Saturation
) -> float:
    held = sum(term in other for other in documents)
    count = terms.count(term)
    if not count:
        return 0.0
    idf = math.log(1 + (len(documents) - held + 0.5) / (held + 0.5))
    shortness = saturation.k1 * (1 - saturation.b + saturation.b * len(terms) / mean)
    return idf * count * (saturation.k1 + 1) / (count + shortness)
