"""How warnings are found: one, an operation's, those of a task or return; and who may do what with one.

Only the sender, the warned units with their national coordinators, and the operation's coordination, review and
audit know of a warning; nobody else learns that there is one.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from jointops.kernel import clock, policy
from jointops.kernel.errors import Conflict, NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role, Subject
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, Participant, ReportingUnit
from jointops.warnings.models import (
    SentWarning,
    WarningFeedback,
    WarningRecipient,
    WarningResult,
    WarningState,
)
from jointops.warnings.rules import WarningCounts


def list_warnings(session: Session, actor: Actor, operation: Operation) -> list[SentWarning]:
    """Return the operation's warnings that the person may read, the latest first, in a fixed number of queries."""
    policy.require(actor, Action.WARNING_LIST, operations.subject(operation))
    found = session.scalars(
        _whole().where(SentWarning.operation_id == operation.id).order_by(SentWarning.id.desc())
    )
    return [warning for warning in found if may(actor, Action.WARNING_READ, operation, warning)]


def find(session: Session, actor: Actor, operation: Operation, code: str) -> SentWarning:
    """Return one warning. Raises NotFound (``warning-unknown``) also for one that the person may not know of."""
    policy.require(actor, Action.WARNING_LIST, operations.subject(operation))
    found = session.scalar(_whole().where(SentWarning.operation_id == operation.id, SentWarning.code == code))
    if found is None or not may(actor, Action.WARNING_READ, operation, found):
        raise NotFound(
            "warning-unknown",
            _(
                "${operation} has no warning “${code}”, or it was not sent to you.",
                mapping={"operation": operation.code, "code": code},
            ),
        )
    return found


def unanswered(session: Session, actor: Actor) -> list[tuple[SentWarning, ReportingUnit]]:
    """Return the open warnings on which units of the person have not given feedback, with the unit, newest first."""
    parties, units = _spoken_for(actor)
    if not parties and not units:
        return []
    told = select(WarningFeedback.id).where(
        WarningFeedback.warning_id == WarningRecipient.warning_id,
        WarningFeedback.unit_id == WarningRecipient.unit_id,
    )
    rows = session.execute(
        select(SentWarning, ReportingUnit)
        .join(WarningRecipient, WarningRecipient.warning_id == SentWarning.id)
        .join(ReportingUnit, ReportingUnit.id == WarningRecipient.unit_id)
        .join(ReportingUnit.participant)
        .join(SentWarning.operation)
        .where(
            SentWarning.state == WarningState.OPEN,
            Operation.state.in_([OperationState.APPROVED, OperationState.RUNNING]),
            Operation.exercise.is_(False),
            or_(
                Participant.party.in_(parties) if parties else false(),
                ReportingUnit.code.in_(units) if units else false(),
            ),
            ~told.exists(),
        )
        .options(contains_eager(SentWarning.operation), contains_eager(ReportingUnit.participant))
        .order_by(SentWarning.id.desc(), ReportingUnit.position)
    )
    return [(warning, unit) for warning, unit in rows]


def open_warnings(session: Session, operation: Operation) -> list[SentWarning]:
    """Return the open warnings of an operation, the earliest first. Access is checked by the caller."""
    wanted = _whole().where(SentWarning.operation_id == operation.id, SentWarning.state == WarningState.OPEN)
    return list(session.scalars(wanted.order_by(SentWarning.id)))


def of_task(session: Session, actor: Actor, operation: Operation, task_code: str) -> list[SentWarning]:
    """Return the warnings that the person may read and that led to a task."""
    if not policy.allows(actor, Action.WARNING_LIST, operations.subject(operation)):
        return []
    return [
        warning
        for warning in list_warnings(session, actor, operation)
        if any(result.task is not None and result.task.code == task_code for result in standing(warning))
    ]


def of_return(
    session: Session, actor: Actor, operation: Operation, unit_code: str, day: date
) -> list[tuple[SentWarning, str]]:
    """Return the warnings that the person may read and that led to an incident of a return, with its reference."""
    if not policy.allows(actor, Action.WARNING_LIST, operations.subject(operation)):
        return []
    return [
        (warning, result.reference)
        for warning in list_warnings(session, actor, operation)
        for result in standing(warning)
        if result.unit is not None and (result.unit.code, result.day) == (unit_code, day)
    ]


