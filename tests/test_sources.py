from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, EmptyCorpusError, SourceError
from index.sources import Corpus, read_articles
from index.sources.content import MAX_BYTES, decode
from index.sources.front_matter import MAX_CHARS, iso_date, safe_url, split_front_matter
from index.sources.markdown import markdown_lines
from index.sources.wrapping import unwrap

SEEDS = Path(__file__).parents[1] / "seeds"
BODY = "El niño pagó 30 € por el café… según él. ¿Qué más?"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file under the working folder, which is a new one."""
    monkeypatch.chdir(tmp_path)

    def write(path: str, content: str | bytes = BODY) -> Path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
        return Path(path)

    return write


def read_one(path: Path) -> Article:
    corpus = read_articles([path])
    assert corpus.skipped == ()
    [article] = corpus.articles
    return article


def reason(corpus: Corpus, path: str) -> str:
    [error] = [error for error in corpus.skipped if error.path == path]
    return error.reason


def paths(corpus: Corpus) -> list[str]:
    return [article.path for article in corpus.articles]


# --- what is found --------------------------------------------------------------------------------------------------


def test_the_seeds_are_read() -> None:
    corpus = read_articles([SEEDS])
    first, second = corpus.articles
    assert first.path == str(SEEDS / "000_ecd3f22a6ca37239.txt")
    assert first.id == hashlib.sha256(first.path.encode()).hexdigest()[:16]
    assert first.title == "Recientemente, xAI, la empresa de Elon Musk, y Nvidia se unieron a la Alianza…"
    assert [first.text[start:end] for start, end in first.headings] == ["Puntos clave:"]
    assert second.title.startswith("Alibaba Anuncia Inversión de $52 Mil Millones")
    assert second.text.endswith("de IA en los EE. UU.")
    assert {(article.lang, article.url, article.published) for article in corpus.articles} == {("es", None, None)}
    assert (corpus.skipped, corpus.duplicates, corpus.remarks) == ((), (), ())


def test_folders_are_read_to_the_bottom_in_the_order_of_their_paths(write: Write) -> None:
    for path in ("b/z.md", "b/a/deep/er/x.HTML", "a/n.txt", "a/N.htm", "a/é.TXT"):
        write(path, f"<p>{BODY} En {path}.</p>" if "ht" in path.lower() else f"{BODY} En {path}.")
    for path in ("a/notes.pdf", "a/.hidden.txt", ".git/x.txt", "b/.obsidian/x.md", "a/README", "b/x.txt~"):
        write(path)
    expected = ["a/N.htm", "a/n.txt", "a/é.TXT", "b/a/deep/er/x.HTML", "b/z.md"]
    assert paths(read_articles(["b", "a"])) == expected
    assert paths(read_articles(["."])) == expected
    assert read_articles(["b", "a"]) == read_articles([Path("./a/"), Path("b")])


def test_paths_are_given_as_the_root_was(write: Write, tmp_path: Path) -> None:
    write("a/n.txt")
    assert paths(read_articles([tmp_path / "a"])) == [str(tmp_path / "a" / "n.txt")]
    assert paths(read_articles(["a/../a"])) == ["a/../a/n.txt"]
    assert paths(read_articles(["a/n.txt"])) == ["a/n.txt"]
    [article] = read_articles(["a"]).articles
    assert article.id == hashlib.sha256(b"a/n.txt").hexdigest()[:16]


def test_a_file_that_two_roots_lead_to_is_read_once(write: Write, tmp_path: Path) -> None:
    write("a/b/n.txt")
    assert paths(read_articles(["a", "a/b", "a/b/n.txt"])) == ["a/b/n.txt"]
    assert paths(read_articles([tmp_path, "a"])) == [str(tmp_path / "a/b/n.txt")]


def test_progress_tells_files_done_and_files_in_all(write: Write) -> None:
    write("a/1.txt")
    write("a/2.txt", "")
    write("a/3.txt")
    told: list[tuple[int, int]] = []
    read_articles(["a"], lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_two_articles_with_one_text_are_both_kept_and_told(write: Write) -> None:
    write("a/1.txt")
    write("a/2.md")
    write("a/3.txt", "Otra cosa.")
    write("b/1.txt", f"---\ntitle: T\n---\n{BODY}")
    corpus = read_articles(["a", "b"])
    assert len(corpus.articles) == 4
    assert corpus.duplicates == (("a/1.txt", "a/2.md"), ("a/1.txt", "b/1.txt"))


# --- formats --------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="es"><head><meta charset="utf-8">
<title>Mistral recauda 600 millones | Diario</title>
<meta property="og:site_name" content="El Diario"><meta name="author" content="Laura Díaz">
<meta property="article:published_time" content="2024-06-11T18:00:00+02:00">
<link rel="canonical" href="https://diario.example/mistral"></head><body>
<nav><ul><li><a href="/">Inicio</a></li><li><a href="/ia">Tecnología</a></li></ul></nav>
<article><h1>Mistral recauda 600 millones</h1><p>Tiempo de lectura: 3 minutos</p>
<figure><img src="a.jpg"><figcaption>Foto de Pierre Dupont en Unsplash</figcaption></figure>
<p>La startup francesa <b>Mistral</b> ha cerrado una <a href="/r">ronda</a> de 600&nbsp;millones,
liderada por General Catalyst &amp; otros.<br>Es la mayor de Europa.</p><p>Publicidad</p>
<h2>Inversores</h2><ul><li>Nvidia: 5 * 3 * 2</li><li>Lightspeed</li></ul>
<table><tr><th>Año</th><th>Valor</th></tr><tr><td>2024</td><td>5.800</td></tr></table>
<p>Lee también: <a href="/x">OpenAI cierra otra ronda</a></p></article>
<aside><h3>Lo más leído</h3><ul><li><a href="/1">Otra noticia muy leída</a></li></ul></aside>
<footer>© 2024 El Diario. <a href="/c">Política de cookies</a></footer></body></html>"""


