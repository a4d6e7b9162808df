"""What a unit reported on the days before one, as far as it is known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from jointops.returns.layers import FACTS
from jointops.returns.models import FactStatus, Return
from jointops.returns.rulebooks import KeyedRulebook, Unit
from jointops.returns.rules import Earlier

RETURNS = cast("Table", Return.__table__)

# Made once: it is on the path of every return, and making it takes longer than running it.
_EARLIER = (
    select(FACTS.c.indicator_id, FACTS.c.category, FACTS.c.day, func.sum(FACTS.c.quantity))
    .join(RETURNS, RETURNS.c.id == FACTS.c.return_id)
    .where(
        RETURNS.c.operation_id == bindparam("operation_id"),
        RETURNS.c.unit_id == bindparam("unit_id"),
        RETURNS.c.day < bindparam("day"),
        FACTS.c.status == FactStatus.PROVISIONAL,
        FACTS.c.unit_id == RETURNS.c.unit_id,
        FACTS.c.indicator_id.in_(bindparam("indicators", expanding=True)),
        FACTS.c.known_to.is_(None),
    )
    .group_by(FACTS.c.indicator_id, FACTS.c.category, FACTS.c.day)
)


def earlier_days(
    session: Session, keyed: KeyedRulebook, unit: Unit, day: date, indicators: Collection[str]
) -> Earlier:
    """Return what ``unit`` reported itself of ``indicators`` for the days before ``day``, by category and day.

    Quantities are in the indicators' base units. One query, by way of the unit's returns: it is on the path of every
    return with a figure that is compared.
    """
    codes = {keyed.indicators[code]: code for code in indicators}
    keys = {"operation_id": keyed.operation_id, "unit_id": unit.id, "day": day, "indicators": sorted(codes)}
    found = session.execute(_EARLIER, keys)
    days: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    for indicator, category, reported_on, quantity in found:
        days[codes[indicator], category][reported_on] = quantity
    return dict(days)
