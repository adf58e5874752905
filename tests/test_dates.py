"""Dates bear one another out at the precision that they tell, in both languages, relative ones by the article's day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.grounded.checks import dates
from index.records import Language

ES, EN = Language.SPANISH, Language.ENGLISH


def borne_out(
    claim: str, source: str, language: Language = ES, source_language: Language = ES, published: date | None = None
) -> bool:
    """Whether every date of the claim, of which there is at least one, stands in the source."""
    claimed = dates.find(claim, language)
    told = dates.find(source, source_language)
    assert claimed
    return all(dates.supported(each, told, published) for each in claimed)


SAME_ES = [
    ("3 de mayo de 2024", "3 de mayo de 2024"),
    ("el 3 de mayo del 2024", "viernes 3 de mayo de 2024"),
    ("mayo de 2024", "3 de mayo de 2024"),
    ("2024", "3 de mayo de 2024"),
    ("el 3 de mayo", "3 de mayo de 2024"),
    ("en mayo", "3 de mayo de 2024"),
    ("el viernes", "3 de mayo de 2024"),
    ("viernes 3 de mayo", "3 de mayo de 2024"),
    ("3/5/2024", "3 de mayo de 2024"),
    ("03-05-2024", "3 de mayo de 2024"),
    ("3.5.24", "3 de mayo de 2024"),
    ("2024-05-03", "3 de mayo de 2024"),
    ("3 may. 2024", "3 de mayo de 2024"),
    ("3-may-2024", "3 de mayo de 2024"),
    ("1.º de enero de 2025", "1 de enero de 2025"),
    ("primero de mayo", "1 de mayo"),
    ("mayo 2024", "mayo del año 2024"),
    ("setiembre de 2023", "septiembre de 2023"),
    ("miercoles", "miércoles"),
    ("el 4 de mayo", "el 3 y 4 de mayo"),
    ("el 3 de mayo", "del 3 al 5 de mayo"),
    ("2T24", "segundo trimestre de 2024"),
    ("T2 2024", "segundo trimestre de 2024"),
    ("los años noventa", "los años 90"),
    ("la década de 1990", "1994"),
    ("el siglo XXI", "2024"),
    ("siglos XVIII y XIX", "los siglos XVIII y XIX"),
    ("este lunes", "el lunes"),
    ("el lunes", "el lunes pasado"),
    ("el pasado lunes", "el lunes pasado"),
    ("el próximo viernes", "el viernes que viene"),
    ("el mes pasado", "el pasado mes"),
    ("el año próximo", "el próximo año"),
    ("septiembre del año pasado", "septiembre del pasado año"),
    ("ayer", "ayer"),
]
SAME_MIXED = [
    ("May 3, 2024", "3 de mayo de 2024"),
    ("Friday, May 3, 2024", "3 de mayo de 2024"),
    ("3 May 2024", "3 de mayo de 2024"),
    ("the 3rd of May", "3 de mayo de 2024"),
    ("Sept. 4, 2023", "4 de septiembre de 2023"),
    ("May 2024", "mayo de 2024"),
    ("in May", "mayo"),
    ("5/3/2024", "3 de mayo de 2024"),
    ("3/5/2024", "3 de mayo de 2024"),
    ("Q2 2024", "segundo trimestre de 2024"),
    ("the second quarter of 2024", "2T24"),
    ("the first half of 2025", "primer semestre de 2025"),
    ("the 1990s", "los años 90"),
    ("the 21st century", "siglo XXI"),
    ("this Monday", "este lunes"),
    ("on Monday", "este lunes"),
    ("last Monday", "el lunes pasado"),
    ("next Friday", "el próximo viernes"),
    ("last month", "el mes pasado"),
    ("next week", "la próxima semana"),
    ("this year", "este año"),
    ("September last year", "septiembre del año pasado"),
    ("yesterday", "ayer"),
    ("tomorrow", "mañana"),
    ("the last decade", "la última década"),
]
OTHER_ES = [
    ("3 de mayo de 2024", "mayo de 2024"),
    ("3 de mayo de 2024", "3 de mayo"),
    ("mayo de 2024", "2024"),
    ("2024", "mayo"),
    ("4 de mayo de 2024", "3 de mayo de 2024"),
    ("3 de junio de 2024", "3 de mayo de 2024"),
    ("3 de mayo de 2025", "3 de mayo de 2024"),
    ("jueves 3 de mayo de 2024", "3 de mayo de 2024"),
    ("5/3/2024", "3 de mayo de 2024"),
    ("tercer trimestre de 2024", "mayo de 2024"),
    ("segundo trimestre de 2024", "3 de mayo de 2024"),
    ("primer semestre de 2024", "segundo trimestre de 2024"),
    ("segundo trimestre", "tercer trimestre"),
    ("segundo semestre de 2024", "mayo de 2024"),
    ("los años 80", "los años 90"),
    ("siglo XX", "siglo XXI"),
    ("1994", "la década de 1990"),
    ("este martes", "este lunes"),
    ("el lunes pasado", "este lunes"),
    ("el próximo lunes", "el lunes pasado"),
    ("el mes pasado", "el año pasado"),
    ("el próximo mes", "el mes pasado"),
    ("ayer", "hoy"),
    ("ayer", "el lunes"),
    ("septiembre de este año", "septiembre del año pasado"),
    ("septiembre de 2024", "septiembre del año pasado"),
    ("el 24 de febrero de 2025", "este lunes"),
]
OTHER_MIXED = [
    ("May 4, 2024", "3 de mayo de 2024"),
    ("13/3/2024", "3 de mayo de 2024"),
    ("last Monday", "el próximo lunes"),
    ("next month", "el mes pasado"),
    ("Q3 2024", "segundo trimestre de 2024"),
    ("the 20th century", "siglo XXI"),
    ("yesterday", "mañana"),
]
MONDAY = date(2025, 2, 24)
RESOLVED = [
    ("el 24 de febrero de 2025", "Lo anunció este lunes.", True),
    ("el 23 de febrero de 2025", "Lo anunció ayer.", True),
    ("el 24 de febrero de 2025", "Lo anunció ayer.", False),
    ("el 21 de febrero de 2025", "El viernes, la empresa compartió su informe.", True),
    ("el 28 de febrero de 2025", "La empresa se reunirá este viernes.", True),
    ("el 21 de febrero de 2025", "La empresa se reunirá este viernes.", False),
    ("el 17 de febrero de 2025", "Lo anunció el lunes pasado.", True),
    ("el 3 de marzo de 2025", "Lo anunciará el próximo lunes.", True),
    ("en septiembre de 2024", "Fundada en septiembre del año pasado.", True),
    ("en septiembre de 2025", "Fundada en septiembre del año pasado.", False),
    ("en 2024", "Creció el año pasado.", True),
    ("en enero de 2025", "Creció el mes pasado.", True),
    ("en diciembre de 2024", "Creció en diciembre.", True),
    ("en diciembre de 2025", "Crecerá en diciembre.", True),
    ("en diciembre de 2025", "Creció en diciembre.", False),
    ("el 20 de febrero de 2025", "Lo dijo el 20 de febrero.", True),
    ("el cuarto trimestre de 2024", "Creció el pasado trimestre.", True),
    ("en la década de 2010", "Gastó más que en la década pasada.", True),
    ("el siglo XX", "Nació el siglo pasado.", True),
    # Who reads it later has another yesterday.
    ("ayer", "Lo anunció el 23 de febrero de 2025.", False),
    ("ayer", "Lo anunció ayer.", True),
    ("el año pasado", "Creció en 2024.", True),
    ("este lunes", "Lo anunció el 24 de febrero de 2025.", True),
]


@pytest.mark.parametrize(("claim", "source"), SAME_ES)
def test_the_same_date_or_a_part_of_it_is_borne_out(claim: str, source: str) -> None:
    assert borne_out(claim, source)


@pytest.mark.parametrize(("claim", "source"), SAME_MIXED)
def test_a_date_is_borne_out_across_languages(claim: str, source: str) -> None:
    assert borne_out(claim, source, EN, ES)


@pytest.mark.parametrize(("claim", "source"), OTHER_ES)
def test_another_or_a_more_precise_date_is_not_borne_out(claim: str, source: str) -> None:
    assert not borne_out(claim, source)


@pytest.mark.parametrize(("claim", "source"), OTHER_MIXED)
def test_another_date_is_not_borne_out_across_languages(claim: str, source: str) -> None:
    assert not borne_out(claim, source, EN, ES)


@pytest.mark.parametrize(("claim", "source", "right"), RESOLVED)
def test_relative_dates_count_from_the_day_of_publishing(claim: str, source: str, right: bool) -> None:
    assert borne_out(claim, source, published=MONDAY) is right


@pytest.mark.parametrize("source", [source for _, source, right in RESOLVED[:15] if right])
def test_without_the_day_of_publishing_nothing_relative_bears_out_a_full_date(source: str) -> None:
    assert not borne_out("el 24 de febrero de 2025, en enero de 2025, en diciembre de 2024", source)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hoy en día", ES),
        ("por la mañana", ES),
        ("10 años", ES),
        ("$2000", ES),
        ("2.000 empleados", ES),
        ("Xi Jinping", ES),
        ("It may be so, and they march on", EN),
        ("May I?", EN),
        ("the next three years", EN),
    ],
)
def test_what_is_no_date_is_none(text: str, language: Language) -> None:
    assert dates.find(text, language) == []


days = st.dates(min_value=date(1600, 1, 1), max_value=date(2100, 12, 31))
styles = st.sampled_from(["full", "long"])


@given(days, styles, st.sampled_from(["es_ES", "es_MX", "es_AR", "es_CO"]))
def test_a_date_is_read_as_spanish_writes_it(day: date, style: str, locale: str) -> None:
    assert borne_out(format_date(day, style, locale), day.isoformat())
    assert borne_out(day.isoformat(), format_date(day, style, locale))


@given(days, styles, st.sampled_from(["en_US", "en_GB"]))
def test_a_date_is_read_as_english_writes_it(day: date, style: str, locale: str) -> None:
    assert borne_out(format_date(day, style, locale), format_date(day, style, "es_ES"), EN, ES)
    assert borne_out(format_date(day, style, "es_ES"), format_date(day, style, locale), ES, EN)


@given(days, days)
def test_another_day_is_never_borne_out(one: date, other: date) -> None:
    assert borne_out(format_date(one, "long", "es"), format_date(other, "long", "es")) is (one == other)


@given(days, st.integers(min_value=-2, max_value=1))
def test_days_around_publishing_resolve_to_that_day(published: date, shift: int) -> None:
    word = {-2: "anteayer", -1: "ayer", 0: "hoy", 1: "mañana"}[shift]
    day = published + timedelta(days=shift)
    assert borne_out(day.isoformat(), f"Lo dijo {word}.", published=published)
    assert not borne_out((day + timedelta(days=1)).isoformat(), f"Lo dijo {word}.", published=published)


@given(st.text(alphabet="0123456789/-. demayoXVI", max_size=40), st.sampled_from(Language))
def test_dates_stand_apart_in_order_inside_any_text(text: str, language: Language) -> None:
    spans = [each.span for each in dates.find(text, language)]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
