"""Figures that others published, never mixed with measured ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """nDCG@10 of Spanish questions per paragraph, on all 1,190 questions of XQuAD-es."""

    model: str
    ndcg10: float


SOURCE = "https://github.com/embeddings-benchmark/results"
# Task XQuADRetrieval, subset es, split validation.
PUBLISHED = (
    Published("BM25", 0.952),
    Published("OpenAI text-embedding-3-small", 0.950),
    Published("OpenAI text-embedding-3-large", 0.964),
    Published("jina-embeddings-v3", 0.957),
    Published("multilingual-e5-base", 0.972),
    Published("multilingual-e5-large", 0.976),
)
