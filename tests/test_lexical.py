"""The lexical index gives what BM25's formula gives, in memory and from disk."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.counting import Texts
from index.lexical import GRAMS, WORDS, Field, Lexical, Saturation, SentenceCounts, build_field
from index.passages import split_article
from index.records import Article, Passage, Span
from tests.fakes import corpus
from tests.reference import bm25

DOCUMENTS = [
    "alibaba invierte en la nube".split(),
    "nvidia y microsoft y blackrock invierten en la nube y en la red".split(),
    [],
    "la nube la nube la nube".split(),
    "alibaba".split(),
]
PLAIN = Saturation(k1=1.2, b=0.75)


def rounding(documents: list[list[str]], query: dict[str, float], saturation: Saturation) -> float:
    """What the formula may be missed by: half a part of 65,535 of each term's highest weight."""
    tops = (max(bm25(documents, {term: weight}, saturation), default=0.0) for term, weight in query.items())
    return sum(tops) / (2 * 65_535) + 1e-6


@pytest.mark.parametrize("saturation", [WORDS, GRAMS, Saturation(k1=0.0, b=0.0), Saturation(k1=2.0, b=1.0)])
@pytest.mark.parametrize(
    "query",
    [
        {"nube": 1.0},
        {"alibaba": 1.0, "la": 1.0, "red": 1.0},
        {"alibaba": 2.0, "nube": 0.25, "y": 0.0},
        {"nube": 1.0, "desconocida": 5.0},
        {"desconocida": 1.0},
        {},
    ],
)
def test_scores_are_the_formulas(saturation: Saturation, query: dict[str, float]) -> None:
    scores = build_field(Texts.of(DOCUMENTS), saturation).scores(query)
    assert scores.dtype == np.float32
    assert len(scores) == len(DOCUMENTS)
    assert scores == pytest.approx(
        bm25(DOCUMENTS, query, saturation), rel=1e-5, abs=rounding(DOCUMENTS, query, saturation)
    )


words = st.sampled_from("nube red ia alibaba mar país ¿ 52.44".split())


@given(
    documents=st.lists(st.lists(words, max_size=12), min_size=1, max_size=12).filter(any),
    query=st.dictionaries(words | st.just("nadie"), st.floats(0, 4, width=32), max_size=6),
    k1=st.floats(0, 3),
    b=st.floats(0, 1),
)
def test_scores_are_the_formulas_on_any_corpus(
    documents: list[list[str]], query: dict[str, float], k1: float, b: float
) -> None:
    saturation = Saturation(k1, b)
    scores = build_field(Texts.of(documents), saturation).scores(query)
    assert scores == pytest.approx(
        bm25(documents, query, saturation), rel=1e-5, abs=rounding(documents, query, saturation)
    )


def test_scores_are_the_same_however_many_postings_are_added_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    field = build_field(Texts.of(DOCUMENTS), PLAIN)
    query = {"nube": 1.0, "la": 0.5, "alibaba": 2.0}
    whole = field.scores(query)
    monkeypatch.setattr("index.lexical._BATCH", 1)
    assert field.scores(query).tolist() == whole.tolist()


@pytest.mark.parametrize("documents", [[], [[]], [[], []]])
def test_a_corpus_without_a_word_scores_nothing(documents: list[list[str]]) -> None:
    field = build_field(Texts.of(documents), PLAIN)
    assert (field.size, field.mean_length, field.vocabulary) == (len(documents), 0.0, {})
    assert field.scores({"nube": 1.0}).tolist() == [0.0] * len(documents)


def test_a_document_without_words_scores_nothing_and_keeps_its_place() -> None:
    scores = build_field(Texts.of(DOCUMENTS), PLAIN).scores({"alibaba": 1.0, "nube": 1.0})
    assert scores[2] == 0
    assert np.flatnonzero(scores).tolist() == [0, 1, 3, 4]


def test_postings_stand_in_unit_order_and_terms_in_alphabetical_order() -> None:
    field = build_field(Texts.of(DOCUMENTS), PLAIN)
    assert list(field.vocabulary) == sorted({term for terms in DOCUMENTS for term in terms})
    row = field.vocabulary["nube"]
    assert field.units[field.starts[row] : field.starts[row + 1]].tolist() == [0, 1, 3]


