"""Reading suspected duplicates, what was decided about them, and joint results, as far as a person may."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select, true
from sqlalchemy.orm import Session

from jointops.kernel import policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Indicator, Operation, Participant, ReportingUnit
from jointops.returns import duplicates
from jointops.returns.duplicates import Pair
from jointops.returns.models import (
    DuplicateDecision,
    Fact,
    FactStatus,
    Incident,
    JointLink,
    JointResult,
    Return,
    Revision,
)
from jointops.returns.sightings import IncidentKey, Sighting, sightings


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that holds. ``first`` and ``second`` are the incidents as they stand now, where they still do."""

    id: int
    keys: tuple[IncidentKey, IncidentKey]
    linked: bool
    counting: str | None
    reason: str
    decided_at: datetime
    decided_by: str
    first: Sighting | None
    second: Sighting | None

    @property
    def joint_result_id(self) -> int | None:
        """The joint result that both are part of now."""
        results = {each.joint_result_id for each in (self.first, self.second) if each is not None}
        return next(iter(results)) if self.linked and len(results) == 1 else None


@dataclass(frozen=True, slots=True)
class Found:
    """Suspected pairs, the surest first, and the decisions that hold, the latest first."""

    suspected: Sequence[Pair]
    decided: Sequence[Decided]


def suspected(session: Session, actor: Actor, operation: Operation) -> Found:
    """Return what looks like double counting in an operation, and what was decided; three queries however many.

    Incidents that are claims of one joint result already, or about which was decided, are not suspected.
    """
    policy.require(actor, Action.DUPLICATE_READ, operations.subject(operation))
    return _found(session, operation)


def _found(session: Session, operation: Operation) -> Found:
    incidents = sightings(session, operation)
    decided = _decided(session, operation, {each.key: each for each in incidents})
    done = {decision.keys for decision in decided}
    pairs = duplicates.pairs(incidents, operation.time_zone)
    return Found([pair for pair in pairs if pair.keys not in done], decided)


def _decided(session: Session, operation: Operation, now: dict[IncidentKey, Sighting]) -> list[Decided]:
    codes = dict(
        session.execute(
            select(ReportingUnit.id, ReportingUnit.code).where(ReportingUnit.operation_id == operation.id)
        ).all()
    )
    rows = session.scalars(
        select(DuplicateDecision)
        .where(DuplicateDecision.operation_id == operation.id, DuplicateDecision.undone_at.is_(None))
        .order_by(DuplicateDecision.id.desc())
    )
    found = []
    for row in rows:
        first = IncidentKey(codes[row.first_unit_id], row.first_day, row.first_reference)
        second = IncidentKey(codes[row.second_unit_id], row.second_day, row.second_reference)
        keys = (min(first, second), max(first, second))
        found.append(
            Decided(
                row.id,
                keys,
                row.linked,
                None if row.counting_id is None else codes[row.counting_id],
                row.reason,
                row.decided_at,
                row.decided_by,
                now.get(keys[0]),
                now.get(keys[1]),
            )
        )
    return found


# --- How many are open -----------------------------------------------------------------------------------------------

_KEPT = 64
_counts: WeakKeyDictionary[Engine, OrderedDict[tuple[Any, ...], int]] = WeakKeyDictionary()
_counts_lock = Lock()


