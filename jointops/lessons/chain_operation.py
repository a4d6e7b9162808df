"""The part of the chain inside an operation: objectives, indicators, tasks, returns, results, findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from jointops.cycles.models import OperationalAction, OperationalActionPlan
from jointops.evaluation.models import Evaluation, Observation, Recommendation, RecommendationState
from jointops.kernel import policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.lessons import service
from jointops.lessons.chain import (
    Gap,
    Kind,
    Neighbours,
    Node,
    action_node,
    neighbours,
    node,
    observation_node,
    operation_node,
    recommendation_node,
    return_node,
)
from jointops.lessons.links import PlanLinks
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import Objective, PlanTask
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.returns import across
from jointops.tasks import service as tasks


class OperationView:
    """An operation as the chain sees it: its plan in force with the links within it.

    Access to the operation has been asked for by whoever found it; what needs more is asked for here.
    """

    def __init__(self, session: Session, actor: Actor, operation: Operation) -> None:
        self.session = session
        self.actor = actor
        self.operation = operation
        self.code = operation.code
        self.document = operations.document(operations.plan_in_force(session, operation))
        self.links = PlanLinks(self.document)
        self.indicators: Mapping[str, AskedIndicator] = asked(self.document)

    def may(self, action: Action, **about: str) -> bool:
        """Say whether the person may do ``action`` here."""
        return policy.allows(self.actor, action, operations.subject(self.operation, **about))

    def hidden(self) -> frozenset[Kind]:
        """Return the kinds that are not open to the person here, of which nothing can be said to be missing."""
        figures = () if self.may(Action.SITUATION_READ) else (Kind.RESULT,)
        findings = () if self.may(Action.EVALUATION_READ) else (Kind.OBSERVATION, Kind.RECOMMENDATION)
        return frozenset((*figures, *findings))

    # Nodes

    @property
    def node(self) -> Node:
        """The operation itself."""
        return operation_node(self.operation)

    def objective(self, one: Objective) -> Node:
        """Return an objective."""
        return node(Kind.OBJECTIVE, self.code, one.code, one.title)

    def indicator(self, code: str) -> Node:
        """Return an indicator of the plan."""
        return node(Kind.INDICATOR, self.code, code, self.indicators[code].labels)

    def task(self, one: PlanTask) -> Node:
        """Return a task."""
        return node(Kind.TASK, self.code, one.code, one.title)

    def result(self, indicator: str, category: str | None = None) -> Node:
        """Return what an indicator, or one category of it, came to."""
        code = indicator if category is None else f"{indicator}/{category}"
        return node(Kind.RESULT, self.code, code, self.indicators[indicator].labels)

    def result_of(self, one: Objective) -> list[Node]:
        """Return the result by which an objective is measured, where the person may see figures."""
        if one.indicator not in self.indicators or not self.may(Action.SITUATION_READ):
            return []
        return [self.result(one.indicator or "", one.category)]

    def priorities(self) -> list[Node]:
        """Return the priorities that the operation serves."""
        cycle = self.operation.cycle
        if cycle is None:
            return []
        titles = {one.code: one.title for one in cycle.priorities}
        return [
            node(Kind.PRIORITY, cycle.code, code, titles[code])
            for code in self.links.priorities()
            if code in titles
        ]

    def goals_and_actions(self) -> list[Node]:
        """Return the operational actions that the operation carries out, with the goals that these pursue."""
        cycle = self.operation.cycle
        if cycle is None:
            return []
        found = self.actions()
        goals = {one.goal.code: one.goal for one in found if one.goal is not None}
        return [
            *(node(Kind.GOAL, cycle.code, goal.code, goal.title) for goal in goals.values()),
            *(node(Kind.ACTION, cycle.code, one.code, one.title) for one in found),
        ]

    def actions(self) -> Sequence[OperationalAction]:
        """Return the operational actions of the cycle that the plan says it carries out."""
        link, cycle = self.document.policy_cycle, self.operation.cycle
        if link is None or cycle is None or not link.actions:
            return []
        return self.session.scalars(
            select(OperationalAction)
            .join(OperationalAction.plan)
            .where(OperationalActionPlan.cycle_id == cycle.id, OperationalAction.code.in_(link.actions))
            .order_by(OperationalAction.id)
            .options(joinedload(OperationalAction.priority), joinedload(OperationalAction.goal))
        ).all()

    def unmeasured(self) -> list[Objective]:
        """Return the objectives without an indicator of the plan."""
        return [one for one in self.document.objectives if one.indicator not in self.indicators]

    # Findings

    def observations(self, fits: Callable[[Observation], bool] = lambda one: True) -> list[Node]:
        """Return the observations that ``fits`` accepts, where they are open to the person."""
        if not self.may(Action.EVALUATION_READ):
            return []
        found = self.session.scalars(
            select(Observation)
            .join(Observation.evaluation)
            .where(Evaluation.operation_id == self.operation.id)
            .order_by(Observation.id)
            .options(joinedload(Observation.action_area))
        )
        return [observation_node(self.code, one) for one in found if fits(one)]

    def recommendations(self) -> list[Recommendation]:
        """Return the recommendations, where they are open to the person."""
        if not self.may(Action.EVALUATION_READ):
            return []
        wanted = (
            select(Recommendation)
            .join(Recommendation.evaluation)
            .where(Evaluation.operation_id == self.operation.id)
            .order_by(Recommendation.id)
            .options(
                joinedload(Recommendation.observation).joinedload(Observation.action_area),
                joinedload(Recommendation.adopted_as)
                .joinedload(OperationalAction.plan)
                .joinedload(OperationalActionPlan.cycle),
            )
        )
        return list(self.session.scalars(wanted))

    def observed_of(self, one: Objective) -> list[Node]:
        """Return the observations about an objective: about its figure, its action area, or the whole operation."""
        return self.observations(lambda observation: about(observation, one))


def about(observation: Observation, objective: Objective) -> bool:
    """Say whether an observation is about an objective.

    One that rests on a figure is about what that figure measures, any other about its whole action area.
    """
    if observation.indicator and observation.indicator != objective.indicator:
        return False
    area = observation.action_area.code if observation.action_area else None
    return area is None or objective.action_area in {None, area}


def of_operation(view: OperationView) -> Neighbours:
    """Return what an operation serves, and its objectives and recommendations."""
    cycle = view.operation.cycle
    priorities, objectives = view.priorities(), [view.objective(one) for one in view.document.objectives]
    recommendations = [recommendation_node(view.code, one) for one in view.recommendations()]
    unmeasured = tuple(one.code for one in view.unmeasured())
    gaps = [Gap(Kind.INDICATOR, above=False, about=unmeasured)] if unmeasured else []
    up = [
        *([node(Kind.CYCLE, cycle.code, cycle.code, cycle.title)] if cycle else []),
        *priorities,
        *view.goals_and_actions(),
    ]
    # Without a priority there is no cycle whose actions it could carry out.
    hidden = view.hidden() | (frozenset() if priorities else frozenset([Kind.ACTION]))
    return neighbours(view.node, up, [*objectives, *recommendations], hidden=hidden, gaps=gaps)


def parts(view: OperationView, kinds: Collection[Kind]) -> list[Node]:
    """Return the links inside an operation of these kinds, as far as they are open to the person."""
    found: list[Node] = []
    if Kind.INDICATOR in kinds:
        found += [view.indicator(code) for code in view.indicators]
    if Kind.TASK in kinds:
        found += [view.task(one) for one in view.document.tasks]
    if Kind.RESULT in kinds:
        found += [result for one in view.document.objectives for result in view.result_of(one)]
    if Kind.OBSERVATION in kinds:
        found += view.observations()
    return found


def find_objective(view: OperationView, code: str) -> Objective:
    """Return an objective of the plan in force. Raises NotFound (``objective-unknown``)."""
    found = view.links.objectives.get(code)
    if found is None:
        message = _(
            "The plan of ${operation} has no objective “${code}”.",
            mapping={"operation": view.code, "code": code},
        )
        raise NotFound("objective-unknown", message)
    return found


def find_indicator(view: OperationView, code: str) -> AskedIndicator:
    """Return an indicator of the plan in force. Raises NotFound (``indicator-unknown``)."""
    found = view.indicators.get(code)
    if found is None:
        message = _(
            "${operation} does not count “${indicator}”.", mapping={"operation": view.code, "indicator": code}
        )
        raise NotFound("indicator-unknown", message)
    return found


def of_objective(view: OperationView, code: str) -> Neighbours:
    """Return an objective's operation and priority; its indicator, tasks, result, and what was observed of it."""
    one = find_objective(view, code)
    priority = view.links.priority(one.action_area)
    up = [view.node, *(each for each in view.priorities() if priority is None or each.code == priority)]
    indicator = [view.indicator(one.indicator)] if one.indicator in view.indicators and one.indicator else []
    down = [
        *indicator,
        *(view.task(task) for task in view.links.tasks_of(one)),
        *view.result_of(one),
        *view.observed_of(one),
    ]
    return neighbours(view.objective(one), up, down, hidden=view.hidden())


