"""Writing facts: each status is a layer; setting a layer closes what was open and adds what is known now.

Facts are written nowhere else, and are only added and closed. That is what makes "as known at" answers stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from jointops.kernel import db
from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.operations.models import ReportingUnit
from jointops.returns import joint
from jointops.returns.joint import Claim, Figure, JointRow
from jointops.returns.models import Fact, FactStatus, Incident, JointResult, Return

# The table instead of the class: no object is made for a row, which matters at hundreds of returns a second.
FACTS = cast("Table", Fact.__table__)

# One statement of each for all calls: building it anew takes longer than many a database takes to run it.
_ADD_FACTS = insert(FACTS)
_OPEN_HERE = (
    FACTS.c.return_id == bindparam("here"),
    FACTS.c.status == bindparam("layer"),
    FACTS.c.known_to.is_(None),
)
_OPEN = select(FACTS.c.joint_result_id, FACTS.c.known_from).where(*_OPEN_HERE)
_CLOSE = update(FACTS).where(*_OPEN_HERE)
_FIRST_RECORDED = (
    select(
        FACTS.c.line,
        FACTS.c.indicator_id,
        FACTS.c.category,
        FACTS.c.action_area_id,
        FACTS.c.phase,
        FACTS.c.scope,
        FACTS.c.quantity,
        FACTS.c.incident_id,
        FACTS.c.joint_result_id,
        FACTS.c.certainty,
        FACTS.c.weight,
        FACTS.c.seizures,
        FACTS.c.given_quantity,
        FACTS.c.given_unit,
    )
    .where(
        # The day and the unit are the return's; they are named because they lead to the rows.
        FACTS.c.operation_id == bindparam("operation_id"),
        FACTS.c.status == FactStatus.PROVISIONAL,
        FACTS.c.day == bindparam("day"),
        FACTS.c.unit_id == bindparam("unit_id"),
        FACTS.c.return_id == bindparam("return_id"),
        FACTS.c.revision_id == bindparam("revision_id"),
    )
    .order_by(FACTS.c.line)
)

_JOINT_RESULTS = 1
"""The purpose of the lock on an operation's joint results."""


def set_layer(
    session: Session,
    head: Return,
    status: FactStatus,
    revision_id: int | None,
    figures: Sequence[Figure],
    at: datetime,
) -> None:
    """Make ``figures`` of the revision the facts of ``head`` at ``status``, from the instant ``at`` on.

    Without a revision and figures nothing is left at this status. Joint results that the return claimed or claims
    are settled with the other units' claims. Raises :class:`Conflict` (``recorded-before-latest``) when ``at`` lies
    before something already known of this return: the past is not rewritten.
    """
    touched = close(session, head, status, at)
    rows = [] if revision_id is None else own_facts(head, status, revision_id, figures, at)
    if rows:
        session.execute(_ADD_FACTS, rows)
    settle(session, head, status, revision_id, figures, at, touched)


def own_facts(
    head: Return, status: FactStatus, revision_id: int, figures: Sequence[Figure], at: datetime
) -> list[dict[str, Any]]:
    """Return the rows of the facts that ``figures`` are by themselves: all but joint results."""
    return [
        _row(head, revision_id, status, head.unit_id, figure, True, at)
        for figure in figures
        if figure.joint_result_id is None
    ]


def settle(
    session: Session,
    head: Return,
    status: FactStatus,
    revision_id: int | None,
    figures: Sequence[Figure],
    at: datetime,
    touched: set[int],
) -> None:
    """Settle the joint results that ``figures`` claim, and those ``touched`` that they did before."""
    claimed = {figure.joint_result_id: figure for figure in figures if figure.joint_result_id is not None}
    if claimed:
        lock_joint_results(session, head.operation_id)
    for joint_result_id in sorted(touched | claimed.keys()):
        own = claimed.get(joint_result_id)
        _settle(session, head, status, joint_result_id, revision_id if own else None, own, at)


def lock_joint_results(session: Session, operation_id: int) -> None:
    """Be the only one who works on the joint results of an operation until the transaction ends.

    They are rare, and one claim bears on the facts of others: one lock for all of them cannot deadlock.
    """
    db.alone(session, _JOINT_RESULTS, operation_id)


def figures_of(session: Session, head: Return, revision_id: int) -> list[Figure]:
    """Return the figures that a submitted revision carries, as they were first recorded."""
    keys = {"operation_id": head.operation_id, "day": head.day, "unit_id": head.unit_id}
    found = session.execute(_FIRST_RECORDED, {**keys, "return_id": head.id, "revision_id": revision_id})
    return list({row.line: Figure(*row) for row in found}.values())


def open_claims(session: Session, joint_result_id: int) -> list[Fact]:
    """Return the provisional facts in which units claim a joint result themselves."""
    return list(
        session.scalars(
            select(Fact)
            .join(Return, Return.id == Fact.return_id)
            .where(
                Fact.joint_result_id == joint_result_id,
                Fact.status == FactStatus.PROVISIONAL,
                Fact.known_to.is_(None),
                Fact.unit_id == Return.unit_id,
            )
        )
    )


