"""What a unit reported on the days before one, as far as it is known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.returns.models import Fact, FactStatus, Return
from jointops.returns.rulebooks import KeyedRulebook, Unit
from jointops.returns.rules import Earlier


def earlier_days(
    session: Session, keyed: KeyedRulebook, unit: Unit, day: date, indicators: Collection[str]
) -> Earlier:
    """Return what ``unit`` reported itself of ``indicators`` for the days before ``day``, by category and day.

    Quantities are in the indicators' base units. One query, by way of the unit's returns: it is on the path of every
    return with a figure that is compared.
    """
    codes = {keyed.indicators[code]: code for code in indicators}
    found = session.execute(
        select(Fact.indicator_id, Fact.category, Fact.day, func.sum(Fact.quantity))
        .join(Return, Return.id == Fact.return_id)
        .where(
            Return.operation_id == keyed.operation_id,
            Return.unit_id == unit.id,
            Return.day < day,
            Fact.status == FactStatus.PROVISIONAL,
            Fact.unit_id == unit.id,
            Fact.indicator_id.in_(codes),
            Fact.known_to.is_(None),
        )
        .group_by(Fact.indicator_id, Fact.category, Fact.day)
    )
    days: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    for indicator, category, reported_on, quantity in found:
        days[codes[indicator], category][reported_on] = quantity
    return dict(days)
