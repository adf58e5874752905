"""Where the names in a plot go, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence


def apart(places: Sequence[float], gap: float) -> list[float]:
    """The places moved as little as keeps neighbours ``gap`` apart, in the same order."""
    numbers = sorted(range(len(places)), key=lambda number: places[number])
    groups: list[list[int]] = []
    for number in numbers:
        groups.append([number])
        while len(groups) > 1 and _start(places, groups[-1], gap) < _end(places, groups[-2], gap) + gap:
            last = groups.pop()
            groups[-1] += last
    moved = list(places)
    for group in groups:
        for place, number in enumerate(group):
            moved[number] = _start(places, group, gap) + place * gap
    return moved


def _start(places: Sequence[float], group: list[int], gap: float) -> float:
    """Where the first of a group stands when the group, ``gap`` between its members, is centred on its places."""
    if len(group) == 1:
        return places[group[0]]
    return sum(places[number] for number in group) / len(group) - gap * (len(group) - 1) / 2


def _end(places: Sequence[float], group: list[int], gap: float) -> float:
    return _start(places, group, gap) + gap * (len(group) - 1)


def around(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    """Lower left corners of the places for a name beside a point, nearest first."""
    middle, half, far = y - height / 2, x - width / 2, height + 4
    return [
        (x + 11, middle),
        (x - 11 - width, middle),
        (half, y + 9),
        (half, y - 9 - height),
        (x + 8, y + 7),
        (x + 8, y - 7 - height),
        (x - 8 - width, y + 7),
        (x - 8 - width, y - 7 - height),
        (half, y + 9 + far),
        (half, y - 9 - height - far),
    ]
