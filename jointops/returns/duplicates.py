"""Suspected duplicates: pairs of incidents of different units that look like one event, how sure that is, and why.

Pure functions. Points for and against are added up (the logarithm of how much likelier an observation is in two reports
of one event than in two events; Fellegi and Sunter, 1969): what agrees counts the more, the rarer it is among the
operation's incidents, so that the busiest port of the most common commodity does not make everything look the same.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from jointops.reference.placenames import canonical, likeness
from jointops.returns.sightings import IncidentKey, Sighting

THRESHOLD = 9.0
"""Points from which a pair is suspected. On the generated sets that ``benchmarks.duplicates.best_threshold`` looks at
(others than the one measured) precision and recall meet best at 9.5; half a point less, because a duplicate that nobody
is shown is counted twice, and one shown in vain costs a glance."""

MEASURED = frozenset({"g", "kg", "t", "ml", "l", "hl", "m2", "m3"})
"""Units in which the same thing weighed or poured twice gives two figures; everything else is counted, or is money."""

_EXACT = 1e-9
_ROUNDED = math.log(1.03)
_TWO_DIGITS = math.log(1.06)
_WEIGHED_TWICE = math.log(1.12)
_PACKING = math.log(1.38)
"""How much more a load may weigh with its packing."""
_GUESSED = math.log(1.5)
_THOUSAND = math.log(1000)
_WIDEST = _GUESSED

_FAR_KM = 60.0
_LONG_HOURS = 8.0
_AROUND_MIDNIGHT_HOURS = 2.5
_BETTER = 0.75
_COMMON_REFERENCE = 6
"""An external reference that so many incidents carry names an investigation, not an event."""
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for (positive points) or against (negative) that two incidents are one.

    ``code`` names it; ``data`` are the figures behind it: text, whole numbers, or rounded kilometres.
    """

    code: str
    points: float
    data: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two incidents that look like one, in the order of their keys; ``score`` is the sum of the reasons' points."""

    first: Sighting
    second: Sighting
    score: float
    reasons: tuple[Reason, ...]

    @property
    def keys(self) -> tuple[IncidentKey, IncidentKey]:
        """The two incidents' keys."""
        return (self.first.key, self.second.key)

    @property
    def certainty(self) -> str:
        """How sure it is: ``certain``, ``likely`` or ``possible``."""
        above = self.score - THRESHOLD
        return "certain" if above >= 6 else "likely" if above >= 2.5 else "possible"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sighting with what is compared, worked out once. ``log`` is the logarithm of its quantity."""

    sighting: Sighting
    log: float
    day: int
    hours: float | None
    clock: float | None
    place: str
    where: tuple[float, float] | None
    inferred: bool
    external: str
    text: frozenset[str]


def pairs(found: Sequence[Sighting], time_zone: str, *, threshold: float = THRESHOLD) -> list[Pair]:
    """Return the suspected pairs among ``found``, the surest first; the order of ``found`` does not matter.

    ``time_zone`` is the operation's, in which its days are. Incidents of one unit, of different indicators, or of one
    joint result already are not compared.
    """
    seen = _prepared(sorted(found, key=lambda each: each.key), ZoneInfo(time_zone))
    common = _Common(seen)
    scored: dict[tuple[int, int], Pair] = {}
    for one, other in _candidates(seen):
        if (one, other) not in scored:
            pair = _compared(seen[one], seen[other], common)
            if pair is not None and pair.score >= threshold:
                scored[one, other] = pair
    suspected = [pair for pair in _weighed_up(list(scored.values())) if pair.score >= threshold]
    return sorted(suspected, key=lambda pair: (-round(pair.score, 6), pair.keys))


def _weighed_up(found: Sequence[Pair]) -> Iterator[Pair]:
    """Count against a pair that one of the two looks more like a third: one event is seldom reported by many."""
    best: dict[IncidentKey, float] = defaultdict(float)
    for pair in found:
        for key in pair.keys:
            best[key] = max(best[key], pair.score)
    for pair in found:
        better = max(best[key] for key in pair.keys) - pair.score
        if better > _BETTER:
            points = -min(3.0, 0.8 * better)
            reason = Reason("another-likelier", points, {})
            yield replace(pair, score=pair.score + points, reasons=(*pair.reasons, reason))
        else:
            yield pair


# --- Preparing -------------------------------------------------------------------------------------------------------


def _prepared(found: Sequence[Sighting], zone: ZoneInfo) -> list[_Seen]:
    places = [canonical(each.place) if each.place else "" for each in found]
    known = _gazetteer(found, places)
    prepared = []
    for each, place in zip(found, places, strict=True):
        given = _coordinates(each)
        inferred = known.get(place) if given is None and place else None
        local = None if each.at is None else each.at.astimezone(zone)
        prepared.append(
            _Seen(
                each,
                math.log(float(each.quantity)) if each.quantity > 0 else -math.inf,
                each.key.day.toordinal(),
                None if each.at is None else each.at.timestamp() / 3600,
                None if local is None else _hours_into(local, each.key.day.toordinal()),
                place,
                given or inferred,
                given is None and inferred is not None,
                _plain(each.external_reference),
                _words(each),
            )
        )
    return prepared


def _coordinates(each: Sighting) -> tuple[float, float] | None:
    if each.latitude is None or each.longitude is None:
        return None
    return (each.latitude, each.longitude)


def _gazetteer(found: Sequence[Sighting], places: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return where the places are that others named with coordinates, when they agree."""
    given: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each, place in zip(found, places, strict=True):
        where = _coordinates(each)
        if place and where is not None:
            given[place].append(where)
    known = {}
    for place, points in given.items():
        middle = (sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points))
        if all(_distance(middle, point) <= 10 for point in points):
            known[place] = middle
    return known


