"""The report says what the figures say: nothing is claimed, met or best that was not measured so."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.benchmark import machine, noise, plots
from scripts.benchmark.cells import amount, footnotes, label, spread, table
from scripts.benchmark.figures import (
    Abstention,
    Building,
    Change,
    CrossValidated,
    Encoding,
    Figures,
    Latency,
    Machine,
    Memory,
    Quality,
    Rebuilding,
    Serving,
    Spread,
    Start,
    Update,
)
from scripts.benchmark.placing import apart
from scripts.benchmark.published import PUBLISHED
from scripts.benchmark.readme import CLOSING, OPENING, main_table, readme_part, update_readme
from scripts.benchmark.recorded import CHANGES, crossvalidated, read_changes, read_figures
from scripts.benchmark.report import render, rewrite
from scripts.benchmark.standing import contests, targets
from scripts.benchmark.systems import SYSTEMS
from scripts.benchmark.workers import BenchError
from tests.command_line import ROOT

RECORDED = ROOT / "docs" / "benchmarks.json"
written = pytest.mark.skipif(not RECORDED.exists(), reason="no run is recorded yet: make bench")

# Paragraph and sentence nDCG@10 in Spanish, paragraph's in English, p50 in ms at 1,000 passages, ms per further 1,000,
# seconds to build, ms to start, MB of memory.
STAND_IN = {
    "pregonero": (0.981, 0.886, 0.930, 9.0, 0.2, 60.0, 800.0, 320),
    "langchain": (0.632, 0.540, 0.702, 14.0, 0.1, 190.0, 9000.0, 900),
    "langchain-mpnet": (None, None, None, 60.0, 0.4, 1900.0, 9900.0, 1500),
    "langchain-ours": (0.632, 0.541, 0.702, 6.0, 0.1, 62.0, 4000.0, 420),
    "chroma": (0.630, 0.538, 0.700, 11.0, 0.5, 80.0, 3500.0, 600),
    "chroma-ours": (0.631, 0.539, 0.700, 8.0, 0.5, 70.0, 3400.0, 510),
    "txtai": (0.940, 0.800, 0.650, 17.0, 0.6, 210.0, 11000.0, 1000),
    "rank-bm25": (0.941, 0.801, 0.410, 3.0, 4.0, 2.0, 900.0, 260),
    "bm25s": (0.955, 0.812, 0.420, 0.5, 0.05, 3.0, 700.0, 200),
}
KEPT = {"pregonero": "synced, verified"}
SIZES = (1_000, 10_000, 100_000)


def about(value: float) -> Spread:
    return Spread(value, 0.97 * value, 1.04 * value)


def stand_in() -> Figures:
    """A run of likely figures: made up, two systems of them with gaps, one left out at the largest size."""
    quality = tuple(
        Quality(key, asked, unit, 600, ndcg, ndcg - 0.05)
        for key, (paragraph, sentence, english, *_) in STAND_IN.items()
        for asked, unit, ndcg in (
            ("es", "paragraph", paragraph),
            ("es", "sentence", sentence),
            ("en", "paragraph", english),
        )
        if ndcg is not None
    )
    latency = tuple(
        Latency(key, size, 200, p50 := about(row[3] + row[4] * size / 1000), about(1.8 * p50.median), 0.6 * p50.median,
                0.03 if key == "pregonero" else None, row[0], row[1])
        for key, row in STAND_IN.items()
        for size in SIZES
        if (key, size) != ("rank-bm25", 100_000)
    )  # fmt: skip
    dense = [key for key in STAND_IN if "bm25" not in key]
    return Figures(
        Machine(2, "Some Processor at 2 GHz", 16 << 30, "Debian GNU/Linux 12, Linux 6.1", "3.11.7", 7.5e9,
                {"numpy": "2.4.6", "faiss-cpu": "1.15.1", "peers/chromadb": "1.3.0", "peers/numpy": "2.4.5"}),
        "2025-06-01", "make bench DATA=questions", "xquad-r.es.json: 120 paragraphs, 600 questions", 701.4, 2, quality,
        (
            Abstention("pregonero", "off-topic", 2162, 0.985, 0.974, 0.147),
            Abstention("bm25s", "off-topic", 2162, 0.940, None, None),
        ),
        latency,
        (Serving(1, 200, 21.0, 44.0, 46.0), Serving(32, 640, 480.0, 910.0, 61.0)),
        tuple(Encoding(key, about(0.4 * STAND_IN[key][3]), about(STAND_IN[key][3]), about(90.0)) for key in dense),
        tuple(
            Building(key, 120, about(row[5]), 10_000, about(row[5] / 9), KEPT.get(key, "nothing"))
            for key, row in STAND_IN.items()
        ),
        tuple(Update(key, 10_000, about(row[5] / 30), about(row[5])) for key, row in STAND_IN.items()),
        tuple(Start(key, 120, about(row[6])) for key, row in STAND_IN.items()),
        tuple(
            Memory(key, size, row[7] * 10**6 * size // 10_000, 70 * 10**6)
            for key, row in STAND_IN.items()
            for size in (120, 10_000)
        ),
        (Rebuilding(False, 300, 2.0, 4.0, 1.5, 3.0), Rebuilding(True, 300, 2.4, 9.0, 6.0, 21.0)),
        ("rank_bm25 among 100,000 passages: it takes 0.4 s a question.",),
    )  # fmt: skip


OWN = replace(stand_in(), data="the project's own articles and questions: 40 passages, 90 questions")
VALIDATED = CrossValidated("folds", 0.983, 0.903, 0.802, 0.945, 0.854)
CHANGE = Change("int8 encoder", "encoding a question", 8.1, 3.2, "ms", kept=True)


def test_a_run_read_back_from_its_json_is_the_same_run() -> None:
    assert read_figures(json.dumps(stand_in().as_json())) == stand_in()


def test_the_report_has_the_rows_in_their_order() -> None:
    numbers = re.findall(r"^## (\d+)\.", render(stand_in(), ()), re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    for text in (render(stand_in(), (CHANGE,)), main_table(stand_in())):
        blocks = [
            [line.count(" | ") for line in block.splitlines()] for block in text.split("\n\n") if "| ---" in block
        ]
        assert blocks
        assert all(len(set(counts)) == 1 for counts in blocks)


def test_what_was_not_measured_is_a_dash_and_never_zero_or_none() -> None:
    text = render(stand_in(), ())
    line = next(line for line in text.splitlines() if line.startswith(f"| {label('langchain-mpnet')} | 200 |"))
    assert line.endswith("| – | – | – |")
    assert "None" not in text.replace("None is on record", "")
    assert "nan" not in text


def test_a_ratio_is_the_usual_pipelines_time_over_ours() -> None:
    (line,) = [
        line
        for line in render(stand_in(), ()).splitlines()
        if line.startswith(f"| **{label('pregonero')}** | **200** | **11.0")
    ]
    # LangChain's 15 ms over 11 ms.
    assert "| **1.36×** |" in line


def test_published_figures_stand_in_a_column_of_their_own_without_any_measured_one() -> None:
    lines = render(stand_in(), ()).splitlines()
    for each in PUBLISHED:
        assert f"| {each.model} | – | – | – | – | {each.ndcg10:.3f} |" in lines
    assert f"| {label('bm25s')} | 0.955 | 0.905 | 0.812 | 0.762 | – |" in lines


def test_on_other_data_than_xquad_nothing_published_or_cross_validated_is_shown() -> None:
    assert f"| {label('bm25s')} | 0.955 | 0.905 | 0.812 | 0.762 |" in render(OWN, ()).splitlines()
    text = " ".join(render(OWN, ()).split())
    assert "fitted on these very questions" in text
    assert not any(each.model in text for each in PUBLISHED if each.model != "BM25")
    assert "MTEB" not in text
    assert "Cross-validated (" not in text
    assert f"Cross-validated ({crossvalidated().what})" in " ".join(render(stand_in(), ()).split())


def test_ahead_is_only_what_every_other_system_is_worse_in() -> None:
    won = {contest.what: contest.won for contest in contests(stand_in())}
    assert won["paragraph nDCG@10, Spanish questions"]
    assert won["building, 120 passages"] is False
    assert won["question p50, 10,000 passages"] is False


def test_rounds_that_overlap_and_quality_within_the_noise_are_even() -> None:
    ours = Encoding("pregonero", Spread(10, 9, 11), about(20), about(90))
    theirs = Encoding("langchain", Spread(12, 10.5, 13), about(30), about(50))
    quality = (
        Quality("pregonero", "es", "paragraph", 600, 0.981, 0.9),
        Quality("bm25s", "es", "paragraph", 600, 0.975, 0.9),
    )
    figures = replace(stand_in(), encoding=(ours, theirs), quality=quality)
    text = render(figures, ())
    assert "| 10.0 ms; nDCG@10 – | LangChain: 12.0 ms; nDCG@10 – | 1.20×, even | 1.20× |" in text
    assert "| paragraph nDCG@10, Spanish questions | 0.981 | bm25s: 0.975 | +0.006, even | – |" in text


@pytest.mark.parametrize(("questions", "expected"), [(600, True), (300, False)])
def test_quality_is_ahead_by_more_than_two_standard_errors_of_so_many_questions(
    questions: int, *, expected: bool
) -> None:
    rows = tuple(
        Quality(key, "es", "paragraph", questions, value, 0.9)
        for key, value in (("pregonero", 0.981), ("bm25s", 0.973))
    )
    (contest,) = [each for each in contests(replace(stand_in(), quality=rows)) if "nDCG" in each.what]
    assert contest.won is expected


def test_a_single_round_is_never_ahead_and_said_to_be_one() -> None:
    ours = Encoding("pregonero", Spread(10, 9, 11), about(20), about(90))
    theirs = Encoding("langchain", Spread(30, 30, 30), about(30), about(50))
    text = render(replace(stand_in(), encoding=(ours, theirs)), ())
    assert "| 10.0 ms; nDCG@10 0.632 | LangChain: 30.0 ms; nDCG@10 0.632 | 3.00×, one round of LangChain |" in text


def test_behind_one_that_varies_is_even_though_the_best_other_is_beaten() -> None:
    rows = (("pregonero", Spread(10, 9, 11)), ("langchain", Spread(12, 11.5, 13)), ("txtai", Spread(14, 8, 15)))
    encoding = tuple(Encoding(key, p50, about(20), about(90)) for key, p50 in rows)
    assert "LangChain: 12.0 ms; nDCG@10 0.632 | 1.20×, even |" in render(replace(stand_in(), encoding=encoding), ())


def test_the_speed_of_a_question_stands_beside_what_was_found_among_as_many_passages() -> None:
    found = {("pregonero", 10_000): 0.934, ("bm25s", 10_000): 0.770}
    latency = tuple(
        replace(row, ndcg10=found.get((row.system, row.passages), row.ndcg10)) for row in stand_in().latency
    )
    text = render(replace(stand_in(), latency=latency), ())
    for asked, ours, theirs in (("p50", "11.0", "1.00"), ("p99", "19.8", "1.80")):
        line = f"| question {asked}, 10,000 passages | {ours} ms; nDCG@10 0.934 | bm25s: {theirs} ms; nDCG@10 0.770 |"
        assert line in text
    assert "| building, 120 passages | 60.0 s; nDCG@10 0.981 | rank_bm25: 2.00 s; nDCG@10 0.941 |" in text
    said = " ".join(text.split())
    assert "Among 10,000 passages txtai (0.940), rank_bm25 (0.941) finds more than Pregonero (0.934)." in said
    assert "Among 1,000 passages" not in said


def test_a_build_is_shown_with_what_preparing_the_model_adds_the_first_time() -> None:
    figures = replace(stand_in(), prepare_seconds=16.0)
    (target,) = [each for each in targets(figures, VALIDATED) if each.what.startswith("building 3 times")]
    assert target.measured is not None
    assert target.measured.endswith("; 2.50× the first time on a machine, while the model is prepared")


def test_a_model_with_random_weights_is_no_contestant() -> None:
    assert not any("langchain-mpnet" in contest.values for contest in contests(stand_in()))


def test_sizes_are_compared_though_they_are_measured_once() -> None:
    won = {contest.what: contest.won for contest in contests(replace(stand_in(), memory=stand_in().memory[:4]))}
    assert won["peak memory, 10,000 passages"]


def test_the_error_of_an_auroc_is_hanley_and_mcneils() -> None:
    """Their own example, and at one half nearly that of the rank-sum test, the root of (2 n + 1) / (12 n²)."""
    assert noise.of_auroc(0.893, 51, 58) == pytest.approx(0.032, abs=0.0006)
    assert noise.of_auroc(0.5, 100, 100) == pytest.approx(0.0409, rel=0.001)


def test_a_target_is_met_where_its_figure_is_reached_and_not_below() -> None:
    met = {target.what: target.met for target in targets(stand_in(), VALIDATED)}
    assert met["building 3 times faster than LangChain, 120 passages"]
    assert met["cold start to first answer in 2 s, 120 passages"]
    assert met["peak memory at most 60 % of LangChain's with the same model, 10,000 passages"]
    assert not met["question p50 10 times faster than LangChain at equal or better nDCG@10, 10,000 passages"]


def test_a_target_of_quality_is_met_where_the_cross_validated_figure_and_the_runs_own_reach_it() -> None:
    lines = {tuple(target.line) for target in targets(stand_in(), VALIDATED)}
    paragraphs, sentences = (f"{unit} nDCG@10, XQuAD's Spanish questions," for unit in ("paragraph", "sentence"))
    assert (f"{paragraphs} at least 0.980", "0.983 cross-validated; 0.981 in this run", "met") in lines
    assert (f"{paragraphs} stretch: 0.985", "0.983 cross-validated; 0.981 in this run", "**not met**") in lines
    assert (f"{sentences} at least 0.885", "0.903 cross-validated; 0.886 in this run", "met") in lines
    assert (f"{sentences} stretch: 0.900", "0.903 cross-validated; 0.886 in this run", "**not met**") in lines
    other = [target.line for target in targets(OWN, VALIDATED) if "XQuAD" in target.what]
    assert [line[1:] for line in other] == [["–", "not measured"]] * 4


def test_ten_times_faster_at_worse_quality_does_not_meet_the_target() -> None:
    rows = {row.system: row for row in stand_in().latency if row.passages == 1_000}
    ours, usual = replace(rows["pregonero"], p50=about(1.0)), rows["langchain"]
    for ndcg10, expected in ((0.632, True), (0.631, False)):
        figures = replace(stand_in(), latency=(replace(ours, ndcg10=ndcg10), usual))
        (target,) = [each for each in targets(figures, VALIDATED) if "10 times" in each.what]
        assert target.met is expected


def test_a_target_whose_figure_is_missing_is_neither_met_nor_missed() -> None:
    figures = replace(
        stand_in(), quality=(), latency=tuple(row for row in stand_in().latency if row.system == "pregonero")
    )
    lines = [target.line for target in targets(figures, VALIDATED) if "nDCG@10" in target.what]
    assert len(lines) == 4 + len(SIZES)
    assert {tuple(line[1:]) for line in lines} == {("–", "not measured")}


def test_without_other_systems_no_claim_and_no_plot_is_made() -> None:
    alone: dict[str, Any] = {
        name: tuple(row for row in getattr(stand_in(), name) if row.system == "pregonero")
        for name in ("quality", "abstention", "latency", "encoding", "building", "updates", "starts", "memory")
    }
    text = render(replace(stand_in(), **alone), ())
    assert "No other system was measured" in text
    assert "ahead of" not in text
    assert ".svg" not in text


def test_a_plot_is_linked_only_where_there_are_figures_for_it() -> None:
    small = tuple(row for row in stand_in().latency if row.passages == 1_000)
    linked = re.findall(r"\((\S+)\.svg\)", render(replace(stand_in(), latency=small), ()))
    assert linked == ["benchmarks-latency", "benchmarks-quality"]
    assert linked == list(plots.names(replace(stand_in(), latency=small)))


def test_an_empty_run_is_a_report_that_says_so() -> None:
    bare = Figures(stand_in().machine, "2025-06-01", "make bench", "none", 3.0, 2)
    assert render(bare, ()).count("Not measured in this run.") == 11


def test_what_was_left_out_and_what_changed_are_told() -> None:
    text = render(stand_in(), (CHANGE, replace(CHANGE, kept=False, unit="", before=0.9812, after=0.9797, why="worse")))
    assert "- rank_bm25 among 100,000 passages: it takes 0.4 s a question." in text
    assert "| int8 encoder | encoding a question | 8.10 ms | 3.20 ms | kept |" in text
    assert "| int8 encoder | encoding a question | 0.9812 | 0.9797 | not kept: worse |" in text


def test_each_systems_note_is_told() -> None:
    text = render(stand_in(), ())
    for entry in SYSTEMS:
        assert f"- **{label(entry.key)}**{f': {entry.note}' if entry.note else ''}." in text


def test_a_table_has_the_notes_on_the_models_that_stand_in_it_and_no_others() -> None:
    noted = [entry for entry in SYSTEMS if label(entry.key) != entry.label]
    assert {entry.key for entry in noted} >= {"langchain", "langchain-mpnet", "chroma", "txtai"}
    for entry in noted:
        mark, _, text = footnotes(table(("", "a"), [[label(entry.key), "1"]])).partition(" ")
        assert entry.label + mark == label(entry.key)
        assert text.removesuffix(".") in entry.note
    assert footnotes(table(("", "a"), [[label("bm25s"), "1"]])) == ""
    for keys, marks in ((main_table(stand_in()), "¹²³⁴"), (render(stand_in(), ()).partition("## 3.")[2], "¹²³⁴⁵")):
        assert "".join(re.findall("[⁰-⁹¹²³]", footnotes(keys))) == marks
    assert footnotes(main_table(stand_in())) in " ".join(readme_part(stand_in()).split())


def test_an_encoders_speed_stands_beside_what_it_finds_alone() -> None:
    _, _, rows = render(stand_in(), ()).partition("## 5. Encoding")
    (ours,) = [line for line in rows.partition("## 6.")[0].splitlines() if line.startswith("| **Pregonero")]
    assert ours.endswith("| **0.632** | **0.491** |")


def test_quality_that_was_not_measured_beside_a_speed_is_that_of_the_first_row() -> None:
    latency = tuple(replace(row, ndcg10=None, sentence_recall1=None) for row in stand_in().latency)
    text = render(replace(stand_in(), latency=latency), ())
    for title in ("## 3.", "## 4.", "## 10."):
        rows = text.partition(title)[2].partition("\n## ")[0]
        assert "0.981" in rows
        assert "0.836" in rows


def test_preparing_the_model_is_told_where_it_was_measured() -> None:
    assert "Preparing the model once takes 4.20 s, not counted above." in " ".join(
        render(replace(stand_in(), prepare_seconds=4.2), ()).split()
    )
    assert "Preparing" not in render(stand_in(), ())


def test_the_readme_gets_the_table_between_its_markers_and_keeps_the_rest() -> None:
    text = f"before\n{OPENING}\nold\n{CLOSING}\nafter\n"
    updated = update_readme(text, stand_in())
    assert updated == f"before\n{OPENING}\n\n{readme_part(stand_in())}\n\n{CLOSING}\nafter\n"
    assert update_readme(updated, stand_in()) == updated
    ours = (
        f"| **{label('pregonero')}** | **0.981** | **0.886** | **0.930** | **11.0** | **320** | **60.0** | **0.800** |"
    )
    assert ours in updated
    assert "build, s, 120 paragraphs" in updated
    assert "on 2 cores" in updated


@pytest.mark.parametrize("text", ["no markers", f"{OPENING} and no end", f"{CLOSING}{OPENING}"])
def test_a_readme_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(BenchError, match="Put <!-- benchmarks -->"):
        update_readme(text, stand_in())


def test_report_and_readme_are_written_again_from_the_recorded_run(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.json").write_text(json.dumps(stand_in().as_json()), "utf-8")
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n{OPENING}{CLOSING}", "utf-8")
    rewrite(tmp_path, readme)
    changes = read_changes(CHANGES.read_text("utf-8"))
    assert (tmp_path / "benchmarks.md").read_text("utf-8") == render(stand_in(), changes)
    assert main_table(stand_in()) in readme.read_text("utf-8")


def test_a_run_on_other_data_leaves_the_readme_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.json").write_text(json.dumps(OWN.as_json()), "utf-8")
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n{OPENING}{CLOSING}", "utf-8")
    rewrite(tmp_path, readme)
    assert (tmp_path / "benchmarks.md").exists()
    assert readme.read_text("utf-8") == f"# Title\n{OPENING}{CLOSING}"


@written
def test_the_report_in_docs_is_that_of_its_figures() -> None:
    figures, changes = read_figures(RECORDED.read_text("utf-8")), read_changes(CHANGES.read_text("utf-8"))
    assert RECORDED.with_suffix(".md").read_text("utf-8") == render(figures, changes)


@written
def test_the_table_in_the_readme_is_that_of_the_figures_in_docs() -> None:
    text, figures = (ROOT / "README.md").read_text("utf-8"), read_figures(RECORDED.read_text("utf-8"))
    assert not figures.on_xquad or text == update_readme(text, figures)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.01234, "0.012"), (1.5, "1.50"), (15.04, "15.0"), (150.6, "151"), (12345.6, "12,346"), (None, "–")],
)
def test_an_amount_has_three_digits_that_count(value: float | None, expected: str) -> None:
    assert amount(value) == expected


def test_a_spread_shows_its_bounds_only_where_they_differ_as_written() -> None:
    assert spread(Spread(10.0, 9.0, 12.0)) == "10.0 (9.0–12.0)"
    assert spread(Spread(10.0, 9.999, 10.001)) == "10.0"


def test_this_projects_line_stands_out() -> None:
    assert table(("", "a"), [["Pregonero", "1"], ["bm25s", "2"]]).splitlines()[2:] == [
        "| **Pregonero** | **1** |",
        "| bm25s | 2 |",
    ]


def test_the_machine_is_described_with_the_versions_of_both_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_SMALLEST", 1 << 20)
    monkeypatch.setattr(machine, "_LARGEST", 1 << 20)
    described = machine.measure(Path(sys.executable))
    assert described.cores >= 1
    assert described.memory_bytes > 2**28
    assert described.bandwidth > 1e7
    assert described.versions["numpy"] == described.versions["peers/numpy"] == np.__version__


def test_an_interpreter_of_the_peers_that_does_not_run_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "bandwidth", lambda: 1e9)
    with pytest.raises(BenchError, match="no-python"):
        machine.measure(tmp_path / "no-python")


def test_labels_of_a_plot_are_moved_apart_and_keep_their_order() -> None:
    moved = apart([3.0, 1.0, 1.2, 1.1], gap=1.0)
    assert [sorted(moved).index(place) for place in moved] == [3, 0, 2, 1]
    assert np.diff(sorted(moved)).min() >= 1.0 - 1e-9
    assert apart([1.0, 5.0], gap=1.0) == [1.0, 5.0]
