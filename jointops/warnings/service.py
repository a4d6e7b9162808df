"""What can be done with warnings: send one, tell what was found, link what came of it, end it.

Only the sender, the warned units with their national coordinators, and the operation's coordination, review and
audit know of a warning; nobody else learns that there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from jointops.accounts.models import Person
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role, Subject
from jointops.notify import service as notify
from jointops.operations import service as operations
from jointops.operations.models import (
    AuthorityType,
    Operation,
    OperationState,
    Participant,
    ReportingUnit,
)
from jointops.returns.finding import find_return
from jointops.tasks import service as tasks
from jointops.warnings import rules
from jointops.warnings.models import (
    FeedbackAnswer,
    SentWarning,
    WarningFeedback,
    WarningRecipient,
    WarningResult,
    WarningState,
)
from jointops.warnings.rules import WarningCounts, WarningInput

# --- Finding ---------------------------------------------------------------------------------------------------------


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
        policy.allows(actor, action, _subject(operation, unit)) for unit in concerned
    )


def answering(actor: Actor, operation: Operation, warning: SentWarning) -> list[ReportingUnit]:
    """Return the warned units for which the person may give feedback."""
    return [
        recipient.unit
        for recipient in warning.recipients
        if policy.allows(actor, Action.WARNING_ANSWER, _subject(operation, recipient.unit))
    ]


def sending(actor: Actor, operation: Operation) -> list[ReportingUnit]:
    """Return the units in whose name the person may warn; the coordination centre's own name is not among them."""
    return [
        unit
        for unit in units_of(operation)
        if policy.allows(actor, Action.WARNING_CREATE, _subject(operation, unit))
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


# --- Sending ---------------------------------------------------------------------------------------------------------


def send(session: Session, actor: Actor, operation: Operation, given: WarningInput) -> SentWarning:
    """Send a warning to other units and tell them.

    A type of authority stands for all its units in the plan but the sender. Raises :class:`Invalid` (``text-missing``,
    ``too-long``, ``unit-unknown``, ``authority-unknown``, ``recipients-missing``, ``window-reversed``,
    ``nobody-to-warn``, and ``personal-data-suspected`` unless the text was looked at again).
    """
    units = {unit.code: unit for unit in units_of(operation)}
    sender = units.get(given.sender or "")
    subject = operations.subject(operation) if sender is None else _subject(operation, sender)
    policy.require(actor, Action.WARNING_CREATE, subject)
    frame = rules.Frame(tuple(units), tuple(authority.value for authority in AuthorityType))
    problems = rules.problems_of(given, frame)
    warned = [
        unit
        for unit in units.values()
        if unit is not sender and (unit.code in given.units or unit.authority.value == given.authority)
    ]
    if not problems and not warned:
        message = _("This reaches nobody: the operation has no other such unit.")
        problems.append(Problem("nobody-to-warn", message, "/units"))
    texts = {f"/{name}": getattr(given, name) for name in ("title", "watch_for", "expected_at")}
    problems += rules.personal_data(given.checked, texts)
    if problems:
        raise Invalid(problems)
    # Two people warning at once must not both take the same number.
    session.execute(select(Operation.id).where(Operation.id == operation.id).with_for_update())
    taken = session.scalars(select(SentWarning.code).where(SentWarning.operation_id == operation.id)).all()
    now = clock.now()
    warning = SentWarning(
        operation=operation,
        sender=sender,
        code=rules.next_code(taken),
        kind=given.kind,
        title=given.title.strip(),
        watch_for=given.watch_for.strip(),
        expected_at=given.expected_at.strip(),
        since=given.since or now,
        until=given.until,
        authority=given.authority,
        state=WarningState.OPEN,
        reason="",
        sent_at=now,
        sent_by=actor.name,
        version=1,
        recipients=[WarningRecipient(unit=unit) for unit in warned],
    )
    session.add(warning)
    session.flush()
    codes = [unit.code for unit in warned]
    _record(session, actor, Action.WARNING_CREATE, warning, {"from": given.sender, "to": codes})
    notify.send(
        session,
        recipients=_people(session, warned),
        subject=_("Warning ${code} in ${operation}", mapping=_named(warning)),
        text=_(
            "${sender} asks your unit to watch for something in ${operation}. Read the warning and tell what you find.",
            mapping={**_named(warning), "sender": sender.code if sender else _("The coordination centre")},
        ),
        path=_path(warning),
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )
    return warning


def give_feedback(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    unit_code: str,
    answer: FeedbackAnswer,
    text: str = "",
    *,
    checked: bool = False,
) -> WarningFeedback:
    """Tell what a warned unit found; it may tell again. The sender is told of it.

    Raises NotFound (``warning-unknown``, ``unit-not-warned``), Conflict (``warning-withdrawn``), Invalid
    (``too-long``, ``text-missing`` for what was found, ``personal-data-suspected``).
    """
    warning = find(session, actor, operation, code)
    unit = next((one.unit for one in warning.recipients if one.unit.code == unit_code), None)
    if unit is None:
        raise NotFound(
            "unit-not-warned",
            _("${code} was not sent to the unit ${unit}.", mapping={"code": code, "unit": unit_code}),
            "/unit",
            [one.unit.code for one in warning.recipients],
        )
    policy.require(actor, Action.WARNING_ANSWER, _subject(operation, unit))
    _require_not_withdrawn(warning)
    problems = rules.feedback_problems(text)
    if answer is FeedbackAnswer.FOUND and not text.strip():
        problems.append(Problem("text-missing", _("Say what was found, and where."), "/text"))
    problems += rules.personal_data(checked, {"/text": text})
    if problems:
        raise Invalid(problems)
    feedback = WarningFeedback(
        warning_id=warning.id,
        unit=unit,
        answer=answer,
        text=text.strip(),
        at=clock.now(),
        actor_name=actor.name,
    )
    warning.feedback.append(feedback)
    session.flush()
    _record(session, actor, Action.WARNING_ANSWER, warning, {"unit": unit.code, "answer": answer.value})
    if answer is FeedbackAnswer.FOUND:
        _tell_sender(
            session,
            actor,
            warning,
            _("${unit} found what ${code} warns of", mapping={"unit": unit.code, "code": code}),
            _(
                "${unit} gave feedback on your warning in ${operation}.",
                mapping={**_named(warning), "unit": unit.code},
            ),
        )
    return feedback


# --- Results ---------------------------------------------------------------------------------------------------------


def link_incident(
    session: Session, actor: Actor, operation: Operation, code: str, unit_code: str, day: date, reference: str
) -> WarningResult:
    """Link an incident of a unit's return of one day to the warning that led to it.

    Raises NotFound (``warning-unknown``, ``unit-unknown``, ``return-unknown``), Invalid (``incident-unknown``),
    Conflict (``result-linked`` when it is linked already, ``warning-withdrawn``).
    """
    warning = find(session, actor, operation, code)
    unit = operations.find_unit(session, operation, unit_code)
    policy.require(actor, Action.WARNING_LINK, _subject(operation, unit))
    _require_not_withdrawn(warning)
    found = find_return(session, actor, operation, unit_code, day)
    known = [incident.reference for incident in found.revisions[-1].incidents]
    reference = reference.strip()
    if reference not in known:
        message = _(
            "The return of ${unit} for ${day} has no incident “${reference}”.",
            mapping={"unit": unit_code, "day": day, "reference": reference},
        )
        raise Invalid([Problem("incident-unknown", message, "/reference", tuple(known))])
    for result in standing(warning):
        if (result.unit_id, result.day, result.reference) == (unit.id, day, reference):
            raise _linked_already()
    details = {"unit": unit_code, "day": day.isoformat(), "reference": reference}
    return _link(session, actor, warning, WarningResult(unit=unit, day=day, reference=reference), details)


def link_task(
    session: Session, actor: Actor, operation: Operation, code: str, task_code: str
) -> WarningResult:
    """Link a task to the warning that led to it.

    The sender and the warned units may. Raises NotFound (``warning-unknown``, ``task-unknown``), Conflict
    (``result-linked``, ``warning-withdrawn``).
    """
    warning = find(session, actor, operation, code)
    if not may(actor, Action.WARNING_LINK, operation, warning):
        policy.require(actor, Action.WARNING_LINK, operations.subject(operation))
    _require_not_withdrawn(warning)
    task = tasks.find(session, actor, operation, task_code)
    if any(result.task_id == task.id for result in standing(warning)):
        raise _linked_already()
    return _link(session, actor, warning, WarningResult(task=task, reference=""), {"task": task_code})


def take_back(session: Session, actor: Actor, operation: Operation, code: str, result_id: int) -> SentWarning:
    """Take back a link that was a mistake. Raises NotFound (``warning-unknown``, ``result-unknown``)."""
    warning = find(session, actor, operation, code)
    result = next((one for one in standing(warning) if one.id == result_id), None)
    if result is None:
        raise NotFound("result-unknown", _("No such result is linked to this warning."))
    if result.unit is not None:
        policy.require(actor, Action.WARNING_LINK, _subject(operation, result.unit))
    elif not may(actor, Action.WARNING_LINK, operation, warning):
        policy.require(actor, Action.WARNING_LINK, operations.subject(operation))
    result.taken_back_at = clock.now()
    warning.version += 1
    session.flush()
    _record(session, actor, Action.WARNING_LINK, warning, {"taken-back": str(result.id)})
    return warning


def _link(
    session: Session, actor: Actor, warning: SentWarning, result: WarningResult, details: Mapping[str, str]
) -> WarningResult:
    result.linked_at, result.linked_by = clock.now(), actor.name
    warning.results.append(result)
    warning.version += 1
    session.flush()
    _record(session, actor, Action.WARNING_LINK, warning, details)
    _tell_sender(
        session,
        actor,
        warning,
        _("${code} led to a result", mapping=_named(warning)),
        _("A result is linked to your warning in ${operation}.", mapping=_named(warning)),
    )
    return result


# --- The end of a warning --------------------------------------------------------------------------------------------


def end(
    session: Session,
    actor: Actor,
    operation: Operation,
    code: str,
    to: WarningState,
    reason: str = "",
    *,
    expected_version: int | None = None,
) -> SentWarning:
    """Close a warning, or withdraw one that was a mistake; those who were warned are told that it is withdrawn.

    Only the sender does, or the coordination. Raises Conflict (``warning-ended``, ``no-such-step``), Invalid
    (``reason-missing`` to withdraw), Stale.
    """
    warning = find(session, actor, operation, code)
    if not may(actor, Action.WARNING_UPDATE, operation, warning):
        policy.require(actor, Action.WARNING_UPDATE, operations.subject(operation))
    if expected_version is not None and expected_version != warning.version:
        raise Stale(
            _("Somebody changed this warning since you opened it. Look at it again."),
            given=str(expected_version),
            current=str(warning.version),
        )
    if to is WarningState.OPEN:
        message = _("A warning is not opened again: send a new one.")
        raise Conflict(
            "no-such-step", message, "/to", (WarningState.CLOSED.value, WarningState.WITHDRAWN.value)
        )
    if warning.state is not WarningState.OPEN:
        message = _(
            "${code} is over already (it is: ${state}).",
            mapping={"code": code, "state": rules.STATE_LABELS[warning.state]},
        )
        raise Conflict("warning-ended", message)
    reason = reason.strip()
    if to is WarningState.WITHDRAWN and not reason:
        message = _("Say why. Everybody who was warned reads it.")
        raise Invalid([Problem("reason-missing", message, "/reason")])
    if problems := rules.feedback_problems(reason):
        raise Invalid(problems)
    warning.state, warning.reason = to, reason
    now = clock.now()
    if to is WarningState.WITHDRAWN:
        warning.withdrawn_at = now
    else:
        warning.closed_at = now
    warning.version += 1
    session.flush()
    _record(session, actor, Action.WARNING_UPDATE, warning, {"to": to.value, "reason": reason})
    if to is WarningState.WITHDRAWN:
        notify.send(
            session,
            recipients=_people(session, [recipient.unit for recipient in warning.recipients]),
            subject=_("Warning ${code} in ${operation} is withdrawn", mapping=_named(warning)),
            text=_("You need not watch for it any more."),
            path=_path(warning),
            operation=operation.code,
            exercise=operation.exercise,
            but=actor.id,
        )
    return warning


# --- Below -----------------------------------------------------------------------------------------------------------


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


def _subject(operation: Operation, unit: ReportingUnit) -> Subject:
    return operations.subject(operation, party=unit.participant.party, unit=unit.code)


def _spoken_for(actor: Actor) -> tuple[list[str], list[str]]:
    parties = [g.scope for g in actor.grants if g.role is Role.NATIONAL_COORDINATOR and g.scope]
    return parties, sorted(actor.units)


def _require_not_withdrawn(warning: SentWarning) -> None:
    if warning.state is WarningState.WITHDRAWN:
        raise Conflict("warning-withdrawn", _("This warning is withdrawn: it was a mistake."))


def _linked_already() -> Conflict:
    return Conflict("result-linked", _("This is linked to the warning already."))


def _people(session: Session, units: Collection[ReportingUnit]) -> Sequence[Person]:
    parties = {unit.participant.party for unit in units}
    return notify.audience(session, party=sorted(parties), unit=sorted(unit.code for unit in units))


def _tell_sender(session: Session, actor: Actor, warning: SentWarning, subject: str, text: str) -> None:
    operation = warning.operation
    people = (
        notify.audience(session, operation.code)
        if warning.sender is None
        else _people(session, [warning.sender])
    )
    notify.send(
        session,
        recipients=people,
        subject=subject,
        text=text,
        path=_path(warning),
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )


def _named(warning: SentWarning) -> dict[str, str]:
    return {"code": warning.code, "operation": warning.operation.code}


def _path(warning: SentWarning) -> str:
    return f"/operations/{warning.operation.code}/warnings/{warning.code}"


def _record(
    session: Session, actor: Actor, action: Action, warning: SentWarning, details: Mapping[str, object]
) -> None:
    operation = warning.operation.code
    audit.record(
        session, actor, action, "warning", f"{operation}/{warning.code}", operation=operation, details=details
    )
