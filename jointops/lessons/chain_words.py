"""What the links of the chain are called, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.request import Request

from jointops.kernel.i18n import _, label
from jointops.lessons import wording
from jointops.lessons.chain import Kind, Node
from jointops.returns.models import FactStatus
from jointops.situation.links import figure_path
from jointops.web.chain import ChainLink

KIND_LABELS = {
    Kind.CYCLE: _("Policy cycle"),
    Kind.PRIORITY: _("Priority"),
    Kind.GOAL: _("Strategic goal"),
    Kind.ACTION: _("Operational action"),
    Kind.OPERATION: _("Operation"),
    Kind.OBJECTIVE: _("Objective"),
    Kind.INDICATOR: _("Indicator"),
    Kind.TASK: _("Task"),
    Kind.RETURN: _("Return"),
    Kind.RESULT: _("Result"),
    Kind.OBSERVATION: _("Observation"),
    Kind.RECOMMENDATION: _("Recommendation"),
}

GROUP_LABELS = {
    Kind.CYCLE: _("Policy cycle"),
    Kind.PRIORITY: _("Priorities"),
    Kind.GOAL: _("Strategic goals"),
    Kind.ACTION: _("Operational actions"),
    Kind.OPERATION: _("Operations"),
    Kind.OBJECTIVE: _("Objectives"),
    Kind.INDICATOR: _("Indicators"),
    Kind.TASK: _("Tasks"),
    Kind.RETURN: _("Returns"),
    Kind.RESULT: _("Results"),
    Kind.OBSERVATION: _("Observations"),
    Kind.RECOMMENDATION: _("Recommendations"),
}


def path_of(request: Request, one: Node) -> str:
    """Return the address of a link of the chain."""
    where, code = one.where, one.code
    match one.kind:
        case Kind.CYCLE:
            return address(request, "cycle", cycle=where)
        case Kind.PRIORITY:
            return address(request, "cycle.priority", cycle=where, priority=code)
        case Kind.GOAL:
            return address(request, "cycle.goal", cycle=where, goal=code)
        case Kind.ACTION:
            return address(request, "cycle.action.chain", cycle=where, action=code)
        case Kind.OPERATION:
            return address(request, "operation.plan", code=where)
        case Kind.TASK:
            return address(request, "operation.task", code=where, task=code)
        case Kind.RETURN:
            unit, _slash, day = code.partition("/")
            if not day:
                return address(request, "operation.returns", code=where, _query={"unit": unit})
            return address(request, "returns.return", code=where, unit=unit, day=day)
        case Kind.RESULT:
            indicator, slash, category = code.partition("/")
            about = {"category": category} if slash else {}
            return figure_path(request, where, indicator, FactStatus.ACCEPTED, None, **about)
        case kind:
            return address(request, f"operation.{kind.value}", code=where, **{kind.value: code})


def address(request: Request, route: str, **values: Any) -> str:
    """Return the path of a page of this application."""
    path: str = request.route_path(route, **values)
    return path


def title_of(one: Node, locale: str) -> str:
    """Return what a link of the chain is called, with its code where that says more."""
    title = one.title if isinstance(one.title, str) else label(dict(one.title), locale)
    if one.kind is Kind.RESULT and "/" in one.code:
        title = f"{title} ({_category(one.code.partition('/')[2], locale)})"
    if one.kind is Kind.RECOMMENDATION and not title:
        return f"{one.where} · {one.code}"
    if one.kind in {Kind.OBJECTIVE, Kind.TASK, Kind.OBSERVATION, Kind.RECOMMENDATION, Kind.ACTION, Kind.GOAL}:
        return f"{one.code} {title}" if title else one.code
    if one.kind is Kind.OPERATION:
        return one.code
    return title or one.code


def _category(code: str, locale: str) -> str:
    return wording.category_name(code, locale)


def links_to(request: Request, nodes: Sequence[Node]) -> list[ChainLink]:
    """Return links of the chain as a page shows them."""
    return [ChainLink(title_of(one, request.locale), path_of(request, one)) for one in nodes]


def all_of(request: Request, kind: Kind, here: Node, nodes: Sequence[Node]) -> str | None:
    """Return where all neighbours of a kind stand."""
    where = nodes[0].where
    match kind:
        case Kind.PRIORITY | Kind.GOAL | Kind.ACTION:
            anchor = {Kind.PRIORITY: "priorities", Kind.GOAL: "goals"}.get(kind, "actions")
            return address(request, "cycle", cycle=where, _anchor=anchor)
        case Kind.OPERATION:
            return address(request, "operations")
        case Kind.OBJECTIVE | Kind.INDICATOR:
            anchor = "objectives" if kind is Kind.OBJECTIVE else "indicators"
            return address(request, "operation.plan", code=where, _anchor=anchor)
        case Kind.TASK:
            return address(request, "operation.tasks", code=where)
        case Kind.RETURN:
            return address(request, "operation.returns", code=where)
        case Kind.RESULT:
            return address(request, "operation.evaluation", code=where, _anchor="results")
        case Kind.OBSERVATION | Kind.RECOMMENDATION:
            return address(request, "operation.evaluation", code=where, _anchor=f"{kind.value}s")
        case _:
            return path_of(request, here)
