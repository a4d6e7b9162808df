"""Deconfliction: what tasks get in each other's way, and what would solve it. Plain functions over plain data.

Everything is looked at in time that grows with the number of tasks, not with its square: of many tasks that overlap
at one place, every one is named, each with one that it overlaps; the list is empty when nothing overlaps.

Time is told in the operation's days and in minutes of the day. A task takes its hours on every day of its window;
without hours it takes the whole day. Hours that end before they begin end on the following day.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from jointops.kernel import ids
from jointops.kernel.i18n import _
from jointops.kernel.types import canonical_json
from jointops.reference.catalogue import catalogue

DAY = 24 * 60
"""Minutes of a day. The day on which clocks change is taken as any other."""

NEAR = 1.0
"""Kilometres within which two places are the same place."""

EARTH_RADIUS = 6371.0
_KILOMETRES_A_DEGREE = math.pi * EARTH_RADIUS / 180

SHOWN_TASKS = 12
"""Codes that a finding about very many tasks names."""


class Kind(StrEnum):
    """What is the matter."""

    SAME_PLACE = "same-place"
    UNIT_TWICE = "unit-twice"
    OVERBOOKED = "overbooked"
    AUTHORITY_MISSING = "authority-missing"
    DEPENDENCY_LATE = "dependency-late"
    DEPENDENCY_CANCELLED = "dependency-cancelled"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Unit:
    """A reporting unit: its code, its party, its type of authority."""

    code: str
    party: str
    authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What deconfliction needs to know of one task.

    ``hours`` are minutes since midnight; ``point`` is latitude and longitude in degrees; ``units`` are those with a
    part in it, the leading one first. ``ended``: done or cancelled, so that it is in nobody's way; ``cancelled`` of
    these will never be done.
    """

    code: str
    starts_on: date
    ends_on: date
    hours: tuple[int, int] | None = None
    place: str = ""
    country: str = ""
    point: tuple[float, float] | None = None
    units: tuple[Unit, ...] = ()
    authorities: tuple[str, ...] = ()
    resources: Mapping[str, int] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    ended: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Pledge:
    """What a party, or one unit of it, has pledged of one kind: so many at a time."""

    party: str
    kind: str
    quantity: int
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The operation around the tasks: its days, its units in the plan's order, and what was pledged."""

    first_day: date
    last_day: date
    units: tuple[Unit, ...] = ()
    pledges: tuple[Pledge, ...] = ()


Told = tuple[str, tuple[str, ...]]
"""What a finding says: the message, and what would solve it, best first; lazy texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is in the way, in the task ``tasks[0]`` and others.

    ``field`` is the field of that task in which to look; ``day`` the first day of it; ``units`` the units or the party
    that it is about. Its words and its key are only made for those that are looked at.
    """

    kind: Kind
    tasks: tuple[str, ...]
    field: str
    tell: Callable[[], Told]
    about: tuple[Sequence[Entry], tuple[object, ...]]
    units: tuple[str, ...] = ()
    day: date | None = None

    @property
    def message(self) -> str:
        """What is the matter and where."""
        return self.tell()[0]

    @property
    def solutions(self) -> tuple[str, ...]:
        """What would solve it, best first."""
        return self.tell()[1]

    @property
    def key(self) -> str:
        """What tells the finding again for as long as its tasks keep their days, hours and place."""
        entries, more = self.about
        told = [
            [
                entry.code,
                entry.starts_on.isoformat(),
                entry.ends_on.isoformat(),
                list(entry.hours) if entry.hours else None,
                entry.place,
            ]
            for entry in entries
        ]
        return ids.digest(canonical_json([self.kind.value, told, *more]))


def findings(tasks: Sequence[Entry], scene: Scene, only: str | None = None) -> list[Finding]:
    """Return everything that is in the way among ``tasks``; with ``only``, what concerns the task of that code."""
    by_code = {task.code: task for task in tasks}
    live = [task for task in tasks if not task.ended]
    concerned = [task for task in live if only is None or task.code == only]
    found = [
        *_outside(concerned, scene),
        *_authorities(concerned, scene),
        *_dependencies(live, by_code, scene),
        *_same_place(live, only),
        *_unit_twice(live, scene, only),
        *_overbooked(live, scene),
    ]
    return [finding for finding in found if only is None or only in finding.tasks]


# --- One task by itself ----------------------------------------------------------------------------------------------


