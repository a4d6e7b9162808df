"""What the tasks of an operation come to, as known at an instant.

The counts are folded from the log, whose rows are only ever added: the same instant gives the same counts for ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.operations.rules import today
from jointops.tasks import book, rules
from jointops.tasks.models import AssignmentState, Task, TaskLogEntry
from jointops.tasks.rules import TaskState


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """What one unit was given and where it stands, counted in assignments; the fields as in :class:`TaskCounts`."""

    unit: str
    party: str
    authority: str
    total: int
    proposed: int
    assigned: int
    waiting: int
    accepted: int
    under_way: int
    done: int
    declined: int
    cancelled: int
    overdue: int


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """The tasks of an operation by where they stand, counted in tasks.

    ``assigned`` is every task that was given to somebody and is not cancelled, whatever became of it: what ``done``
    is measured against. It is made up of ``waiting`` (an answer is missing), ``accepted``, ``under_way``, ``done``
    and ``declined``. ``total`` adds ``proposed`` and ``cancelled``. ``overdue`` counts those, of the waiting,
    accepted and under way, whose window was over. ``units`` has one row for each unit, in the plan's order.
    """

    total: int
    proposed: int
    assigned: int
    waiting: int
    accepted: int
    under_way: int
    done: int
    declined: int
    cancelled: int
    overdue: int
    units: tuple[UnitCounts, ...] = ()

    def to_data(self) -> dict[str, int]:
        """Return the counts as plain data, without the units."""
        return {
            "total": self.total,
            "proposed": self.proposed,
            "assigned": self.assigned,
            "waiting": self.waiting,
            "accepted": self.accepted,
            "under_way": self.under_way,
            "done": self.done,
            "declined": self.declined,
            "cancelled": self.cancelled,
            "overdue": self.overdue,
        }


def counts(session: Session, operation: Operation, as_known_at: datetime | None = None) -> TaskCounts:
    """Count the operation's tasks as known at an instant (aware; by default now), in two queries.

    It asks for no right of its own: callers have asked for theirs to what they show the counts in.
    """
    instant = as_known_at or clock.now()
    tasks = _as_known_at(session, operation, instant)
    day = today(operation.time_zone, instant)
    whole: Counter[str] = Counter()
    by_unit: dict[int, Counter[str]] = defaultdict(Counter)
    for task in tasks:
        state = rules.task_state(task.units.values(), cancelled=task.cancelled)
        _add(whole, state, task.ends_on, day)
        for unit_id, unit_state in task.units.items():
            _add(by_unit[unit_id], unit_state, task.ends_on, day)
    return TaskCounts(**_fields(whole), units=tuple(_unit_rows(session, operation, by_unit)))


@dataclass(slots=True)
class _Known:
    """One task as known at an instant."""

    ends_on: date
    cancelled: bool
    units: dict[int, AssignmentState]


def _as_known_at(session: Session, operation: Operation, instant: datetime) -> list[_Known]:
    entries = session.execute(
        select(TaskLogEntry.task_id, TaskLogEntry.unit_id, TaskLogEntry.to_state, TaskLogEntry.ends_on)
        .join(TaskLogEntry.task)
        .where(Task.operation_id == operation.id, TaskLogEntry.at <= instant)
        # In the order in which they were written: steps of the past may be recorded after later ones.
        .order_by(TaskLogEntry.id)
    )
    known: dict[int, _Known] = {}
    for task_id, unit_id, to_state, ends_on in entries:
        task = known.setdefault(task_id, _Known(ends_on=date.max, cancelled=False, units={}))
        if unit_id is not None:
            task.units[unit_id] = AssignmentState(to_state)
            continue
        task.ends_on = ends_on or task.ends_on
        if to_state in {book.CANCELLED, book.REOPENED}:
            task.cancelled = to_state == book.CANCELLED
    return list(known.values())


def _add(counter: Counter[str], state: TaskState | AssignmentState, ends_on: date, day: date) -> None:
    counter[state.value] += 1
    if rules.is_overdue(state, ends_on, day):
        counter["overdue"] += 1


def _fields(counter: Mapping[str, int]) -> dict[str, int]:
    found = {name: counter.get(state, 0) for name, state in _STATES.items()}
    given = sum(found[name] for name in ("waiting", "accepted", "under_way", "done", "declined"))
    return {
        **found,
        "assigned": given,
        "total": given + found["proposed"] + found["cancelled"],
        "overdue": counter.get("overdue", 0),
    }


_STATES = {
    "proposed": "proposed",
    "waiting": "assigned",
    "accepted": "accepted",
    "under_way": "under-way",
    "done": "done",
    "declined": "declined",
    "cancelled": "cancelled",
}


def _unit_rows(
    session: Session, operation: Operation, by_unit: Mapping[int, Counter[str]]
) -> Iterable[UnitCounts]:
    units = session.execute(
        select(ReportingUnit.id, ReportingUnit.code, Participant.party, ReportingUnit.authority)
        .join(ReportingUnit.participant)
        .where(ReportingUnit.operation_id == operation.id)
        .order_by(ReportingUnit.position, ReportingUnit.code)
    )
    for unit_id, code, party, authority in units:
        if unit_id in by_unit:
            yield UnitCounts(unit=code, party=party, authority=authority.value, **_fields(by_unit[unit_id]))
