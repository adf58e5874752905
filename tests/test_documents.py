"""Articles and passages read back from their files as they were written, one line at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import documents
from index.documents import Articles, Lines, Passages, article_lines, passage_lines
from index.passages import Split, split_article
from index.records import Article, BuildError, IndexDamagedError, Passage
from tests.fakes import corpus

ARTICLES = corpus(5)
PASSAGES = [passage for article in ARTICLES for passage in split_article(article, Split())]


def written(folder: Path, articles: Sequence[Article], passages: Sequence[Passage]) -> tuple[Articles, Passages]:
    (folder / "articles.jsonl").write_bytes(b"".join(article_lines(articles)))
    (folder / "passages.jsonl").write_bytes(b"".join(passage_lines(articles, passages)))
    opened = Articles(folder / "articles.jsonl", len(articles))
    return opened, Passages(folder / "passages.jsonl", len(passages), opened)


def test_records_read_back_equal_whatever_the_order(tmp_path: Path) -> None:
    articles, passages = written(tmp_path, ARTICLES, PASSAGES)
    assert (len(articles), len(passages)) == (len(ARTICLES), len(PASSAGES))
    assert [passages[row] for row in reversed(range(len(passages)))] == PASSAGES[::-1]
    assert tuple(articles) == ARTICLES
    assert passages[2:5] == tuple(PASSAGES[2:5])
    assert articles[-1] == ARTICLES[-1]
    assert articles[1:3] == ARTICLES[1:3]


def test_what_is_read_again_is_not_parsed_again(tmp_path: Path) -> None:
    articles, passages = written(tmp_path, ARTICLES, PASSAGES)
    assert articles[1] is articles[-4]
    assert passages[2] is passages[2]


def test_what_was_read_long_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that is asked about everything does not come to hold everything."""
    monkeypatch.setattr(documents, "_KEPT_PASSAGES", 2)
    _, passages = written(tmp_path, ARTICLES, PASSAGES)
    first = passages[0]
    assert list(passages) == PASSAGES
    assert passages[0] is not first


@pytest.mark.parametrize("row", [5, -6, 10**9])
def test_a_row_that_does_not_exist_is_an_index_error(row: int, tmp_path: Path) -> None:
    articles, _ = written(tmp_path, ARTICLES, PASSAGES)
    with pytest.raises(IndexError):
        articles[row]


def test_a_passages_text_is_not_written_twice(tmp_path: Path) -> None:
    written(tmp_path, ARTICLES, PASSAGES)
    assert PASSAGES[0].text[:40] not in (tmp_path / "passages.jsonl").read_text(encoding="utf-8")


def test_line_ends_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_BLOCK", 37)
    articles, passages = written(tmp_path, ARTICLES, PASSAGES)
    assert (tuple(articles), list(passages)) == (ARTICLES, PASSAGES)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@given(title=ANY_TEXT, text=ANY_TEXT, url=st.none() | ANY_TEXT)
def test_any_text_survives(title: str, text: str, url: str | None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Line separators, NUL, emoji and lone surrogates too."""
    article = replace(ARTICLES[0], title=title, text=text, url=url)
    folder = tmp_path_factory.mktemp("any")
    (folder / "articles.jsonl").write_bytes(b"".join(article_lines([article, article])))
    assert tuple(Articles(folder / "articles.jsonl", 2)) == (article, article)


def test_a_passage_that_is_not_in_its_article_is_never_written() -> None:
    for wrong in (replace(PASSAGES[0], text="otro"), replace(PASSAGES[0], article_id="otro")):
        with pytest.raises(BuildError, match="is not a part of article"):
            list(passage_lines(ARTICLES, [wrong]))


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\n{}", b"{}\n{}\n{}\n"])
def test_another_number_of_lines_is_damage(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl").write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"articles\.jsonl has . lines instead of 2"):
        Articles(tmp_path / "articles.jsonl", 2)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"headings": 7}',
        json.dumps({"id": "x", "headings": [["a"]]}).encode(),
        json.dumps({"id": "x", "unknown": 1, "headings": []}).encode(),
    ],
)
def test_a_line_that_is_no_article_is_damage_that_gives_its_number(line: bytes, tmp_path: Path) -> None:
    first = next(iter(article_lines(ARTICLES)))
    (tmp_path / "articles.jsonl").write_bytes(first + line + b"\n")
    articles = Articles(tmp_path / "articles.jsonl", 2)
    assert articles[0] == ARTICLES[0]
    with pytest.raises(IndexDamagedError, match="line 2 that is"):
        articles[1]


@pytest.mark.parametrize(
    "change",
    [{"article": 99}, {"article": "0"}, {"end": 10**6}, {"start": -1}, {"sentences": 1}, {"sentences": [[1]]}],
)
def test_a_line_that_is_no_passage_is_damage(change: dict[str, object], tmp_path: Path) -> None:
    articles, _ = written(tmp_path, ARTICLES, PASSAGES)
    line = {**json.loads(next(iter(passage_lines(ARTICLES, PASSAGES)))), **change}
    (tmp_path / "passages.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(IndexDamagedError, match="line 1 that is no record"):
        Passages(tmp_path / "passages.jsonl", 1, articles)[0]


def test_records_outlive_their_file(tmp_path: Path) -> None:
    articles, passages = written(tmp_path, ARTICLES, PASSAGES)
    (tmp_path / "articles.jsonl").unlink()
    (tmp_path / "passages.jsonl").unlink()
    assert (tuple(articles), list(passages)) == (ARTICLES, PASSAGES)
    assert isinstance(articles, Lines)
