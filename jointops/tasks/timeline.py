"""The timeline: tasks by action area along time, with what waits for what. Plain data, also for other software."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jointops.tasks.rows import Area, Row
from jointops.tasks.rules import TaskState

_OVER = frozenset({TaskState.DONE, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Bar:
    """One task: ``begins`` and ``ends`` are instants, the end not included; ``waits_for`` are codes of other tasks.

    ``late`` are those of them that are not over and end only after this one begins.
    """

    row: Row
    begins: datetime
    ends: datetime
    waits_for: tuple[str, ...]
    late: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """The tasks of one action area (``None``: of none), in the order in which they begin."""

    area: Area | None
    bars: tuple[Bar, ...]


def laid_out(rows: Iterable[Row], graph: Mapping[str, Sequence[str]], zone: str) -> list[Lane]:
    """Return the lanes of ``rows``, which come in the order of their areas.

    ``graph`` maps the code of a task to the codes of those that it waits for; those that are not shown are left out.
    ``zone`` is the operation's time zone, in which the windows are.
    """
    every = list(rows)
    clock = ZoneInfo(zone)
    span = {row.code: span_of(row, clock) for row in every}
    open_ = {row.code for row in every if row.state not in _OVER}
    lanes: dict[str | None, tuple[Area | None, list[Bar]]] = {}
    for row in every:
        before = tuple(code for code in graph.get(row.code, ()) if code in span)
        begins, ends = span[row.code]
        late = tuple(code for code in before if code in open_ and span[code][1] > begins)
        _area, bars = lanes.setdefault(row.area.code if row.area else None, (row.area, []))
        bars.append(Bar(row, begins, ends, before, late))
    return [Lane(area, tuple(bars)) for area, bars in lanes.values()]


def span_of(row: Row, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a task begins and ends: at its hours on the first and the last day, else for the whole days.

    Hours that end before they begin go on into the day after.
    """
    begin, end = time(), None
    if row.hours:
        begin, end = time.fromisoformat(row.hours["since"]), time.fromisoformat(row.hours["until"])
    over = end is None or end <= begin
    return (
        datetime.combine(row.starts_on, begin, zone),
        datetime.combine(row.ends_on + timedelta(1 if over else 0), end or time(), zone),
    )


def days_of(lanes: Sequence[Lane], first: date, last: date) -> tuple[date, date]:
    """Return the first and the last day that the timeline shows: the action days, and those of tasks around them."""
    rows = [bar.row for lane in lanes for bar in lane.bars]
    return min([first, *(row.starts_on for row in rows)]), max([last, *(row.ends_on for row in rows)])


def followers(lanes: Sequence[Lane]) -> Mapping[str, tuple[str, ...]]:
    """Return for every task that others wait for the codes of those."""
    found: dict[str, list[str]] = {}
    for lane in lanes:
        for bar in lane.bars:
            for code in bar.waits_for:
                found.setdefault(code, []).append(bar.row.code)
    return {code: tuple(codes) for code, codes in found.items()}
