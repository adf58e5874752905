from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, SourceError
from index.sources.files import read_article
from index.sources.markdown import markdown_lines
from index.sources.wrapping import unwrap

SEEDS = Path(__file__).parents[1] / "seeds"


def read(folder: Path, name: str, content: str) -> Article:
    (folder / name).write_text(content, encoding="utf-8", newline="")
    article, _ = read_article(str(folder / name))
    return article


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


def test_a_page_gives_its_article_and_what_its_head_says(tmp_path: Path) -> None:
    article = read(tmp_path, "p.html", PAGE)
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


def test_a_short_page_keeps_its_structure(tmp_path: Path) -> None:
    page = "<nav><a href='/'>Inicio</a></nav><main><h1>Obras</h1><p>Empiezan el lunes 3 de mayo.</p><h2>Dónde</h2>"
    article = read(tmp_path, "p.htm", f"<html><body>{page}<ul><li>Calle Mayor</li></ul></main></body></html>")
    assert (article.title, article.text) == ("Obras", "Empiezan el lunes 3 de mayo.\nDónde\n- Calle Mayor")


@pytest.mark.parametrize("page", ["<html></html>", "<script>x</script>", "<!doctype html>"])
def test_a_page_without_an_article_is_skipped(tmp_path: Path, page: str) -> None:
    with pytest.raises(SourceError, match="no article text"):
        read(tmp_path, "p.html", page)


def test_what_a_page_claims_of_its_address_is_checked(tmp_path: Path) -> None:
    page = PAGE.replace("https://diario.example/mistral", "javascript:alert(1)")
    assert read(tmp_path, "p.html", page).url is None


def test_front_matter_wins_over_what_the_page_says(tmp_path: Path) -> None:
    article = read(tmp_path, "p.html", f"---\ntitle: Otro\npublished: 2025-01-02\n---\n{PAGE}")
    assert (article.title, article.published, article.publisher) == ("Otro", "2025-01-02", "El Diario")


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
def test_what_escapes_bring_back_goes_too(tmp_path: Path, name: str, content: str) -> None:
    article = read(tmp_path, name, content)
    assert article.title == "Uno dos"
    assert article.text.startswith("Tres c")
    assert all(character == "\n" or character.isprintable() for character in article.text)


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


def test_markdown_is_reduced_to_its_text(tmp_path: Path) -> None:
    article = read(tmp_path, "m.md", MARKDOWN)
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
