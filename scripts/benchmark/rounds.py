"""Systems measured side by side, in rounds whose order rotates: what else the machine does falls on all alike."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from scripts.benchmark.corpus import Data
from scripts.benchmark.figures import Spread
from scripts.benchmark.systems import SYSTEMS, Corpus, Entry
from scripts.benchmark.workers import BenchError, Worker
from scripts.progress import Tell

T = TypeVar("T")

WHOLE = ("pregonero", "langchain")
"""What is compared first of all, this project and LangChain with the same model: no round of theirs is left out."""

SAME_INDEX = {"langchain-mpnet": "langchain", "langchain-ours": "langchain", "chroma-ours": "chroma"}
"""Systems that differ from another by their encoder alone, which other rows show."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured, on what and where.

    ``peers`` is the interpreter of the peers' environment. What is indexed is written into ``folder``, which is there
    and holds nothing that this run has not written.
    """

    entries: tuple[Entry, ...]
    data: Data
    peers: Path | None
    folder: Path
    tell: Tell

    def written(self, name: str, corpus: Corpus) -> Path:
        """The corpus as a file that workers read."""
        file = self.folder / f"{name}.jsonl"
        corpus.write(file)
        return file


class Race:
    """The systems still measured. One that fails is out from then on, and why stands in ``left_out``."""

    def __init__(self, setup: Setup) -> None:
        self.left_out: list[str] = []
        self._setup = setup
        self._in = {entry.key: entry for entry in setup.entries}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Who is still in, in the order given."""
        return tuple(self._in.values())

    @contextmanager
    def workers(self) -> Iterator[dict[str, Worker]]:
        """A worker for each system, by its key; they end with the block, at once where it raises."""
        with ExitStack() as stack:
            running: dict[str, Worker] = {}
            for entry in self.entries:
                with self.attempt(entry):
                    running[entry.key] = stack.enter_context(Worker(entry, self._setup.peers))
            yield running

    def all(self, step: str, run: Callable[[Entry], object]) -> None:
        """Call ``run(entry)`` for every system, one after the other.

        Two at a time would be no faster: PyTorch's threads keep a core busy while they wait for one another.
        """
        entries = self.entries
        for done, entry in enumerate(entries):
            self._setup.tell(step, done, len(entries))
            with self.attempt(entry):
                run(entry)
        self._setup.tell(step, len(entries), len(entries))

    def rounds(self, step: str, count: int, run: Callable[[Entry, int], object], most: float = math.inf) -> None:
        """Call ``run(entry, number)`` for every system, ``count`` times over; each round begins with another system.

        A system that has taken more than ``most`` seconds sits out the rounds left, one that is not judged all but the
        first: every one has at least one, and the ``WHOLE`` have all.
        """
        spent = dict.fromkeys(self._in, 0.0)
        judged = {key: entry.judged for key, entry in self._in.items()}
        size = len(spent)
        for number in range(count):
            turn = number % max(size, 1)
            for place, key in enumerate([*spent][turn:] + [*spent][:turn]):
                self._setup.tell(step, number * size + place, count * size)
                if key in self._in and (key in WHOLE or number == 0 or (judged[key] and spent[key] <= most)):
                    started = time.perf_counter()
                    with self.attempt(self._in[key]):
                        run(self._in[key], number)
                    spent[key] += time.perf_counter() - started
        self._setup.tell(step, count * size, count * size)

    @contextmanager
    def attempt(self, entry: Entry) -> Iterator[None]:
        """Run the block; where the system fails in it, the system is out."""
        try:
            yield
        except BenchError as error:
            del self._in[entry.key]
            self.left_out.append(str(error))


def spread(rounds: Sequence[float]) -> Spread:
    """The median of a figure's rounds, and the lowest and highest of them."""
    return Spread(statistics.median(rounds), min(rounds), max(rounds))


def spread_at(rounds: Sequence[Sequence[float]], share: float) -> Spread:
    """The quantile at ``share`` of all rounds' values, and the lowest and highest that a round has by itself.

    Quantiles are values that occurred (nearest rank): that of all lies between those of the rounds.
    """
    alone = [_quantile(values, share) for values in rounds]
    return Spread(_quantile([value for values in rounds for value in values], share), min(alone), max(alone))


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share, method="inverted_cdf"))


def spaced(values: Sequence[T], count: int) -> list[T]:
    """``count`` of the values, evenly apart; all where there are no more."""
    rows = np.linspace(0, len(values), min(count, len(values)), endpoint=False).astype(int)
    return [values[row] for row in rows]


def without_twins(entries: Sequence[Entry], where: str) -> list[str]:
    """A sentence for each of the ``SAME_INDEX``, of ``entries``, that is not measured ``where`` its index is."""
    labels = {entry.key: entry.label for entry in SYSTEMS}
    return [
        f"{entry.label} is not measured {where}: its index is that of {labels[SAME_INDEX[entry.key]]}."
        for entry in entries
        if entry.key in SAME_INDEX
    ]
