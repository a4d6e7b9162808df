"""Inviting participants, asking for their answers until a deadline, and reminding who has not answered.

Part of the service of consultations (``service`` gives its names on): the same rules hold here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.config import DEFAULT_ANSWER_DAYS
from jointops.consultation import rules
from jointops.consultation.models import Contribution, Reminder, ReminderKind
from jointops.kernel import audit, clock, db, ids, policy
from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role
from jointops.notify import service as notify
from jointops.notify.rules import At, Named
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState, Participant, PlanVersion
from jointops.operations.plandoc import PlanDocument
from jointops.operations.rules import default_answer_by
from jointops.reference.catalogue import catalogue

_REMINDING = 2
"""The purpose of the lock that lets one process at a time remind the participants of an operation."""


# --- The deadline ----------------------------------------------------------------------------------


def set_deadline(
    session: Session,
    actor: Actor,
    operation: Operation,
    answer_by: datetime,
    *,
    expected_version: int | None = None,
) -> Operation:
    """Set until when (aware) participants are asked to answer; who has not answered is told of a new one.

    Raises Conflict (``not-in-consultation``), Invalid (``answer-by-past``, ``answer-by-late``), Stale.
    """
    policy.require(actor, Action.CONSULTATION_UPDATE, operations.subject(operation))
    operations.require_version(operation.version, expected_version)
    if operation.state not in {OperationState.DRAFT, OperationState.CONSULTATION}:
        raise _not_in_consultation(operation)
    before = operation.answer_by
    operations.set_answer_by(operation, answer_by)
    if before == answer_by:
        return operation
    operation.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        Action.CONSULTATION_UPDATE,
        "operation",
        operation.code,
        operation=operation.code,
        details={"answer_by": clock.iso(answer_by), "before": clock.iso(before) if before else None},
    )
    if operation.state is OperationState.CONSULTATION:
        _tell(
            session,
            actor,
            operation,
            _unanswered(operation),
            subject=_("${operation}: there is a new deadline for your answer", mapping=_named(operation)),
            text=_(
                "Please say until ${deadline} whether ${party} takes part in ${title}.",
                mapping=_named(operation),
            ),
        )
    return operation


@operations.on_transition
def _follow(session: Session, actor: Actor, operation: Operation, before: OperationState) -> None:
    """Tell participants of the steps that concern them: invitation, approval, and that nothing comes of it."""
    if operation.historical:
        return
    state = operation.state
    if state is OperationState.CONSULTATION:
        now = clock.now()
        if operation.answer_by is None or operation.answer_by <= now:
            days = session.info.get("answer_days", DEFAULT_ANSWER_DAYS)
            operation.answer_by = default_answer_by(operation.first_day, operation.time_zone, days, now)
            session.flush()
        _invite(session, actor, operation, _in_plan(operation))
    elif state is OperationState.APPROVED:
        _tell(
            session,
            actor,
            operation,
            _taking_part(operation),
            subject=_("${operation} is approved", mapping=_named(operation)),
            text=_(
                "The plan of ${title} is approved in version ${version}. The operation begins on ${day}.",
                mapping=_named(operation) | {"version": operation.plan_number, "day": operation.first_day},
            ),
            route="",
        )
    elif before is OperationState.CONSULTATION and state is OperationState.DRAFT:
        _tell(
            session,
            actor,
            operation,
            _in_plan(operation),
            subject=_("${operation} is being planned again", mapping=_named(operation)),
            text=_(
                "The plan of ${title} was taken back to be changed. You will be told when it is sent to "
                "consultation again; answers given so far are kept.",
                mapping=_named(operation),
            ),
            route=None,
        )
    elif state is OperationState.CANCELLED and before is not OperationState.DRAFT:
        _tell(
            session,
            actor,
            operation,
            _in_plan(operation),
            subject=_("${operation} is cancelled", mapping=_named(operation)),
            text=_("${title} does not take place.", mapping=_named(operation)),
            route="",
        )
    elif state is OperationState.CLOSED:
        _ask_for_actual(session, actor, operation)


@operations.on_plan_applied
def _invite_new(session: Session, actor: Actor, operation: Operation, _doc: PlanDocument) -> None:
    """Invite whoever comes into the plan while it is in consultation."""
    if operation.state is OperationState.CONSULTATION and not operation.historical:
        asked = set(
            session.scalars(
                select(Reminder.participant_id)
                .join(Reminder.participant)
                .where(Participant.operation_id == operation.id)
            )
        )
        _invite(session, actor, operation, [row for row in _in_plan(operation) if row.id not in asked])


@operations.on_amended
def _tell_of_amendment(session: Session, actor: Actor, operation: Operation, version: PlanVersion) -> None:
    """Tell reviewers of an amendment that waits, coordinators and participants of what was decided."""
    if operation.historical:
        return
    named = _named(operation) | {"version": version.number}
    path = f"/operations/{operation.code}/plan/amendments"
    if version.refusal is not None:
        notify.send(
            session,
            recipients=notify.audience(session, operation.code),
            subject=_("${operation}: the amendment of version ${version} was refused", mapping=named),
            text=version.refusal.reason,
            path=path,
            operation=operation.code,
            exercise=operation.exercise,
            but=actor.id,
        )
    elif version.approval is not None:
        parties = [row.party for row in _taking_part(operation)]
        notify.send(
            session,
            recipients=notify.audience(session, operation.code, party=parties),
            subject=_("${operation}: version ${version} of the plan is in force", mapping=named),
            text=_("The amendment of the plan of ${title} is approved.", mapping=named),
            path=f"/operations/{operation.code}",
            operation=operation.code,
            exercise=operation.exercise,
            but=actor.id,
        )
    else:
        notify.send(
            session,
            recipients=notify.audience(session, role=Role.REVIEWER),
            subject=_("${operation}: an amendment waits for approval", mapping=named),
            text=_(
                "Version ${version} of the plan of ${title} is not in force until it is approved.",
                mapping=named,
            ),
            path=path,
            operation=operation.code,
            exercise=operation.exercise,
            key=f"amendment:{operation.code}:{version.number}",
            but=actor.id,
        )


# --- Asking for answers ----------------------------------------------------------------------------


def remind(
    session: Session, actor: Actor, operation: Operation, parties: Sequence[str] | None = None
) -> list[Participant]:
    """Remind participants that have not answered now, all of them or those of ``parties``; returns whom.

    Raises Conflict (``not-in-consultation``), NotFound (``participant-unknown``), Conflict (``answered-already``).
    """
    policy.require(actor, Action.REMINDER_CREATE, operations.subject(operation))
    if operation.state is not OperationState.CONSULTATION:
        raise _not_in_consultation(operation)
    wanted = _unanswered(operation)
    if parties is not None:
        chosen = [operations.find_participant(operation, party) for party in parties]
        for participant in chosen:
            if participant.answer is not Answer.INVITED:
                message = _("${party} has answered already.", mapping={"party": participant.party})
                raise Conflict("answered-already", message)
        wanted = chosen
    key = f"by-hand:{ids.request_id()}"
    _ask(session, actor, operation, wanted, ReminderKind.BY_HAND, key, **_reminder(operation))
    audit.record(
        session,
        actor,
        Action.REMINDER_CREATE,
        "operation",
        operation.code,
        operation=operation.code,
        details={"parties": [participant.party for participant in wanted]},
    )
    return wanted


def operations_to_remind(session: Session) -> Sequence[Operation]:
    """Return the operations in consultation whose deadline is near; exercises are left out."""
    first, last = rules.OCCASIONS[0][1], rules.OCCASIONS[-1][1]
    now = clock.now()
    return session.scalars(
        select(Operation).where(
            Operation.state == OperationState.CONSULTATION,
            Operation.answer_by <= now - first,
            Operation.answer_by >= now - last - timedelta(days=2),
            Operation.exercise.is_(False),
            Operation.historical.is_(False),
        )
    ).all()


def remind_due(session: Session, actor: Actor, code: str) -> list[str]:
    """Remind the participants of an operation for whom a reminder is due now, and return their parties.

    Harmless to repeat: each occasion reminds a participant once, whoever comes first.
    """
    operation = operations.find(session, actor, code)
    policy.require(actor, Action.REMINDER_CREATE, operations.subject(operation))
    db.alone(session, _REMINDING, operation.id)
    if operation.state is not OperationState.CONSULTATION or operation.answer_by is None:
        return []
    last = asked_at(session, operation)
    now = clock.now()
    due: dict[tuple[ReminderKind, str], list[Participant]] = {}
    for participant in _unanswered(operation):
        found = rules.due_reminder(operation.answer_by, last.get(participant.id), now)
        if found is not None:
            due.setdefault(found, []).append(participant)
    reminded = []
    for (kind, key), participants in due.items():
        _ask(session, actor, operation, participants, kind, key, **_reminder(operation))
        reminded += [participant.party for participant in participants]
    if reminded:
        audit.record(
            session,
            actor,
            Action.REMINDER_CREATE,
            "operation",
            operation.code,
            operation=operation.code,
            details={"parties": reminded},
        )
    return reminded


def asked_at(session: Session, operation: Operation) -> Mapping[int, datetime]:
    """Return when each participant was last asked, by the participants' keys."""
    wanted = (
        select(Reminder.participant_id, func.max(Reminder.sent_at).label("at"))
        .join(Reminder.participant)
        .where(Participant.operation_id == operation.id)
        .group_by(Reminder.participant_id)
    )
    return {row.participant_id: row.at for row in session.execute(wanted)}