def test_a_page_gives_its_article_and_what_its_head_says(write: Write) -> None:
    article = read_one(write("p.html", PAGE))
    assert article.text.replace("\u00a0", " ").split("\n") == [
        "La startup francesa Mistral ha cerrado una ronda de 600 millones, liderada por General Catalyst & otros.",
        "Es la mayor de Europa.",
        "Inversores",
        "- Nvidia: 5 * 3 * 2",
        "- Lightspeed",
        "Año | Valor",
        "2024 | 5.800",
    ]
    assert [article.text[start:end] for start, end in article.headings] == ["Inversores"]
    assert article.title == "Mistral recauda 600 millones"
    assert (article.publisher, article.author) == ("El Diario", "Laura Díaz")
    assert (article.published, article.url) == ("2024-06-11", "https://diario.example/mistral")


def test_a_short_page_keeps_its_structure(write: Write) -> None:
    page = "<nav><a href='/'>Inicio</a></nav><main><h1>Obras</h1><p>Empiezan el lunes 3 de mayo.</p><h2>Dónde</h2>"
    article = read_one(write("p.htm", f"<html><body>{page}<ul><li>Calle Mayor</li></ul></main></body></html>"))
    assert (article.title, article.text) == ("Obras", "Empiezan el lunes 3 de mayo.\nDónde\n- Calle Mayor")


@pytest.mark.parametrize("page", ["<html></html>", "<script>x</script>", "<!doctype html>"])
def test_a_page_without_an_article_is_skipped(write: Write, page: str) -> None:
    write("p.html", page)
    write("q.txt")
    assert "no article text" in reason(read_articles(["."]), "p.html")


def test_what_a_page_claims_of_its_address_is_checked(write: Write) -> None:
    page = PAGE.replace("https://diario.example/mistral", "javascript:alert(1)")
    assert read_one(write("p.html", page)).url is None


MARKDOWN = """# Telefónica cierra 2024

![Sede](sede.jpg)
*Foto: Ana Ruiz / EFE*

La operadora **Telefónica** ganó [2.420 millones](https://a.example/x), un 8,3 %\\* más.
Marc Murtra dijo: «Seguimos _creciendo_».

## Claves

* Ingresos: **41.315** millones.
  * De ellos, 3.000 en `Brasil`.
1. Primero
2. Segundo

> El dividendo será de 0,30 euros.

| Año | Valor |
|-----|-------|
| 2024 | 2.420 |

```python
# comentario
```
<div>Cerrado.<br>Y <b>festivos</b>.</div>
<!-- oculto --> <script>x</script>

Más en <https://a.example/i>. Nota: snake_case_name y 5 * 3.
🌍 Uno
💡 Dos
"""


