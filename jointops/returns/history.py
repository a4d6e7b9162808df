"""Reading what is on record of returns, for pages, API and exports. Whoever calls has asked ``service`` for access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from jointops.operations.models import Operation, ReportingUnit
from jointops.returns.models import Incident, JointResult, LatePermit, Return, Revision

_AT_ONCE = 500
"""Keys that one query names: SQLite takes a limited number of parameters."""


@dataclass(frozen=True, slots=True)
class JointClaim:
    """A unit that reports a joint result itself, for which day, and whether the result is its own (counted there)."""

    unit: str
    day: date
    owns: bool


def latest_revisions(session: Session, returns: Sequence[Return]) -> Mapping[int, Revision]:
    """Return the latest revision of each return, by the return's key; one query for five hundred returns."""
    found: dict[int, Revision] = {}
    for start in range(0, len(returns), _AT_ONCE):
        keys = [head.id for head in returns[start : start + _AT_ONCE]]
        query = (
            select(Revision)
            .join(Return, and_(Return.id == Revision.return_id, Return.latest_number == Revision.number))
            .where(Return.id.in_(keys))
        )
        found.update((revision.return_id, revision) for revision in session.scalars(query))
    return found


def content_on_record(
    session: Session, operation: Operation, unit: ReportingUnit, day: date
) -> dict[str, Any] | None:
    """Return what the latest revision of a unit's return for a day says, or ``None`` without one."""
    return session.scalar(
        select(Revision.content)
        .join(Return, and_(Return.id == Revision.return_id, Return.latest_number == Revision.number))
        .where(Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day)
    )


def head(session: Session, operation: Operation, unit: ReportingUnit, day: date) -> Return | None:
    """Return a unit's return for a day, or ``None`` when there is none yet."""
    return session.scalar(
        select(Return).where(
            Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day
        )
    )


def joint_claims(session: Session, incidents: Iterable[Incident]) -> Mapping[int, Sequence[JointClaim]]:
    """Return who claims the joint results of ``incidents`` by their latest revisions, by the joint result's key."""
    keys = {incident.joint_result_id for incident in incidents if incident.joint_result_id is not None}
    if not keys:
        return {}
    owner = aliased(ReportingUnit)
    query = (
        select(JointResult.id, ReportingUnit.code, Return.day, owner.id == ReportingUnit.id)
        .join(Incident, Incident.joint_result_id == JointResult.id)
        .join(Revision, Revision.id == Incident.revision_id)
        .join(Return, and_(Return.id == Revision.return_id, Return.latest_number == Revision.number))
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(owner, owner.id == JointResult.owner_id)
        .where(JointResult.id.in_(keys))
        .order_by(ReportingUnit.code, Return.day)
    )
    claims: dict[int, list[JointClaim]] = defaultdict(list)
    for key, code, day, owns in session.execute(query):
        claims[key].append(JointClaim(code, day, bool(owns)))
    return claims


def permits(session: Session, unit: ReportingUnit, day: date) -> Sequence[LatePermit]:
    """Return the permits to record a return after the freeze, the newest first."""
    return session.scalars(
        select(LatePermit)
        .where(LatePermit.unit_id == unit.id, LatePermit.day == day)
        .order_by(LatePermit.granted_at.desc(), LatePermit.id.desc())
    ).all()


def is_open(permit: LatePermit, at: datetime) -> bool:
    """Whether a permit holds at the (aware) instant ``at``."""
    return permit.granted_at <= at < permit.expires_at
