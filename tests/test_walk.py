"""One article is followed from its file to the printed answer, and every value on the way is checked."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.answers import Answer, compose
from index import analysis
from index.encoder import EMBEDDED, EMBEDDED_SHA256, FolderEncoder
from index.lexical import GRAMS, WORDS
from index.passages import Split, split_article
from index.records import Article, Language, Passage, Results
from index.search import search
from index.snapshot import Snapshot, open_snapshot
from index.sources import read_articles
from tests.command_line import ROOT, run
from tests.reference import bm25

FILE = "004_1aa4f0249ab5debd.txt"
RAW = (ROOT / "seeds" / FILE).read_text(encoding="utf-8")
TITLE = "Alibaba Anuncia Inversión de $52 Mil Millones en Inteligencia Artificial e Infraestructura en la Nube"
FURNITURE = ("Photo by Markus Winkler on Unsplash", "¿Apurado?", "Dejar un comentario", "Cancelar")
QUESTION = "¿cuánto invierte Alibaba?"
BEST = "Alibaba está invirtiendo $52.44 mil millones en infraestructura de IA y computación en la nube para 2027."


@dataclass(frozen=True)
class Walk:
    """What there is at every stop: the folder given, the article, its passages, the version's folder, and so on."""

    given: Path
    index: Path
    article: Article
    passages: list[Passage]
    version: Path
    manifest: dict[str, Any]
    snapshot: Snapshot
    results: Results
    answer: Answer
    printed: dict[str, Any]

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.version / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Walk:
    place = tmp_path_factory.mktemp("walk")
    given, index = place / "news", place / "index"
    given.mkdir()
    shutil.copy(ROOT / "seeds" / FILE, given)
    (article,) = read_articles([given]).articles
    built = run("build", "--articles", given, "--index", index, env={"CACHE_FILE": str(place / "vectors.sqlite")})
    assert (built.exit_code, built.stderr) == (0, "")
    version = index / "versions" / (index / "CURRENT").read_text(encoding="utf-8").strip()
    snapshot = open_snapshot(index)
    results = search(snapshot, embedded, QUESTION)
    answer = compose(results)
    assert isinstance(answer, Answer)
    asked = run("ask", "--json", "--index", index, QUESTION)
    assert (asked.exit_code, asked.stderr) == (0, "")
    return Walk(
        given=given,
        index=index,
        article=article,
        passages=split_article(article),
        version=version,
        manifest=json.loads((version / "manifest.json").read_text(encoding="utf-8")),
        snapshot=snapshot,
        results=results,
        answer=answer,
        printed=json.loads(asked.stdout),
    )


def test_the_file_becomes_an_article_without_the_pages_furniture(walk: Walk) -> None:
    assert walk.article.title == TITLE
    assert walk.article.path == str(walk.given / FILE)
    assert (walk.article.lang, walk.article.url, walk.article.publisher) == ("es", None, None)
    assert not any(piece in walk.article.text for piece in FURNITURE)
    assert all(piece in RAW for piece in FURNITURE)
    assert TITLE not in walk.article.text


def test_what_is_left_of_the_file_is_left_as_it_was(walk: Walk) -> None:
    lines = walk.article.text.splitlines()
    at = 0
    for line in filter(None, lines):
        at = RAW.index(line, at) + len(line)
    assert BEST in walk.article.text
    assert walk.article.text.endswith("para el desarrollo de tecnologías avanzadas de IA en los EE. UU.")


def test_the_article_becomes_passages_of_whole_sentences(walk: Walk) -> None:
    assert len(walk.passages) == 6
    for passage in walk.passages:
        assert passage.article_id == walk.article.id
        assert passage.text == walk.article.text[passage.start : passage.end]
        assert len(passage.text) <= Split().max_chars
        for start, end in passage.sentences:
            assert walk.article.text[start:end] in RAW
            assert walk.article.text[start:end] in passage.text
    covered = {span for passage in walk.passages for span in passage.sentences}
    left = walk.article.text
    for start, end in sorted(covered, reverse=True):
        left = left[:start] + left[end:]
    assert set(left) <= set(" \n-•")


