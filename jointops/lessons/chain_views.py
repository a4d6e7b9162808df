"""Pages of single links of the chain, and the strip that other pages carry: what a thing serves, what serves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.cycles import views as cycle_pages
from jointops.cycles.models import PolicyCycle
from jointops.evaluation import findings
from jointops.evaluation.models import Evaluation, ObservationKind, Recommendation
from jointops.evaluation.page import RECOMMENDATION_TONES, Later
from jointops.evaluation.rules import CAPABILITIES, RECOMMENDATION_LABELS, target_met
from jointops.kernel import clock
from jointops.kernel.i18n import _, label, said_of
from jointops.kernel.policy import Action
from jointops.lessons import chain, chain_cycle, chain_operation, rules, service, wording
from jointops.lessons.chain import Kind, Neighbours, Node
from jointops.lessons.chain_cycle import CycleView, cycle_view
from jointops.lessons.chain_operation import OperationView
from jointops.operations import service as operations
from jointops.operations.models import TargetKind
from jointops.operations.page import operation_page
from jointops.operations.plandoc import Objective
from jointops.reference.measure import convert
from jointops.rendering import numbers
from jointops.returns.facts import cells
from jointops.returns.models import FactStatus, Scope
from jointops.returns.sums import Selection
from jointops.situation.figures import figures
from jointops.situation.links import NOT_SPECIFIED_WORD, figure_path
from jointops.situation.names import Names
from jointops.web.chain import ChainLink, Group, Strip
from jointops.web.navigation import Link
from jointops.web.page import page

LISTED = 100
"""So many neighbours of one kind stand on a page of the chain."""

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

MISSING_LABELS = {
    Kind.PRIORITY: _("It serves no priority of a policy cycle."),
    Kind.OPERATION: _("No operation carries it out."),
    Kind.OBJECTIVE: _("It serves no objective."),
    Kind.INDICATOR: _("No indicator measures it."),
}


def path_of(request: Request, one: Node) -> str:
    """Return the address of a link of the chain."""
    where, code = one.where, one.code
    match one.kind:
        case Kind.CYCLE:
            return _path(request, "cycle", cycle=where)
        case Kind.PRIORITY:
            return _path(request, "cycle.priority", cycle=where, priority=code)
        case Kind.GOAL:
            return _path(request, "cycle.goal", cycle=where, goal=code)
        case Kind.ACTION:
            return _path(request, "cycle.action.chain", cycle=where, action=code)
        case Kind.OPERATION:
            return _path(request, "operation.plan", code=where)
        case Kind.TASK:
            return _path(request, "operation.task", code=where, task=code)
        case Kind.RETURN:
            unit, _slash, day = code.partition("/")
            if not day:
                return _path(request, "operation.returns", code=where, _query={"unit": unit})
            return _path(request, "returns.return", code=where, unit=unit, day=day)
        case Kind.RESULT:
            indicator, slash, category = code.partition("/")
            about = {"category": category} if slash else {}
            return figure_path(request, where, indicator, FactStatus.ACCEPTED, None, **about)
        case kind:
            return _path(request, f"operation.{kind.value}", code=where, **{kind.value: code})


def _path(request: Request, route: str, **values: Any) -> str:
    path: str = request.route_path(route, **values)
    return path


def title_of(one: Node, locale: str) -> str:
    """Return what a link of the chain is called, with its code where that says more."""
    title = one.title if isinstance(one.title, str) else label(dict(one.title), locale)
    if one.kind is Kind.RESULT and "/" in one.code:
        title = f"{title} ({_category(one.code.partition('/')[2], locale)})"
    if one.kind in {Kind.OBJECTIVE, Kind.TASK, Kind.OBSERVATION, Kind.RECOMMENDATION, Kind.ACTION, Kind.GOAL}:
        return f"{one.code} {title}" if title else one.code
    if one.kind is Kind.OPERATION:
        return one.code
    return title or one.code


def _category(code: str, locale: str) -> str:
    return wording.category_name(code, locale)


# --- The strip -------------------------------------------------------------------------------------------------------


def strip(request: Request, found: Neighbours) -> Strip:
    """Return neighbours as the strip shows them."""
    say = request.translate

    def groups(kinds: Sequence[tuple[Kind, tuple[Node, ...]]]) -> list[Group]:
        return [
            Group(
                say(GROUP_LABELS[kind]),
                [ChainLink(title_of(one, request.locale), path_of(request, one)) for one in nodes[:3]],
                _more(request, kind, found.here, nodes),
                len(nodes),
            )
            for kind, nodes in kinds
        ]

    gaps = [
        Group(say(GROUP_LABELS[kind]), missing=say(MISSING_LABELS[kind]))
        for kind in Kind
        if kind in found.missing
    ]
    order = list(Kind).index(found.here.kind)
    return Strip(
        say(KIND_LABELS[found.here.kind]),
        [*groups(found.up), *(gap for gap, kind in _of(gaps, found) if list(Kind).index(kind) < order)],
        [*groups(found.down), *(gap for gap, kind in _of(gaps, found) if list(Kind).index(kind) > order)],
    )


def _of(gaps: Sequence[Group], found: Neighbours) -> list[tuple[Group, Kind]]:
    return list(zip(gaps, [kind for kind in Kind if kind in found.missing], strict=True))


def _more(request: Request, kind: Kind, here: Node, nodes: Sequence[Node]) -> str | None:
    """Return where all neighbours of a kind stand."""
    where = nodes[0].where
    match kind:
        case Kind.PRIORITY | Kind.GOAL | Kind.ACTION:
            anchor = {Kind.PRIORITY: "priorities", Kind.GOAL: "goals"}.get(kind, "actions")
            return _path(request, "cycle", cycle=where, _anchor=anchor)
        case Kind.OPERATION:
            return _path(request, "operations")
        case Kind.OBJECTIVE | Kind.INDICATOR:
            anchor = "objectives" if kind is Kind.OBJECTIVE else "indicators"
            return _path(request, "operation.plan", code=where, _anchor=anchor)
        case Kind.TASK:
            return _path(request, "operation.tasks", code=where)
        case Kind.RETURN:
            return _path(request, "operation.returns", code=where)
        case Kind.RESULT:
            return _path(request, "operation.evaluation", code=where, _anchor="results")
        case Kind.OBSERVATION | Kind.RECOMMENDATION:
            return _path(request, "operation.evaluation", code=where, _anchor=f"{kind.value}s")
        case _:
            return path_of(request, here)


def _view(request: Request) -> OperationView | None:
    """Return the operation of the address as the chain sees it; none for exercises, which stand outside."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return None if operation.exercise else OperationView(request.db, request.actor, operation)


