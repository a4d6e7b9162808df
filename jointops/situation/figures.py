"""Totals: what the facts of an operation add up to, in all the ways that pages and reports show them.

The rules that every total keeps:

- a joint result adds once to a total, and once for each contributor to what that contributor is credited with;
- categories are parts of their indicator, and what they leave over is "not specified";
- an indicator that takes the largest or the last day of each reporting unit takes all its parts from that day, so
  that the parts hold; over units figures always add up;
- what does not belong to the operation (scope *other*) stands beside the totals and is in none of them;
- no figure is ``None``, never zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from jointops.kernel.types import plain, quantity_text
from jointops.operations.models import Operation
from jointops.operations.planindicators import AskedIndicator
from jointops.returns.models import Scope
from jointops.returns.sums import Dimension, Selection, sums, units

NOT_SPECIFIED = ""
"""The category, or the action area, of a figure that names none."""


@dataclass(frozen=True, slots=True)
class Total:
    """What one indicator comes to, in ``unit``.

    ``categories`` pairs each category of the plan with its part, ``not_specified`` is the rest; ``phases`` pairs the
    phases that the total holds with their parts; ``other_scope`` is what was found on the way and is not in it.
    """

    indicator: str
    unit: str
    aggregation: str
    part_of: str | None
    quantity: Decimal | None
    not_specified: Decimal | None
    categories: tuple[tuple[str, Decimal | None], ...]
    phases: tuple[tuple[str, Decimal], ...]
    other_scope: Decimal | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one day, action area, party, type of authority or reporting unit (``key``) has of an indicator.

    ``quantity`` is what it adds to the total, ``credited`` what it is credited with when each contributor of a joint
    result counts it as its own; days and action areas have no contributors, there both are the same.
    """

    key: str
    indicator: str
    quantity: Decimal | None
    credited: Decimal | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The totals of an operation, or of some of its days, and how they divide.

    ``party_parts`` is what each party is credited with by indicator and category.
    """

    totals: tuple[Total, ...]
    by_day: tuple[Share, ...]
    by_action_area: tuple[Share, ...]
    by_party: tuple[Share, ...]
    by_authority: tuple[Share, ...]
    by_unit: tuple[Share, ...]
    party_parts: Mapping[tuple[str, str, str], Decimal]

    def total(self, indicator: str, category: str | None = None) -> Decimal | None:
        """Return an indicator's total, or the part of one category (``""``: not specified); ``None``: no figure."""
        found = next((total for total in self.totals if total.indicator == indicator), None)
        if found is None or category is None:
            return found.quantity if found else None
        return found.not_specified if category == NOT_SPECIFIED else dict(found.categories).get(category)

    def of_party(self, party: str, indicator: str, category: str | None = None) -> Decimal | None:
        """Return what a party is credited with of an indicator, or of one category of it; ``None``: no figure."""
        return _sum(
            quantity
            for key, quantity in self.party_parts.items()
            if key[:2] == (party, indicator) and category in {None, key[2]}
        )

    def results_data(self) -> list[dict[str, Any]]:
        """Return the totals as plain data: one entry an indicator with ``category`` null, then one a category."""
        return [entry for total in self.totals for entry in _results_of(total)]


def share_data(shares: Iterable[Share], name: str, *, credited: bool = False) -> list[dict[str, Any]]:
    """Return shares as plain data under ``name`` (such as ``party``), with what each is credited with if asked."""
    return [
        {name: share.key, "indicator": share.indicator, "quantity": text(share.quantity)}
        | ({"credited": text(share.credited)} if credited else {})
        for share in shares
    ]


def text(quantity: Decimal | None) -> str | None:
    """Write a quantity as JSON carries it: an exact decimal as text, nothing for no figure."""
    return None if quantity is None else quantity_text(quantity)


