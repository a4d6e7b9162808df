"""Incidents as they stand now, as far as the same event may have been reported by others: read in one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Indicator, Operation, Participant, ReportingUnit
from jointops.returns.models import Fact, FactStatus, Incident, Return, Revision


@dataclass(frozen=True, slots=True, order=True)
class IncidentKey:
    """What names an incident for people: the code of its unit, its day, and the unit's own reference."""

    unit: str
    day: date
    reference: str

    def __str__(self) -> str:
        return f"{self.unit}/{self.day.isoformat()}/{self.reference}"


def read_key(text: str, pointer: str) -> IncidentKey:
    """Read what ``str`` of a key wrote; raises Invalid (``bad-incident-key``)."""
    unit, _slash, rest = text.partition("/")
    day, _slash, reference = rest.partition("/")
    try:
        parsed = date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        parsed = None
    if not unit or parsed is None or not reference or "\x00" in text:
        message = _("Name an incident by its unit, its day and its reference, with a slash between them.")
        raise Invalid([Problem("bad-incident-key", message, pointer)])
    return IncidentKey(unit, parsed, reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One incident with its figure in the indicator's base unit ``measure``.

    ``at`` is an instant (UTC), ``latitude`` and ``longitude`` degrees in WGS 84. ``given_quantity`` and
    ``given_unit`` are the figure as reported. ``joint_result_id`` is the joint result it is part of now.
    """

    key: IncidentKey
    party: str
    indicator: str
    measure: str
    quantity: Decimal
    category: str = ""
    certainty: str = ""
    weight: str = ""
    at: datetime | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    modus_operandi: str = ""
    external_reference: str = ""
    description: str = ""
    joint_with: tuple[str, ...] = ()
    given_quantity: Decimal | None = None
    given_unit: str | None = None
    joint_result_id: int | None = None
    unit_id: int = 0
    return_id: int = 0
    reported_at: datetime | None = None
    reported_by: str = ""


def sightings(
    session: Session, operation: Operation, *, references: Collection[str] | None = None
) -> list[Sighting]:
    """Return the incidents of what is submitted now, by unit, day and line; ``references`` narrows it.

    What was withdrawn, or left out by a correction, is not among them.
    """
    query = (
        select(
            ReportingUnit.code,
            Return.day,
            Incident.reference,
            Participant.party,
            Indicator.code,
            Indicator.unit,
            Fact.quantity,
            Fact.category,
            Fact.certainty,
            Fact.weight,
            Incident.at,
            Incident.place,
            Incident.latitude,
            Incident.longitude,
            Incident.modus_operandi,
            Incident.external_reference,
            Incident.description,
            Incident.joint_with,
            Fact.given_quantity,
            Fact.given_unit,
            Fact.joint_result_id,
            Return.unit_id,
            Return.id,
            Return.first_submitted_at,
            Revision.recorded_by,
        )
        .select_from(Fact)
        .join(Return, Return.id == Fact.return_id)
        .join(Revision, Revision.id == Fact.revision_id)
        .join(Incident, Incident.id == Fact.incident_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(
            Fact.operation_id == operation.id,
            Fact.status == FactStatus.PROVISIONAL,
            Fact.known_to.is_(None),
            Fact.unit_id == Return.unit_id,
        )
        .order_by(ReportingUnit.position, Return.day, Fact.line)
    )
    if references is not None:
        query = query.where(Incident.reference.in_(references))
    return [
        Sighting(
            key=IncidentKey(unit, day, reference),
            party=party,
            indicator=indicator,
            measure=measure,
            quantity=quantity,
            category=category,
            certainty=certainty,
            weight=weight,
            at=at,
            place=place,
            latitude=None if latitude is None else float(latitude),
            longitude=None if longitude is None else float(longitude),
            modus_operandi=modus,
            external_reference=external,
            description=description,
            joint_with=tuple(joint_with),
            given_quantity=given_quantity,
            given_unit=given_unit,
            joint_result_id=joint_result_id,
            unit_id=unit_id,
            return_id=return_id,
            reported_at=reported_at,
            reported_by=reported_by,
        )
        for (
            unit,
            day,
            reference,
            party,
            indicator,
            measure,
            quantity,
            category,
            certainty,
            weight,
            at,
            place,
            latitude,
            longitude,
            modus,
            external,
            description,
            joint_with,
            given_quantity,
            given_unit,
            joint_result_id,
            unit_id,
            return_id,
            reported_at,
            reported_by,
        ) in session.execute(query)
    ]
