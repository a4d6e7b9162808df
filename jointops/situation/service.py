"""What can be asked of the daily picture, and its freezing at the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, db, ids, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import canonical_json
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import asked
from jointops.returns import facts, sums
from jointops.returns.models import FactStatus
from jointops.returns.sums import Selection
from jointops.situation import rules
from jointops.situation.figures import figures
from jointops.situation.models import SituationReport
from jointops.situation.picture import Situation, UnitLine

STATUS_OF_REPORTS = FactStatus.PROVISIONAL
"""Status of a frozen report's figures: at the deadline of a day hardly anything is verified yet."""


def situation(
    session: Session,
    actor: Actor,
    operation: Operation,
    *,
    day: date | None = None,
    as_known_at: datetime | None = None,
    status: FactStatus | str = FactStatus.PROVISIONAL,
) -> Situation:
    """Return who has reported and what it adds up to, as known at ``as_known_at`` (aware; default: now).

    ``day`` narrows it to one operational day. The answer for a past instant never changes. Raises NotAllowed, and
    :class:`Invalid` for an unknown status or a day outside the operation.
    """
    policy.require(actor, Action.SITUATION_READ, operations.subject(operation))
    at = as_known_at or clock.now()
    chosen = fact_status(status)
    version = plan_as_known(session, operation, at)
    plan = operations.document(version)
    if day is not None and day not in plan.span():
        raise _outside(plan, day)
    matrix, days = completeness(session, operation, plan, at, day)
    indicators = asked(plan)
    selected = Selection(at, chosen, first=day, last=day)
    until = Selection(at, chosen, last=day)
    return Situation(
        operation=operation.code,
        day=day,
        as_known_at=at,
        status=chosen,
        time_zone=plan.time_zone,
        plan_version=version.number,
        days=days,
        matrix=matrix,
        figures=figures(session, operation, indicators, selected),
        to_date=figures(session, operation, indicators, until) if day is not None else None,
    )


def completeness(
    session: Session, operation: Operation, plan: PlanDocument, at: datetime, day: date | None = None
) -> tuple[tuple[UnitLine, ...], tuple[date, ...]]:
    """Return the matrix of units by days as known at ``at``, and its days.

    The days are those on which a return was owed or came in, or just ``day``. Units that are no longer in the plan
    come last, as far as they had reported. Access is checked by the services that call this.
    """
    submitted = facts.submitted(session, operation, as_known_at=at)
    received = {(item.unit, item.day): item for item in submitted if not item.withdrawn}
    withdrawn = {(item.unit, item.day) for item in submitted if item.withdrawn}
    due = {unit.code: frozenset(plancalendar.due(plan, unit.code)) for unit in plan.units()}
    every_day = {owed for days in due.values() for owed in days} | {key[1] for key in received}
    days = tuple(sorted(every_day)) if day is None else (day,)
    late_after = {each: plancalendar.late_after(plan, each) for each in days}
    units = {
        unit.code: (participant.party, unit.authority)
        for participant in plan.participants
        for unit in participant.units
    }
    if any(item.unit not in units for item in received.values()):
        every_unit = sums.units(session, operation)
        units |= {item.unit: every_unit[item.unit] for item in received.values() if item.unit not in units}

    def cell(unit: str, each: date) -> rules.Cell:
        came = received.get((unit, each))
        receipt = (
            rules.Receipt(came.first_submitted_at, came.nil, came.accepted, came.revisions - 1)
            if came
            else None
        )
        return rules.cell(
            unit,
            each,
            expected=each in due.get(unit, ()),
            receipt=receipt,
            late_after=late_after[each],
            at=at,
            withdrawn=(unit, each) in withdrawn,
        )

    lines = (
        UnitLine(unit, party, authority, tuple(cell(unit, each) for each in days))
        for unit, (party, authority) in units.items()
    )
    return tuple(line for line in lines if _owes_or_came(line, due)), days


def _owes_or_came(line: UnitLine, due: dict[str, frozenset[date]]) -> bool:
    return bool(due.get(line.unit)) or any(cell.received for cell in line.cells)


def fact_status(status: FactStatus | str) -> FactStatus:
    """Return the status named; raises :class:`Invalid` with code ``unknown-status``."""
    try:
        return FactStatus(status)
    except ValueError:
        accepted = tuple(member.value for member in FactStatus)
        message = _("“${status}” is no status of figures.", mapping={"status": str(status)})
        raise Invalid([Problem("unknown-status", message, "/status", accepted)]) from None