def _hours_into(local: datetime, day: int) -> float:
    """Return hours since the midnight that the day begins with."""
    return (local.date().toordinal() - day) * 24 + local.hour + local.minute / 60


@lru_cache(maxsize=65536)
def _plain(reference: str) -> str:
    """Return a reference in capital letters and digits only, empty when it is too short to name anything."""
    plain = re.sub(r"[\W_]+", "", reference.upper())
    return plain if len(plain) >= 4 and any(letter.isdigit() for letter in plain) else ""


def _words(each: Sighting) -> frozenset[str]:
    """Return what an incident's texts hold that looks like a reference."""
    words = re.findall(r"[\w./-]*\d[\w./-]*", each.description)
    return frozenset(plain for plain in map(_plain, (*words, each.external_reference)) if len(plain) >= 5)


class _Common:
    """How often quantities, places and external references occur among all incidents."""

    def __init__(self, seen: Sequence[_Seen]) -> None:
        self.quantities: dict[str, list[float]] = defaultdict(list)
        self.places: dict[str, int] = defaultdict(int)
        self.externals: dict[str, int] = defaultdict(int)
        for each in seen:
            self.quantities[each.sighting.indicator].append(each.log)
            if each.place:
                self.places[each.place] += 1
            if each.external:
                self.externals[each.external] += 1
        self.total = len(seen)
        for quantities in self.quantities.values():
            quantities.sort()

    def rarity_of_quantity(self, one: _Seen, within: float) -> float:
        """Return the points that an agreeing quantity is worth, the more the fewer others have it."""
        quantities = self.quantities[one.sighting.indicator]
        around = max(within, 0.005)
        others = bisect_right(quantities, one.log + around) - bisect_left(quantities, one.log - around) - 2
        points = _rarity(len(quantities), others)
        if one.sighting.measure in MEASURED:
            return points
        # One person or one pistol is what most incidents are about, however few there are yet.
        return min(points, 2.0 if one.sighting.quantity <= 3 else 3.5 if one.sighting.quantity <= 10 else 7.0)

    def rarity_of_place(self, place: str) -> float:
        """Return the points that the same place is worth at most."""
        return _rarity(self.total, self.places[place] - 2) if place else 7.0


def _rarity(total: int, others: int) -> float:
    return min(7.0, max(0.5, math.log2((total + 50) / (max(0, others) + 1))))


# --- Which are compared at all ---------------------------------------------------------------------------------------


def _candidates(seen: Sequence[_Seen]) -> Iterator[tuple[int, int]]:
    """Return the pairs (in order) that may reach the threshold: like in quantity and near in time, or by reference."""
    blocks: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    for number, each in enumerate(seen):
        blocks[each.sighting.indicator, each.day].append((each.log, number))
    for block in blocks.values():
        block.sort()
    for (indicator, day), block in blocks.items():
        yield from _near(seen, block, block, same=True)
        following = blocks.get((indicator, day + 1))
        if following:
            yield from _near(seen, block, following, same=False)
    yield from _by_reference(seen)


def _near(
    seen: Sequence[_Seen],
    block: Sequence[tuple[float, int]],
    others: Sequence[tuple[float, int]],
    *,
    same: bool,
) -> Iterator[tuple[int, int]]:
    logs = [log for log, _number in others]
    for place, (log, number) in enumerate(block):
        for shift in (0.0, _THOUSAND) if same else (0.0, _THOUSAND, -_THOUSAND):
            width = _WIDEST if shift == 0.0 else _ROUNDED
            first = bisect_left(logs, log + shift - width)
            last = bisect_right(logs, log + shift + width)
            if same:
                first = max(first, place + 1)
            for at in range(first, last):
                other = others[at][1]
                if _may_be(seen[number], seen[other]):
                    yield (number, other) if number < other else (other, number)


