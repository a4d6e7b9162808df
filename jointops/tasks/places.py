"""Where tasks are done: places with coordinates, and countries of those that name no more. Plain data.

Also as GeoJSON (RFC 7946), which any map reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jointops.tasks.rows import Row
from jointops.tasks.rules import TaskState


@dataclass(frozen=True, slots=True)
class Spot:
    """One place with its tasks. ``lat`` and ``lon`` are degrees (WGS 84), ``None`` where only the country is known."""

    name: str
    kind: str
    country: str
    lat: float | None
    lon: float | None
    rows: tuple[Row, ...]

    @property
    def states(self) -> Counter[TaskState]:
        """How many of its tasks stand where."""
        return Counter(row.state for row in self.rows)

    @property
    def overdue(self) -> int:
        """How many of its tasks are overdue."""
        return sum(row.overdue for row in self.rows)


@dataclass(frozen=True, slots=True)
class Country:
    """The places of one country, those with the most tasks first; ``code`` is empty where no country is known."""

    code: str
    spots: tuple[Spot, ...]

    @property
    def total(self) -> int:
        """How many tasks it has."""
        return sum(len(spot.rows) for spot in self.spots)


def laid_out(rows: Iterable[Row]) -> list[Country]:
    """Return the countries with the places of ``rows``, those with the most tasks first, what has no country last.

    A task without a place belongs to the country of its leading unit, or of its first; one of no country to none.
    """
    spots: dict[tuple[str, str, str, float | None, float | None], list[Row]] = {}
    for row in rows:
        spots.setdefault(_key(row), []).append(row)
    countries: dict[str, list[Spot]] = {}
    for (country, name, kind, lat, lon), members in spots.items():
        countries.setdefault(country, []).append(Spot(name, kind, country, lat, lon, tuple(members)))
    found = [
        Country(code, tuple(sorted(there, key=lambda spot: (-len(spot.rows), spot.name))))
        for code, there in countries.items()
    ]
    return sorted(found, key=lambda country: (not country.code, -country.total, country.code))


def geojson(rows: Sequence[Row], shown: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the tasks as a collection of features; ``shown`` are the properties of each by the key of the task.

    A task without coordinates has no geometry: its property ``country`` says where it is drawn.
    """
    features = []
    for row in rows:
        country, _name, _kind, lat, lon = _key(row)
        point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        properties = {**shown[row.id], "country": country or None}
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def _key(row: Row) -> tuple[str, str, str, float | None, float | None]:
    place = row.place or {}
    lat, lon = _degrees(place.get("lat"), 90), _degrees(place.get("lon"), 180)
    if lat is None or lon is None:
        lat = lon = None
    country = str(place.get("country", "")) or _country_of_units(row)
    return country, str(place.get("name", "")), str(place.get("kind", "")) if place else "", lat, lon


def _degrees(text: Any, most: int) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if -most <= value <= most else None


def _country_of_units(row: Row) -> str:
    """Return the country of the leading unit, or of the first; agencies and partners have none."""
    leading = next((part.unit.party for part in row.parts if part.lead), None)
    party = leading or (row.parts[0].unit.party if row.parts else "")
    return party if party.isupper() else ""