def figures(
    session: Session, operation: Operation, indicators: Mapping[str, AskedIndicator], selection: Selection
) -> Figures:
    """Add up the selected facts of ``operation`` for the plan's ``indicators``, in the plan's order.

    Indicators that take the largest or last day of a unit are read day by day; of the others, however many facts
    there are, the database adds up everything that is not shown apart.
    """
    known_units = units(session, operation)
    adding = [code for code, item in indicators.items() if item.aggregation == "sum"]
    picking = {code: item.aggregation for code, item in indicators.items() if item.aggregation != "sum"}
    every = replace(selection, indicators=list(indicators))
    apart = ((_D.DAY,), picking)
    single = _read(session, operation, replace(every, joint=False), _WITHOUT_DAYS, *apart)
    joint = _read(session, operation, replace(every, joint=True), (*_WITHOUT_DAYS, _D.JOINT), *apart)
    days = _read(session, operation, replace(selection, indicators=adding), _DAYS)
    found = pd.concat([single, joint], ignore_index=True)
    is_picked = found["indicator"].isin(list(picking))
    picked = found[is_picked]
    daily = pd.concat([days, picked[days.columns]], ignore_index=True)
    rows = pd.concat([found[~is_picked], _picked_days(picked, picking)], ignore_index=True)
    rows["counts"] = rows["counts"].astype(bool)
    rows["party"] = [known_units[unit][0] for unit in rows["unit"]]
    rows["authority"] = [known_units[unit][1] for unit in rows["unit"]]
    return _divided(rows, daily[daily["counts"].astype(bool)], indicators)


# --- Reading -----------------------------------------------------------------------------------------------------

_D = Dimension
_WITHOUT_DAYS = (_D.INDICATOR, _D.CATEGORY, _D.ACTION_AREA, _D.UNIT, _D.PHASE, _D.SCOPE, _D.COUNTS)
_DAYS = (_D.INDICATOR, _D.DAY, _D.SCOPE, _D.COUNTS)


def _read(
    session: Session,
    operation: Operation,
    selection: Selection,
    by: Sequence[Dimension],
    finer: Sequence[Dimension] = (),
    finer_for: Collection[str] = (),
) -> pd.DataFrame:
    columns = [*(dimension.value for dimension in (*by, *finer)), "quantity"]
    rows = sums(session, operation, selection, by, finer, finer_for) if selection.indicators else []
    # Quantities stay exact decimals, and codes plain text: nothing is to be guessed from the values.
    return pd.DataFrame(rows, columns=columns, dtype=object)


# --- Dividing ----------------------------------------------------------------------------------------------------


def _picked_days(rows: pd.DataFrame, aggregations: Mapping[str, str]) -> pd.DataFrame:
    """Keep of each reporting unit, indicator and scope the rows of its largest or its last day."""
    if rows.empty:
        return rows
    keys = ["indicator", "unit", "scope"]
    by_day = rows.groupby([*keys, "day"], as_index=False)["quantity"].sum()
    chosen = {
        (key, day)
        for key, group in by_day.groupby(keys)
        for day in [picked_day(zip(group["day"], group["quantity"], strict=True), aggregations[str(key[0])])]
    }
    places = zip(zip(rows["indicator"], rows["unit"], rows["scope"], strict=True), rows["day"], strict=True)
    return rows[[place in chosen for place in places]]


def picked_day(days: Iterable[tuple[date, Decimal]], aggregation: str) -> date:
    """Return the day that stands for all: the last, or the one with the largest figure (the first such)."""
    if aggregation == "last":
        return max(day for day, _quantity in days)
    return min(days, key=lambda pair: (-pair[1], pair[0]))[0]


def _divided(rows: pd.DataFrame, days: pd.DataFrame, indicators: Mapping[str, AskedIndicator]) -> Figures:
    own = rows[rows["scope"] == Scope.OPERATION]
    other = rows[(rows["scope"] == Scope.OTHER) & rows["counts"]]
    counted = own[own["counts"]]
    own_days = days[days["scope"] == Scope.OPERATION]
    order = {code: place for place, code in enumerate(indicators)}
    return Figures(
        totals=_totals(counted, other, indicators),
        by_day=_shares(own_days, own_days, "day", order),
        by_action_area=_shares(counted, counted, "action_area", order),
        by_party=_shares(counted, own, "party", order),
        by_authority=_shares(counted, own, "authority", order),
        by_unit=_shares(counted, own, "unit", order),
        party_parts=_added(_once_for_each(own, "party"), ["party", "indicator", "category"]),
    )


