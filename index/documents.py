"""``articles.jsonl`` and ``passages.jsonl``: one record a line, read when it is asked for.

A passage's text is not stored: it is cut from its article by its span. A line is parsed at its first use, so opening
an index of 100,000 passages costs no more than finding where its lines end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from index.opened import Opened
from index.records import Article, BuildError, IndexDamagedError, Passage, Span

T = TypeVar("T")

_BLOCK = 1 << 20
# A bot asks for the same few articles again and again; they and their passages are kept parsed, up to so many.
_KEPT_ARTICLES = 512
_KEPT_PASSAGES = 2048


def article_lines(articles: Sequence[Article]) -> Iterator[bytes]:
    """The lines of ``articles.jsonl``."""
    for article in articles:
        yield _line(asdict(article))


def passage_lines(articles: Sequence[Article], passages: Sequence[Passage]) -> Iterator[bytes]:
    """The lines of ``passages.jsonl``; raises ``BuildError`` for a passage that is not in its article."""
    rows = {article.id: row for row, article in enumerate(articles)}
    for passage in passages:
        row = rows.get(passage.article_id)
        if row is None or articles[row].text[passage.start : passage.end] != passage.text:
            raise BuildError(f"Passage {passage.id} is not a part of article {passage.article_id}: report this bug.")
        yield _line(
            {
                "id": passage.id,
                "article": row,
                "start": passage.start,
                "end": passage.end,
                "heading": passage.heading,
                "sentences": passage.sentences,
            }
        )


class Lines(Sequence[T], Generic[T]):
    """The records of a file, each parsed when it is asked for. Raises ``IndexDamagedError`` for a line it cannot read.

    The file stays open, so the records outlive its removal. Safe to read from several threads.
    """

    def __init__(self, path: Path, count: int, decode: Callable[[dict[str, Any]], T], kept: int) -> None:
        """``kept`` records at most stay parsed."""
        self._path = path
        self._decode = decode
        self._parsed = lru_cache(maxsize=kept)(self._parse)
        try:
            self._file = Opened(path)
            self._ends = _line_ends(self._file)
        except OSError as error:
            raise self._damaged(f"cannot be read ({error.strerror})") from error
        if len(self._ends) != count:
            raise self._damaged(f"has {len(self._ends)} lines instead of {count}")

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, row: int) -> T: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[T, ...]: ...
    def __getitem__(self, row: int | slice) -> T | tuple[T, ...]:
        if isinstance(row, slice):
            return tuple(self[each] for each in range(*row.indices(len(self))))
        return self._parsed(range(len(self))[row])

    def _parse(self, row: int) -> T:
        try:
            return self._decode(self.values(row))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise self._damaged(f"has a line {row + 1} that is no record") from error

    def values(self, row: int) -> dict[str, Any]:
        """The parsed line, 0 <= row < len."""
        start = int(self._ends[row - 1]) + 1 if row else 0
        try:
            values = json.loads(self._file.read(start, int(self._ends[row]) - start))
        except OSError as error:
            raise self._damaged(f"cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"has a line {row + 1} that is not JSON") from error
        if not isinstance(values, dict):
            raise self._damaged(f"has a line {row + 1} that is not an object")
        return values

    def _damaged(self, reason: str) -> IndexDamagedError:
        return IndexDamagedError(str(self._path), reason)


class Articles(Lines[Article]):
    """The articles of a version, by row."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__(path, count, _article, _KEPT_ARTICLES)

    def row_of(self, article_id: str) -> int | None:
        """The row of the article with this id; None for an unknown id."""
        return self._rows.get(article_id)

    @cached_property
    def _rows(self) -> dict[str, int]:
        # A quarter of a second for 25,000 articles, once: most processes never ask.
        return {str(self.values(row).get("id")): row for row in range(len(self))}


class Passages(Lines[Passage]):
    """The passages of a version, by row; row i is row i of the vectors and of the lexical index."""

    def __init__(self, path: Path, count: int, articles: Articles) -> None:
        super().__init__(path, count, self._passage, _KEPT_PASSAGES)
        self._articles = articles

    def _passage(self, values: dict[str, Any]) -> Passage:
        article = self._articles[values["article"]]
        start, end = values["start"], values["end"]
        if not 0 <= start <= end <= len(article.text):
            raise ValueError("span outside the article")
        return Passage(
            id=values["id"],
            article_id=article.id,
            start=start,
            end=end,
            text=article.text[start:end],
            heading=values["heading"],
            sentences=tuple(Span(*span) for span in values["sentences"]),
        )


def _article(values: dict[str, Any]) -> Article:
    return Article(**{**values, "headings": tuple(Span(*span) for span in values["headings"])})


def _line(values: dict[str, Any]) -> bytes:
    # surrogatepass: json.loads decodes so too, and a stray surrogate in a title must not stop a build.
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _line_ends(file: Opened) -> NDArray[np.int64]:
    found = [np.zeros(0, np.int64)]
    for start in range(0, file.size, _BLOCK):
        block = np.frombuffer(file.read(start, _BLOCK), np.uint8)
        found.append(np.flatnonzero(block == ord("\n")) + start)
    ends = np.concatenate(found).astype(np.int64)
    if not len(ends) or ends[-1] != file.size - 1:
        # A last line without its end was cut short; counting one line fewer reports it.
        return ends[:-1]
    return ends
