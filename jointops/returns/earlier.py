"""What a unit reported on the days before one, as far as it is known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, any_, bindparam, func, select
from sqlalchemy.orm import Session

from jointops.returns.layers import FACTS
from jointops.returns.models import FactStatus, Return
from jointops.returns.rulebooks import KeyedRulebook, Unit
from jointops.returns.rules import Earlier

RETURNS = cast("Table", Return.__table__)

_RETURNS_BEFORE = (
    select(RETURNS.c.id)
    .where(
        RETURNS.c.operation_id == bindparam("operation_id"),
        RETURNS.c.unit_id == bindparam("unit_id"),
        RETURNS.c.day < bindparam("day"),
    )
    .scalar_subquery()
)


def _earlier(of_these: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(FACTS.c.indicator_id, FACTS.c.category, FACTS.c.day, func.sum(FACTS.c.quantity))
        .where(
            of_these,
            FACTS.c.status == FactStatus.PROVISIONAL,
            FACTS.c.unit_id == bindparam("unit_id"),
            FACTS.c.indicator_id.in_(bindparam("indicators", expanding=True)),
            FACTS.c.known_to.is_(None),
        )
        .group_by(FACTS.c.indicator_id, FACTS.c.category, FACTS.c.day)
    )


# Made once: it is on the path of every return, and making it takes longer than running it. PostgreSQL gets the returns
# as an array, so that it looks for their facts by them: on tables that have just been filled it would join the other
# way round, and go through all facts of the unit for each return.
_EARLIER = {
    "sqlite": _earlier(FACTS.c.return_id.in_(_RETURNS_BEFORE)),
    "postgresql": _earlier(FACTS.c.return_id == any_(func.array(_RETURNS_BEFORE))),
}


def earlier_days(
    session: Session, keyed: KeyedRulebook, unit: Unit, day: date, indicators: Collection[str]
) -> Earlier:
    """Return what ``unit`` reported itself of ``indicators`` for the days before ``day``, by category and day.

    Quantities are in the indicators' base units. One query, by way of the unit's returns: it is on the path of every
    return with a figure that is compared.
    """
    codes = {keyed.indicators[code]: code for code in indicators}
    keys = {"operation_id": keyed.operation_id, "unit_id": unit.id, "day": day, "indicators": sorted(codes)}
    found = session.execute(_EARLIER[session.get_bind().dialect.name], keys)
    days: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    for indicator, category, reported_on, quantity in found:
        days[codes[indicator], category][reported_on] = quantity
    return dict(days)
