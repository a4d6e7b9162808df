"""Leave to record a return after the freeze."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.returns.heads import key_of
from jointops.returns.models import LatePermit, Return, Revision
from jointops.returns.rulebooks import unit_of


def grant_permit(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    reason: str,
    expires_at: datetime,
) -> LatePermit:
    """Let ``unit_code`` record its return for ``day`` after the freeze, until ``expires_at`` (aware).

    Raises Invalid (``reason-missing``, ``expires-in-past``).
    """
    unit = unit_of(session, operation, unit_code)
    policy.require(
        actor,
        Action.RETURN_PERMIT,
        operations.subject(operation, party=unit.party, unit=unit.code),
    )
    at = clock.now()
    problems = []
    if not reason.strip():
        problems.append(
            Problem("reason-missing", _("Say why the return may come after the freeze."), "/reason")
        )
    if expires_at <= at:
        problems.append(Problem("expires-in-past", _("The permit would have ended already."), "/expires_at"))
    if problems:
        raise Invalid(problems)
    permit = LatePermit(
        operation_id=operation.id,
        unit_id=unit.id,
        day=day,
        reason=reason.strip(),
        granted_by=actor.name,
        granted_at=at,
        expires_at=expires_at,
    )
    session.add(permit)
    session.flush()
    audit.record(
        session,
        actor,
        Action.RETURN_PERMIT,
        "late permit",
        key_of(operation, unit, day),
        operation=operation.code,
        details={"reason": permit.reason, "expires_at": clock.iso(expires_at)},
    )
    return permit


@dataclass(frozen=True, slots=True)
class Given:
    """A permit with what became of it: ``used`` is when a revision was first recorded under it (UTC)."""

    permit: LatePermit
    unit: str
    used: datetime | None
    open: bool


def list_permits(session: Session, actor: Actor, operation: Operation) -> list[Given]:
    """Return the permits of ``operation`` for units whose returns the person may read, the first one first."""
    used = (
        select(LatePermit.id, func.min(Revision.recorded_at).label("at"))
        .join(Return, and_(Return.unit_id == LatePermit.unit_id, Return.day == LatePermit.day))
        .join(
            Revision,
            and_(
                Revision.return_id == Return.id,
                Revision.recorded_at >= LatePermit.granted_at,
                Revision.recorded_at < LatePermit.expires_at,
                Revision.recorded_at >= (operation.frozen_at or clock.now()),
            ),
        )
        .where(LatePermit.operation_id == operation.id)
        .group_by(LatePermit.id)
        .subquery()
    )
    found = session.execute(
        select(LatePermit, ReportingUnit.code, Participant.party, used.c.at)
        .join(ReportingUnit, ReportingUnit.id == LatePermit.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .outerjoin(used, used.c.id == LatePermit.id)
        .where(LatePermit.operation_id == operation.id)
        .order_by(LatePermit.granted_at, LatePermit.id)
    )
    now = clock.now()
    return [
        Given(permit, unit, at, permit.granted_at <= now < permit.expires_at)
        for permit, unit, party, at in found
        if policy.allows(actor, Action.RETURN_READ, operations.subject(operation, party=party, unit=unit))
    ]