def open_count(session: Session, operation: Operation) -> int:
    """Return how many suspected duplicates are open in an operation.

    It is worked out anew when a return or a decision changed since; asking whether one did is one query. How many
    they are may be known by all who may see the totals; the callers check that.
    """
    content = (
        select(
            func.count(Revision.id),
            func.max(Revision.id),
            func.max(Revision.recorded_at),
            func.max(Revision.sha256),
            func.min(Revision.sha256),
        )
        .join(Return, Return.id == Revision.return_id)
        .where(Return.operation_id == operation.id)
    )
    decisions = select(
        func.count(DuplicateDecision.id),
        func.max(DuplicateDecision.id),
        func.count(DuplicateDecision.undone_at),
    ).where(DuplicateDecision.operation_id == operation.id)
    states = select(func.sum(Return.version)).where(Return.operation_id == operation.id)
    one, other, third = content.subquery(), decisions.subquery(), states.subquery()
    all_of_it = select(one, other, third).select_from(one.join(other, true()).join(third, true()))
    state = (operation.id, operation.code, *session.execute(all_of_it).one())
    if not state[2]:
        return 0
    engine = session.get_bind().engine
    with _counts_lock:
        known = _counts.setdefault(engine, OrderedDict())
        if state in known:
            known.move_to_end(state)
            return known[state]
    many = len(_found(session, operation).suspected)
    with _counts_lock:
        known[state] = many
        while len(known) > _KEPT:
            known.popitem(last=False)
    return many


# --- One joint result ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """One unit's part in a joint result: what it is credited with since when, and by whose report.

    ``linked_by`` and ``reason`` are the coordinator's, where the unit did not name the result itself.
    """

    unit: str
    party: str
    own: bool
    day: date
    reference: str
    quantity: Decimal
    counts: bool
    since: datetime
    linked_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class JointShown:
    """A joint result as it stands now: its indicator (code), unit of measure, and claims, the counting one first."""

    id: int
    reference: str
    owner: str
    indicator: str
    measure: str
    claims: Sequence[ClaimShown]


def joint_result(session: Session, actor: Actor, operation: Operation, key: int) -> JointShown:
    """Return a joint result with who contributed and what counts.

    Whoever may read the return of one of its units may read it. Raises NotFound (``joint-result-unknown``).
    """
    result = session.scalar(
        select(JointResult).where(JointResult.id == key, JointResult.operation_id == operation.id)
    )
    if result is not None and result.part_of_id is not None:
        result = session.get_one(JointResult, result.part_of_id)
    claims, indicator, measure = ([], "", "") if result is None else _claims(session, operation, result.id)
    may = policy.allows(actor, Action.DUPLICATE_READ, operations.subject(operation)) or any(
        policy.allows(
            actor, Action.RETURN_READ, operations.subject(operation, party=claim.party, unit=claim.unit)
        )
        for claim in claims
    )
    if result is None or not may:
        raise NotFound("joint-result-unknown", _("There is no such joint result in this operation."))
    return JointShown(result.id, result.reference, result.owner.code, indicator, measure, claims)


def _claims(session: Session, operation: Operation, key: int) -> tuple[list[ClaimShown], str, str]:
    rows = session.execute(
        select(Fact, ReportingUnit.code, Participant.party, Return, Incident.reference, Indicator)
        .join(Return, Return.id == Fact.return_id)
        .join(Incident, Incident.id == Fact.incident_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .join(ReportingUnit, ReportingUnit.id == Fact.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(Fact.joint_result_id == key, Fact.status == FactStatus.PROVISIONAL, Fact.known_to.is_(None))
        .order_by(Fact.counts.desc(), ReportingUnit.position)
    ).all()
    links = {
        (link.unit_id, link.day, link.reference): link
        for link in session.scalars(
            select(JointLink).where(
                JointLink.operation_id == operation.id,
                JointLink.joint_result_id == key,
                JointLink.undone_at.is_(None),
            )
        )
    }
    claims = []
    for fact, unit, party, head, reference, _indicator in rows:
        own = fact.unit_id == head.unit_id
        link = links.get((head.unit_id, head.day, reference)) if own else None
        claims.append(
            ClaimShown(
                unit,
                party,
                own,
                fact.day,
                reference,
                fact.quantity,
                fact.counts,
                fact.known_from,
                link.linked_by if link else "",
                link.reason if link else "",
            )
        )
    first = rows[0][5] if rows else None
    return claims, first.code if first else "", first.unit if first else ""