def of_indicator(view: OperationView, code: str) -> Neighbours:
    """Return the objectives that an indicator measures, the tasks that serve it, and its result."""
    find_indicator(view, code)
    measured = view.links.measured_by(code)
    down = [view.task(task) for task in view.links.tasks_for(code)]
    if view.may(Action.SITUATION_READ):
        down.append(view.result(code))
    up = [view.node, *(view.objective(one) for one in measured)]
    return neighbours(view.indicator(code), up, down, hidden=view.hidden())


def of_task(view: OperationView, code: str) -> Neighbours:
    """Return what a task serves, and the returns of its units on its days."""
    policy.require(view.actor, Action.TASK_READ, operations.subject(view.operation))
    row = tasks.find(view.session, view.actor, view.operation, code)
    planned = view.links.tasks.get(code)
    area = row.action_area.code if row.action_area else None
    indicators = planned.indicators if planned else ()
    served = view.links.objectives_served(area, indicators)
    counted = [*indicators, *(one.indicator for one in served if one.indicator)]
    up = [
        view.node,
        *(view.objective(one) for one in served),
        *(view.indicator(each) for each in dict.fromkeys(counted) if each in view.indicators),
    ]
    units = [one.unit_id for one in row.assignments]
    sent = across.sent(view.session, view.operation, units=units, first=row.starts_on, last=row.ends_on)
    found = _readable(view, sent)
    here = node(Kind.TASK, view.code, row.code, row.title)
    # Returns that are there and not open to the person are not missing.
    hidden = [Kind.RETURN] if sent and not found else []
    return neighbours(here, up, found, hidden=hidden)


