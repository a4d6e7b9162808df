"""The whole chain of one operation as a graph, for other software."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from jointops.cycles.models import OperationalAction, OperationalActionPlan
from jointops.evaluation.models import Evaluation, Observation
from jointops.kernel.policy import Action
from jointops.lessons import service
from jointops.lessons.chain import (
    Kind,
    Node,
    action_node,
    node,
    observation_node,
    operation_node,
    origin_of,
    recommendation_node,
)
from jointops.lessons.chain_operation import OperationView
from jointops.operations.plandoc import PlanTask
from jointops.returns import across


@dataclass(slots=True)
class Link:
    """A node with the keys of what it serves and of what serves it."""

    node: Node
    up: list[Node]
    down: list[Node]


def whole(view: OperationView) -> list[Link]:
    """Return the chain of one operation, each link with its neighbours, from the policy cycle to the next one.

    Returns are told by reporting unit (a return's code is the unit's alone): each of them would be a thousand links.
    """
    graph = _Graph()
    graph.add(view.node)
    _join_cycle(view, graph.join)
    _join_plan(view, graph)
    _join_findings(view, graph.join)
    return graph.links()


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
        join(served, view.node)
    link = view.document.policy_cycle
    if link is None or not link.actions:
        return
    found = view.session.scalars(
        select(OperationalAction)
        .join(OperationalAction.plan)
        .where(OperationalActionPlan.cycle_id == cycle.id, OperationalAction.code.in_(link.actions))
        .order_by(OperationalAction.id)
        .options(selectinload(OperationalAction.priority), selectinload(OperationalAction.goal))
    )
    for one in found:
        action = node(Kind.ACTION, cycle.code, one.code, one.title)
        priority = (
            node(Kind.PRIORITY, cycle.code, one.priority.code, one.priority.title) if one.priority else None
        )
        above = priority or top
        if priority is not None:
            join(top, priority)
        if one.goal is not None:
            goal = node(Kind.GOAL, cycle.code, one.goal.code, one.goal.title)
            join(above, goal)
            above = goal
        join(above, action)
        join(action, view.node)
        origin = origin_of(one)
        if origin is not None:
            join(origin, action)


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
        area = one.action_area.code if one.action_area else None
        below = observation_node(view.code, one)
        for objective in view.document.objectives:
            if area is None or objective.action_area in {None, area}:
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
            join(below, action_node(recommendation.adopted_as))
        for answer in answers.get(recommendation.id, []):
            join(below, operation_node(answer.operation))