def _outside(tasks: Iterable[Entry], scene: Scene) -> Iterator[Finding]:
    for task in tasks:
        if scene.first_day > task.starts_on or task.ends_on > scene.last_day:
            yield Finding(
                kind=Kind.OUTSIDE,
                tasks=(task.code,),
                field="starts_on" if task.starts_on < scene.first_day else "ends_on",
                tell=partial(_tell_outside, task, scene),
                about=((task,), ()),
                day=task.starts_on,
            )


def _tell_outside(task: Entry, scene: Scene) -> Told:
    length = min(task.ends_on - task.starts_on, scene.last_day - scene.first_day)
    start = min(max(task.starts_on, scene.first_day), scene.last_day - length)
    message = _(
        "${task} is planned from ${start} to ${end}, outside the operation (${first} to ${last}).",
        mapping={
            "task": task.code,
            "start": task.starts_on,
            "end": task.ends_on,
            "first": scene.first_day,
            "last": scene.last_day,
        },
    )
    mapping = {"task": task.code, "start": start, "end": start + length}
    return message, (_("Move ${task} to ${start} – ${end}.", mapping=mapping),)


def _authorities(tasks: Iterable[Entry], scene: Scene) -> Iterator[Finding]:
    for task in tasks:
        there = {unit.authority for unit in task.units}
        for authority in task.authorities:
            if authority not in there:
                yield Finding(
                    kind=Kind.AUTHORITY_MISSING,
                    tasks=(task.code,),
                    field="units",
                    tell=partial(_tell_authority, task, authority, scene),
                    about=((task,), (authority, sorted(unit.code for unit in task.units))),
                    day=task.starts_on,
                )


def _tell_authority(task: Entry, authority: str, scene: Scene) -> Told:
    wanted = _candidate(task, authority, scene)
    known = {"task": task.code, "authority": catalogue().authority_types[authority].labels}
    message = _("${task} takes ${authority}, and none of its units is of that type.", mapping=known)
    add = (
        _(
            "Add a unit of ${party} of that type, such as ${unit}.",
            mapping={"party": wanted.party, "unit": wanted.code},
        )
        if wanted
        else _("No unit of the operation is of that type: add one to the plan.")
    )
    return message, (add, _("Take ${authority} off what ${task} needs.", mapping=known))


def _candidate(task: Entry, authority: str, scene: Scene) -> Unit | None:
    """Return the unit to add: of the place's country, else of a party that takes part in the task, else any."""
    able = [unit for unit in scene.units if unit.authority == authority]
    parties = [task.country, *(unit.party for unit in task.units)]
    rank = {party: number for number, party in reversed(list(enumerate(parties)))}
    return min(able, key=lambda unit: rank.get(unit.party, len(parties)), default=None)


# --- What waits for what ---------------------------------------------------------------------------------------------


def _dependencies(tasks: Iterable[Entry], by_code: Mapping[str, Entry], scene: Scene) -> Iterator[Finding]:
    for task in tasks:
        for code in task.depends_on:
            before = by_code.get(code)
            if before is None:
                continue
            if before.cancelled:
                yield _waits_in_vain(task, before)
            elif not before.ended and _end(before) > _start(task):
                yield _late(task, before, scene)


def _waits_in_vain(task: Entry, before: Entry) -> Finding:
    return Finding(
        kind=Kind.DEPENDENCY_CANCELLED,
        tasks=(task.code, before.code),
        field="depends_on",
        tell=partial(_tell_in_vain, task, before),
        about=((task, before), ()),
        day=task.starts_on,
    )


def _tell_in_vain(task: Entry, before: Entry) -> Told:
    known = {"task": task.code, "before": before.code}
    message = _("${task} waits for ${before}, which is cancelled.", mapping=known)
    return message, (_("Take ${before} off what ${task} waits for.", mapping=known),)


def _late(task: Entry, before: Entry, scene: Scene) -> Finding:
    return Finding(
        kind=Kind.DEPENDENCY_LATE,
        tasks=(task.code, before.code),
        field="starts_on",
        tell=partial(_tell_late, task, before, scene),
        about=((task, before), ()),
        day=task.starts_on,
    )