def _may_be(one: _Seen, other: _Seen) -> bool:
    if one.sighting.key.unit == other.sighting.key.unit:
        return False
    if one.hours is not None and other.hours is not None and abs(one.hours - other.hours) > _LONG_HOURS:
        return False
    if one.where is not None and other.where is not None:
        # A degree of latitude is 111 km: cheaper than the distance, and enough for most.
        return abs(one.where[0] - other.where[0]) <= _FAR_KM / 111
    return True


def _by_reference(seen: Sequence[_Seen]) -> Iterator[tuple[int, int]]:
    """Return the pairs in which both carry one external reference, or one names the other's reference."""
    named: dict[str, list[int]] = defaultdict(list)
    own: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(seen):
        for word in sorted(each.text | ({each.external} if each.external else frozenset())):
            named[word].append(number)
        plain = _plain(each.sighting.key.reference)
        if plain:
            own[plain].append(number)
    for word, numbers in named.items():
        if len(numbers) <= 4 * _COMMON_REFERENCE:
            yield from _crossed(seen, numbers, numbers)
        yield from _crossed(seen, numbers[:100], own.get(word, ())[:100])


def _crossed(seen: Sequence[_Seen], some: Iterable[int], others: Sequence[int]) -> Iterator[tuple[int, int]]:
    for one in some:
        for other in others:
            first, second = seen[one].sighting, seen[other].sighting
            if first.key.unit != second.key.unit and first.indicator == second.indicator:
                yield (one, other) if one < other else (other, one)


# --- Comparing -------------------------------------------------------------------------------------------------------


def _compared(one: _Seen, other: _Seen, common: _Common) -> Pair | None:
    first, second = one.sighting, other.sighting
    if first.joint_result_id is not None and first.joint_result_id == second.joint_result_id:
        return None
    reasons = [
        *_of_quantity(one, other, common),
        *_of_time(one, other),
        *_of_place(one, other, common),
        *_of_references(one, other, common),
        *_of_words(first, second),
    ]
    return Pair(first, second, sum(reason.points for reason in reasons), tuple(reasons))


def _of_quantity(one: _Seen, other: _Seen, common: _Common) -> Iterator[Reason]:
    first, second = one.sighting, other.sighting
    data = {"first": _text(first.quantity), "second": _text(second.quantity), "measure": first.measure}
    if one.log == other.log:
        digits = _digits(first.quantity)
        points = common.rarity_of_quantity(one, _EXACT) + (0.0, 0.0, 0.0, 1.5, 2.5)[min(digits, 4)]
        yield Reason("quantity-same", points, data)
        return
    if math.isinf(one.log) or math.isinf(other.log):
        yield Reason("quantity-differs", -6.0, data)
        return
    apart = abs(one.log - other.log)
    measured = first.measure in MEASURED
    if apart <= _TWO_DIGITS and _rounded(first.quantity, second.quantity):
        yield Reason("quantity-rounded", common.rarity_of_quantity(one, apart), data)
    elif apart <= _ROUNDED and (measured or max(first.quantity, second.quantity) > 20):
        yield Reason("quantity-near", 0.7 * common.rarity_of_quantity(one, apart), data)
    elif measured and apart <= _PACKING and _packed(first, second):
        gross, lighter = (first, second) if first.weight == "gross" else (second, first)
        if gross.quantity >= lighter.quantity:
            sure = 0.8 if lighter.weight else 0.6
            yield Reason("quantity-packing", sure * common.rarity_of_quantity(one, apart / 2), data)
        else:
            yield Reason("quantity-differs", -4.0, data)
    elif "estimated" in {first.certainty, second.certainty} and apart <= _GUESSED:
        yield Reason("quantity-estimated", 0.7 * common.rarity_of_quantity(one, apart), data)
    elif measured and apart <= _WEIGHED_TWICE:
        yield Reason("quantity-near", 0.5 * common.rarity_of_quantity(one, apart), data)
    elif measured and abs(apart - _THOUSAND) <= _ROUNDED:
        yield Reason("quantity-thousand", 0.6 * common.rarity_of_quantity(one, _ROUNDED), data)
    else:
        yield Reason("quantity-differs", -2.0 - 6 * min(apart, 1.0), data)


def _packed(first: Sighting, second: Sighting) -> bool:
    """Whether one of the two says that it was weighed with its packing, and the other does not."""
    return "gross" in {first.weight, second.weight} and first.weight != second.weight


def _digits(quantity: Decimal) -> int:
    """Return how many significant digits a quantity is given with, zeros at its end not counted."""
    return len(quantity.normalize().as_tuple().digits)


def _rounded(one: Decimal, other: Decimal) -> bool:
    """Whether one of two quantities, given with at least two digits, is the other with fewer digits."""
    rough, fine = sorted((one, other), key=_digits)
    digits = max(2, _digits(rough))
    return _digits(fine) > digits and Decimal(f"{fine:.{digits}g}") == rough