def _readable(view: OperationView, found: Iterable[tuple[str, date]]) -> list[Node]:
    """Return those of the returns, told by unit and day, that are open to the person."""
    allowed: dict[str, bool] = {}
    nodes = []
    for unit, day in found:
        if unit not in allowed:
            allowed[unit] = view.may(Action.RETURN_READ, unit=unit)
        if allowed[unit]:
            nodes.append(return_node(view.code, unit, day))
    return nodes


def of_return(view: OperationView, unit: str, day: date) -> Neighbours:
    """Return the tasks that a unit had on a day, and the results that its return adds to."""
    policy.require(view.actor, Action.RETURN_READ, operations.subject(view.operation, unit=unit))
    up = [view.task(task) for task in view.links.tasks_on(unit, day)]
    down = []
    if view.may(Action.SITUATION_READ):
        codes = across.indicators_in(view.session, view.operation, unit, day)
        down = [view.result(code) for code in view.indicators if code in codes]
    return neighbours(return_node(view.code, unit, day), [view.node, *up], down, hidden=view.hidden())


def of_result(view: OperationView, code: str, category: str | None = None) -> Neighbours:
    """Return the objectives and the indicator that a result measures, its returns, and what was observed of it."""
    policy.require(view.actor, Action.SITUATION_READ, operations.subject(view.operation))
    find_indicator(view, code)
    measured = [
        one for one in view.links.measured_by(code) if category is None or one.category in {None, category}
    ]
    behind = across.behind(view.session, view.operation, code)
    returns = _readable(view, behind)
    up = [*(view.objective(one) for one in measured), view.indicator(code), *returns]
    observed = view.observations(lambda one: one.indicator == code or _of_any(one, measured))
    hidden = view.hidden() | (frozenset([Kind.RETURN]) if behind and not returns else frozenset())
    return neighbours(view.result(code, category), up, observed, hidden=hidden)


