"""Two units, in two tasks, at the same place at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial

from jointops.kernel.i18n import _
from jointops.tasks.deconfliction.nearness import around, is_near, squares_of
from jointops.tasks.deconfliction.overlaps import clashes, clashes_of, pieces_of, shared_day
from jointops.tasks.deconfliction.scene import (
    SHOWN_TASKS,
    Entry,
    Finding,
    Kind,
    Told,
    clock_time,
    in_order_of_time,
)


def same_place(tasks: Sequence[Entry], only: str | None) -> Iterator[Finding]:
    """Find tasks of different units that meet; with ``only``, every one that the task of that code meets."""
    seen: set[tuple[int, int]] = set()
    named: set[int] = set()
    manned = [number for number, task in enumerate(tasks) if task.units]
    squares = squares_of(tasks, manned)
    for group in (*_by_name(tasks, manned), *(group for group in squares.values() if len(group) > 1)):
        own = [number for number in group if only is None or tasks[number].code == only]
        if not own:
            continue
        pieces = [
            piece for number in group for piece in pieces_of(number, tasks[number], _alone(tasks[number]))
        ]
        for one, other, day in clashes(pieces) if only is None else clashes_of(pieces, own[0]):
            named |= {one, other}
            if (one, other) not in seen:
                seen.add((one, other))
                yield _meeting(tasks[one], tasks[other], date.fromordinal(day))
    # What lies in different squares, but near.
    for number in manned:
        if number in named or (only is not None and tasks[number].code != only):
            continue
        mine = list(pieces_of(number, tasks[number], _alone(tasks[number])))
        for other in around(tasks[number], squares):
            pair = (min(number, other), max(number, other))
            if other == number or pair in seen or not is_near(tasks[number], tasks[other]):
                continue
            theirs = pieces_of(other, tasks[other], _alone(tasks[other]))
            shared = (shared_day(own_piece, piece) for piece in theirs for own_piece in mine)
            first = next((found for found in shared if found is not None), None)
            if first is not None:
                seen.add(pair)
                yield _meeting(tasks[pair[0]], tasks[pair[1]], date.fromordinal(first))
                break


def _alone(task: Entry) -> str | None:
    """Return the unit of a task that has only one: with itself it does not meet. ``None`` for several units."""
    return task.units[0].code if len(task.units) == 1 else None


def _by_name(tasks: Sequence[Entry], manned: Iterable[int]) -> Iterator[list[int]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number in manned:
        if tasks[number].place:
            groups[tasks[number].country, tasks[number].place.casefold()].append(number)
    yield from (group for group in groups.values() if len(group) > 1)


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
    earlier, later = in_order_of_time(one, other)
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
