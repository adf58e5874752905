"""A link leads to the quoted sentence as browsers read text fragments, and nothing in it ends the link."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message.links import MAX_URL, quote_link

SHORT = "Alibaba invertirá $52.44 mil millones, según-dicen (y más)."
LONG = "El gigante chino Alibaba anunció este lunes un nuevo plan - de 380 mil millones, «bien» & más, para tres años."
URLS = st.one_of(
    st.builds(
        "https://{}.example.org/{}?{}#{}".format,
        st.from_regex(r"[a-z]{1,9}", fullmatch=True),
        st.text(max_size=80),
        st.text("()[]<>*_`'\"\\ %=&a", max_size=40),
        st.text(max_size=20),
    ),
    st.text(),
    st.text("htps:/@.[]()0a"),
)
PLAIN = re.compile(r"https?://[a-z0-9_.-]+(?::\d+)?[A-Za-z0-9!$%&+,/:;=?@~#._-]*")


def directive(address: str) -> list[str]:
    """The terms of the address's text directive, as a browser takes them apart."""
    _, mark, text = address.partition(":~:text=")
    assert mark
    assert "&" not in text
    assert "-" not in text
    return [unquote(term) for term in text.split(",")]


def test_a_short_quote_is_named_whole() -> None:
    address = quote_link("https://example.org/a", SHORT)
    assert address
    assert address.startswith("https://example.org/a#:~:text=Alibaba%20invertir%C3%A1%20")
    assert directive(address) == [SHORT]


def test_a_long_quote_is_named_by_its_first_and_last_words() -> None:
    address = quote_link("https://example.org/a", LONG)
    assert address
    first, last = directive(address)
    assert (first, last) == ("El gigante chino Alibaba anunció", "& más, para tres años.")
    assert LONG.startswith(first)
    assert LONG.endswith(last)


def test_a_fragment_stays_and_another_text_directive_does_not() -> None:
    assert quote_link("https://example.org/a#b", "Sí") == "https://example.org/a#b:~:text=S%C3%AD"
    assert quote_link("https://example.org/a#b:~:text=no", "Sí") == "https://example.org/a#b:~:text=S%C3%AD"
    assert quote_link("https://example.org/a#:~:text=no", "Sí") == "https://example.org/a#:~:text=S%C3%AD"


def test_without_a_quote_the_address_is_plain() -> None:
    assert quote_link("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"
    assert quote_link("https://example.org/a", " \u200b ") == "https://example.org/a"


def test_no_address_is_longer_than_a_button_takes() -> None:
    base = "https://example.org/"
    fits = base + "a" * (MAX_URL - len(base))
    assert quote_link(fits, SHORT) == fits
    assert quote_link(fits + "a", SHORT) is None
    assert quote_link(base + "ñ" * 100, SHORT) is None
    # Where five words at either end do not fit, three do.
    words = " ".join(["ñúñúñúñúñ"] * 20)
    address = quote_link(base, words)
    assert address
    assert [len(term.split()) for term in directive(address)] == [3, 3]


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://example.org/a_(b)", "https://example.org/a_%28b%29"),
        ("https://example.org/a)[x](y", "https://example.org/a%29%5Bx%5D%28y"),
        ("https://example.org/ñ b%20c%zz", "https://example.org/%C3%B1%20b%20c%25zz"),
        ("https://español.example/", "https://xn--espaol-zwa.example/"),
        ("HTTPS://Example.ORG:8080/A", "https://example.org:8080/A"),
        ("https://127.0.0.1/a", "https://127.0.0.1/a"),
        (" https://example.org/\na ", "https://example.org/a"),
    ],
)
def test_an_address_is_written_so_that_markdown_holds_it(url: str, encoded: str) -> None:
    assert quote_link(url) == encoded


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "example.org/a",
        "//example.org/a",
        "javascript:alert(1)",
        "ftp://example.org/a",
        "discord://-/channels/1",
        "https:///a",
        "https://localhost/a",
        "https://1.2.3.444/a",
        "https://[::1]/a",
        "https://a..b/",
        "https://example.org:99999/",
        "https://google.com@example.org/",
        "https://user:pass@example.org/",
        "https://exam\u200bple.org/",
        "https://example.org/\u202egnp.exe",
        "https://example.org/\ud800",
        "https://discord.gg/abc",
        "https://discord.gg/%61bc",
        "https://ｄiscord.gg/abc",
        "https://example.org/?to=discord.com%2Finvite%2Fabc",
        "https://ex_ample.org)[x](https://b.org",
    ],
)
def test_an_address_that_is_not_fit_to_be_followed_is_none(url: str | None) -> None:
    assert quote_link(url, SHORT) is None


@given(URLS, st.text(max_size=300))
def test_nothing_in_a_link_breaks_out_of_it(url: str, quoted: str) -> None:
    address = quote_link(url, quoted)
    if address is None:
        return
    assert len(address) <= MAX_URL
    assert PLAIN.fullmatch(address)
    assert urlsplit(address).hostname
    assert quote_link(address.partition(":~:")[0].removesuffix("#"), quoted) == address
