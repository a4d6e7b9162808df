"""When tasks are done, and by whom: what a calendar needs of them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.tasks import rules
from jointops.tasks.models import Task, TaskAssignment, TaskLogEntry


@dataclass(frozen=True, slots=True)
class Window:
    """A task with those of its units that are asked about and have not given it up; ``changed_at`` is its last step."""

    task: Task
    assignments: tuple[TaskAssignment, ...]
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
    keys = [operation.id for operation in operations]
    wanted = select(Task).where(Task.operation_id.in_(keys))
    if parties is not None:
        theirs = (
            select(TaskAssignment.task_id)
            .join(TaskAssignment.unit)
            .join(ReportingUnit.participant)
            .where(or_(Participant.party.in_(parties), ReportingUnit.code.in_(units)))
        )
        wanted = wanted.where(Task.id.in_(theirs))
    tasks = session.scalars(
        wanted.options(
            selectinload(Task.assignments)
            .joinedload(TaskAssignment.unit)
            .joinedload(ReportingUnit.participant),
            joinedload(Task.operation),
        ).order_by(Task.starts_on, Task.code)
    ).all()
    last_step = (
        select(TaskLogEntry.task_id, func.max(TaskLogEntry.at))
        .join(Task, Task.id == TaskLogEntry.task_id)
        .where(Task.operation_id.in_(keys))
        .group_by(TaskLogEntry.task_id)
    )
    changed = {task: at for task, at in session.execute(last_step)}  # noqa: C416
    found = []
    for task in tasks:
        there = tuple(
            assignment
            for assignment in sorted(task.assignments, key=lambda a: (not a.is_lead, a.unit.position))
            if (
                parties is None
                or assignment.unit.participant.party in parties
                or assignment.unit.code in units
            )
            and (task.cancelled or assignment.state not in rules.GIVEN_UP)
        )
        if there or parties is None:
            found.append(Window(task, there, changed.get(task.id, task.operation.created_at)))
    return found
