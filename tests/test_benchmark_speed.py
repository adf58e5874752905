"""The benchmark's speed rows: who is asked what, in which order, what figures come of it; never how long it takes."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import analysis, ranking
from index.question import parse
from index.snapshot import open_snapshot
from scripts.benchmark import building, corpus, latency, starting
from scripts.benchmark.corpus import Data, Question
from scripts.benchmark.disk import index_bytes
from scripts.benchmark.figures import Spread
from scripts.benchmark.floor import touched_bytes
from scripts.benchmark.rounds import Race, Setup, spaced, spread, spread_at
from scripts.benchmark.systems import SYSTEMS, Corpus, Entry, Unit, Verdict
from scripts.benchmark.workers import BenchError
from tests.fakes import HashEncoder, build_index

OURS, LANGCHAIN = SYSTEMS[:2]
# Peers that this file stands in for; a worker imports it.
FIRST, SECOND, THIRD = (
    Entry(key, key, "tests.test_benchmark_speed", name, peer=True, dense=False)
    for key, name in (("bm25s", "Knowing"), ("rank-bm25", "Failing"), ("txtai", "Knowing"))
)


class Knowing:
    """A system that finds the paragraph with the question's number, and writes down what it was asked to do."""

    dimension = 0

    def __init__(self) -> None:
        self._documents: list[str] = []

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        folder.mkdir()
        (folder / "ids").write_text("\n".join(document.id for document in corpus.documents))

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        (folder / "changed").write_text("\n".join(changed))

    def open(self, folder: Path, unit: Unit) -> None:
        self._documents = (folder / "ids").read_text().splitlines()

    def search(self, question: str, k: int) -> list[str]:
        return [key for key in self._documents if key in question.split()][:k]

    def verdict(self, question: str) -> Verdict | None:
        return None

    def encode_question(self, text: str) -> None:
        pass

    def encode_passages(self, texts: Sequence[str]) -> None:
        pass


class Failing(Knowing):
    """One that cannot open what it wrote."""

    def open(self, folder: Path, unit: Unit) -> None:
        raise OSError("it is gone")


@pytest.fixture(scope="module")
def data() -> Data:
    """A few of the project's own paragraphs, and the questions on them."""
    own = corpus.read(None)
    documents = own.documents[:10]
    known = {document.id for document in documents}
    return replace(own, documents=documents, spanish=tuple(each for each in own.spanish if each.document in known))


def setup_of(data: Data, folder: Path, *entries: Entry) -> Setup:
    return Setup(entries, data, Path(sys.executable), folder, lambda *_: None)


def numbered(data: Data) -> Data:
    """Questions that ``Knowing`` answers, but for the last one."""
    ids = [document.id for document in data.documents]
    questions = [Question(f"What does {key} say?", key, f"{key}:0") for key in ids[:-1]]
    return replace(data, spanish=(*questions, Question("And what else?", ids[-1], f"{ids[-1]}:0")))


def test_each_round_begins_with_another_system(data: Data, tmp_path: Path) -> None:
    race = Race(setup_of(data, tmp_path, FIRST, SECOND, THIRD))
    order: list[tuple[int, str]] = []
    race.rounds("Step", 4, lambda entry, number: order.append((number, entry.key)))
    names = ["bm25s", "rank-bm25", "txtai"]
    assert order == [(number, names[(number + place) % 3]) for number in range(4) for place in range(3)]


def test_a_system_that_fails_is_out_with_its_reason_and_the_others_go_on(data: Data, tmp_path: Path) -> None:
    race = Race(setup_of(data, tmp_path, FIRST, SECOND))
    asked: list[str] = []

    def run(entry: Entry, number: int) -> None:
        asked.append(entry.key)
        if entry is SECOND:
            raise BenchError("It broke.")

    race.rounds("Step", 3, run)
    assert asked == ["bm25s", "rank-bm25", "bm25s", "bm25s"]
    assert (race.entries, race.left_out) == ((FIRST,), ["It broke."])


def test_a_slow_system_has_one_round_and_the_others_all(data: Data, tmp_path: Path) -> None:
    race = Race(setup_of(data, tmp_path, FIRST, SECOND))
    asked: list[str] = []
    race.rounds("Step", 3, lambda entry, _: asked.append(entry.key), most=0.0)
    assert asked == ["bm25s", "rank-bm25"], "all have at least one"
    asked.clear()
    race.rounds("Step", 3, lambda entry, _: asked.append(entry.key), most=math.inf)
    assert len(asked) == 6


def test_this_project_and_langchain_have_all_rounds_and_what_is_not_judged_has_one(data: Data, tmp_path: Path) -> None:
    race = Race(setup_of(data, tmp_path, OURS, LANGCHAIN, replace(FIRST, judged=False)))
    asked: list[str] = []
    race.rounds("Step", 2, lambda entry, _: asked.append(entry.key), most=0.0)
    assert asked == ["pregonero", "langchain", "bm25s", "langchain", "pregonero"]


