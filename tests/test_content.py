from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import SourceError
from index.sources.content import decode

SEEDS = Path(__file__).parents[1] / "seeds"
QUOTED = "El año de la “señal”: el niño pagó 30 € —según él— por el café…"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"]
)
def test_an_encoding_is_told_by_its_bytes(encoding: str) -> None:
    for text in (QUOTED * 40, QUOTED) if encoding != "mac_roman" else (QUOTED * 3,):
        assert decode("a.txt", text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["El niño come.", "Señal: 30 €", "¿Cuánto?", "“Sí”", "Núñez", "Á", "Perú y Bogotá…"])
def test_a_few_words_in_the_encoding_of_windows_are_read(text: str) -> None:
    assert decode("a.txt", text.encode("cp1252")) == text


def test_a_seed_in_the_encoding_of_windows_is_read() -> None:
    text = (SEEDS / "004_1aa4f0249ab5debd.txt").read_text(encoding="utf-8")
    assert decode("a.txt", text.encode("cp1252")) == text


def test_a_page_says_its_encoding() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15"><p>30 €</p>'
    assert "30 €" in decode("a.html", page.encode("iso-8859-15"), html=True)
    assert "30 €" in decode("a.html", page.replace("-15", "-1").encode("cp1252"), html=True)


def test_line_ends_are_newlines_and_what_nobody_sees_goes() -> None:
    data = "\ufeffUno\r\nDos\rTres\u2028Cuatro\x0cCin\u200bco\tse\x07is \u202esi\u00adete\ue000\x1b 👩\u200d💻".encode()
    assert decode("a.txt", data) == "Uno\nDos\nTres\nCuatro\nCinco\tseis siete\ue000 👩\u200d💻"
    assert decode("a.txt", b"Uno\n\n  \n\n\nDos\n" + b"\n" * 1000) == "Uno\n\nDos\n\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"hola\x00mundo", "NUL", id="NUL"),
        pytest.param("hola\x00mundo €".encode("utf-16"), "NUL", id="NUL in UTF-16"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "binary", id="image"),
        pytest.param(b"%PDF-1.7 hola", "binary", id="PDF"),
        pytest.param(bytes(range(1, 32)) * 40, "binary", id="control characters"),
        pytest.param(bytes(range(256)) * 40, "NUL|binary", id="any bytes"),
        pytest.param(b"hola \xed\xa0\x80 mundo", "surrogates", id="lone surrogate in UTF-8"),
        pytest.param(b"\xff\xfeh\x00\x00\xd8h\x00", "surrogates", id="lone surrogate in UTF-16"),
        pytest.param("El niño, el año y la caña".encode() + b"\xff", "UTF-8 but for", id="damaged UTF-8"),
        pytest.param("El niño, el año y la caña".encode()[:-2] + b"\xc3", "UTF-8 but for", id="UTF-8 cut short"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        decode("a.txt", data)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_text_fit_to_store_or_refused(data: bytes, html: bool) -> None:
    try:
        text = decode("a.txt", data, html=html)
    except SourceError:
        return
    text.encode("utf-8")
    assert not any(ord(character) < 32 and character not in "\n\t" for character in text)
