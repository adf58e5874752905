"""The benchmark's corpus, systems, workers and quality rows: what is indexed, found and told; never how fast."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from index import analysis
from index.bert import cores
from index.evaluate import DatasetError
from index.snapshot import open_snapshot
from scripts.benchmark import corpus, quality, worker
from scripts.benchmark.disk import disk_bytes, index_bytes
from scripts.benchmark.distractors import distractors, made_up_word
from scripts.benchmark.rounds import Setup
from scripts.benchmark.systems import SYSTEMS, Corpus, Document, Entry, Unit, Verdict
from scripts.benchmark.systems.pregonero import Pregonero, passage_count
from scripts.benchmark.systems.vectors import Drawn, encoded
from scripts.benchmark.workers import BenchError, Worker, surroundings
from tests.command_line import MUSEO, QUINUA, ZORROTO
from tests.fakes import HashEncoder

OURS = SYSTEMS[0]
SENTENCES = (ZORROTO, QUINUA, MUSEO)


def entry(name: str, *, peer: bool = False) -> Entry:
    """A system of this file."""
    return Entry(name.lower(), name, "tests.test_benchmark_core", name, peer=peer, dense=False)


def document(key: str, text: str, *, article: str = "", title: str = "", made_up: bool = False) -> Document:
    first = text.index(".") + 1
    spans = ((0, first), (first + 1, len(text))) if first < len(text) else ((0, len(text)),)
    return Document(key, article or key, title, text, spans, made_up)


DOCUMENTS = (
    document("a", f"{ZORROTO} Los astilleros de Vigo los entregan en verano."),
    document("b", f"{QUINUA} El precio subió un tercio."),
    document("c", f"{MUSEO} Las piezas vienen de las minas."),
)


class Perfect:
    """Implements ``System``: finds the unit whose number the question ends with; speaks where it should not."""

    dimension = 0

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        sys.stdout.write("noise\n")
        folder.mkdir(parents=True)
        (folder / "ids").write_text(json.dumps([key for key, _, _ in corpus.units(unit)]), encoding="utf-8")

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        (folder / "ids").write_text(json.dumps(list(changed)), encoding="utf-8")

    def open(self, folder: Path, unit: Unit) -> None:
        self.ids: list[str] = json.loads((folder / "ids").read_text(encoding="utf-8"))

    def search(self, question: str, k: int) -> list[str]:
        wanted = question.rsplit(maxsplit=1)[-1]
        return sorted(self.ids, key=lambda key: not key.startswith(wanted))[:k]

    def verdict(self, question: str) -> Verdict | None:
        return Verdict(float(question.rsplit(maxsplit=1)[-1] in self.ids), None)

    def encode_question(self, text: str) -> None: ...

    def encode_passages(self, texts: Sequence[str]) -> None: ...


class Drawing(Perfect):
    """Writes down the shape of its first text's vector, where that was drawn."""

    dimension = 5

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        folder.mkdir(parents=True)
        texts = [text for _, text, _ in corpus.units(unit)]
        shape = corpus.drawn and corpus.drawn(texts[:1], HashEncoder(dimension=5).encode_documents).shape
        (folder / "drawn").write_text(str(shape), encoding="utf-8")


class Failing(Perfect):
    """Fails in every way there is."""

    def search(self, question: str, k: int) -> list[str]:
        if question == "die":
            sys.stderr.write("the last it said\n")
            sys.stderr.flush()
            os._exit(3)
        raise ValueError("two\nlines")


# --- what is indexed ----------------------------------------------------------------------------------------------