def _within(of: Callable[[Request, OperationView], Neighbours]) -> Callable[[Request], Strip | None]:
    def provider(request: Request) -> Strip | None:
        view = _view(request)
        return None if view is None else strip(request, of(request, view))

    return provider


def _cycle_view(request: Request, code: str) -> CycleView:
    """Return a policy cycle as the chain sees it, read once for a request: the page and its strip need it."""
    known: dict[str, CycleView] = request.__dict__.setdefault("chain_cycles", {})
    if code not in known:
        known[code] = cycle_view(request.db, request.actor, code)
    return known[code]


def strip_of_cycle(request: Request) -> Strip | None:
    """Say what a policy cycle grew from; what serves it is the page's own list."""
    view = _cycle_view(request, request.matchdict["cycle"])
    return replace(strip(request, chain_cycle.of_cycle(view)), down=())


strip_of_operation = _within(lambda _request, view: chain_operation.of_operation(view))
strip_of_task = _within(lambda request, view: chain_operation.of_task(view, request.matchdict["task"]))
strip_of_evaluation = _within(lambda _request, view: chain_operation.of_evaluation(view))


def strip_of_return(request: Request) -> Strip | None:
    """Say which tasks a return reports on, and which results it adds to."""
    view = _view(request)
    try:
        day = date.fromisoformat(request.matchdict["day"])
    except ValueError:
        return None
    return (
        None
        if view is None
        else strip(request, chain_operation.of_return(view, request.matchdict["unit"], day))
    )


