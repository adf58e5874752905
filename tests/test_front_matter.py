from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, SourceError
from index.sources.files import read_article
from index.sources.front_matter import MAX_CHARS, iso_date, safe_url, split_front_matter

BODY = "El niño pagó 30 € por el café… según él. ¿Qué más?"


def read(folder: Path, name: str, content: str) -> tuple[Article, tuple[str, ...]]:
    (folder / name).write_text(content, encoding="utf-8", newline="")
    return read_article(str(folder / name))


def test_front_matter_is_read_and_taken_off(tmp_path: Path) -> None:
    block = """title: "Telefónica: 2.420 millones"
URL: https://a.example/x?y=1
publisher: El Ejemplo
published: 27/02/2025
author: [Ana Ruiz, Luis Gil]
lang: en-US
tags: [a, {b: c}]"""
    article, remarks = read(tmp_path, "a.txt", f"---\r\n{block}\n---\n\nUno.\n---\nDos.")
    assert article == Article(
        id=article.id,
        path=str(tmp_path / "a.txt"),
        title="Telefónica: 2.420 millones",
        text="Uno.\nDos.",
        lang="en",
        url="https://a.example/x?y=1",
        publisher="El Ejemplo",
        published="2025-02-27",
        author="Ana Ruiz, Luis Gil",
    )
    assert remarks == ()


def test_a_value_that_is_of_no_use_is_left_out_and_told(tmp_path: Path) -> None:
    block = "title: 2025\nurl: javascript:alert(1)\npublisher: {a: b}\npublished: ayer\nauthor: ~\nlang: fr"
    article, remarks = read(tmp_path, "a.md", f"---\n{block}\n---\n{BODY}")
    assert (article.title, article.lang) == ("2025", "es")
    assert article.url is article.publisher is article.published is article.author is None
    assert sorted(remark.split()[1] for remark in remarks) == ["lang", "published", "publisher", "url"]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("block", "why"),
    [
        pytest.param("title: [sin cerrar\n---", "not valid YAML.*line 3", id="broken"),
        pytest.param("title: a\n\turl: b\n---", "not valid YAML", id="tab"),
        pytest.param("- a\n- b\n---", "names and values", id="list"),
        pytest.param("title: a\n", "not closed", id="not closed"),
        pytest.param("title: a\n" + "x: y\n" * MAX_CHARS + "---", "not closed", id="too long"),
        pytest.param(f"{BOMB}---", "aliases", id="aliases"),
        pytest.param("title: " + "[" * 200 + "]" * 200 + "\n---", "deep", id="nested"),
    ],
)
def test_bad_front_matter_skips_the_file_with_its_reason(tmp_path: Path, block: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        read(tmp_path, "a.md", f"---\n{block}\n{BODY}")


def test_a_tag_in_front_matter_runs_nothing(tmp_path: Path) -> None:
    article, _ = read(tmp_path, "a.md", f"---\ntitle: !!python/object/apply:os.getcwd []\n---\n{BODY}")
    assert article.title == BODY.partition(". ")[0]


@pytest.mark.parametrize(
    "text", ["---\nAviso\n---\nUno.", "--- hoy ---\nUno.", "---\n\nUno: dos: tres.", "----\na: b\n----\n"]
)
def test_rules_drawn_around_text_are_no_front_matter(text: str) -> None:
    metadata, rest = split_front_matter("a.txt", text)
    assert (metadata.title, rest) == (None, text)


@pytest.mark.parametrize("text", ["---\n---\nUno.", "---\n# nada\n---\nUno.", "---\ntitle:\n...\nUno."])
def test_front_matter_may_be_empty(text: str) -> None:
    metadata, rest = split_front_matter("a.txt", text)
    assert (metadata.title, rest.strip()) == (None, "Uno.")


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"#%@,? \n\t"), max_size=60))
def test_any_front_matter_is_read_or_refused(block: str) -> None:
    with contextlib.suppress(SourceError):
        split_front_matter("a.md", f"---\n{block}\n---\nUno.")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-02-24", "2025-02-24"),
        ("2025-02-24T10:00:00+01:00", "2025-02-24"),
        ("2025-02-24 10:00", "2025-02-24"),
        ("2025/2/4", "2025-02-04"),
        ("24/02/2025", "2025-02-24"),
        ("02/03/2025", "2025-03-02"),
        ("03/13/2025", "2025-03-13"),
        ("24.2.2025, 10:00", "2025-02-24"),
        ("24 de febrero de 2025", "2025-02-24"),
        ("lunes, 24 de Febrero del 2025", "2025-02-24"),
        ("1º de mayo de 2025", "2025-05-01"),
        ("February 24, 2025", "2025-02-24"),
        ("Mon, 24 Feb 2025 10:00:00 GMT", "2025-02-24"),
        ("2025-02-30", None),
        ("31/31/2025", None),
        ("ayer", None),
        ("2025", None),
        ("febrero de 2025", None),
        ("24 de brumario de 2025", None),
        ("", None),
    ],
)
def test_dates_are_written_as_iso_dates(value: str, expected: str | None) -> None:
    assert iso_date(value) == expected


@pytest.mark.parametrize("url", ["https://a.example", "http://a.example:80/x?y=1&z=%20#n", "HTTPS://es.example/añ(o)"])
def test_an_address_of_a_page_is_kept(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.example", "//a.example", "javascript:alert(1)", "ftp://a.example", "file:///etc/passwd", "https://"),
        *("https://a b.example", "https://a.example/\x1b[31m", "https://a.example/\n", "https://a.example/<b>"),
        *(
            "https://banco.example@malo.example",
            "https://[::1",
            "https://a.example:99999",
            "https://a.example/" + "a" * 3000,
        ),
    ],
)
def test_any_other_address_is_not(url: str) -> None:
    assert safe_url(url) is None or url != url.strip()