def reminders(session: Session, actor: Actor, operation: Operation) -> Sequence[Reminder]:
    """Return when the participants were asked, the latest first; for those who may remind them."""
    policy.require(actor, Action.REMINDER_CREATE, operations.subject(operation))
    return session.scalars(
        select(Reminder)
        .join(Reminder.participant)
        .where(Participant.operation_id == operation.id)
        .order_by(Reminder.sent_at.desc(), Reminder.id.desc())
    ).all()


def _invite(
    session: Session, actor: Actor, operation: Operation, participants: Sequence[Participant]
) -> None:
    """Invite participants; those who have answered an earlier round are asked to look again."""
    # Every step and every change of an operation has a version of its own.
    key = f"invitation:{operation.version}"
    new = [row for row in participants if row.answer is Answer.INVITED]
    if operation.answer_by is None:
        text = _(
            "Please say whether ${party} takes part in ${title}, with which authorities and contributions."
        )
    else:
        text = _(
            "Please say until ${deadline} whether ${party} takes part in ${title}, with which authorities and "
            "contributions."
        )
    _ask(
        session,
        actor,
        operation,
        new,
        ReminderKind.INVITATION,
        key,
        subject=_("${party} is invited to ${operation}"),
        text=text,
    )
    _ask(
        session,
        actor,
        operation,
        [row for row in participants if row.answer is not Answer.INVITED],
        ReminderKind.INVITATION,
        key,
        subject=_("${operation} is in consultation again"),
        text=_("The plan of ${title} was changed. Please look whether the answer of ${party} still holds."),
    )


