"""The strip that pages of other domains carry: what a thing of the chain serves, and what serves it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pyramid.request import Request

from jointops.cycles import views as cycle_pages
from jointops.cycles.models import PolicyCycle
from jointops.lessons import chain_cycle, chain_operation
from jointops.lessons.chain import Kind, Neighbours, Node, neighbours
from jointops.lessons.chain_cycle import CycleView, cycle_view
from jointops.lessons.chain_gaps import gap_group
from jointops.lessons.chain_operation import OperationView
from jointops.lessons.chain_words import GROUP_LABELS, KIND_LABELS, all_of, links_to, path_of
from jointops.operations import service as operations
from jointops.situation.links import NOT_SPECIFIED_WORD
from jointops.web.chain import UNFOLDED, ChainLink, Group, Strip


def strip(request: Request, found: Neighbours) -> Strip:
    """Return neighbours as the strip shows them."""
    say = request.translate

    def side(kinds: Sequence[tuple[Kind, tuple[Node, ...]]], above: bool) -> list[Group]:
        gaps = {
            gap.kind: gap_group(request, found.here, gap, say(GROUP_LABELS[gap.kind]))
            for gap in found.gaps
            if gap.above is above
        }
        groups = []
        for kind, nodes in kinds:
            gap = gaps.pop(kind, None) or Group("")
            groups.append(
                replace(
                    gap,
                    title=say(GROUP_LABELS[kind]),
                    links=links_to(request, nodes[:UNFOLDED]),
                    more=all_of(request, kind, found.here, nodes),
                    count=len(nodes),
                )
            )
        return [*groups, *gaps.values()]

    return Strip(say(KIND_LABELS[found.here.kind]), side(found.up, True), side(found.down, False))


def _view(request: Request) -> OperationView | None:
    """Return the operation of the address as the chain sees it; none for exercises, which stand outside."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    return None if operation.exercise else OperationView(request.db, request.actor, operation)


def _within(of: Callable[[Request, OperationView], Neighbours]) -> Callable[[Request], Strip | None]:
    def provider(request: Request) -> Strip | None:
        view = _view(request)
        return None if view is None else strip(request, of(request, view))

    return provider


def cycle_of(request: Request, code: str) -> CycleView:
    """Return a policy cycle as the chain sees it, read once for a request: the page and its strip need it."""
    known: dict[str, CycleView] = request.__dict__.setdefault("chain_cycles", {})
    if code not in known:
        known[code] = cycle_view(request.db, request.actor, code)
    return known[code]


def strip_of_cycle(request: Request) -> Strip | None:
    """Say what a policy cycle grew from; what serves it is the page's own list."""
    view = cycle_of(request, request.matchdict["cycle"])
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


SECTIONS: Mapping[str, tuple[Collection[Kind], Collection[Kind]]] = {
    "strategic-context": ({Kind.CYCLE, Kind.PRIORITY, Kind.GOAL, Kind.ACTION}, {Kind.OBJECTIVE}),
    "objectives": ({Kind.PRIORITY, Kind.ACTION}, {Kind.OBJECTIVE, Kind.INDICATOR}),
    "tasks": ({Kind.OBJECTIVE, Kind.INDICATOR}, {Kind.TASK}),
    "reporting": ({Kind.OBJECTIVE, Kind.INDICATOR}, {Kind.RESULT}),
    "evaluation-plan": ({Kind.OBJECTIVE, Kind.RESULT}, {Kind.OBSERVATION, Kind.RECOMMENDATION}),
}
"""What the working page of a section shows above and below it; of every other, ``_ANY_SECTION``."""

_ANY_SECTION = ({Kind.PRIORITY, Kind.ACTION}, {Kind.OBJECTIVE})


def strip_of_section(request: Request) -> Strip | None:
    """Lead from a section of the plan that is written to the links of the chain that it is about."""
    view = _view(request)
    if view is None:
        return None
    above, below = SECTIONS.get(request.matchdict.get("section", ""), _ANY_SECTION)
    whole = chain_operation.of_operation(view)
    nodes = [one for _kind, found in (*whole.up, *whole.down) for one in found]
    nodes += chain_operation.parts(view, {*above, *below})
    found = neighbours(
        view.node,
        [one for one in nodes if one.kind in above],
        [one for one in nodes if one.kind in below],
        hidden=frozenset(Kind),
        gaps=[gap for gap in whole.gaps if gap.kind in (above if gap.above else below)],
    )
    return strip(request, found)


STRIPS = {
    "cycle": strip_of_cycle,
    "operation.plan": strip_of_operation,
    "operation.task": strip_of_task,
    "returns.return": strip_of_return,
    "operation.figures": strip_of_result,
    "operation.evaluation": strip_of_evaluation,
    "operation.plan.section": strip_of_section,
}
"""What the pages of other domains carry, by their routes."""


def cycle_links(request: Request, cycle: PolicyCycle) -> cycle_pages.Links:
    """Return what serves the parts of a cycle, for its own page."""
    view = cycle_of(request, cycle.code)

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
