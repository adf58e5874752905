from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.clean import clean
from index.records import Span
from index.sentences import bullet_length, split_sentences

SEEDS = Path(__file__).parents[1] / "seeds"

# What decides where a sentence ends, often; anything at all, now and then.
TEXTS = st.one_of(
    st.text(
        st.sampled_from("aAbñÑ .,:;!?¡¿…\n\t\"'«»“”()[]*_-•🌍1️⃣0159º\u00a0"),
        max_size=80,
    ),
    st.lists(
        st.sampled_from(
            [
                "Sr.",
                "EE.",
                "UU.",
                "J.",
                "p.",
                "m.",
                "etc.",
                "Inc.",
                "La",
                "nube",
                "52.44",
                "1.º",
                "¿Qué?",
                "…",
                "\n",
                "- ",
                "🌍 ",
            ]
        ),
        max_size=30,
    ).map(" ".join),
    st.text(max_size=60),
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(["El Sr. Gómez y la Dra. Ruiz viven aquí.", "Luego se fueron."], id="forms of address"),
        pytest.param(["Está en EE. UU. desde 1999.", "Creció en EE. UU.", "Alibaba no."], id="EE. UU."),
        pytest.param(["Está en EE.UU. y crece.", "Vive en EE.UU.", "El plan sigue."], id="EE.UU."),
        pytest.param(
            ["El presidente de EE. UU. Joe Biden habló.", "Ganó el presidente de EE. UU.", "El otro no."],
            id="an office in EE. UU.",
        ),
        pytest.param(
            ["Es del banco ING.", "La vitamina D.", "El s. XIX.", "D. Juan y la Plataforma S.", "En fin."],
            id="names that look like abbreviations",
        ),
        pytest.param(
            ["J. K. Rowling, J. A. Hobson y J. R. R. Tolkien escriben.", "John F. Kennedy no."], id="initials"
        ),
        pytest.param(["Tomó vitamina C.", "Después, el plan B.", "El resto no."], id="letters that are no initials"),
        pytest.param(["Costó 300.000 euros, 52.44 dólares y 3,5 libras.", "Subió un 3.5%.", "Bien."], id="numbers"),
        pytest.param(["El 1.º de mayo y el 3.er puesto.", "La 2.ª vez."], id="ordinals"),
        pytest.param(["En 2024.", "300 personas fueron en 2025.", "Fin."], id="a sentence that begins with a number"),
        pytest.param(["Véase p. ej. el núm. 5 de la pág. 3, art. 14.", "Fin."], id="references"),
        pytest.param(["Libros, discos, etc. y más.", "Libros, etc.", "Luego se fue."], id="etc."),
        pytest.param(["Llegó a las 10 a. m. del lunes.", "Son las 11 p. m.", "El acto empezó."], id="hours"),
        pytest.param(["El siglo I a. C.", "Los romanos del 300 d. C. vencieron."], id="eras"),
        pytest.param(["Apple Inc. anunció algo.", "Compró Blizzard Inc.", "La firma creció."], id="companies"),
        pytest.param(
            ["La firma S.A. de C.V. creció.", "Es de Repsol S. A.", "El resto no.", "Ganó X S. A. S. este año."],
            id="S.A.",
        ),
        pytest.param(["The U.S. Senate voted.", "He is from the U.S.", "The end."], id="U.S."),
        pytest.param(["Mr. Smith met Mrs. Jones on Jan. 5.", "They left at 5 p.m.", "The end."], id="English"),
        pytest.param(["Visite www.elpais.com.", "O https://a.com/x.html?y=1.", "Ahora, a.b@c.com."], id="addresses"),
        pytest.param(
            ["Dijo: «Vamos».", "Y: «Nos vamos.»", "“Sí.”", '"No."', "(Eso es todo.)", "Fin."], id="closing quotes"
        ),
        pytest.param(["«¿Vienes?», preguntó.", "«¡Sí!», dijo.", "—¿Y tú? —dijo él—.", "Nadie."], id="quoted questions"),
        pytest.param(["¿Quién?", "¿Cómo?", "¡Nadie!", "Fin."], id="questions"),
        pytest.param(
            ["¿Qué pasó? nada.", "¡Vaya! dijo ella.", "¿Quién?, ¿cómo? ¿y cuándo?"], id="small letters after them"
        ),
        pytest.param(["¿En serio?!", "¡No!...", "Sí..."], id="several stops"),
        pytest.param(
            ["Sin embargo…", "Nada... pero sí.", "Y… luego.", "(…) El resto.", "[...] Además, no."], id="ellipses"
        ),
        pytest.param(["Creció.", "xAI anunció algo.", "iPhone ganó."], id="names that begin in small letters"),
        pytest.param(["GPT-4.", "Luego Qwen 2.5.", "El modelo."], id="versions"),
        pytest.param(["Texto.[1]", "Otro texto.[2][3]", "Fin."], id="notes"),
        pytest.param(["1. Primero esto.", "2. Luego esto."], id="numbered items"),
        pytest.param(["**Importante.**", "Leer esto."], id="emphasis"),
        pytest.param(["¡Bienvenidos!", "🎉 Nuevo evento. 🎉"], id="emoji inside a line"),
        pytest.param(["Sin punto final"], id="no stop at all"),
    ],
)
def test_a_line_is_split_where_its_sentences_end(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_newline_always_ends_a_sentence() -> None:
    assert sentences("Lo dijo el Dr.\nGómez\ny nadie más") == ["Lo dijo el Dr.", "Gómez", "y nadie más"]


def test_bullets_belong_to_no_sentence() -> None:
    text = "- Uno. Dos.\n• Tres\n* Cuatro\n  – cinco\n🌍 Seis\n👩‍💻 Siete\n1️⃣ Ocho\n➡️ Nueve"
    assert sentences(text) == ["Uno.", "Dos.", "Tres", "Cuatro", "cinco", "Seis", "Siete", "Ocho", "Nueve"]


@pytest.mark.parametrize("line", ["-5 grados", "—Vamos —dijo", "*énfasis* no", "2024 fue", "-", "🎉", "", "¿Qué?"])
def test_what_only_looks_like_a_bullet_stays(line: str) -> None:
    assert bullet_length(line) == 0
    assert sentences(line) == [line][: len(line)]


def test_part_of_a_text_gives_spans_of_the_whole() -> None:
    text = "Nada. Uno. Dos. Nada."
    assert split_sentences(text, 6, 15) == [Span(6, 10), Span(11, 15)]
    assert split_sentences(text, 6, 900) == [Span(6, 10), Span(11, 15), Span(16, 21)]
    assert split_sentences(text, 9, 3) == []


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n", "\u00a0"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


@given(TEXTS)
def test_spans_are_in_order_and_carry_no_white_space_around_them(text: str) -> None:
    position = 0
    for start, end in split_sentences(text):
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip() != ""
        assert "\n" not in text[start:end]
        position = end


@given(TEXTS)
def test_every_character_is_in_a_sentence_but_white_space_and_bullets(text: str) -> None:
    covered = {position for start, end in split_sentences(text) for position in range(start, end)}
    offset = 0
    for line in text.split("\n"):
        marker = bullet_length(line)
        assert not covered & set(range(offset, offset + marker))
        body = range(offset + marker, offset + len(line))
        assert all(text[position].isspace() for position in set(body) - covered)
        offset += len(line) + 1


@given(TEXTS, st.data())
def test_a_part_made_of_whole_lines_splits_as_it_does_in_the_whole(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    skipped = data.draw(st.integers(0, len(lines)))
    start = sum(len(line) + 1 for line in lines[:skipped])
    assert split_sentences(text, start) == [span for span in split_sentences(text) if span.start >= start]


@pytest.mark.parametrize(
    "piece", [".", '."', "🎉", "🎉 ", ". ", "Sr. A ", "(((( . ", "1. ", "\n", "- ", " ", "...[1]", "*", "A.B."]
)
def test_repetition_takes_no_more_than_linear_time(piece: str) -> None:
    """A pattern that backtracks would not come back from these."""
    text = piece * (400_000 // len(piece))
    covered = sum(end - start for start, end in split_sentences(text))
    assert covered <= len(text)


SEED_SENTENCES = {
    "000_ecd3f22a6ca37239.txt": [
        "Recientemente, xAI, … nueva y ampliada.",
        "Esta colaboración fortalecerá … a nivel mundial.",
        "Según el anuncio, … billón de dólares.",
        "La AIP también … datos de IA.",
        "GE Vernova participará … infraestructura de IA.",
        'Satya Nadella, presidente … a nivel mundial".',
        "Dio la bienvenida … infraestructura del futuro.",
        "Jensen Huang, fundador … importantes desafíos globales.",
        "Las inversiones de … digitales y energéticas.",
        'Larry Fink, presidente … la economía mundial".',
        "Cree que esta … para sus clientes.",
        "A través de … a la sociedad.",
        "Puntos clave: … Puntos clave:",
        "La AIP planea … infraestructura de IA.",
        "Nvidia continuará actuando … a nivel mundial.",
        "Nuevas empresas se … el crecimiento económico.",
    ],
    "004_1aa4f0249ab5debd.txt": [
        "El gigante chino … próximos tres años.",
        "Alibaba está invirtiendo … para 2027.",
        "El gigante tecnológico … de la IA.",
        "La compañía aprovecha … en la nube.",
        "Según Reuters, Alibaba … del monto total.",
        "El viernes, la … y la región.",
        "La nueva inversión … proyecciones de mercado.",
        "Hace unas semanas, … DeepSeek-V3 o GPT-4o.",
        "El gigante tecnológico … a OpenAI’s Operator.",
        "A pesar del … en el mercado.",
        "La decisión de … el mercado global.",
        "Mistral, la startup … grande de Europa.",
        "El gobierno de … los EE. UU.",
    ],
}


@pytest.mark.parametrize("name", SEED_SENTENCES)
def test_the_seeds_split_into_these_sentences(name: str) -> None:
    found = sentences(clean((SEEDS / name).read_text(encoding="utf-8")).text)
    expected = SEED_SENTENCES[name]
    assert len(found) == len(expected)
    for sentence, shape in zip(found, expected, strict=True):
        beginning, end = shape.split(" … ")
        assert sentence.startswith(beginning)
        assert sentence.endswith(end)
