"""A small map of the two places of a suspected pair: the outlines around them and two marks, as plain figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jointops.reference.outlines import outlines
from jointops.returns.sightings import Sighting

WIDTH, HEIGHT = 320, 200
_LEAST_SPAN = 0.6
"""Degrees of longitude that are shown at least, so that there is something around two marks in one place."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Land as the data of paths, the marks of the first and second incident, and how long 1/4 of the width is (km)."""

    lands: tuple[str, ...]
    first: tuple[float, float] | None
    second: tuple[float, float] | None
    quarter_km: int
    width: int = WIDTH
    height: int = HEIGHT


def picture(first: Sighting, second: Sighting) -> Picture | None:
    """Return the map of two incidents; ``None`` when neither has coordinates."""
    places = [
        None if each.latitude is None or each.longitude is None else (each.latitude, each.longitude)
        for each in (first, second)
    ]
    known = [place for place in places if place is not None]
    if not known:
        return None
    lat = sum(place[0] for place in known) / len(known)
    lon = sum(place[1] for place in known) / len(known)
    shrink = max(0.05, math.cos(math.radians(lat)))
    wide = max(abs(place[1] - lon) for place in known) * 2
    tall = max(abs(place[0] - lat) for place in known) * 2 / shrink * WIDTH / HEIGHT
    span = max(_LEAST_SPAN, wide * 1.5, tall * 1.5)
    scale = WIDTH / span

    def at(place: tuple[float, float]) -> tuple[float, float]:
        return (
            round(WIDTH / 2 + (place[1] - lon) * scale, 1),
            round(HEIGHT / 2 - (place[0] - lat) * scale / shrink, 1),
        )

    half_wide, half_tall = span / 2, span / 2 * HEIGHT / WIDTH * shrink
    lands = tuple(
        "M" + "L".join(f"{x} {y}" for x, y in (at((y, x)) for x, y in ring.points)) + "Z"
        for rings in outlines().values()
        for ring in rings
        if ring.box[0] <= lon + half_wide
        and ring.box[2] >= lon - half_wide
        and ring.box[1] <= lat + half_tall
        and ring.box[3] >= lat - half_tall
    )
    marks = [None if place is None else at(place) for place in places]
    return Picture(lands, marks[0], marks[1], round(span / 4 * 111.2 * shrink))
