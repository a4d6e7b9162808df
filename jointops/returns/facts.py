"""Reading facts: what is known at an instant and a status, in one grouped query.

Everything that adds figures up (situation, evaluation, exports) starts from :func:`cells`, so that a figure means the
same everywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from jointops.operations.models import ActionArea, Indicator, Operation, Participant, ReportingUnit
from jointops.returns.models import (
    Fact,
    FactStatus,
    Incident,
    Phase,
    Return,
    ReviewStep,
    Revision,
    Scope,
    Step,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The sum of the facts that agree in everything but their return's line, in the indicator's base unit.

    ``unit``, ``party`` and ``authority`` say whom it is credited to. Totals add the cells that ``count``; a view of
    one contributor adds all that are credited to it. ``joint`` names the joint result a cell belongs to, so that a
    view of several units counts it once for them together. ``category`` ``""`` is "not specified", ``action_area``
    ``None`` likewise.
    """

    indicator: str
    category: str
    action_area: str | None
    unit: str
    party: str
    authority: str
    day: date
    phase: Phase
    scope: Scope
    counts: bool
    joint: int | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Received:
    """What had come in for one unit and day: when first, how many revisions, whether the latest is a nil return.

    ``withdrawn``: the latest says that there is no return after all. What came before a withdrawal does not count.
    """

    unit: str
    party: str
    day: date
    first_submitted_at: datetime
    revisions: int
    nil: bool
    accepted: bool
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One fact behind a figure, with the revision, receipt and people it comes from."""

    unit: str
    credited_to: str
    day: date
    indicator: str
    category: str
    action_area: str | None
    quantity: Decimal
    counts: bool
    revision: int
    sha256: str
    recorded_at: datetime
    recorded_by: str
    known_from: datetime
    known_to: datetime | None
    reference: str | None
    joint: int | None
    phase: Phase
    scope: Scope


def known(status: FactStatus, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a fact was known at ``status`` at the instant ``at``."""
    return and_(
        Fact.status == status, Fact.known_from <= at, or_(Fact.known_to.is_(None), Fact.known_to > at)
    )


def cells(
    session: Session,
    operation: Operation,
    *,
    as_known_at: datetime,
    status: FactStatus,
    indicators: Collection[str] | None = None,
    units: Collection[str] | None = None,
    days: Collection[date] | None = None,
) -> list[Cell]:
    """Return all figures of ``operation`` as known at ``as_known_at`` (aware) at ``status``, in a fixed order.

    The facts are read once. ``indicators``, ``units`` and ``days`` narrow it. Access is checked by the services
    that call this.
    """
    grain = (
        Fact.indicator_id,
        Fact.category,
        Fact.action_area_id,
        Fact.unit_id,
        Fact.day,
        Fact.phase,
        Fact.scope,
        Fact.counts,
        Fact.joint_result_id,
    )
    query = (
        select(*grain, func.sum(Fact.quantity, type_=Fact.quantity.type))
        .where(Fact.operation_id == operation.id, known(status, as_known_at))
        .group_by(*grain)
    )
    named = _Names(session, operation)
    if indicators is not None:
        query = query.where(
            Fact.indicator_id.in_([k for k, c in named.indicators.items() if c in indicators])
        )
    if units is not None:
        query = query.where(Fact.unit_id.in_([k for k, u in named.units.items() if u[0] in units]))
    if days is not None:
        query = query.where(Fact.day.in_(list(days)))
    found = [
        Cell(
            named.indicators[indicator],
            category,
            None if area is None else named.areas[area],
            *named.units[unit],
            day,
            phase,
            scope,
            counts,
            joint,
            quantity,
        )
        for indicator, category, area, unit, day, phase, scope, counts, joint, quantity in session.execute(
            query
        )
    ]
    return sorted(
        found,
        key=lambda c: (
            c.indicator,
            c.category,
            c.action_area or "",
            c.unit,
            c.day,
            c.phase,
            c.scope,
            c.counts,
            c.joint or 0,
        ),
    )


class _Names:
    """The codes of one operation's indicators, areas and units (code, party, authority) by key."""

    def __init__(self, session: Session, operation: Operation) -> None:
        self.indicators: dict[int, str] = _codes(session, Indicator, operation)
        self.areas: dict[int, str] = _codes(session, ActionArea, operation)
        self.units: dict[int, tuple[str, str, str]] = {
            key: (code, party, authority)
            for key, code, party, authority in session.execute(
                select(ReportingUnit.id, ReportingUnit.code, Participant.party, ReportingUnit.authority)
                .join(Participant, Participant.id == ReportingUnit.participant_id)
                .where(ReportingUnit.operation_id == operation.id)
            )
        }


def _codes(
    session: Session, table: type[Indicator] | type[ActionArea], operation: Operation
) -> dict[int, str]:
    found = session.execute(select(table.id, table.code).where(table.operation_id == operation.id))
    return dict(found.all())


