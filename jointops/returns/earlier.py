"""What a unit reported on the days before one, as far as it is known now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.operations.models import Indicator, Operation
from jointops.returns.models import Fact, FactStatus
from jointops.returns.rulebooks import Unit


def earlier_figures(
    session: Session, operation: Operation, unit: Unit, day: date
) -> Mapping[tuple[str, str], Decimal]:
    """Return the sums of what ``unit`` reported for the days before ``day``, by indicator and category.

    Quantities are in the indicators' base units; what others credited the unit with is among them. One query.
    """
    found = session.execute(
        select(Indicator.code, Fact.category, func.sum(Fact.quantity))
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(
            Fact.operation_id == operation.id,
            Fact.status == FactStatus.PROVISIONAL,
            Fact.unit_id == unit.id,
            Fact.day < day,
            Fact.known_to.is_(None),
        )
        .group_by(Indicator.code, Fact.category)
    )
    return {(code, category): quantity for code, category, quantity in found}
