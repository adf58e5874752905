from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.clean import clean
from index.passages import Split, split_article, split_sentences
from index.records import Article, Passage, Span

SEEDS = Path(__file__).parents[1] / "seeds"
WORDS = ["la", "nube", "inversión", "Sr.", "300.000", "EE. UU.", "¿qué?", "Nvidia", "«sí»", "x" * 40, "…", "año;", "y,"]


def article(text: str, headings: tuple[Span, ...] = ()) -> Article:
    return Article(id="0123456789abcdef", path="a.txt", title="T", text=text, headings=headings)


def prose(lengths: list[int]) -> str:
    """Sentences of exactly these lengths, one space between them."""
    return " ".join("P" + "a" * (length - 2) + "." for length in lengths)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    lines = draw(
        st.lists(
            st.one_of(
                st.lists(st.sampled_from([*WORDS, "Fin.", "Otra."]), min_size=1, max_size=120).map(" ".join),
                st.sampled_from(["", "- uno", "🌍 Dos. Tres.", "z" * 300]),
            ),
            max_size=12,
        )
    )
    text = "\n".join(lines)
    starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    chosen = draw(st.sets(st.integers(0, len(lines) - 1), max_size=4)) if lines else set()
    return article(text, tuple(Span(starts[i], starts[i] + len(lines[i])) for i in sorted(chosen) if lines[i]))


SPLITS = st.builds(
    lambda target, more, overlap: Split(target, target + more, overlap),
    st.integers(20, 600),
    st.integers(0, 300),
    st.integers(0, 3),
)


@given(articles(), SPLITS)
def test_a_passage_is_a_part_of_the_article_no_longer_than_allowed(article: Article, split: Split) -> None:
    for passage in split_article(article, split):
        assert passage.text == article.text[passage.start : passage.end]
        assert 0 < len(passage.text) <= split.max_chars
        assert passage.id == f"{article.id}:{passage.start}-{passage.end}"
        assert passage.article_id == article.id
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        assert all(before.end <= after.start for before, after in itertools.pairwise(passage.sentences))


@given(articles(), SPLITS)
def test_every_sentence_outside_the_headings_is_in_a_passage(article: Article, split: Split) -> None:
    covered: set[int] = set()
    whole: set[Span] = set()
    for passage in split_article(article, split):
        whole.update(passage.sentences)
        covered.update(*(range(*sentence) for sentence in passage.sentences))
    bounds = [0, *itertools.chain.from_iterable(article.headings), len(article.text)]
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        for sentence in split_sentences(article.text, start, end):
            missing = set(range(*sentence)) - covered
            assert all(article.text[position].isspace() for position in missing)
            assert sentence in whole or sentence.end - sentence.start > split.max_chars


@given(articles(), SPLITS)
def test_no_passage_crosses_a_heading_and_each_knows_its_own(article: Article, split: Split) -> None:
    for passage in split_article(article, split):
        above = [span for span in article.headings if span.end <= passage.start]
        assert not any(span.start < passage.end and passage.start < span.end for span in article.headings)
        expected = article.text[slice(*above[-1])].strip().removesuffix(":") if above else None
        assert passage.heading == (expected or None)


@given(articles(), SPLITS)
def test_each_passage_brings_something_new_and_repeats_no_more_than_it_may(article: Article, split: Split) -> None:
    passages = split_article(article, split)
    assert len({passage.id for passage in passages}) == len(passages)
    for before, after in itertools.pairwise(passages):
        shared = [sentence for sentence in after.sentences if sentence in before.sentences]
        assert len(shared) <= split.overlap_sentences
        assert after.sentences[-1].start >= before.end
        assert shared == list(after.sentences[: len(shared)])


def test_consecutive_passages_of_a_section_share_one_sentence() -> None:
    passages = split_article(article(prose([120] * 20)))
    assert len(passages) > 3
    for before, after in itertools.pairwise(passages):
        assert before.sentences[-1] == after.sentences[0]


def test_the_overlap_gives_way_to_a_sentence_that_needs_the_room() -> None:
    passages = split_article(article(prose([400, 400, 400])))
    assert [len(passage.sentences) for passage in passages] == [1, 1, 1]


def test_passages_of_ordinary_prose_are_of_the_size_wanted() -> None:
    randomness = random.Random(7)
    lengths = [
        len(passage.text)
        for _ in range(60)
        for passage in split_article(
            article(prose([randomness.randint(60, 240) for _ in range(randomness.randint(6, 60))]))
        )
    ]
    assert sum(400 <= length <= 700 for length in lengths) / len(lengths) > 0.93
    assert min(lengths) > 300
    assert 500 <= sum(lengths) / len(lengths) <= 600


@pytest.mark.parametrize("total", [7, 8, 9, 13, 14])
def test_the_last_passage_is_no_scrap(total: int) -> None:
    lengths = [len(passage.text) for passage in split_article(article(prose([100] * total)))]
    assert max(lengths) - min(lengths) <= 300


def test_what_fits_is_one_passage() -> None:
    assert [passage.text for passage in split_article(article(prose([349, 350])))] == [prose([349, 350])]
    assert len(split_article(article(prose([350, 350])))) == 2


def test_a_sentence_too_long_for_a_passage_is_cut_at_words() -> None:
    text = "Empieza " + "con muchas palabras, y sigue " * 80 + "y acaba."
    passages = split_article(article(text))
    assert len(passages) > 3
    assert " ".join(text[start:end] for passage in passages for start, end in passage.sentences) == text
    assert all(passage.text.endswith(("palabras,", "sigue", "acaba.")) for passage in passages)


def test_a_word_too_long_for_a_passage_is_cut_where_it_must_be() -> None:
    passages = split_article(article("a" * 2_000))
    assert "".join(passage.text for passage in passages) == "a" * 2_000


def test_a_quoted_item_leaves_its_bullet_out() -> None:
    text = "- Uno.\n- Dos."
    [passage] = split_article(article(text))
    assert passage.text == "Uno.\n- Dos."
    assert [text[start:end] for start, end in passage.sentences] == ["Uno.", "Dos."]


def test_an_article_without_sentences_has_no_passages() -> None:
    assert split_article(article("")) == []
    assert split_article(article("Título", (Span(0, 6),))) == []


@pytest.mark.parametrize("text", ["Una frase corta. " * 60_000, "palabra " * 120_000, "x" * 1_000_000, "a\n" * 100_000])
def test_a_large_article_takes_linear_time(text: str) -> None:
    """A quadratic step would not come back from these."""
    assert len(split_article(article(text))) < len(text) / 100


@pytest.mark.parametrize("values", [(0, 700, 1), (701, 700, 1), (550, 700, -1)])
def test_sizes_that_make_no_sense_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Split(*values)


def _seed(name: str) -> list[Passage]:
    cleaned = clean((SEEDS / name).read_text(encoding="utf-8"))
    return split_article(article(cleaned.text, cleaned.headings))


def test_the_first_seed_has_its_key_points_apart() -> None:
    passages = _seed("000_ecd3f22a6ca37239.txt")
    assert [passage.heading for passage in passages] == [None] * 6 + ["Puntos clave"]
    assert [len(passage.sentences) for passage in passages] == [3, 3, 3, 3, 2, 3, 3]
    assert passages[-1].text.startswith("La AIP planea recaudar")


def test_the_second_seed_is_one_section() -> None:
    passages = _seed("004_1aa4f0249ab5debd.txt")
    assert [passage.heading for passage in passages] == [None] * 6
    assert all(400 <= len(passage.text) <= 700 for passage in passages)
    assert passages[-1].text.endswith("avanzadas de IA en los EE. UU.")
