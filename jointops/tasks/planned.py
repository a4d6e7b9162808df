"""What a plan and an operation's life do to tasks.

A plan version that comes into force is laid over the tasks: what the plan changed is changed, what people changed or
did since is left alone. To tell the one from the other every task keeps what the plan last said of it (``planned``).
When the operation starts, what was only proposed is assigned (to units whose participant takes part); when it is
cancelled, so is what is still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.kernel import audit
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import quantity_text
from jointops.operations.models import Operation, OperationState, ReportingUnit
from jointops.operations.plandoc import Place, PlanDocument, PlanTask
from jointops.operations.plantasks import circular
from jointops.operations.service import on_plan_applied, on_transition
from jointops.tasks import book, rules
from jointops.tasks.book import Book, TaskInput
from jointops.tasks.bulk import NewTask, insert_dependencies, insert_tasks
from jointops.tasks.finding import dependencies_of
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskDependency


@dataclass(slots=True)
class _Done:
    """What a plan did to the tasks, by code."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.cancelled)


@on_plan_applied
def apply_plan(session: Session, actor: Actor, operation: Operation, document: PlanDocument) -> None:
    """Bring the operation's tasks in line with a plan version that came into force.

    New tasks are created; a field is changed only where the plan says something else than it did; new units are
    added, in the state *assigned* while the operation runs and *proposed* before. A unit or task that the plan no
    longer names is cancelled only where the unit has not answered yet. The right to all this is the right to put
    the plan in force, which the caller has asked for.
    """
    known = {task.code: task for task in _tasks(session, operation)}
    pages = Book(session, actor, operation)
    done = _Done()
    new: list[NewTask] = []
    waiting: list[tuple[Task, TaskInput]] = []
    for planned in document.tasks:
        given = as_input(planned, document)
        says = book.said(given)
        task = known.get(planned.code)
        if task is None:
            new.append(NewTask(planned.code, given, says))
            done.created.append(planned.code)
        elif (said := _plan_of(task)) != says:
            if says["depends_on"] != said.get("depends_on"):
                waiting.append((task, given))
            _change(operation, pages, task, given)
            done.changed.append(planned.code)
    keys = insert_tasks(session, actor, operation, new)
    if waiting:
        # A task may wait for one that is new or stands after it in the plan.
        every = {**known, **_by_code(session, keys)}
        for task, given in waiting:
            pages.wait_for(task, given.depends_on, every)
    keys |= {code: task.id for code, task in known.items()}
    insert_dependencies(session, [(task.code, task.given.depends_on) for task in new], keys)
    if waiting:
        _break_circles(session, pages, operation, document)
    named = {planned.code for planned in document.tasks}
    for task in known.values():
        if task.planned is not None and task.code not in named:
            _take_out(pages, task)
            done.cancelled.append(task.code)
    session.flush()
    if done:
        details = {"created": done.created, "changed": done.changed, "cancelled": done.cancelled}
        _record(session, actor, Action.TASK_UPDATE, operation, {"by": "plan", **details})


def _by_code(session: Session, keys: Mapping[str, int]) -> dict[str, Task]:
    found = session.scalars(select(Task).where(Task.id.in_(keys.values()))) if keys else ()
    return {task.code: task for task in found}


def _break_circles(session: Session, pages: Book, operation: Operation, document: PlanDocument) -> None:
    """Where the plan and what was added by hand close a circle, tasks wait for what the plan says and nothing else."""
    session.flush()
    if next(circular(dependencies_of(session, operation)), None) is None:
        return
    tasks = {task.code: task for task in _tasks(session, operation)}
    for planned in document.tasks:
        pages.wait_for(tasks[planned.code], planned.depends_on, tasks)


@on_transition
def follow(session: Session, actor: Actor, operation: Operation, before: OperationState) -> None:
    """Assign what is proposed when the operation starts; cancel what is open when it is cancelled.

    The right to it is the right to the operation's step, which the caller has asked for.
    """
    if operation.state not in {OperationState.RUNNING, OperationState.CANCELLED}:
        return
    pages = Book(session, actor, operation)
    moved = 0
    for task in _tasks(session, operation):
        steps = [(a, step) for a in task.assignments if not task.cancelled and (step := _next(operation, a))]
        for assignment, (target, reason) in steps:
            pages.move(task, assignment, target, reason)
        task.version += bool(steps)
        moved += len(steps)
    session.flush()
    if moved:
        details = {"by": "operation", "from": before.value, "to": operation.state.value, "assignments": moved}
        _record(session, actor, Action.TASK_ASSIGN, operation, details)