def _reminder(operation: Operation) -> dict[str, str]:
    if operation.answer_by is None:
        text = _("${party} has not answered the invitation to ${title} yet. Please answer now.")
    elif operation.answer_by <= clock.now():
        text = _(
            "The deadline for the answer of ${party} to the invitation to ${title} was ${deadline}. "
            "Please answer now."
        )
    else:
        text = _("${party} has not answered the invitation to ${title} yet. Please answer until ${deadline}.")
    return {"subject": _("${operation} waits for the answer of ${party}"), "text": text}


def _ask(
    session: Session,
    actor: Actor,
    operation: Operation,
    participants: Sequence[Participant],
    kind: ReminderKind,
    key: str,
    *,
    subject: str,
    text: str,
) -> None:
    """Ask each of ``participants`` for its answer and note that; ``subject`` and ``text`` lack their values."""
    people = (
        notify.national_coordinators(session, [row.party for row in participants]) if participants else {}
    )
    for row in participants:
        mapping = _named(operation, row.party)
        told = notify.send(
            session,
            recipients=people[row.party],
            subject=subject % mapping,
            text=text % mapping,
            path=f"/operations/{operation.code}/participants/{row.party}",
            operation=operation.code,
            exercise=operation.exercise,
        )
        session.add(
            Reminder(
                participant_id=row.id,
                kind=kind,
                key=key,
                sent_at=clock.now(),
                sent_by=actor.name,
                people=told,
            )
        )
    session.flush()