def test_distractors_are_as_many_as_asked_for_and_a_smaller_number_is_the_beginning() -> None:
    many = distractors(SENTENCES, 500)
    assert [len(distractors(SENTENCES, count)) for count in (0, 1, 8, 9)] == [0, 1, 8, 9]
    assert distractors(SENTENCES, 9) == many[:9]
    assert len({each.id for each in many}) == len({each.text for each in many}) == 500
    assert len({each.article for each in many}) == -(-500 // 8)
    assert all(each.made_up and each.title and len(each.text) <= 651 for each in many)
    assert 400 < np.mean([len(each.text) for each in many]) < 700


def test_the_vocabulary_of_distractors_grows_with_their_number_but_more_slowly() -> None:
    small, large = (
        len({word for each in distractors(SENTENCES, count) for word in analysis.tokens(each.text) if word.isalpha()})
        for count in (100, 1000)
    )
    assert 2 * small < large < 10 * small


def test_made_up_words_are_all_different_letters() -> None:
    words = [made_up_word(number) for number in range(20_000)]
    assert len(set(words)) == len(words)
    assert all(word.isalpha() for word in words)


def test_a_corpus_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = Corpus((*DOCUMENTS, *distractors(SENTENCES, 3)))
    whole.write(tmp_path / "corpus")
    assert Corpus.read(tmp_path / "corpus") == whole


def test_units_are_paragraphs_below_their_titles_or_sentences_by_number() -> None:
    whole = Corpus((document("a", "Uno dos. Tres.", title="Título"), document("b", "Sin más.", made_up=True)))
    assert list(whole.units(Unit.PARAGRAPH)) == [("a", "Título\nUno dos. Tres.", False), ("b", "Sin más.", True)]
    assert list(whole.units(Unit.SENTENCE)) == [
        ("a:0", "Uno dos.", False),
        ("a:1", "Tres.", False),
        ("b:0", "Sin más.", True),
    ]


def squad(file: Path, questions: Sequence[tuple[str, str, str | None]], *, breaks: bool = True) -> None:
    """One paragraph a question: its id, its text, and the paragraph's sentence that answers it, or None."""
    entries = []
    for number, (key, text, answer) in enumerate(questions):
        context = DOCUMENTS[number % 3].text
        answers = [{"text": answer, "answer_start": context.index(answer)}] if answer else []
        asked = {"id": key, "question": text, "answers": answers, "is_impossible": not answer}
        paragraph: dict[str, object] = {"context": context, "qas": [asked]}
        if breaks:
            paragraph["sentence_breaks"] = DOCUMENTS[number % 3].sentences
        entries.append({"title": "t", "paragraphs": [paragraph]})
    file.write_text(json.dumps({"data": entries}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Evaluation files under the names that they are known by."""
    tmp_path = tmp_path / "data"
    tmp_path.mkdir()
    spanish = [("1", "¿Cuántos barcos compró Zorroto?", "45"), ("2", "¿Qué subió un tercio?", "El precio")]
    squad(tmp_path / "xquad-r.es.dev.json", spanish)
    squad(tmp_path / "xquad.en.dev.json", [("1", "How many ships?", "45")])
    mixed = [(str(number), f"¿{number}?", {0: "45", 14: "El museo"}.get(number)) for number in range(15)]
    squad(tmp_path / "squad2.es.dev.json", mixed, breaks=False)
    (tmp_path / "miracl-questions.es.tsv").write_text("1\t¿Quién fue Custer?\n", encoding="utf-8")
    return tmp_path


def test_evaluation_files_are_known_by_their_names(folder: Path) -> None:
    data = corpus.read(folder)
    assert [each.text for each in data.documents] == [DOCUMENTS[0].text, DOCUMENTS[1].text]
    assert data.spanish == (
        corpus.Question("¿Cuántos barcos compró Zorroto?", "p0", "p0:0"),
        corpus.Question("¿Qué subió un tercio?", "p1", "p1:1"),
    )
    assert data.english == (corpus.Question("How many ships?", "p0", "p0:0"),)
    assert data.off_topic == ("¿Quién fue Custer?",)
    assert data.mixed is not None
    assert [each.id for each in data.mixed.documents] == ["p0", "p7", "p14"], "one paragraph in seven"
    assert (data.mixed.answered, data.mixed.refused) == (("¿0?", "¿14?"), ("¿7?",))
    assert str(folder) not in data.source


def test_the_questions_alone_are_enough(folder: Path) -> None:
    for name in ("xquad.en.dev.json", "squad2.es.dev.json", "miracl-questions.es.tsv"):
        (folder / name).unlink()
    data = corpus.read(folder)
    assert (len(data.spanish), data.english, data.off_topic, data.mixed) == (2, (), (), None)


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="--data"):
        corpus.read(tmp_path)


def test_without_files_the_projects_own_questions_are_asked() -> None:
    data = corpus.read(None)
    texts = {key: text for key, text, _ in data.corpus().units(Unit.SENTENCE)}
    assert len(data.spanish) > 100
    assert {question.sentence for question in data.spanish} <= texts.keys()
    assert "2,400 millones" in texts[data.spanish[0].sentence]
    assert data.mixed is not None
    assert len(data.mixed.refused) > 50
    assert "fitted" in data.source


def test_a_haystack_holds_the_real_paragraphs_first(folder: Path) -> None:
    data = corpus.read(folder)
    documents = data.haystack(20).documents
    assert documents[:2] == data.documents
    assert len(documents) == data.paragraphs(20) == 20
    assert all(each.made_up for each in documents[2:])
    assert data.haystack(1).documents == data.documents
    assert data.paragraphs(1) == 2


def test_a_haystack_is_as_many_passages_of_this_project_as_its_size(tmp_path: Path) -> None:
    long = document("long", " ".join(f"{ZORROTO} El barco {number} zarpa mañana." for number in range(12)))
    data = corpus.Data("two", (DOCUMENTS[1], long), (), (), (), None)
    assert passage_count(data.documents) > 2
    whole = data.haystack(30)
    assert len(whole.documents) == data.paragraphs(30) == 30 + 2 - passage_count(data.documents)
    drawn = Corpus(whole.documents, Drawn(whole, 384))
    Pregonero().build(drawn, Unit.PARAGRAPH, tmp_path / "place")
    assert len(open_snapshot(tmp_path / "place" / "index").passages) == 30


# --- made-up vectors ----------------------------------------------------------------------------------------------


def test_made_up_texts_have_unit_vectors_in_clusters_and_the_same_in_any_company() -> None:
    made = distractors(SENTENCES, 600)
    whole = Corpus((*DOCUMENTS, *made))
    drawn = Corpus(whole.documents, Drawn(whole, 384))
    encoder = HashEncoder(dimension=384)
    texts = [text for _, text, _ in whole.units(Unit.PARAGRAPH)]
    vectors = encoded(drawn, texts, encoder.encode_documents)
    assert vectors.dtype == np.float32
    assert vectors.shape == (603, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[:3], HashEncoder(dimension=384).encode_documents(texts[:3])), "real texts are encoded"
    assert np.array_equal(encoded(drawn, texts[:4:-1], encoder.encode_documents), vectors[:4:-1])
    assert encoder.encoded == texts[:3], "no made-up text is"
    few = Corpus(made[5:7])
    assert np.array_equal(
        encoded(Corpus(made[5:7], Drawn(few, 384)), texts[8:10], encoder.encode_documents), vectors[8:10]
    )
    cosines = vectors[3:] @ vectors[3:].T
    np.fill_diagonal(cosines, 0)
    assert abs(cosines.mean()) < 0.05, "most have nothing in common"
    assert np.median(cosines.max(axis=1)) > 0.3, "most have a neighbour, where chance gives cosines under 0.3"


def test_without_drawn_vectors_every_text_is_encoded() -> None:
    encoder = HashEncoder(dimension=8)
    encoded(Corpus(distractors(SENTENCES, 2)), ["one", "two"], encoder.encode_documents)
    assert encoder.encoded == ["one", "two"]


# --- this project as a system -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three paragraphs, and two that stand in one article below headings, indexed by sentence."""
    place = tmp_path_factory.mktemp("pregonero")
    pair = (
        document("d", "El alcalde de Soria renunció. Nadie lo esperaba.", article="both", title="Ayuntamiento"),
        document("e", "La orquesta de Murcia estrena sede. Caben mil personas.", article="both", title="Música"),
    )
    Pregonero().build(Corpus((*DOCUMENTS, *pair)), Unit.SENTENCE, place / "index")
    return place / "index"


def test_what_is_found_is_told_by_the_paragraphs_id(home: Path) -> None:
    system = Pregonero()
    system.open(home, Unit.PARAGRAPH)
    asked = ("¿Cuántos barcos compró Zorroto?", "¿Quién renunció en Soria?", "¿Qué orquesta estrena sede?")
    found = [system.search(question, 3) for question in asked]
    assert [ids[0] for ids in found] == ["a", "d", "e"]
    assert all(len(ids) == len(set(ids)) == 3 for ids in found)


def test_sentences_are_told_as_the_data_number_them(home: Path) -> None:
    system = Pregonero()
    system.open(home, Unit.SENTENCE)
    asked = (
        "¿Cuántos barcos compró Zorroto?",
        "¿Qué precio subió un tercio?",
        "¿Qué orquesta estrena sede?",
        "¿Cuántas personas caben?",
    )
    assert [system.search(question, 5)[0] for question in asked] == ["a:0", "b:1", "e:0", "e:1"]


def test_it_is_surer_of_what_the_paragraphs_say(home: Path) -> None:
    system = Pregonero()
    system.open(home, Unit.PARAGRAPH)
    known, unknown = (system.verdict(text) for text in ("¿Cuántos barcos compró Zorroto?", "¿Quién mató a Lincoln?"))
    assert known is not None
    assert unknown is not None
    assert known.score > 0.5 > unknown.score
    assert (known.answered, unknown.answered) == (True, False)


def test_an_update_finds_what_changed(tmp_path: Path) -> None:
    system = Pregonero()
    system.build(Corpus(DOCUMENTS), Unit.PARAGRAPH, tmp_path / "index")
    changed = document("b", "La mina de Riotinto reabre. Emplea a 300 personas.")
    system.update(Corpus((DOCUMENTS[0], changed, DOCUMENTS[2])), Unit.PARAGRAPH, tmp_path / "index", ["b"])
    system.open(tmp_path / "index", Unit.PARAGRAPH)
    assert system.search("¿Qué mina reabre?", 1) == ["b"]


def test_the_published_version_alone_counts_as_this_projects_index(home: Path, tmp_path: Path) -> None:
    (version,) = (home / "index" / "versions").iterdir()
    assert 1_000 < index_bytes(OURS, home) == disk_bytes(version) < disk_bytes(home)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"four")
    assert index_bytes(entry("Perfect", peer=True), tmp_path) == 4


# --- workers ------------------------------------------------------------------------------------------------------


def test_a_worker_builds_opens_and_is_asked_in_a_process_of_its_own(tmp_path: Path) -> None:
    Corpus(DOCUMENTS).write(tmp_path / "corpus")
    with Worker(entry("Perfect"), None) as process:
        assert process.build(tmp_path / "corpus", Unit.PARAGRAPH, tmp_path / "index") > 0
        assert process.open(tmp_path / "index", Unit.PARAGRAPH) > 0
        searched = process.search(["find b", "find c"], k=2)
        assert searched.ids == [["b", "a"], ["c", "a"]]
        assert len(searched.ms) == 2
        assert process.verdicts(["find b", "find z"]) == [Verdict(1.0, None), Verdict(0.0, None)]
        assert len(process.encode_questions(["one", "two"])) == 2
        assert process.encode_passages(["one"]) > 0
        assert process.peak_bytes() > 1_000_000
        process.update(tmp_path / "corpus", Unit.PARAGRAPH, tmp_path / "index", ["new"])
        process.open(tmp_path / "index", Unit.PARAGRAPH)
        assert process.search(["find a"]).ids == [["new"]]


def test_what_a_system_raises_comes_back_as_a_sentence_and_the_worker_goes_on(tmp_path: Path) -> None:
    with Worker(entry("Failing"), None) as process:
        for _ in range(2):
            with pytest.raises(BenchError, match=r"^Failing could not search \(ValueError: two lines\)\.$"):
                process.search(["anything"])


def test_a_worker_that_dies_is_told_with_the_last_it_said() -> None:
    with (
        Worker(entry("Failing"), None) as process,
        pytest.raises(BenchError, match="exit code 3: the last it said"),
    ):
        process.search(["die"])


def test_a_peer_needs_the_peers_interpreter(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="--peers"):
        Worker(entry("Perfect", peer=True), None)
    # It is started by env(1), which says so.
    absent = Worker(entry("Perfect", peer=True), tmp_path / "absent")
    with absent, pytest.raises(BenchError, match=r"Perfect .*exit code 127: .*No such file"):
        absent.peak_bytes()


def test_there_is_a_thread_for_each_core_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 6}, raising=False)
    assert cores() == 3


