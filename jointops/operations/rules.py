"""What holds for operations: the life cycle, what each step needs, and which day and phase it is. Plain functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _, said_of
from jointops.kernel.policy import Action
from jointops.operations.models import Answer, OperationState
from jointops.operations.plancalendar import deadline, due, freezes_at, late_after, phase_of
from jointops.operations.plandoc import Participant, PlanDocument
from jointops.operations.readiness import priority_of, readiness

__all__ = [
    "ANSWERS_ACCEPTED",
    "ANSWER_LABELS",
    "ENDED",
    "PLANNING",
    "STATE_LABELS",
    "TRANSITIONS",
    "UNDER_AMENDMENT",
    "Standing",
    "Transition",
    "answer_by_problems",
    "deadline",
    "default_answer_by",
    "due",
    "freezes_at",
    "late_after",
    "needs_reason",
    "not_ready",
    "obstacles",
    "phase_of",
    "priority_of",
    "readiness",
    "steps_from",
    "today",
    "transition",
    "units_with_tasks",
]

_D, _C, _A = OperationState.DRAFT, OperationState.CONSULTATION, OperationState.APPROVED
_R, _E, _X = OperationState.RUNNING, OperationState.CLOSED, OperationState.CANCELLED

PLANNING = frozenset({_D, _C})
"""While an operation is planned, a new plan version is in force at once."""

UNDER_AMENDMENT = frozenset({_A, _R})
"""Once approved, a new plan version is an amendment: in force when it is approved in its turn."""

ENDED = frozenset({_E, _X})
"""Nothing is planned any more."""

STATE_LABELS = {
    _D: said_of("operation", "Draft"),
    _C: said_of("operation", "In consultation"),
    _A: said_of("operation", "Approved"),
    _R: said_of("operation", "Running"),
    _E: said_of("operation", "Closed"),
    _X: said_of("operation", "Cancelled"),
}

ANSWER_LABELS = {
    Answer.INVITED: _("No answer yet"),
    Answer.TAKES_PART: _("Takes part"),
    Answer.WITH_CONDITIONS: _("Takes part, with conditions"),
    Answer.DECLINED: _("Declined"),
}

ANSWERS_ACCEPTED = (Answer.TAKES_PART.value, Answer.WITH_CONDITIONS.value, Answer.DECLINED.value)
"""What a participant may answer."""


ANSWER_HOUR = time(18, 0)
"""When on the last day answers are asked for, where the coordinator says nothing else: the end of an office day."""

AT_LEAST = timedelta(days=2)
"""How much time participants get at least by default."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the life cycle: ``action`` is the right it needs, ``reason`` whether a reason has to be given."""

    source: OperationState
    target: OperationState
    action: Action
    verb: str
    reason: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition(_D, _C, Action.OPERATION_TRANSITION, _("Send to consultation")),
    Transition(_C, _A, Action.PLAN_APPROVE, _("Approve the plan")),
    Transition(_C, _D, Action.OPERATION_TRANSITION, _("Take back to draft"), reason=True),
    Transition(_A, _R, Action.OPERATION_TRANSITION, _("Start the operation")),
    Transition(_R, _E, Action.OPERATION_TRANSITION, _("Close the operation")),
    Transition(_D, _X, Action.OPERATION_TRANSITION, _("Cancel the operation"), reason=True),
    Transition(_C, _X, Action.OPERATION_TRANSITION, _("Cancel the operation"), reason=True),
    Transition(_A, _X, Action.OPERATION_TRANSITION, _("Cancel the operation"), reason=True),
)
"""The life cycle. What is not here is not possible."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the steps of the life cycle depend on.

    ``unready`` is what is missing before approval, ``answers`` what the participants said, ``today`` the day in the
    operation's time zone, ``first_day`` and ``end`` the first day of any phase and the last action day, ``objections``
    what other domains see in the way of a step, by the state that it leads to.
    """

    state: OperationState
    historical: bool
    first_day: date
    end: date
    today: date
    answers: Sequence[Answer]
    unready: Sequence[Problem]
    objections: Mapping[OperationState, Sequence[Problem]] = field(default_factory=dict)


def transition(source: OperationState, target: OperationState) -> Transition | None:
    """Return the step from one state to another, or ``None`` where there is none."""
    return next((step for step in TRANSITIONS if (step.source, step.target) == (source, target)), None)


def steps_from(source: OperationState) -> tuple[Transition, ...]:
    """Return the steps that lead on from ``source``."""
    return tuple(step for step in TRANSITIONS if step.source is source)


def obstacles(standing: Standing, target: OperationState, reason: str | None = None) -> list[Problem]:
    """Return why the step to ``target`` is not possible now; empty when it is.

    ``reason`` is what the person gave, ``None`` when the question is asked before they could give one.
    """
    step = transition(standing.state, target)
    if step is None:
        return [_no_such_step(standing.state, target)]
    found = [*_GUARDS.get(target, _nothing)(standing), *standing.objections.get(target, ())]
    if reason is not None and not reason.strip() and (step.reason or _closes_early(standing, target)):
        found.append(Problem("reason-missing", _("Say why. The reason is kept in the log."), "/reason"))
    return found


