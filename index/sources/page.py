"""HTML page -> the article in it, by trafilatura: without navigation, with headings and lists."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from index.clean import Line
from index.records import SourceError
from index.sources.front_matter import Metadata, read_metadata

_MIN_CHARS = 25
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,8}));?", re.IGNORECASE)
_HEAD = 2_000
_DOCUMENT = re.compile(r"<!doctype|<html", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\n]+")
_BLOCKS = frozenset(("main", "p", "head", "list", "item", "quote", "table", "row", "code", "div", "body", "ab"))


def page_lines(path: str, html: str) -> tuple[list[Line], Metadata]:
    """Return the lines of the page's article, and what the page's head says of it.

    Raises:
        SourceError: the page has no article text, or is too broken to read.
    """
    document = _extract(path, html)
    main = document.find("main")
    lines = [] if main is None else list(_Reader().lines(main))
    if not any(line.text for line in lines):
        raise SourceError(path, "no article text was found in the page: save the article itself, or as .txt or .md")
    stated = {"title": "title", "url": "url", "publisher": "sitename", "published": "date", "author": "author"}
    values: dict[str, object] = {name: document.get(key) for name, key in stated.items()}
    return lines, read_metadata(values)


def _extract(path: str, html: str) -> ET.Element:
    import trafilatura  # slow
    from trafilatura.settings import use_config

    # Left alone, trafilatura takes less than 250 characters for a failure and returns the page as one flat text.
    config = use_config()
    # What is wrong with a page goes into the error; trafilatura's own messages would reach the terminal.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    html = _REFERENCE.sub(_without_control, html)  # XML has no control characters: one of them loses the page
    if not _DOCUMENT.search(html, 0, _HEAD):
        html = f"<html><body>{html}</body></html>"
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(_MIN_CHARS))
    config.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    try:
        xml = trafilatura.extract(
            html,
            config=config,
            output_format="xml",
            with_metadata=True,
            include_comments=False,
            include_formatting=False,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
        return ET.fromstring(xml) if xml else ET.Element("doc")  # noqa: S314 (trafilatura wrote it: no entities)
    except Exception as error:  # whatever a parser makes of a broken page, the other files still count
        raise SourceError(path, f"the page cannot be read ({type(error).__name__}): save it as .txt or .md") from error


def _without_control(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return reference[0] if code > 0x9F or 0x20 <= code < 0x7F or code in (0x09, 0x0A) else ""


class _Reader:
    """Walks trafilatura's elements; text between two block elements is one line."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def lines(self, element: ET.Element) -> Iterator[Line]:
        if element.tag == "code":
            yield from map(Line, "".join(element.itertext()).split("\n"))
            return
        if element.tag == "row":
            cells = ("".join(cell.itertext()) for cell in element)
            yield Line(" | ".join(_WHITE.sub(" ", cell).strip() for cell in cells))
            return
        level = _level(element)
        if element.tag == "item":
            self._parts.append("- ")
        self._add(element.text)
        for child in element:
            if child.tag in _BLOCKS:
                yield from self._flush(level)
                yield from self.lines(child)
            elif child.tag == "lb":
                yield from self._flush(level)
            else:
                self._add("".join(child.itertext()))
            self._add(child.tail)
        yield from self._flush(level)

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(_WHITE.sub(" ", text))

    def _flush(self, level: int) -> Iterator[Line]:
        text = "".join(self._parts).strip()
        if text == "-":
            return  # an item's own paragraph follows
        self._parts.clear()
        if text:
            yield Line(_WHITE.sub(" ", text), level)


def _level(element: ET.Element) -> int:
    if element.tag != "head":
        return 0
    found = re.fullmatch(r"h([1-6])", element.get("rend", ""))
    return int(found[1]) if found else 2
