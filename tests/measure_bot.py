"""How soon the bot acknowledges a question, and how late its event loop is, at rest and while its index is built anew.

``python -m tests.measure_bot [--quick]`` prints one JSON object. The bot runs in a process of its own against the
tests' own Discord; a person asks at a steady rate, however soon the answers come, and an admin uses
``/indice reconstruir``. That counts until the new version is in use: opening it is part of it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from index.encoder import open_encoder
from index.sentences import split_sentences
from index.sources import read_articles
from scripts.benchmark.distractors import distractors
from scripts.benchmark.figures import Rebuilding
from scripts.output import say
from tests.command_line import ROOT
from tests.discord_journal import Request
from tests.discord_numbers import MANAGER, Callback
from tests.discord_records import Interaction
from tests.discord_rest import Answer, Rest
from tests.scene import Scene, open_scene

QUESTIONS = (
    "¿cuántas toneladas de quinua exportó la cooperativa de Puno?",
    "¿cuánto invierte Alibaba?",
    "¿quién dirige Alibaba?",
    "¿cuándo abrirá el museo del Carbón?",
    "¿cuántos barcos compró Zorroto?",
    "¿quién ganó el campeonato de ajedrez?",
)
_PER_SECOND = 10
_IN_USE = "of the index is in use"
_PATIENCE = 300.0
_CALLBACK = re.compile(r"/interactions/(\d+)/[^/]+/callback")


@dataclass(frozen=True)
class Size:
    """How long it is watched at rest, in seconds, and how many passages are then added to the articles."""

    rest: float
    passages: int


# Six hundred passages keep the encoder busy for some ten seconds on two cores.
FULL, QUICK = Size(20, 600), Size(2, 24)


def measure(size: Size) -> tuple[Rebuilding, Rebuilding]:
    """At rest, and while the index is built anew."""
    with tempfile.TemporaryDirectory(prefix="pregonero-") as folder, _arrivals() as arrived:
        lags = Path(folder) / "lags.json"
        # Whatever the machine can do, all that is asked is taken.
        with open_scene(
            Path(folder), open_encoder(), QUESTIONS_PER_SERVER="1000", QUEUE_SIZE="1000", LOOP_LAGS=str(lags)
        ) as scene:
            scene.server.slash("preguntar", {"pregunta": QUESTIONS[0]}).wait_answer()
            ending = time.monotonic() + size.rest
            rest = _ask_while(scene, lambda: time.monotonic() < ending)
            _write_articles(scene, size.passages)
            scene.server.slash("indice reconstruir", {}, permissions=MANAGER)
            rebuilding = _ask_while(scene, lambda: _IN_USE not in scene.bot.log)
            scene.bot.terminate()
            assert scene.bot.wait() == 0, scene.bot.log
        noted = np.array(json.loads(lags.read_text("utf-8")))
    return rest.figures(arrived, noted, rebuilding=False), rebuilding.figures(arrived, noted, rebuilding=True)


@dataclass(frozen=True)
class Asked:
    """The questions of one phase, and when it began and ended."""

    questions: list[Interaction]
    began: float
    ended: float

    def figures(self, arrived: dict[str, float], noted: np.ndarray[Any, Any], *, rebuilding: bool) -> Rebuilding:
        """``arrived`` is when each acknowledgement came, ``noted`` when the loop was to wake and how late it was."""
        waits = [(arrived[each.id] - each.made) * 1000 for each in self.questions]
        lags = noted[(noted[:, 0] >= self.began) & (noted[:, 0] < self.ended), 1] * 1000
        p50, p99 = np.percentile(waits, (50, 99))
        return Rebuilding(
            rebuilding, len(waits), float(p50), float(p99), float(np.percentile(lags, 99)), float(lags.max())
        )


def _ask_while(scene: Scene, goes_on: Callable[[], bool]) -> Asked:
    """Ask at a steady rate; an answer that is late puts no question off."""
    began = time.monotonic()
    asked: list[Interaction] = []
    questions = cycle(QUESTIONS)
    while goes_on():
        assert time.monotonic() - began < _PATIENCE, scene.bot.log
        asked.append(scene.server.slash("preguntar", {"pregunta": next(questions)}))
        time.sleep(max(0.0, began + len(asked) / _PER_SECOND - time.monotonic()))
    ended = time.monotonic()
    for each in asked:
        each.wait_answer()
        # Who is told to wait instead is told so without being promised anything.
        assert each.acks[0]["type"] == Callback.DEFERRED_MESSAGE, each.acks
    return Asked(asked, began, ended)


@contextmanager
def _arrivals() -> Iterator[dict[str, float]]:
    """When the first response to each interaction came to this Discord, by the interaction's id."""
    arrived: dict[str, float] = {}
    answer = Rest.answer

    def noted(rest: Rest, request: Request) -> Answer:
        if callback := _CALLBACK.fullmatch(request.path):
            arrived.setdefault(callback[1], time.monotonic())
        return answer(rest, request)

    with patch.object(Rest, "answer", noted):
        yield arrived


def _write_articles(scene: Scene, passages: int) -> None:
    articles = read_articles([ROOT / "seeds"]).articles
    sentences = [article.text[start:end] for article in articles for start, end in split_sentences(article.text)]
    for each in distractors(sentences, passages):
        scene.write(f"{each.id}.txt", f"{each.title}\n\n{each.text}\n")


def main(args: list[str]) -> None:
    """Measure and print."""
    rows = measure(QUICK if args == ["--quick"] else FULL)
    say(json.dumps({"rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main(sys.argv[1:])
