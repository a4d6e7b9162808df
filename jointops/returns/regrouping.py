"""What follows from the decisions about suspected duplicates: which incidents are one joint result now.

Incidents that decisions connect are one joint result with all that these incidents name themselves. Each of them also
gives its name to one, so that a unit that names it later claims the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import layers
from jointops.returns.models import (
    DuplicateDecision,
    Fact,
    FactStatus,
    Incident,
    JointLink,
    JointResult,
    Return,
)

Node = tuple[int, date, str]
"""An incident by the key of its unit, its day, and its reference."""


def ends(decision: DuplicateDecision) -> list[Node]:
    """Return the two incidents of a decision."""
    return [
        (decision.first_unit_id, decision.first_day, decision.first_reference),
        (decision.second_unit_id, decision.second_day, decision.second_reference),
    ]


def derive(
    session: Session,
    actor: Actor,
    operation: Operation,
    touched: Sequence[Node],
    reason: str,
    at: datetime,
    *,
    joining: bool,
) -> dict[Node, JointResult]:
    """Bring links, joint results and facts in line with the decisions; return the joint result of each incident.

    Only what is connected with the incidents ``touched`` is looked at. ``joining`` keeps together what was one joint
    result before.
    """
    decisions = list(
        session.scalars(
            select(DuplicateDecision)
            .where(
                DuplicateDecision.operation_id == operation.id,
                DuplicateDecision.linked,
                DuplicateDecision.undone_at.is_(None),
            )
            .order_by(DuplicateDecision.id)
        )
    )
    links = list(
        session.scalars(
            select(JointLink).where(JointLink.operation_id == operation.id, JointLink.undone_at.is_(None))
        )
    )
    linked = {(link.unit_id, link.day, link.reference): link for link in links}
    nodes, named = _connected(session, operation, touched, decisions, linked)
    before = _results_before(session, [linked[node].joint_result_id for node in nodes if node in linked])
    parts: dict[int, list[int]] = {}
    for result in before.values():
        parts.setdefault(result.part_of_id or result.id, []).append(result.id)
    groups = _Groups()
    for first, second in (ends(decision) for decision in decisions):
        if first in nodes:
            groups.join(first, second)
    for node in sorted(groups.members()):
        kept = parts[linked[node].joint_result_id] if joining and node in linked else ()
        names = (_own_result(session, operation, node), *named.get(node, ()))
        for key in (*(result.id for result in names), *kept):
            groups.join(node, key)
    for result in before.values():
        result.part_of_id, result.counting_id = None, None
    whole: dict[Node, JointResult] = {}
    results: set[int] = set(before)
    for members in groups.all():
        keys = sorted(member for member in members if isinstance(member, int))
        results |= set(keys)
        root = _unite(session, keys)
        root.counting_id = next(
            decision.counting_id for decision in reversed(decisions) if ends(decision)[0] in members
        )
        whole |= {member: root for member in members if not isinstance(member, int)}
    session.flush()
    if joining:
        _require_once_each(session, operation, whole, results)
    _relink(session, operation, actor, {node: linked.get(node) for node in nodes}, whole, reason, at)
    session.flush()
    layers.regroup(session, operation.id, {reference for _unit, _day, reference in nodes}, results, at)
    return whole


def _relink(
    session: Session,
    operation: Operation,
    actor: Actor,
    held_links: Mapping[Node, JointLink | None],
    whole: Mapping[Node, JointResult],
    reason: str,
    at: datetime,
) -> None:
    """End the links that do not hold any longer and add those that are not there."""
    for node, held in sorted(held_links.items(), key=lambda each: each[0]):
        target = whole.get(node)
        if held is None or target is None or held.joint_result_id != target.id:
            if held is not None:
                held.undone_at, held.undone_by = at, actor.name
            if target is not None:
                session.add(_new_link(operation, actor, node, target, reason, at))


def _unite(session: Session, keys: Sequence[int]) -> JointResult:
    """Make joint results parts of the first of them, and return that."""
    root, *others = (session.get_one(JointResult, key) for key in keys)
    root.part_of_id = None
    for part in others:
        part.part_of_id, part.counting_id = root.id, None
    return root


def _new_link(
    operation: Operation, actor: Actor, node: Node, target: JointResult, reason: str, at: datetime
) -> JointLink:
    return JointLink(
        operation_id=operation.id,
        unit_id=node[0],
        day=node[1],
        reference=node[2],
        joint_result_id=target.id,
        reason=reason,
        linked_at=at,
        linked_by=actor.name,
    )


class _Groups:
    """Sets of incidents and joint results (keys) that belong together."""

    def __init__(self) -> None:
        self._parent: dict[Node | int, Node | int] = {}

    def _root(self, member: Node | int) -> Node | int:
        self._parent.setdefault(member, member)
        while self._parent[member] != member:
            member = self._parent[member]
        return member

    def join(self, one: Node | int, other: Node | int) -> None:
        """Put two members into one set."""
        self._parent[self._root(one)] = self._root(other)

    def members(self) -> list[Node]:
        """Return the incidents."""
        return [member for member in self._parent if not isinstance(member, int)]

    def all(self) -> list[set[Node | int]]:
        """Return the sets."""
        found: dict[Node | int, set[Node | int]] = {}
        for member in list(self._parent):
            found.setdefault(self._root(member), set()).add(member)
        return list(found.values())


def _connected(
    session: Session,
    operation: Operation,
    touched: Sequence[Node],
    decisions: Sequence[DuplicateDecision],
    linked: Mapping[Node, JointLink],
) -> tuple[set[Node], dict[Node, list[JointResult]]]:
    """Return the incidents that decisions or joint results connect with those touched, and what each names itself."""
    nodes = set(touched)
    while True:
        named = _named(session, operation, nodes)
        results = {linked[node].joint_result_id for node in nodes if node in linked}
        results |= {result.part_of_id or result.id for found in named.values() for result in found}
        more = {node for node, held in linked.items() if held.joint_result_id in results}
        for decision in decisions:
            if not nodes.isdisjoint(ends(decision)):
                more.update(ends(decision))
        if more <= nodes:
            return nodes, named
        nodes |= more


def _results_before(session: Session, roots: Iterable[int]) -> dict[int, JointResult]:
    wanted = set(roots)
    if not wanted:
        return {}
    found = session.scalars(
        select(JointResult).where(or_(JointResult.id.in_(wanted), JointResult.part_of_id.in_(wanted)))
    )
    return {result.id: result for result in found}


def _named(session: Session, operation: Operation, nodes: Collection[Node]) -> dict[Node, list[JointResult]]:
    """Return the joint results that the incidents name themselves, as they are submitted now at any status."""
    found = session.execute(
        select(Return.unit_id, Return.day, Incident.reference, JointResult)
        .select_from(Fact)
        .join(Return, Return.id == Fact.return_id)
        .join(Incident, Incident.id == Fact.incident_id)
        .join(JointResult, JointResult.id == Incident.joint_result_id)
        .where(
            Fact.operation_id == operation.id,
            Fact.known_to.is_(None),
            Fact.unit_id == Return.unit_id,
            tuple_(Return.unit_id, Incident.reference).in_([(node[0], node[2]) for node in nodes]),
        )
    )
    named: dict[Node, list[JointResult]] = {}
    for unit_id, day, reference, result in found:
        named.setdefault((unit_id, day, reference), []).append(result)
    return named


def _own_result(session: Session, operation: Operation, node: Node) -> JointResult:
    """Return the joint result that an incident gives its name to, so that whoever names it later claims it too."""
    found = session.scalar(
        select(JointResult).where(
            JointResult.operation_id == operation.id,
            JointResult.owner_id == node[0],
            JointResult.reference == node[2],
        )
    )
    if found is None:
        found = JointResult(operation_id=operation.id, owner_id=node[0], reference=node[2])
        session.add(found)
        session.flush()
    return found


def _require_once_each(
    session: Session, operation: Operation, whole: Mapping[Node, JointResult], results: Collection[int]
) -> None:
    """A unit claims a joint result once. Raises Conflict (``unit-in-both``) when it would do so twice."""
    claims = session.execute(
        select(Return.unit_id, Return.day, Incident.reference, ReportingUnit.code, JointResult)
        .select_from(Fact)
        .join(Return, Return.id == Fact.return_id)
        .join(Incident, Incident.id == Fact.incident_id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(JointResult, JointResult.id == Fact.joint_result_id)
        .where(
            Fact.operation_id == operation.id,
            Fact.status.in_(list(FactStatus)),
            Fact.known_to.is_(None),
            Fact.joint_result_id.in_(results),
            Fact.unit_id == Return.unit_id,
        )
    ).all()
    claimed: dict[tuple[int, int], set[Node]] = {}
    for node, result in whole.items():
        claimed.setdefault((result.id, node[0]), set()).add(node)
    for unit_id, day, reference, _code, result in claims:
        root = whole[(unit_id, day, reference)].id if (unit_id, day, reference) in whole else None
        root = root or result.part_of_id or result.id
        claimed.setdefault((root, unit_id), set()).add((unit_id, day, reference))
    twice = next((key for key, nodes in claimed.items() if len(nodes) > 1), None)
    if twice is not None:
        unit = session.get_one(ReportingUnit, twice[1])
        references = ", ".join(sorted(node[2] for node in claimed[twice]))
        raise Conflict(
            "unit-in-both",
            _(
                "${unit} would claim one joint result twice, by ${references}. One of them is another result, or is "
                "to be corrected first.",
                mapping={"unit": unit.code, "references": references},
            ),
        )
