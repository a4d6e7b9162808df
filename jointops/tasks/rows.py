"""All tasks of an operation as plain rows: what the views of many tasks are chosen and laid out from.

Columns are read, not objects: two thousand tasks with five thousand assignments take four queries and no relation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import (
    ActionArea,
    Answer,
    AuthorityType,
    Operation,
    Participant,
    ReportingUnit,
)
from jointops.operations.rules import today
from jointops.tasks import rules
from jointops.tasks.finding import natural, with_units
from jointops.tasks.models import AssignmentState, Task, TaskAssignment
from jointops.tasks.rules import TaskState


@dataclass(frozen=True, slots=True)
class Unit:
    """A reporting unit; ``position`` is its place in the plan."""

    code: str
    party: str
    authority: AuthorityType
    title: Mapping[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class Area:
    """An action area."""

    code: str
    title: Mapping[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class Part:
    """One unit's part in a task."""

    unit: Unit
    state: AssignmentState
    lead: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One task, as far as a view of many tells it. ``overdue`` is that of the whole task, on the day of reading."""

    id: int
    code: str
    title: Mapping[str, str]
    kind: str
    area: Area | None
    place: Mapping[str, Any] | None
    starts_on: date
    ends_on: date
    hours: Mapping[str, str] | None
    mandatory: bool
    cancelled: bool
    version: int
    state: TaskState
    overdue: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tasks are wanted; what is empty does not limit.

    ``state`` and ``overdue`` are the task's own, or, where ``party``, ``authority`` or ``unit`` is given too, those of
    at least one unit that fits them. ``day`` lies in the window. ``text`` is looked for in the code, the title, the
    place's name and the codes of the units, every word of it, in any case.
    """

    text: str = ""
    state: str = ""
    area: str = ""
    party: str = ""
    authority: str = ""
    unit: str = ""
    kind: str = ""
    day: date | None = None
    mandatory: bool = False
    overdue: bool = False

    @property
    def by_unit(self) -> bool:
        """Whether it is asked for tasks of certain units."""
        return bool(self.party or self.authority or self.unit)

    def parts_of(self, row: Row) -> tuple[Part, ...]:
        """Return the parts of the units that are asked for: all, where none is."""
        if not self.by_unit:
            return row.parts
        return tuple(part for part in row.parts if self._is_of(part.unit))

    def _is_of(self, unit: Unit) -> bool:
        return (
            self.unit in {"", unit.code}
            and self.party in {"", unit.party}
            and self.authority in {"", unit.authority.value}
        )


NO_AREA = "none"
"""What is asked for instead of an action area's code to get the tasks of none."""


def read(session: Session, actor: Actor, operation: Operation) -> list[Row]:
    """Return the operation's tasks by action area, first day and code."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    day = today(operation.time_zone, clock.now())
    areas = _areas(session, operation)
    parts = _parts(session, operation, units(session, operation))
    found = session.execute(
        select(
            Task.id,
            Task.code,
            Task.title,
            Task.kind,
            Task.action_area_id,
            Task.place,
            Task.starts_on,
            Task.ends_on,
            Task.hours,
            Task.mandatory,
            Task.cancelled,
            Task.version,
        ).where(Task.operation_id == operation.id)
    )
    rows = []
    for (
        key,
        code,
        title,
        kind,
        area,
        place,
        starts_on,
        ends_on,
        hours,
        mandatory,
        cancelled,
        version,
    ) in found:
        there = tuple(parts.get(key, ()))
        state = rules.task_state([part.state for part in there], cancelled=cancelled)
        rows.append(
            Row(
                key,
                code,
                title,
                kind,
                areas.get(area) if area else None,
                place,
                starts_on,
                ends_on,
                hours,
                mandatory,
                cancelled,
                version,
                state,
                rules.is_overdue(state, ends_on, day),
                there,
            )
        )
    rows.sort(key=in_plan_order)
    return rows


def units(session: Session, operation: Operation) -> dict[int, Unit]:
    """Return the operation's reporting units by key, in the plan's order; also those no longer in the plan."""
    found = session.execute(
        select(
            ReportingUnit.id,
            ReportingUnit.code,
            Participant.party,
            ReportingUnit.authority,
            ReportingUnit.title,
            ReportingUnit.position,
        )
        .join(ReportingUnit.participant)
        .where(ReportingUnit.operation_id == operation.id)
        .order_by(ReportingUnit.position, ReportingUnit.code)
    )
    return {
        key: Unit(code, party, authority, title, place) for key, code, party, authority, title, place in found
    }


def whole(session: Session, actor: Actor, operation: Operation, rows: Sequence[Row]) -> list[Task]:
    """Return the tasks of a few rows with everything about them, in the order of the rows."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    wanted = with_units(operation).where(Task.id.in_([row.id for row in rows]))
    found = {task.id: task for task in session.scalars(wanted)} if rows else {}
    return [found[row.id] for row in rows]


