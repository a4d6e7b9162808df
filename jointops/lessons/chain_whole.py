"""The whole chain of one operation as a graph, for other software."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from jointops.cycles.models import OperationalAction
from jointops.evaluation.models import Evaluation, Observation, RecommendationState
from jointops.kernel.policy import Action
from jointops.lessons import service
from jointops.lessons.chain import (
    Kind,
    Node,
    action_node,
    gaps_of,
    node,
    observation_node,
    operation_node,
    origin_of,
    recommendation_node,
)
from jointops.lessons.chain_operation import OperationView, about
from jointops.operations.plandoc import PlanTask
from jointops.returns import across


@dataclass(slots=True)
class Link:
    """A node with what it serves, what serves it, and the kinds of which it should have one and has none."""

    node: Node
    up: list[Node]
    down: list[Node]
    missing: tuple[Kind, ...] = ()


def whole(view: OperationView) -> list[Link]:
    """Return the chain of one operation, each link with its neighbours, from the policy cycle to the next one.

    Returns are told by reporting unit (a return's code is the unit's alone): each of them would be a thousand links.
    """
    graph = _Graph()
    graph.add(view.node)
    _join_cycle(view, graph.join)
    _join_plan(view, graph)
    _join_findings(view, graph.join)
    links = graph.links()
    rejected = {one.code for one in view.recommendations() if one.state is RecommendationState.REJECTED}
    for link in links:
        # Of what stands outside only its ties to this operation are known.
        if link.node.where == view.code:
            link.missing = _missing(link, view.hidden(), rejected)
    return links


def _missing(link: Link, hidden: Collection[Kind], rejected: Collection[str]) -> tuple[Kind, ...]:
    unseen = set(hidden)
    if Kind.RESULT in hidden:
        unseen.add(Kind.RETURN)
    if link.node.kind is Kind.RECOMMENDATION and link.node.code in rejected:
        unseen.add(Kind.ACTION)
    above, below = [one.kind for one in link.up], [one.kind for one in link.down]
    return tuple(gap.kind for gap in gaps_of(link.node.kind, above, below, unseen))


class _Graph:
    """Links by the keys of their nodes."""

    def __init__(self) -> None:
        self._found: dict[tuple[Kind, str, str], Link] = {}
        self._joined: set[tuple[tuple[Kind, str, str], tuple[Kind, str, str]]] = set()

    def add(self, one: Node) -> Link:
        return self._found.setdefault(one.key, Link(one, [], []))

    def join(self, above: Node, below: Node) -> None:
        upper, lower = self.add(above), self.add(below)
        if (above.key, below.key) not in self._joined:
            self._joined.add((above.key, below.key))
            upper.down.append(below)
            lower.up.append(above)

    def links(self) -> list[Link]:
        order = {kind: place for place, kind in enumerate(Kind)}
        return sorted(self._found.values(), key=lambda link: order[link.node.kind])


def _join_plan(view: OperationView, graph: _Graph) -> None:
    join, operation = graph.join, view.node
    for one in view.document.objectives:
        objective = view.objective(one)
        join(operation, objective)
        if one.indicator in view.indicators and one.indicator:
            join(objective, view.indicator(one.indicator))
    for code in view.indicators:
        graph.add(view.indicator(code))
    reporting = _reporting_units(view)
    for task in view.document.tasks:
        _join_task(view, graph, task, reporting)
    for unit, code in _reported(view):
        if unit in reporting:
            join(reporting[unit], view.result(code))


def _join_task(view: OperationView, graph: _Graph, task: PlanTask, reporting: Mapping[str, Node]) -> None:
    served = view.links.objectives_served(task.action_area, task.indicators)
    below = view.task(task)
    graph.add(below)
    for one in served:
        graph.join(view.objective(one), below)
    for code in dict.fromkeys([*task.indicators, *(one.indicator for one in served)]):
        if code in view.indicators and code:
            graph.join(view.indicator(code), below)
    for unit in task.units:
        if unit in reporting:
            graph.join(below, reporting[unit])


def _join_cycle(view: OperationView, join: Callable[[Node, Node], None]) -> None:
    cycle = view.operation.cycle
    if cycle is None:
        return
    top = node(Kind.CYCLE, cycle.code, cycle.code, cycle.title)
    for served in view.priorities():
        join(top, served)
        # Strategic goals hold for all priorities of a cycle.
        for goal in cycle.goals:
            join(served, node(Kind.GOAL, cycle.code, goal.code, goal.title))
        join(served, view.node)
    for one in view.actions():
        action = _join_action(one, join)
        join(action, view.node)
        origin = origin_of(one)
        if origin is not None:
            join(origin, action)


def _join_action(one: OperationalAction, join: Callable[[Node, Node], None]) -> Node:
    """Join an operational action to its cycle by its priority and strategic goal; return it."""
    cycle, action = one.plan.cycle, action_node(one)
    above = node(Kind.CYCLE, cycle.code, cycle.code, cycle.title)
    for kind, part in ((Kind.PRIORITY, one.priority), (Kind.GOAL, one.goal)):
        if part is not None:
            below = node(kind, cycle.code, part.code, part.title)
            join(above, below)
            above = below
    join(above, action)
    return action


def _reporting_units(view: OperationView) -> dict[str, Node]:
    if not view.may(Action.SITUATION_READ):
        return {}
    found = across.reporting(view.session, view.operation)
    return {code: node(Kind.RETURN, view.code, code, title) for code, title in found.items()}


def _reported(view: OperationView) -> list[tuple[str, str]]:
    """Return which unit has reported which indicator of the plan."""
    if not view.may(Action.SITUATION_READ):
        return []
    found = across.reported(view.session, view.operation)
    return [(unit, code) for unit, code in found if code in view.indicators]


def _join_findings(view: OperationView, join: Callable[[Node, Node], None]) -> None:
    if not view.may(Action.EVALUATION_READ):
        return
    figures = view.may(Action.SITUATION_READ)
    found = view.session.scalars(
        select(Observation)
        .join(Observation.evaluation)
        .where(Evaluation.operation_id == view.operation.id)
        .order_by(Observation.id)
        .options(joinedload(Observation.action_area))
    )
    for one in found:
        below = observation_node(view.code, one)
        if figures and one.indicator in view.indicators:
            join(view.result(one.indicator), below)
        for objective in view.document.objectives:
            if about(one, objective):
                join(view.objective(objective), below)
                if figures and objective.indicator in view.indicators:
                    join(view.result(objective.indicator or ""), below)
    recommendations = view.recommendations()
    answers = service.answers_to(view.session, view.actor, [one.id for one in recommendations])
    for recommendation in recommendations:
        below = recommendation_node(view.code, recommendation)
        above = (
            observation_node(view.code, recommendation.observation)
            if recommendation.observation
            else view.node
        )
        join(above, below)
        if recommendation.adopted_as is not None:
            join(below, _join_action(recommendation.adopted_as, join))
        for answer in answers.get(recommendation.id, []):
            join(below, operation_node(answer.operation))
