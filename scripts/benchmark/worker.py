"""One system in a process of its own: ``python -m scripts.benchmark.worker MODULE CLASS``.

Reads a line of JSON a request (``verb`` and what it is given), writes one an answer (``result`` or ``error``), and ends
with its input. What libraries print goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from scripts.benchmark.systems import Corpus, System, Unit


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    module, name = sys.argv[1:]
    verbs = _Verbs(module, name)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(verbs, request.pop("verb"))(**request)}
        except Exception as error:  # noqa: BLE001 - whatever a system raises is told to who asked
            answer = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class _Verbs:
    """What can be asked; each public method takes and returns what JSON can hold."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._made: System | None = None

    @property
    def _system(self) -> System:
        if self._made is None:
            made: System = getattr(importlib.import_module(self._module), self._name)()
            self._made = made
        return self._made

    def _read(self, corpus: str) -> Corpus:
        """The corpus, with its made-up texts' vectors: without such texts nothing is imported before the clock."""
        whole = Corpus.read(Path(corpus))
        if not any(document.made_up for document in whole.documents) or not self._system.dimension:
            return whole
        from scripts.benchmark.systems.vectors import Drawn

        return replace(whole, drawn=Drawn(whole, self._system.dimension))

    def build(self, corpus: str, unit: str, folder: str) -> float:
        whole = self._read(corpus)
        return _seconds(lambda: self._system.build(whole, Unit(unit), Path(folder)))

    def update(self, corpus: str, unit: str, folder: str, changed: list[str]) -> float:
        whole = self._read(corpus)
        return _seconds(lambda: self._system.update(whole, Unit(unit), Path(folder), changed))

    def open(self, folder: str, unit: str) -> float:
        return 1000 * _seconds(lambda: self._system.open(Path(folder), Unit(unit)))

    def search(self, questions: list[str], k: int) -> dict[str, Any]:
        ids: list[list[str]] = []
        ms = []
        for text in questions:
            started = time.perf_counter()
            ids.append(self._system.search(text, k))
            ms.append(1000 * (time.perf_counter() - started))
        return {"ids": ids, "ms": ms}

    def verdicts(self, questions: list[str]) -> list[Any]:
        return [self._system.verdict(text) for text in questions]

    def encode_questions(self, texts: list[str]) -> list[float]:
        return [1000 * _seconds(partial(self._system.encode_question, text)) for text in texts]

    def encode_passages(self, texts: list[str]) -> float:
        return _seconds(lambda: self._system.encode_passages(texts))

    def peak_bytes(self) -> int:
        # ru_maxrss counts on Linux what the process was forked from; VmHWM is this program's own.
        status = Path("/proc/self/status")
        if status.exists():
            (line,) = (line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
            return int(line.split()[1]) * 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
