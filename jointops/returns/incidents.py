"""The figures of a revision with the keys of what they are about, its incidents and the joint results they claim."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.returns import layers, rules
from jointops.returns.heads import OnRecord
from jointops.returns.joint import Figure
from jointops.returns.models import Incident, JointResult, Return
from jointops.returns.rulebooks import KeyedRulebook, Unit
from jointops.returns.rules import Checked, CheckedIncident


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
    if any(incident.joint_with for incident in checked.incidents):
        layers.lock_joint_results(session, operation.id)
    kept = {
        incident.reference: incident
        for incident in session.scalars(select(Incident).where(Incident.revision_id == revision.id))
    }
    for incident in checked.incidents:
        row = kept.get(incident.reference) or _add_incident(
            session, operation, unit, head, revision, incident, keyed
        )
        figures.append(_figure(incident.line, keyed, row.id, row.joint_result_id))
    return figures


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
) -> Incident:
    joint_result = None
    if incident.joint_with:
        joint_result = _joint_result(session, operation, unit, head, incident, keyed)
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
) -> JointResult:
    """Return the joint result that an incident claims: one of its contributors' with the same reference, or its own."""
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
    _require_same_result(session, known, head, incident, keyed)
    return known


def _require_same_result(
    session: Session, joint_result: JointResult, head: Return, incident: CheckedIncident, keyed: KeyedRulebook
) -> None:
    """A reference names one result: the same indicator for all who claim it, and one day for each of them."""
    for claim in layers.open_claims(session, joint_result.id):
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
                        "/incidents",
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
                        "/incidents",
                    )
                ]
            )
