"""What deconfliction is told of an operation and its tasks, and what it says of them. Plain data.

Time is told in the operation's days and in minutes of the day. A task takes its hours on every day of its window;
without hours it takes the whole day. Hours that end before they begin end on the following day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from jointops.kernel import ids
from jointops.kernel.types import canonical_json

DAY = 24 * 60
"""Minutes of a day. The day on which clocks change is taken as any other."""

SHOWN_TASKS = 12
"""Codes that a finding about very many tasks names."""


class Kind(StrEnum):
    """What is the matter."""

    SAME_PLACE = "same-place"
    UNIT_TWICE = "unit-twice"
    OVERBOOKED = "overbooked"
    DAYS_USED_UP = "days-used-up"
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
    """What a party, or one unit of it, has pledged of one kind: so many at a time, each on so many days.

    ``days`` ``None``: on every day of the operation.
    """

    party: str
    kind: str
    quantity: int
    unit: str = ""
    days: int | None = None


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


def begins(task: Entry) -> tuple[date, int]:
    """Return the day and minute at which a task begins."""
    return task.starts_on, task.hours[0] if task.hours else 0


def ends(task: Entry) -> tuple[date, int]:
    """Return the day and minute at which a task is over; the end of a day is the following one's beginning."""
    if task.hours is None:
        return task.ends_on + timedelta(1), 0
    since, until = task.hours
    return task.ends_on + timedelta(until <= since), until


def in_order_of_time(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    """Return two tasks, the one that begins first in front."""
    return (one, other) if begins(one) <= begins(other) else (other, one)


def clock_time(minutes: int) -> str:
    """Return minutes since midnight as a time of day, such as ``06:00``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def codes(tasks: Sequence[Entry]) -> str:
    """Return the codes of tasks for a text, of very many the first ones."""
    named = ", ".join(task.code for task in tasks[:SHOWN_TASKS])
    return f"{named} …" if len(tasks) > SHOWN_TASKS else named
