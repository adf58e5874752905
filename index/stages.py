"""The stages of a build: how far they are, and how long they took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """The steps of a build, in order."""

    SPLIT = "split"
    EMBED = "embed"
    INDEX = "index"
    WRITE = "write"
    VERIFY = "verify"


class Progress(Protocol):
    """Told how far a stage is: ``done`` of ``total`` articles, texts or files. A stage ends with done == total."""

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """``stage`` has done ``done`` of ``total``."""


class Clock:
    """Tells a progress where a build stands, and keeps how long each stage took."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[Stage, float] = {}
        self._progress = progress

    def tell(self, stage: Stage, done: int, total: int) -> None:
        """Pass on that ``stage`` has done ``done`` of ``total``."""
        if self._progress:
            self._progress(stage, done, total)

    @contextmanager
    def stage(self, stage: Stage, total: int = 1) -> Iterator[None]:
        """Run the block as ``stage``; it begins with 0 of ``total`` and, unless it raises, ends with all."""
        started = time.perf_counter()
        self.tell(stage, 0, total)
        yield
        self.tell(stage, total, total)
        self.seconds[stage] = time.perf_counter() - started
