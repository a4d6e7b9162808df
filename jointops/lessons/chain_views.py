"""Pages of single links of the chain, from the priority to the recommendation: what each serves, and what serves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.evaluation import findings
from jointops.evaluation.models import Evaluation, ObservationKind, Recommendation
from jointops.evaluation.page import RECOMMENDATION_TONES, Later
from jointops.evaluation.rules import CAPABILITIES, RECOMMENDATION_LABELS
from jointops.kernel.i18n import _, label, said_of
from jointops.kernel.policy import Action
from jointops.lessons import chain_cycle, chain_operation, rules, service, wording
from jointops.lessons.chain import Kind, Neighbours, Node
from jointops.lessons.chain_cycle import CycleView
from jointops.lessons.chain_figure import figure_of, target_text
from jointops.lessons.chain_gaps import gap_group
from jointops.lessons.chain_operation import OperationView
from jointops.lessons.chain_strips import cycle_of
from jointops.lessons.chain_words import (
    GROUP_LABELS,
    KIND_LABELS,
    address,
    all_of,
    links_to,
    path_of,
    title_of,
)
from jointops.operations import service as operations
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.situation.names import Names
from jointops.web.navigation import Link
from jointops.web.page import page

LISTED = 100
"""So many neighbours of one kind stand on a page of the chain."""


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
                "links": links_to(request, nodes[:LISTED]),
                "more": all_of(request, kind, found.here, nodes) if len(nodes) > LISTED else None,
            }
            for kind, nodes in kinds
        ]

    gaps = [gap_group(request, found.here, gap, say(GROUP_LABELS[gap.kind])) for gap in found.gaps]
    return {
        "page": frame,
        "kind": say(KIND_LABELS[found.here.kind]),
        "code": found.here.code,
        "facts": facts,
        "up": sections(found.up),
        "down": sections(found.down),
        "missing": [gap for gap in gaps if not gap.weak],
        "wanting": {
            side: [
                group
                for gap, group in zip(found.gaps, gaps, strict=True)
                if gap.above is above and group.weak
            ]
            for side, above in (("up", True), ("down", False))
        },
        "text": "",
        "figure": None,
        "answers": None,
        "tags": [],
        **more,
    }


def _cycle_page(
    request: Request, of: Callable[[CycleView], Neighbours], facts: Sequence[Any] = (), **more: Any
) -> dict[str, Any]:
    view = cycle_of(request, request.matchdict["cycle"])
    found = of(view)
    name = label(view.cycle.title, request.locale)
    title = title_of(found.here, request.locale)
    frame = page(
        request,
        title,
        breadcrumbs=[
            Link(request.translate(_("Policy cycle")), address(request, "cycles")),
            Link(name, address(request, "cycle", cycle=view.cycle.code), data=True),
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
            "href": address(request, "operation.indicator", code=view.code, indicator=indicator)
            if indicator
            else None,
        },
        {"term": _("Target"), "text": target_text(names, one)},
    ]
    return _operation_page(
        request,
        view,
        found,
        "plan",
        facts,
        text=label(one.description, request.locale),
        figure=figure_of(request, view, names, indicator, one.category, one) if indicator else None,
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
        request, view, found, "plan", facts, figure=figure_of(request, view, names, code, None, None)
    )


@view_config(route_name="operation.observation", request_method="GET", renderer="lessons/link.jinja2")
def show_observation(request: Request) -> dict[str, Any]:
    """Show an observation: what it is about, and the recommendations that answer it."""
    view = _inside(request)
    one = chain_operation.find_observation(view, request.matchdict["observation"])
    found = chain_operation.of_observation(view, one.code)
    capability = CAPABILITIES.get(one.capability)
    strength = one.kind is ObservationKind.STRENGTH
    resting = one.indicator in view.indicators and view.may(Action.SITUATION_READ)
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
        {
            "term": _("Rests on the figure"),
            "text": title_of(view.result(one.indicator), request.locale) if resting else None,
            "href": path_of(request, view.result(one.indicator)) if resting else None,
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
            address(request, "operation.recommendation", code=code, recommendation=one.code),
            [
                (
                    answer.operation.code,
                    request.translate(rules.DISPOSITION_LABELS[answer.answer]),
                    address(request, "operation.plan.lessons", code=answer.operation.code),
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
            "href": address(request, "operation.plan.lessons", code=answer.operation.code),
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
