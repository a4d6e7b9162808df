"""Requests for input: a unit of a task asks another one something, and the task stays as it is.

The question and the answer are kept with the task. The people of the unit that is asked are told of the question,
those who asked of the answer.
"""

from __future__ import annotations

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.notify import service as notices
from jointops.operations import service as operations
from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.operations.rules import ENDED
from jointops.tasks import rules
from jointops.tasks.finding import locked, spoken_for
from jointops.tasks.models import InputRequest, Task

MOST_REQUESTS = 500
"""Questions about one task: far more than anybody asks."""


def ask(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    *,
    unit: str,
    question: str,
    asking: str | None = None,
) -> InputRequest:
    """Ask a unit of the task for input; ``asking`` is the unit that asks, ``None`` for the coordination centre.

    People who speak for exactly one unit of the task need not name it. Raises :class:`NotAllowed`,
    :class:`NotFound` (``task-unknown``), :class:`Conflict` (``operation-ended``, ``task-cancelled``,
    ``too-many-requests``) and :class:`Invalid` (``question-missing``, ``too-long``, ``unit-not-asked``,
    ``unit-missing``, ``asks-itself``).
    """
    task = locked(session, actor, operation, code)
    asking = asking or _speaks_for(actor, operation, task)
    policy.require(actor, Action.TASK_INPUT_ASK, operations.subject(operation, unit=asking))
    _require_open(operation, task)
    units = {assignment.unit.code: assignment.unit for assignment in task.assignments}
    question = question.strip()
    problems = _text_problems(question, "question-missing", _("Write what you want to know."), "/question")
    for name, given in (("unit", unit), ("asking", asking)):
        if given is not None and given not in units:
            message = _(
                "The task ${task} is not given to the unit ${unit}.", mapping={"task": code, "unit": given}
            )
            problems.append(Problem("unit-not-asked", message, f"/{name}", tuple(units)))
    if unit == asking:
        problems.append(
            Problem("asks-itself", _("A unit cannot ask itself. Choose another one."), "/unit", tuple(units))
        )
    if problems:
        raise Invalid(problems)
    number = 1 + (
        session.scalar(select(func.max(InputRequest.number)).where(InputRequest.task_id == task.id)) or 0
    )
    if number > MOST_REQUESTS:
        raise Conflict("too-many-requests", _("This task has too many questions. Use another way to ask."))
    request = InputRequest(
        task=task,
        number=number,
        asked_by_unit=units[asking] if asking else None,
        unit=units[unit],
        question=question,
        asked_by=actor.name,
        asked_at=clock.now(),
        answer="",
        answered_by="",
        answered_at=None,
    )
    session.add(request)
    session.flush()
    _record(session, actor, Action.TASK_INPUT_ASK, task, request, {"unit": unit, "asking": asking or ""})
    notices.send(
        session,
        recipients=notices.audience(session, unit=unit, party=units[unit].participant.party),
        subject=_("${unit} is asked for input to ${task}", mapping={"unit": unit, "task": code}),
        text=_(
            "${who} asks ${unit} about the task ${task}: ${question}",
            mapping={"who": asking or actor.name, "unit": unit, "task": code, "question": question},
        ),
        path=_path(operation, task),
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )
    return request


def answer(
    session: Session, actor: Actor, operation: Operation, code: str, number: int, text: str
) -> InputRequest:
    """Answer a request for input, once. Raises :class:`NotAllowed`, :class:`NotFound` (``task-unknown``,
    ``request-unknown``), :class:`Conflict` (``operation-ended``, ``already-answered``) and :class:`Invalid`
    (``answer-missing``, ``too-long``).
    """
    task = locked(session, actor, operation, code)
    request = next((one for one in requests_of(session, actor, task) if one.number == number), None)
    if request is None:
        raise NotFound(
            "request-unknown",
            _("The task ${task} has no question ${number}.", mapping={"task": code, "number": number}),
        )
    unit = request.unit
    policy.require(
        actor,
        Action.TASK_INPUT_ANSWER,
        operations.subject(operation, party=unit.participant.party, unit=unit.code),
    )
    if operation.state in ENDED:
        raise _ended(operation)
    if request.answered_at is not None:
        raise Conflict("already-answered", _("This question has been answered already."))
    text = text.strip()
    problems = _text_problems(text, "answer-missing", _("Write the answer."), "/answer")
    if problems:
        raise Invalid(problems)
    request.answer = text
    request.answered_by = actor.name
    request.answered_at = clock.now()
    session.flush()
    _record(session, actor, Action.TASK_INPUT_ANSWER, task, request, {"unit": unit.code})
    asked_by = request.asked_by_unit
    notices.send(
        session,
        recipients=notices.audience(session, unit=asked_by.code, party=asked_by.participant.party)
        if asked_by
        else notices.audience(session, operation.code),
        subject=_("${unit} has answered about ${task}", mapping={"unit": unit.code, "task": code}),
        text=_(
            "${unit} answers your question about the task ${task}: ${answer}",
            mapping={"unit": unit.code, "task": code, "answer": text},
        ),
        path=_path(operation, task),
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )
    return request


