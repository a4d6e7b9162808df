"""What can be done with tasks: create and change them, give them to units, answer, report; and how they are found.

Every function takes a session (the transaction is the caller's) and the person who acts, asks the policy table
first, and writes its entry to the audit log last. What a plan does to tasks stands in ``planned``, what they come
to at an instant in ``counting``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import (
    Operation,
    OperationState,
)
from jointops.tasks import book, rules
from jointops.tasks.book import Book, TaskInput
from jointops.tasks.changing import apply, cancel_whole
from jointops.tasks.checking import code_problems, concerns, problems_of, tidied
from jointops.tasks.counting import TaskCounts, UnitCounts, counts
from jointops.tasks.finding import (
    TaskFilter,
    asked_of,
    dependencies_of,
    find,
    list_tasks,
    locked,
    log_of,
    natural,
    neighbours,
    stale,
    state_of,
    with_units,
)
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskLogEntry

_ENDED = frozenset({OperationState.CLOSED, OperationState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that leads on from where a unit stands: possible for this person now, or why not."""

    step: rules.Step
    refusal: Problem | None

    @property
    def possible(self) -> bool:
        """Whether the person can take it now."""
        return self.refusal is None


def offers(actor: Actor, operation: Operation, task: Task, assignment: TaskAssignment) -> list[Offer]:
    """Return every step that leads on from where the unit stands, possible for the person or not, and why not."""
    return [
        Offer(step, _refusal(actor, operation, task, assignment, step))
        for step in rules.steps_from(assignment.state)
    ]


# --- Creating and changing -------------------------------------------------------------------------------------------


def create(session: Session, actor: Actor, operation: Operation, given: TaskInput) -> Task:
    """Create a task and give it to its units: assigned while the operation runs, before only proposed.

    Raises :class:`Conflict` with code ``operation-ended``, and :class:`Invalid` with codes ``title-missing``,
    ``too-long``, ``bad-code``, ``code-taken``, ``window-reversed``, ``window-outside``, ``bad-hours``,
    ``units-missing``, ``unit-unknown``, ``duplicate-code``, ``lead-not-in-task``, ``area-unknown``,
    ``kind-unknown``, ``place-kind-unknown``, ``country-unknown``, ``bad-coordinate``, ``authority-unknown``,
    ``resource-unknown``, ``bad-quantity``, ``task-unknown``, ``circular-dependency``.
    """
    policy.require(actor, Action.TASK_CREATE, operations.subject(operation))
    _require_open(operation)
    # Two people creating at once must not both take the same number.
    session.execute(select(Operation.id).where(Operation.id == operation.id).with_for_update())
    given = tidied(given)
    taken = set(session.scalars(select(Task.code).where(Task.operation_id == operation.id)))
    code = given.code or rules.next_code(taken)
    given = replace(given, code=code)
    graph = dependencies_of(session, operation) if given.depends_on else {}
    problems = [*code_problems(code, taken), *problems_of(operation, given, None, graph)]
    if problems:
        raise Invalid(problems)
    pages = Book(session, actor, operation)
    task = pages.new_task(code, given)
    _wait_for(session, pages, task, given)
    session.flush()
    _record(session, actor, Action.TASK_CREATE, task, book.said(given))
    return task