def _outside(plan: PlanDocument, day: date) -> Invalid:
    span = plan.span()
    message = _(
        "${day} is not a day of ${operation}. Its days run from ${first} to ${last}.",
        mapping={
            "day": day,
            "operation": plan.code,
            "first": span.start,
            "last": span.end,
        },
    )
    return Invalid([Problem("day-outside-operation", message, "/day")])


# --- Reports -----------------------------------------------------------------------------------------------------


def reports(session: Session, actor: Actor, operation: Operation) -> Sequence[SituationReport]:
    """Return the frozen situation reports of an operation in the order of their days."""
    policy.require(actor, Action.SITUATION_READ, operations.subject(operation))
    return session.scalars(
        select(SituationReport)
        .where(SituationReport.operation_id == operation.id)
        .order_by(SituationReport.day)
    ).all()


def find_report(session: Session, actor: Actor, operation: Operation, day: date) -> SituationReport:
    """Return the frozen report of a day; raises :class:`NotFound` with code ``report-unknown``."""
    policy.require(actor, Action.SITUATION_READ, operations.subject(operation))
    report = session.scalar(_report_of(operation, day))
    if report is None:
        message = _("The situation report of ${day} is not frozen yet.", mapping={"day": day})
        raise NotFound("report-unknown", message)
    return report


def freeze_report(session: Session, actor: Actor, operation: Operation, day: date) -> SituationReport:
    """Freeze the picture of ``day`` as known at its deadline (grace included), and return the report.

    Asking again returns the report that is there: a report is made once, whoever comes first. Raises NotAllowed,
    :class:`Invalid` for a day outside the operation, and :class:`Conflict` ``before-deadline``.
    """
    policy.require(actor, Action.SITUATION_FREEZE, operations.subject(operation))
    there = session.scalar(_report_of(operation, day))
    if there is not None:
        return there
    # What is being written now may be known since before the deadline, and is to be seen.
    db.wait_for_writers(session, operation.id)
    now = clock.now()
    plan = operations.document(plan_as_known(session, operation, now))
    if day not in plan.span():
        raise _outside(plan, day)
    at = plancalendar.late_after(plan, day)
    if now <= at:
        message = _(
            "The report of ${day} can be frozen once its deadline has passed.",
            mapping={"day": day},
        )
        raise Conflict("before-deadline", message)
    picture = situation(session, actor, operation, day=day, as_known_at=at, status=STATUS_OF_REPORTS)
    content = picture.to_data()
    report = SituationReport(
        operation_id=operation.id,
        day=day,
        as_known_at=at,
        frozen_at=now,
        frozen_by=actor.name,
        content=content,
        sha256=ids.digest(canonical_json(content)),
    )
    try:
        with session.begin_nested():
            session.add(report)
    except IntegrityError:
        # Another process was faster; its report says the same.
        return session.scalars(_report_of(operation, day)).one()
    audit.record(
        session,
        actor,
        Action.SITUATION_FREEZE,
        "situation-report",
        f"{operation.code}/{day.isoformat()}",
        operation=operation.code,
        details={"as_known_at": clock.iso(at), "sha256": report.sha256},
    )
    return report


def freeze_report_of(session: Session, actor: Actor, code: str, day: date) -> SituationReport:
    """Freeze the report of an operation named by its code; like :func:`freeze_report`."""
    return freeze_report(session, actor, operations.find(session, actor, code), day)


def due_reports(session: Session, at: datetime) -> list[tuple[Operation, date]]:
    """Return the action days of running operations whose deadline has passed at ``at`` and that have no report yet.

    Exercises have a clock of their own: their reports are frozen by who plays them.
    """
    running = session.scalars(
        select(Operation)
        .where(Operation.state == OperationState.RUNNING, Operation.exercise.is_(False))
        .order_by(Operation.code)
    ).all()
    frozen = set(
        session.execute(
            select(SituationReport.operation_id, SituationReport.day).where(
                SituationReport.operation_id.in_([operation.id for operation in running])
            )
        ).all()
    )
    found = []
    for operation in running:
        plan = operations.document(plan_as_known(session, operation, at))
        found += [
            (operation, day)
            for day in plan.period.days()
            if (operation.id, day) not in frozen and plancalendar.late_after(plan, day) < at
        ]
    return found


def _report_of(operation: Operation, day: date) -> Select[SituationReport]:
    return select(SituationReport).where(
        SituationReport.operation_id == operation.id, SituationReport.day == day
    )
