"""The order of a list's entries in a form: places as text, with runs of them short, such as ``0-3,5,4``."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

MOST_PLACES = 20_000
"""More entries than any list has; what names more is not an order."""

_RUN = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", re.ASCII)


def runs(places: Iterable[int]) -> str:
    """Return places as text; three and more that follow one another become one run."""
    found: list[list[int]] = []
    for place in places:
        if found and place == found[-1][-1] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in found)


def places_in(text: str) -> list[int]:
    """Return the places that a text names, each once; none for a text that is not an order."""
    places: dict[int, None] = {}
    for part in text.replace(" ", "").split(","):
        found = _RUN.fullmatch(part)
        if found is None:
            return []
        first = int(found[1])
        last = int(found[2] or first)
        if last - first + len(places) >= MOST_PLACES:
            return []
        places.update(dict.fromkeys(range(first, last + 1)))
    return list(places)


def ordered(text: str, places: Sequence[int], old: int) -> list[int]:
    """Return ``places`` (rising) in the order that a text gives them.

    An entry of the version below (``old`` is how many it has) that the text does not name follows the one that it
    follows there; a new one comes last.
    """
    named = places_in(text)
    if not named:
        return list(places)
    there = set(places)
    unnamed = there.difference(named)
    after: dict[int, list[int]] = {}
    before = -1
    for place in places:
        if place in unnamed and place < old:
            after.setdefault(before, []).append(place)
        else:
            before = place
    found = list(after.get(-1, ()))
    for place in named:
        if place in there:
            found += [place, *after.get(place, ())]
    return [*found, *(place for place in places if place in unnamed and place >= old)]


def moved(order: Sequence[int], place: int, step: int) -> list[int]:
    """Return the order with one place moved by one step, up (-1) or down (1); as it is where there is no further."""
    found = list(order)
    here = found.index(place) if place in found else -1
    there = here + step
    if here >= 0 and 0 <= there < len(found):
        found[here], found[there] = found[there], found[here]
    return found


def displaced(places: Sequence[int]) -> set[int]:
    """Return the fewest entries whose moving explains an order: those outside its longest rising part."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for n, place in enumerate(places):
        at = bisect_left(tails, place)
        if at == len(tails):
            tails.append(place)
            ends.append(n)
        else:
            tails[at] = place
            ends[at] = n
        before.append(ends[at - 1] if at else None)
    rising: set[int] = set()
    here = ends[-1] if ends else None
    while here is not None:
        rising.add(places[here])
        here = before[here]
    return set(places) - rising