def _ask_for_actual(session: Session, actor: Actor, operation: Operation) -> None:
    """Ask those who pledged something to write down what came."""
    pledged = set(
        session.scalars(
            select(Contribution.participant_id)
            .join(Contribution.participant)
            .where(Participant.operation_id == operation.id, Contribution.known_to.is_(None))
        )
    )
    _tell(
        session,
        actor,
        operation,
        [row for row in _taking_part(operation) if row.id in pledged],
        subject=_("${operation}: what did ${party} bring?", mapping=_named(operation)),
        text=_(
            "${title} is closed. Please write down what ${party} brought of what it pledged.",
            mapping=_named(operation),
        ),
        route="contributions",
    )


def _tell(
    session: Session,
    actor: Actor,
    operation: Operation,
    participants: Iterable[Participant],
    *,
    subject: str,
    text: str,
    route: str | None = "answer",
) -> None:
    """Tell the national coordinators of ``participants`` something about an operation.

    ``route`` says where it leads: to the answer or the contributions of the participant, to the plan (``""``), or
    nowhere that is open to them (``None``).
    """
    rows = list(participants)
    people = notify.national_coordinators(session, [row.party for row in rows]) if rows else {}
    for row in rows:
        own = f"/operations/{operation.code}/participants/{row.party}"
        path = {
            "answer": own,
            "contributions": f"{own}/contributions",
            "": f"/operations/{operation.code}",
        }.get(route or "", "/operations")
        party = {"party": _party(row.party)}
        notify.send(
            session,
            recipients=people[row.party],
            subject=subject % party,
            text=text % party,
            path="/operations" if route is None else path,
            operation=operation.code,
            exercise=operation.exercise,
            but=actor.id,
        )


def _named(operation: Operation, party: str | None = None) -> dict[str, object]:
    """Return the values that texts about an operation may have."""
    values: dict[str, object] = {"operation": operation.code, "title": Named(operation.title)}
    if operation.answer_by is not None:
        values["deadline"] = At(operation.answer_by, operation.time_zone)
    if party is not None:
        values["party"] = _party(party)
    return values


def _party(code: str) -> object:
    known = catalogue().parties.get(code)
    if known is None:
        return code
    return Named(known.labels) if known.kind == "country" else known.short


def _in_plan(operation: Operation) -> list[Participant]:
    return [row for row in operation.participants if row.in_plan]


def _taking_part(operation: Operation) -> list[Participant]:
    return [row for row in _in_plan(operation) if row.answer is not Answer.DECLINED]


def _unanswered(operation: Operation) -> list[Participant]:
    return [row for row in _in_plan(operation) if row.answer is Answer.INVITED]


def _not_in_consultation(operation: Operation) -> Conflict:
    message = _(
        "${operation} is not in consultation: nobody is asked for an answer.",
        mapping={"operation": operation.code},
    )
    return Conflict("not-in-consultation", message)
