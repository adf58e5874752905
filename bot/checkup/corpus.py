"""The articles, the index that was made of them, and the questions that guard it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.checkup.findings import Finding, State, refusal
from bot.settings import Settings
from index import publish
from index.manifest import ARTICLES
from index.records import EmptyCorpusError, Manifest, SnapshotError, SourceError

if TYPE_CHECKING:
    from index.documents import Articles
    from index.sources.walk import Found

# Files that are read, at most: a thousand take about a second.
_MOST_READ = 500
_AHEAD = timedelta(minutes=5)
_BUILD = "run `pregonero build`"


@dataclass
class Comparison:
    """What lies in the folders beside what the index holds of them; ``unread`` files were too many to look into."""

    fresh: int = 0
    gone: int = 0
    unread: int = 0
    skipped: list[SourceError] = field(default_factory=list)


def articles(settings: Settings) -> Iterator[Finding]:
    """Whether there are articles, and whether the index is of them as they are now."""
    from index.sources.formats import SUFFIXES
    from index.sources.walk import find_files

    roots = settings.articles_dirs
    try:
        found = find_files(roots, SUFFIXES)
    except EmptyCorpusError as error:
        yield refusal("articles", error)
        return
    named = ", ".join(roots)
    if not found.files:
        why = f" ({found.skipped[0]})" if found.skipped else ""
        sentence = f"No .txt, .md or .html file is in {named}{why}"
        yield Finding("articles", State.PROBLEM, sentence, "put articles there, or name other folders in ARTICLES_DIR")
        return
    held = _held(settings.index_dir)
    compared = _compare(found, held)
    if compared.skipped:
        first = min(compared.skipped, key=lambda error: error.path)
        sentence = f"{_count(len(compared.skipped), 'file')} in {named} cannot be used ({first})"
        yield Finding("articles", State.WARNING, sentence, "`pregonero build` lists every one with its reason")
    indexed = tuple(str(Path(root)) for root in held.manifest.roots) if held else roots
    if indexed != roots:
        sentence = f"The index was made from {', '.join(indexed)}, and ARTICLES_DIR is {named}"
        yield Finding("articles", State.WARNING, sentence, f"{_BUILD} to index what it names, or change it")
    elif held and (compared.fresh or compared.gone or compared.unread):
        yield Finding("articles", State.WARNING, _stale(compared), _BUILD)
    else:
        count = len(found.files) - len(compared.skipped) + len(found.skipped)
        as_now = ", as they are in the index" if held else ""
        yield Finding("articles", State.OK, f"{_count(count, 'article')} in {named}{as_now}")


def _stale(compared: Comparison) -> str:
    parts = []
    if compared.fresh:
        more = " or more" if compared.unread else ""
        parts.append(f"{_count(compared.fresh, 'article')}{more} changed or came")
    elif compared.unread:
        parts.append(f"{_count(compared.unread, 'file')} may have changed")
    if compared.gone:
        parts.append(f"{_count(compared.gone, 'article')} went away")
    return f"{' and '.join(parts)} since the index was built"


@dataclass(frozen=True)
class _Held:
    """The articles of the published version."""

    manifest: Manifest
    articles: Articles

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of the article with this path."""
        return {str(self.articles.values(row).get("path")): row for row in range(len(self.articles))}


def _held(folder: Path) -> _Held | None:
    """None where the index cannot be read, which the index's own check tells of."""
    from index.documents import Articles

    with suppress(SnapshotError):
        manifest = publish.read_manifest(folder)
        held = _Held(manifest, Articles(publish.version_folder(folder, manifest.version) / ARTICLES, manifest.articles))
        if held.rows:
            return held
    return None


def _compare(found: Found, held: _Held | None) -> Comparison:
    """Look into the files that the index does not have, or that were written after it."""
    from index.sources.files import read_article

    rows = held.rows if held else {}
    built = datetime.fromisoformat(held.manifest.built_at).timestamp() if held else 0.0
    suspects = [path for path in found.files if path not in rows or Path(path).stat().st_mtime >= built]
    compared = Comparison(gone=len(rows.keys() - set(found.files)), skipped=list(found.skipped))
    compared.unread = max(0, len(suspects) - _MOST_READ) if held else 0
    for path in suspects[:_MOST_READ]:
        try:
            article, _ = read_article(path)
        except SourceError as error:
            compared.skipped.append(error)
            compared.gone += path in rows
        else:
            # A copy or a checkout gives a file a new date and no new text.
            compared.fresh += not (held and path in rows and held.articles[rows[path]] == article)
    return compared


def index(settings: Settings) -> Iterator[Finding]:
    """Whether an index is published, is whole and opens."""
    folder = settings.index_dir
    try:
        manifest = publish.read_manifest(folder)
        verified = publish.verify(folder, manifest.version)
        if not verified.damage:
            from index.snapshot import open_snapshot

            open_snapshot(folder, verify=False)
    except SnapshotError as error:
        yield refusal("index", error)
        return
    if verified.damage:
        first = verified.damage[0]
        sentence = (
            f"{len(verified.damage)} of the index's {verified.files} files are damaged ({first.file} {first.reason})"
        )
        yield Finding("index", State.PROBLEM, sentence, f"{_BUILD}, or `pregonero rollback` to go back")
        return
    built = datetime.fromisoformat(manifest.built_at)
    passed = datetime.now(UTC) - built
    if passed < -_AHEAD:
        sentence = f"The index was built on {built:%Y-%m-%d %H:%M} UTC, which is still to come"
        yield Finding("index", State.WARNING, sentence, "set this machine's clock")
        return
    days = max(0, passed.days)
    age = f"{_count(days, 'day')} ago" if days else "today"
    sentence = f"Built {age} ({built:%Y-%m-%d %H:%M} UTC), {_count(manifest.articles, 'article')}, every file whole"
    yield Finding("index", State.OK, sentence)


def golden(settings: Settings) -> Iterator[Finding]:
    """Whether the golden questions can be asked; nothing where there are none."""
    from bot.golden import QuestionsError, read_golden

    if settings.golden_questions is None:
        return
    try:
        questions = read_golden(settings.golden_questions)
    except QuestionsError as error:
        yield refusal("golden questions", error)
        return
    sentence = f"{_count(len(questions), 'question')} in {settings.golden_questions} guard what is published"
    yield Finding("golden questions", State.OK, sentence)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
