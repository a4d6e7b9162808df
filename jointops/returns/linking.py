"""Deciding about two incidents that look like one: linked into one joint result, dismissed, or taken back.

What is linked follows from the decisions that hold: the incidents that they connect, with what these name themselves,
are one joint result. A link holds for every later revision that reports the incident with the same indicator; a
revision without it, or with another indicator, leaves the joint result (see :mod:`jointops.returns.layers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, db, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import layers
from jointops.returns.models import (
    DuplicateDecision,
    JointResult,
)
from jointops.returns.regrouping import Node, derive, ends
from jointops.returns.sightings import IncidentKey, Sighting, sightings
from jointops.returns.telling import tell_linked

MAX_REASON = 2000


def link(
    session: Session,
    actor: Actor,
    operation: Operation,
    first: IncidentKey,
    second: IncidentKey,
    *,
    reason: str,
    counting: str | None = None,
) -> JointResult:
    """Make two incidents, and what they are linked to already, claims of one joint result from now on.

    Totals count it once: the figure of the unit ``counting`` (a code), by default of the one that reported first.
    Raises NotFound (``incident-unknown``), Invalid (``reason-missing``, ``same-unit``, ``indicators-differ``,
    ``counting-unknown``) or Conflict (``already-decided``, ``already-joint``, ``unit-in-both``).
    """
    one, other, text, at = _begin(session, actor, operation, first, second, reason)
    if one.indicator != other.indicator:
        raise Invalid(
            [
                Problem(
                    "indicators-differ",
                    _("These are figures of different indicators: they cannot be one result."),
                    "/second",
                )
            ]
        )
    if one.joint_result_id is not None and one.joint_result_id == other.joint_result_id:
        raise Conflict("already-joint", _("These are claims of one joint result already."))
    units = {one.key.unit: one.unit_id, other.key.unit: other.unit_id}
    if counting is not None and counting not in units:
        raise Invalid(
            [
                Problem(
                    "counting-unknown",
                    _("Choose which of the two units’ figures counts."),
                    "/counting",
                    tuple(units),
                )
            ]
        )
    decision = _decide(session, actor, operation, one, other, text, at, linked=True)
    decision.counting_id = (
        units[counting] if counting is not None else _counting_by_itself(session, one, other)
    )
    session.flush()
    whole = derive(session, actor, operation, [_node(one), _node(other)], text, at, joining=True)
    result = whole[_node(one)]
    _record(session, actor, operation, decision, one.key, other.key, "linked", {"joint_result": result.id})
    tell_linked(session, actor, operation, one, other, result)
    return result


def dismiss(
    session: Session,
    actor: Actor,
    operation: Operation,
    first: IncidentKey,
    second: IncidentKey,
    *,
    reason: str,
) -> DuplicateDecision:
    """Decide that two incidents are not the same; raises as :func:`link` does."""
    one, other, text, at = _begin(session, actor, operation, first, second, reason)
    decision = _decide(session, actor, operation, one, other, text, at, linked=False)
    session.flush()
    _record(session, actor, operation, decision, one.key, other.key, "dismissed", {})
    return decision


def undo(
    session: Session, actor: Actor, operation: Operation, decision_id: int, *, reason: str
) -> DuplicateDecision:
    """Take a decision back: what was linked by it alone is split from now on, what was dismissed is suspected again.

    Raises NotFound (``decision-unknown``), Conflict (``already-undone``) or Invalid (``reason-missing``).
    """
    policy.require(actor, Action.DUPLICATE_DECIDE, operations.subject(operation))
    text = _reason(reason)
    at = _alone(session, operation)
    decision = session.scalar(
        select(DuplicateDecision)
        .where(DuplicateDecision.id == decision_id, DuplicateDecision.operation_id == operation.id)
        .execution_options(populate_existing=True)
    )
    if decision is None:
        raise NotFound("decision-unknown", _("There is no such decision in this operation."))
    if decision.undone_at is not None:
        raise Conflict("already-undone", _("This decision was taken back already."))
    decision.undone_at, decision.undone_by = at, actor.name
    session.flush()
    nodes = ends(decision)
    if decision.linked:
        derive(session, actor, operation, nodes, decision.reason, at, joining=False)
    codes = dict(
        session.execute(
            select(ReportingUnit.id, ReportingUnit.code).where(
                ReportingUnit.id.in_([node[0] for node in nodes])
            )
        ).all()
    )
    keys = [IncidentKey(codes[unit], day, reference) for unit, day, reference in nodes]
    _record(session, actor, operation, decision, keys[0], keys[1], "undone", {"reason": text})
    return decision


# --- What all of them begin and end with -----------------------------------------------------------------------------


def _begin(
    session: Session,
    actor: Actor,
    operation: Operation,
    first: IncidentKey,
    second: IncidentKey,
    reason: str,
) -> tuple[Sighting, Sighting, str, datetime]:
    policy.require(actor, Action.DUPLICATE_DECIDE, operations.subject(operation))
    text = _reason(reason)
    if first.unit == second.unit:
        raise Invalid(
            [
                Problem(
                    "same-unit",
                    _("A joint result is one of several units; these are incidents of one."),
                    "/second",
                )
            ]
        )
    at = _alone(session, operation)
    found = {
        one.key: one for one in sightings(session, operation, references=[first.reference, second.reference])
    }
    for key, pointer in ((first, "/first"), (second, "/second")):
        if key not in found:
            raise NotFound(
                "incident-unknown",
                _(
                    "${unit} reports no incident ${reference} for ${day} now.",
                    mapping={"unit": key.unit, "reference": key.reference, "day": key.day},
                ),
                pointer,
            )
    one, other = sorted((found[first], found[second]), key=_node)
    return one, other, text, at


def _reason(reason: str) -> str:
    text = reason.strip()[:MAX_REASON]
    if not text:
        raise Invalid([Problem("reason-missing", _("Say why."), "/reason")])
    return text


def _alone(session: Session, operation: Operation) -> datetime:
    """Keep out whoever records returns of the operation; return the instant from which the decision holds."""
    db.wait_for_writers(session, operation.id)
    layers.lock_joint_results(session, operation.id)
    return clock.now()


def _node(sighting: Sighting) -> Node:
    return (sighting.unit_id, sighting.key.day, sighting.key.reference)


def _decide(
    session: Session,
    actor: Actor,
    operation: Operation,
    one: Sighting,
    other: Sighting,
    reason: str,
    at: datetime,
    *,
    linked: bool,
) -> DuplicateDecision:
    first, second = _node(one), _node(other)
    standing = session.scalars(
        select(DuplicateDecision.id).where(
            DuplicateDecision.operation_id == operation.id,
            DuplicateDecision.undone_at.is_(None),
            DuplicateDecision.first_unit_id == first[0],
            DuplicateDecision.first_day == first[1],
            DuplicateDecision.first_reference == first[2],
            DuplicateDecision.second_unit_id == second[0],
            DuplicateDecision.second_day == second[1],
            DuplicateDecision.second_reference == second[2],
        )
    ).first()
    if standing is not None:
        raise Conflict("already-decided", _("This was decided already. Take that decision back first."))
    decision = DuplicateDecision(
        operation_id=operation.id,
        first_unit_id=first[0],
        first_day=first[1],
        first_reference=first[2],
        second_unit_id=second[0],
        second_day=second[1],
        second_reference=second[2],
        linked=linked,
        reason=reason,
        decided_at=at,
        decided_by=actor.name,
    )
    session.add(decision)
    return decision


def _counting_by_itself(session: Session, one: Sighting, other: Sighting) -> int:
    """Return the unit whose figure counts unless one is chosen: that of the side that was reported first."""
    first = min((one, other), key=lambda each: (each.reported_at or clock.now(), each.return_id))
    if first.joint_result_id is None:
        return first.unit_id
    result = session.get_one(JointResult, first.joint_result_id)
    return result.counting_id if result.counting_id is not None else result.owner_id


def _record(
    session: Session,
    actor: Actor,
    operation: Operation,
    decision: DuplicateDecision,
    first: IncidentKey,
    second: IncidentKey,
    what: str,
    details: Mapping[str, object],
) -> None:
    audit.record(
        session,
        actor,
        Action.DUPLICATE_DECIDE,
        "duplicate",
        f"{operation.code}/{decision.id}",
        operation=operation.code,
        details={
            "decision": what,
            "first": str(first),
            "second": str(second),
            "reason": decision.reason,
            **details,
        },
    )