def _tell_late(task: Entry, before: Entry, scene: Scene) -> Told:
    end_day, minute = _end(before)
    free = end_day if minute <= (task.hours[0] if task.hours else 0) else end_day + timedelta(1)
    known = {"task": task.code, "before": before.code, "end": before.ends_on, "start": task.starts_on}
    solutions = []
    if free + (task.ends_on - task.starts_on) <= scene.last_day:
        solutions.append(_("Let ${task} begin on ${day} or later.", mapping={**known, "day": free}))
    # The earlier task may end on the day on which this one begins, where its hours are over by then.
    in_time = before.hours and task.hours and before.hours[0] < before.hours[1] <= task.hours[0]
    latest = task.starts_on - timedelta(0 if in_time else 1)
    if latest >= max(before.starts_on, scene.first_day):
        solutions.append(_("Let ${before} end on ${day} or earlier.", mapping={**known, "day": latest}))
    solutions.append(_("Take ${before} off what ${task} waits for.", mapping=known))
    message = _(
        "${task} begins on ${start} and waits for ${before}, which ends on ${end}: too late.", mapping=known
    )
    return message, tuple(solutions)


def _start(task: Entry) -> tuple[date, int]:
    return task.starts_on, task.hours[0] if task.hours else 0


def _end(task: Entry) -> tuple[date, int]:
    """Return the day and minute at which a task is over; the end of a day is the following one's beginning."""
    if task.hours is None:
        return task.ends_on + timedelta(1), 0
    since, until = task.hours
    return task.ends_on + timedelta(until <= since), until


# --- What overlaps ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """Days (both included) and minutes (until excluded) that a task takes."""

    number: int
    first: int
    last: int
    since: int
    until: int
    who: Hashable = None


def _pieces(number: int, task: Entry, who: Hashable = None) -> Iterator[_Piece]:
    first, last = task.starts_on.toordinal(), task.ends_on.toordinal()
    if task.hours is None:
        yield _Piece(number, first, last, 0, DAY, who)
        return
    since, until = task.hours
    if since < until:
        yield _Piece(number, first, last, since, until, who)
        return
    yield _Piece(number, first, last, since, DAY, who)
    if until:
        yield _Piece(number, first + 1, last + 1, 0, until, who)


def _clashes(pieces: Sequence[_Piece]) -> Iterator[tuple[int, int, int]]:
    """Give pairs of tasks that overlap, each with the first day on which they do.

    Two pieces clash when they share a minute and are not of the same one (``who``). Whoever clashes with anybody is
    in at least one pair, and the number of pairs grows with the number of pieces.
    """
    seen: set[tuple[int, int]] = set()
    for day, there in _by_segment(pieces):
        named: set[int] = set()
        for one, other in _sweep(there):
            named |= {one, other}
            if (one, other) not in seen:
                seen.add((one, other))
                yield one, other, day
        # The other way round, for those that only clash with what begins later.
        mirrored = [_Piece(p.number, p.first, p.last, -p.until, -p.since, p.who) for p in there]
        for one, other in _sweep(sorted(mirrored, key=lambda p: (p.since, p.until, p.number))):
            if (one not in named or other not in named) and (one, other) not in seen:
                named |= {one, other}
                seen.add((one, other))
                yield one, other, day


def _sweep(there: Iterable[_Piece]) -> Iterator[tuple[int, int]]:
    """Give a pair for every piece that clashes with one before it, in the order of the day."""
    # Of those that have begun, the two that end last, of different ones: whoever clashes at all clashes with these.
    best: _Piece | None = None
    second: _Piece | None = None
    for piece in there:
        for other in (best, second):
            if other is not None and other.until > piece.since and _differ(other, piece):
                yield min(other.number, piece.number), max(other.number, piece.number)
                break
        if best is None or piece.until >= best.until:
            if best is not None and _differ(best, piece):
                second = best
            best = piece
        elif _differ(best, piece) and (second is None or piece.until > second.until):
            second = piece


def _differ(one: _Piece, other: _Piece) -> bool:
    return one.number != other.number and (one.who is None or one.who != other.who)


def _by_segment(pieces: Sequence[_Piece]) -> Iterator[tuple[int, list[_Piece]]]:
    """Give every run of days on which the same pieces stand, by its first day, with these in the order of the day."""
    if len(pieces) < 2:
        return
    bounds = sorted({piece.first for piece in pieces} | {piece.last + 1 for piece in pieces})
    in_order = sorted(pieces, key=lambda piece: (piece.since, piece.until, piece.number))
    for day in bounds[:-1]:
        there = [piece for piece in in_order if piece.first <= day <= piece.last]
        if len(there) > 1:
            yield day, there


