"""The figures of a revision with the keys of what they are about, its incidents and the joint results they claim."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.returns import layers, rules
from jointops.returns.heads import OnRecord
from jointops.returns.joint import Figure
from jointops.returns.models import Incident, JointLink, JointResult, Return
from jointops.returns.rulebooks import KeyedRulebook, Unit
from jointops.returns.rules import Checked, CheckedIncident
from jointops.returns.rules_figures import MAX_ENTRIES


def figures_of_submission(
    session: Session,
    operation: Operation,
    unit: Unit,
    head: Return,
    revision: OnRecord,
    checked: Checked,
    keyed: KeyedRulebook,
) -> list[Figure]:
    """Return the figures of a revision with their keys; add its incidents and what joint results they claim.

    Raises Invalid (``joint-result-differs``, ``reference-used``) when a reference names another result.
    """
    figures = [_figure(line, keyed) for line in checked.lines]
    if not checked.incidents:
        return figures
    linked = _linked(session, operation, unit, head, checked)
    if linked or any(incident.joint_with for incident in checked.incidents):
        layers.lock_joint_results(session, operation.id)
    kept = {
        incident.reference: incident
        for incident in session.scalars(select(Incident).where(Incident.revision_id == revision.id))
    }
    claimed: dict[int, str] = {}
    for incident in checked.incidents:
        link = linked.get(incident.reference)
        row = kept.get(incident.reference) or _add_incident(
            session, operation, unit, head, revision, incident, keyed, linked=link is not None
        )
        joint_result_id = link if link is not None else _named_by(session, row)
        if joint_result_id is not None:
            if joint_result_id in claimed:
                raise _claimed_twice(incident, claimed[joint_result_id])
            claimed[joint_result_id] = incident.reference
        figures.append(_figure(incident.line, keyed, row.id, joint_result_id))
    return figures


def _linked(
    session: Session, operation: Operation, unit: Unit, head: Return, checked: Checked
) -> dict[str, int]:
    """Return the joint results that a coordinator linked these incidents to, by reference."""
    found = session.execute(
        _LINKED,
        {
            "operation_id": operation.id,
            "unit_id": unit.id,
            "day": head.day,
            "references": [incident.reference for incident in checked.incidents],
        },
    )
    return dict(found.all())


_LINKED = select(JointLink.reference, JointLink.joint_result_id).where(
    JointLink.operation_id == bindparam("operation_id"),
    JointLink.unit_id == bindparam("unit_id"),
    JointLink.day == bindparam("day"),
    JointLink.reference.in_(bindparam("references", expanding=True)),
    JointLink.undone_at.is_(None),
)


def _named_by(session: Session, incident: Incident) -> int | None:
    """Return the joint result that an incident is part of by what its unit said."""
    if incident.joint_result_id is None:
        return None
    return _whole(session.get_one(JointResult, incident.joint_result_id))


def _whole(joint_result: JointResult) -> int:
    """Return the key of a joint result, or of the one that it turned out to be part of."""
    return joint_result.part_of_id if joint_result.part_of_id is not None else joint_result.id


def _claimed_twice(incident: CheckedIncident, other: str) -> Invalid:
    return Invalid(
        [
            Problem(
                "reference-used",
                _(
                    "${reference} and ${other} are part of the same joint result, to which the coordinator linked "
                    "one of them. Report it once.",
                    mapping={"reference": incident.reference, "other": other},
                ),
                f"{_pointer(incident)}/reference",
            )
        ]
    )


def _pointer(incident: CheckedIncident) -> str:
    """Return where an incident stands in what was sent: their lines are numbered behind any value's."""
    return f"/incidents/{incident.line.number - MAX_ENTRIES}"


def _figure(
    line: rules.Line, keyed: KeyedRulebook, incident_id: int | None = None, joint_result_id: int | None = None
) -> Figure:
    return Figure(
        line.number,
        keyed.indicators[line.indicator],
        line.category,
        None if line.action_area is None else keyed.action_areas[line.action_area],
        line.phase,
        line.scope,
        line.quantity,
        incident_id,
        joint_result_id,
        line.certainty,
        line.weight,
        line.seizures,
        line.given_quantity,
        line.given_unit,
    )


def _add_incident(
    session: Session,
    operation: Operation,
    unit: Unit,
    head: Return,
    revision: OnRecord,
    incident: CheckedIncident,
    keyed: KeyedRulebook,
    *,
    linked: bool,
) -> Incident:
    joint_result = None
    if incident.joint_with:
        joint_result = _joint_result(session, operation, unit, head, incident, keyed, linked=linked)
    row = Incident(
        revision_id=revision.id,
        joint_result_id=None if joint_result is None else joint_result.id,
        reference=incident.reference,
        line=incident.line.number,
        joint_with=list(incident.joint_with),
        at=incident.at,
        place=incident.place,
        latitude=incident.latitude,
        longitude=incident.longitude,
        modus_operandi=incident.modus_operandi,
        external_reference=incident.external_reference,
        description=incident.description,
    )
    session.add(row)
    session.flush()
    return row


def _joint_result(
    session: Session,
    operation: Operation,
    unit: Unit,
    head: Return,
    incident: CheckedIncident,
    keyed: KeyedRulebook,
    *,
    linked: bool,
) -> JointResult:
    """Return the joint result that an incident names: one of its contributors' with the same reference, or its own.

    What it names has no bearing while it is ``linked`` to another one by a coordinator, and is not looked into.
    """
    partners = [keyed.units[code].id for code in incident.joint_with]
    known = session.scalars(
        select(JointResult)
        .where(
            JointResult.operation_id == operation.id,
            JointResult.reference == incident.reference,
            JointResult.owner_id.in_([unit.id, *partners]),
        )
        .order_by(JointResult.id)
    ).first()
    if known is None:
        known = JointResult(operation_id=operation.id, owner_id=unit.id, reference=incident.reference)
        session.add(known)
        session.flush()
        return known
    if not linked:
        _require_same_result(session, known, head, incident, keyed)
    return known


def _require_same_result(
    session: Session, joint_result: JointResult, head: Return, incident: CheckedIncident, keyed: KeyedRulebook
) -> None:
    """A reference names one result: the same indicator for all who claim it, and one day for each of them."""
    for claim in layers.open_claims(session, _whole(joint_result)):
        if claim.return_id == head.id:
            continue
        if claim.indicator_id != keyed.indicators[incident.line.indicator]:
            raise Invalid(
                [
                    Problem(
                        "joint-result-differs",
                        _(
                            "${reference} names a joint result of another indicator. Use the indicator it was "
                            "reported with, or a reference of your own.",
                            mapping={"reference": incident.reference},
                        ),
                        f"{_pointer(incident)}/indicator",
                    )
                ]
            )
        if claim.unit_id == head.unit_id:
            raise Invalid(
                [
                    Problem(
                        "reference-used",
                        _(
                            "You reported ${reference} for ${day} already. Correct that return, or use another "
                            "reference.",
                            mapping={"reference": incident.reference, "day": claim.day},
                        ),
                        f"{_pointer(incident)}/reference",
                    )
                ]
            )
