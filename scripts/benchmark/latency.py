"""Row 3, how long a question takes among so many passages, and row 5, how much of that is encoding it.

Every system has a worker of its own and is asked the same questions, in rounds. The memory of these workers is a part
of row 9: nothing is built in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index.evaluate import ranking_figures
from scripts.benchmark.corpus import Question
from scripts.benchmark.disk import index_bytes
from scripts.benchmark.figures import Encoding, Latency, Memory
from scripts.benchmark.floor import touched_bytes
from scripts.benchmark.rounds import SAME_INDEX, Race, Setup, spaced, spread, spread_at, without_twins
from scripts.benchmark.systems import Corpus, Entry, Unit
from scripts.benchmark.workers import Worker

# Those whose encoder is no other system's: the rest would repeat their figures.
_ENCODERS = ("pregonero", "langchain", "langchain-mpnet", "chroma", "txtai")
_WARM_UP = 3
# Above this many passages, of systems with the same index one is measured: building takes a minute or two.
_MUCH = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """``rounds`` of ``each`` questions among each of ``sizes`` passages; ``encoded`` passages in as many rounds.

    Among more than ``_MUCH`` passages ``few`` questions are a round's, since a slow system takes a second for one.
    A system that has taken more than ``most`` seconds for one size, or for encoding passages, sits out the rounds left.
    """

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    rounds: int = 5
    each: int = 20
    few: int = 12
    encoded: int = 64
    most: float = 8.0


QUICK = Plan(sizes=(200,), rounds=2, each=5, encoded=8, most=2.0)
LARGE = Plan(sizes=(1_000, 10_000, 100_000, 1_000_000))


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and why a system is not among them, a sentence each."""

    latency: tuple[Latency, ...]
    encoding: tuple[Encoding, ...]
    memory: tuple[Memory, ...]
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Asked:
    """What one system did for its questions, a list a round; ``peak`` is its memory's after the first."""

    questions: list[Question] = field(default_factory=list)
    found: list[list[str]] = field(default_factory=list)
    sentences: list[list[str]] = field(default_factory=list)
    search: list[list[float]] = field(default_factory=list)
    encode: list[list[float]] = field(default_factory=list)
    peak: int = 0


def measure(setup: Setup, plan: Plan, bandwidth: float) -> Measured:
    """Index, then ask; ``bandwidth`` is bytes a second of memory. A system that fails has no row."""
    race = Race(setup)
    latency: list[Latency] = []
    encoding: list[Encoding] = []
    memory: list[Memory] = []
    left_out = race.left_out
    for size, places in _index(race, setup, plan.sizes).items():
        entries = tuple(entry for entry in race.entries if entry.key in places)
        asking = Race(replace(setup, entries=entries))
        with asking.workers() as workers:
            _open(asking, workers, places, size)
            asked = _ask(asking, workers, setup, plan, size)
            for entry in asking.entries:
                with asking.attempt(entry):
                    mine, place = asked[entry.key], places[entry.key]
                    if not entry.peer:
                        _rank_sentences(workers[entry.key], place, mine)
                    asked_texts = [question.text for question in mine.questions]
                    touched = touched_bytes(entry, place, setup.data.paragraphs(size), asked_texts)
                    latency.append(_latency(entry, size, mine, touched and touched / bandwidth))
                    memory.append(Memory(entry.key, size, mine.peak, index_bytes(entry, place)))
            if size == min(plan.sizes):
                # Where least else takes its place in the caches.
                encoding += _encoding(asking, workers, setup, plan, asked)
        left_out += asking.left_out
    return Measured(tuple(latency), tuple(encoding), tuple(memory), tuple(left_out))


