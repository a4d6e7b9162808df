"""Many tasks changed at once: all of them or none, and what would come of it beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, policy
from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.rules import ENDED
from jointops.tasks import rules
from jointops.tasks.book import Book, TaskInput, as_input
from jointops.tasks.changing import apply, cancel_whole, differences, reported
from jointops.tasks.checking import concerns, frame_of, said_problems, tidied
from jointops.tasks.finding import natural, with_units
from jointops.tasks.models import AssignmentState, Task, TaskAssignment

MOST_TASKS = 2_000
"""Tasks that are changed in one go: as many as the largest operation has."""

LONGEST_SHIFT = 366
"""Days by which windows are moved at most."""

NO_AREA = ""
"""The action area of tasks that are to have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyChanges:
    """What is to change in all the tasks; what is ``None`` stays, and so does every unit that is not named.

    ``shift`` moves the windows by days, before ``starts_on`` and ``ends_on`` replace them. ``cancel`` is the reason
    for which the tasks are cancelled: then nothing else changes. ``assign`` gives out what is only proposed.
    """

    action_area: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    shift: int = 0
    lead: str | None = None
    add_units: tuple[str, ...] = ()
    remove_units: tuple[str, ...] = ()
    mandatory: bool | None = None
    assign: bool = False
    cancel: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything is to change at all."""
        return self != ManyChanges()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of one task: fields with what they were and are to be, units that are assigned, what is wrong."""

    task: Task
    changed: Mapping[str, Sequence[Any]]
    assigned: tuple[str, ...]
    cancelled: bool
    problems: tuple[Problem, ...]

    @property
    def does_something(self) -> bool:
        """Whether the task changes."""
        return bool(self.changed or self.assigned or self.cancelled)


def foresee(
    session: Session, actor: Actor, operation: Operation, codes: Sequence[str], changes: ManyChanges
) -> list[Outcome]:
    """Return what would come of a change of many tasks, problems included, in the order of their codes.

    Raises as :func:`change_many`, but for what is wrong with single tasks.
    """
    return [outcome for outcome, _given in _foreseen(session, actor, operation, codes, changes)]


def change_many(
    session: Session, actor: Actor, operation: Operation, codes: Sequence[str], changes: ManyChanges
) -> list[Outcome]:
    """Change many tasks in one go and return what came of each.

    Raises :class:`Invalid` with everything that is wrong with any of them (the pointer begins with
    ``/tasks/<code>``), or with ``tasks-missing``, ``too-many-tasks``, ``task-unknown``, ``nothing-to-change``,
    ``reason-missing``; :class:`Conflict` (``operation-ended``, ``not-in-this-state``).
    """
    foreseen = _foreseen(session, actor, operation, codes, changes)
    problems = [problem for outcome, _given in foreseen for problem in outcome.problems]
    if problems:
        raise Invalid(problems)
    pages = Book(session, actor, operation)
    for outcome, given in foreseen:
        task = outcome.task
        if outcome.cancelled:
            cancel_whole(pages, task, (changes.cancel or "").strip())
            continue
        apply(pages, operation, task, given)
        # A unit that was added just now is only proposed as well, where the operation does not run yet.
        parts = [a for a in task.assignments if changes.assign and _can_be_given_out(a)]
        for assignment in parts:
            pages.move(task, assignment, AssignmentState.ASSIGNED)
        if parts and not outcome.changed:
            task.version += 1
    session.flush()
    done = [outcome for outcome, _given in foreseen if outcome.does_something]
    if done:
        _record(session, actor, operation, done, changes)
    return [outcome for outcome, _given in foreseen]


def _foreseen(
    session: Session, actor: Actor, operation: Operation, codes: Sequence[str], changes: ManyChanges
) -> list[tuple[Outcome, TaskInput]]:
    subject = operations.subject(operation)
    policy.require(actor, Action.TASK_UPDATE, subject)
    if changes.assign:
        policy.require(actor, Action.TASK_ASSIGN, subject)
    _require_possible(operation, changes)
    tasks = _tasks(session, operation, codes, changes)
    frame = frame_of(operation)
    return [_outcome(task, frame, changes) for task in tasks]


def _require_possible(operation: Operation, changes: ManyChanges) -> None:
    if operation.state in ENDED:
        message = _(
            "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
        )
        raise Conflict("operation-ended", message)
    if changes.assign:
        problem = rules.obstacle(
            AssignmentState.PROPOSED, AssignmentState.ASSIGNED, operation=operation.state, cancelled=False
        )
        if problem is not None:
            raise Conflict(problem.code, problem.message, "/assign")


