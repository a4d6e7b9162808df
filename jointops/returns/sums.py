"""Adding facts up in the database, by the dimensions asked for: what totals over many facts start from.

:func:`jointops.returns.facts.cells` gives every figure apart; with a million of them, adding up what is not wanted
apart is the database's work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.operations.models import ActionArea, Indicator, Operation, Participant, ReportingUnit
from jointops.returns.facts import known
from jointops.returns.models import Fact, FactStatus


class Dimension(StrEnum):
    """What figures can be told apart by."""

    INDICATOR = "indicator"
    CATEGORY = "category"
    ACTION_AREA = "action_area"
    UNIT = "unit"
    DAY = "day"
    PHASE = "phase"
    SCOPE = "scope"
    COUNTS = "counts"
    JOINT = "joint"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which facts of an operation are added up; what is ``None`` does not limit.

    ``first`` and ``last`` are operational days, both included. ``counting`` leaves out what contributors of joint
    results are credited with beside the owner; ``joint`` takes only figures of joint results, or only the others.
    """

    as_known_at: datetime
    status: FactStatus
    indicators: Collection[str] | None = None
    first: date | None = None
    last: date | None = None
    counting: bool = False
    joint: bool | None = None


_COLUMNS = {
    Dimension.INDICATOR: Fact.indicator_id,
    Dimension.CATEGORY: Fact.category,
    Dimension.ACTION_AREA: Fact.action_area_id,
    Dimension.UNIT: Fact.unit_id,
    Dimension.DAY: Fact.day,
    Dimension.PHASE: Fact.phase,
    Dimension.SCOPE: Fact.scope,
    Dimension.COUNTS: Fact.counts,
    Dimension.JOINT: Fact.joint_result_id,
}

_CODED: dict[Dimension, type[Indicator] | type[ActionArea] | type[ReportingUnit]] = {
    Dimension.INDICATOR: Indicator,
    Dimension.ACTION_AREA: ActionArea,
    Dimension.UNIT: ReportingUnit,
}


def sums(
    session: Session, operation: Operation, selection: Selection, by: Sequence[Dimension]
) -> list[tuple[Any, ...]]:
    """Return the selected facts of ``operation`` added up ``by`` these dimensions, in one query.

    Each row holds the dimensions in the order of ``by`` (codes for indicator, unit and action area, the latter ``""``
    where not specified) and at the end the quantity in the indicator's base unit. Their order is not settled.
    """
    columns = [_COLUMNS[dimension] for dimension in by]
    query = (
        select(*columns, func.sum(Fact.quantity, type_=Fact.quantity.type))
        .where(Fact.operation_id == operation.id, known(selection.status, selection.as_known_at))
        .group_by(*columns)
    )
    codes = {
        dimension: _codes(session, _CODED[dimension], operation) for dimension in by if dimension in _CODED
    }
    if selection.indicators is not None:
        keys = _codes(session, Indicator, operation)
        query = query.where(
            Fact.indicator_id.in_([key for key, code in keys.items() if code in selection.indicators])
        )
    if selection.first is not None:
        query = query.where(Fact.day >= selection.first)
    if selection.last is not None:
        query = query.where(Fact.day <= selection.last)
    if selection.counting:
        query = query.where(Fact.counts)
    if selection.joint is not None:
        has_joint = Fact.joint_result_id.is_not(None)
        query = query.where(has_joint if selection.joint else ~has_joint)
    translated = [(place, codes[dimension]) for place, dimension in enumerate(by) if dimension in codes]
    rows = []
    for found in session.execute(query):
        row = list(found)
        for place, known_codes in translated:
            row[place] = known_codes.get(row[place], "")
        rows.append(tuple(row))
    return rows


def units(session: Session, operation: Operation) -> dict[str, tuple[str, str]]:
    """Return the party and the type of authority of every reporting unit that the operation ever had, by code."""
    found = session.execute(
        select(ReportingUnit.code, Participant.party, ReportingUnit.authority)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(ReportingUnit.operation_id == operation.id)
    )
    return {code: (party, authority.value) for code, party, authority in found}


def _codes(
    session: Session, table: type[Indicator] | type[ActionArea] | type[ReportingUnit], operation: Operation
) -> dict[int, str]:
    found = session.execute(select(table.id, table.code).where(table.operation_id == operation.id))
    return dict(found.all())