def _index(race: Race, setup: Setup, sizes: Sequence[int]) -> dict[int, dict[str, Path]]:
    """Index the first so many passages of one haystack; folders by size and system."""
    haystacks = {size: setup.data.haystack(size) for size in sizes}
    files = {size: setup.written(f"haystack-{size}", haystack) for size, haystack in haystacks.items()}
    # Where nothing is judged, nothing has to be encoded either.
    unjudged = {
        size: setup.written(f"unjudged-{size}", _made_up(haystack))
        for size, haystack in haystacks.items()
        if size <= _MUCH
    }
    places = {
        size: {
            entry.key: setup.folder / f"{entry.key}-{size}"
            for entry in race.entries
            if size <= _MUCH or entry.key not in SAME_INDEX
        }
        for size in sizes
    }
    with race.workers() as workers:

        def build(entry: Entry) -> None:
            # This project's index ranks sentences too, where it is told what the data's own are.
            unit = Unit.PARAGRAPH if entry.peer else Unit.SENTENCE
            for size, file in (files if entry.judged else unjudged).items():
                if entry.key in places[size]:
                    workers[entry.key].build(file, unit, places[size][entry.key])
            workers[entry.key].close()

        race.all("Indexing", build)
    if max(sizes) > _MUCH:
        race.left_out += without_twins(race.entries, f"among more than {_MUCH:,} passages")
    return places


def _made_up(haystack: Corpus) -> Corpus:
    return Corpus(tuple(replace(document, made_up=True) for document in haystack.documents))


def _open(race: Race, workers: Mapping[str, Worker], places: Mapping[str, Path], size: int) -> None:
    race.all(f"Opening {size:,}", lambda entry: workers[entry.key].open(places[entry.key], Unit.PARAGRAPH))


def _ask(race: Race, workers: Mapping[str, Worker], setup: Setup, plan: Plan, size: int) -> dict[str, _Asked]:
    """Have every system answer the rounds' questions, then encode the same ones alone."""
    questions = spaced(setup.data.spanish, plan.rounds * (plan.each if size <= _MUCH else plan.few))
    # Each round has questions from all over the data.
    turns = [questions[number :: plan.rounds] for number in range(plan.rounds)]
    asked = {entry.key: _Asked() for entry in race.entries}

    def run(entry: Entry, number: int) -> None:
        worker, mine = workers[entry.key], asked[entry.key]
        texts = [question.text for question in turns[number]]
        if number == 0:
            warm = [question.text for question in turns[-1][:_WARM_UP]]
            worker.search(warm)
            worker.encode_questions(warm)
        searched = worker.search(texts)
        mine.questions += turns[number]
        mine.found += searched.ids
        mine.search.append(searched.ms)
        mine.encode.append(worker.encode_questions(texts))
        if number == 0:
            mine.peak = worker.peak_bytes()

    race.rounds(f"Asking {size:,}", plan.rounds, run, plan.most)
    return asked


def _rank_sentences(worker: Worker, folder: Path, mine: _Asked) -> None:
    worker.open(folder, Unit.SENTENCE)
    mine.sentences = worker.search([question.text for question in mine.questions]).ids


def _latency(entry: Entry, size: int, mine: _Asked, floor: float | None) -> Latency:
    """``floor`` is the seconds in which memory gives what a question touches."""
    p50 = spread_at(mine.search, 0.5)
    apart = np.concatenate(mine.search) - np.concatenate(mine.encode)
    return Latency(
        system=entry.key,
        passages=size,
        questions=len(mine.questions),
        p50=p50,
        p99=spread_at(mine.search, 0.99),
        index_p50=max(float(np.median(apart)), 0.0),
        floor_share=None if floor is None else floor / (p50.median / 1000),
        ndcg10=_figure("ndcg@10", mine.found, [each.document for each in mine.questions]) if entry.judged else None,
        sentence_recall1=_figure("recall@1", mine.sentences, [each.sentence for each in mine.questions]),
    )


def _figure(name: str, found: Sequence[Sequence[str]], gold: Sequence[str]) -> float | None:
    return ranking_figures("", found, gold, [name])[name].value if found else None


def _encoding(
    race: Race, workers: Mapping[str, Worker], setup: Setup, plan: Plan, asked: Mapping[str, _Asked]
) -> list[Encoding]:
    texts = [document.text for document in spaced(setup.data.documents, plan.encoded)]
    rates: dict[str, list[float]] = {}

    def run(entry: Entry, number: int) -> None:
        if entry.key in _ENCODERS:
            if number == 0:
                workers[entry.key].encode_passages(texts[:_WARM_UP])
            rates.setdefault(entry.key, []).append(len(texts) / workers[entry.key].encode_passages(texts))

    race.rounds("Encoding", plan.rounds, run, plan.most)
    return [
        Encoding(key, spread_at(asked[key].encode, 0.5), spread_at(asked[key].encode, 0.99), spread(each))
        for key, each in rates.items()
    ]
