"""What stands beside the fields of a return: what the unit reported so far, and where things are known to happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from jointops.kernel.types import quantity_text
from jointops.operations.models import Indicator, Operation, ReportingUnit
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import AskedIndicator
from jointops.returns.intake.sent import Place
from jointops.returns.models import Fact, FactStatus, Scope

MOST_PLACES = 60


@dataclass(frozen=True, slots=True)
class SoFar:
    """A unit's figures of its other days, in base units, by indicator and category: of the operation, and other.

    The category ``""`` is what was not specified; the total of an indicator is the sum of all its categories.
    """

    of_operation: Mapping[tuple[str, str], Decimal]
    other: Mapping[tuple[str, str], Decimal]

    def of(self, indicator: AskedIndicator, category: str) -> Decimal | None:
        """Return what an asked line has come to; ``None`` where days are not added up, or nothing was reported."""
        if indicator.aggregation != "sum":
            return None
        if category:
            return self.of_operation.get((indicator.code, category))
        parts = [
            quantity for (code, _category), quantity in self.of_operation.items() if code == indicator.code
        ]
        return sum(parts, Decimal(0)) if parts else None


def so_far(session: Session, operation: Operation, unit: ReportingUnit, day: date) -> SoFar:
    """Return what ``unit`` reported for all its days but ``day``; one query."""
    rows = session.execute(
        select(
            Indicator.code,
            Fact.category,
            func.sum(case((Fact.scope == Scope.OPERATION, Fact.quantity))),
            func.sum(case((Fact.scope == Scope.OTHER, Fact.quantity))),
        )
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(
            Fact.operation_id == operation.id,
            Fact.status == FactStatus.PROVISIONAL,
            Fact.unit_id == unit.id,
            Fact.day != day,
            Fact.known_to.is_(None),
        )
        .group_by(Indicator.code, Fact.category)
    ).all()
    return SoFar(
        {(code, category): own for code, category, own, _other in rows if own is not None},
        {(code, category): other for code, category, _own, other in rows if other is not None},
    )


def places(
    document: PlanDocument, unit: str, party: str, *contents: Mapping[str, Any] | None
) -> Sequence[Place]:
    """Return where things are known to happen: at the unit's own tasks first, then in its country, then elsewhere.

    ``contents`` are earlier returns of the unit, whose incidents' places are among them. Names are not repeated.
    """
    found: dict[str, Place] = {}
    for place in (*_of_incidents(contents), *_of_tasks(document, unit, party)):
        found.setdefault(place.name.casefold(), place)
    return tuple(found.values())[:MOST_PLACES]


def _of_incidents(contents: Sequence[Mapping[str, Any] | None]) -> Iterator[Place]:
    for content in contents:
        for incident in (content or {}).get("incidents", ()):
            if incident.get("place") and incident.get("latitude") and incident.get("longitude"):
                yield Place(incident["place"], str(incident["latitude"]), str(incident["longitude"]))


def _of_tasks(document: PlanDocument, unit: str, party: str) -> Iterator[Place]:
    placed = [task for task in document.tasks if task.place is not None and task.place.name]

    def nearness(number: int) -> int:
        task = placed[number]
        if unit in task.units:
            return 0
        return 1 if task.place is not None and task.place.country == party else 2

    for number in sorted(range(len(placed)), key=nearness):
        place = placed[number].place
        if place is not None and place.lat is not None and place.lon is not None:
            yield Place(place.name, quantity_text(place.lat), quantity_text(place.lon))