def test_the_idf_of_a_term_falls_with_the_documents_that_hold_it() -> None:
    field = build_field(Texts.of(DOCUMENTS), PLAIN)
    assert field.idf("alibaba") == pytest.approx(math.log(1 + (5 - 2 + 0.5) / 2.5))
    assert field.idf("desconocida") == pytest.approx(math.log(1 + 5.5 / 0.5))
    assert 0 < field.idf("la") < field.idf("alibaba") < field.idf("blackrock") < field.idf("desconocida")


def test_sentences_are_scored_by_the_counts_of_all_sentences() -> None:
    field = build_field(Texts.of([*DOCUMENTS, "otra frase".split()]), PLAIN)
    counts = SentenceCounts.count(Texts.of(DOCUMENTS), field)
    query = {"alibaba": 1.0, "nube": 0.5, "desconocida": 3.0}
    gains = counts.gains(field, query, PLAIN.k1)
    found = [counts.score(Counter(terms), len(terms), gains, PLAIN) for terms in DOCUMENTS]
    assert found == pytest.approx(bm25(DOCUMENTS, query, PLAIN))


def test_counting_no_sentence_scores_nothing() -> None:
    field = build_field(Texts.of(DOCUMENTS), PLAIN)
    counts = SentenceCounts.count(Texts.of([]), field)
    assert (counts.size, counts.mean_length, counts.held.tolist()) == (0, 0.0, [0] * len(field.vocabulary))


def article(name: str, title: str, text: str) -> Article:
    return Article(id=name, path=f"{name}.txt", title=title, text=text)


def passage(owner: Article, start: int, end: int, heading: str | None = None) -> Passage:
    return Passage(f"{owner.id}:{start}", owner.id, start, end, owner.text[start:end], heading, (Span(start, end),))


ONE = article("a", "El plan de Alibaba", "Invierte en la nube. Construye centros.")
TWO = article("b", "", "La nube crece.")


@pytest.fixture(scope="module")
def built() -> Lexical:
    return Lexical.build([ONE, TWO], [passage(ONE, 0, 20), passage(ONE, 21, 39, "Obras"), passage(TWO, 0, 14)])


def test_a_passage_is_found_by_its_title_its_heading_and_its_text(built: Lexical) -> None:
    found = {word: np.flatnonzero(built.words.scores({word: 1.0})).tolist() for word in built.words.vocabulary}
    assert found[analysis.stem("alibaba")] == [0, 1]
    assert found[analysis.stem("obras")] == [1]
    assert found[analysis.stem("nube")] == [0, 2]


def test_an_article_is_found_by_its_title_and_all_its_text(built: Lexical) -> None:
    scores = built.article_words.scores({analysis.stem("centros"): 1.0, analysis.stem("alibaba"): 1.0})
    assert np.flatnonzero(scores).tolist() == [0]
    assert built.article_rows.tolist() == [0, 0, 1]


def test_passages_of_words_and_grams_are_scored_by_the_formula(built: Lexical) -> None:
    texts = [
        "El plan de Alibaba\nInvierte en la nube.",
        "El plan de Alibaba\nObras\nConstruye centros.",
        "La nube crece.",
    ]
    for field, cut, saturation in ((built.words, analysis.stems, WORDS), (built.grams, analysis.grams, GRAMS)):
        query = dict.fromkeys(cut("la nube de Alibaba"), 1.0)
        assert field.scores(query) == pytest.approx(bm25([cut(text) for text in texts], query, saturation), rel=1e-5)


def test_passages_articles_and_sentences_are_counted_as_their_texts_are_cut() -> None:
    """Each text is cut once, whatever it is a part of; numbers, quotes and headings at its edges too."""
    text = "Plan\nSubió 1.200. 300 «obras», 3,5 %. ¡Ya! É́l v2"
    owner = Article("n", "n.txt", "El 7.000\u00b4", text, headings=(Span(0, 4),))
    passages = split_article(owner)
    built = Lexical.build([owner], passages)
    heading = f"{owner.title}\nPlan\n{passages[0].text}"
    for field, cut in ((built.words, analysis.stems), (built.grams, analysis.grams)):
        assert set(field.vocabulary) == set(cut(heading))
        assert field.mean_length == len(cut(heading))
    for field, cut in ((built.article_words, analysis.stems), (built.article_grams, analysis.grams)):
        assert field.mean_length == len(cut(f"{owner.title}\n{text}"))
    assert built.sentence_words.size == len(passages[0].sentences) > 1
    assert built.sentence_words.mean_length == len(analysis.stems(passages[0].text)) / len(passages[0].sentences)