def strip_of_result(request: Request) -> Strip | None:
    """Say what a figure measures, which returns it comes from, and what was observed of it."""
    view = _view(request)
    if view is None:
        return None
    category = request.GET.get("category") or None
    return strip(
        request,
        chain_operation.of_result(
            view, request.GET.get("indicator", ""), "" if category == NOT_SPECIFIED_WORD else category
        ),
    )


STRIPS = {
    "cycle": strip_of_cycle,
    "operation.plan": strip_of_operation,
    "operation.task": strip_of_task,
    "returns.return": strip_of_return,
    "operation.figures": strip_of_result,
    "operation.evaluation": strip_of_evaluation,
}
"""What the pages of other domains carry, by their routes."""


def cycle_links(request: Request, cycle: PolicyCycle) -> cycle_pages.Links:
    """Return what serves the parts of a cycle, for its own page."""
    view = _cycle_view(request, cycle.code)

    def serving(here: Node, found: Sequence[Node] = ()) -> cycle_pages.Serving:
        links = tuple(ChainLink(one.code, path_of(request, one)) for one in found)
        return cycle_pages.Serving(path_of(request, here), links)

    return cycle_pages.Links(
        priorities={
            one.code: serving(view.priority(one.code), view.serving(priority=one.code))
            for one in cycle.priorities
        },
        goals={one.code: serving(view.goal(one.code)) for one in cycle.goals},
        actions={one.code: serving(view.action(one), view.serving(action=one.code)) for one in view.actions},
    )


# --- Pages -----------------------------------------------------------------------------------------------------------


def _link_page(
    request: Request, frame: Any, found: Neighbours, facts: Sequence[Any], **more: Any
) -> dict[str, Any]:
    say = request.translate

    def sections(kinds: Sequence[tuple[Kind, tuple[Node, ...]]]) -> list[dict[str, Any]]:
        return [
            {
                "id": kind.value,
                "title": say(GROUP_LABELS[kind]),
                "count": len(nodes),
                "links": [
                    ChainLink(title_of(one, request.locale), path_of(request, one)) for one in nodes[:LISTED]
                ],
                "more": _more(request, kind, found.here, nodes) if len(nodes) > LISTED else None,
            }
            for kind, nodes in kinds
        ]

    return {
        "page": frame,
        "kind": say(KIND_LABELS[found.here.kind]),
        "code": found.here.code,
        "facts": facts,
        "up": sections(found.up),
        "down": sections(found.down),
        "missing": [say(MISSING_LABELS[kind]) for kind in Kind if kind in found.missing],
        "text": "",
        "figure": None,
        "answers": None,
        "tags": [],
        **more,
    }


def _cycle_page(
    request: Request, of: Callable[[CycleView], Neighbours], facts: Sequence[Any] = (), **more: Any
) -> dict[str, Any]:
    view = _cycle_view(request, request.matchdict["cycle"])
    found = of(view)
    name = label(view.cycle.title, request.locale)
    title = title_of(found.here, request.locale)
    frame = page(
        request,
        title,
        breadcrumbs=[
            Link(request.translate(_("Policy cycle")), _path(request, "cycles")),
            Link(name, _path(request, "cycle", cycle=view.cycle.code), data=True),
        ],
    )
    return _link_page(request, frame, found, facts, **more)


@view_config(route_name="cycle.priority", request_method="GET", renderer="lessons/link.jinja2")
def show_priority(request: Request) -> dict[str, Any]:
    """Show a priority of a policy cycle with everything that serves it."""
    return _cycle_page(request, lambda view: chain_cycle.of_priority(view, request.matchdict["priority"]))


