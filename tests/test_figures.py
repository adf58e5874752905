"""Figures mean the same however they are written, and nothing else means the same.

Each row of the tables is a claim, what its source says, and the languages of the two.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from babel.numbers import format_decimal
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.grounded.checks import figures
from index.records import Language

ES, EN = Language.SPANISH, Language.ENGLISH


def borne_out(claim: str, source: str, language: Language = ES, source_language: Language = ES) -> bool:
    """Whether every figure of the claim, of which there is at least one, stands in the source."""
    claimed = figures.find(claim, language)
    given_figures = figures.find(source, source_language)
    assert claimed
    return all(figures.supported(figure, given_figures) for figure in claimed)


def only(text: str, language: Language = ES) -> figures.Figure:
    (figure,) = figures.find(text, language)
    return figure


SAME_ES = [
    # Thousands of millions.
    ("380 mil millones", "380.000 millones"),
    ("380 mil millones", "380 000 000 000"),
    ("380 mil millones", "380\u00a0000\u00a0000\u00a0000"),
    ("380 mil millones", "380\u202f000 millones"),
    ("380 mil millones", "380 millardos"),
    ("380.000 millones", "380,000 millones"),
    ("trescientos ochenta mil millones", "380.000 millones"),
    ("0,38 billones", "380 mil millones"),
    ("un billón", "1.000.000 millones"),
    ("un billón", "1 000 000 000 000"),
    ("1,2 billones", "un billón doscientos mil millones"),
    ("mil millones", "un millardo"),
    # Marks.
    ("52,44", "52.44"),
    ("1.234.567,89", "1,234,567.89"),
    ("1.234.567,89", "1 234 567,89"),
    ("12.340 empleados", "12,340 empleados"),
    ("1.500", "1500"),
    ("1,500", "1500"),
    ("1'500'000", "1.500.000"),
    ("17,350", "17.350"),
    ("0,50", "0.5"),
    # Words.
    ("cero", "0"),
    ("veintiún mil", "21.000"),
    ("veintiuna mil", "21.000"),
    ("dieciséis", "16"),
    ("dieciseis", "16"),
    ("treinta y uno", "31"),
    ("cien mil", "100.000"),
    ("ciento uno", "101"),
    ("quinientas veintidós mil cuarenta y tres", "522.043"),
    ("dos mil trescientos millones", "2.300 millones"),
    ("ciento veintiún mil millones", "121.000 millones"),
    ("medio millón", "500.000"),
    ("un millón y medio", "1,5 millones"),
    ("dos millones y medio", "2.500.000"),
    ("2 millones 500 mil", "2,5 millones"),
    ("mil 500", "1.500"),
    ("una docena", "12"),
    ("media docena", "6"),
    ("Tres empresas", "3 empresas"),
    # Money.
    ("$52.44 mil millones", "52,44 mil millones de dólares"),
    ("52.440 millones de dólares", "$52.44 mil millones"),
    ("US$ 5 millones", "5 millones de dólares"),
    ("U$S 5 millones", "5 millones de dólares estadounidenses"),
    ("USD 5 millones", "5 millones de dólares"),
    ("USD5M", "5 millones de dólares"),
    ("300 mdd", "300 millones de dólares"),
    ("5,200 mdp", "5.200 millones de pesos mexicanos"),
    ("1.2 mmdd", "1.200 millones de dólares"),
    ("5.200 millones de pesos", "5,200 mdp"),
    ("500 pesos", "$500 pesos"),
    ("500 pesos", "MXN 500"),
    ("$500", "$500"),
    ("€50 mil millones", "50.000 millones de euros"),
    ("50.000 M€", "50 mil millones de euros"),
    ("19,99 €", "19.99 euros"),
    ("200€", "200 euros"),
    ("380 mil millones de yuanes", "380.000 millones de yuanes (RMB)"),
    ("RMB 380 mil millones", "380 mil millones de yuanes"),
    ("380.000 millones CNY", "380 mil millones de yuanes"),
    ("¥380 mil millones", "380 mil millones de yuanes"),
    ("S/ 0,50", "0.50 soles"),
    ("S/. 0,50", "PEN 0,50"),
    ("R$ 5 millones", "5 millones de reales"),
    ("3.000 bolívares", "VES 3.000"),
    ("₡ 5.000", "5.000 colones costarricenses"),
    ("un dólar", "1 dólar"),
    ("380 mil millones", "380 mil millones de yuanes"),
    # Shares.
    ("un 32 %", "32%"),
    ("32 por ciento", "32\u00a0%"),
    ("treinta y dos por ciento", "32%"),
    ("cien por cien", "100 %"),
    ("4,5 %", "4.5%"),
    ("dos puntos porcentuales", "2 puntos porcentuales"),
    ("25 puntos básicos", "veinticinco puntos básicos"),
    ("3 por mil", "3 ‰"),
    ("entre 3 % y 5 %", "3-5 %"),
    ("entre 3 y 5 %", "de 3 a 5 por ciento"),
    ("entre 3 millones y 5 millones de euros", "entre 3 y 5 millones de euros"),
    ("−3,5 %", "-3.5%"),
    # Approximations say nothing of the figure.
    ("alrededor de 300 millones", "300 millones"),
    ("más de 300 millones", "casi 300 millones"),
    # Measures.
    ("tres años", "3 años"),
    ("50km", "50 kilómetros"),
    ("7.000 m²", "7 mil metros cuadrados"),
    ("21.000 toneladas", "veintiún mil t"),
    ("100 km/h", "100 kilómetros por hora"),
    # Ordinals, fractions, multiples, codes.
    ("tercer", "3.º"),
    ("la 3ª", "la tercera"),
    ("dos tercios", "⅔"),
    ("la tercera parte", "un tercio"),
    ("tres cuartas partes", "3/4"),
    ("la mitad", "½"),
    ("el triple", "se triplicó"),
    ("duplicó", "el doble"),
    ("GPT-4o", "gpt4o"),
    ("OmniHuman-1", "OmniHuman-1"),
    ("el G20", "G-20"),
    ("10:30", "10:30"),
    # Another noun may be another word for it.
    ("300 compañías", "300 empresas"),
]
SAME_MIXED = [
    ("380 billion yuan", "380 mil millones de yuanes"),
    ("$52.44 billion", "$52.44 mil millones"),
    ("one trillion dollars", "1 billón de dólares"),
    ("US$300 billion", "300.000 millones de dólares"),
    ("1.2 million", "1,2 millones"),
    ("three hundred million", "trescientos millones"),
    ("three hundred and fifty million", "350 millones"),
    ("half a million", "medio millón"),
    ("two and a half million", "2,5 millones"),
    ("a million and a half", "un millón y medio"),
    ("a hundred thousand", "cien mil"),
    ("twenty-one thousand", "veintiún mil"),
    ("a dozen", "una docena"),
    ("12,340 employees", "12.340 empleados"),
    ("32 percent", "un 32 %"),
    ("32 per cent", "32 por ciento"),
    ("two percentage points", "2 puntos porcentuales"),
    ("five basis points", "5 puntos básicos"),
    ("€50bn", "50.000 millones de euros"),
    ("500 Mexican pesos", "500 pesos mexicanos"),
    ("a three-year plan", "un plan de tres años"),
    ("ten years", "10 años"),
    ("the third", "el tercero"),
    ("the 3rd", "el 3.º"),
    ("two-thirds", "dos tercios"),
    ("a quarter of", "una cuarta parte"),
    ("half of them", "la mitad"),
    ("it tripled", "se triplicó"),
    ("twice", "el doble"),
    ("1.25 billion Chilean pesos", "1.250 millones de pesos chilenos"),
    ("52.44 billion U.S. dollars", "52,44 mil millones de dólares"),
]
OTHER_ES = [
    ("380 millones", "380 mil millones"),
    ("38 mil millones", "380 mil millones"),
    ("390 mil millones", "380 mil millones"),
    ("380 billones", "380 mil millones"),
    ("un billón", "mil millones"),
    ("52 mil millones", "52,44 mil millones"),
    ("52,4 mil millones", "52,44 mil millones"),
    ("1.000 empleados", "1 empleado"),
    ("300.000", "300"),
    ("1.500 millones", "1,5 millones"),
    ("veintiún mil", "veintiún millones"),
    ("treinta y uno", "treinta"),
    ("380 mil millones de dólares", "380 mil millones de yuanes"),
    ("380 mil millones de yenes", "380 mil millones de yuanes"),
    ("380 mil millones de yuanes", "¥380 mil millones"),
    ("500 euros", "$500"),
    ("500 dólares", "$500 pesos"),
    ("500 dólares", "$500, unos pesos; 300 pesos"),
    ("$500", "500 pesos"),
    ("500 pesos mexicanos", "500 pesos"),
    ("500 pesos argentinos", "500 pesos mexicanos"),
    ("500 pesos", "$500"),
    ("500 dólares canadienses", "500 dólares"),
    ("500 euros", "500"),
    ("5 reales", "5 soles"),
    ("32 %", "32 empresas"),
    ("32 empresas", "32 %"),
    ("32 %", "32"),
    ("32 puntos porcentuales", "32 %"),
    ("32 por mil", "32 por ciento"),
    ("23 %", "32 %"),
    ("3,5 %", "-3,5 %"),
    ("tres meses", "tres años"),
    ("3 años", "3 empresas"),
    ("50 millas", "50 km"),
    ("21 kilos", "21 toneladas"),
    ("12 empleados", "12 países y 1.500 empleados"),
    ("el tercero", "tres"),
    ("segundo", "tercero"),
    ("un tercio", "dos tercios"),
    ("la mitad", "un tercio"),
    ("el triple", "el doble"),
    ("GPT-5", "GPT-4o"),
    ("GPT-4", "GPT-4o"),
    ("3:2", "2:3"),
    ("10:30", "10:45"),
    ("5G", "5 g"),
    ("dos docenas", "una docena"),
    ("entre 3 y 6 %", "entre 3 y 5 %"),
]
OTHER_MIXED = [
    ("380 million yuan", "380 mil millones de yuanes"),
    ("one billion dollars", "1 billón de dólares"),
    ("300.000 million dollars", "300.000 millones de dólares"),
    ("300 thousand", "300 millones"),
    ("$380 billion", "380 mil millones de yuanes"),
    ("three months", "tres años"),
    ("500 pounds", "500 euros"),
    ("32 percentage points", "32 %"),
    ("one third of", "dos tercios"),
    ("fourth", "tercero"),
]


@pytest.mark.parametrize(("claim", "source"), SAME_ES)
def test_the_same_figure_is_borne_out(claim: str, source: str) -> None:
    assert borne_out(claim, source)


@pytest.mark.parametrize(("claim", "source"), SAME_MIXED)
def test_the_same_figure_is_borne_out_across_languages(claim: str, source: str) -> None:
    assert borne_out(claim, source, EN, ES)


@pytest.mark.parametrize(("claim", "source"), OTHER_ES)
def test_another_figure_is_not_borne_out(claim: str, source: str) -> None:
    assert not borne_out(claim, source)


@pytest.mark.parametrize(("claim", "source"), OTHER_MIXED)
def test_another_figure_is_not_borne_out_across_languages(claim: str, source: str) -> None:
    assert not borne_out(claim, source, EN, ES)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("cientos de personas", ES),
        ("miles de millones de dólares", ES),
        ("millones de usuarios", ES),
        ("una empresa y otra", ES),
        ("uno de ellos", ES),
        ("un alto por ciento", ES),
        ("el primer ministro", ES),
        ("hundreds of people, thousands of them", EN),
        ("a company, and one of them", EN),
        ("millions of users", EN),
    ],
)
def test_what_counts_nothing_is_no_figure(text: str, language: Language) -> None:
    assert figures.find(text, language) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.234 millones", {1_234_000_000, 1_234_000}),
        ("1,234", {1234, Decimal("1.234")}),
        # Nobody writes decimals that end in zero to the third place.
        ("1.000", {1000}),
        ("300.000", {300_000}),
        ("0,123", {Decimal("0.123")}),
        ("1.234,5", {Decimal("1234.5")}),
    ],
)
def test_what_spanish_leaves_open_is_read_both_ways(text: str, values: set[Decimal]) -> None:
    assert only(text).values == {Decimal(value) for value in values}


def test_the_decimal_mark_that_a_text_uses_settles_its_other_numbers() -> None:
    assert figures.find("52,44 y 1.234", ES)[1].values == {Decimal(1234)}
    assert figures.find("52.44 y 1,234", ES)[1].values == {Decimal(1234)}


def test_english_leaves_nothing_open() -> None:
    assert only("1,234", EN).values == {Decimal(1234)}
    assert only("1.234", EN).values == {Decimal("1.234")}


def test_a_figure_spans_its_currency_and_unit() -> None:
    text = "Pagó US$ 5 millones en tres años, un 32 % más."
    assert [text[start:end] for start, end in (figure.span for figure in figures.find(text, ES))] == [
        "US$ 5 millones",
        "tres años",
        "32 %",
    ]


# --- properties ---

whole = st.integers(min_value=0, max_value=10**13)
decimals = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)
languages = st.sampled_from(Language)


@given(value=decimals, locale=st.sampled_from(["es_ES", "es_AR", "es_MX", "es_PE", "es_CR", "en_US"]))
def test_a_number_is_read_as_its_country_writes_it(value: Decimal, locale: str) -> None:
    language = EN if locale == "en_US" else ES
    written = format_decimal(value, format="#,##0.00", locale=locale)
    assert only(written, language).values == {value}


@given(value=whole, locale=st.sampled_from(["es_ES", "es_MX", "es_CR", "en_US"]))
def test_a_whole_number_is_among_its_readings(value: int, locale: str) -> None:
    written = format_decimal(value, format="#,##0", locale=locale)
    assert value in only(written, EN if locale == "en_US" else ES).values


UNITS = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince".split()
SHORT = UNITS[1:10]
TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
HUNDREDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos".split()
)
TEENS = "dieciséis diecisiete dieciocho diecinueve".split()
TWENTIES = """veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho
    veintinueve""".split()


def spoken(value: int) -> str:
    """A number below 10¹⁸ in Spanish words; the long scale, "un" before what is counted."""
    for size, one, many in ((10**12, "un billón", "billones"), (10**6, "un millón", "millones")):
        if value >= size:
            count, rest = divmod(value, size)
            head = one if count == 1 else f"{clipped(spoken(count))} {many}"
            return f"{head} {spoken(rest)}" if rest else head
    if value >= 1000:
        count, rest = divmod(value, 1000)
        head = "mil" if count == 1 else f"{clipped(spoken(count))} mil"
        return f"{head} {spoken(rest)}" if rest else head
    if value == 100:
        return "cien"
    if value > 100:
        return f"{HUNDREDS[value // 100 - 1]} {spoken(value % 100)}" if value % 100 else HUNDREDS[value // 100 - 1]
    if value >= 30:
        return f"{TENS[value // 10 - 3]} y {SHORT[value % 10 - 1]}" if value % 10 else TENS[value // 10 - 3]
    return [*UNITS, *TEENS, *TWENTIES][value]


def clipped(words: str) -> str:
    return (
        words.removesuffix("veintiuno") + "veintiún"
        if words.endswith("veintiuno")
        else words.removesuffix("o")
        if (words.endswith("uno"))
        else words
    )


@given(st.integers(min_value=2, max_value=10**15))
def test_a_number_in_spanish_words_is_its_digits(value: int) -> None:
    assert only(spoken(value)).values == {Decimal(value)}


ENGLISH_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def said(value: int) -> str:
    """A number below 10¹⁵ in English words, in the short scale."""
    for size, name in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if value >= size:
            count, rest = divmod(value, size)
            return f"{said(count)} {name} {said(rest)}" if rest else f"{said(count)} {name}"
    if value >= 100:
        head = f"{ENGLISH_UNITS[value // 100]} hundred"
        return f"{head} and {said(value % 100)}" if value % 100 else head
    if value >= 20:
        tens = ENGLISH_TENS[value // 10 - 2]
        return f"{tens}-{ENGLISH_UNITS[value % 10]}" if value % 10 else tens
    return ENGLISH_UNITS[value]


@given(st.integers(min_value=2, max_value=10**14))
def test_a_number_in_english_words_is_its_digits(value: int) -> None:
    assert only(said(value), EN).values == {Decimal(value)}


@given(st.integers(min_value=2, max_value=10**12))
def test_the_two_languages_words_bear_one_another_out(value: int) -> None:
    assert borne_out(said(value), spoken(value), EN, ES)
    assert borne_out(spoken(value), said(value), ES, EN)


@given(
    one=st.sampled_from([row[0] for row in (*SAME_ES, *OTHER_ES)]),
    other=st.sampled_from([row[1] for row in (*SAME_ES, *OTHER_ES)]),
)
def test_equal_values_are_equal_both_ways(one: str, other: str) -> None:
    for a in figures.find(one, ES):
        for b in figures.find(other, ES):
            if a.units == b.units and a.noun == b.noun:
                assert figures.supported(a, [b]) == figures.supported(b, [a])


@given(
    value=st.integers(min_value=10, max_value=10**12), place=st.integers(0, 12), shift=st.integers(1, 9), data=st.data()
)
def test_an_altered_digit_is_never_borne_out(value: int, place: int, shift: int, data: st.DataObject) -> None:
    digits = str(value)
    place %= len(digits)
    altered = int(f"{digits[:place]}{(int(digits[place]) + shift) % 10}{digits[place + 1 :]}")
    locale = data.draw(st.sampled_from(["es_ES", "es_MX", "es_CR"]))
    source = f"{format_decimal(value, format='#,##0', locale=locale)} euros"
    claim = f"{format_decimal(altered, format='#,##0', locale=locale)} euros"
    # "1.234" may also be a decimal: with other digits it is another one.
    assert not borne_out(claim, source)


@given(st.text(alphabet="0123456789.,:/-% €$abcMx yde\u00a0", max_size=40), languages)
def test_no_digit_goes_unread(text: str, language: Language) -> None:
    covered = {place for figure in figures.find(text, language) for place in range(*figure.span)}
    assert [place for place, character in enumerate(text) if character.isdecimal() and place not in covered] == []


@given(st.text(max_size=200), languages)
def test_figures_stand_apart_in_order_inside_any_text(text: str, language: Language) -> None:
    spans = [figure.span for figure in figures.find(text, language)]
    assert spans == sorted(spans)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(whole, whole)
def test_another_number_of_the_same_unit_is_not_borne_out(one: int, other: int) -> None:
    assume(one != other)
    assert not borne_out(f"{one} euros", f"{other} euros")