def test_a_step_is_told_of_from_its_beginning_to_its_end(data: Data, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    setup = replace(setup_of(data, tmp_path, FIRST, SECOND), tell=lambda *what: told.append(what))
    Race(setup).rounds("Step", 2, lambda *_: None)
    assert told == [("Step", done, 4) for done in range(5)]


def test_a_peer_without_its_environment_is_left_out_and_says_what_to_give(data: Data, tmp_path: Path) -> None:
    race = Race(replace(setup_of(data, tmp_path, FIRST), peers=None))
    with race.workers() as workers:
        assert workers == {}
    assert race.entries == ()
    assert "--peers" in race.left_out[0]


def test_a_spread_is_over_all_values_and_its_ends_are_single_rounds() -> None:
    rounds = [[1.0, 2.0, 9.0], [4.0, 5.0, 6.0], [3.0, 3.0, 3.0]]
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    found = spread_at(rounds, 0.5)
    assert (found.low, found.median, found.high) == (2.0, 3.0, 5.0)
    assert spread_at(rounds, 0.99) == Spread(9.0, 3.0, 9.0)
    drawn = np.random.default_rng(0).lognormal(size=(5, 20)).tolist()
    for share in (0.01, 0.5, 0.99):
        found = spread_at(drawn, share)
        assert found.low <= found.median <= found.high
        assert np.mean(np.ravel(drawn) <= found.median) >= share


@pytest.mark.parametrize("count", [1, 4, 7, 50])
def test_spaced_values_are_distinct_in_order_and_from_all_over(count: int) -> None:
    found = spaced(range(30), count)
    assert len(found) == min(count, 30)
    assert sorted(set(found)) == found
    assert found[0] == 0
    assert found[-1] >= 30 - 30 / min(count, 30) - 1


def test_latency_rows_are_of_the_very_questions_asked(data: Data, tmp_path: Path) -> None:
    plan = latency.Plan(sizes=(12,), rounds=2, each=5, encoded=2)
    told = latency.measure(setup_of(numbered(data), tmp_path, FIRST, SECOND, THIRD), plan, 1e9)
    assert [(row.system, row.passages, row.questions) for row in told.latency] == [("bm25s", 12, 10), ("txtai", 12, 10)]
    for row in told.latency:
        assert row.ndcg10 == pytest.approx(0.9), "one question of ten finds nothing"
        assert row.p50.low <= row.p50.median <= row.p50.high <= row.p99.high
        assert (row.floor_share, row.sentence_recall1) == (None, None)
    assert [row.system for row in told.encoding] == ["txtai"]
    assert [(row.system, row.disk_bytes) for row in told.memory] == [
        (entry.key, index_bytes(entry, tmp_path / f"{entry.key}-12")) for entry in (FIRST, THIRD)
    ]
    assert told.left_out == ("rank-bm25 could not open (OSError: it is gone).",)


def test_what_is_not_judged_has_no_quality(data: Data, tmp_path: Path) -> None:
    plan = latency.Plan(sizes=(12,), rounds=1, each=2, encoded=1)
    told = latency.measure(setup_of(numbered(data), tmp_path, replace(FIRST, judged=False)), plan, 1e9)
    assert [row.ndcg10 for row in told.latency] == [None]


def test_of_systems_with_one_index_one_is_measured_where_building_takes_long(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "_MUCH", 12)
    setup = setup_of(numbered(data), tmp_path, replace(FIRST, key="chroma"), replace(FIRST, key="chroma-ours"))
    told = latency.measure(setup, latency.Plan(sizes=(12, 13), rounds=1, each=2, few=1, encoded=1), 1e9)
    rows = [(row.system, row.passages, row.questions) for row in told.latency]
    assert rows == [("chroma", 12, 2), ("chroma-ours", 12, 2), ("chroma", 13, 1)]
    assert told.left_out == ("bm25s is not measured among more than 12 passages: its index is that of Chroma.",)
    built = building.measure(setup, replace(building.QUICK, indexed=2))
    assert [row.system for row in built.building] == ["chroma", "chroma-ours"]
    assert [row.system for row in built.updates] == ["chroma"]
    assert built.left_out == ("bm25s is not measured in updates: its index is that of Chroma.",)


def test_this_project_is_measured_with_its_own_index_and_sentences(data: Data, tmp_path: Path) -> None:
    plan = latency.Plan(sizes=(14,), rounds=2, each=3, encoded=4)
    told = latency.measure(setup_of(data, tmp_path, OURS), plan, 1e9)
    ((row,), (memory,), (encoding,)) = told.latency, told.memory, told.encoding
    questions = spaced(data.spanish, 6)
    asked = [*questions[0::2], *questions[1::2]]
    assert row.questions == len(asked)
    assert row.ndcg10 is not None
    assert row.ndcg10 > 0.8
    assert row.sentence_recall1 is not None
    assert row.sentence_recall1 > 0.4
    share = touched_bytes(OURS, tmp_path / "pregonero-14", 14, [each.text for each in asked])
    assert share is not None
    assert row.floor_share == pytest.approx(share / 1e9 / (row.p50.median / 1000))
    assert memory.peak_bytes > 50_000_000
    assert memory.disk_bytes == index_bytes(OURS, tmp_path / "pregonero-14")
    assert encoding.passages_per_second.low > 0
    assert told.left_out == ()


def test_touched_bytes_are_every_vector_and_the_postings_of_the_questions_terms(tmp_path: Path) -> None:
    build_index(tmp_path, encoder=HashEncoder(dimension=24))
    snapshot = open_snapshot(tmp_path / "index")
    text = "¿Cuántos barcos recibió la bahía?"
    asked = parse(text)
    words, grams = asked.expanded(*ranking.shipped()[asked.language].expansion)
    passages = [
        "\n".join(filter(None, (snapshot.article_of(row).title, passage.heading, passage.text)))
        for row, passage in enumerate(snapshot.passages)
    ]
    whole = [f"{article.title}\n{article.text}" for article in snapshot.articles]
    # A unit that holds a term is one posting of four bytes.
    postings = sum(
        len(set(cut(unit)) & terms.keys())
        for units in (passages, whole)
        for cut, terms in ((analysis.stems, words), (analysis.grams, grams))
        for unit in units
    )
    assert postings > len(passages)
    assert touched_bytes(OURS, tmp_path, len(passages), [text]) == len(passages) * 24 * 4 + postings * 4


def test_only_peers_that_read_every_vector_have_a_floor(tmp_path: Path) -> None:
    touched = {entry.key: touched_bytes(entry, tmp_path, 1000, ["¿Qué?"]) for entry in SYSTEMS if entry.peer}
    assert {key: bytes_ for key, bytes_ in touched.items() if bytes_ is not None} == {
        "langchain": 1000 * 384 * 4,
        "langchain-ours": 1000 * 384 * 4,
        "langchain-mpnet": 1000 * 768 * 4,
    }


def test_every_system_says_what_it_does_to_keep_its_index_whole() -> None:
    assert building._SAFE.keys() == {entry.key for entry in SYSTEMS}


def test_each_version_changes_other_documents_a_hundredth_of_all(data: Data, tmp_path: Path) -> None:
    setup = setup_of(data, tmp_path, OURS)
    plan = building.Plan(rounds=3, updated=400)
    before = setup.data.distractors(plan.updated)
    assert all(document.made_up for document in before)
    seen: set[str] = set()
    for version, changed in building._versions(setup, plan):
        after = version.documents
        assert [document.id for document in after] == [document.id for document in before]
        assert {new.id for old, new in zip(before, after, strict=True) if old != new} == set(changed)
        assert len(changed) == 4
        assert seen.isdisjoint(changed)
        texts = {document.id: document for document in after}
        assert not any(texts[key].made_up for key in changed), "what changed has to be encoded"
        seen |= set(changed)
        before = after


def test_building_and_updating_are_timed_apart_and_starting_uses_what_was_built(data: Data, tmp_path: Path) -> None:
    setup = setup_of(data, tmp_path, OURS, FIRST)
    told = building.measure(setup, replace(building.QUICK, indexed=16, updated=100, rounds=2))
    assert told.left_out == ()
    assert [(row.system, row.passages, row.index_passages) for row in told.building] == [
        ("pregonero", len(data.documents), 16),
        ("bm25s", len(data.documents), 16),
    ]
    assert [row.system for row in told.updates] == ["pregonero", "bm25s"]
    assert all(row.update_seconds.low > 0 and row.build_seconds.low > 0 for row in told.updates)
    assert (tmp_path / "bm25s-kept" / "changed").read_text() == "d0.1", "the second round's one of a hundred"
    sizes = {entry.key: index_bytes(entry, told.places[entry.key]) for entry in (OURS, FIRST)}
    started = starting.measure(setup, told.places, starting.QUICK)
    assert started.left_out == ()
    assert [row.system for row in started.starts] == ["pregonero", "bm25s"]
    assert {row.system: row.disk_bytes for row in started.memory} == sizes, "a start leaves nothing in the index"
    snapshot = open_snapshot(tmp_path / "pregonero-kept" / "index")
    assert len({passage.article_id for passage in snapshot.passages}) == 13


def test_a_start_takes_no_settings_of_a_persons_own(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "corpus.jsonl"
    data.corpus().write(file)
    setup = setup_of(data, tmp_path, OURS)
    with Race(setup).workers() as workers:
        workers[OURS.key].build(file, Unit.PARAGRAPH, tmp_path / "place")
    monkeypatch.setenv("EMBEDDING_MODEL", "nobody/nothing@0")
    monkeypatch.setenv("LLM_MODEL", "nobody:nothing")
    assert starting.measure(setup, {OURS.key: tmp_path / "place"}, starting.QUICK).left_out == ()


def test_an_index_that_cannot_be_opened_is_left_out_by_name(data: Data, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "CURRENT").write_text("none\n")
    told = starting.measure(setup_of(data, tmp_path, OURS), {OURS.key: tmp_path}, starting.QUICK)
    assert (told.starts, told.memory) == ((), ())
    assert told.left_out[0].startswith("Pregonero could not open")