def test_a_sentence_that_two_passages_share_is_counted_once() -> None:
    whole, end = Span(0, 20), Span(21, 39)
    overlapping = [
        Passage("p", "a", 0, 39, ONE.text, None, (whole, end)),
        Passage("q", "a", 21, 39, ONE.text[21:], None, (end,)),
    ]
    lexical = Lexical.build([ONE], overlapping)
    assert lexical.sentence_words.size == 2
    assert lexical.sentence_words.held[lexical.words.vocabulary[analysis.stem("centros")]] == 1


def test_sentences_with_equal_text_in_two_articles_are_two() -> None:
    other = article("c", "", TWO.text)
    lexical = Lexical.build([TWO, other], [passage(TWO, 0, 14), passage(other, 0, 14)])
    assert lexical.sentence_words.size == 2


def test_an_index_reads_back_as_it_was_saved_and_lies_in_the_files_pages(tmp_path: Path) -> None:
    articles = corpus(5)
    built = Lexical.build(articles, [passage for article in articles for passage in split_article(article)])
    built.save(tmp_path)
    loaded = Lexical.load(tmp_path)
    for name in ("words", "grams", "article_words", "article_grams"):
        mine, theirs = getattr(built, name), getattr(loaded, name)
        assert list(mine.vocabulary.items()) == list(theirs.vocabulary.items())
        assert (mine.size, mine.mean_length) == (theirs.size, theirs.mean_length)
        for part in ("starts", "units", "codes", "tops"):
            assert np.array_equal(getattr(mine, part), getattr(theirs, part))
            assert not getattr(theirs, part).flags.owndata
            assert not getattr(theirs, part).flags.writeable
    for name in ("sentence_words", "sentence_grams"):
        mine, theirs = getattr(built, name), getattr(loaded, name)
        assert np.array_equal(mine.held, theirs.held)
        assert (mine.size, mine.mean_length) == (theirs.size, theirs.mean_length)
    assert np.array_equal(built.article_rows, loaded.article_rows)


def test_an_index_of_nothing_reads_back(tmp_path: Path) -> None:
    Lexical.build([], []).save(tmp_path)
    assert Lexical.load(tmp_path).words.scores({"nube": 1.0}).shape == (0,)


def test_what_is_saved_is_the_same_bytes_each_time(tmp_path: Path, built: Lexical) -> None:
    """The manifest holds checksums; the order of a set must not show in them."""
    again = Lexical.build([ONE, TWO], [passage(ONE, 0, 20), passage(ONE, 21, 39, "Obras"), passage(TWO, 0, 14)])
    for name, lexical in (("one", built), ("two", again)):
        (tmp_path / name).mkdir()
        lexical.save(tmp_path / name)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@pytest.mark.parametrize("part", ["starts", "units", "codes", "tops"])
def test_files_of_two_indexes_do_not_pass_for_one(tmp_path: Path, part: str) -> None:
    (tmp_path / "other").mkdir()
    build_field(Texts.of([*DOCUMENTS, ["nueva"]]), PLAIN).save(tmp_path / "other", "words")
    build_field(Texts.of(DOCUMENTS), PLAIN).save(tmp_path, "words")
    (tmp_path / "other" / f"words.{part}.npy").replace(tmp_path / f"words.{part}.npy")
    with pytest.raises(ValueError, match="do not fit together"):
        Field.load(tmp_path, "words")


@pytest.mark.parametrize("name", ["article_rows", "sentence_words.held", "sentence_grams.held"])
def test_parts_of_two_indexes_do_not_pass_for_one(tmp_path: Path, built: Lexical, name: str) -> None:
    (tmp_path / "other").mkdir()
    more = article("d", "Cables", "Tienden cables submarinos.")
    Lexical.build([ONE, more], [passage(ONE, 0, 39), passage(more, 0, 26)]).save(tmp_path / "other")
    built.save(tmp_path)
    (tmp_path / "other" / f"{name}.npy").replace(tmp_path / f"{name}.npy")
    with pytest.raises(ValueError, match="do not fit together"):
        Lexical.load(tmp_path)


def test_an_array_that_would_run_code_when_read_is_refused(tmp_path: Path, built: Lexical) -> None:
    built.save(tmp_path)
    np.save(tmp_path / "article_rows.npy", np.array([{"run": "me"}], dtype=object))
    with pytest.raises(ValueError, match="Python objects"):
        Lexical.load(tmp_path)
