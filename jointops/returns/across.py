"""Facts and returns across operations, and which return says something of which indicator.

Access is checked by the services that call this.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from jointops.operations.models import Aggregation, Indicator, Operation, ReportingUnit
from jointops.returns.facts import known
from jointops.returns.models import Fact, FactStatus, Return, ReturnState, Scope


def added(
    session: Session,
    operations: Collection[int],
    indicators: Collection[str],
    *,
    as_known_at: datetime,
    status: FactStatus,
) -> list[tuple[int, str, str, str, Decimal]]:
    """Return operation, indicator, unit of measure, category and sum of the indicators whose days add up.

    What counts in totals and belongs to the operation, of all ``operations`` (keys) in one query.
    """
    grain = (Fact.operation_id, Indicator.code, Indicator.unit, Fact.category)
    condition = Indicator.aggregation == Aggregation.SUM
    return _summed(session, grain, condition, operations, indicators, as_known_at, status)


def by_day(
    session: Session,
    operations: Collection[int],
    indicators: Collection[str],
    *,
    as_known_at: datetime,
    status: FactStatus,
) -> list[tuple[int, str, str, str, int, date, Aggregation, Decimal]]:
    """Return the same of the other indicators, with reporting unit (key), day and how their days combine."""
    grain = (
        Fact.operation_id,
        Indicator.code,
        Indicator.unit,
        Fact.category,
        Fact.unit_id,
        Fact.day,
        Indicator.aggregation,
    )
    condition = Indicator.aggregation != Aggregation.SUM
    return _summed(session, grain, condition, operations, indicators, as_known_at, status)


def _summed(
    session: Session,
    grain: tuple[Any, ...],
    condition: ColumnElement[bool],
    operations: Collection[int],
    indicators: Collection[str],
    at: datetime,
    status: FactStatus,
) -> list[Any]:
    query = (
        select(*grain, func.sum(Fact.quantity, type_=Fact.quantity.type))
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(
            Fact.operation_id.in_(operations),
            Indicator.code.in_(indicators),
            Fact.counts,
            Fact.scope == Scope.OPERATION,
            known(status, at),
            condition,
        )
        .group_by(*grain)
    )
    return [tuple(row) for row in session.execute(query)]


def accepted(session: Session, operations: Collection[int]) -> dict[int, int]:
    """Return how many returns are accepted, by operation; one that has none is not there."""
    found = session.execute(
        select(Return.operation_id, func.count())
        .where(Return.operation_id.in_(operations), Return.state == ReturnState.ACCEPTED)
        .group_by(Return.operation_id)
    )
    return dict(found.all())


def sent(
    session: Session, operation: Operation, *, units: Collection[int], first: date, last: date
) -> list[tuple[str, date]]:
    """Return unit and day of the returns of ``units`` (keys) that are more than drafts, from ``first`` to ``last``."""
    return _sent(session, operation, Return.unit_id.in_(units), Return.day.between(first, last))


def behind(session: Session, operation: Operation, indicator: str) -> list[tuple[str, date]]:
    """Return unit and day of the returns that the total of ``indicator`` comes from now, at any status."""
    returning = (
        select(Fact.return_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(
            Fact.operation_id == operation.id,
            Indicator.code == indicator,
            Fact.known_to.is_(None),
            Fact.counts,
        )
    )
    return _sent(session, operation, Return.id.in_(returning))


def _sent(session: Session, operation: Operation, *conditions: ColumnElement[bool]) -> list[tuple[str, date]]:
    found = session.execute(
        select(ReportingUnit.code, Return.day)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .where(Return.operation_id == operation.id, Return.state != ReturnState.DRAFT, *conditions)
        .order_by(Return.day, ReportingUnit.position)
    )
    return [(unit, day) for unit, day in found]


def indicators_in(session: Session, operation: Operation, unit: str, day: date) -> set[str]:
    """Return the indicators that the return of a unit and day gives figures for now."""
    found = session.scalars(
        select(Indicator.code)
        .join(Fact, Fact.indicator_id == Indicator.id)
        .join(Return, Return.id == Fact.return_id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .where(
            Return.operation_id == operation.id,
            ReportingUnit.code == unit,
            Return.day == day,
            Fact.known_to.is_(None),
        )
        .distinct()
    )
    return set(found)


def reported(session: Session, operation: Operation) -> list[tuple[str, str]]:
    """Return which unit has given figures for which indicator, both by code."""
    found = session.execute(
        select(ReportingUnit.code, Indicator.code)
        .select_from(Fact)
        .join(ReportingUnit, ReportingUnit.id == Fact.unit_id)
        .join(Indicator, Indicator.id == Fact.indicator_id)
        .where(Fact.operation_id == operation.id, Fact.known_to.is_(None), Indicator.in_plan)
        .distinct()
        .order_by(ReportingUnit.code, Indicator.code)
    )
    return [(unit, code) for unit, code in found]


def reporting(session: Session, operation: Operation) -> dict[str, dict[str, str]]:
    """Return the titles of the units that have sent a return, by code."""
    sending = select(Return.unit_id).where(
        Return.operation_id == operation.id, Return.state != ReturnState.DRAFT
    )
    found = session.execute(
        select(ReportingUnit.code, ReportingUnit.title)
        .where(ReportingUnit.operation_id == operation.id, ReportingUnit.id.in_(sending))
        .order_by(ReportingUnit.position)
    )
    return dict(found.all())