def _tasks(session: Session, operation: Operation, codes: Sequence[str], changes: ManyChanges) -> list[Task]:
    wanted = set(codes)
    problems = []
    if not wanted:
        problems.append(Problem("tasks-missing", _("Choose at least one task."), "/tasks"))
    elif len(wanted) > MOST_TASKS:
        message = _("At most ${most} tasks are changed in one go.", mapping={"most": MOST_TASKS})
        problems.append(Problem("too-many-tasks", message, "/tasks"))
    if not changes.says_something:
        problems.append(Problem("nothing-to-change", _("Say what is to change."), ""))
    if changes.cancel is not None and not changes.cancel.strip():
        message = _("Say why. The reason is kept in the task's log.")
        problems.append(Problem("reason-missing", message, "/cancel"))
    if changes.cancel is not None and len(changes.cancel) > rules.TEXT_LENGTH:
        message = _("This text has at most ${count} characters.", mapping={"count": rules.TEXT_LENGTH})
        problems.append(Problem("too-long", message, "/cancel"))
    if abs(changes.shift) > LONGEST_SHIFT:
        message = _("Move by at most ${most} days.", mapping={"most": LONGEST_SHIFT})
        problems.append(Problem("too-far", message, "/shift"))
    if problems:
        raise Invalid(problems)
    # The lock is taken before the rows are read, so that nobody's change in between is lost.
    session.execute(
        select(Task.id).where(Task.operation_id == operation.id, Task.code.in_(wanted)).with_for_update()
    )
    query = with_units(operation).where(Task.code.in_(wanted)).execution_options(populate_existing=True)
    found = sorted(session.scalars(query), key=lambda task: natural(task.code))
    unknown = wanted - {task.code for task in found}
    if unknown:
        raise Invalid(
            [
                Problem(
                    "task-unknown",
                    _("The operation has no task “${code}”.", mapping={"code": code}),
                    f"/tasks/{code}",
                )
                for code in sorted(unknown, key=natural)
            ]
        )
    return found


def _outcome(task: Task, frame: rules.Frame, changes: ManyChanges) -> tuple[Outcome, TaskInput]:
    now = as_input(task)
    if task.cancelled:
        problem = Problem("task-cancelled", _("The whole task is cancelled."), f"/tasks/{task.code}")
        return Outcome(task, {}, (), False, (problem,)), now
    if changes.cancel is not None:
        return Outcome(task, {}, (), True, ()), now
    given = tidied(_changed(now, changes))
    changed = differences(task, given)
    own = replace(frame, units=frame.units | {a.unit.code for a in task.assignments})
    problems = [problem for problem in said_problems(given, own) if concerns(problem, changed)]
    unit = reported(task, given)
    if unit is not None:
        message = _(
            "The unit ${unit} has reported its part done and cannot be taken out of the task.",
            mapping={"unit": unit},
        )
        problems.append(Problem("unit-has-reported", message, "/units"))
    assigned = tuple(a.unit.code for a in task.assignments if changes.assign and _can_be_given_out(a))
    placed = tuple(
        Problem(problem.code, problem.message, f"/tasks/{task.code}{problem.pointer}", problem.accepted)
        for problem in problems
    )
    return Outcome(task, changed, assigned, False, placed), given


def _changed(now: TaskInput, changes: ManyChanges) -> TaskInput:
    units = [unit for unit in now.units if unit not in changes.remove_units]
    units += [unit for unit in changes.add_units if unit not in units]
    lead = now.lead if now.lead in units else None
    days = timedelta(changes.shift)
    return replace(
        now,
        action_area=now.action_area if changes.action_area is None else changes.action_area or None,
        starts_on=changes.starts_on or now.starts_on + days,
        ends_on=changes.ends_on or now.ends_on + days,
        units=tuple(units),
        lead=lead if changes.lead is None else changes.lead or None,
        mandatory=now.mandatory if changes.mandatory is None else changes.mandatory,
    )


def _can_be_given_out(assignment: TaskAssignment) -> bool:
    return rules.can_be_given_out(assignment.state, assignment.unit.participant.answer)


def _record(
    session: Session, actor: Actor, operation: Operation, done: Sequence[Outcome], changes: ManyChanges
) -> None:
    details = {
        "by": "bulk",
        "tasks": {
            outcome.task.code: {
                **{name: list(values) for name, values in outcome.changed.items()},
                **({"assigned": list(outcome.assigned)} if outcome.assigned else {}),
                **({"cancelled": [False, True]} if outcome.cancelled else {}),
            }
            for outcome in done
        },
    }
    if changes.cancel is not None:
        details["reason"] = changes.cancel.strip()
    audit.record(
        session,
        actor,
        Action.TASK_UPDATE,
        "tasks",
        operation.code,
        operation=operation.code,
        details=details,
    )
