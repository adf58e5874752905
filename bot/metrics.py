"""What the bot does, in numbers for Prometheus: the one importer of prometheus-client.

``Metrics`` is told of what happens by plain calls on the event loop; what others count by themselves is read when
somebody asks for the numbers. Labels take the few values that stand in the code, nothing that a person wrote.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from bot.grounded.tally import Tally
from bot.journal import Course, Outcome, Way
from bot.knowledge import Knowledge
from bot.release import release

_PREFIX = "pregonero"
# Searching takes milliseconds, sending tenths of a second, a language model seconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Whose loggers are told apart, by the first two parts of their names; what else speaks is one.
_WHERE = (
    *("aiohttp", "asyncio", "bot", "bot.alerts", "bot.client", "bot.cogs", "bot.conversation", "bot.delivery"),
    *("bot.failures", "bot.grounded", "bot.knowledge", "bot.reception", "discord", "index", "other"),
)


class Stage(StrEnum):
    """A step of a question that was answered, or not found; ``TOTAL`` is from its arrival to its delivery."""

    UNDERSTAND = "understand"
    ENCODE = "encode"
    SEARCH = "search"
    ANSWER = "answer"
    WRITE = "write"
    DELIVER = "deliver"
    TOTAL = "total"


class Metrics:
    """The numbers of one bot; ``errors`` is a handler of the log that counts what goes wrong."""

    CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        # When a series began is of no use here, and would double their number.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not typed it
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        Info("build", "The release.", namespace=_PREFIX, registry=registry).info({"version": release()})
        self._questions = _counter(registry, "questions", "Questions that came to an end.", "way", Way)
        self._answers = _counter(registry, "answers", "How questions ended.", "outcome", Outcome)
        self._stages = Histogram(
            "stage_seconds",
            "The steps of a question.",
            ["stage"],
            namespace=_PREFIX,
            buckets=_BUCKETS,
            registry=registry,
        )
        for stage in Stage:
            self._stages.labels(stage)
        self._gateway = Gauge("gateway_connected", "1 while events arrive.", namespace=_PREFIX, registry=registry)
        self._reconnects = Counter(
            "gateway_reconnects", "Connections to Discord after the first.", namespace=_PREFIX, registry=registry
        )
        self.errors: logging.Handler = _Errors(_counter(registry, "errors", "Errors in the log.", "where", _WHERE))

    def read(self, knowledge: Knowledge, tally: Tally) -> None:
        """Tell from now on of an open index too, and of what a language model does."""
        self._registry.register(_Readings(knowledge, tally))

    def ended(self, course: Course) -> None:
        """A question has ended."""
        self._questions.labels(course.way).inc()
        self._answers.labels(course.outcome).inc()
        if course.outcome in (Outcome.ANSWERED, Outcome.NOT_FOUND):
            for stage in (each for each in Stage if each in course.timer.milliseconds):
                self._stages.labels(stage).observe(course.timer.milliseconds[stage] / 1000)

    def connected(self, *, again: bool) -> None:
        """Discord's events arrive; ``again`` where they did before."""
        self._gateway.set(1)
        self._reconnects.inc(again)

    def disconnected(self) -> None:
        """Discord's events arrive no more."""
        self._gateway.set(0)

    def exposition(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)


class _Errors(logging.Handler):
    """Counts records of level ERROR and above."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.ERROR)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        """Count one, by its logger."""
        first, *further = record.name.split(".")
        known = [where for where in (".".join((first, *further[:1])), first) if where in _WHERE]
        self._counter.labels(known[0] if known else "other").inc()


class _Readings(Collector):
    """What is read when the numbers are asked for."""

    def __init__(self, knowledge: Knowledge, tally: Tally) -> None:
        self._knowledge = knowledge
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """The numbers as they are now."""
        knowledge, tally = self._knowledge, self._tally
        manifest = knowledge.desk.snapshot.manifest
        age = time.time() - datetime.fromisoformat(manifest.built_at).timestamp()
        yield _gauge("queue_waiting", "Questions that wait for a thread or have one.", knowledge.waiting)
        yield _gauge("index_age_seconds", "Since the version in use was built.", age)
        yield _gauge("index_articles", "Articles of the version in use.", manifest.articles)
        yield _gauge("index_passages", "Passages of the version in use.", manifest.passages)
        yield _counted("index_reloads", "Versions published meanwhile.", "result", knowledge.reloads.items())
        yield _counted("answer_cache", "Answers written before, and not.", "result", tally.cache.items())
        yield _counted("model_calls", "Calls of the language model.", "result", tally.calls.items())
        tokens = {"read": tally.usage.input_tokens, "written": tally.usage.output_tokens}
        yield _counted("model_tokens", "Tokens of the language model.", "kind", tokens.items())


def _counter(registry: CollectorRegistry, name: str, said: str, label: str, values: Iterable[str]) -> Counter:
    """A counter that is there, at 0, for every value of its label that is known beforehand."""
    counter = Counter(name, said, [label], namespace=_PREFIX, registry=registry)
    for value in values:
        counter.labels(value)
    return counter


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", said, value)


def _counted(name: str, said: str, label: str, counts: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(f"{_PREFIX}_{name}", said, labels=[label])
    for value, count in counts:
        family.add_metric([value], count)
    return family
