"""What answers a question (figures, dates, names, places) is found by its form, whole, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import entities
from index.entities import Asks

QUANTITY, DATE, NAME, PLACE = Asks.QUANTITY, Asks.DATE, Asks.NAME, Asks.PLACE


def found(sentence: str, asks: Asks) -> list[str]:
    return [sentence[start:end] for start, end in entities.find(sentence, asks)]


# Each sentence with what is to be found in it, whole and in order.
MONEY = [
    (
        "Un plan de 380 mil millones de yuanes, alrededor de $52.44 mil millones.",
        ["380 mil millones de yuanes", "$52.44 mil millones"],
    ),
    (
        "Recaudará 300.000 millones de dólares y moverá hasta 1 billón de dólares.",
        ["300.000 millones de dólares", "1 billón de dólares"],
    ),
    ("Firmó un acuerdo de €50 mil millones.", ["€50 mil millones"]),
    ("Invierten $500 mil millones en el Proyecto Stargate.", ["$500 mil millones"]),
    ("Cuesta 19,99 € al mes, o 200€ al año.", ["19,99 €", "200€"]),
    ("Ofreció US$ 5 millones; luego USD 6 millones.", ["US$ 5 millones", "USD 6 millones"]),
    ("Valen $5M y $300K; recaudó 7M€.", ["$5M", "$300K", "7M€"]),
    ("Pagó 5 millones de dólares estadounidenses.", ["5 millones de dólares estadounidenses"]),
    ("Más de un billón de euros, o sea, un dólar por persona.", ["un billón de euros", "un dólar"]),
    ("Nearly two million dollars, or ¥1.5 billion.", ["two million dollars", "¥1.5 billion"]),
    ("Cuatrocientos euros y veinte bitcoins.", ["Cuatrocientos euros", "veinte bitcoins"]),
]
SHARES = [
    ("Un crecimiento de ingresos del 32% anual.", ["32%"]),
    ("Un crecimiento del 32 % anual.", ["32 %"]),
    ("Subió un 4,5 por ciento.", ["4,5 por ciento"]),
    ("Bajó dos puntos porcentuales y 25 puntos básicos.", ["dos puntos porcentuales", "25 puntos básicos"]),
    ("It grew by 12.5 per cent.", ["12.5 per cent"]),
    ("La mitad de los empleados y un tercio del total.", ["La mitad", "un tercio"]),
]
MEASURES = [
    ("Recorrió 42,195 kilómetros en dos horas.", ["42,195 kilómetros", "dos horas"]),
    ("Pesa 3,5 toneladas y mide 20 metros.", ["3,5 toneladas", "20 metros"]),
    ("A 100 km/h, a 20 °C, en 7.000 m².", ["100 km/h", "20 °C", "7.000 m²"]),
    ("Tiene 1.500 empleados en 12 países.", ["1.500 empleados", "12 países"]),
    ("Suma un millón de usuarios y 12\u202f300 habitantes.", ["un millón de usuarios", "12\u202f300 habitantes"]),
    ("Veintitrés personas y treinta y cinco días.", ["Veintitrés personas", "treinta y cinco días"]),
    ("Hay tres candidatos y tres mil votantes.", ["tres candidatos", "tres mil votantes"]),
    ("Miles de millones de estrellas.", ["Miles de millones de estrellas"]),
    ("Invertirá miles de millones para construir.", ["miles de millones"]),
    ("Twenty-five people and 1,234,567 users.", ["Twenty-five people", "1,234,567 users"]),
    ("Vendió 1500 barcos.", ["1500 barcos"]),
]
NO_FIGURES: list[tuple[str, list[str]]] = [
    ("GPT-4o compite con DeepSeek-V3, OmniHuman-1 y Qwen2.5.", []),
    ("El avión A320, el 5G y el COVID-19.", []),
    ("La versión 3.5.1 salió a las 18:30.", []),
    ("En 2027 habrá más; para 2030 supera a todos.", []),
    ("El 5 de mayo de 2024, o el 06/05/2024, o el 2024-05-06.", []),
    ("Una persona esperó un año.", []),
    ("Uno de los dos.", []),
    ("Así lo dijo [1], y otros [12].", []),
]


@pytest.mark.parametrize(("sentence", "figures"), MONEY + SHARES + MEASURES + NO_FIGURES)
def test_figures_are_found_whole_with_their_units(sentence: str, figures: list[str]) -> None:
    assert found(sentence, QUANTITY) == figures


@pytest.mark.parametrize(
    ("sentence", "dates"),
    [
        ("El 5 de mayo de 2024 se presentó.", ["5 de mayo de 2024"]),
        ("El 1.º de enero y el 3 de octubre del 2021.", ["1.º de enero", "3 de octubre del 2021"]),
        ("Fundada en septiembre del año pasado.", ["septiembre del año pasado"]),
        ("En setiembre, en abril próximo, en mayo de 2024.", ["setiembre", "abril próximo", "mayo de 2024"]),
        ("Lo anunció este lunes; el viernes, la empresa calló.", ["este lunes", "el viernes"]),
        ("Para los próximos tres años, no los últimos 10 años.", ["los próximos tres años", "los últimos 10 años"]),
        ("Hace unas semanas, y hace dos años.", ["Hace unas semanas", "hace dos años"]),
        ("Dentro de 3 meses o en 48 horas.", ["Dentro de 3 meses", "en 48 horas"]),
        ("El año que viene, este año y la semana pasada.", ["El año que viene", "este año", "la semana pasada"]),
        ("Para 2027; entre 1990 y 1995; 2019–2021.", ["2027", "1990", "1995", "2019", "2021"]),
        ("El 2024-05-06 o el 06/05/2024.", ["2024-05-06", "06/05/2024"]),
        ("A finales de 2023 y a principios de enero.", ["A finales de 2023", "a principios de enero"]),
        ("El siglo XIX y los siglos II y III d. C.", ["siglo XIX", "siglos II y III d. C."]),
        ("Los años 90 y la década de los noventa.", ["años 90", "década de los noventa"]),
        ("El primer trimestre de 2024 y el verano de 2025.", ["primer trimestre de 2024", "verano de 2025"]),
        ("En el año 476, no en el 12 000 a. C.", ["año 476", "12 000 a. C."]),
        ("Murió tres años después.", ["tres años después"]),
        ("Ayer, hoy y mañana, a las 18:30 h.", ["Ayer", "hoy", "mañana", "18:30 h"]),
        ("On May 5, 2024, in May 2024, last Monday.", ["May 5, 2024", "May 2024", "last Monday"]),
        ("In three years, three years ago, next year.", ["In three years", "three years ago", "next year"]),
        ("In the next three years and in the 1980s.", ["In the next three years", "1980s"]),
        ("It may march on.", []),
        ("La marcha sigue; GPT-2024 no.", []),
        ("Hay 5 mayores y 20204 cosas.", []),
    ],
)
def test_dates_and_terms_are_found_whole(sentence: str, dates: list[str]) -> None:
    assert found(sentence, DATE) == dates


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (
            "Recientemente, xAI, la empresa de Elon Musk, y Nvidia se unieron a la Alianza de Infraestructura de IA.",
            ["xAI", "Elon Musk", "Nvidia", "Alianza de Infraestructura de IA"],
        ),
        ("Satya Nadella, presidente y CEO de Microsoft, declaró: “La IA”.", ["Satya Nadella", "Microsoft"]),
        ("GE Vernova y NextEra Energy.", ["GE Vernova", "NextEra Energy"]),
        (
            "De rivales como ByteDance y OmniHuman-1, GPT-4o o DeepSeek-V3.",
            ["ByteDance", "OmniHuman-1", "GPT-4o", "DeepSeek-V3"],
        ),
        ("y son similares a OpenAI’s Operator.", ["OpenAI’s Operator"]),
        ("El 'Qwen' de Alibaba, «Llama» y Qwen2.5-Max.", ["Qwen", "Alibaba", "Llama", "Qwen2.5-Max"]),
        ("iPhone, macOS, AT&T y McDonald's.", ["iPhone", "macOS", "AT&T", "McDonald's"]),
        ("Según el Banco Central Europeo y el Banco de España.", ["Banco Central Europeo", "Banco de España"]),
        ("Vincent van Gogh y Leonardo da Vinci.", ["Vincent van Gogh", "Leonardo da Vinci"]),
        ("J. K. Rowling, George W. Bush y el Dr. House.", ["J. K. Rowling", "George W. Bush", "Dr. House"]),
        ("Ángela, Íñigo, Łódź, Čapek y Østergaard.", ["Ángela", "Íñigo", "Łódź", "Čapek", "Østergaard"]),
        ("Los EE. UU. y la UE.", ["EE. UU.", "UE"]),
        ("Y vive en Nueva York o en Los Ángeles, lee The Times.", ["Nueva York", "Los Ángeles", "The Times"]),
        ("La decisión es de Juan y de Pedro.", ["Juan", "Pedro"]),
        ("Inversión récord. Anunció más. Él calló.", []),
        ("- La IA crece: El futuro es suyo. 🌍 Una alianza.", []),
        ("Ciudad\u00a0Real, y El\u00a0Salvador.", ["Ciudad\u00a0Real", "El\u00a0Salvador"]),
        ("El CEO y la CTO usan IA.", []),
        ("todo en pequeño, sin nadie", []),
        ("I think that you and I agree.", []),
    ],
)
def test_names_are_found_whole_and_the_capital_that_opens_a_sentence_is_none(sentence: str, names: list[str]) -> None:
    assert found(sentence, NAME) == names


@pytest.mark.parametrize(
    ("sentence", "places"),
    [
        ("Construirá centros de datos en Francia.", ["Francia"]),
        ("Con los Emiratos Árabes Unidos y en los EE. UU.", ["Emiratos Árabes Unidos", "EE. UU."]),
        ("El más grande de Europa.", ["Europa"]),
        ("Alibaba crece en China, en Ciudad de México y en Nueva York.", ["China", "Ciudad de México", "Nueva York"]),
        ("Se centran en Estados Unidos y los países miembros.", ["Estados Unidos"]),
        ("Corea del Sur y el Reino Unido.", ["Corea del Sur", "Reino Unido"]),
        ("In the United States, at Stanford.", ["United States", "Stanford"]),
        ("Abrirá en los Hamptons, and in the Bronx.", ["Hamptons", "Bronx"]),
        ("Invierte en IA y en la OCDE con Microsoft.", []),
    ],
)
def test_places_are_countries_and_what_en_leads_to(sentence: str, places: list[str]) -> None:
    assert found(sentence, PLACE) == places


def test_a_question_that_asks_for_no_kind_is_answered_by_no_kind() -> None:
    assert entities.find("Alibaba invirtió 5 millones en mayo en Francia.", Asks.OTHER) == []


@given(st.text() | st.text(alphabet="aA 1.,$%'-&:/éÑ\n"), st.sampled_from(Asks))
def test_spans_stand_in_order_inside_the_sentence_and_touch_no_space_at_their_ends(text: str, asks: Asks) -> None:
    end = 0
    for span in entities.find(text, asks):
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end


# Runs on which one of the patterns, written carelessly, starts over at every character or tries every way to split.
RUNS = ["a", "A", "1", " ", "$", "A-", "A. ", "1.", "111 ", "El La ", "en Aa ", "uno mil ", "un ", "enero de ", "A de "]


@pytest.mark.parametrize("run", RUNS)
def test_time_grows_with_the_sentence_and_no_faster(run: str) -> None:
    """100,000 characters take a fraction of a second; where time grows with their square, minutes."""
    sentence = (run * 100_000)[:100_000]
    started = time.process_time()
    for asks in (QUANTITY, DATE, PLACE):
        entities.find(sentence, asks)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("sentence", "asks", "found"),
    [
        ("CRECIÓ DESDE EL 5 DE ENERO DE 2020.", Asks.DATE, ["5 DE ENERO DE 2020"]),
        ("Ocurrió EL PRÓXIMO LUNES.", Asks.DATE, ["EL PRÓXIMO LUNES"]),
        ("Hace Dos Años y En Primavera De 2019.", Asks.DATE, ["Hace Dos Años", "Primavera De 2019"]),
        ("march in may, March in May", Asks.DATE, ["March", "May"]),
        ("Veinte millones y tres barcos", Asks.QUANTITY, ["Veinte millones", "tres barcos"]),
    ],
)
def test_words_are_known_in_small_and_in_capital_letters(sentence: str, asks: Asks, found: list[str]) -> None:
    assert [sentence[start:end] for start, end in entities.find(sentence, asks)] == found