def _next(operation: Operation, assignment: TaskAssignment) -> tuple[AssignmentState, str] | None:
    """Return where an assignment goes, and why, by the operation's own step."""
    if operation.state is OperationState.CANCELLED:
        if assignment.state in rules.SETTLED:
            return None
        return AssignmentState.CANCELLED, rules.OPERATION_CANCELLED
    if assignment.state is not AssignmentState.PROPOSED:
        return None
    if rules.can_be_given_out(assignment.state, assignment.unit.participant.answer):
        return AssignmentState.ASSIGNED, ""
    return AssignmentState.CANCELLED, rules.NO_PARTICIPANT


def as_input(planned: PlanTask, document: PlanDocument) -> TaskInput:
    """Return what the plan says of one task. Without days it is for every action day."""
    days = planned.days or (document.period.start, document.period.end)
    hours = planned.hours
    return TaskInput(
        code=planned.code,
        title=dict(planned.title),
        kind=planned.type,
        instructions=dict(planned.description),
        action_area=planned.action_area,
        place=_place(planned.place) if planned.place else None,
        starts_on=days[0],
        ends_on=days[-1],
        hours={"since": hours.since.strftime("%H:%M"), "until": hours.until.strftime("%H:%M")}
        if hours
        else None,
        mandatory=planned.mandatory,
        authorities=planned.authorities,
        resources=planned.resources,
        depends_on=planned.depends_on,
        units=planned.units,
        lead=planned.lead,
    )


def _place(place: Place) -> dict[str, str]:
    told = {
        "kind": place.kind,
        "name": place.name,
        "country": place.country,
        "lat": None if place.lat is None else quantity_text(place.lat),
        "lon": None if place.lon is None else quantity_text(place.lon),
    }
    return {key: value for key, value in told.items() if value}


def _tasks(session: Session, operation: Operation) -> list[Task]:
    return list(
        session.scalars(
            select(Task)
            .where(Task.operation_id == operation.id)
            .options(
                joinedload(Task.action_area),
                selectinload(Task.assignments)
                .joinedload(TaskAssignment.unit)
                .joinedload(ReportingUnit.participant),
                selectinload(Task.dependencies).joinedload(TaskDependency.depends_on).load_only(Task.code),
            )
            .order_by(Task.id)
        )
    )


_UNSAID: Mapping[str, Any] = {"authorities": [], "resources": [], "depends_on": []}
"""What a task that was planned before the plan could say these things says of them."""


def _plan_of(task: Task) -> dict[str, Any]:
    return {**_UNSAID, **task.planned} if task.planned else {}


def _change(operation: Operation, pages: Book, task: Task, given: TaskInput) -> None:
    """Carry what the plan changed into a task. A task made by hand under the plan's code becomes the plan's."""
    old, new = _plan_of(task), book.said(given)
    if task.planned is None and task.cancelled:
        task.cancelled = False
        pages.note(task, book.REOPENED)
    current = book.as_input(task)
    differing = {key for key in new if new[key] != old.get(key)}
    if differing & {"starts_on", "ends_on"}:
        # A window is one thing: half of the plan's and half of somebody's might end before it starts.
        differing |= {"starts_on", "ends_on"}
    fields = {key: getattr(given, key) for key in differing - {"units", "lead", "depends_on"}}
    if fields or "depends_on" in differing:
        pages.write(task, replace(current, **fields))
        pages.note(task, book.CHANGED)
    dropped = set(_units(old)) - set(_units(new))
    for assignment in task.assignments:
        if assignment.unit.code in dropped and assignment.state in rules.UNTOUCHED:
            pages.move(task, assignment, AssignmentState.CANCELLED, rules.NOT_IN_PLAN)
    if not task.cancelled:
        added = set(_units(new)) - set(_units(old))
        for unit in pages.units_of(given):
            if unit.code in added:
                pages.assign(task, unit, rules.initial_state(operation.state))
    if new["lead"] != old.get("lead"):
        book.mark_lead(task, given.lead)
    task.planned = new
    task.version += 1


def _units(said: Mapping[str, Any]) -> list[str]:
    return list(said.get("units", ()))


def _take_out(pages: Book, task: Task) -> None:
    """Take a task that the plan no longer names back from the units that have not answered yet."""
    task.planned = None
    for assignment in task.assignments:
        if assignment.state in rules.UNTOUCHED:
            pages.move(task, assignment, AssignmentState.CANCELLED, rules.NOT_IN_PLAN)
    if not task.cancelled and all(a.state in rules.GIVEN_UP for a in task.assignments):
        task.cancelled = True
        pages.note(task, book.CANCELLED, rules.NOT_IN_PLAN)
    task.version += 1


def _record(
    session: Session, actor: Actor, action: Action, operation: Operation, details: Mapping[str, Any]
) -> None:
    audit.record(session, actor, action, "tasks", operation.code, operation=operation.code, details=details)
