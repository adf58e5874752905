"""An answer as JSON, as plain text and on a terminal."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bot.answers import Answer, Citation, NotFound, Statement
from bot.desk import Reply
from index.records import Article, Language, Results, Span
from scripts import rendering
from scripts.output import printable

TEXT = "Zorroto compró 45 barcos. El puerto los vio llegar en mayo."
ONE = Article(
    id="1", path="a/one.txt", title="La compra", text=TEXT, url="https://example.org/1", publisher="El Diario",
    published="2024-05-06",
)  # fmt: skip
OTHER = Article(id="2", path="a/two.txt", title="", text="Zorroto compró 45 barcos.")
FIRST, SECOND = Span(0, 25), Span(26, 59)
ANSWER = Answer(
    question="¿cuántos?",
    language=Language.SPANISH,
    confidence=0.912345,
    statements=(
        Statement(TEXT[:25], (Span(15, 24), Span(0, 7)), (1, 2)),
        Statement(TEXT[26:59], (), (1,)),
    ),
    citations=(
        Citation(1, ONE, FIRST, TEXT[:25], 2.123456),
        Citation(2, OTHER, FIRST, TEXT[:25], 2.0),
        Citation(1, ONE, SECOND, TEXT[26:59], 1.5),
    ),
)
RESULTS = Results("¿cuántos?", Language.SPANISH, (), 0.9, True)
NOTHING = NotFound("what?", Language.ENGLISH, 0.1, (ONE, OTHER))

PLAIN = """\
Zorroto compró 45 barcos. [1][2]
El puerto los vio llegar en mayo. [1]

Fuentes
[1] La compra · El Diario · 2024-05-06
    https://example.org/1
    a/one.txt
    «Zorroto compró 45 barcos.»
    «El puerto los vio llegar en mayo.»
[2] Sin título
    a/two.txt
    «Zorroto compró 45 barcos.»"""


def on_terminal(outcome: Answer | NotFound, width: int = 60) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, highlight=False, color_system="standard")
    rendering.show(outcome, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def without_codes(text: str) -> str:
    return re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[\d;]*m", "", text)


def test_plain_text_is_the_answer_and_a_numbered_list_of_sources_with_their_quotes() -> None:
    assert rendering.as_plain(ANSWER) == PLAIN


def test_plain_text_is_not_wrapped() -> None:
    long = replace(ANSWER, statements=(Statement("palabra " * 60 + "fin.", (), (1,)),))
    assert rendering.as_plain(long).splitlines()[0] == "palabra " * 60 + "fin. [1]"


def test_plain_text_names_the_nearest_articles_where_there_is_no_answer() -> None:
    assert rendering.as_plain(NOTHING).splitlines() == [
        "I don't know: the articles I have don't say.",
        "",
        "Closest articles",
        "  - La compra",
        "    https://example.org/1",
        "    a/one.txt",
        "  - Untitled",
        "    a/two.txt",
    ]
    assert len(rendering.as_plain(replace(NOTHING, near=())).splitlines()) == 1


def test_a_terminal_shows_the_same_text_with_what_is_asked_for_in_bold() -> None:
    shown = on_terminal(ANSWER)
    lines = [line.rstrip() for line in without_codes(shown).splitlines()]
    assert lines == PLAIN.splitlines()
    assert "\x1b[1m45 barcos\x1b[0m" in shown
    assert "\x1b[1mZorroto\x1b[0m" in shown
    assert without_codes(on_terminal(NOTHING)).split() == rendering.as_plain(NOTHING).split()


def test_a_terminal_wraps_quotes_inside_their_indent() -> None:
    lines = without_codes(on_terminal(ANSWER, 24)).splitlines()
    at = next(number for number, line in enumerate(lines) if "«El puerto" in line)
    assert [line.rstrip() for line in lines[at : at + 2]] == ["    «El puerto los vio", "    llegar en mayo.»"]


@pytest.mark.parametrize(
    ("url", "linked"),
    [("https://example.org/1", True), ("http://example.org", True), ("javascript:alert(1)", False), ("ftp://x", False)],
)
def test_only_addresses_of_the_web_become_links(url: str, linked: bool) -> None:
    article = replace(ONE, url=url)
    outcome = replace(ANSWER, citations=tuple(replace(c, article=article) for c in ANSWER.citations))
    assert ("\x1b]8;" in on_terminal(outcome)) is linked
    assert url in without_codes(on_terminal(outcome))


EVIL = "x\x1b[31mrojo\x1b]0;título\x07\x9b5A\r\n\u202eatrás[bold]no[/bold]\x00"


def test_nothing_in_an_article_is_obeyed_by_the_terminal() -> None:
    article = Article(
        id="3", path=f"p{EVIL}", title=EVIL, text=EVIL, url=f"https://e.org/{EVIL}", publisher=EVIL, published=EVIL
    )  # fmt: skip
    answer = replace(
        ANSWER,
        statements=(Statement(EVIL, (Span(1, 9),), (1,)),),
        citations=(Citation(1, article, Span(0, len(EVIL)), EVIL, 1.0),),
    )
    for outcome in (answer, replace(NOTHING, near=(article,))):
        plain = rendering.as_plain(outcome)
        assert all(character.isprintable() or character == "\n" for character in plain)
        shown = on_terminal(outcome, 200)
        assert all(character.isprintable() or character == "\n" for character in without_codes(shown))
        assert "\x1b[31m" not in shown
        assert "[bold]no[/bold]" in shown


def test_json_is_as_documented() -> None:
    value = rendering.as_json(Reply(ANSWER, "v1", {"load": 1.23456, "total": 2.0}, RESULTS))
    assert list(value) == [
        "question", "language", "status", "confidence", "answer", "citations", "near", "index_version", "timings_ms",
    ]  # fmt: skip
    assert value["status"] == "answered"
    assert value["confidence"] == 0.9123
    assert value["answer"] == "**Zorroto** compró **45 barcos**. [1][2]\nEl puerto los vio llegar en mayo. [1]"
    assert value["near"] == []
    assert value["timings_ms"] == {"load": 1.23, "total": 2.0}
    assert value["citations"][0] == {
        "number": 1,
        "article_id": "1",
        "title": "La compra",
        "publisher": "El Diario",
        "published": "2024-05-06",
        "url": "https://example.org/1",
        "path": "a/one.txt",
        "quote": "Zorroto compró 45 barcos.",
        "start": 0,
        "end": 25,
        "score": 2.1235,
    }
    assert [citation["number"] for citation in value["citations"]] == [1, 2, 1]
    assert value["citations"][1]["url"] is None
    assert json.loads(json.dumps(value)) == value


def test_json_of_no_answer_names_the_nearest_articles() -> None:
    value = rendering.as_json(Reply(NOTHING, "v1", {}, RESULTS))
    assert (value["status"], value["citations"]) == ("not_found", [])
    assert value["answer"] == "I don't know: the articles I have don't say."
    assert value["near"] == [
        {"title": "La compra", "url": "https://example.org/1", "path": "a/one.txt"},
        {"title": "", "url": None, "path": "a/two.txt"},
    ]


def test_what_is_printable_stays_as_it_is() -> None:
    assert printable("«Año 2024», 👩‍💻 5 € — ok") == "«Año 2024», 👩‍💻 5 € — ok"
    assert printable("uno\ndos\ttres\r\ncuatro") == "uno dos tres cuatro"
