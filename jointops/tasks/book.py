"""The rows of a task and its log, changed together: every step of an assignment has its entry, in the same breath.

Nothing here asks who may do what; the callers (``service``, ``planned``) have done so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation, ReportingUnit
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskLogEntry

CREATED, CHANGED, CANCELLED, REOPENED = "created", "changed", "cancelled", "reopened"
"""What a log entry about the task itself says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInput:
    """What a task says.

    The window's days are in the operation's time zone, both included; ``hours`` are times of day in it (``{"since":
    "06:00", "until": "14:00"}``); ``place`` has ``kind``, ``name`` and ``country``; ``kind`` is a task type of the
    catalogue. ``units`` are codes of reporting units, ``lead`` the one of them that leads. Without ``code`` the next
    ``T<n>`` is taken.
    """

    title: Mapping[str, str]
    starts_on: date
    ends_on: date
    units: tuple[str, ...]
    lead: str | None = None
    code: str | None = None
    kind: str = ""
    instructions: Mapping[str, str] = field(default_factory=dict)
    action_area: str | None = None
    place: Mapping[str, Any] | None = None
    hours: Mapping[str, str] | None = None
    mandatory: bool = False


def said(given: TaskInput) -> dict[str, Any]:
    """Return what a task says as plain data, without its code: to keep, to compare and to log."""
    return {
        "title": dict(given.title),
        "kind": given.kind,
        "instructions": dict(given.instructions),
        "action_area": given.action_area,
        "place": dict(given.place) if given.place else None,
        "starts_on": given.starts_on.isoformat(),
        "ends_on": given.ends_on.isoformat(),
        "hours": dict(given.hours) if given.hours else None,
        "mandatory": given.mandatory,
        "units": sorted(given.units),
        "lead": given.lead,
    }


def as_input(task: Task) -> TaskInput:
    """Return what a task says now; units that were cancelled are not part of it."""
    live = [a for a in task.assignments if a.state is not AssignmentState.CANCELLED]
    return TaskInput(
        code=task.code,
        title=task.title,
        kind=task.kind,
        instructions=task.instructions,
        action_area=task.action_area.code if task.action_area else None,
        place=task.place,
        starts_on=task.starts_on,
        ends_on=task.ends_on,
        hours=task.hours,
        mandatory=task.mandatory,
        units=tuple(a.unit.code for a in live),
        lead=next((a.unit.code for a in live if a.is_lead), None),
    )


class Book:
    """Writes the steps that ``actor`` takes, in ``session``."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    def new_task(self, operation: Operation, code: str, given: TaskInput) -> Task:
        """Add a task with its assignments."""
        task = Task(operation=operation, code=code, cancelled=False, planned=None, version=1)
        units = units_of(operation, given)
        write(task, operation, given)
        self.note(task, CREATED)
        for unit in units:
            self.assign(task, unit, rules.initial_state(operation.state))
        mark_lead(task, given.lead)
        return task

    def assign(self, task: Task, unit: ReportingUnit, state: AssignmentState) -> None:
        """Give a unit a part in the task, or its part back if it was cancelled. One that has a part keeps it."""
        assignment = next((a for a in task.assignments if a.unit.code == unit.code), None)
        if assignment is None:
            assignment = TaskAssignment(
                unit=unit,
                is_lead=False,
                state=state,
                reason="",
                outcome="",
                changed_at=clock.now(),
                version=1,
            )
            task.assignments.append(assignment)
            self._log(task, unit, "", state.value, "")
        elif assignment.state is AssignmentState.CANCELLED:
            self.move(task, assignment, state)

    def move(self, task: Task, assignment: TaskAssignment, target: AssignmentState, text: str = "") -> None:
        """Take an assignment to another state and log it. Whether the step exists is the caller's business."""
        step = rules.step_between(assignment.state, target)
        self._log(task, assignment.unit, assignment.state.value, target.value, text)
        assignment.state = target
        assignment.reason = text if target in rules.GIVEN_UP else ""
        if step is not None and step.need is rules.Need.OUTCOME:
            assignment.outcome = text
        assignment.changed_at = clock.now()
        assignment.version += 1

    def note(self, task: Task, what: str, text: str = "") -> None:
        """Log something about the task itself, with its deadline as it is now."""
        self._log(task, None, "", what, text)

    def _log(self, task: Task, unit: ReportingUnit | None, source: str, target: str, text: str) -> None:
        entry = TaskLogEntry(
            task=task,
            unit=unit,
            at=clock.now(),
            actor_name=self._actor.name,
            from_state=source,
            to_state=target,
            ends_on=task.ends_on if unit is None else None,
            text=text,
        )
        # Not by way of task.log, which would read the whole log first.
        self._session.add(entry)


def units_of(operation: Operation, given: TaskInput) -> list[ReportingUnit]:
    """Return the units that a task names, in its order; those that the plan does not know are left out."""
    known = {unit.code: unit for unit in operation.units if unit.in_plan}
    return [known[code] for code in given.units if code in known]


def write(task: Task, operation: Operation, given: TaskInput) -> None:
    """Write what a task says into its row, but for its units."""
    task.title = dict(given.title)
    task.kind = given.kind
    task.instructions = dict(given.instructions)
    task.action_area = next((a for a in operation.action_areas if a.code == given.action_area), None)
    task.place = dict(given.place) if given.place else None
    task.starts_on, task.ends_on = given.starts_on, given.ends_on
    task.hours = dict(given.hours) if given.hours else None
    task.mandatory = given.mandatory


def mark_lead(task: Task, lead: str | None) -> None:
    """Make one unit the leading one."""
    for assignment in task.assignments:
        assignment.is_lead = assignment.unit.code == lead
