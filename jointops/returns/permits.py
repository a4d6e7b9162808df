"""Leave to record a return after the freeze."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns.heads import key_of
from jointops.returns.models import LatePermit
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