def update(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Task:
    """Change some fields of a task, named and formed as in :class:`TaskInput` (not ``code``).

    A unit that is new in ``units`` is given the task; one that is left out is cancelled. Nothing changes when
    everything already is as asked for. Raises as :func:`create`, :class:`Stale` when ``expected_version`` is not the
    task's, and :class:`Conflict` with codes ``task-cancelled`` and ``unit-has-reported`` for a unit left out that
    has done its part.
    """
    policy.require(actor, Action.TASK_UPDATE, operations.subject(operation))
    _require_open(operation)
    task = locked(session, actor, operation, code, expected_version)
    _require_live(task)
    given = tidied(replace(book.as_input(task), **changes))
    graph = dependencies_of(session, operation) if given.depends_on else {}
    problems = [p for p in problems_of(operation, given, task, graph) if concerns(p, changes)]
    if problems:
        raise Invalid(problems)
    pages = Book(session, actor, operation)
    changed = apply(pages, operation, task, given)
    if not changed:
        return task
    if "depends_on" in changed:
        _wait_for(session, pages, task, given)
    session.flush()
    _record(session, actor, Action.TASK_UPDATE, task, changed)
    return task


def cancel(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Task:
    """Cancel a whole task; what units did with it so far stays as it is.

    Raises :class:`Invalid` (``reason-missing``), :class:`Stale`, :class:`Conflict` (``task-cancelled``,
    ``operation-ended``).
    """
    policy.require(actor, Action.TASK_UPDATE, operations.subject(operation))
    _require_open(operation)
    task = locked(session, actor, operation, code, expected_version)
    _require_live(task)
    reason = reason.strip()
    if not reason:
        raise Invalid(
            [Problem("reason-missing", _("Say why. The reason is kept in the task's log."), "/text")]
        )
    pages = Book(session, actor, operation)
    cancel_whole(pages, task, reason)
    session.flush()
    _record(session, actor, Action.TASK_UPDATE, task, {"cancelled": [False, True], "reason": reason})
    return task


# --- Steps -----------------------------------------------------------------------------------------------------------


def step(
    session: Session,
    actor: Actor,
    operation: Operation,
    task_code: str,
    unit_code: str,
    to: AssignmentState,
    text: str = "",
    *,
    expected_version: int | None = None,
    expected_task_version: int | None = None,
    recorded_at: datetime | None = None,
) -> TaskAssignment:
    """Take one unit one step on with a task; ``text`` is the reason or the outcome where the step asks for one.

    ``recorded_at`` (aware) states when the step was known, while history is loaded: see :func:`_instant_of`.
    ``expected_version`` is that of the assignment, ``expected_task_version`` that of the whole task: raises
    :class:`Stale` when one is not the current one. Raises :class:`NotFound` (``task-unknown``, ``unit-not-asked``),
    :class:`Conflict` (``no-such-step``, ``not-in-this-state``, ``task-cancelled``), :class:`Invalid`
    (``reason-missing``, ``outcome-missing``, ``too-long``).
    """
    task = locked(session, actor, operation, task_code, expected_task_version)
    assignment = next((a for a in task.assignments if a.unit.code == unit_code), None)
    if assignment is None:
        raise NotFound(
            "unit-not-asked",
            _(
                "The task ${task} is not given to the unit ${unit}.",
                mapping={"task": task_code, "unit": unit_code},
            ),
            "/unit",
            [a.unit.code for a in task.assignments],
        )
    taken = rules.step_between(assignment.state, to)
    if taken is not None:
        policy.require(actor, taken.action, _subject(operation, assignment))
    else:
        _require_any(actor, operation, assignment)
    if expected_version is not None and expected_version != assignment.version:
        raise stale(expected_version, assignment.version)
    text = text.strip()
    problem = rules.obstacle(
        assignment.state, to, operation=operation.state, cancelled=task.cancelled, text=text
    )
    if problem is not None:
        raise _as_error(problem)
    assert taken is not None
    source = assignment.state
    at = _instant_of(session, actor, operation, assignment, recorded_at)
    Book(session, actor, operation, at).move(task, assignment, to, text)
    task.version += 1
    session.flush()
    details = {"unit": unit_code, "from": source.value, "to": to.value, "text": text}
    if at is not None:
        details["recorded_at"] = clock.iso(at)
    _record(session, actor, taken.action, task, details)
    return assignment


def _instant_of(
    session: Session,
    actor: Actor,
    operation: Operation,
    assignment: TaskAssignment,
    recorded_at: datetime | None,
) -> datetime | None:
    """Return the stated instant of a step, if the person may state one and it can be true.

    Raises NotAllowed, Conflict (``not-historical``) and Invalid (``recorded-in-future``, ``recorded-before-latest``).
    """
    if recorded_at is None:
        return None
    policy.require(actor, Action.TASK_RECORD_HISTORY, operations.subject(operation))
    if not operation.historical:
        message = _(
            "${operation} is not marked as historical: its steps are recorded when they are taken.",
            mapping={"operation": operation.code},
        )
        raise Conflict("not-historical", message, "/recorded_at")
    if recorded_at > clock.now():
        message = _("Nothing can have been known in the future.")
        raise Invalid([Problem("recorded-in-future", message, "/recorded_at")])
    # What the system did by itself (proposing, assigning) was written when the history was loaded.
    later = select(TaskLogEntry.id).where(
        TaskLogEntry.task_id == assignment.task_id,
        TaskLogEntry.unit_id == assignment.unit_id,
        TaskLogEntry.from_state.not_in(("", AssignmentState.PROPOSED.value)),
        TaskLogEntry.at > recorded_at,
    )
    if session.scalar(later.limit(1)) is not None:
        message = _("This unit has taken a later step already.")
        raise Invalid([Problem("recorded-before-latest", message, "/recorded_at")])
    return recorded_at


def assign_proposed(session: Session, actor: Actor, operation: Operation) -> int:
    """Assign what is still only proposed, in all tasks; returns to how many units.

    Units whose participant declined the operation are passed over. Raises :class:`Conflict` (``not-in-this-state``)
    while the plan is a draft or after the operation.
    """
    _require_time_to_assign(actor, operation)
    query = with_units(operation).where(Task.cancelled.is_(False)).with_for_update(of=Task)
    total = sum(_assign_proposed(session, actor, task) for task in session.scalars(query))
    session.flush()
    return total


def assign_all(
    session: Session, actor: Actor, operation: Operation, code: str, *, expected_version: int | None = None
) -> Task:
    """Assign one task to all its units to which it is only proposed; see :func:`assign_proposed`."""
    _require_time_to_assign(actor, operation)
    task = locked(session, actor, operation, code, expected_version)
    _require_live(task)
    _assign_proposed(session, actor, task)
    session.flush()
    return task


def _require_time_to_assign(actor: Actor, operation: Operation) -> None:
    policy.require(actor, Action.TASK_ASSIGN, operations.subject(operation))
    problem = rules.obstacle(
        AssignmentState.PROPOSED, AssignmentState.ASSIGNED, operation=operation.state, cancelled=False
    )
    if problem is not None:
        raise _as_error(problem)


def _assign_proposed(session: Session, actor: Actor, task: Task) -> int:
    given = [a for a in task.assignments if rules.can_be_given_out(a.state, a.unit.participant.answer)]
    pages = Book(session, actor, task.operation)
    for assignment in given:
        pages.move(task, assignment, AssignmentState.ASSIGNED)
    if given:
        task.version += 1
        units = [assignment.unit.code for assignment in given]
        _record(session, actor, Action.TASK_ASSIGN, task, {"units": units, "to": "assigned"})
    return len(given)


# --- Below -----------------------------------------------------------------------------------------------------------


def _subject(operation: Operation, assignment: TaskAssignment) -> policy.Subject:
    unit = assignment.unit
    return operations.subject(operation, party=unit.participant.party, unit=unit.code)


def _require_any(actor: Actor, operation: Operation, assignment: TaskAssignment) -> None:
    """Refuse people who may not move this unit at all, whatever step they ask for."""
    subject = _subject(operation, assignment)
    if not policy.allows(actor, Action.TASK_ASSIGN, subject):
        policy.require(actor, Action.TASK_REPORT, subject)


def _refusal(
    actor: Actor, operation: Operation, task: Task, assignment: TaskAssignment, step: rules.Step
) -> Problem | None:
    if not policy.allows(actor, step.action, _subject(operation, assignment)):
        return Problem("not-allowed", _WHO[step.action])
    return rules.obstacle(step.source, step.target, operation=operation.state, cancelled=task.cancelled)


_WHO = {
    Action.TASK_ASSIGN: _("Only the operation coordinator gives out and cancels tasks."),
    Action.TASK_ANSWER: _("Only the country's national coordinator answers for its units."),
    Action.TASK_REPORT: _("Only the unit and its national coordinator report on its work."),
}


def _wait_for(session: Session, pages: Book, task: Task, given: TaskInput) -> None:
    wanted = select(Task).where(Task.operation_id == task.operation.id, Task.code.in_(given.depends_on))
    pages.wait_for(task, given.depends_on, {other.code: other for other in session.scalars(wanted)})


def _require_open(operation: Operation) -> None:
    if operation.state in _ENDED:
        message = _(
            "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
        )
        raise Conflict("operation-ended", message)


def _require_live(task: Task) -> None:
    if task.cancelled:
        raise Conflict("task-cancelled", _("The whole task is cancelled."))


def _as_error(problem: Problem) -> DomainError:
    if problem.pointer == "/text":
        return Invalid([problem])
    return Conflict(problem.code, problem.message, problem.pointer, problem.accepted)


def _record(session: Session, actor: Actor, action: Action, task: Task, details: Mapping[str, Any]) -> None:
    code = task.operation.code
    audit.record(session, actor, action, "task", f"{code}/{task.code}", operation=code, details=details)


__all__ = [
    "Offer",
    "TaskCounts",
    "TaskFilter",
    "TaskInput",
    "UnitCounts",
    "asked_of",
    "assign_all",
    "assign_proposed",
    "cancel",
    "counts",
    "create",
    "dependencies_of",
    "find",
    "list_tasks",
    "log_of",
    "natural",
    "neighbours",
    "offers",
    "state_of",
    "step",
    "update",
]
