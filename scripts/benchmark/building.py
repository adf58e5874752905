"""Row 6, from texts to an index on disk, and row 7, one document in a hundred changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from scripts.benchmark.figures import Building, Update
from scripts.benchmark.rounds import SAME_INDEX, Race, Setup, spread, without_twins
from scripts.benchmark.systems import Corpus, Entry, Unit
from scripts.benchmark.workers import Worker

# What a build does so that its index survives a crash: the files that each was seen to sync (strace, fsync, fdatasync).
_SAFE = {
    "pregonero": "synced, reopened, verified",
    "langchain": "nothing, and a pickle",
    "langchain-mpnet": "nothing, and a pickle",
    "langchain-ours": "nothing, and a pickle",
    "chroma": "SQLite synced, the graph not, and a pickle",
    "chroma-ours": "SQLite synced, the graph not, and a pickle",
    "txtai": "its terms synced, the rest not",
    "rank-bm25": "nothing; the texts alone are kept",
    "bm25s": "nothing",
}
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """``rounds`` of each; ``indexed`` passages with vectors at hand, ``updated`` ones of which a hundredth changes.

    A system that has taken more than ``most`` seconds for one of the three sits out the rounds left.
    """

    rounds: int = 3
    indexed: int = 10_000
    updated: int = 2_000
    most: float = 15.0


QUICK = Plan(rounds=1, indexed=100, updated=100)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and why a system is not among them, a sentence each.

    ``places`` are the folders of the indexes of the data's paragraphs, by the system's key.
    """

    building: tuple[Building, ...]
    updates: tuple[Update, ...]
    places: dict[str, Path]
    left_out: tuple[str, ...]


def measure(setup: Setup, plan: Plan) -> Measured:
    """Build and update by every system; one that fails has no row from then on."""
    race = Race(setup)
    fresh = _build_afresh(race, setup, plan)
    with race.workers() as workers:
        indexed = _index(race, workers, setup, plan)
        updating = Race(replace(setup, entries=tuple(each for each in race.entries if each.key not in SAME_INDEX)))
        updates = _update(updating, workers, setup, plan)
    left_out = [*race.left_out, *updating.left_out, *without_twins(race.entries, "in updates")]
    building = tuple(
        Building(
            system=entry.key,
            passages=len(setup.data.documents),
            seconds=spread(fresh[entry.key]),
            index_passages=plan.indexed,
            index_seconds=spread(indexed[entry.key]),
            safe=_SAFE[entry.key],
        )
        for entry in race.entries
    )
    places = {entry.key: _afresh(setup, entry, 0) for entry in race.entries}
    return Measured(building, tuple(updates), places, tuple(left_out))


def _build_afresh(race: Race, setup: Setup, plan: Plan) -> dict[str, list[float]]:
    """Seconds to index the data's paragraphs in a new process: imports, the model and every vector."""
    file = setup.written("paragraphs", setup.data.corpus())
    seconds: dict[str, list[float]] = {entry.key: [] for entry in race.entries}

    def run(entry: Entry, number: int) -> None:
        with Worker(entry, setup.peers) as worker:
            seconds[entry.key].append(worker.build(file, Unit.PARAGRAPH, _afresh(setup, entry, number)))

    race.rounds("Building", plan.rounds, run, plan.most)
    return seconds


def _afresh(setup: Setup, entry: Entry, number: int) -> Path:
    return setup.folder / f"{entry.key}-afresh-{number}"


def _index(race: Race, workers: Mapping[str, Worker], setup: Setup, plan: Plan) -> dict[str, list[float]]:
    """Seconds to index passages whose vectors are drawn; the libraries and the model are loaded before."""
    file = setup.written("indexed", Corpus(setup.data.distractors(plan.indexed)))
    # With a text to encode, so that the model is read.
    first = setup.written("first", Corpus((*setup.data.distractors(_HUNDRED), *setup.data.documents[:1])))
    race.all(
        "Warming up", lambda entry: workers[entry.key].build(first, Unit.PARAGRAPH, setup.folder / f"{entry.key}-first")
    )
    seconds: dict[str, list[float]] = {entry.key: [] for entry in race.entries}

    def run(entry: Entry, number: int) -> None:
        place = setup.folder / f"{entry.key}-indexed-{number}"
        seconds[entry.key].append(workers[entry.key].build(file, Unit.PARAGRAPH, place))

    race.rounds("Indexing", plan.rounds, run, plan.most)
    return seconds


def _update(race: Race, workers: Mapping[str, Worker], setup: Setup, plan: Plan) -> list[Update]:
    """Change other documents in each round: once in the index that is there, once by a build of everything."""
    before = setup.written("before", Corpus(setup.data.distractors(plan.updated)))
    race.all(
        "Indexing", lambda entry: workers[entry.key].build(before, Unit.PARAGRAPH, setup.folder / f"{entry.key}-kept")
    )
    versions = [
        (setup.written(f"after-{number}", corpus), changed)
        for number, (corpus, changed) in enumerate(_versions(setup, plan))
    ]
    taken: dict[str, list[tuple[float, float]]] = {entry.key: [] for entry in race.entries}

    def run(entry: Entry, number: int) -> None:
        worker, (file, changed) = workers[entry.key], versions[number]
        update = worker.update(file, Unit.PARAGRAPH, setup.folder / f"{entry.key}-kept", changed)
        anew = worker.build(file, Unit.PARAGRAPH, setup.folder / f"{entry.key}-anew-{number}")
        taken[entry.key].append((update, anew))

    race.rounds("Updating", plan.rounds, run, plan.most)
    return [
        Update(entry.key, plan.updated, *(spread(each) for each in zip(*taken[entry.key], strict=True)))
        for entry in race.entries
    ]


def _versions(setup: Setup, plan: Plan) -> Iterator[tuple[Corpus, list[str]]]:
    """The corpus after each round's changes, and the ids of what changed in it: texts that have to be encoded."""
    documents = list(setup.data.distractors(plan.updated))
    real = cycle(setup.data.documents)
    for number in range(plan.rounds):
        rows = range(number, len(documents), _HUNDRED)
        for row, model in zip(rows, real, strict=False):
            text = f"{number + 1}. {model.text}"
            documents[row] = replace(documents[row], text=text, sentences=(), made_up=False)
        yield Corpus(tuple(documents)), [documents[row].id for row in rows]
