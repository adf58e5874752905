"""The stand-in for a language model: what it spoils is dropped, what it leaves sound is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import MUSEO, QUINUA, ZORROTO
from tests.mediocre_model import SOUND, Evaluated, Kind, evaluate, table

_ASKED = (
    ("cuántos barcos compró Zorroto", "45 barcos", ZORROTO),
    ("cuánta quinua exportó Puno a Noruega", "812 toneladas", QUINUA),
    ("cuándo abrirá el museo del Carbón", "14 de septiembre", MUSEO),
)
_OPENINGS = ("¿", "Oye, ¿", "Una duda: ¿", "Por favor: ¿", "A ver, ¿")
_ENDINGS = ("?", " entonces?", " por fin?", " al final?")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty questions on three paragraphs; the stand-in answers each in its own way."""
    paragraphs: list[dict[str, Any]] = []
    for text, gold, context in _ASKED:
        answers = [{"text": gold, "answer_start": context.index(gold)}]
        texts = [f"{opening}{text}{ending}" for opening in _OPENINGS for ending in _ENDINGS]
        paragraphs.append({"context": context, "qas": [{"id": t, "question": t, "answers": answers} for t in texts]})
    path = tmp_path_factory.mktemp("mediocre") / "questions.json"
    path.write_text(json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]}), "utf-8")
    return path


@pytest.fixture(scope="module")
def evaluated(file: Path) -> Evaluated:
    return evaluate(file, 60)


def test_what_it_leaves_sound_is_shown_and_what_it_spoils_is_not(evaluated: Evaluated) -> None:
    assert {each.kind for each in evaluated.made} > set(SOUND)
    assert all(each in evaluated.passed for each in evaluated.made if each.kind in SOUND)
    assert [each for each in evaluated.passed if each.kind not in SOUND] == []


def test_eval_counts_what_was_made(evaluated: Evaluated) -> None:
    figures = evaluated.figures
    spoilt = len(evaluated.made) - len(evaluated.passed)
    assert figures["sentences_dropped"] | {"value": 0} == {"value": 0, "count": spoilt, "of": len(evaluated.made)}
    assert figures["citations_valid"]["value"] == 1
    assert figures["figures_not_in_source"]["count"] == 0
    kinds = ("answered", "refused", "fell_back", "not_sent")
    assert sum(figures[kind]["count"] for kind in kinds) == 60
    assert all(figures[kind]["count"] for kind in kinds[:3])


def test_every_run_gives_the_same_figures(file: Path, evaluated: Evaluated) -> None:
    again = evaluate(file, 60)
    assert table(again) == table(evaluated)


def test_the_table_has_a_row_for_each_way_of_spoiling(evaluated: Evaluated) -> None:
    rows = [line.strip("| ").split(" | ") for line in table(evaluated).splitlines()[2:]]
    assert {len(row) for row in rows} == {3}
    assert [row[0] for row in rows[-len(Kind) :]] == [f"dropped: {kind}" for kind in Kind]