def test_markdown_is_reduced_to_its_text(write: Write) -> None:
    article = read_one(write("m.md", MARKDOWN))
    assert article.title == "Telefónica cierra 2024"
    assert [line for line in article.text.split("\n") if line] == [
        "La operadora Telefónica ganó 2.420 millones, un 8,3 %* más.",
        "Marc Murtra dijo: «Seguimos creciendo».",
        "Claves",
        "- Ingresos: 41.315 millones.",
        "- De ellos, 3.000 en Brasil.",
        "1. Primero",
        "2. Segundo",
        "El dividendo será de 0,30 euros.",
        "Año | Valor",
        "2024 | 2.420",
        "# comentario",
        "Cerrado.",
        "Y festivos.",
        "Más en https://a.example/i. Nota: snake_case_name y 5 * 3.",
        "🌍 Uno",
        "💡 Dos",
    ]
    assert [article.text[start:end] for start, end in article.headings] == ["Claves"]


def test_a_line_of_markdown_that_goes_on_in_small_letters_is_joined() -> None:
    lines = markdown_lines("El **acto** empieza\na las 18:00.\nEntrada: 3 €\nsegún **el**\n*programa* oficial")
    assert [line.text for line in lines] == ["El acto empieza a las 18:00.", "Entrada: 3 € según el programa oficial"]


@given(st.text(st.sampled_from("ab# -*_`[]()<>!|\n\t1.>~&;\\"), max_size=80))
def test_no_markdown_breaks_the_reader(text: str) -> None:
    assert all("\n" not in line.text for line in markdown_lines(text))


WRAPPED = """Estimados socios:
El próximo sábado 15 de marzo, entre las 02:00 y las 06:00, los
servidores del club estarán fuera de servicio por tareas de
mantenimiento. Durante ese tiempo no se podrá acceder a la web ni
al foro.

Rogamos a todos los socios que guarden su trabajo antes de esa
hora. Para dudas, escriban a la Sra. López, de 9 a. m. a 2 p. m.
- Servidor A: dos horas y media, quizá algo más que eso
- Servidor B: cuatro horas"""


def test_text_wrapped_at_a_column_is_put_back_into_paragraphs() -> None:
    unwrapped = unwrap(WRAPPED)
    assert [line.partition(" ")[0] for line in unwrapped.split("\n")] == ["Estimados", "El", "", "Rogamos", "-", "-"]
    assert unwrapped.replace("\n", " ") == WRAPPED.replace("\n", " ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Uno\nDos",
        "\n".join(f"{hour}:00 Conferencia de la doctora número {hour} en la sala grande" for hour in range(10, 20)),
        "\n".join(["Una frase que dice algo de cierta longitud y acaba aquí."] * 9),
        "\n".join(["una línea corta", "y otra", "y otra más"] * 9),
        (SEEDS / "000_ecd3f22a6ca37239.txt").read_text(encoding="utf-8"),
    ],
)
def test_text_that_was_not_wrapped_stays(text: str) -> None:
    assert unwrap(text) == text


# --- encodings ------------------------------------------------------------------------------------------------------

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


# --- front matter ---------------------------------------------------------------------------------------------------


def test_front_matter_is_read_and_taken_off(write: Write) -> None:
    block = """title: "Telefónica: 2.420 millones"
URL: https://a.example/x?y=1
publisher: El Ejemplo
published: 27/02/2025
author: [Ana Ruiz, Luis Gil]
lang: en-US
tags: [a, {b: c}]"""
    corpus = read_articles([write("a.txt", f"---\r\n{block}\n---\n\nUno.\n---\nDos.")])
    [article] = corpus.articles
    assert article == Article(
        id=article.id,
        path="a.txt",
        title="Telefónica: 2.420 millones",
        text="Uno.\nDos.",
        lang="en",
        url="https://a.example/x?y=1",
        publisher="El Ejemplo",
        published="2025-02-27",
        author="Ana Ruiz, Luis Gil",
    )
    assert corpus.remarks == ()


def test_front_matter_wins_over_what_the_page_says(write: Write) -> None:
    article = read_one(write("p.html", f"---\ntitle: Otro\npublished: 2025-01-02\n---\n{PAGE}"))
    assert (article.title, article.published, article.publisher) == ("Otro", "2025-01-02", "El Diario")


