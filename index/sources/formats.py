"""Plain text, Markdown and HTML -> the lines of an article and what the page says of itself."""

from __future__ import annotations

from index.clean import Line, plain_lines
from index.records import SourceError
from index.sources.content import one_line
from index.sources.front_matter import Metadata
from index.sources.wrapping import unwrap

SUFFIXES = frozenset((".txt", ".md", ".html", ".htm"))
_MAX_MARKDOWN = 2_000_000
"""Code points; Markdown takes half a second for every hundred thousand."""


def read_lines(path: str, text: str, suffix: str) -> tuple[list[Line], Metadata]:
    """Return the lines of ``text`` and its metadata; ``suffix`` is one of ``SUFFIXES``.

    Raises:
        SourceError: an HTML page has no article text, or Markdown is too long.
    """
    if suffix == ".md":
        if len(text) > _MAX_MARKDOWN:
            raise SourceError(path, f"it is Markdown of more than {_MAX_MARKDOWN // 1_000_000} MB: split it")
        from index.sources.markdown import markdown_lines  # only what a corpus has is imported

        return _fit_to_show(markdown_lines(text)), Metadata()
    if suffix in (".html", ".htm"):
        from index.sources.page import page_lines  # as above

        lines, metadata = page_lines(path, text)
        return _fit_to_show(lines), metadata
    return plain_lines(unwrap(text)), Metadata()


def _fit_to_show(lines: list[Line]) -> list[Line]:
    return [Line(one_line(line.text), line.level) for line in lines]
