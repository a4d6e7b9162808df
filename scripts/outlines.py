"""Make the outlines by which the server sees in which country a place lies, from those of the map in the browser.

Source: Natural Earth 1:50 000 000 (public domain), by way of the npm package ``world-atlas``. As on the map, Kosovo has
a code of its own and the north of Cyprus is Cyprus. Crimea belongs to Ukraine (General Assembly resolution 68/262).
Run it after ``npm ci``: ``python scripts/outlines.py``; it writes ``jointops/reference/data/outlines.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "jointops" / "reference" / "data" / "outlines.json"

Point = tuple[float, float]

UNNUMBERED = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
"""Countries that the source does not number."""

BELONGS_TO = {
    "AX": "FI",
    **dict.fromkeys(("FO", "GL"), "DK"),
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"), "FR"),
    **dict.fromkeys(("AW", "BQ", "CW", "SX"), "NL"),
    **dict.fromkeys(("AI", "BM", "FK", "GG", "GI", "IM", "JE", "KY", "MS", "SH", "TC", "VG"), "GB"),
    **dict.fromkeys(("AS", "GU", "MP", "PR", "VI"), "US"),
    **dict.fromkeys(("HK", "MO"), "CN"),
    "SJ": "NO",
}
"""Territories whose authorities report for another country."""

CRIMEA = (32.4, 44.3, 36.7, 46.3)
"""West, south, east, north of what the source draws as a part of Russia."""

TOO_SMALL = {"ES": [(-5.40, 35.87, -5.28, 35.92), (-2.98, 35.26, -2.92, 35.33)]}
"""Places that the source leaves out, as boxes (west, south, east, north): Ceuta and Melilla."""

FINE = 0.06
"""Degrees by which an outline may lie beside that of the source: some six kilometres, less than the tolerance."""


def main() -> None:
    """Write the file."""
    packages = ROOT / "node_modules"
    topology = json.loads((packages / "world-atlas" / "countries-50m.json").read_text(encoding="utf-8"))
    codes = json.loads((packages / "i18n-iso-countries" / "codes.json").read_text(encoding="utf-8"))
    outlines = made(topology, {number: two for two, _three, number, *_rest in codes})
    lines = [
        f'"{code}": {json.dumps(rings, separators=(",", ":"))}' for code, rings in sorted(outlines.items())
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def made(topology: dict[str, Any], alpha2: dict[str, str]) -> dict[str, list[list[int]]]:
    """Return the rings of each country, as hundredths of a degree: longitude, latitude, longitude, …"""
    arcs = [list(_absolute(arc, topology["transform"])) for arc in topology["arcs"]]
    found: dict[str, list[list[int]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = alpha2.get(geometry.get("id", "")) or UNNUMBERED.get(name)
        if code is None:
            continue
        for ring in _rings(geometry, arcs):
            owner = "UA" if code == "RU" and _within(ring, CRIMEA) else BELONGS_TO.get(code, code)
            plain = [round(100 * degree) for point in _thinned(ring) for degree in point]
            found.setdefault(owner, []).append(plain)
    for code, boxes in TOO_SMALL.items():
        for west, south, east, north in boxes:
            corners = (west, south, east, south, east, north, west, north)
            found[code].append([round(100 * degree) for degree in corners])
    return found


def _absolute(arc: Iterable[tuple[int, int]], transform: dict[str, Any]) -> Iterator[Point]:
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
        yield (x * sx + tx, y * sy + ty)


def _rings(geometry: dict[str, Any], arcs: list[list[Point]]) -> Iterator[list[Point]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for numbers in polygon:
            ring: list[Point] = []
            for number in numbers:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += arc[1:] if ring else arc
            yield ring


def _within(ring: list[Point], box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return all(west <= lon <= east and south <= lat <= north for lon, lat in ring)


def _thinned(ring: list[Point]) -> list[Point]:
    """Leave out points that lie close to the line between those that stay (Douglas and Peucker)."""
    kept = {0, len(ring) - 1}
    ahead = [(0, len(ring) - 1)]
    while ahead:
        first, last = ahead.pop()
        if last - first < 2:
            continue
        far, place = max((_beside(ring[n], ring[first], ring[last]), n) for n in range(first + 1, last))
        if far > FINE:
            kept.add(place)
            ahead += [(first, place), (place, last)]
    return [ring[n] for n in sorted(kept)] if len(kept) > 3 else ring


def _beside(point: Point, a: Point, b: Point) -> float:
    (x, y), (dx, dy) = (point[0] - a[0], point[1] - a[1]), (b[0] - a[0], b[1] - a[1])
    along = max(0.0, min(1.0, (x * dx + y * dy) / (dx * dx + dy * dy))) if dx or dy else 0.0
    return math.hypot(x - along * dx, y - along * dy)


if __name__ == "__main__":
    main()