def may(actor: Actor, action: Action, operation: Operation, warning: SentWarning) -> bool:
    """Say whether the person may do ``action`` to a warning, as its sender or as one of those warned.

    Changing it is the sender's alone; everything else is open to the units that were warned as well.
    """
    concerned = [] if warning.sender is None else [warning.sender]
    if action is not Action.WARNING_UPDATE:
        concerned += [recipient.unit for recipient in warning.recipients]
    return policy.allows(actor, action, operations.subject(operation)) or any(
        policy.allows(actor, action, subject_of(operation, unit)) for unit in concerned
    )


def answering(actor: Actor, operation: Operation, warning: SentWarning) -> list[ReportingUnit]:
    """Return the warned units for which the person may give feedback."""
    return [
        recipient.unit
        for recipient in warning.recipients
        if policy.allows(actor, Action.WARNING_ANSWER, subject_of(operation, recipient.unit))
    ]


def sending(actor: Actor, operation: Operation) -> list[ReportingUnit]:
    """Return the units in whose name the person may warn; the coordination centre's own name is not among them."""
    return [
        unit
        for unit in units_of(operation)
        if policy.allows(actor, Action.WARNING_CREATE, subject_of(operation, unit))
    ]


def units_of(operation: Operation) -> list[ReportingUnit]:
    """Return the units of the plan; their participants are read before them, in one query instead of one for each."""
    known = {participant.id for participant in operation.participants}
    return [unit for unit in operation.units if unit.in_plan and unit.participant_id in known]


def latest(warning: SentWarning) -> dict[int, WarningFeedback]:
    """Return what each unit told last, by the units' keys."""
    return {feedback.unit_id: feedback for feedback in warning.feedback}


def standing(warning: SentWarning) -> list[WarningResult]:
    """Return the results that are linked and were not taken back."""
    return [result for result in warning.results if result.taken_back_at is None]


def counts(session: Session, operation: Operation, as_known_at: datetime | None = None) -> WarningCounts:
    """Return what became of the operation's warnings as known at an instant (aware; ``None``: now).

    The answer for a past instant never changes. Access is checked by the caller.
    """
    at = as_known_at or clock.now()
    wanted = _whole().where(SentWarning.operation_id == operation.id, SentWarning.sent_at <= at)
    sent = session.scalars(wanted).all()
    answered = [{feedback.unit_id for feedback in one.feedback if feedback.at <= at} for one in sent]
    results = [
        sum(
            result.linked_at <= at and (result.taken_back_at is None or at < result.taken_back_at)
            for result in one.results
        )
        for one in sent
    ]
    return WarningCounts(
        sent=len(sent),
        withdrawn=sum(one.withdrawn_at is not None and one.withdrawn_at <= at for one in sent),
        with_feedback=sum(bool(units) for units in answered),
        with_result=sum(bool(number) for number in results),
        asked=sum(len(one.recipients) for one in sent),
        answered=sum(len(units) for units in answered),
        results=sum(results),
    )


def require_not_withdrawn(warning: SentWarning) -> None:
    """Raise Conflict (``warning-withdrawn``) for a warning to which nothing is added any more."""
    if warning.state is WarningState.WITHDRAWN:
        raise Conflict("warning-withdrawn", _("This warning is withdrawn: it was a mistake."))


def subject_of(operation: Operation, unit: ReportingUnit) -> Subject:
    """Return what the policy table is asked about when a unit acts in an operation."""
    return operations.subject(operation, party=unit.participant.party, unit=unit.code)


def _whole() -> Select[SentWarning]:
    return select(SentWarning).options(
        joinedload(SentWarning.sender).joinedload(ReportingUnit.participant),
        selectinload(SentWarning.recipients)
        .joinedload(WarningRecipient.unit)
        .joinedload(ReportingUnit.participant),
        selectinload(SentWarning.feedback).joinedload(WarningFeedback.unit),
        selectinload(SentWarning.results)
        .joinedload(WarningResult.unit)
        .joinedload(ReportingUnit.participant),
        selectinload(SentWarning.results).joinedload(WarningResult.task),
    )


def _spoken_for(actor: Actor) -> tuple[list[str], list[str]]:
    parties = [g.scope for g in actor.grants if g.role is Role.NATIONAL_COORDINATOR and g.scope]
    return parties, sorted(actor.units)