def _same_place(tasks: Sequence[Entry], only: str | None) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    named: set[int] = set()
    manned = [number for number, task in enumerate(tasks) if task.units]
    squares = _squares(tasks, manned)
    for group in (*_by_name(tasks, manned), *(group for group in squares.values() if len(group) > 1)):
        own = [number for number in group if only is None or tasks[number].code == only]
        if not own:
            continue
        pieces = [
            piece for number in group for piece in _pieces(number, tasks[number], _alone(tasks[number]))
        ]
        for one, other, day in _clashes(pieces) if only is None else _with_one(pieces, own[0]):
            named |= {one, other}
            if (one, other) not in seen:
                seen.add((one, other))
                yield _meeting(tasks[one], tasks[other], date.fromordinal(day))
    # What lies in different squares, but near.
    for number in manned:
        if number in named or (only is not None and tasks[number].code != only):
            continue
        mine = list(_pieces(number, tasks[number], _alone(tasks[number])))
        for other in _around(tasks[number], squares):
            pair = (min(number, other), max(number, other))
            if other == number or pair in seen or not _is_near(tasks[number], tasks[other]):
                continue
            theirs = _pieces(other, tasks[other], _alone(tasks[other]))
            shared = (_shared(own_piece, piece) for piece in theirs for own_piece in mine)
            first = next((found for found in shared if found is not None), None)
            if first is not None:
                seen.add(pair)
                yield _meeting(tasks[pair[0]], tasks[pair[1]], date.fromordinal(first))
                break


def _with_one(pieces: Sequence[_Piece], number: int) -> Iterator[tuple[int, int, int]]:
    """Give the pairs of one task with every one that it clashes with."""
    mine = [piece for piece in pieces if piece.number == number]
    told: set[int] = set()
    for piece in pieces:
        for own in mine:
            day = _shared(own, piece)
            if day is not None and piece.number not in told:
                told.add(piece.number)
                yield min(number, piece.number), max(number, piece.number), day


def _shared(one: _Piece, other: _Piece) -> int | None:
    """Return the first day on which two pieces clash."""
    if not _differ(one, other) or one.since >= other.until or other.since >= one.until:
        return None
    day = max(one.first, other.first)
    return day if day <= min(one.last, other.last) else None


def _alone(task: Entry) -> str | None:
    """Return the unit of a task that has only one: with itself it does not meet. ``None`` for several units."""
    return task.units[0].code if len(task.units) == 1 else None