def test_libraries_are_imported_within_the_clock_and_vectors_drawn_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Corpus(DOCUMENTS).write(tmp_path / "real")
    Corpus(distractors(SENTENCES, 3)).write(tmp_path / "drawn")
    verbs = worker._Verbs("tests.test_benchmark_core", "Drawing")
    imported: list[bool] = []

    def seconds(call: Callable[[], object]) -> float:
        imported.append(verbs._made is not None)
        call()
        return 0.0

    monkeypatch.setattr(worker, "_seconds", seconds)
    verbs.build(str(tmp_path / "real"), Unit.PARAGRAPH, str(tmp_path / "a"))
    assert imported == [False]
    for place in ("real", "drawn"):
        verbs.build(str(tmp_path / place), Unit.PARAGRAPH, str(tmp_path / f"b-{place}"))
    shapes = [(tmp_path / name / "drawn").read_text() for name in ("a", "b-real", "b-drawn")]
    assert shapes == ["None", "None", "(1, 5)"]


def test_threads_are_pinned_and_nothing_is_fetched() -> None:
    given = surroundings(2)
    assert {given[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")} == {"2"}
    assert given["HF_HUB_OFFLINE"] == given["TRANSFORMERS_OFFLINE"] == "1"


# --- quality ------------------------------------------------------------------------------------------------------


def test_auroc_is_scikit_learns() -> None:
    scores = np.random.default_rng(7).integers(10, size=60).astype(float)
    truth = np.random.default_rng(8).integers(2, size=60).astype(bool)
    known, unknown = ([Verdict(score, None) for score in scores[kind]] for kind in (truth, ~truth))
    assert quality.auroc(known, unknown) == pytest.approx(roc_auc_score(truth, scores))


def test_finding_nothing_is_less_sure_than_finding_anything() -> None:
    assert quality.auroc([Verdict(-5.0, None)], [None]) == 1
    assert quality.auroc([None], [None]) == 0.5


def test_every_judged_system_has_its_rows_and_one_that_fails_is_left_out(tmp_path: Path) -> None:
    ask = tuple(corpus.Question(f"find {key}", key, f"{key}:0") for key in ("a", "b", "c"))
    mixed = corpus.Mixed("squad2", DOCUMENTS[:2], ("find a",), ("find z",))
    data = corpus.Data("three", DOCUMENTS, ask, ask[:1], ("find y", "find z"), mixed)
    unjudged = Entry("fast", "Fast", "tests.test_benchmark_core", "Perfect", peer=False, dense=False, judged=False)
    entries = (entry("Perfect"), entry("Failing"), unjudged)
    found = quality.measure(Setup(entries, data, None, tmp_path, lambda *_: None))
    assert [
        (row.system, row.asked, str(row.unit), row.questions, row.ndcg10, row.recall1) for row in found.quality
    ] == [
        ("perfect", "es", "paragraph", 3, 1.0, 1.0),
        ("perfect", "en", "paragraph", 1, 1.0, 1.0),
        ("perfect", "es", "sentence", 3, 1.0, 1.0),
        ("perfect", "en", "sentence", 1, 1.0, 1.0),
    ]
    assert [(row.system, row.against, row.questions, row.auroc, row.refused_rightly) for row in found.abstention] == [
        ("perfect", "off-topic", 4, 1.0, None),
        ("perfect", "squad2", 2, 1.0, None),
    ]
    assert found.left_out == ("Failing could not search (ValueError: two lines).",)
