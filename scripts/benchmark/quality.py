"""Row 1, how well the systems rank, and row 2, how well they tell a question that the paragraphs do not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from index.evaluate import ranking_figures
from scripts.benchmark.corpus import Data, Mixed, Question
from scripts.benchmark.figures import Abstention, Quality
from scripts.benchmark.rounds import Race, Setup, spaced
from scripts.benchmark.systems import Corpus, Entry, Unit, Verdict
from scripts.benchmark.workers import Worker

_QUICK = 12
# Every miss of one in a hundred of so many is seen, and the rest would take another minute.
_OFF_TOPIC = 400


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and why a system is not among them, a sentence each."""

    quality: tuple[Quality, ...]
    abstention: tuple[Abstention, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What every system indexes and is asked; ``mixed_file`` holds the paragraphs of ``mixed``."""

    file: Path
    by_language: Mapping[str, Sequence[Question]]
    off_topic: Sequence[str]
    mixed: Mixed | None
    mixed_file: Path


@dataclass(slots=True)
class _Judged:
    """One system's rows."""

    quality: list[Quality] = field(default_factory=list)
    abstention: list[Abstention] = field(default_factory=list)


def measure(setup: Setup, *, quick: bool = False) -> Measured:
    """Index paragraphs, and their sentences, with every system that can be judged, and ask everything."""
    race = Race(replace(setup, entries=tuple(entry for entry in setup.entries if entry.judged)))
    trial = _trial(setup, quick=quick)
    judged = {entry.key: _Judged() for entry in race.entries}
    with race.workers() as workers:

        def run(entry: Entry) -> None:
            judged[entry.key] = _judge(workers[entry.key], setup.folder / f"{entry.key}-judged", trial)
            workers[entry.key].close()

        race.all("Judging", run)
    rows = [judged[entry.key] for entry in race.entries]
    return Measured(
        tuple(row for each in rows for row in each.quality),
        tuple(row for each in rows for row in each.abstention),
        tuple(race.left_out),
    )


def _trial(setup: Setup, *, quick: bool) -> _Trial:
    data = _few(setup.data) if quick else setup.data
    languages = {"es": data.spanish, "en": data.english}
    return _Trial(
        file=setup.written("judged", data.corpus()),
        by_language={name: questions for name, questions in languages.items() if questions},
        off_topic=spaced(data.off_topic, min(_OFF_TOPIC, len(data.spanish))),
        mixed=data.mixed,
        mixed_file=setup.written("mixed", Corpus(data.mixed.documents if data.mixed else ())),
    )


def _few(data: Data) -> Data:
    """A few paragraphs and a question on each; its mixed questions are asked of a few too, whichever answer them."""
    documents = tuple(spaced(data.documents, _QUICK))
    mixed = data.mixed and replace(
        data.mixed,
        documents=data.mixed.documents[:_QUICK],
        answered=data.mixed.answered[:_QUICK],
        refused=data.mixed.refused[:_QUICK],
    )
    spanish, english = (
        tuple({each.document: each for each in questions if each.document in {kept.id for kept in documents}}.values())
        for questions in (data.spanish, data.english)
    )
    return replace(data, documents=documents, spanish=spanish, english=english, mixed=mixed)


def _judge(worker: Worker, folder: Path, trial: _Trial) -> _Judged:
    rows = _Judged()
    for unit in Unit:
        _index(worker, trial.file, unit, folder / unit)
        for language, questions in trial.by_language.items():
            rows.quality.append(_quality(worker, unit, language, questions))
        if unit is Unit.PARAGRAPH and trial.off_topic:
            answered = [question.text for question in spaced(trial.by_language["es"], len(trial.off_topic))]
            rows.abstention.append(_abstention(worker, "off-topic", answered, trial.off_topic))
    if trial.mixed is not None:
        _index(worker, trial.mixed_file, Unit.PARAGRAPH, folder / "mixed")
        rows.abstention.append(_abstention(worker, trial.mixed.name, trial.mixed.answered, trial.mixed.refused))
    return rows


def _index(worker: Worker, file: Path, unit: Unit, folder: Path) -> None:
    worker.build(file, unit, folder)
    worker.open(folder, unit)


def _quality(worker: Worker, unit: Unit, language: str, questions: Sequence[Question]) -> Quality:
    found = worker.search([question.text for question in questions]).ids
    gold = [question.document if unit is Unit.PARAGRAPH else question.sentence for question in questions]
    figures = ranking_figures("", found, gold, ("ndcg@10", "recall@1"))
    return Quality(
        system=worker.entry.key,
        asked=language,
        unit=unit,
        questions=len(questions),
        ndcg10=figures["ndcg@10"].value,
        recall1=figures["recall@1"].value,
    )


def _abstention(worker: Worker, against: str, answered: Sequence[str], refused: Sequence[str]) -> Abstention:
    known, unknown = worker.verdicts(answered), worker.verdicts(refused)
    return Abstention(
        system=worker.entry.key,
        against=against,
        questions=len(answered) + len(refused),
        auroc=auroc(known, unknown),
        refused_rightly=_refused(unknown),
        refused_wrongly=_refused(known),
    )


def auroc(known: Sequence[Verdict | None], unknown: Sequence[Verdict | None]) -> float:
    """How often a system is surer of a question that is answered than of one that is not; half where it is as sure.

    Where nothing was found, it is less sure than of anything.
    """
    sure, unsure = (np.array([-np.inf if each is None else each.score for each in kind]) for kind in (known, unknown))
    above = np.mean(sure[:, None] > unsure)
    return float(above + np.mean(sure[:, None] == unsure) / 2)


def _refused(verdicts: Sequence[Verdict | None]) -> float | None:
    """The share refused; None for a system that never refuses."""
    decided = [each.answered for each in verdicts if each is not None and each.answered is not None]
    return fmean(not answered for answered in decided) if decided else None