@view_config(route_name="cycle.goal", request_method="GET", renderer="lessons/link.jinja2")
def show_goal(request: Request) -> dict[str, Any]:
    """Show a strategic goal with the actions that pursue it."""
    return _cycle_page(request, lambda view: chain_cycle.of_goal(view, request.matchdict["goal"]))


@view_config(route_name="cycle.action.chain", request_method="GET", renderer="lessons/link.jinja2")
def show_action(request: Request) -> dict[str, Any]:
    """Show an operational action with the recommendation it came from and the operations that carry it out."""
    return _cycle_page(request, lambda view: chain_cycle.of_action(view, request.matchdict["action"]))


def _operation_page(
    request: Request, view: OperationView, found: Neighbours, tab: str, facts: Sequence[Any], **more: Any
) -> dict[str, Any]:
    title = title_of(found.here, request.locale)
    crumb = Link(request.translate(KIND_LABELS[found.here.kind]), None)
    frame = operation_page(request, view.operation, title, tab, breadcrumbs=[crumb])
    return _link_page(request, frame, found, facts, **more)


def _inside(request: Request) -> OperationView:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return OperationView(request.db, request.actor, operation)


@view_config(route_name="operation.objective", request_method="GET", renderer="lessons/link.jinja2")
def show_objective(request: Request) -> dict[str, Any]:
    """Show an objective: its target, the result now, and everything between the two."""
    view = _inside(request)
    found = chain_operation.of_objective(view, request.matchdict["objective"])
    one = chain_operation.find_objective(view, request.matchdict["objective"])
    names = Names(view.document, request.locale)
    indicator = one.indicator if one.indicator in view.indicators else None
    area = names.action_area(one.action_area) if one.action_area else request.translate(_("All"))
    facts = [
        {"term": _("Action area"), "text": area, "words": not one.action_area},
        {
            "term": _("Measured by"),
            "text": wording.counted(view.indicators[indicator], one.category, request.locale)
            if indicator
            else None,
            "href": _path(request, "operation.indicator", code=view.code, indicator=indicator)
            if indicator
            else None,
        },
        {"term": _("Target"), "text": _target_text(names, one)},
    ]
    return _operation_page(
        request,
        view,
        found,
        "plan",
        facts,
        text=label(one.description, request.locale),
        figure=_figure(request, view, names, indicator, one.category, one) if indicator else None,
    )


