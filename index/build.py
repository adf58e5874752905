"""Articles in, a published version out: split, embed what is new, index, write aside, check, publish."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from index import documents, durable, manifest, publish
from index.arrays import Floats
from index.cache import embed
from index.encoder import Encoder
from index.lexical import Lexical
from index.manifest import ARTICLES, FORMAT, LEXICAL, MANIFEST, PASSAGES
from index.passages import Split, split_article
from index.records import (
    Article,
    BuildError,
    EmptyCorpusError,
    Manifest,
    Passage,
    SnapshotError,
)
from index.snapshot import Snapshot, open_version
from index.stages import Clock, Progress, Stage
from index.vectors import EXACT_LIMIT, VectorIndex

# To be raised whenever splitting, tokens or what is embedded change, so that an index made before counts as stale.
RECIPE = 2

Accept = Callable[[Snapshot], None]
"""Given a new version, whole and checked, before it is published; raises what keeps it from being published."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``previous`` is the version published before. ``embedded`` counts the texts the model read, ``reused`` the
    passages whose vector was known. Nothing was written when ``up_to_date``.
    """

    version: str
    previous: str | None
    articles: int
    passages: int
    sentences: int
    embedded: int
    reused: int
    seconds: dict[Stage, float]
    up_to_date: bool


def build(
    articles: Sequence[Article],
    folder: Path,
    encoder: Encoder,
    *,
    cache: Path,
    roots: Sequence[str] = (),
    split: Split | None = None,
    progress: Progress | None = None,
    force: bool = False,
    accept: Accept | None = None,
) -> BuildReport:
    """Publish a version of ``articles`` in ``folder``, or report that the published one is of the same already.

    ``cache`` is the file of known vectors. Raises ``EmptyCorpusError``, ``ModelError``, ``BuildLockedError``,
    ``BuildError`` or what ``accept`` does; whatever happens, the version published before stays and opens.
    """
    split = split or Split()
    _require_articles(articles)
    fingerprint = corpus_fingerprint(articles, encoder, split, roots)
    clock = Clock(progress)
    fresh = None if force else _fresh(folder, fingerprint)
    if fresh:
        return _report(fresh, fresh.version, 0, clock, up_to_date=True)
    with publish.building(folder):
        previous = _published(folder)
        content = _prepare(articles, encoder, split, cache, clock)
        draft = _manifest(folder, fingerprint, content, encoder, split, roots)
        written = _publish(folder, draft, content, clock, accept)
        _forget(folder, written.version, previous)
        return _report(written, previous.version if previous else None, content.encoded, clock, up_to_date=False)


def corpus_fingerprint(articles: Sequence[Article], encoder: Encoder, split: Split, roots: Sequence[str] = ()) -> str:
    """SHA-256 in hex of everything a version is made from; equal ones would write the same files."""
    digest = hashlib.sha256()
    model = [encoder.name, encoder.revision, encoder.dimension, encoder.query_prompt, encoder.document_prompt]
    digest.update(json.dumps([FORMAT, RECIPE, model, asdict(split), EXACT_LIMIT, list(roots)]).encode())
    for line in documents.article_lines(articles):
        digest.update(line)
    return digest.hexdigest()


def embedded_text(article: Article, passage: Passage) -> str:
    """What is embedded of a passage: its article's title, its section's heading and its own text, a line each."""
    return "\n".join(part for part in (article.title, passage.heading, passage.text) if part)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a version will hold, in memory; ``encoded`` counts the texts that the model read for it."""

    articles: Sequence[Article]
    passages: Sequence[Passage]
    embeddings: Floats
    vectors: VectorIndex
    lexical: Lexical
    encoded: int


def _require_articles(articles: Sequence[Article]) -> None:
    if not articles:
        raise EmptyCorpusError("There is no article to index: name a folder that holds .txt, .md or .html files.")
    ids = Counter(article.id for article in articles)
    twice = next((name for name, times in ids.items() if times > 1), None)
    if twice is not None:
        raise BuildError(f"Two articles have the id {twice}: give each file once.")


def _published(folder: Path) -> Manifest | None:
    try:
        return publish.read_manifest(folder)
    except SnapshotError:
        return None


def _fresh(folder: Path, fingerprint: str) -> Manifest | None:
    """The published version's manifest, when it is of this corpus and whole; read without the lock."""
    with suppress(SnapshotError):
        found = publish.read_manifest(folder)
        if found.corpus == fingerprint and not publish.verify(folder, found.version).damage:
            return found
    return None


