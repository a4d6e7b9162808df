"""Writing facts: each status is a layer; setting a layer closes what was open and adds what is known now.

Facts are written nowhere else, and are only added and closed. That is what makes "as known at" answers stay the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from jointops.kernel import db
from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.operations.models import ReportingUnit
from jointops.returns import joint
from jointops.returns.joint import Claim, Figure, JointRow
from jointops.returns.models import (
    Fact,
    FactStatus,
    Incident,
    JointLink,
    JointResult,
    Return,
    Revision,
)

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
    .order_by(FACTS.c.line, FACTS.c.id)
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
    """Return the figures that a submitted revision carries, as they were first recorded.

    Which joint result an incident is part of is said as it stands now: it may have been linked or split since.
    """
    keys = {"operation_id": head.operation_id, "day": head.day, "unit_id": head.unit_id}
    found = session.execute(_FIRST_RECORDED, {**keys, "return_id": head.id, "revision_id": revision_id})
    figures = list({row.line: Figure(*row) for row in found}.values())
    if all(figure.incident_id is None for figure in figures):
        return figures
    query = _claiming(select(Incident.id, CLAIMED)).where(Incident.revision_id == revision_id)
    claimed: dict[int, int | None] = {row[0]: row[1] for row in session.execute(query)}
    return [
        figure
        if figure.incident_id is None
        else replace(figure, joint_result_id=claimed.get(figure.incident_id))
        for figure in figures
    ]


CLAIMED = func.coalesce(JointLink.joint_result_id, JointResult.part_of_id, JointResult.id)
"""The joint result that an incident is part of: the one it was linked to, else the one that it names itself."""


def _claiming(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join to a query of incidents what :data:`CLAIMED` needs; their returns can then be asked of it too."""
    return (
        query.join(Revision, Revision.id == Incident.revision_id)
        .join(Return, Return.id == Revision.return_id)
        .outerjoin(JointResult, JointResult.id == Incident.joint_result_id)
        .outerjoin(
            JointLink,
            and_(
                JointLink.operation_id == Return.operation_id,
                JointLink.unit_id == Return.unit_id,
                JointLink.day == Return.day,
                JointLink.reference == Incident.reference,
                JointLink.undone_at.is_(None),
            ),
        )
    )


def regroup(
    session: Session, operation_id: int, references: Collection[str], results: Collection[int], at: datetime
) -> None:
    """Bring the facts of incidents in line with the joint results that they are part of now, from ``at`` on.

    ``references`` are those of the incidents that were linked or split, ``results`` (keys) every joint result that
    they were or are part of. All layers are looked at; the caller is alone with the joint results of the operation.
    """
    for status in FactStatus:
        query = _claiming(
            select(Fact, Return.unit_id, Incident.joint_with, CLAIMED)
            .select_from(Fact)
            .join(Incident, Incident.id == Fact.incident_id)
        ).where(
            Fact.operation_id == operation_id,
            Fact.status == status,
            Fact.known_to.is_(None),
            or_(Fact.joint_result_id.in_(results), Incident.reference.in_(references)),
        )
        open_facts = [tuple(row) for row in session.execute(query)]
        claims: dict[int, list[Claim]] = defaultdict(list)
        wanted: list[JointRow] = []
        keys = _unit_keys(session, operation_id)
        for fact, unit_id, joint_with, joint_result_id in open_facts:
            if fact.unit_id != unit_id:
                continue
            figure = replace(_figure(fact), joint_result_id=joint_result_id)
            claim = Claim(fact.return_id, fact.revision_id, unit_id, _keys_of(joint_with, keys), figure)
            if joint_result_id is None:
                wanted.append(JointRow(unit_id, claim, True))
            else:
                claims[joint_result_id].append(claim)
        for joint_result_id, found in claims.items():
            wanted += joint.rows(_counting(session, joint_result_id), found)
        facts = [fact for fact, *_more in open_facts]
        days = {fact.return_id: fact.day for fact in facts}
        _bring_in_line(session, operation_id, status, wanted, facts, days, at)


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
    open_facts = list(
        session.execute(
            select(Fact, Return.unit_id, Incident.joint_with)
            .join(Return, Return.id == Fact.return_id)
            .join(Incident, Incident.id == Fact.incident_id)
            .where(Fact.joint_result_id == joint_result_id, Fact.status == status, Fact.known_to.is_(None))
        )
    )
    keys = _unit_keys(session, head.operation_id)
    claims = [
        Claim(fact.return_id, fact.revision_id, fact.unit_id, _keys_of(joint_with, keys), _figure(fact))
        for fact, unit_id, joint_with in open_facts
        if unit_id == fact.unit_id and fact.return_id != head.id
    ]
    if own is not None and revision_id is not None:
        joint_with = session.scalars(select(Incident.joint_with).where(Incident.id == own.incident_id)).one()
        claims.append(Claim(head.id, revision_id, head.unit_id, _keys_of(joint_with, keys), own))
    facts = [fact for fact, _unit_id, _joint_with in open_facts]
    days = {**{fact.return_id: fact.day for fact in facts}, head.id: head.day}
    wanted = joint.rows(_counting(session, joint_result_id), claims)
    _bring_in_line(session, head.operation_id, status, wanted, facts, days, at)


def _counting(session: Session, joint_result_id: int) -> int:
    """Return the unit whose figure counts of a joint result."""
    unit = func.coalesce(JointResult.counting_id, JointResult.owner_id)
    return session.scalars(select(unit).where(JointResult.id == joint_result_id)).one()


def _bring_in_line(
    session: Session,
    operation_id: int,
    status: FactStatus,
    rows: Sequence[JointRow],
    open_facts: Sequence[Fact],
    days: Mapping[int, date],
    at: datetime,
) -> None:
    """Close those of ``open_facts`` that are not wanted any longer and add the wanted ``rows`` that are not there."""
    # Another unit's claim may have been recorded at a later instant than this change: nothing begins before it.
    at = max([at, *(fact.known_from for fact in open_facts)])
    wanted = {_identity(row): row for row in rows}
    held = set()
    for fact in open_facts:
        identity = (fact.unit_id, fact.return_id, fact.revision_id, fact.counts, _figure(fact))
        if identity in wanted:
            held.add(identity)
        else:
            fact.known_to = at
    session.flush()
    missing = [
        {
            **_values(row.claim.figure, row.counts, at),
            "operation_id": operation_id,
            "return_id": row.claim.return_id,
            "revision_id": row.claim.revision_id,
            "unit_id": row.unit_id,
            "day": days[row.claim.return_id],
            "status": status,
        }
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
        **_values(figure, counts, at),
        "operation_id": head.operation_id,
        "return_id": head.id,
        "revision_id": revision_id,
        "unit_id": unit_id,
        "day": head.day,
        "status": status,
    }


def _values(figure: Figure, counts: bool, at: datetime) -> dict[str, Any]:
    return {
        "indicator_id": figure.indicator_id,
        "action_area_id": figure.action_area_id,
        "incident_id": figure.incident_id,
        "joint_result_id": figure.joint_result_id,
        "line": figure.number,
        "category": figure.category,
        "phase": figure.phase,
        "scope": figure.scope,
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