def test_the_manifest_tells_what_the_version_is_made_of(walk: Walk) -> None:
    manifest = walk.manifest
    model = (EMBEDDED, f"{EMBEDDED_SHA256}+int8.1", 384)
    assert (manifest["model"], manifest["model_revision"], manifest["dimension"]) == model
    assert (manifest["articles"], manifest["passages"]) == (1, len(walk.passages))
    assert manifest["sentences"] == len({span for passage in walk.passages for span in passage.sentences})
    assert manifest["roots"] == [str(walk.given)]
    assert manifest["version"] == walk.version.name
    on_disk = {path.relative_to(walk.version).as_posix() for path in walk.version.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == on_disk - {"manifest.json"}
    for name, entry in manifest["files"].items():
        data = (walk.version / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def test_the_article_and_its_passages_are_lines_on_disk(walk: Walk) -> None:
    (article,) = walk.lines("articles.jsonl")
    assert (article["id"], article["title"], article["text"]) == (walk.article.id, TITLE, walk.article.text)
    for line, passage in zip(walk.lines("passages.jsonl"), walk.passages, strict=True):
        assert (line["id"], line["start"], line["end"]) == (passage.id, passage.start, passage.end)
        assert [tuple(span) for span in line["sentences"]] == list(passage.sentences)


def test_a_row_of_vectors_is_the_encoded_title_and_text_of_its_passage(walk: Walk, embedded: FolderEncoder) -> None:
    vectors = np.load(walk.version / "vectors.npy", allow_pickle=False)
    assert (vectors.shape, vectors.dtype.name) == ((len(walk.passages), 384), "float32")
    texts = [f"{TITLE}\n{passage.text}" for passage in walk.passages]
    assert np.abs(vectors - embedded.encode_documents(texts)).max() < 1e-6
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_the_postings_on_disk_hold_the_formulas_values(walk: Walk) -> None:
    texts = [f"{TITLE}\n{passage.text}" for passage in walk.passages]
    for name, cut, saturation in (("words", analysis.stems, WORDS), ("grams", analysis.grams, GRAMS)):
        terms = json.loads((walk.version / f"lexical/{name}.json").read_text(encoding="utf-8"))["terms"]
        starts, units, codes, tops = (
            np.load(walk.version / f"lexical/{name}.{part}.npy") for part in ("starts", "units", "codes", "tops")
        )
        term = cut("yuanes")[0]
        row = terms.index(term)
        span = slice(starts[row], starts[row + 1])
        expected = bm25([cut(text) for text in texts], {term: 1.0}, saturation)
        assert units[span].tolist() == [unit for unit, score in enumerate(expected) if score]
        held = np.array([score for score in expected if score])
        assert tops[row] == pytest.approx(held.max(), rel=1e-6)
        assert codes[span].tolist() == np.rint(held / held.max() * 65_535).tolist()


def test_the_snapshot_reads_what_was_written(walk: Walk) -> None:
    assert list(walk.snapshot.passages[:]) == walk.passages
    assert list(walk.snapshot.articles[:]) == [walk.article]
    assert {walk.snapshot.article_of(row) for row in range(len(walk.passages))} == {walk.article}
    query = dict.fromkeys(analysis.stems(QUESTION), 1.0)
    texts = [f"{TITLE}\n{passage.text}" for passage in walk.passages]
    expected = bm25([analysis.stems(text) for text in texts], query, WORDS)
    assert walk.snapshot.lexical.words.scores(query) == pytest.approx(expected, rel=1e-5)


def test_the_question_finds_the_sentence_that_answers_it(walk: Walk) -> None:
    assert (walk.results.question, walk.results.language) == (QUESTION, Language.SPANISH)
    assert walk.results.answerable
    best = max((each for hit in walk.results.hits for each in hit.sentences), key=lambda each: each.score)
    assert best.text == BEST
    assert {hit.passage for hit in walk.results.hits} == set(walk.passages)


def test_the_answer_is_the_articles_own_words(walk: Walk) -> None:
    assert walk.answer.statements[0].text == BEST
    assert walk.answer.statements[0].numbers == (1,)
    bold = [BEST[start:end] for start, end in walk.answer.statements[0].bold]
    assert bold == ["$52.44 mil millones"]
    for citation in walk.answer.citations:
        assert citation.article == walk.article
        assert walk.article.text[citation.span.start : citation.span.end] == citation.quote
        assert citation.quote in RAW


def test_what_is_printed_is_that_answer(walk: Walk) -> None:
    printed = walk.printed
    assert (printed["question"], printed["language"], printed["status"]) == (QUESTION, "es", "answered")
    assert printed["answer"] == walk.answer.text
    assert printed["answer"].startswith(BEST.replace("$52.44 mil millones", "**$52.44 mil millones**") + " [1]")
    assert printed["confidence"] == pytest.approx(walk.results.confidence, abs=1e-4)
    assert (printed["index_version"], printed["near"]) == (walk.version.name, [])
    for given, citation in zip(printed["citations"], walk.answer.citations, strict=True):
        assert walk.article.text[given["start"] : given["end"]] == given["quote"] == citation.quote
        assert given["quote"] in RAW
        assert (given["number"], given["article_id"], given["title"]) == (1, walk.article.id, TITLE)
        assert given["path"] == str(walk.given / FILE)
        assert (given["url"], given["publisher"], given["published"]) == (None, None, None)
        assert given["score"] == pytest.approx(citation.score, abs=1e-4)