def requests_of(session: Session, actor: Actor, task: Task) -> list[InputRequest]:
    """Return the questions about a task and their answers, the oldest first, with their units."""
    policy.require(actor, Action.TASK_READ, operations.subject(task.operation))
    return list(
        session.scalars(
            select(InputRequest)
            .where(InputRequest.task_id == task.id)
            .options(
                joinedload(InputRequest.unit).joinedload(ReportingUnit.participant),
                joinedload(InputRequest.asked_by_unit).joinedload(ReportingUnit.participant),
            )
            .order_by(InputRequest.number)
        )
    )


def waiting_for(session: Session, actor: Actor, operation: Operation | None = None) -> list[InputRequest]:
    """Return the questions that the person's country or unit has not answered, the oldest first.

    Without ``operation``: in every operation that goes on and is open to them. Tasks and operations are loaded.
    """
    parties, units = spoken_for(actor)
    if not parties and not units:
        return []
    query = (
        select(InputRequest)
        .join(InputRequest.task)
        .join(Task.operation)
        .join(InputRequest.unit)
        .join(ReportingUnit.participant)
        .where(
            InputRequest.answered_at.is_(None),
            or_(
                Participant.party.in_(parties) if parties else false(),
                ReportingUnit.code.in_(units) if units else false(),
            ),
            Operation.state.not_in(ENDED),
            Task.cancelled.is_(False),
        )
        .options(
            contains_eager(InputRequest.unit).contains_eager(ReportingUnit.participant),
            contains_eager(InputRequest.task)
            .contains_eager(Task.operation)
            .selectinload(Operation.participants),
        )
        .order_by(InputRequest.id)
    )
    if operation is not None:
        query = query.where(Task.operation_id == operation.id)
    else:
        query = query.where(Operation.exercise.is_(False))
    return [
        request
        for request in session.scalars(query)
        if policy.allows(actor, Action.TASK_READ, operations.subject(request.task.operation))
    ]


def may_ask_for(actor: Actor, operation: Operation, task: Task) -> list[str | None]:
    """Return in whose name the person may ask about a task: units of it, ``None`` for the coordination centre."""
    own: list[str | None] = [
        a.unit.code
        for a in task.assignments
        if a.state not in rules.GIVEN_UP
        and policy.allows(
            actor,
            Action.TASK_INPUT_ASK,
            operations.subject(operation, party=a.unit.participant.party, unit=a.unit.code),
        )
    ]
    if policy.allows(actor, Action.TASK_INPUT_ASK, operations.subject(operation)):
        return [None, *own]
    return own


def _speaks_for(actor: Actor, operation: Operation, task: Task) -> str | None:
    names = may_ask_for(actor, operation, task)
    if len(names) > 1 and None not in names:
        own = tuple(name for name in names if name)
        raise Invalid([Problem("unit-missing", _("Say which of your units asks."), "/asking", own)])
    return names[0] if names else None


def _require_open(operation: Operation, task: Task) -> None:
    if operation.state in ENDED:
        raise _ended(operation)
    if task.cancelled:
        raise Conflict("task-cancelled", _("The whole task is cancelled."))


def _ended(operation: Operation) -> Conflict:
    message = _(
        "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
    )
    return Conflict("operation-ended", message)


def _text_problems(text: str, code: str, missing: str, pointer: str) -> list[Problem]:
    if not text:
        return [Problem(code, missing, pointer)]
    if len(text) > rules.TEXT_LENGTH:
        message = _("This text has at most ${count} characters.", mapping={"count": rules.TEXT_LENGTH})
        return [Problem("too-long", message, pointer)]
    return []


def _path(operation: Operation, task: Task) -> str:
    return f"/operations/{operation.code}/tasks/{task.code}#requests"


def _record(
    session: Session,
    actor: Actor,
    action: Action,
    task: Task,
    request: InputRequest,
    details: dict[str, str],
) -> None:
    code = task.operation.code
    audit.record(
        session,
        actor,
        action,
        "task",
        f"{code}/{task.code}",
        operation=code,
        details={"request": request.number, **details},
    )
