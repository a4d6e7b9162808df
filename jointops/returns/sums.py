"""Adding facts up in the database, by the dimensions asked for: what totals over many facts start from.

:func:`jointops.returns.facts.cells` gives every figure apart; with a million of them, adding up what is not wanted
apart is the database's work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from jointops.operations.models import ActionArea, Indicator, Operation, Participant, ReportingUnit
from jointops.returns.facts import known
from jointops.returns.models import Fact, FactStatus, JointResult


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

    ``first`` and ``last`` are operational days, both included; ``joint`` takes only figures of joint results, or only
    the others.
    """

    as_known_at: datetime
    status: FactStatus
    indicators: Collection[str] | None = None
    first: date | None = None
    last: date | None = None
    joint: bool | None = None


# In the order of how many different values there are among the figures of one operation.
_COLUMNS = {
    Dimension.DAY: Fact.day,
    Dimension.UNIT: Fact.unit_id,
    Dimension.INDICATOR: Fact.indicator_id,
    Dimension.ACTION_AREA: Fact.action_area_id,
    Dimension.CATEGORY: Fact.category,
    Dimension.JOINT: Fact.joint_result_id,
    Dimension.PHASE: Fact.phase,
    Dimension.SCOPE: Fact.scope,
    Dimension.COUNTS: Fact.counts,
}

_CODED: dict[Dimension, type[Indicator] | type[ActionArea] | type[ReportingUnit]] = {
    Dimension.INDICATOR: Indicator,
    Dimension.ACTION_AREA: ActionArea,
    Dimension.UNIT: ReportingUnit,
}


def sums(
    session: Session,
    operation: Operation,
    selection: Selection,
    by: Sequence[Dimension],
    finer: Sequence[Dimension] = (),
    finer_for: Collection[str] = (),
) -> list[tuple[Any, ...]]:
    """Return the selected facts of ``operation`` added up ``by`` these dimensions, in one query.

    Figures of the indicators in ``finer_for`` are told apart by the dimensions in ``finer`` too; for all others these
    are ``None``. Each row holds the dimensions in the order of ``by`` and ``finer`` (codes for indicator, unit and
    action area, the latter ``""`` where not specified) and at the end the quantity in the indicator's base unit. The
    order of rows is not settled.
    """
    indicators = _codes(session, Indicator, operation)
    is_fine = Fact.indicator_id.in_([key for key, code in indicators.items() if code in finer_for])
    columns: list[Any] = [_COLUMNS[dimension] for dimension in by]
    columns += [case((is_fine, _COLUMNS[dimension])) for dimension in finer]
    labelled = [column.label(f"d{place}") for place, column in enumerate(columns)]
    query = (
        select(*labelled, func.sum(Fact.quantity, type_=Fact.quantity.type))
        .where(Fact.operation_id == operation.id, known(selection.status, selection.as_known_at))
        # By place, so that the database sees that what is grouped by is what is selected.
        .group_by(*(text(str(place + 1)) for place in _grouping_order(by, finer)))
    )
    if selection.indicators is not None:
        query = query.where(
            Fact.indicator_id.in_([key for key, code in indicators.items() if code in selection.indicators])
        )
    if selection.first is not None:
        query = query.where(Fact.day >= selection.first)
    if selection.last is not None:
        query = query.where(Fact.day <= selection.last)
    if selection.joint is not None:
        results = select(JointResult.id).where(JointResult.operation_id == operation.id)
        if selection.joint:
            # By its index, there are few of them; where there are none, nothing is to be read.
            if session.scalar(results.limit(1)) is None:
                return []
            query = query.where(Fact.joint_result_id.in_(results))
        else:
            query = query.where(Fact.joint_result_id.is_(None))
    return _translated(session, operation, session.execute(query), [*by, *finer])


def _grouping_order(by: Sequence[Dimension], finer: Sequence[Dimension]) -> list[int]:
    """Return the places of the dimensions in the order in which they tell the most figures apart.

    The result is the same in any order, but where the database sorts to group, most pairs of rows are told apart by
    the first thing compared; beginning with words that hardly differ takes twice as long.
    """
    ranked = list(_COLUMNS)
    first = sorted(range(len(by)), key=lambda place: ranked.index(by[place]))
    return [*first, *range(len(by), len(by) + len(finer))]


def _translated(
    session: Session, operation: Operation, found: Iterable[Any], dimensions: Sequence[Dimension]
) -> list[tuple[Any, ...]]:
    """Put codes in the place of keys."""
    codes = [
        (place, _codes(session, _CODED[dimension], operation))
        for place, dimension in enumerate(dimensions)
        if dimension in _CODED
    ]
    rows = []
    for each in found:
        row = list(each)
        for place, known_codes in codes:
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
