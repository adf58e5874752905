"""Every figure of a run, as written to ``docs/benchmarks.json``; the report and the plots are made of nothing else.

Times are milliseconds unless a name says seconds, sizes are bytes. ``system`` is a key of ``systems.SYSTEMS``. What
could not be measured is None, never 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure measured in several rounds: the median over rounds, and the lowest and highest."""

    median: float
    low: float
    high: float

    @property
    def single(self) -> bool:
        """Whether there was but one round: the clock never gives two the same time."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Quality:
    """Row 1. ``asked`` is ``es`` or ``en`` (questions in English on the Spanish text), ``unit`` what is ranked."""

    system: str
    asked: str
    unit: str
    questions: int
    ndcg10: float
    recall1: float


@dataclass(frozen=True, slots=True)
class Abstention:
    """Row 2. ``against`` names the questions that must be refused (``off-topic``, ``squad2``); AUROC over both kinds.

    ``refused_rightly`` and ``refused_wrongly`` are at the shipped threshold; None for a system that has none, whose
    AUROC is over its best score.
    """

    system: str
    against: str
    questions: int
    auroc: float
    refused_rightly: float | None
    refused_wrongly: float | None


@dataclass(frozen=True, slots=True)
class Latency:
    """Row 3: one question, its encoding included, among ``passages``; quality of the very same questions there.

    ``floor_share`` is the time that reading the touched bytes once takes at this machine's bandwidth over ``p50``.
    ``index_p50`` leaves the encoding out.
    """

    system: str
    passages: int
    questions: int
    p50: Spread
    p99: Spread
    index_p50: float
    floor_share: float | None
    ndcg10: float | None
    sentence_recall1: float | None


@dataclass(frozen=True, slots=True)
class Serving:
    """Row 4: the whole way from question to answer at ``concurrent`` questions at once."""

    concurrent: int
    questions: int
    p50: float
    p99: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Encoding:
    """Row 5."""

    system: str
    question_p50: Spread
    question_p99: Spread
    passages_per_second: Spread


@dataclass(frozen=True, slots=True)
class Building:
    """Row 6: from texts to an index on disk in a fresh process, encoding included (``seconds``), and without it.

    ``index_seconds`` indexes ``index_passages`` whose vectors are at hand. ``safe`` says what is done to keep the
    result whole: synced, verified, or nothing.
    """

    system: str
    passages: int
    seconds: Spread
    index_passages: int
    index_seconds: Spread
    safe: str


@dataclass(frozen=True, slots=True)
class Update:
    """Row 7: one document in a hundred changed, against building all anew; the same process for both."""

    system: str
    passages: int
    update_seconds: Spread
    build_seconds: Spread


@dataclass(frozen=True, slots=True)
class Start:
    """Row 8: a fresh process until its first answer (peers: until the first ranked list), in milliseconds."""

    system: str
    passages: int
    wall: Spread


@dataclass(frozen=True, slots=True)
class Memory:
    """Row 9: the most memory that a process which opened the index and answered had, and the index's files."""

    system: str
    passages: int
    peak_bytes: int
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Row 10: acknowledgements and the event loop, at rest and while the index is built anew."""

    rebuilding: bool
    questions: int
    ack_p50: float
    ack_p99: float
    lag_p99: float
    lag_max: float


@dataclass(frozen=True, slots=True)
class Change:
    """A before and after of this project, kept from the run that decided it: ``what`` was changed, which figure.

    ``unit`` is empty for quality; ``why`` says why it was not kept.
    """

    what: str
    figure: str
    before: float
    after: float
    unit: str
    kept: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """This project's quality on articles that its weights were not fitted on, XQuAD-R's, by the run named in ``what``.

    A sentence counts there where it holds the gold answer; in a run of the benchmark it must be the file's own.
    """

    what: str
    paragraph_ndcg10: float
    sentence_ndcg10: float
    sentence_recall1: float
    english_paragraph_ndcg10: float
    english_sentence_ndcg10: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what it ran. ``bandwidth`` is bytes a second of one core reading memory."""

    cores: int
    processor: str
    memory_bytes: int
    system: str
    python: str
    bandwidth: float
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """One run. ``left_out`` says, a sentence each, what was not measured and why.

    ``prepare_seconds`` is what the very first question on a machine waits besides, while the model is prepared.
    """

    machine: Machine
    date: str
    command: str
    data: str
    seconds: float
    threads: int
    quality: tuple[Quality, ...] = ()
    abstention: tuple[Abstention, ...] = ()
    latency: tuple[Latency, ...] = ()
    serving: tuple[Serving, ...] = ()
    encoding: tuple[Encoding, ...] = ()
    building: tuple[Building, ...] = ()
    updates: tuple[Update, ...] = ()
    starts: tuple[Start, ...] = ()
    memory: tuple[Memory, ...] = ()
    rebuilding: tuple[Rebuilding, ...] = ()
    left_out: tuple[str, ...] = field(default=())
    prepare_seconds: float | None = None

    @property
    def on_xquad(self) -> bool:
        """Whether the data are XQuAD-R's, for which there are published and cross-validated figures."""
        return self.data.startswith("xquad-r.")

    def as_json(self) -> dict[str, Any]:
        """The run as JSON has it."""
        return asdict(self)
