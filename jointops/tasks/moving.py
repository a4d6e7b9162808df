"""Moving a task on the board: a step of all its units for which the reader may take it, at once or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jointops.kernel.errors import Conflict, Invalid, NotAllowed, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.tasks import rules, service
from jointops.tasks.models import AssignmentState


@dataclass(frozen=True, slots=True)
class Chosen:
    """A move that is possible: of which task, to which state, for which units (codes with titles)."""

    task: str
    title: Mapping[str, str]
    target: AssignmentState
    verb: str
    need: rules.Need | None
    units: tuple[tuple[str, Mapping[str, str]], ...]
    version: int


def find(session: Session, actor: Actor, operation: Operation, code: str, to: str) -> Chosen:
    """Return what the person can do to take a task to the state ``to``.

    Raises :class:`NotFound` (``task-unknown``), :class:`Invalid` (``state-unknown``), :class:`Conflict` with the code
    of what stands in the way of every unit, :class:`NotAllowed` when it is a right.
    """
    task = service.find(session, actor, operation, code)
    target = _state(to)
    offered = [
        (assignment, offer)
        for assignment in sorted(task.assignments, key=lambda a: a.unit.position)
        for offer in service.offers(actor, operation, task, assignment)
        if offer.step.target is target
    ]
    possible = [(assignment, offer.step) for assignment, offer in offered if offer.refusal is None]
    if not possible:
        raise _refusal([offer.refusal for _assignment, offer in offered if offer.refusal is not None])
    step = min((step for _assignment, step in possible), key=rules.STEPS.index)
    return Chosen(
        task=task.code,
        title=task.title,
        target=target,
        verb=step.verb,
        need=step.need,
        units=tuple((assignment.unit.code, assignment.unit.title) for assignment, _step in possible),
        version=task.version,
    )


def make(
    session: Session,
    actor: Actor,
    operation: Operation,
    move: Chosen,
    units: Sequence[str],
    text: str,
    version: int | None,
) -> list[str]:
    """Take ``units`` of the move (none named: all of it) the step, and return their codes.

    ``version`` is that of the task as the person saw it. Raises as :func:`service.step`; then none has moved, as the
    caller's transaction is given up.
    """
    known = [code for code, _title in move.units]
    wanted = list(dict.fromkeys(units)) or known
    for index, unit in enumerate(wanted):
        service.step(
            session,
            actor,
            operation,
            move.task,
            unit,
            move.target,
            text,
            expected_task_version=version if index == 0 else None,
        )
    return wanted


def _state(text: str) -> AssignmentState:
    try:
        return AssignmentState(text)
    except ValueError:
        accepted = tuple(state.value for state in AssignmentState)
        message = _("There is no state “${state}”.", mapping={"state": text})
        raise Invalid([Problem("state-unknown", message, "/to", accepted)]) from None


def _refusal(problems: Sequence[Problem]) -> Conflict | NotAllowed:
    if not problems:
        return Conflict("no-such-step", _("No unit of this task can go there from where it is."), "/to")
    if problems[0].code == "not-allowed":
        return NotAllowed("not-allowed", problems[0].message)
    return Conflict(problems[0].code, problems[0].message, problems[0].pointer, problems[0].accepted)
