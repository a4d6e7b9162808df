"""What is said where a link of the chain has no neighbour: the sentence, what to do about it, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from jointops.evaluation.models import Evaluation, EvaluationState
from jointops.kernel import policy
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.lessons.chain import Gap, Kind, Node
from jointops.lessons.chain_words import address
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.rules import ENDED
from jointops.web.chain import ChainLink, Group

Where = Callable[[Request, Node], str]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done about a gap: what the link says, where it leads, and what one must be allowed to do there."""

    text: Any
    where: Where
    action: Action


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a gap; ``weak`` where a plan without it is whole. Without a remedy nothing is to be done here."""

    text: Any
    remedy: Remedy | None = None
    weak: bool = True


def _section(section: str) -> Where:
    return lambda request, here: address(request, "operation.plan.section", code=here.where, section=section)


def _of_operation(route: str, **more: Any) -> Where:
    return lambda request, here: address(request, route, code=here.where, **more)


def _of_cycle(route: str) -> Where:
    return lambda request, here: address(request, route, cycle=here.where)


def _propose(request: Request, here: Node) -> str:
    return address(request, "cycle.new-action", cycle=here.where)


def _edit_action(request: Request, here: Node) -> str:
    return address(request, "cycle.action", cycle=here.where, action=here.code)


def _edit_task(request: Request, here: Node) -> str:
    return address(request, "operation.task.edit", code=here.where, task=here.code)


def _edit_recommendation(request: Request, here: Node) -> str:
    route = "evaluation.recommendation.edit"
    return address(request, route, code=here.where, recommendation=here.code)


def _decide(request: Request, here: Node) -> str:
    route = "evaluation.recommendation.decide"
    return address(request, route, code=here.where, recommendation=here.code)


def _operations(request: Request, _here: Node) -> str:
    return address(request, "operations")


_PROPOSE = Remedy(_("Propose one"), _propose, Action.CYCLE_ACTION_CREATE)
_CHANGE_ACTION = Remedy(_("Choose it in the form of the action"), _edit_action, Action.CYCLE_ACTION_UPDATE)
_PLAN_IT = Remedy(_("Name it in the plan of an operation"), _operations, Action.OPERATION_CREATE)
_CONTEXT = Remedy(_("Name it in the strategic context"), _section("strategic-context"), Action.PLAN_UPDATE)
_OBJECTIVE = Remedy(_("Set one"), _section("objectives"), Action.PLAN_UPDATE)
_INDICATOR = Remedy(_("Choose one with the objectives"), _section("objectives"), Action.PLAN_UPDATE)
_TASKS = Remedy(_("Add one to the tasks"), _section("tasks"), Action.PLAN_UPDATE)


def _observe(request: Request, here: Node) -> str:
    # Of a category of an indicator the form asks for the indicator alone.
    query = {"indicator": here.code.partition("/")[0]} if here.kind is Kind.RESULT else {}
    return address(request, "evaluation.observations", code=here.where, _query=query)


_OBSERVE = Remedy(_("Write what was observed"), _observe, Action.OBSERVATION_CREATE)

WORDS: Mapping[tuple[Kind, Kind], Words] = {
    (Kind.CYCLE, Kind.RECOMMENDATION): Words(
        _("No recommendation of an earlier operation has been adopted into it yet."),
        Remedy(_("Adopt one in the evaluation of an operation"), _operations, Action.CYCLE_ACTION_CREATE),
    ),
    (Kind.CYCLE, Kind.PRIORITY): Words(_("It has no priority: they come with the reference data.")),
    (Kind.PRIORITY, Kind.GOAL): Words(_("The reference data name no strategic goal for this cycle.")),
    (Kind.PRIORITY, Kind.ACTION): Words(_("No operational action serves it yet."), _PROPOSE),
    (Kind.PRIORITY, Kind.OPERATION): Words(_("No operation that is open to you serves it."), _PLAN_IT),
    (Kind.GOAL, Kind.PRIORITY): Words(_("The cycle has no priority: they come with the reference data.")),
    (Kind.GOAL, Kind.ACTION): Words(_("No operational action pursues it yet."), _PROPOSE),
    (Kind.ACTION, Kind.PRIORITY): Words(_("It names no priority."), _CHANGE_ACTION),
    (Kind.ACTION, Kind.GOAL): Words(_("It names no strategic goal."), _CHANGE_ACTION),
    (Kind.ACTION, Kind.RECOMMENDATION): Words(_("It was proposed anew, not adopted from a recommendation.")),
    (Kind.ACTION, Kind.OPERATION): Words(_("No operation that is open to you carries it out."), _PLAN_IT),
    (Kind.OPERATION, Kind.PRIORITY): Words(
        _("It serves no priority of a policy cycle."), _CONTEXT, weak=False
    ),
    (Kind.OPERATION, Kind.ACTION): Words(_("It carries out no operational action."), _CONTEXT),
    (Kind.OPERATION, Kind.OBJECTIVE): Words(_("It has no objective."), _OBJECTIVE, weak=False),
    (Kind.OPERATION, Kind.INDICATOR): Words(
        _("No indicator measures ${objectives}."), _INDICATOR, weak=False
    ),
    (Kind.OPERATION, Kind.OBSERVATION): Words(_("Nothing has been observed yet."), _OBSERVE),
    (Kind.OBJECTIVE, Kind.INDICATOR): Words(_("No indicator measures it."), _INDICATOR, weak=False),
    (Kind.OBJECTIVE, Kind.TASK): Words(_("No task serves it."), _TASKS),
    (Kind.INDICATOR, Kind.OBJECTIVE): Words(_("It measures no objective."), _OBJECTIVE),
    (Kind.INDICATOR, Kind.TASK): Words(_("No task serves it."), _TASKS),
    (Kind.TASK, Kind.OBJECTIVE): Words(
        _("It serves no objective."),
        Remedy(_("Give it an action area or an indicator that one has"), _edit_task, Action.TASK_UPDATE),
        weak=False,
    ),
    (Kind.TASK, Kind.RETURN): Words(
        _("Its units have sent no return for its days yet."),
        Remedy(_("See what is due"), _of_operation("operation.returns"), Action.OPERATION_READ),
    ),
    (Kind.RETURN, Kind.TASK): Words(_("Its unit has no task on this day."), _TASKS),
    (Kind.RETURN, Kind.RESULT): Words(_("It adds to no figure: it holds none that the plan counts.")),
    (Kind.RESULT, Kind.RETURN): Words(
        _("No return adds to it yet."),
        Remedy(_("See what is due"), _of_operation("operation.returns"), Action.OPERATION_READ),
    ),
    (Kind.RESULT, Kind.OBSERVATION): Words(_("Nothing has been observed of it yet."), _OBSERVE),
    (Kind.OBSERVATION, Kind.OBJECTIVE): Words(_("Its action area has no objective."), _OBJECTIVE),
    (Kind.OBSERVATION, Kind.RECOMMENDATION): Words(
        _("No recommendation answers it yet."),
        Remedy(
            _("Recommend what is to change"),
            _of_operation("evaluation.recommendations"),
            Action.RECOMMENDATION_CREATE,
        ),
    ),
    (Kind.RECOMMENDATION, Kind.OBSERVATION): Words(
        _("It answers no observation."),
        Remedy(_("Choose one in its form"), _edit_recommendation, Action.RECOMMENDATION_UPDATE),
    ),
    (Kind.RECOMMENDATION, Kind.ACTION): Words(
        _("It has not been adopted as an operational action yet."),
        Remedy(_("Decide on it"), _decide, Action.RECOMMENDATION_ADOPT),
    ),
}
"""What is said of a thing of the first kind that has none of the second."""

ELSE: Mapping[Action, Any] = {
    Action.CYCLE_ACTION_CREATE: _("A reviewer can do that."),
    Action.CYCLE_ACTION_UPDATE: _("A reviewer can do that."),
    Action.OPERATION_CREATE: _("Those who plan operations name it in a plan."),
    Action.OBSERVATION_CREATE: _("Participants, coordinators and reviewers can write one."),
    Action.PLAN_UPDATE: _("Those who plan the operation can set it."),
    Action.RECOMMENDATION_ADOPT: _("A reviewer decides on it."),
    Action.RECOMMENDATION_CREATE: _("The coordinator can write one."),
    Action.RECOMMENDATION_UPDATE: _("The coordinator can choose one."),
    Action.TASK_UPDATE: _("Those who plan the operation can set it."),
}
"""Who can do something about a gap, told to those who cannot."""

_OF_THE_CYCLE = frozenset({Kind.CYCLE, Kind.PRIORITY, Kind.GOAL, Kind.ACTION})

_WHILE_IT_LASTS = frozenset({Action.PLAN_UPDATE, Action.TASK_UPDATE})

_UNTIL_ENDORSED = frozenset(
    {Action.OBSERVATION_CREATE, Action.RECOMMENDATION_CREATE, Action.RECOMMENDATION_UPDATE}
)


def gap_group(request: Request, here: Node, gap: Gap, title: str) -> Group:
    """Return a gap as a strip and a page of the chain show it."""
    words = WORDS[here.kind, gap.kind]
    say = request.translate
    text = say(words.text % {"objectives": ", ".join(gap.about)}) if gap.about else say(words.text)
    link, hint = _remedy(request, here, words.remedy)
    return Group(title, missing=f"{text} {hint}" if hint else text, remedy=link, weak=words.weak)


def _remedy(request: Request, here: Node, remedy: Remedy | None) -> tuple[ChainLink | None, str]:
    """Return the way to mend a gap, or who can; neither where nobody can any more."""
    if remedy is None:
        return None, ""
    subject = policy.NOTHING
    if here.kind not in _OF_THE_CYCLE:
        operation = _operation(request, here.where)
        if _closed(request, operation, remedy.action):
            return None, ""
        subject = operations.subject(operation)
    if policy.allows(request.actor, remedy.action, subject):
        return ChainLink(request.translate(remedy.text), remedy.where(request, here), words=True), ""
    return None, request.translate(ELSE[remedy.action]) if remedy.action in ELSE else ""


def _operation(request: Request, code: str) -> Operation:
    """Return the operation of a page, read once for a request: several gaps of one thing ask for it."""
    known: dict[str, Operation] = request.__dict__.setdefault("chain_operations", {})
    if code not in known:
        known[code] = operations.find(request.db, request.actor, code)
    return known[code]


def _closed(request: Request, operation: Operation, action: Action) -> bool:
    """Say whether the plan stays as it is, for the operation has ended, or its evaluation, which is endorsed."""
    if action in _WHILE_IT_LASTS:
        return operation.state in ENDED
    if action not in _UNTIL_ENDORSED:
        return False
    wanted = select(Evaluation.state).where(Evaluation.operation_id == operation.id)
    return request.db.scalar(wanted) is EvaluationState.ENDORSED
