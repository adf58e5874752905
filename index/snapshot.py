"""What is published, opened for reading.

A snapshot is taken once and used to the end: its files are mapped, so it keeps answering after later builds have
removed its version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import publish
from index.documents import Articles, Passages
from index.encoder import Encoder
from index.integrity import altered
from index.lexical import Lexical
from index.manifest import ARTICLES, LEXICAL, PASSAGES
from index.records import Article, IndexDamagedError, Manifest, ModelError, Passage, SnapshotError
from index.vectors import VectorIndex

# A build can remove the version between reading its name and opening its files; not this many times in a row.
_ATTEMPTS = 5

# What readers of JSON and arrays trip over when a file too large to be hashed on opening was altered.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RecursionError)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the index. Row i of ``passages``, of ``vectors`` and of ``lexical`` is the same passage."""

    manifest: Manifest
    articles: Articles
    passages: Passages
    vectors: VectorIndex
    lexical: Lexical

    def article_of(self, row: int) -> Article:
        """The article that the passage in ``row`` is a part of."""
        return self.articles[int(self.lexical.article_rows[row])]

    def article(self, article_id: str) -> Article | None:
        """The article with this id; None when this version has none."""
        row = self.articles.row_of(article_id)
        return None if row is None else self.articles[row]

    def passages_of(self, article_id: str) -> tuple[Passage, ...]:
        """The passages of the article with this id, in their order; empty when this version has no such article."""
        return tuple(self.passages[int(row)] for row in self.rows_of((article_id,)))

    def rows_of(self, article_ids: Iterable[str]) -> NDArray[np.intp]:
        """Rows of the passages of these articles, (n,), ascending; unknown ids are ignored."""
        articles = {row for each in article_ids if (row := self.articles.row_of(each)) is not None}
        return np.flatnonzero(np.isin(self.lexical.article_rows, list(articles)))

    def require_encoder(self, encoder: Encoder) -> None:
        """Raise ``ModelError`` unless ``encoder`` is the one that the vectors were made with."""
        mine = self.manifest
        for what, index, model in (
            ("dimension", mine.dimension, encoder.dimension),
            ("model", mine.model, encoder.name),
            ("revision", mine.model_revision, encoder.revision),
            ("passage prompt", mine.document_prompt, encoder.document_prompt),
        ):
            if index != model:
                # By its name it is the same model: naming it would help nobody.
                way = "" if mine.model == encoder.name else f"use {mine.model} for questions or "
                raise ModelError(
                    f"The index was built with {what} {index!r} and the model has {model!r}: "
                    f"{way}run `pregonero build`."
                )


def open_snapshot(folder: Path, *, verify: bool = True) -> Snapshot:
    """Open the published version; raises ``SnapshotError`` when it is missing, of another format or damaged.

    ``verify`` reads every file against its checksum. Without it, files over 1 MB are held to their size only; what
    FAISS parses is verified always.
    """
    version = publish.current_version(folder)
    for _ in range(_ATTEMPTS):
        try:
            return open_version(
                publish.version_folder(folder, version), publish.read_manifest(folder, version), verify=verify
            )
        except SnapshotError:
            newer = publish.current_version(folder)
            if newer == version:
                raise
            version = newer
    raise IndexDamagedError(str(folder), "changes faster than it can be opened")


def open_version(place: Path, manifest: Manifest, *, verify: bool = True) -> Snapshot:
    """Open the version whose files lie in ``place``; raises ``IndexDamagedError``."""
    for file, reason in altered(place, manifest, thorough=verify):
        raise IndexDamagedError(str(place / file), reason)
    articles = Articles(place / ARTICLES, manifest.articles)
    return Snapshot(
        manifest=manifest,
        articles=articles,
        passages=Passages(place / PASSAGES, manifest.passages, articles),
        vectors=VectorIndex.open(place, manifest),
        lexical=_open_lexical(place / LEXICAL),
    )


def _open_lexical(place: Path) -> Lexical:
    try:
        return Lexical.load(place)
    except _UNREADABLE as error:
        raise IndexDamagedError(str(place), f"cannot be read ({error})") from error
