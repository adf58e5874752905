"""An open index and its model, ready to be asked: what the command line and the Discord bot share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answers import Answer, NotFound, asked_for, compose
from bot.references import Reference
from index import publish
from index.entities import Asks
from index.question import Question, parse
from index.records import Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.grounded.written import Written
    from index.encoder import FolderEncoder
    from index.snapshot import Snapshot

# What is left when told sentences are dropped must score this share of the best there was. Further answers score above
# .95 of the first, because most of a sentence's score is its passage's; what is merely near reaches .86.
_STILL_SURE = 0.9


@dataclass(slots=True)
class Timer:
    """How long each named step took, in milliseconds; a step taken twice counts together."""

    milliseconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as ``name``."""
        started = time.perf_counter()
        yield
        passed = (time.perf_counter() - started) * 1000
        self.milliseconds[name] = self.milliseconds.get(name, 0.0) + passed


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question, from which version of the index, and how many milliseconds each step took.

    ``results`` is what the outcome rests on; ``written`` says how a language model wrote it, None where none did.
    """

    outcome: Answer | NotFound
    version: str
    timings_ms: dict[str, float]
    results: Results
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Focus:
    """What a follow-up is about: the articles to look in first, and the sentences already told."""

    within: tuple[str, ...]
    told: frozenset[Reference]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are asked; ``opening`` says how many milliseconds it took to open."""

    snapshot: Snapshot
    encoder: FolderEncoder
    top: int
    opening: Timer

    @property
    def version(self) -> str:
        """The id of the version of the index that answers."""
        return self.snapshot.manifest.version

    def ask(self, question: str, focus: Focus | None = None) -> Reply:
        """Answer from the ``top`` best passages. Raises ``QuestionError``, or ``IndexDamagedError``.

        With a ``focus``, its articles are looked in first; where they do not answer, all are.
        """
        timer = Timer()
        with timer.step("total"):
            asked = parse(question)
            with timer.step("encode"):
                vector = self.encoder.encode_question(asked.text)
            with timer.step("search"):
                results = self._find(asked, vector, focus)
            with timer.step("answer"):
                outcome = compose(results)
        return Reply(outcome, self.version, timer.milliseconds, results)

    def _find(self, asked: Question, vector: NDArray[np.float32], focus: Focus | None) -> Results:
        from index.search import rank

        told = focus.told if focus else frozenset()
        if focus and focus.within:
            results = untold(rank(self.snapshot, asked, vector, self.top, within=focus.within), told)
            if results.answerable:
                return results
        return untold(rank(self.snapshot, asked, vector, self.top), told)


def untold(results: Results, told: frozenset[Reference]) -> Results:
    """The results without the sentences already told; not answerable where what is left is no sure answer.

    What is left must hold the kind of thing asked for, and score well against the best sentence there was.
    """
    before = results.sentences_by_score()
    left = replace(
        results,
        hits=tuple(
            replace(hit, sentences=tuple(s for s in hit.sentences if Reference(hit.article.id, s.span) not in told))
            for hit in results.hits
        ),
    )
    after = left.sentences_by_score()
    if len(after) == len(before):
        return results
    asked = parse(results.question)
    sure = (
        bool(after)
        and after[0][1].score >= _STILL_SURE * before[0][1].score
        and (asked.asks is Asks.OTHER or bool(asked_for(after[0][1].text, asked)))
    )
    return replace(left, answerable=results.answerable and sure)


def open_desk(
    folder: Path,
    model: str,
    top: int,
    *,
    cache: Path | None = None,
    encoder: FolderEncoder | None = None,
    verify: bool = False,
) -> Desk:
    """Open the index in ``folder`` and the model it was built with, or use ``encoder``, which is that model open.

    ``cache`` is the folder where the prepared model is kept. ``verify`` reads every file of the index against its
    checksum. Raises ``SnapshotError`` or ``ModelError``.
    """
    timer = Timer()
    with timer.step("load"):
        # Cheap, and says that there is no index before anything slow begins.
        publish.read_manifest(folder)
        with timer.step("imports"):
            from index.encoder import open_encoder
        encoder = encoder or open_encoder(model, cache)
        with ThreadPoolExecutor(1) as executor:
            # Reading and hashing the weights leaves the interpreter free for the other imports and the index.
            weights = executor.submit(_warm, encoder, timer)
            with timer.step("imports"):
                from index.search import rank  # noqa: F401 - what the first question needs is loaded here
                from index.snapshot import open_snapshot
            with timer.step("open"):
                snapshot = open_snapshot(folder, verify=verify)
                snapshot.require_encoder(encoder)
            weights.result()
    return Desk(snapshot, encoder, top, timer)


def _warm(encoder: FolderEncoder, timer: Timer) -> None:
    with timer.step("weights"):
        encoder.warm()