def test_a_value_that_is_of_no_use_is_left_out_and_told(write: Write) -> None:
    block = "title: 2025\nurl: javascript:alert(1)\npublisher: {a: b}\npublished: ayer\nauthor: ~\nlang: fr"
    corpus = read_articles([write("a.md", f"---\n{block}\n---\n{BODY}")])
    [article] = corpus.articles
    assert (article.title, article.lang) == ("2025", "es")
    assert article.url is article.publisher is article.published is article.author is None
    assert {remark.path for remark in corpus.remarks} == {"a.md"}
    assert sorted(remark.reason.split()[1] for remark in corpus.remarks) == ["lang", "published", "publisher", "url"]


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
        pytest.param("title: !!python/object/apply:os.getcwd []\n---", "", id="tag"),
    ],
)
def test_bad_front_matter_skips_the_file_with_its_reason(write: Write, block: str, why: str) -> None:
    write("a.md", f"---\n{block}\n{BODY}")
    write("b.md")
    corpus = read_articles(["."])
    if why:
        with pytest.raises(SourceError, match=why):
            raise corpus.skipped[0]
    else:
        assert corpus.articles[0].title == BODY.partition(".")[0]


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
    ("name", "content"),
    [
        (
            "a.md",
            '---\ntitle: "U\\ud800n\\x1b\\x00\\u202eo\\ndos"\n---\nTr&#8238;es&#8203; c&#10;inco&#12;.',
        ),
        (
            "a.html",
            "<html><head><title>Un&#27;o&#8238; dos</title></head><body><p>Tr&#27;es&#8238; cinco.</p></body></html>",
        ),
    ],
)
def test_what_escapes_bring_back_goes_too(write: Write, name: str, content: str) -> None:
    article = read_one(write(name, content))
    assert article.title == "Uno dos"
    assert article.text.startswith("Tres c")
    assert all(character == "\n" or character.isprintable() for character in article.text)


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


# --- files that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", " \n\t\n", "Publicidad\nCompartir\n", "---\ntitle: T\n---\n"])
def test_a_file_with_nothing_to_say_is_skipped(write: Write, content: str) -> None:
    write("a/empty.txt", content)
    write("a/b.txt")
    assert reason(read_articles(["a"]), "a/empty.txt").startswith(("it is empty", "nothing is left"))