def _text(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")


_TIMES = ((0.2, 4.0), (0.55, 3.3), (1.05, 1.0), (2.0, 0.2), (3.5, -2.0), (_LONG_HOURS, -4.0))


def _of_time(one: _Seen, other: _Seen) -> Iterator[Reason]:
    if one.hours is not None and other.hours is not None:
        apart = abs(one.hours - other.hours)
        points = next((points for limit, points in _TIMES if apart <= limit), -6.0)
        yield Reason("time-near" if points > 0 else "time-far", points, {"minutes": round(apart * 60)})
        return
    days = abs(one.day - other.day)
    if days == 0:
        yield Reason("same-day", 0.6, {})
    elif days == 1 and _around_midnight(*((one, other) if one.day < other.day else (other, one))):
        yield Reason("around-midnight", 0.3, {})
    else:
        yield Reason("days-apart", -4.0 * days, {"days": days})


def _around_midnight(earlier: _Seen, later: _Seen) -> bool:
    """Whether the one with a time was near the midnight between the two days."""
    if earlier.clock is not None:
        return earlier.clock >= 24 - _AROUND_MIDNIGHT_HOURS
    return later.clock is not None and later.clock <= _AROUND_MIDNIGHT_HOURS


_DISTANCES = ((0.5, 4.0), (2.0, 3.4), (6.0, 2.4), (15.0, 1.0), (30.0, -1.0), (_FAR_KM, -3.0))


def _of_place(one: _Seen, other: _Seen, common: _Common) -> Iterator[Reason]:
    first, second = one.sighting, other.sighting
    alike = likeness(one.place, other.place) if one.place and other.place else None
    most = min(common.rarity_of_place(one.place), common.rarity_of_place(other.place))
    if one.where is not None and other.where is not None:
        km = _distance(one.where, other.where)
        points = next((points for limit, points in _DISTANCES if km <= limit), -7.0)
        if one.inferred or other.inferred:
            points *= 0.8
        code = "place-near" if points > 0 else "place-far"
        yield Reason(code, min(points, most), {"km": round(km, 1)})
    elif alike is not None:
        data = {"first": first.place, "second": second.place}
        if alike == 1.0:
            yield Reason("place-same", min(3.0, most), data)
        elif alike >= 0.8:
            yield Reason("place-alike", min(2.4, most), data)
        elif alike >= 0.65:
            yield Reason("place-alike", min(1.0, most), data)
        else:
            yield Reason("place-differs", -1.5 if first.party == second.party else -2.5, data)
    if first.party == second.party:
        yield Reason("same-country", 0.5, {"party": first.party})
    elif alike is None and (one.where is None or other.where is None):
        yield Reason("other-country", -1.5, {})


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points on the sphere (haversine)."""
    north, south = math.radians(one[0]), math.radians(other[0])
    half = (
        math.sin((south - north) / 2) ** 2
        + math.cos(north) * math.cos(south) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _of_references(one: _Seen, other: _Seen, common: _Common) -> Iterator[Reason]:
    first, second = one.sighting, other.sighting
    if one.external and one.external == other.external:
        many = common.externals[one.external]
        points = 9.0 if many <= _COMMON_REFERENCE else 1.0
        yield Reason(
            "external-same", points, {"reference": first.external_reference.strip(), "incidents": many}
        )
    elif one.external and other.external:
        yield Reason("external-differs", -1.5, {})
    for mine, theirs in ((one, other), (other, one)):
        plain = _plain(theirs.sighting.key.reference)
        if len(plain) >= 5 and plain in mine.text:
            data = {"unit": mine.sighting.key.unit, "reference": theirs.sighting.key.reference}
            yield Reason("reference-named", 8.0, data)
            break
    if _plain(first.key.reference) and _plain(first.key.reference) == _plain(second.key.reference):
        yield Reason("reference-same", 2.5, {"reference": first.key.reference})
    naming = [
        mine.key.unit
        for mine, theirs in ((first, second), (second, first))
        if theirs.key.unit in mine.joint_with
    ]
    if naming:
        yield Reason("unit-named", 4.0 + len(naming), {"units": ", ".join(naming)})


def _of_words(first: Sighting, second: Sighting) -> Iterator[Reason]:
    if first.category and second.category:
        if first.category == second.category:
            yield Reason("category-same", 0.5, {"category": first.category})
        else:
            yield Reason("category-differs", -5.0, {})
    if first.modus_operandi and second.modus_operandi:
        if first.modus_operandi == second.modus_operandi:
            yield Reason("modus-same", 2.0, {"modus": first.modus_operandi})
        else:
            yield Reason("modus-differs", -2.5, {})
