"""Starts each system in a process of its own and speaks with it in lines of JSON.

What a worker needs of an interpreter (its own libraries, or the peers') and of an environment (as many threads as there
are cores, nothing fetched from outside, no telemetry) is settled here. Every time is taken inside the worker, around
the system's own call, so that the pipe costs nothing.
"""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from index.bert import cores
from index.records import KnowledgeError
from scripts.benchmark.systems import Entry, Unit, Verdict

ROOT = Path(__file__).parents[2]
# The slowest call, a peer that indexes a hundred thousand texts, takes a few minutes.
_PATIENCE = 900.0
_LEAVING = 5.0
_WORKER = ("-m", "scripts.benchmark.worker")


class BenchError(KnowledgeError):
    """A measurement did not come to its end."""


@dataclass(frozen=True, slots=True)
class Searched:
    """For each question in order: the ids found, best first, and how many milliseconds it took."""

    ids: list[list[str]]
    ms: list[float]


def last_line(said: str) -> str:
    """What a program that failed said last, which is the reason as a rule."""
    return said.strip().rpartition("\n")[2] or "it said nothing"


def surroundings(count: int) -> dict[str, str]:
    """The environment's variables that every worker is started with."""
    pinned = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
    return {
        **dict.fromkeys(pinned, str(count)),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "ORT_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(ROOT),
    }


class Worker:
    """One system in a process of its own. Use it as a context manager: the process ends with the block.

    Every method raises ``BenchError``, with one sentence that names the system, when the system fails or dies.
    """

    def __init__(self, entry: Entry, peers: Path | None) -> None:
        """Start the process; ``peers`` is the interpreter of the peers' environment, which a peer needs."""
        self.entry = entry
        if entry.peer and peers is None:
            raise BenchError(f"{entry.label} needs the peers' environment: give its interpreter with --peers.")
        python = str(peers) if entry.peer else sys.executable
        settings = [f"{name}={value}" for name, value in surroundings(cores()).items()]
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this project's own module
                [shutil.which("env") or "env", *settings, python, *_WORKER, entry.module, entry.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                # Ctrl-C reaches this process alone, which then ends the workers.
                start_new_session=True,
            )
        except OSError as error:
            self._said.close()
            raise BenchError(f"{entry.label} cannot be started ({error}): check --peers.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(gently=error is None)

    def close(self, *, gently: bool = True) -> None:
        """End the process: let it leave by itself, or kill it."""
        process = self._process
        if process.stdin is not None and process.stdout is not None:
            try:
                process.stdin.close()
                if gently:
                    process.wait(_LEAVING)
            except (OSError, subprocess.TimeoutExpired):
                pass
            process.kill()
            process.wait()
            process.stdout.close()
        self._said.close()

    def build(self, corpus: Path, unit: Unit, folder: Path) -> float:
        """Index the corpus (a file of ``Corpus.write``) in ``folder``; seconds, the first call's imports included."""
        return float(self._ask("build", corpus=str(corpus), unit=unit, folder=str(folder)))

    def update(self, corpus: Path, unit: Unit, folder: Path, changed: Sequence[str]) -> float:
        """Bring the index in ``folder`` up to ``corpus``, of which ``changed`` are new; seconds."""
        return float(self._ask("update", corpus=str(corpus), unit=unit, folder=str(folder), changed=list(changed)))

    def open(self, folder: Path, unit: Unit) -> float:
        """Open the index in ``folder``; milliseconds, imports included."""
        return float(self._ask("open", folder=str(folder), unit=unit))

    def search(self, questions: Sequence[str], k: int = 10) -> Searched:
        """Ask the questions one after another of what was opened."""
        answer = self._ask("search", questions=list(questions), k=k)
        return Searched(answer["ids"], answer["ms"])

    def verdicts(self, questions: Sequence[str]) -> list[Verdict | None]:
        """How sure the system is of each question's best find, where it says."""
        return [Verdict(*each) if each else None for each in self._ask("verdicts", questions=list(questions))]

    def encode_questions(self, texts: Sequence[str]) -> list[float]:
        """Encode each question alone; milliseconds each."""
        return [float(each) for each in self._ask("encode_questions", texts=list(texts))]

    def encode_passages(self, texts: Sequence[str]) -> float:
        """Encode all passages in one call; seconds."""
        return float(self._ask("encode_passages", texts=list(texts)))

    def peak_bytes(self) -> int:
        """The most memory that the process has had so far."""
        return int(self._ask("peak_bytes"))

    def _ask(self, verb: str, **given: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # pragma: no cover - both are pipes
            raise BenchError(f"{self.entry.label} has no pipes.")
        try:
            stdin.write(json.dumps({"verb": verb, **given}).encode() + b"\n")
            stdin.flush()
        except OSError as error:
            raise self._failure(f"ended before it could {verb}") from error
        if not select.select([stdout], [], [], _PATIENCE)[0]:
            self._process.kill()
            raise self._failure(f"took more than {_PATIENCE:.0f} s to {verb}")
        line = stdout.readline()
        if not line:
            raise self._failure(f"ended while it was to {verb}")
        answer = json.loads(line)
        if "error" in answer:
            raise self._failure(f"could not {verb} ({answer['error']})")
        return answer["result"]

    def _failure(self, what: str) -> BenchError:
        """``what`` happened, as a sentence; with the last line that the process wrote, once it has ended."""
        try:
            code = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return BenchError(f"{self.entry.label} {what}.")
        self._said.seek(0)
        said = self._said.read().decode(errors="replace")
        return BenchError(f"{self.entry.label} {what}, exit code {code}: {last_line(said)}")