def received(session: Session, operation: Operation, *, as_known_at: datetime) -> list[Received]:
    """Return what had been submitted at ``as_known_at``, one row for each unit and day, in order of unit and day."""
    return [item for item in submitted(session, operation, as_known_at=as_known_at) if not item.withdrawn]


def submitted(session: Session, operation: Operation, *, as_known_at: datetime) -> list[Received]:
    """Return what had been submitted at ``as_known_at``, with what had been withdrawn by then."""
    sent = (
        select(ReviewStep.revision_id, func.min(ReviewStep.at).label("at"))
        .where(ReviewStep.step == Step.SUBMITTED, ReviewStep.at <= as_known_at)
        .group_by(ReviewStep.revision_id)
        .subquery()
    )
    accepted = (
        select(ReviewStep.revision_id)
        .where(ReviewStep.step == Step.ACCEPTED, ReviewStep.at <= as_known_at)
        .distinct()
        .subquery()
    )
    query = (
        select(
            ReportingUnit.code,
            Participant.party,
            Return.day,
            sent.c.at,
            Revision.withdrawn,
            Revision.nil,
            accepted.c.revision_id.is_not(None),
        )
        .join(Revision, Revision.return_id == Return.id)
        .join(sent, sent.c.revision_id == Revision.id)
        .outerjoin(accepted, accepted.c.revision_id == Revision.id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(Return.operation_id == operation.id)
        .order_by(ReportingUnit.code, Return.day, Revision.number)
    )
    rows: dict[tuple[str, date], Received] = {}
    for unit, party, day, at, withdrawn, nil, is_accepted in session.execute(query):
        earlier = rows.get((unit, day))
        if earlier is not None and earlier.withdrawn:
            earlier = None
        rows[unit, day] = Received(
            unit,
            party,
            day,
            min(at, earlier.first_submitted_at) if earlier else at,
            earlier.revisions + 1 if earlier else 1,
            nil,
            bool(is_accepted),
            bool(withdrawn),
        )
    return list(rows.values())


def sources(
    session: Session,
    operation: Operation,
    *,
    as_known_at: datetime,
    status: FactStatus,
    indicator: str,
    category: str | None = None,
    unit: str | None = None,
    party: str | None = None,
    authority: str | None = None,
    action_area: str | None = None,
    day: date | None = None,
    until: date | None = None,
    scope: Scope | None = None,
    phase: Phase | None = None,
) -> list[Source]:
    """Return the facts behind one figure, each with its return, revision and receipt.

    ``category`` and ``action_area`` ``""`` ask for what is not specified; ``None`` for all. For a unit, party or
    authority what is credited to it is listed, else what totals count. ``until`` is the last day, included.
    """
    reporting = (
        select(Return.id, ReportingUnit.code)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .where(Return.operation_id == operation.id)
        .subquery()
    )
    query = (
        select(
            reporting.c.code,
            ReportingUnit.code,
            Fact.day,
            Indicator.code,
            Fact.category,
            ActionArea.code,
            Fact.quantity,
            Fact.counts,
            Revision.number,
            Revision.sha256,
            Revision.recorded_at,
            Revision.recorded_by,
            Fact.known_from,
            Fact.known_to,
            Incident.reference,
            Fact.joint_result_id,
            Fact.phase,
            Fact.scope,
        )
        .join(reporting, reporting.c.id == Fact.return_id)
        .join(Revision, Revision.id == Fact.revision_id)
        .join(ReportingUnit, ReportingUnit.id == Fact.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .outerjoin(ActionArea, ActionArea.id == Fact.action_area_id)
        .outerjoin(Incident, Incident.id == Fact.incident_id)
        .where(Fact.operation_id == operation.id, known(status, as_known_at), Indicator.code == indicator)
        .order_by(Fact.day, ReportingUnit.code, Fact.line)
    )
    conditions: list[ColumnElement[bool]] = []
    if category is not None:
        conditions.append(Fact.category == category)
    if action_area is not None:
        conditions.append(ActionArea.code == action_area if action_area else Fact.action_area_id.is_(None))
    if day is not None:
        conditions.append(Fact.day == day)
    if until is not None:
        conditions.append(Fact.day <= until)
    if scope is not None:
        conditions.append(Fact.scope == scope)
    if phase is not None:
        conditions.append(Fact.phase == phase)
    if unit is not None:
        conditions.append(ReportingUnit.code == unit)
    if party is not None:
        conditions.append(Participant.party == party)
    if authority is not None:
        conditions.append(ReportingUnit.authority == authority)
    if unit is None and party is None and authority is None:
        conditions.append(Fact.counts.is_(True))
    return [Source(*row) for row in session.execute(query.where(*conditions))]