def test_a_file_that_is_too_large_is_not_read(write: Write) -> None:
    write("a/b.txt")
    large = write("a/large.txt")
    os.truncate(large, 100_000_000)
    tracemalloc.start()
    try:
        corpus = read_articles(["a"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "larger than 10 MB" in reason(corpus, "a/large.txt")
    assert peak < MAX_BYTES


def test_links_are_followed_once_and_loops_are_told(write: Write) -> None:
    write("real/n.txt")
    write("else/where.txt")
    write("else/.hidden/deep.txt", "Otra cosa.")
    Path("a").mkdir()
    for link, target in (
        ("a/up", "."),
        ("a/real", "../real"),
        ("a/twice", "../real"),
        ("a/file.txt", "../real/n.txt"),
        ("a/deep.txt", "../else/.hidden/deep.txt"),
        ("a/loop.txt", "loop.txt"),
        ("a/ping", "pong"),
        ("a/pong", "ping"),
        ("a/dead.md", "nothing.md"),
        ("real/back", "../a"),
    ):
        Path(link).symlink_to(target)
    corpus = read_articles(["a", "else"])
    assert paths(corpus) == ["a/deep.txt", "a/file.txt", "else/where.txt"]
    assert {error.path: error.reason.partition(":")[0] for error in corpus.skipped} == {
        "a/up": "it is a link to a folder that was already read",
        "a/twice": "it is a link to a folder that was already read",
        "a/real/back": "it is a link to a folder that was already read",
        "a/loop.txt": "it is a link that leads back to itself",
        "a/ping": "it is a link that leads back to itself",
        "a/pong": "it is a link that leads back to itself",
        "a/dead.md": "it is a link that leads nowhere",
    }
    assert [error.path for error in corpus.skipped] == sorted(error.path for error in corpus.skipped)


def test_a_file_is_named_by_its_own_path_and_not_by_a_link_s(write: Write) -> None:
    write("a/z/n.txt")
    Path("a/link").symlink_to("z")
    assert paths(read_articles(["a"])) == ["a/z/n.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_what_is_no_regular_file_is_never_opened(write: Write) -> None:
    """Opening the pipe would block for ever."""
    write("a/b.txt")
    os.mkfifo("a/pipe.txt")
    Path("a/null.txt").symlink_to("/dev/null")
    Path("a/folder.txt").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a/socket.txt")
        corpus = read_articles(["a"])
    assert paths(corpus) == ["a/b.txt"]
    for name, kind in (("pipe", "a pipe"), ("socket", "a socket"), ("null", "a device")):
        assert reason(corpus, f"a/{name}.txt").startswith(f"it is {kind}")
    with pytest.raises(EmptyCorpusError, match="a pipe"):
        read_articles(["a/pipe.txt"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_a_pipe_in_the_place_of_a_file_does_not_block(write: Write) -> None:
    write("a/1.txt")
    second = write("a/2.txt")

    def swap(done: int, total: int) -> None:
        if done == 1:
            second.unlink()
            os.mkfifo(second)

    assert "no longer a file" in reason(read_articles(["a"], swap), "a/2.txt")


def test_a_file_that_is_gone_when_its_turn_comes_is_skipped(write: Write) -> None:
    write("a/1.txt")
    second = write("a/2.txt")
    corpus = read_articles(["a"], lambda done, total: second.unlink(missing_ok=True))
    assert reason(corpus, "a/2.txt").startswith("it is gone")


def test_a_file_that_changes_while_it_is_read_is_skipped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/1.txt")
    second = write("a/2.txt", "Uno.")
    inode, fstat, seen = second.stat().st_ino, os.fstat, []

    def grow(descriptor: int) -> os.stat_result:
        if fstat(descriptor).st_ino == inode:
            seen.append(descriptor)
            second.write_text("Uno. " * len(seen))
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", grow)
    assert "changed while it was read" in reason(read_articles(["a"]), "a/2.txt")


def test_a_file_or_folder_that_may_not_be_read_is_skipped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal is staged, because it refuses the superuser nothing."""
    write("a/1.txt")
    write("a/2.txt")
    write("a/shut/3.txt")
    open_file, list_folder = os.open, os.scandir

    def refuse_file(path: str, *rest: int) -> int:
        if path == "a/2.txt":
            raise PermissionError(13, "Permission denied", path)
        return open_file(path, *rest)

    def refuse_folder(path: str) -> object:
        if path == "a/shut":
            raise PermissionError(13, "Permission denied", path)
        return list_folder(path)

    monkeypatch.setattr(os, "open", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    corpus = read_articles(["a"])
    assert paths(corpus) == ["a/1.txt"]
    assert "no permission" in reason(corpus, "a/2.txt")
    assert "no permission" in reason(corpus, "a/shut")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_is_skipped(write: Write) -> None:
    write("a/1.txt")
    write("a/2.txt").chmod(0)
    assert "no permission" in reason(read_articles(["a"]), "a/2.txt")


def test_a_name_that_cannot_be_printed_is_refused(write: Write) -> None:
    write("a/b.txt")
    for name in (b"a/\xff.txt", b"a/\x1b[31m.txt", b"a/two\nlines.txt"):
        try:
            Path(os.fsdecode(name)).write_text(BODY)
        except OSError:
            pytest.skip("the file system takes no such name")
    corpus = read_articles(["a"])
    assert paths(corpus) == ["a/b.txt"]
    assert [error.path for error in corpus.skipped] == ["a/\\udcff.txt", "a/\\x1b[31m.txt", "a/two\\nlines.txt"]
    assert all("rename it" in error.reason for error in corpus.skipped)


def test_a_root_that_does_not_exist_is_named(write: Write) -> None:
    write("a/b.txt")
    for root in ("nowhere", "a/b.txt/c", "a\x00b"):
        with pytest.raises(EmptyCorpusError, match=r"folder .* does not exist: create it"):
            read_articles(["a", root])


@pytest.mark.parametrize("roots", [[], ["empty"], ["pictures"]])
def test_roots_without_articles_say_what_to_do(write: Write, roots: list[str]) -> None:
    Path("empty/.git").mkdir(parents=True)
    write("pictures/a.png")
    with pytest.raises(EmptyCorpusError, match=r"\.txt, \.md or \.html") as error:
        read_articles(roots)
    assert all(root in str(error.value) for root in roots)


def test_when_nothing_is_left_a_few_reasons_are_given(write: Write) -> None:
    for number in range(8):
        write(f"a/{number}.txt", "")
    with pytest.raises(EmptyCorpusError) as error:
        read_articles(["a"])
    assert str(error.value).startswith("No article in a can be used: a/0.txt: it is empty")
    assert str(error.value).endswith("; and 3 more.")
    assert str(error.value).count("it is empty") == 5


def test_a_root_of_another_kind_of_file_is_told(write: Write) -> None:
    write("notes.pdf")
    with pytest.raises(EmptyCorpusError, match=r"notes\.pdf: it is no article"):
        read_articles(["notes.pdf"])
