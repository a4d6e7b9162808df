"""One unit in two tasks in the same hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

from jointops.kernel.i18n import _
from jointops.tasks.deconfliction.overlaps import clashes, clashes_of, pieces_of
from jointops.tasks.deconfliction.scene import (
    Entry,
    Finding,
    Kind,
    Scene,
    Told,
    Unit,
    clock_time,
    in_order_of_time,
)


def unit_twice(tasks: Sequence[Entry], scene: Scene, only: str | None) -> Iterator[Finding]:
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
        pieces = [piece for number in group for piece in pieces_of(number, tasks[number])]
        for one, other, day in clashes(pieces) if only is None else clashes_of(pieces, own[0]):
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
    earlier, later = in_order_of_time(one, other)
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
