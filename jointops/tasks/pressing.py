"""What presses in the operations that somebody coordinates: tasks that wait, were declined or are overdue."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.rules import today
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState, Task, TaskAssignment

_LIVE = frozenset({OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING})

WORDS = {
    "overdue": _("Overdue"),
    "declined": rules.STATE_LABELS["declined"],
    "assigned": _("Waiting for an answer"),
    "proposed": rules.STATE_LABELS["proposed"],
}
"""What a coordinator has to look after, the most pressing first."""


def counts(session: Session, actor: Actor) -> list[tuple[Operation, Counter[str]]]:
    """Return the live operations whose tasks the person gives out, with how many tasks press and why.

    Exercises are left out. One query more than the list of operations, however many there are.
    """
    mine = [
        operation
        for operation in operations.list_operations(session, actor)
        if operation.state in _LIVE
        and not operation.exercise
        and policy.allows(actor, Action.TASK_ASSIGN, operations.subject(operation))
    ]
    found = session.execute(
        select(Task.operation_id, Task.ends_on, Task.id, TaskAssignment.state)
        .join(TaskAssignment.task)
        .where(Task.operation_id.in_([operation.id for operation in mine]), Task.cancelled.is_(False))
    )
    states: dict[tuple[int, date, int], list[AssignmentState]] = defaultdict(list)
    for key, ends_on, task, state in found:
        states[key, ends_on, task].append(state)
    days = {operation.id: today(operation.time_zone, clock.now()) for operation in mine}
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for (key, ends_on, _task), parts in states.items():
        whole = rules.task_state(parts)
        counted[key]["overdue" if rules.is_overdue(whole, ends_on, days[key]) else whole.value] += 1
    return [(operation, counted[operation.id]) for operation in mine]


def shown(request: Request) -> list[dict[str, Any]]:
    """Return them for a page: only operations in which something presses."""
    return [
        {
            "code": operation.code,
            "title": label(operation.title, request.locale),
            "href": request.route_path("operation.tasks", code=operation.code),
            "parts": [
                {
                    "state": state,
                    "text": request.translate(text),
                    "count": counted[state],
                    "href": request.route_path(
                        "operation.tasks", code=operation.code, _query={"state": state}
                    ),
                }
                for state, text in WORDS.items()
                if counted[state]
            ],
        }
        for operation, counted in counts(request.db, request.actor)
        if any(counted[state] for state in WORDS)
    ]