def _by_name(tasks: Sequence[Entry], manned: Iterable[int]) -> Iterator[list[int]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number in manned:
        if tasks[number].place:
            groups[tasks[number].country, tasks[number].place.casefold()].append(number)
    yield from (group for group in groups.values() if len(group) > 1)


_SIDE = NEAR * 0.7
"""Of a square in which any two points are near: its diagonal is shorter than :data:`NEAR`."""


def _squares(tasks: Sequence[Entry], manned: Iterable[int]) -> dict[tuple[int, int], list[int]]:
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


def _around(task: Entry, squares: Mapping[tuple[int, int], list[int]]) -> Iterator[int]:
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


def _is_near(one: Entry, other: Entry) -> bool:
    if one.point is None or other.point is None:
        return False
    return distance(one.point, other.point) <= NEAR


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points, each a latitude and a longitude in degrees."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def _meeting(one: Entry, other: Entry, day: date) -> Finding:
    units = tuple(dict.fromkeys(unit.code for task in (one, other) for unit in task.units))
    return Finding(
        kind=Kind.SAME_PLACE,
        tasks=(one.code, other.code),
        field="place",
        tell=partial(_tell_meeting, one, other, day, units),
        about=((one, other), ()),
        units=units,
        day=day,
    )


def _tell_meeting(one: Entry, other: Entry, day: date, units: Sequence[str]) -> Told:
    earlier, later = _in_order(one, other)
    known = {
        "one": one.code,
        "other": other.code,
        "place": one.place or other.place or _("the same place"),
        "day": day,
        "units": ", ".join(units[:SHOWN_TASKS]),
    }
    message = _(
        "${one} and ${other} are at the same place at the same time: ${place}, ${day} (${units}).",
        mapping=known,
    )
    together = _("Make one task of ${one} and ${other}, with one leading unit.", mapping=known)
    if later.hours and earlier.hours and earlier.hours[0] < earlier.hours[1]:
        apart = _(
            "Let ${task} begin at ${time}, when ${before} is over.",
            mapping={"task": later.code, "before": earlier.code, "time": clock_time(earlier.hours[1])},
        )
    else:
        apart = _("Give ${one} and ${other} different days or hours, or another place.", mapping=known)
    return message, (together, apart)


def _in_order(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    return (one, other) if _start(one) <= _start(other) else (other, one)


def clock_time(minutes: int) -> str:
    """Return minutes since midnight as a time of day, such as ``06:00``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _unit_twice(tasks: Sequence[Entry], scene: Scene, only: str | None) -> Iterator[Finding]:
    """Find units that are in two tasks in the same hours; a task without hours leaves a unit free to do others."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, task in enumerate(tasks):
        if task.hours is not None:
            for unit in task.units:
                groups[unit.code].append(number)
    for code, group in groups.items():
        own = [number for number in group if only is None or tasks[number].code == only]
        if not own:
            continue
        pieces = [piece for number in group for piece in _pieces(number, tasks[number])]
        for one, other, day in _clashes(pieces) if only is None else _with_one(pieces, own[0]):
            yield _twice(tasks[one], tasks[other], code, date.fromordinal(day), scene)


def _twice(one: Entry, other: Entry, code: str, day: date, scene: Scene) -> Finding:
    return Finding(
        kind=Kind.UNIT_TWICE,
        tasks=(one.code, other.code),
        field="hours",
        tell=partial(_tell_twice, one, other, code, day, scene),
        about=((one, other), (code,)),
        units=(code,),
        day=day,
    )


def _tell_twice(one: Entry, other: Entry, code: str, day: date, scene: Scene) -> Told:
    earlier, later = _in_order(one, other)
    known = {"unit": code, "one": one.code, "other": other.code, "day": day, "task": later.code}
    solutions = []
    if earlier.hours and earlier.hours[0] < earlier.hours[1]:
        time = clock_time(earlier.hours[1])
        solutions.append(_("Let ${task} begin at ${time} or later.", mapping={**known, "time": time}))
    else:
        solutions.append(_("Move ${task} to another day or other hours.", mapping=known))
    deputy = _deputy(one, other, code, scene)
    if deputy is not None:
        solutions.append(
            _("Give ${task} to ${deputy} instead.", mapping={"task": later.code, "deputy": deputy.code})
        )
    solutions.append(_("Take ${unit} out of one of the two tasks.", mapping=known))
    return _("${unit} has ${one} and ${other} in the same hours of ${day}.", mapping=known), tuple(solutions)


def _deputy(one: Entry, other: Entry, code: str, scene: Scene) -> Unit | None:
    """Return a unit of the same party and type of authority that has neither of the two tasks."""
    unit = next(unit for unit in one.units if unit.code == code)
    busy = {each.code for task in (one, other) for each in task.units}
    alike = (u for u in scene.units if u.authority == unit.authority and u.party == unit.party)
    return next((each for each in alike if each.code not in busy), None)


# --- What was pledged ------------------------------------------------------------------------------------------------


def shares(task: Entry) -> Iterator[tuple[Unit, str, int]]:
    """Give what each unit brings to a task: its need in equal parts, what is left over from the first units on."""
    for kind, quantity in task.resources.items():
        whole, rest = divmod(quantity, len(task.units)) if task.units else (0, 0)
        for number, unit in enumerate(task.units):
            share = whole + (number < rest)
            if share:
                yield unit, kind, share


def _overbooked(tasks: Sequence[Entry], scene: Scene) -> Iterator[Finding]:
    """Find parties, and units with a pledge of their own, that are asked for more at a time than was pledged."""
    pledged: dict[tuple[str, str, str], int] = defaultdict(int)
    known_parties = {pledge.party for pledge in scene.pledges}
    for pledge in scene.pledges:
        pledged[pledge.party, "", pledge.kind] += pledge.quantity
        if pledge.unit:
            pledged[pledge.party, pledge.unit, pledge.kind] += pledge.quantity
    asked: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number, task in enumerate(tasks):
        for unit, kind, share in shares(task):
            # A party that has pledged nothing yet has not answered; that is not an overbooking.
            if unit.party in known_parties:
                asked[unit.party, "", kind][number] += share
                if (unit.party, unit.code, kind) in pledged:
                    asked[unit.party, unit.code, kind][number] += share
    for (party, code, kind), by_task in asked.items():
        limit = pledged.get((party, code, kind), 0)
        if sum(by_task.values()) <= limit:
            continue
        peak = _peak(tasks, by_task)
        if peak is not None and peak.quantity > limit:
            yield _too_much(tasks, code or party, kind, limit, peak, by_task, scene)


@dataclass(frozen=True, slots=True)
class _Peak:
    """The most that is asked for at a time: when, how much, and by which tasks."""

    day: int
    minute: int
    quantity: int
    tasks: tuple[int, ...]
    loads: Mapping[int, int]


def _peak(tasks: Sequence[Entry], by_task: Mapping[int, int]) -> _Peak | None:
    pieces = [piece for number in by_task for piece in _pieces(number, tasks[number])]
    if not pieces:
        return None
    bounds = sorted({piece.first for piece in pieces} | {piece.last + 1 for piece in pieces})
    best: tuple[int, int, int] | None = None
    loads: dict[int, int] = {}
    for day in bounds[:-1]:
        there = [piece for piece in pieces if piece.first <= day <= piece.last]
        steps: dict[int, int] = defaultdict(int)
        for piece in there:
            steps[piece.since] += by_task[piece.number]
            steps[piece.until] -= by_task[piece.number]
        load = most = 0
        for minute in sorted(steps):
            load += steps[minute]
            most = max(most, load)
            if best is None or load > best[2]:
                best = (day, minute, load)
        loads[day] = most
    loads[bounds[-1]] = 0
    assert best is not None
    day, minute, quantity = best
    there = [p for p in pieces if p.first <= day <= p.last and p.since <= minute < p.until]
    return _Peak(day, minute, quantity, tuple(sorted({p.number for p in there})), loads)


def _too_much(
    tasks: Sequence[Entry],
    who: str,
    kind: str,
    limit: int,
    peak: _Peak,
    by_task: Mapping[int, int],
    scene: Scene,
) -> Finding:
    there = [tasks[number] for number in peak.tasks]
    # The one that would move is the one that begins last.
    last = max(peak.tasks, key=lambda number: (tasks[number].starts_on, number))
    return Finding(
        kind=Kind.OVERBOOKED,
        tasks=tuple(task.code for task in there),
        field="resources",
        tell=partial(_tell_too_much, there, who, kind, limit, peak, (tasks[last], by_task[last]), scene),
        about=(there, (who, kind, limit, peak.quantity)),
        units=(who,),
        day=date.fromordinal(peak.day),
    )


def _tell_too_much(
    there: Sequence[Entry],
    who: str,
    kind: str,
    limit: int,
    peak: _Peak,
    last: tuple[Entry, int],
    scene: Scene,
) -> Told:
    codes = ", ".join(task.code for task in there[:SHOWN_TASKS])
    known = {
        "who": who,
        "kind": catalogue().contribution_kinds[kind].labels,
        "limit": limit,
        "quantity": peak.quantity,
        "missing": peak.quantity - limit,
        "day": date.fromordinal(peak.day),
        "tasks": f"{codes} …" if len(there) > SHOWN_TASKS else codes,
    }
    message = _(
        "${kind}: on ${day} ${who} is asked for ${quantity} at a time and has pledged ${limit} (${tasks}).",
        mapping=known,
    )
    solutions = [_("Ask ${who} for ${missing} more (${kind}).", mapping=known)]
    free = _free_day(*last, limit, peak, scene)
    if free is not None:
        mapping = {"task": last[0].code, "day": free}
        solutions.append(_("Move ${task} to ${day}, when they are free.", mapping=mapping))
    solutions.append(_("Take units of others into one of the tasks, or lower what it needs."))
    return message, tuple(solutions)


def _free_day(task: Entry, share: int, limit: int, peak: _Peak, scene: Scene) -> date | None:
    """Return the first day of the operation from which the whole task fits under what was pledged."""
    length = (task.ends_on - task.starts_on).days
    own = range(task.starts_on.toordinal(), task.ends_on.toordinal() + 1)
    starts = sorted(peak.loads)

    def load(day: int) -> int:
        segment = next((start for start in reversed(starts) if start <= day), None)
        there = peak.loads[segment] if segment is not None else 0
        return there - share if day in own else there

    day = scene.first_day
    while day + timedelta(length) <= scene.last_day:
        first = day.toordinal()
        if first != own.start and all(
            load(each) + share <= limit for each in range(first, first + length + 1)
        ):
            return day
        day += timedelta(1)
    return None
