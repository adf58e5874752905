"""What ``pregonero bench`` measures, each in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from index.records import KnowledgeError

P = ParamSpec("P")
T = TypeVar("T")

QUESTIONS = 100
_WARM_UP = 5
# Enough for a steady rate; fewer, where the corpus has fewer.
_EMBEDDED = 128


class BenchError(KnowledgeError):
    """A measurement did not come to its end."""


@dataclass(frozen=True, slots=True)
class Built:
    """Indexing passages whose vectors are at hand: seconds in all and by stage, peak memory, bytes written."""

    passages: int
    words: int
    seconds: float
    stages: dict[str, float]
    peak_bytes: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class Searched:
    """Searching, questions already encoded: milliseconds a question; to open the index; peak memory with the model."""

    questions: int
    p50_ms: float
    p95_ms: float
    open_ms: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """Encoding passages, from the first batch on: the model is loaded before it."""

    passages: int
    seconds: float


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``function`` in a fresh process. Raises what it raises, or ``BenchError`` when the process was killed."""
    context = get_context("spawn")
    # An interrupted child dies without a word; this process speaks for both.
    with ProcessPoolExecutor(1, context, signal.signal, (signal.SIGINT, signal.SIG_DFL)) as executor:
        try:
            return executor.submit(function, *args, **kwargs).result()
        except BrokenProcessPool as error:
            raise BenchError(
                "A measurement was killed, most likely for want of memory: give a smaller number to --passages."
            ) from error


def measure_build(passages: int, folder: Path, roots: Sequence[str], model: str) -> Built:
    """Index ``passages`` synthetic passages in ``folder``, with made-up vectors; raises ``KnowledgeError``."""
    from index.build import build
    from index.encoder import open_encoder
    from index.sources import read_articles
    from scripts.synthetic import SyntheticEncoder, synthetic_articles

    models = read_articles(roots).articles
    real = open_encoder(model).encode_documents([article.title for article in models[:16]])
    articles = synthetic_articles(models, passages)
    report = build(articles, folder, SyntheticEncoder(real), cache=folder / "vectors.sqlite")
    from index.publish import read_manifest

    manifest = read_manifest(folder)
    return Built(
        passages=report.passages,
        words=_vocabulary(folder),
        seconds=sum(report.seconds.values()),
        stages={str(stage): seconds for stage, seconds in report.seconds.items()},
        peak_bytes=peak_memory(),
        index_bytes=sum(entry.size for entry in manifest.files.values()),
    )


def _vocabulary(folder: Path) -> int:
    from index.snapshot import open_snapshot

    return len(open_snapshot(folder, verify=False).lexical.words.vocabulary)


def measure_search(folder: Path, model: str, questions: int) -> Searched:
    """Time searches in an index of synthetic passages; raises ``KnowledgeError``."""
    import numpy as np

    from index.encoder import open_encoder
    from index.question import parse
    from index.search import rank
    from index.snapshot import open_snapshot
    from scripts.synthetic import synthetic_questions

    started = time.perf_counter()
    snapshot = open_snapshot(folder)
    opened = time.perf_counter() - started
    encoder = open_encoder(model)
    texts = synthetic_questions(snapshot.passages, questions + _WARM_UP)
    times = []
    for text, vector in [(text, encoder.encode_question(text)) for text in texts]:
        started = time.perf_counter()
        rank(snapshot, parse(text), vector)
        times.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.percentile(times[_WARM_UP:], [50, 95])
    return Searched(questions, float(p50), float(p95), opened * 1000, peak_memory())


def measure_embedding(roots: Sequence[str], model: str, most: int) -> Embedded:
    """Time the model on up to ``most`` passages' worth of text; raises ``KnowledgeError``."""
    from index.encoder import open_encoder
    from index.passages import split_article
    from index.sources import read_articles
    from scripts.synthetic import synthetic_articles

    count = min(most, _EMBEDDED)
    texts = [p.text for a in synthetic_articles(read_articles(roots).articles, count) for p in split_article(a)]
    told = [(0, time.perf_counter())]
    open_encoder(model).encode_documents(texts, lambda done: told.append((done, time.perf_counter())))
    # From the first batch on, where there are more: before its end the model is loaded.
    first, last = told[min(1, len(told) - 2)], told[-1]
    return Embedded(last[0] - first[0], last[1] - first[1])


def peak_memory() -> int:
    """The most bytes of memory that this process has had at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
