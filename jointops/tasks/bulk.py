"""Many new tasks at once: the rows that ``Book.new_task`` would write one after the other, in one statement a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.db import Base
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.tasks import book, rules
from jointops.tasks.book import TaskInput
from jointops.tasks.models import Task, TaskAssignment, TaskDependency, TaskLogEntry

_TABLES: Mapping[type[Base], Table] = {
    kind: Base.metadata.tables[kind.__tablename__]
    for kind in (Task, TaskAssignment, TaskDependency, TaskLogEntry)
}
"""The tables themselves: an insert by way of the classes would part the rows by which of their values are missing."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that is to be added; ``planned`` is what the plan says of it, ``None`` for one that it does not name."""

    code: str
    given: TaskInput
    planned: Mapping[str, Any] | None = None


def insert_tasks(
    session: Session, actor: Actor, operation: Operation, tasks: Sequence[NewTask], at: datetime | None = None
) -> dict[str, int]:
    """Add tasks with their assignments and log, but for what they wait for; returns their keys by code."""
    if not tasks:
        return {}
    now = at or clock.now()
    areas = {area.code: area.id for area in operation.action_areas}
    units = {unit.code: unit.id for unit in operation.units if unit.in_plan}
    state = rules.initial_state(operation.state)
    session.execute(insert(_TABLES[Task]), [_row(operation, areas, task) for task in tasks])
    # Asked for by code: handing keys back row by row would cost a statement each on SQLite.
    found = session.execute(select(Task.code, Task.id).where(Task.operation_id == operation.id))
    known = {row.code: row.id for row in found}
    keys = {task.code: known[task.code] for task in tasks}
    assignments: list[dict[str, Any]] = []
    log: list[dict[str, Any]] = []
    for task in tasks:
        key = keys[task.code]
        entry = {"task_id": key, "at": now, "actor_name": actor.name, "from_state": "", "text": ""}
        log.append({**entry, "unit_id": None, "to_state": book.CREATED, "ends_on": task.given.ends_on})
        for code in task.given.units:
            unit = units.get(code)
            if unit is None:
                continue
            assignments.append(
                {
                    "task_id": key,
                    "unit_id": unit,
                    "is_lead": code == task.given.lead,
                    "state": state,
                    "reason": "",
                    "outcome": "",
                    "changed_at": now,
                    "version": 1,
                }
            )
            log.append({**entry, "unit_id": unit, "to_state": state.value, "ends_on": None})
    if assignments:
        session.execute(insert(_TABLES[TaskAssignment]), assignments)
    session.execute(insert(_TABLES[TaskLogEntry]), log)
    return keys


def insert_dependencies(
    session: Session, waits: Iterable[tuple[str, Sequence[str]]], keys: Mapping[str, int]
) -> None:
    """Add what new tasks wait for; ``keys`` are those of the operation's tasks by code. Unknown codes are left out."""
    rows = [
        {"task_id": keys[code], "depends_on_id": keys[wanted]}
        for code, wanted_codes in waits
        for wanted in wanted_codes
        if wanted in keys
    ]
    if rows:
        session.execute(insert(_TABLES[TaskDependency]), rows)


def _row(operation: Operation, areas: Mapping[str, int], task: NewTask) -> dict[str, Any]:
    given = task.given
    return {
        "operation_id": operation.id,
        "action_area_id": areas.get(given.action_area or ""),
        "code": task.code,
        "title": dict(given.title),
        "kind": given.kind,
        "instructions": dict(given.instructions),
        "place": dict(given.place) if given.place else None,
        "starts_on": given.starts_on,
        "ends_on": given.ends_on,
        "hours": dict(given.hours) if given.hours else None,
        "authorities": list(given.authorities),
        "resources": [{"kind": item.kind, "quantity": item.quantity} for item in given.resources],
        "mandatory": given.mandatory,
        "explanation": "",
        "cancelled": False,
        "planned": dict(task.planned) if task.planned is not None else None,
        "version": 1,
    }
