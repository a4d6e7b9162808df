"""In which country a place lies: coarse outlines of Natural Earth, and plain geometry on them.

The outlines lie some ten kilometres beside the truth at worst; whatever is asked of them needs a tolerance.
``scripts/outlines.py`` makes the data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KM_OF_A_DEGREE = 111.2

TERRITORIAL_SEA_KM = 22.2
"""Twelve nautical miles: United Nations Convention on the Law of the Sea, article 3."""


@dataclass(frozen=True, slots=True)
class Ring:
    """One closed line around a piece of land, or around a hole in it; ``box`` is west, south, east, north."""

    points: Sequence[tuple[float, float]]
    box: tuple[float, float, float, float]


@cache
def outlines() -> dict[str, tuple[Ring, ...]]:
    """Return the rings of each country by ISO 3166-1 code, in degrees of longitude and latitude; read once."""
    text = (files("jointops.reference") / "data" / "outlines.json").read_text(encoding="utf-8")
    return {code: tuple(_ring(ring) for ring in rings) for code, rings in json.loads(text).items()}


def _ring(plain: Sequence[int]) -> Ring:
    lons, lats = [lon / 100 for lon in plain[::2]], [lat / 100 for lat in plain[1::2]]
    return Ring(tuple(zip(lons, lats, strict=True)), (min(lons), min(lats), max(lons), max(lats)))


def country_at(latitude: float, longitude: float) -> str | None:
    """Return the country whose land a place is on; None at sea, and where no country has its outline."""
    return next((code for code in outlines() if is_inside(code, latitude, longitude)), None)


def is_inside(country: str, latitude: float, longitude: float) -> bool:
    """Say whether a place lies on the land of a country."""
    around = (
        ring
        for ring in outlines().get(country, ())
        if ring.box[0] <= longitude <= ring.box[2] and ring.box[1] <= latitude <= ring.box[3]
    )
    return sum(_crossings(ring, latitude, longitude) for ring in around) % 2 == 1


def _crossings(ring: Ring, latitude: float, longitude: float) -> int:
    """Return how many sides of the ring a line from the place to the east crosses."""
    found = 0
    for (x1, y1), (x2, y2) in _sides(ring):
        if (y1 > latitude) != (y2 > latitude) and longitude < x1 + (latitude - y1) / (y2 - y1) * (x2 - x1):
            found += 1
    return found


def is_within(country: str, latitude: float, longitude: float, tolerance_km: float) -> bool | None:
    """Say whether a place lies in a country, or in its territorial sea, give or take ``tolerance_km``.

    None for a country without an outline: nothing can be said.
    """
    if country not in outlines():
        return None
    if is_inside(country, latitude, longitude):
        return True
    # Most places are so far off that the boxes alone tell.
    most = tolerance_km + TERRITORIAL_SEA_KM
    if not _is_near(country, latitude, longitude, most):
        return False
    return _is_near(country, latitude, longitude, tolerance_km) or country_at(latitude, longitude) is None


def _is_near(country: str, latitude: float, longitude: float, km: float) -> bool:
    """Say whether a place is at most so many kilometres from the edge of a country."""
    shrink = max(math.cos(math.radians(latitude)), 0.01)
    up = km / KM_OF_A_DEGREE
    across = up / shrink
    for ring in outlines()[country]:
        west, south, east, north = ring.box
        if not (west - across <= longitude <= east + across and south - up <= latitude <= north + up):
            continue
        for (x1, y1), (x2, y2) in _sides(ring):
            a = ((x1 - longitude) * shrink, y1 - latitude)
            b = ((x2 - longitude) * shrink, y2 - latitude)
            if _from_origin(a, b) <= up:
                return True
    return False


def _sides(ring: Ring) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    return zip(ring.points, (*ring.points[1:], ring.points[0]), strict=True)


def _from_origin(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return how far the line from ``a`` to ``b`` passes from the origin, in the unit of its coordinates."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length)) if length else 0.0
    return math.hypot(a[0] + along * dx, a[1] + along * dy)