def _prepare(articles: Sequence[Article], encoder: Encoder, split: Split, cache: Path, clock: Clock) -> _Content:
    passages: list[Passage] = []
    with clock.stage(Stage.SPLIT, len(articles)):
        for done, article in enumerate(articles):
            clock.tell(Stage.SPLIT, done, len(articles))
            passages += split_article(article, split)
    if not passages:
        raise EmptyCorpusError("The articles hold no sentence to index: check that their text is not empty.")
    by_id = {article.id: article for article in articles}
    texts = [embedded_text(by_id[passage.article_id], passage) for passage in passages]
    with clock.stage(Stage.EMBED, len(set(texts))):
        embeddings, encoded = embed(texts, encoder, cache, partial(clock.tell, Stage.EMBED))
    with clock.stage(Stage.INDEX):
        vectors = VectorIndex.build(embeddings, EXACT_LIMIT)
        lexical = Lexical.build(articles, passages)
    return _Content(articles, passages, embeddings, vectors, lexical, encoded)


def _manifest(
    folder: Path, fingerprint: str, content: _Content, encoder: Encoder, split: Split, roots: Sequence[str]
) -> Manifest:
    passages = content.passages
    return Manifest(
        format=FORMAT,
        version=publish.new_version(folder, fingerprint),
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        corpus=fingerprint,
        model=encoder.name,
        model_revision=encoder.revision,
        dimension=encoder.dimension,
        query_prompt=encoder.query_prompt,
        document_prompt=encoder.document_prompt,
        target_chars=split.target_chars,
        max_chars=split.max_chars,
        overlap_sentences=split.overlap_sentences,
        vector_index=content.vectors.kind,
        articles=len(content.articles),
        passages=len(passages),
        # A sentence that two passages share is one sentence.
        sentences=len({(passage.article_id, span) for passage in passages for span in passage.sentences}),
        roots=tuple(roots),
        files={},
    )


def _publish(folder: Path, draft: Manifest, content: _Content, clock: Clock, accept: Accept | None) -> Manifest:
    with _publishing(folder, draft.version):
        place = publish.aside_folder(folder, draft.version)
        with clock.stage(Stage.WRITE):
            written = _write(place, draft, content)
        with clock.stage(Stage.VERIFY):
            opened = open_version(place, written)
            opened.vectors.check(content.embeddings)
        if accept:
            accept(opened)
        # A folder whose files are mapped cannot be renamed on Windows.
        del opened
        publish.publish(folder, draft.version)
    return written


@contextmanager
def _publishing(folder: Path, version: str) -> Iterator[None]:
    """Turn what goes wrong with the disk into ``BuildError``, and leave nothing of a version not published."""
    try:
        yield
    except BaseException as error:
        shutil.rmtree(publish.aside_folder(folder, version), ignore_errors=True)
        if not _is_current(folder, version):
            shutil.rmtree(publish.version_folder(folder, version), ignore_errors=True)
        if isinstance(error, OSError):
            raise BuildError(publish.unwritable(folder, error)) from error
        if isinstance(error, SnapshotError):
            raise BuildError(f"What was written does not read back, check the disk and build again: {error}") from error
        raise


def _is_current(folder: Path, version: str) -> bool:
    try:
        return publish.current_version(folder) == version
    except SnapshotError:
        return False


def _write(place: Path, draft: Manifest, content: _Content) -> Manifest:
    """Write every file of a version and flush it; the manifest goes last."""
    (place / LEXICAL).mkdir(parents=True)
    content.lexical.save(place / LEXICAL)
    durable.sync_tree(place)
    files = {path.relative_to(place).as_posix(): durable.entry_of(path) for path in sorted((place / LEXICAL).iterdir())}
    files[ARTICLES] = durable.write(place / ARTICLES, documents.article_lines(content.articles))
    files[PASSAGES] = durable.write(place / PASSAGES, documents.passage_lines(content.articles, content.passages))
    files |= content.vectors.save(place)
    written = replace(draft, files=files)
    durable.write(place / MANIFEST, [manifest.dump(written)])
    durable.sync_folder(place)
    return written


def _forget(folder: Path, version: str, previous: Manifest | None) -> None:
    """Keep the new version and one to go back to: the one before it, or the newest that is whole."""
    others = [each.id for each in publish.versions(folder) if each.manifest and each.id != version]
    others.sort(key=lambda name: previous is not None and name == previous.version, reverse=True)
    whole = (name for name in others if not publish.verify(folder, name).damage)
    # The version is published: what cannot be removed now is removed by the next build.
    with suppress(OSError):
        publish.keep(folder, [version, *islice(whole, 1)])


def _report(manifest: Manifest, previous: str | None, encoded: int, clock: Clock, *, up_to_date: bool) -> BuildReport:
    return BuildReport(
        version=manifest.version,
        previous=previous,
        articles=manifest.articles,
        passages=manifest.passages,
        sentences=manifest.sentences,
        embedded=encoded,
        reused=0 if up_to_date else manifest.passages - encoded,
        seconds=clock.seconds,
        up_to_date=up_to_date,
    )
