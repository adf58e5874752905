"""Folders -> a corpus of articles, with the reason why each file that is none was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from index.clean import clean_lines
from index.language import detect
from index.records import Article, EmptyCorpusError, SourceError
from index.sources.content import decode, read_file
from index.sources.formats import SUFFIXES, read_lines
from index.sources.front_matter import split_front_matter
from index.sources.walk import find_files, shown

_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read. ``articles`` and ``skipped`` are sorted by path.

    ``duplicates`` are pairs of paths whose articles have one text: the first of them in order, and the other; both
    articles are kept. ``remarks`` name a file's metadata that could not be used; the article is kept without it.
    """

    articles: tuple[Article, ...]
    skipped: tuple[SourceError, ...]
    duplicates: tuple[tuple[str, str], ...]
    remarks: tuple[SourceError, ...] = ()


def read_articles(roots: Sequence[str | Path], progress: Callable[[int, int], None] | None = None) -> Corpus:
    """Read every article in and under ``roots``, which are folders or single files.

    A file that cannot be used is skipped and listed with its reason. ``progress`` is told the number of files done
    and the number of all.

    Raises:
        EmptyCorpusError: a root does not exist, or no article is left.
    """
    if not roots:
        raise EmptyCorpusError("No articles folder was named: name one that holds .txt, .md or .html files.")
    found = find_files(roots, SUFFIXES)
    skipped = list(found.skipped)
    remarks: list[SourceError] = []
    articles: list[Article] = []
    for done, path in enumerate(found.files, 1):
        try:
            article, ignored = read_article(path)
        except SourceError as error:
            skipped.append(error)
        else:
            articles.append(article)
            remarks.extend(SourceError(path, remark) for remark in ignored)
        if progress is not None:
            progress(done, len(found.files))
    skipped.sort(key=lambda error: error.path)
    if not articles:
        raise EmptyCorpusError(_nothing_left(roots, skipped))
    return Corpus(tuple(articles), tuple(skipped), tuple(_duplicates(articles)), tuple(remarks))


def read_article(path: str) -> tuple[Article, tuple[str, ...]]:
    """Read one file; return the article and a remark for each piece of its metadata that could not be used.

    Raises:
        SourceError: the file cannot be read, or holds no article.
    """
    suffix = PurePath(path).suffix.casefold()
    text = decode(path, read_file(path), html=suffix in (".html", ".htm"))
    given, body = split_front_matter(path, text)
    lines, stated = read_lines(path, body, suffix)
    metadata = given.or_else(stated)
    cleaned = clean_lines(lines, metadata.title)
    if not cleaned.text:
        raise SourceError(path, "nothing is left of it without the page's furniture: give it some text or delete it")
    article = Article(
        id=article_id(path),
        path=path,
        title=cleaned.title,
        text=cleaned.text,
        lang=(metadata.lang or detect(cleaned.text)).value,
        url=metadata.url,
        publisher=metadata.publisher,
        published=metadata.published,
        author=metadata.author,
        headings=cleaned.headings,
    )
    return article, metadata.remarks


def article_id(path: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of the path as given, in POSIX form."""
    return hashlib.sha256(PurePath(path).as_posix().encode()).hexdigest()[:16]


def _duplicates(articles: Iterable[Article]) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for article in articles:
        path = first.setdefault(article.text, article.path)
        if path != article.path:
            yield path, article.path


def _nothing_left(roots: Sequence[str | Path], skipped: Sequence[SourceError]) -> str:
    named = ", ".join(shown(str(Path(root))) for root in roots)
    if not skipped:
        return f"No .txt, .md or .html file is in {named}: put articles there, or name another folder."
    reasons = "; ".join(map(str, skipped[:_REASONS_SHOWN]))
    more = len(skipped) - _REASONS_SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    return f"No article in {named} can be used: {reasons}{rest}."