def _of_any(observation: Observation, objectives: Sequence[Objective]) -> bool:
    """Say whether an observation is about one of the objectives that a figure measures, if only about the operation."""
    if observation.indicator:
        return False
    return observation.action_area is None or any(about(observation, one) for one in objectives)


def find_observation(view: OperationView, code: str) -> Observation:
    """Return an observation. Raises NotFound (``observation-unknown``)."""
    policy.require(view.actor, Action.EVALUATION_READ, operations.subject(view.operation))
    found = view.session.scalar(
        select(Observation)
        .join(Observation.evaluation)
        .where(Evaluation.operation_id == view.operation.id, Observation.code == code)
        .options(joinedload(Observation.action_area))
    )
    if found is None:
        message = _("There is no observation ${code}.", mapping={"code": code})
        raise NotFound("observation-unknown", message)
    return found


def of_observation(view: OperationView, code: str) -> Neighbours:
    """Return the objectives and results that an observation is about, and the recommendations that answer it."""
    one = find_observation(view, code)
    objectives = [each for each in view.document.objectives if about(one, each)]
    results = [result for each in objectives for result in view.result_of(each)]
    if one.indicator in view.indicators and view.may(Action.SITUATION_READ):
        results.insert(0, view.result(one.indicator))
    up = [view.node, *(view.objective(each) for each in objectives), *results]
    answering = [each for each in view.recommendations() if each.observation_id == one.id]
    down = [recommendation_node(view.code, each) for each in answering]
    return neighbours(observation_node(view.code, one), up, down, hidden=view.hidden())


def of_recommendation(view: OperationView, one: Recommendation) -> Neighbours:
    """Return what a recommendation answers, the action it was adopted as, and the later plans that answered it."""
    up = [view.node]
    if one.observation is not None:
        up.append(observation_node(view.code, one.observation))
    answers = service.answers_to(view.session, view.actor, [one.id]).get(one.id, [])
    down = [
        *([action_node(one.adopted_as)] if one.adopted_as else []),
        *(operation_node(answer.operation) for answer in answers),
    ]
    # What was rejected becomes no action.
    hidden = [Kind.ACTION] if one.state is RecommendationState.REJECTED else []
    return neighbours(recommendation_node(view.code, one), up, down, hidden=hidden)


def of_evaluation(view: OperationView) -> Neighbours:
    """Return what an evaluation stands between: the results of the objectives, and observations and recommendations."""
    policy.require(view.actor, Action.EVALUATION_READ, operations.subject(view.operation))
    results = [result for one in view.document.objectives for result in view.result_of(one)]
    found = [recommendation_node(view.code, one) for one in view.recommendations()]
    observed = view.observations()
    # What the operation itself lacks is said on the plan's page.
    gaps = [] if observed else [Gap(Kind.OBSERVATION, above=False)]
    below = [*observed, *found]
    return neighbours(view.node, [view.node, *results], below, hidden=frozenset(Kind), gaps=gaps)
