"""``pregonero bench``: that a run measures every row and writes its report; never how long anything takes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scripts.benchmark import building, latency, quality, serving, starting, whole
from scripts.benchmark.recorded import read_figures
from scripts.benchmark.whole import Options
from scripts.benchmark.workers import BenchError
from tests.command_line import assert_one_line, run, run_apart

MISSING = "The bot was not watched in this test."


def test_a_quick_run_measures_every_row_of_this_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serving, "measure_rebuilding", lambda *, quick: ((), (MISSING,)))
    monkeypatch.chdir(tmp_path)
    done = run("bench", "--quick")
    assert done.exit_code == 0, done.stderr
    # The recorded run in docs/ is none of a trial's business.
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("benchmarks*"))
    assert written == ["var/bench/benchmarks.json", "var/bench/benchmarks.md"]
    figures = read_figures((tmp_path / "var/bench/benchmarks.json").read_text(encoding="utf-8"))
    rows = {
        name: getattr(figures, name)
        for name in ("quality", "abstention", "latency", "encoding", "building", "updates", "starts", "memory")
    }
    assert {name: {row.system for row in each} for name, each in rows.items()} == {name: {"pregonero"} for name in rows}
    assert [row.concurrent for row in figures.serving] == [1, 32]
    assert figures.prepare_seconds is not None
    assert figures.command == "pregonero bench --quick"
    assert figures.left_out[0].startswith("The other systems were not measured")
    assert figures.left_out[-1] == MISSING
    assert done.stderr.splitlines() == list(figures.left_out)
    assert "Pregonero" in (tmp_path / "var/bench/benchmarks.md").read_text(encoding="utf-8")


def test_a_folder_without_evaluation_files_is_named_before_anything_is_measured(tmp_path: Path) -> None:
    done = run_apart("bench", "--data", tmp_path, "--out", tmp_path / "docs")
    assert done.returncode == 1
    assert_one_line(done.stderr.decode())
    assert "--data" in done.stderr.decode()
    assert not (tmp_path / "docs").exists()


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run_apart("bench", "--quick", "--peers", tmp_path / "absent", "--out", tmp_path / "docs")
    assert done.returncode == 1
    assert_one_line(done.stderr.decode())
    assert not (tmp_path / "docs").exists()


def test_a_run_that_could_not_measure_this_project_says_why_not_why_another_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = "Pregonero could not build (OSError: the disk is full)."
    failed = ("Chroma + Pregonero's vectors could not build (OSError: the disk is full).", own)
    monkeypatch.setattr(quality, "measure", lambda *_, **__: quality.Measured((), (), ()))
    monkeypatch.setattr(latency, "measure", lambda *_: latency.Measured((), (), (), ()))
    monkeypatch.setattr(building, "measure", lambda *_: building.Measured((), (), {}, failed))
    monkeypatch.setattr(starting, "measure", lambda *_: starting.Measured((), (), ()))
    with pytest.raises(BenchError) as raised:
        whole.measure(Options(quick=True), tmp_path, lambda *_: None)
    assert str(raised.value) == own


def test_the_command_told_names_no_place_of_this_machine(tmp_path: Path) -> None:
    told = Options(tmp_path, tmp_path / "python", large=True).command
    assert told == "pregonero bench --data DIR --peers PYTHON --large"
    assert Options().command == "pregonero bench"


def test_plots_that_cannot_be_drawn_leave_the_report(tmp_path: Path) -> None:
    """This environment has no matplotlib."""
    figures = read_figures(json.dumps(EMPTY))
    with pytest.raises(BenchError, match="the report is written"):
        whole.write(figures, tmp_path, Path(sys.executable))
    assert (tmp_path / "benchmarks.md").exists()
    assert read_figures((tmp_path / "benchmarks.json").read_text(encoding="utf-8")) == figures


EMPTY = {
    "machine": {
        "cores": 2,
        "processor": "one",
        "memory_bytes": 1,
        "system": "Linux",
        "python": "3.11",
        "bandwidth": 1e9,
        "versions": {},
    },
    "date": "2026-01-01",
    "command": "pregonero bench",
    "data": "none",
    "seconds": 1.0,
    "threads": 2,
    **{
        name: []
        for name in (
            *("quality", "abstention", "latency", "serving", "encoding"),
            *("building", "updates", "starts", "memory", "rebuilding", "left_out"),
        )
    },
}
