"""What an objective or an indicator came to until now, as the pages of the chain show it: total, target and days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pyramid.request import Request

from jointops.evaluation.rules import target_met
from jointops.kernel import clock
from jointops.kernel.policy import Action
from jointops.lessons import wording
from jointops.lessons.chain_operation import OperationView
from jointops.operations.models import TargetKind
from jointops.operations.plandoc import Objective
from jointops.reference.measure import convert
from jointops.rendering import numbers
from jointops.returns.facts import cells
from jointops.returns.models import FactStatus, Scope
from jointops.returns.sums import Selection
from jointops.situation.figures import figures
from jointops.situation.links import figure_path
from jointops.situation.names import Names


def figure_of(
    request: Request,
    view: OperationView,
    names: Names,
    indicator: str,
    category: str | None,
    objective: Objective | None,
) -> dict[str, Any] | None:
    """Return the accepted result now, with its days; nothing for those who may see no figures."""
    if not view.may(Action.SITUATION_READ):
        return None
    at = clock.now()
    asked = view.indicators[indicator]
    found = figures(request.db, view.operation, {indicator: asked}, Selection(at, FactStatus.ACCEPTED)).total(
        indicator, category
    )
    about = {} if category is None else {"category": category}
    bound = _bound(view, objective) if objective else None
    met = None if bound is None else target_met(found, *bound)
    percent = None
    if bound is not None and bound[0] is TargetKind.AT_LEAST and bound[1]:
        percent = float(min(Decimal(100), 100 * (found or Decimal(0)) / bound[1]))
    return {
        "label": wording.counted(asked, category, request.locale),
        "value": names.number(found),
        "unit": names.measure(indicator),
        "href": figure_path(request, view.code, indicator, FactStatus.ACCEPTED, None, **about)
        if found is not None
        else None,
        "target": target_text(names, objective) if objective else None,
        "met": met,
        "percent": percent,
        "days": _days(request, view, names, indicator, category) if asked.aggregation == "sum" else [],
    }


def target_text(names: Names, one: Objective) -> str | None:
    """Return an objective's target in words, ``None`` where it has none."""
    target = one.target
    if target is None or one.indicator is None:
        return None
    value = target.at_most if target.at_least is None else target.at_least
    if value is None:
        return None
    unit = wording.unit_name(target.unit, names.locale) if target.unit else names.measure(one.indicator)
    return wording.target(
        numbers.quantity(value, unit, names.locale),
        at_most=target.at_least is None,
        locale=names.locale,
    )


def _bound(view: OperationView, one: Objective) -> tuple[TargetKind, Decimal] | None:
    """Return an objective's target in its indicator's base unit."""
    target = one.target
    indicator = view.indicators.get(one.indicator or "")
    value = None if target is None else target.at_most if target.at_least is None else target.at_least
    if target is None or value is None or indicator is None:
        return None
    kind = TargetKind.AT_MOST if target.at_least is None else TargetKind.AT_LEAST
    rates = view.document.reporting.exchange_rates
    return kind, convert(value, target.unit or indicator.unit, indicator.unit, rates=rates)


def _days(
    request: Request, view: OperationView, names: Names, indicator: str, category: str | None
) -> list[dict[str, Any]]:
    by_day: dict[date, Decimal] = {}
    for cell in cells(
        request.db,
        view.operation,
        as_known_at=clock.now(),
        status=FactStatus.ACCEPTED,
        indicators=[indicator],
    ):
        if cell.counts and cell.scope is Scope.OPERATION and category in {None, cell.category}:
            by_day[cell.day] = by_day.get(cell.day, Decimal(0)) + cell.quantity
    if not by_day:
        return []
    most = max(by_day.values())
    about = {} if category is None else {"category": category}
    days = [day for day in view.document.span().days() if day in view.document.period or day in by_day]
    return [
        {
            "label": numbers.axis_day(day, request.locale),
            "value": names.number(by_day.get(day)),
            "percent": float(100 * by_day[day] / most) if by_day.get(day) and most else None,
            "href": figure_path(
                request, view.code, indicator, FactStatus.ACCEPTED, None, **about, day=day.isoformat()
            )
            if day in by_day
            else None,
            "note": None,
            "tone": "brand",
        }
        for day in days
    ]
