"""The matrix: reporting units by days, and in every cell how many tasks the unit has on that day and how they stand.

Plain functions over the rows of ``tasks.rows``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jointops.operations.models import AuthorityType
from jointops.tasks import rules
from jointops.tasks.rows import Row, Unit, Wanted

OVERDUE = "overdue"

PRESSING: Sequence[str] = (
    OVERDUE,
    "declined",
    "assigned",
    "under-way",
    "accepted",
    "proposed",
    "done",
)
"""What a cell shows of several states: the first of these that occurs in it. What was cancelled is not counted."""

DAYS_SHOWN = 21
"""Three weeks beside each other can still be read."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit on one day: how many tasks it has in each state; ``pressing`` is the one that is shown."""

    total: int
    pressing: str
    states: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One unit with a cell for each day, ``None`` where it has no task, and how many tasks it has in all."""

    unit: Unit
    cells: tuple[Cell | None, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one participant, or of one type of authority."""

    key: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole: the days, the groups in the plan's order, and how many tasks there are on each day."""

    days: tuple[date, ...]
    groups: tuple[Group, ...]
    totals: tuple[int, ...]


def laid_out(
    rows: Iterable[Row],
    units: Iterable[Unit],
    days: Sequence[date],
    wanted: Wanted,
    today: date,
    *,
    by_authority: bool = False,
) -> Matrix:
    """Return the matrix of ``days``: every unit that is asked for and has a task, grouped by participant.

    With ``by_authority`` the groups are the types of authority. ``today`` is the day in the operation's time zone.
    """
    counted: dict[str, dict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    busy: Counter[str] = Counter()
    totals: Counter[date] = Counter()
    for row in rows:
        within = [day for day in days if row.starts_on <= day <= row.ends_on]
        parts = [part for part in wanted.parts_of(row) if part.state.value != "cancelled"]
        if row.cancelled or not parts:
            continue
        for day in within:
            totals[day] += 1
        for part in parts:
            late = rules.is_overdue(part.state, row.ends_on, today)
            state = OVERDUE if late else part.state.value
            busy[part.unit.code] += 1
            for day in within:
                counted[part.unit.code][day][state] += 1
    lines = [
        Line(
            unit,
            tuple(_cell(counted[unit.code][day]) if day in counted[unit.code] else None for day in days),
            busy[unit.code],
        )
        for unit in units
        if busy[unit.code]
    ]
    return Matrix(tuple(days), tuple(_groups(lines, by_authority)), tuple(totals[day] for day in days))


def window(first: date, last: date, begin: date | None) -> tuple[tuple[date, ...], date | None, date | None]:
    """Return the days that are shown of ``first`` to ``last``, and where the pages before and after them begin.

    ``begin`` is the first day that is wanted; a day outside the span stands for the nearest in it.
    """
    begin = min(max(begin or first, first), last)
    end = min(begin + timedelta(DAYS_SHOWN - 1), last)
    days = tuple(begin + timedelta(n) for n in range((end - begin).days + 1))
    before = max(begin - timedelta(DAYS_SHOWN), first) if begin > first else None
    return days, before, end + timedelta(1) if end < last else None


def _cell(states: Counter[str]) -> Cell:
    ordered = tuple((state, states[state]) for state in PRESSING if states[state])
    return Cell(states.total(), ordered[0][0], ordered)


def _groups(lines: Iterable[Line], by_authority: bool) -> Iterable[Group]:
    members: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        members[line.unit.authority.value if by_authority else line.unit.party].append(line)
    order: dict[Hashable, int] = {authority.value: n for n, authority in enumerate(AuthorityType)}
    keys = sorted(members, key=lambda key: order.get(key, 0)) if by_authority else list(members)
    return (Group(key, tuple(members[key])) for key in keys)
