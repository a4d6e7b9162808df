"""When tasks are done, and by whom: what a calendar needs of them, in a fixed number of queries.

Calendars show thousands of tasks and change none: only the columns that they show are read, as plain data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskLogEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A task with those of its units that are asked about and have not given it up, the leading one first.

    Hours and place are as the task keeps them; ``states`` are those of the units' parts; ``changed_at`` is the last
    step that anybody took.
    """

    operation: Operation
    code: str
    title: Mapping[str, str]
    starts_on: date
    ends_on: date
    hours: Mapping[str, str] | None
    place: Mapping[str, Any] | None
    cancelled: bool
    version: int
    units: tuple[str, ...]
    states: frozenset[AssignmentState]
    changed_at: datetime


def windows(
    session: Session,
    operations: Sequence[Operation],
    *,
    parties: Collection[str] | None = None,
    units: Collection[str] = (),
) -> list[Window]:
    """Return the tasks of ``operations`` by first day and code.

    With ``parties`` (their codes) or ``units`` (theirs) only those which units of theirs have and did not give up,
    and of each task only those units. Access is checked by the caller.
    """
    known = {operation.id: operation for operation in operations}
    theirs = true() if parties is None else or_(Participant.party.in_(parties), ReportingUnit.code.in_(units))
    parts = _parts(session, known, theirs)
    changed = _last_steps(session, known)
    found = []
    for row in session.execute(_COLUMNS.where(Task.operation_id.in_(known))):
        there = [
            (unit, state)
            for unit, state in parts.get(row.id, ())
            if row.cancelled or state not in rules.GIVEN_UP
        ]
        if there or parties is None:
            operation = known[row.operation_id]
            found.append(
                Window(
                    operation=operation,
                    code=row.code,
                    title=row.title,
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    hours=row.hours,
                    place=row.place,
                    cancelled=row.cancelled,
                    version=row.version,
                    units=tuple(unit for unit, _state in there),
                    states=frozenset(state for _unit, state in there),
                    changed_at=changed.get(row.id, operation.created_at),
                )
            )
    return found


_COLUMNS = select(
    Task.id,
    Task.operation_id,
    Task.code,
    Task.title,
    Task.starts_on,
    Task.ends_on,
    Task.hours,
    Task.place,
    Task.cancelled,
    Task.version,
).order_by(Task.starts_on, Task.code)


def _parts(
    session: Session, operations: Collection[int], theirs: ColumnElement[bool]
) -> Mapping[int, Sequence[tuple[str, AssignmentState]]]:
    """Return the codes of the units with a part in each task and where they stand, by the tasks' keys."""
    rows = session.execute(
        select(TaskAssignment.task_id, ReportingUnit.code, TaskAssignment.state)
        .join(TaskAssignment.unit)
        .join(ReportingUnit.participant)
        .where(ReportingUnit.operation_id.in_(operations), theirs)
        .order_by(TaskAssignment.is_lead.desc(), ReportingUnit.position)
    )
    found: dict[int, list[tuple[str, AssignmentState]]] = defaultdict(list)
    for task, unit, state in rows:
        found[task].append((unit, state))
    return found


def _last_steps(session: Session, operations: Collection[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(TaskLogEntry.task_id, func.max(TaskLogEntry.at))
        .join(Task, Task.id == TaskLogEntry.task_id)
        .where(Task.operation_id.in_(operations))
        .group_by(TaskLogEntry.task_id)
    )
    return dict(rows.all())