def needs_reason(standing: Standing, target: OperationState) -> bool:
    """Say whether the step to ``target`` needs a reason."""
    step = transition(standing.state, target)
    return step is not None and (step.reason or _closes_early(standing, target))


def _closes_early(standing: Standing, target: OperationState) -> bool:
    return target is OperationState.CLOSED and standing.today <= standing.end


def _no_such_step(source: OperationState, target: OperationState) -> Problem:
    accepted = tuple(step.target.value for step in steps_from(source))
    if source is target:
        message = _(
            "The operation already has the state “${state}”.", mapping={"state": STATE_LABELS[source]}
        )
    elif accepted:
        message = _(
            "An operation with the state “${state}” cannot become “${target}”. From here it can become: ${accepted}.",
            mapping={
                "state": STATE_LABELS[source],
                "target": STATE_LABELS[target],
                "accepted": tuple(STATE_LABELS[step.target] for step in steps_from(source)),
            },
        )
    else:
        message = _(
            "An operation with the state “${state}” stays as it is. Create a new operation from its plan instead.",
            mapping={"state": STATE_LABELS[source]},
        )
    return Problem("no-such-step", message, "/to", accepted)


def _nothing(_standing: Standing) -> list[Problem]:
    return []


def _before_consultation(standing: Standing) -> list[Problem]:
    if standing.answers:
        return []
    return [
        Problem("no-participants", _("Nobody is invited yet. Add participants to the plan."), "/participants")
    ]


def _before_approval(standing: Standing) -> list[Problem]:
    found = not_ready(standing.unready)
    if standing.answers and all(answer is Answer.DECLINED for answer in standing.answers):
        found.append(Problem("nobody-takes-part", _("All participants have declined."), "/participants"))
    return found


def not_ready(unready: Sequence[Problem]) -> list[Problem]:
    """Return what stands in the way of approving a plan that lacks ``unready``."""
    if not unready:
        return []
    message = _("The plan is not complete. What is missing is listed with it.")
    return [Problem("plan-not-ready", message), *unready]


def _before_start(standing: Standing) -> list[Problem]:
    if standing.historical or standing.today >= standing.first_day:
        return []
    message = _(
        "The operation begins on ${day} in its own time zone; it can be started from that day on.",
        mapping={"day": standing.first_day},
    )
    return [Problem("before-first-day", message)]


_GUARDS = {
    OperationState.CONSULTATION: _before_consultation,
    OperationState.APPROVED: _before_approval,
    OperationState.RUNNING: _before_start,
}


def default_answer_by(first_day: date, time_zone: str, days_before: int, now: datetime) -> datetime | None:
    """Return until when participants are asked to answer by default, aware; ``None`` when the operation has begun.

    That is ``days_before`` days before the first day, at the end of an office day in the operation's time zone; where
    that is too soon, as late as leaves :data:`AT_LEAST`, but before the operation begins.
    """
    zone = ZoneInfo(time_zone)
    wanted = datetime.combine(first_day - timedelta(days=days_before), ANSWER_HOUR, zone)
    begins = datetime.combine(first_day, time(0, 0), zone)
    soonest = datetime.combine((now + AT_LEAST).astimezone(zone).date(), ANSWER_HOUR, zone)
    chosen = max(wanted, soonest)
    if chosen >= begins:
        return begins if begins > now else None
    return chosen


def answer_by_problems(
    answer_by: datetime, now: datetime, time_zone: str, last_day: date, *, historical: bool
) -> list[Problem]:
    """Return what is wrong with asking participants to answer until ``answer_by`` (aware); empty when nothing is."""
    if answer_by <= now and not historical:
        message = _("This lies in the past. Give the participants time to answer.")
        return [Problem("answer-by-past", message, "/answer_by")]
    if today(time_zone, answer_by) > last_day:
        message = _("The operation ends on ${day}: ask for answers before that.", mapping={"day": last_day})
        return [Problem("answer-by-late", message, "/answer_by")]
    return []


def units_with_tasks(document: PlanDocument, participant: Participant) -> list[Problem]:
    """Return which units ``participant`` would no longer have although the plan has tasks for them."""
    kept = {unit.code for unit in participant.units}
    before = next((other for other in document.participants if other.party == participant.party), None)
    found = []
    for unit in before.units if before else ():
        tasks = tuple(task.code for task in document.tasks if unit.code in task.units)
        if unit.code not in kept and tasks:
            message = _(
                "${unit} has tasks in the plan (${tasks}). Ask the coordinator to give them to others first.",
                mapping={"unit": unit.code, "tasks": tasks},
            )
            found.append(Problem("unit-has-tasks", message, "/units"))
    return found


def today(time_zone: str, instant: datetime) -> date:
    """Return the day it is in ``time_zone`` at ``instant`` (aware)."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