def proposed(session: Session, operation: Operation) -> int:
    """Return how many assignments are only proposed and could be given out."""
    return (
        session.scalar(
            select(func.count())
            .select_from(TaskAssignment)
            .join(TaskAssignment.task)
            .join(TaskAssignment.unit)
            .join(ReportingUnit.participant)
            .where(
                Task.operation_id == operation.id,
                Task.cancelled.is_(False),
                TaskAssignment.state == AssignmentState.PROPOSED,
                Participant.answer != Answer.DECLINED,
            )
        )
        or 0
    )


def chosen(rows: Iterable[Row], wanted: Wanted, day: date) -> list[Row]:
    """Return the rows that are wanted, in their order. ``day`` is today in the operation's time zone."""
    words = wanted.text.casefold().split()
    return [row for row in rows if _is_wanted(row, wanted, day, words)]


@lru_cache(maxsize=20_000)
def number_of(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts ``T2`` before ``T10``; the codes of an operation are sorted by every page."""
    return natural(code)


def in_plan_order(row: Row) -> tuple[int, date, tuple[tuple[int, int, str], ...]]:
    """Return a key that sorts by action area, first day and code."""
    return (row.area.position if row.area else 10_000, row.starts_on, number_of(row.code))


def _is_wanted(row: Row, wanted: Wanted, day: date, words: Sequence[str]) -> bool:
    if wanted.area and wanted.area != (row.area.code if row.area else NO_AREA):
        return False
    if (wanted.kind and wanted.kind != row.kind) or (wanted.mandatory and not row.mandatory):
        return False
    if wanted.day is not None and not row.starts_on <= wanted.day <= row.ends_on:
        return False
    if words and not _says(row, words):
        return False
    return _stands(row, wanted, day)


def _stands(row: Row, wanted: Wanted, day: date) -> bool:
    """Say whether the task, or one of the units that are asked for, stands where it is wanted."""
    states: list[str]
    if wanted.by_unit:
        parts = wanted.parts_of(row)
        if not parts:
            return False
        states = [TaskState.CANCELLED] if row.cancelled else [part.state for part in parts]
    else:
        states = [row.state]
    if wanted.overdue:
        states = [state for state in states if rules.is_overdue(TaskState(state), row.ends_on, day)]
    if wanted.state:
        states = [state for state in states if state == wanted.state]
    return bool(states)


def _says(row: Row, words: Sequence[str]) -> bool:
    told = [row.code, *row.title.values(), *(part.unit.code for part in row.parts)]
    if row.place:
        told.append(str(row.place.get("name", "")))
    text = "\n".join(told).casefold()
    return all(word in text for word in words)


def _areas(session: Session, operation: Operation) -> dict[int, Area]:
    found = session.execute(
        select(ActionArea.id, ActionArea.code, ActionArea.title, ActionArea.position).where(
            ActionArea.operation_id == operation.id
        )
    )
    return {key: Area(code, title, position) for key, code, title, position in found}


def _parts(session: Session, operation: Operation, known: Mapping[int, Unit]) -> dict[int, list[Part]]:
    found = session.execute(
        select(TaskAssignment.task_id, TaskAssignment.unit_id, TaskAssignment.state, TaskAssignment.is_lead)
        .join(TaskAssignment.task)
        .where(Task.operation_id == operation.id)
        .order_by(TaskAssignment.id)
    )
    parts: dict[int, list[Part]] = defaultdict(list)
    for task, unit, state, lead in found:
        parts[task].append(Part(known[unit], state, lead))
    for there in parts.values():
        there.sort(key=lambda part: part.unit.position)
    return parts
