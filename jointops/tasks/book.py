"""The rows of a task and its log, changed together: every step of an assignment has its entry, in the same breath.

Nothing here asks who may do what; the callers (``service``, ``planned``) have done so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.policy import Actor
from jointops.operations.models import ActionArea, Operation, ReportingUnit
from jointops.operations.plandoc import TaskResource
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskDependency, TaskLogEntry

CREATED, CHANGED, CANCELLED, REOPENED = "created", "changed", "cancelled", "reopened"
EXPLAINED = "explained"
"""What a log entry about the task itself says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInput:
    """What a task says.

    The window's days are in the operation's time zone, both included; ``hours`` are times of day in it (``{"since":
    "06:00", "until": "14:00"}``); ``place`` has ``kind``, ``name``, ``country``, ``lat`` and ``lon``; ``kind`` is a
    task type of the catalogue. ``units`` are codes of reporting units, ``lead`` the one of them that leads.
    ``authorities`` are the types of authority that it takes, ``resources`` what it needs at a time, ``depends_on``
    the codes of the tasks that end before it begins. Without ``code`` the next ``T<n>`` is taken.
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
    authorities: tuple[str, ...] = ()
    resources: tuple[TaskResource, ...] = ()
    depends_on: tuple[str, ...] = ()


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
        "authorities": sorted(given.authorities),
        "resources": _resources(given),
        "depends_on": sorted(given.depends_on),
        "units": sorted(given.units),
        "lead": given.lead,
    }


def _resources(given: TaskInput) -> list[dict[str, Any]]:
    items = sorted(given.resources, key=lambda item: item.kind)
    return [{"kind": item.kind, "quantity": item.quantity} for item in items]


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
        authorities=tuple(task.authorities),
        resources=tuple(TaskResource(**item) for item in task.resources),
        depends_on=tuple(dependency.depends_on.code for dependency in task.dependencies),
        units=tuple(a.unit.code for a in live),
        lead=next((a.unit.code for a in live if a.is_lead), None),
    )


class Book:
    """Writes the steps that ``actor`` takes in ``operation``, in ``session``.

    ``at`` (aware) is the instant of the steps, by default now. Units, areas and tasks are looked up by their codes in
    what is loaded once.
    """

    def __init__(
        self, session: Session, actor: Actor, operation: Operation, at: datetime | None = None
    ) -> None:
        self._session = session
        self._actor = actor
        self._operation = operation
        self._at = at
        self._units: dict[str, ReportingUnit] | None = None
        self._areas: dict[str, ActionArea] | None = None

    def new_task(self, code: str, given: TaskInput) -> Task:
        """Add a task with its assignments; what it waits for is set by :meth:`wait_for`."""
        task = Task(
            operation=self._operation, code=code, cancelled=False, planned=None, explanation="", version=1
        )
        self.write(task, given)
        self._session.add(task)
        self.note(task, CREATED)
        state = rules.initial_state(self._operation.state)
        for unit in self.units_of(given):
            self._new_part(task, unit, state, is_lead=unit.code == given.lead)
        return task

    def write(self, task: Task, given: TaskInput) -> None:
        """Write what a task says into its row, but for its units and for what it waits for."""
        if self._areas is None:
            self._areas = {area.code: area for area in self._operation.action_areas}
        task.title = dict(given.title)
        task.kind = given.kind
        task.instructions = dict(given.instructions)
        task.action_area = self._areas.get(given.action_area or "")
        task.place = dict(given.place) if given.place else None
        task.starts_on, task.ends_on = given.starts_on, given.ends_on
        task.hours = dict(given.hours) if given.hours else None
        task.authorities = list(given.authorities)
        task.resources = [{"kind": item.kind, "quantity": item.quantity} for item in given.resources]
        task.mandatory = given.mandatory

    def units_of(self, given: TaskInput) -> list[ReportingUnit]:
        """Return the units that a task names, in its order; those that the plan does not know are left out."""
        if self._units is None:
            self._units = {unit.code: unit for unit in self._operation.units if unit.in_plan}
        return [self._units[code] for code in given.units if code in self._units]

    def wait_for(self, task: Task, codes: Iterable[str], tasks: Mapping[str, Task]) -> None:
        """Have a task wait for those with these codes, and for no others; ``tasks`` are the operation's by code."""
        wanted = [code for code in codes if code in tasks]
        there = {dependency.depends_on.code: dependency for dependency in task.dependencies}
        for code, dependency in there.items():
            if code not in wanted:
                task.dependencies.remove(dependency)
        for code in wanted:
            if code not in there:
                task.dependencies.append(TaskDependency(depends_on=tasks[code]))

    def assign(self, task: Task, unit: ReportingUnit, state: AssignmentState) -> None:
        """Give a unit a part in the task, or its part back if it was cancelled. One that has a part keeps it."""
        assignment = next((a for a in task.assignments if a.unit.code == unit.code), None)
        if assignment is None:
            self._new_part(task, unit, state)
        elif assignment.state is AssignmentState.CANCELLED:
            self.move(task, assignment, state)

    def _new_part(
        self, task: Task, unit: ReportingUnit, state: AssignmentState, *, is_lead: bool = False
    ) -> None:
        assignment = TaskAssignment(
            unit=unit,
            is_lead=is_lead,
            state=state,
            reason="",
            outcome="",
            changed_at=self._now(),
            version=1,
        )
        task.assignments.append(assignment)
        self._log(task, unit, "", state.value, "")

    def move(self, task: Task, assignment: TaskAssignment, target: AssignmentState, text: str = "") -> None:
        """Take an assignment to another state and log it. Whether the step exists is the caller's business."""
        step = rules.step_between(assignment.state, target)
        self._log(task, assignment.unit, assignment.state.value, target.value, text)
        assignment.state = target
        assignment.reason = text if target in rules.GIVEN_UP else ""
        if step is not None and step.need is rules.Need.OUTCOME:
            assignment.outcome = text
        assignment.changed_at = self._now()
        assignment.version += 1

    def note(self, task: Task, what: str, text: str = "") -> None:
        """Log something about the task itself, with its deadline as it is now."""
        self._log(task, None, "", what, text)

    def _now(self) -> datetime:
        return self._at or clock.now()

    def _log(self, task: Task, unit: ReportingUnit | None, source: str, target: str, text: str) -> None:
        entry = TaskLogEntry(
            task=task,
            unit=unit,
            at=self._now(),
            actor_name=self._actor.name,
            from_state=source,
            to_state=target,
            ends_on=task.ends_on if unit is None else None,
            text=text,
        )
        # Not by way of task.log, which would read the whole log first.
        self._session.add(entry)


def mark_lead(task: Task, lead: str | None) -> None:
    """Make one unit the leading one."""
    for assignment in task.assignments:
        assignment.is_lead = assignment.unit.code == lead