def _totals(
    counted: pd.DataFrame, other: pd.DataFrame, indicators: Mapping[str, AskedIndicator]
) -> tuple[Total, ...]:
    whole = _added(counted, ["indicator"])
    parts = _added(counted, ["indicator", "category"])
    phases = _added(counted, ["indicator", "phase"])
    found_on_the_way = _added(other, ["indicator"])
    named = {(code, category) for code, item in indicators.items() for category in item.categories}
    return tuple(
        Total(
            indicator=code,
            unit=item.unit,
            aggregation=item.aggregation,
            part_of=item.part_of,
            quantity=whole.get((code,)),
            # A category that the plan has dropped since is told with what is not specified.
            not_specified=_sum(
                quantity for key, quantity in parts.items() if key[0] == code and key not in named
            ),
            categories=tuple((category, parts.get((code, category))) for category in item.categories),
            phases=tuple((key[1], quantity) for key, quantity in phases.items() if key[0] == code),
            other_scope=found_on_the_way.get((code,)),
        )
        for code, item in indicators.items()
    )


def _shares(
    counted: pd.DataFrame, credited: pd.DataFrame, column: str, order: Mapping[str, int]
) -> tuple[Share, ...]:
    """Return the shares by ``column``: what each adds to the total, and what it is credited with."""
    adds = _added(counted, [column, "indicator"])
    credit = adds if credited is counted else _added(_once_for_each(credited, column), [column, "indicator"])
    keys = sorted({*adds, *credit}, key=lambda key: (key[0], order[key[1]]))
    return tuple(Share(key[0], key[1], adds.get(key), credit.get(key)) for key in keys)


def _once_for_each(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Keep one row of each joint result for each value of ``column``: the one that counts, else the first unit's."""
    if "joint" not in rows:
        return rows
    single, joint = rows[rows["joint"].isna()], rows[rows["joint"].notna()]
    ordered = joint.sort_values(["counts", "unit"], ascending=[False, True], kind="stable")
    return pd.concat([single, ordered.drop_duplicates([column, "joint"])], ignore_index=True)


def _added(rows: pd.DataFrame, columns: list[str]) -> dict[Any, Decimal]:
    """Add the quantities up by ``columns``; keys are text (days ISO), in order."""
    if rows.empty:
        return {}
    summed = rows.groupby(columns, sort=False)["quantity"].sum()
    keys = (key if isinstance(key, tuple) else (key,) for key in summed.index)
    pairs = [
        (tuple(_key(part) for part in key), plain(Decimal(quantity)))
        for key, quantity in zip(keys, summed, strict=True)
    ]
    return dict(sorted(pairs))


def _key(part: Any) -> str:
    return part.isoformat() if isinstance(part, date) else str(part)


def _sum(quantities: Iterable[Decimal]) -> Decimal | None:
    found = list(quantities)
    return plain(sum(found, Decimal(0))) if found else None


def _results_of(total: Total) -> list[dict[str, Any]]:
    whole = {
        "indicator": total.indicator,
        "category": None,
        "quantity": text(total.quantity),
        "unit": total.unit,
        "aggregation": total.aggregation,
        "part_of": total.part_of,
        "not_specified": text(total.not_specified) if total.categories else None,
        "phases": {phase: text(quantity) for phase, quantity in total.phases},
        "other_scope": text(total.other_scope),
    }
    parts = [
        {"indicator": total.indicator, "category": category, "quantity": text(quantity), "unit": total.unit}
        for category, quantity in total.categories
    ]
    return [whole, *parts]
