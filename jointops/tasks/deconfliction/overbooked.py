"""A party, or one unit of it, that is asked for more at a time than was pledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from jointops.kernel.i18n import _
from jointops.reference.catalogue import catalogue
from jointops.tasks.deconfliction.demands import Demand, demands
from jointops.tasks.deconfliction.overlaps import pieces_of
from jointops.tasks.deconfliction.scene import Entry, Finding, Kind, Scene, Told, codes


def overbooked(tasks: Sequence[Entry], scene: Scene) -> Iterator[Finding]:
    """Find parties, and units with a pledge of their own, that are asked for more at a time than was pledged."""
    for demand in demands(tasks, scene.pledges):
        limit = demand.limit
        if sum(demand.shares.values()) <= limit:
            continue
        peak = _peak(tasks, demand.shares)
        if peak is not None and peak.quantity > limit:
            yield _too_much(tasks, demand, peak, scene)


@dataclass(frozen=True, slots=True)
class _Peak:
    """The most that is asked for at a time: when, how much, and by which tasks."""

    day: int
    minute: int
    quantity: int
    tasks: tuple[int, ...]
    loads: Mapping[int, int]


def _peak(tasks: Sequence[Entry], by_task: Mapping[int, int]) -> _Peak | None:
    pieces = [piece for number in by_task for piece in pieces_of(number, tasks[number])]
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


def _too_much(tasks: Sequence[Entry], demand: Demand, peak: _Peak, scene: Scene) -> Finding:
    there = [tasks[number] for number in peak.tasks]
    # The one that would move is the one that begins last.
    last = max(peak.tasks, key=lambda number: (tasks[number].starts_on, number))
    return Finding(
        kind=Kind.OVERBOOKED,
        tasks=tuple(task.code for task in there),
        field="resources",
        tell=partial(_tell_too_much, there, demand, peak, (tasks[last], demand.shares[last]), scene),
        about=(there, (demand.who, demand.kind, demand.limit, peak.quantity)),
        units=(demand.who,),
        day=date.fromordinal(peak.day),
    )


def _tell_too_much(
    there: Sequence[Entry], demand: Demand, peak: _Peak, last: tuple[Entry, int], scene: Scene
) -> Told:
    known = {
        "who": demand.who,
        "kind": catalogue().contribution_kinds[demand.kind].labels,
        "limit": demand.limit,
        "quantity": peak.quantity,
        "missing": peak.quantity - demand.limit,
        "day": date.fromordinal(peak.day),
        "tasks": codes(there),
    }
    message = _(
        "${kind}: on ${day} ${who} is asked for ${quantity} at a time and has pledged ${limit} (${tasks}).",
        mapping=known,
    )
    solutions = [_("Ask ${who} for ${missing} more (${kind}).", mapping=known)]
    free = _free_day(*last, demand.limit, peak, scene)
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
