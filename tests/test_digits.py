"""The second count of figures, against counts by hand."""

from __future__ import annotations

import pytest

from scripts.digits import missing, numbers


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Invierte 380.000 millones.", "Invierte 380 mil millones."),
        ("Invierte 380 000 000 000.", "Invierte 380 mil millones."),
        ("Subió un 52.44 %.", "Subió un 52,44 %."),
        ("Son 1,2 millones.", "Son 1.200.000 personas."),
        ("Ganó 3 títulos.", "Ganó tres títulos."),
        ("Fue el 5/9/2024.", "Fue el 5 de septiembre de 2024."),
        ("Vendió 450 barcos.", "En 2023 450 barcos fueron vendidos."),
        ("Hubo 0 muertos.", "Hubo 0 heridos."),
        ("No dice cuántos.", ""),
    ],
)
def test_a_figure_stands_there_however_it_is_written(text: str, source: str) -> None:
    assert missing(text, [source]) == []


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("Compró 46 barcos.", "Compró 45 barcos.", ["46"]),
        ("Compró 45 barcos en 2025.", "Compró 45 barcos en 2024.", ["2025"]),
        ("Subió un 5,2 %.", "Subió un 5,25 %.", ["5,2"]),
        ("Subió un 25 %.", "Subió un 2 y luego un 5 %.", ["25"]),
        ("Ganó 4 y 9 títulos.", "Ganó tres títulos.", ["4", "9"]),
        ("Hubo 0 muertos.", "Hubo 10 muertos.", ["0"]),
    ],
)
def test_a_figure_of_other_digits_does_not(text: str, source: str, expected: list[str]) -> None:
    assert missing(text, [source]) == expected


def test_it_may_stand_in_any_of_the_sources() -> None:
    assert missing("De 45 a 812.", ["Son 45.", "Son 812."]) == []
    assert missing("De 45 a 812.", []) == ["45", "812"]


def test_figures_are_as_they_are_written() -> None:
    assert numbers("De 3.000 a 4 000 en 2023, el 52,4 % (3-5).") == ["3.000", "4 000", "2023", "52,4", "3", "5"]