def close(session: Session, head: Return, status: FactStatus, at: datetime) -> set[int]:
    """Close the open facts of a return at one status; return the joint results among them.

    Raises :class:`Conflict` (``recorded-before-latest``) when ``at`` lies before something already known.
    """
    here = {"here": head.id, "layer": status}
    found = session.execute(_OPEN, here).all()
    if not found:
        return set()
    touched = {joint_id for joint_id, _known_from in found if joint_id is not None}
    if touched:
        lock_joint_results(session, head.operation_id)
    latest = max(known_from for _joint, known_from in found)
    if at < latest:
        raise Conflict(
            "recorded-before-latest",
            _(
                "What was known of this return until ${latest} is on record already and cannot be changed from ${at}.",
                mapping={"latest": latest.isoformat(), "at": at.isoformat()},
            ),
        )
    session.execute(_CLOSE, {**here, "known_to": at})
    return touched


def _settle(
    session: Session,
    head: Return,
    status: FactStatus,
    joint_result_id: int,
    revision_id: int | None,
    own: Figure | None,
    at: datetime,
) -> None:
    """Bring the facts of one joint result at one status in line with the claims that hold now."""
    owner_id = session.scalars(select(JointResult.owner_id).where(JointResult.id == joint_result_id)).one()
    open_facts = list(
        session.execute(
            select(Fact, Return.unit_id, Incident.joint_with)
            .join(Return, Return.id == Fact.return_id)
            .join(Incident, Incident.id == Fact.incident_id)
            .where(Fact.joint_result_id == joint_result_id, Fact.status == status, Fact.known_to.is_(None))
        )
    )
    # Another unit's claim may have been recorded at a later instant than this change: nothing begins before it.
    at = max([at, *(fact.known_from for fact, _unit_id, _joint_with in open_facts)])
    keys = _unit_keys(session, head.operation_id)
    claims = [
        Claim(fact.return_id, fact.revision_id, fact.unit_id, _keys_of(joint_with, keys), _figure(fact))
        for fact, unit_id, joint_with in open_facts
        if unit_id == fact.unit_id and fact.return_id != head.id
    ]
    if own is not None and revision_id is not None:
        joint_with = session.scalars(select(Incident.joint_with).where(Incident.id == own.incident_id)).one()
        claims.append(Claim(head.id, revision_id, head.unit_id, _keys_of(joint_with, keys), own))
    wanted = {_identity(row): row for row in joint.rows(owner_id, claims)}
    held = set()
    for fact, _unit_id, _joint_with in open_facts:
        identity = (fact.unit_id, fact.return_id, fact.revision_id, fact.counts, _figure(fact))
        if identity in wanted:
            held.add(identity)
        else:
            fact.known_to = at
    session.flush()
    missing = [
        _row(head, row.claim.revision_id, status, row.unit_id, row.claim.figure, row.counts, at)
        | {"return_id": row.claim.return_id, "day": _day_of(session, row.claim.return_id, head)}
        for identity, row in wanted.items()
        if identity not in held
    ]
    if missing:
        session.execute(_ADD_FACTS, missing)


def _identity(row: JointRow) -> tuple[int, int, int, bool, Figure]:
    return (row.unit_id, row.claim.return_id, row.claim.revision_id, row.counts, row.claim.figure)


def _figure(fact: Fact) -> Figure:
    return Figure(
        fact.line,
        fact.indicator_id,
        fact.category,
        fact.action_area_id,
        fact.phase,
        fact.scope,
        fact.quantity,
        fact.incident_id,
        fact.joint_result_id,
        fact.certainty,
        fact.weight,
        fact.seizures,
        fact.given_quantity,
        fact.given_unit,
    )


def _unit_keys(session: Session, operation_id: int) -> dict[str, int]:
    found = session.execute(
        select(ReportingUnit.code, ReportingUnit.id).where(ReportingUnit.operation_id == operation_id)
    )
    return dict(found.all())


def _keys_of(codes: Sequence[str], keys: dict[str, int]) -> frozenset[int]:
    return frozenset(keys[code] for code in codes if code in keys)


def _day_of(session: Session, return_id: int, head: Return) -> Any:
    if return_id == head.id:
        return head.day
    return session.scalars(select(Return.day).where(Return.id == return_id)).one()


def _row(
    head: Return,
    revision_id: int,
    status: FactStatus,
    unit_id: int,
    figure: Figure,
    counts: bool,
    at: datetime,
) -> dict[str, Any]:
    return {
        "operation_id": head.operation_id,
        "return_id": head.id,
        "revision_id": revision_id,
        "unit_id": unit_id,
        "indicator_id": figure.indicator_id,
        "action_area_id": figure.action_area_id,
        "incident_id": figure.incident_id,
        "joint_result_id": figure.joint_result_id,
        "line": figure.number,
        "category": figure.category,
        "day": head.day,
        "phase": figure.phase,
        "scope": figure.scope,
        "status": status,
        "quantity": figure.quantity,
        "certainty": figure.certainty,
        "weight": figure.weight,
        "seizures": figure.seizures,
        "given_quantity": figure.given_quantity,
        "given_unit": figure.given_unit,
        "counts": counts,
        "known_from": at,
        "known_to": None,
    }
