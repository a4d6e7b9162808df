"""Mandatory tasks: an operation closes when each is done, or the coordinator has said why it was not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from jointops.kernel import audit, policy
from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import ENDED
from jointops.tasks import book, rules
from jointops.tasks.book import Book
from jointops.tasks.finding import locked, natural, state_of, with_units
from jointops.tasks.models import Task
from jointops.tasks.rules import TaskState


def unexplained(session: Session, operation: Operation) -> list[Task]:
    """Return the mandatory tasks that are neither done, nor cancelled with a reason, nor explained.

    It asks for no right of its own: callers have asked for theirs to the tasks.
    """
    query = with_units(operation).where(
        Task.mandatory.is_(True), Task.cancelled.is_(False), Task.explanation == ""
    )
    found = [task for task in session.scalars(query) if state_of(task) is not TaskState.DONE]
    return sorted(found, key=lambda task: natural(task.code))


@operations.on_check
def still_open(
    session: Session, operation: Operation, to: OperationState, document: PlanDocument
) -> Sequence[Problem]:
    """Say which mandatory tasks keep an operation from being closed."""
    if to is not OperationState.CLOSED:
        return []
    return [
        Problem(
            "mandatory-task-open",
            _(
                "The mandatory task ${task} is not done (${state}). Have it done, or say in the task why it was not.",
                mapping={"task": task.code, "state": rules.STATE_LABELS[state_of(task).value]},
            ),
            f"/tasks/{task.code}",
        )
        for task in unexplained(session, operation)
    ]


def explain(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Task:
    """Say why a mandatory task was not done; the reason is kept in its log.

    Raises :class:`Invalid` (``reason-missing``, ``too-long``), :class:`Stale`, :class:`Conflict` (``not-mandatory``,
    ``task-done``, ``operation-ended``).
    """
    policy.require(actor, Action.TASK_EXPLAIN, operations.subject(operation))
    if operation.state in ENDED:
        message = _(
            "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
        )
        raise Conflict("operation-ended", message)
    task = locked(session, actor, operation, code, expected_version)
    if not task.mandatory:
        raise Conflict("not-mandatory", _("Only mandatory tasks are explained. The others may stay undone."))
    if state_of(task) is TaskState.DONE:
        raise Conflict("task-done", _("The task is done: there is nothing to explain."))
    reason = reason.strip()
    if not reason:
        raise Invalid(
            [Problem("reason-missing", _("Say why. The reason is kept in the task's log."), "/text")]
        )
    if len(reason) > rules.TEXT_LENGTH:
        message = _("This text has at most ${count} characters.", mapping={"count": rules.TEXT_LENGTH})
        raise Invalid([Problem("too-long", message, "/text")])
    task.explanation = reason
    Book(session, actor, operation).note(task, book.EXPLAINED, reason)
    task.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        Action.TASK_EXPLAIN,
        "task",
        f"{operation.code}/{task.code}",
        operation=operation.code,
        details={"reason": reason},
    )
    return task
