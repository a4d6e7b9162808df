"""Which places are near each other: places within a kilometre are the same place."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jointops.tasks.deconfliction.scene import Entry

NEAR = 1.0
"""Kilometres within which two places are the same place."""

EARTH_RADIUS = 6371.0
_KILOMETRES_A_DEGREE = math.pi * EARTH_RADIUS / 180

_SIDE = NEAR * 0.7
"""Of a square in which any two points are near: its diagonal is shorter than :data:`NEAR`."""


def squares_of(tasks: Sequence[Entry], manned: Iterable[int]) -> dict[tuple[int, int], list[int]]:
    """Return the numbers of the tasks that have a point, by the square in which it lies."""
    squares: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in manned:
        point = tasks[number].point
        if point is not None:
            row = math.floor(point[0] * _KILOMETRES_A_DEGREE / _SIDE)
            squares[row, math.floor(point[1] / _width(row))].append(number)
    return squares


def _width(row: int) -> float:
    """Return how many degrees of longitude a square of this row is wide, at its edge nearer to the equator."""
    edge = min(abs(row), abs(row + 1)) * _SIDE / _KILOMETRES_A_DEGREE
    return _SIDE / (_KILOMETRES_A_DEGREE * max(0.01, math.cos(math.radians(min(edge, 90.0)))))


def around(task: Entry, squares: Mapping[tuple[int, int], list[int]]) -> Iterator[int]:
    """Give every task in a square that is not farther than a place may be to be near."""
    if task.point is None:
        return
    lat, lon = task.point
    row = math.floor(lat * _KILOMETRES_A_DEGREE / _SIDE)
    reach = math.ceil(NEAR / _SIDE)
    edge = min(89.4, abs(lat) + NEAR / _KILOMETRES_A_DEGREE)
    across = NEAR / (_KILOMETRES_A_DEGREE * math.cos(math.radians(edge)))
    for there in range(row - reach, row + reach + 1):
        width = _width(there)
        for column in range(math.floor((lon - across) / width), math.floor((lon + across) / width) + 1):
            yield from squares.get((there, column), ())


def is_near(one: Entry, other: Entry) -> bool:
    """Say whether the points of two tasks are the same place."""
    if one.point is None or other.point is None:
        return False
    return distance(one.point, other.point) <= NEAR


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points, each a latitude and a longitude in degrees."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))