@view_config(route_name="operation.indicator", request_method="GET", renderer="lessons/link.jinja2")
def show_indicator(request: Request) -> dict[str, Any]:
    """Show an indicator: what counts, the result now, the objectives that it measures and the tasks that serve it."""
    view, code = _inside(request), request.matchdict["indicator"]
    found = chain_operation.of_indicator(view, code)
    names = Names(view.document, request.locale)
    facts = [
        {"term": _("What counts"), "text": names.definition(code) or None},
        {"term": _("Unit of measure"), "text": names.measure(code)},
    ]
    return _operation_page(
        request, view, found, "plan", facts, figure=_figure(request, view, names, code, None, None)
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


def _target_text(names: Names, one: Objective) -> str | None:
    view_target = one.target
    if view_target is None or one.indicator is None:
        return None
    value = view_target.at_most if view_target.at_least is None else view_target.at_least
    if value is None:
        return None
    unit = (
        wording.unit_name(view_target.unit, names.locale)
        if view_target.unit
        else names.measure(one.indicator)
    )
    return wording.target(
        numbers.quantity(value, unit, names.locale),
        at_most=view_target.at_least is None,
        locale=names.locale,
    )


def _figure(
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
        "target": _target_text(names, objective) if objective else None,
        "met": met,
        "percent": percent,
        "days": _days(request, view, names, indicator, category) if asked.aggregation == "sum" else [],
    }


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


@view_config(route_name="operation.observation", request_method="GET", renderer="lessons/link.jinja2")
def show_observation(request: Request) -> dict[str, Any]:
    """Show an observation: what it is about, and the recommendations that answer it."""
    view = _inside(request)
    one = chain_operation.find_observation(view, request.matchdict["observation"])
    found = chain_operation.of_observation(view, one.code)
    capability = CAPABILITIES.get(one.capability)
    strength = one.kind is ObservationKind.STRENGTH
    facts = [
        {
            "term": said_of("observation", "Kind"),
            "text": request.translate(_("Strength") if strength else _("Area for improvement")),
            "words": True,
        },
        {
            "term": _("Action area"),
            "text": label(one.action_area.title, request.locale)
            if one.action_area
            else request.translate(_("All")),
            "words": one.action_area is None,
        },
        {"term": _("Root cause"), "text": one.root_cause or None},
        {
            "term": _("Capability"),
            "text": request.translate(capability) if capability else None,
            "words": capability is not None,
        },
        {"term": _("Source"), "text": one.source or None},
        {"term": _("Written by"), "text": one.author},
    ]
    return _operation_page(request, view, found, "evaluation", facts, text=one.text)


@view_config(route_name="operation.recommendation", request_method="GET", renderer="lessons/link.jinja2")
def show_recommendation(request: Request) -> dict[str, Any]:
    """Show a recommendation: what it answers, what became of it, and what later plans made of it."""
    view = _inside(request)
    one = findings.find_recommendation(
        request.db, request.actor, view.operation, request.matchdict["recommendation"]
    )
    found = chain_operation.of_recommendation(view, one)
    capability = CAPABILITIES.get(one.capability)
    tone, icon = RECOMMENDATION_TONES[one.state]
    facts = [
        {"term": _("Owner"), "text": one.owner},
        {
            "term": _("Due"),
            "text": numbers.short_day(one.due_on, request.locale) if one.due_on else None,
        },
        {
            "term": _("Capability"),
            "text": request.translate(capability) if capability else None,
            "words": capability is not None,
        },
        {"term": _("Tags"), "text": ", ".join(one.tags) or None},
        {"term": _("Source"), "text": one.source or None},
        {"term": _("Decision"), "text": one.decision or None},
    ]
    return _operation_page(
        request,
        view,
        found,
        "evaluation",
        facts,
        text=one.text,
        tags=[{"text": request.translate(RECOMMENDATION_LABELS[one.state]), "tone": tone, "icon": icon}],
        answers=answers(request, one),
    )


def later(request: Request, evaluation: Evaluation) -> dict[int, Later]:
    """Return the page of each recommendation of an evaluation, and what later plans made of it."""
    if not evaluation.recommendations:
        return {}
    code = evaluation.operation.code
    found = service.answers_to(request.db, request.actor, [one.id for one in evaluation.recommendations])
    return {
        one.id: Later(
            _path(request, "operation.recommendation", code=code, recommendation=one.code),
            [
                (
                    answer.operation.code,
                    request.translate(rules.DISPOSITION_LABELS[answer.answer]),
                    _path(request, "operation.plan.lessons", code=answer.operation.code),
                )
                for answer in found.get(one.id, [])
            ],
        )
        for one in evaluation.recommendations
    }


def answers(request: Request, one: Recommendation) -> list[dict[str, Any]]:
    """Return what later plans made of a recommendation, as the pages show it."""
    found = service.answers_to(request.db, request.actor, [one.id]).get(one.id, [])
    return [
        {
            "operation": answer.operation.code,
            "title": label(answer.operation.title, request.locale),
            "href": _path(request, "operation.plan.lessons", code=answer.operation.code),
            "answer": request.translate(rules.DISPOSITION_LABELS[answer.answer]),
            "tone": wording.TONES[answer.answer][0],
            "icon": wording.TONES[answer.answer][1],
            "section": wording.section_name(answer.section, request.locale) if answer.section else None,
            "reason": answer.reason,
            "when": numbers.short_instant(answer.answered_at, request.locale, "UTC"),
            "by": answer.answered_by,
        }
        for answer in found
    ]


__all__ = ["STRIPS", "answers", "chain", "path_of", "strip", "title_of"]
