"""An open index and its model, ready to be asked: what the command line and the Discord bot share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answers import Answer, NotFound, compose
from index import publish
from index.question import parse

if TYPE_CHECKING:
    from index.encoder import FolderEncoder
    from index.snapshot import Snapshot


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
    """What came of a question, from which version of the index, and how many milliseconds each step took."""

    outcome: Answer | NotFound
    version: str
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are asked; ``opening`` says how many milliseconds it took to open."""

    snapshot: Snapshot
    encoder: FolderEncoder
    top: int
    opening: Timer

    def ask(self, question: str) -> Reply:
        """Answer from the ``top`` best passages. Raises ``QuestionError``, or ``IndexDamagedError``."""
        from index.search import rank

        timer = Timer()
        with timer.step("total"):
            asked = parse(question)
            with timer.step("encode"):
                vector = self.encoder.encode_question(asked.text)
            with timer.step("search"):
                results = rank(self.snapshot, asked, vector, self.top)
            with timer.step("answer"):
                outcome = compose(results)
        return Reply(outcome, self.snapshot.manifest.version, timer.milliseconds)


def open_desk(folder: Path, model: str, top: int) -> Desk:
    """Open the index in ``folder`` and the model it was built with. Raises ``SnapshotError`` or ``ModelError``."""
    timer = Timer()
    with timer.step("load"):
        # Cheap, and says that there is no index before anything slow begins.
        publish.read_manifest(folder)
        with timer.step("imports"):
            from index.encoder import open_encoder
        encoder = open_encoder(model)
        with ThreadPoolExecutor(1) as executor:
            # Reading and hashing the weights leaves the interpreter free for the other imports and the index.
            weights = executor.submit(_warm, encoder, timer)
            with timer.step("imports"):
                from index.search import rank  # noqa: F401 - what the first question needs is loaded here
                from index.snapshot import open_snapshot
            with timer.step("open"):
                snapshot = open_snapshot(folder, verify=False)
                snapshot.require_encoder(encoder)
            weights.result()
    return Desk(snapshot, encoder, top, timer)


def _warm(encoder: FolderEncoder, timer: Timer) -> None:
    with timer.step("weights"):
        encoder.warm()
