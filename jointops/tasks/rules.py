"""What holds for tasks: the steps of an assignment and who may take them, and what a task's state is. Plain functions.

A task is work for one or more units; each unit stands somewhere with it (its assignment). The task's own state is
never stored: it follows from where its units stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _, said_of
from jointops.kernel.policy import Action
from jointops.operations.models import Answer, OperationState
from jointops.operations.plandoc import TaskResource
from jointops.tasks.models import AssignmentState

TEXT_LENGTH = 2000
"""Characters of a reason or an outcome: enough to say it, too few to paste a report."""


class Need(StrEnum):
    """The text that a step asks for."""

    REASON = "reason"
    OUTCOME = "outcome"


class TaskState(StrEnum):
    """Where a task stands as a whole, see :func:`task_state`."""

    PROPOSED = "proposed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    UNDER_WAY = "under-way"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"


STATE_LABELS: Mapping[str, str] = {
    "proposed": said_of("task", "Proposed"),
    "assigned": said_of("task", "Assigned"),
    "accepted": said_of("task", "Accepted"),
    "under-way": said_of("task", "Under way"),
    "done": said_of("task", "Done"),
    "declined": said_of("task", "Declined"),
    "cancelled": said_of("task", "Cancelled"),
}
"""Assignments and tasks share their words."""

NOT_IN_PLAN, TAKEN_OUT = "not-in-plan", "taken-out"
OPERATION_CANCELLED, NO_PARTICIPANT = "operation-cancelled", "no-participant"

OWN_REASONS: Mapping[str, str] = {
    NOT_IN_PLAN: _("No longer in the plan"),
    TAKEN_OUT: _("Taken out of the task"),
    OPERATION_CANCELLED: _("The operation was cancelled"),
    NO_PARTICIPANT: _("The country or body does not take part"),
}
"""Reasons that nobody typed. The log keeps their code, so that everybody reads them in their own language."""

_P, _A, _Y = AssignmentState.PROPOSED, AssignmentState.ASSIGNED, AssignmentState.ACCEPTED
_N, _U, _D = AssignmentState.DECLINED, AssignmentState.UNDER_WAY, AssignmentState.DONE
_X = AssignmentState.CANCELLED

GIVEN_UP = frozenset({_N, _X})
"""States in which a unit has no part in the task (any more)."""

SETTLED = frozenset({_N, _D, _X})
"""States in which nothing more is expected of a unit."""

UNTOUCHED = frozenset({_P, _A})
"""States in which the unit has not answered yet, so that a new plan may take the assignment back."""

_SHARED = frozenset({OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING})
_RUNNING = frozenset({OperationState.RUNNING})
_REPORTED = frozenset({OperationState.RUNNING, OperationState.CLOSED})
_OPEN = _SHARED | {OperationState.DRAFT}

GIVEN_OUT = frozenset({OperationState.RUNNING})
"""While the operation is in one of these, a unit that the plan names is assigned; before, it is only proposed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an assignment: the right it takes, the text it needs, the operation's states it is possible in."""

    source: AssignmentState
    target: AssignmentState
    action: Action
    verb: str
    during: frozenset[OperationState]
    need: Need | None = None


STEPS: tuple[Step, ...] = (
    Step(_P, _A, Action.TASK_ASSIGN, _("Assign"), _SHARED),
    Step(_A, _Y, Action.TASK_ANSWER, _("Accept"), _SHARED),
    Step(_A, _N, Action.TASK_ANSWER, _("Decline"), _SHARED, Need.REASON),
    Step(_Y, _U, Action.TASK_REPORT, _("Start"), _RUNNING),
    Step(_Y, _N, Action.TASK_ANSWER, _("Withdraw"), _SHARED, Need.REASON),
    Step(_U, _D, Action.TASK_REPORT, _("Report done"), _REPORTED, Need.OUTCOME),
    Step(_D, _U, Action.TASK_REPORT, _("Reopen"), _REPORTED, Need.REASON),
    Step(_N, _A, Action.TASK_ASSIGN, _("Ask again"), _SHARED),
    Step(_X, _A, Action.TASK_ASSIGN, _("Assign again"), _SHARED),
    Step(_P, _X, Action.TASK_ASSIGN, _("Cancel"), _OPEN, Need.REASON),
    Step(_A, _X, Action.TASK_ASSIGN, _("Cancel"), _OPEN, Need.REASON),
    Step(_Y, _X, Action.TASK_ASSIGN, _("Cancel"), _OPEN, Need.REASON),
    Step(_U, _X, Action.TASK_ASSIGN, _("Cancel"), _OPEN, Need.REASON),
)
"""The life of an assignment. What is not here is not possible."""


def step_between(source: AssignmentState, target: AssignmentState) -> Step | None:
    """Return the step from one state to another, or ``None`` where there is none."""
    return next((step for step in STEPS if (step.source, step.target) == (source, target)), None)


def steps_from(source: AssignmentState) -> tuple[Step, ...]:
    """Return the steps that lead on from ``source``, the usual one first."""
    return tuple(step for step in STEPS if step.source is source)


def obstacle(
    source: AssignmentState,
    target: AssignmentState,
    *,
    operation: OperationState,
    cancelled: bool,
    text: str | None = None,
) -> Problem | None:
    """Return why the step is not possible, or ``None`` when it is.

    ``operation`` is the operation's state, ``cancelled`` whether the whole task is; ``text`` is the reason or outcome
    that was given, ``None`` when the question is asked before it could be.
    """
    step = step_between(source, target)
    if step is None:
        return _no_such_step(source, target)
    if cancelled:
        return Problem("task-cancelled", _("The whole task is cancelled."))
    if operation not in step.during:
        return _wrong_time(step, operation)
    if text is None:
        return None
    if step.need is Need.REASON and not text.strip():
        return Problem("reason-missing", _("Say why. The reason is kept in the task's log."), "/text")
    if step.need is Need.OUTCOME and not text.strip():
        return Problem("outcome-missing", _("Say what was done and what came of it."), "/text")
    if len(text) > TEXT_LENGTH:
        message = _("This text has at most ${count} characters.", mapping={"count": TEXT_LENGTH})
        return Problem("too-long", message, "/text")
    return None


def task_state(states: Iterable[AssignmentState], *, cancelled: bool = False) -> TaskState:
    """Derive a task's state from those of its assignments.

    Units that declined or were cancelled have no part in it. A task is done when every other unit is done and at
    least one is; under way as soon as one has started; accepted when all have accepted; assigned while an answer is
    missing. With nobody left it is declined if anybody declined, else cancelled; with nobody named it is proposed.
    """
    every = list(states)
    live = [state for state in every if state not in GIVEN_UP]
    if cancelled:
        return TaskState.CANCELLED
    if not live:
        if _N in every:
            return TaskState.DECLINED
        return TaskState.CANCELLED if every else TaskState.PROPOSED
    if all(state is _D for state in live):
        return TaskState.DONE
    if _U in live or _D in live:
        return TaskState.UNDER_WAY
    if all(state is _Y for state in live):
        return TaskState.ACCEPTED
    return TaskState.ASSIGNED if _A in live or _Y in live else TaskState.PROPOSED


def is_overdue(state: TaskState | AssignmentState, ends_on: date, today: date) -> bool:
    """Say whether the window's last day is over while something is still expected.

    ``today`` is the day in the operation's time zone. What is only proposed was asked of nobody: it is not overdue.
    """
    return ends_on < today and state.value in {"assigned", "accepted", "under-way"}


def initial_state(operation: OperationState) -> AssignmentState:
    """Return the state in which a new assignment begins: assigned while the operation runs, before only proposed."""
    return _A if operation in GIVEN_OUT else _P


def can_be_given_out(state: AssignmentState, answer: Answer) -> bool:
    """Say whether what is proposed may be assigned: not to a unit whose participant declined the operation."""
    return state is _P and answer is not Answer.DECLINED


_NUMBERED = re.compile(r"T(\d+)")


def next_code(taken: Iterable[str]) -> str:
    """Return ``T<n>`` with the number after the highest one in use; codes of another form do not count."""
    numbers = (int(match[1]) for code in taken if (match := _NUMBERED.fullmatch(code)))
    return f"T{max(numbers, default=0) + 1}"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a task has to fit into: the operation's days and its codes."""

    first_day: date
    last_day: date
    units: frozenset[str]
    areas: tuple[str, ...]
    kinds: tuple[str, ...]
    place_kinds: tuple[str, ...]
    countries: frozenset[str]
    authorities: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


def window_problems(starts_on: date, ends_on: date, frame: Frame) -> list[Problem]:
    """Return what is wrong with a window: reversed, or (partly) outside the operation's days."""
    if ends_on < starts_on:
        return [Problem("window-reversed", _("The last day is before the first."), "/ends_on")]
    return [
        Problem(
            "window-outside",
            _(
                "The day ${day} is outside the operation (${first} to ${last}).",
                mapping={
                    "day": day,
                    "first": frame.first_day,
                    "last": frame.last_day,
                },
            ),
            pointer,
        )
        for day, pointer in ((starts_on, "/starts_on"), (ends_on, "/ends_on"))
        if not frame.first_day <= day <= frame.last_day
    ]


def unit_problems(units: Sequence[str], lead: str | None, frame: Frame) -> list[Problem]:
    """Return what is wrong with the units of a task: none, unknown, named twice, or led by one that is not in it."""
    if not units:
        return [Problem("units-missing", _("Choose at least one unit to do the task."), "/units")]
    problems = []
    for index, unit in enumerate(units):
        if unit not in frame.units:
            message = _("The operation has no reporting unit “${code}”.", mapping={"code": unit})
            problems.append(Problem("unit-unknown", message, f"/units/{index}"))
        elif unit in units[:index]:
            message = _("The unit ${code} stands there twice.", mapping={"code": unit})
            problems.append(Problem("duplicate-code", message, f"/units/{index}"))
    if lead is not None and lead not in units:
        problems.append(
            Problem("lead-not-in-task", _("The leading unit is not one of the units."), "/lead", tuple(units))
        )
    return problems


def code_problems(
    *, area: str | None, kind: str, place: Mapping[str, object] | None, frame: Frame
) -> list[Problem]:
    """Return the codes of area, type and place that do not exist, each with those that do where the list is short."""
    problems = []
    if area is not None and area not in frame.areas:
        message = _("The operation has no action area “${code}”.", mapping={"code": area})
        problems.append(Problem("area-unknown", message, "/action_area", frame.areas))
    if kind and kind not in frame.kinds:
        message = _("There is no type of task “${code}”.", mapping={"code": kind})
        problems.append(Problem("kind-unknown", message, "/kind", frame.kinds))
    if place is not None:
        place_kind, country = place.get("kind"), place.get("country")
        if place_kind not in frame.place_kinds:
            message = _("There is no kind of place “${code}”.", mapping={"code": str(place_kind or "")})
            problems.append(Problem("place-kind-unknown", message, "/place/kind", frame.place_kinds))
        if country and country not in frame.countries:
            message = _("There is no country “${code}”.", mapping={"code": str(country)})
            problems.append(Problem("country-unknown", message, "/place/country"))
    return problems


def place_problems(place: Mapping[str, object] | None) -> list[Problem]:
    """Return what is wrong with a place's coordinates: no number, off the globe, or one without the other."""
    if place is None:
        return []
    problems = []
    for name, limit in (("lat", 90), ("lon", 180)):
        text = str(place.get(name) or "")
        if not text:
            continue
        if not _DEGREES.fullmatch(text):
            message = _("Write degrees as a number with up to six decimals, such as 52.37.")
            problems.append(Problem("bad-coordinate", message, f"/place/{name}", (f"−{limit}…{limit}",)))
        elif abs(float(text)) > limit:
            message = _(
                "${value} is outside −${limit} to ${limit} degrees.", mapping={"value": text, "limit": limit}
            )
            problems.append(Problem("bad-coordinate", message, f"/place/{name}", (f"−{limit}…{limit}",)))
    if bool(place.get("lat")) != bool(place.get("lon")):
        missing = "lon" if place.get("lat") else "lat"
        message = _("Latitude and longitude belong together. Give both or neither.")
        problems.append(Problem("bad-coordinate", message, f"/place/{missing}", ("lat", "lon")))
    return problems


_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,6})?")


def need_problems(
    authorities: Sequence[str], resources: Sequence[TaskResource], frame: Frame
) -> list[Problem]:
    """Return what is wrong with what a task needs: types of authority and kinds of resource that do not exist."""
    problems = []
    for index, authority in enumerate(authorities):
        pointer = f"/authorities/{index}"
        if authority not in frame.authorities:
            message = _("There is no type of authority “${code}”.", mapping={"code": authority})
            problems.append(Problem("authority-unknown", message, pointer, frame.authorities))
        elif authority in authorities[:index]:
            message = _("“${code}” stands there twice.", mapping={"code": authority})
            problems.append(Problem("duplicate-code", message, pointer))
    for index, item in enumerate(resources):
        pointer = f"/resources/{index}"
        if item.kind not in frame.resources:
            message = _("There is no kind of resource “${code}”.", mapping={"code": item.kind})
            problems.append(Problem("resource-unknown", message, f"{pointer}/kind", frame.resources))
        elif item.kind in [other.kind for other in resources[:index]]:
            message = _("“${code}” stands there twice.", mapping={"code": item.kind})
            problems.append(Problem("duplicate-code", message, f"{pointer}/kind"))
        if not 1 <= item.quantity <= MOST_RESOURCES:
            message = _("Write a whole number from 1 to ${most}.", mapping={"most": MOST_RESOURCES})
            problems.append(Problem("bad-quantity", message, f"{pointer}/quantity"))
    return problems


MOST_RESOURCES = 1_000_000


def dependency_problems(
    code: str, depends_on: Sequence[str], others: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """Return what is wrong with what the task ``code`` waits for: unknown, itself, named twice, or a circle.

    ``others`` maps the code of every task of the operation to the codes of those that it waits for.
    """
    problems = []
    for index, wanted in enumerate(depends_on):
        pointer = f"/depends_on/{index}"
        if wanted == code:
            message = _("A task cannot wait for itself.")
            problems.append(Problem("circular-dependency", message, pointer))
        elif wanted not in others:
            message = _("The operation has no task “${code}”.", mapping={"code": wanted})
            problems.append(Problem("task-unknown", message, pointer))
        elif wanted in depends_on[:index]:
            message = _("The task ${code} stands there twice.", mapping={"code": wanted})
            problems.append(Problem("duplicate-code", message, pointer))
        elif waits_for(wanted, code, others):
            message = _(
                "Task ${code} waits for ${other}, which waits for ${code} in the end. Remove one of the dependencies.",
                mapping={"code": code, "other": wanted},
            )
            problems.append(Problem("circular-dependency", message, pointer))
    return problems


def waits_for(code: str, other: str, graph: Mapping[str, Sequence[str]]) -> bool:
    """Say whether ``code`` waits for ``other``, itself or by way of others."""
    seen, ahead = {code}, [code]
    while ahead:
        for wanted in graph.get(ahead.pop(), ()):
            if wanted == other:
                return True
            if wanted not in seen:
                seen.add(wanted)
                ahead.append(wanted)
    return False


def _no_such_step(source: AssignmentState, target: AssignmentState) -> Problem:
    accepted = tuple(step.target.value for step in steps_from(source))
    if source is target:
        message = _("The unit already has the state “${state}”.", mapping={"state": STATE_LABELS[source]})
    else:
        message = _(
            "From “${state}” a unit cannot go to “${target}”. It can go to: ${accepted}.",
            mapping={
                "state": STATE_LABELS[source],
                "target": STATE_LABELS[target],
                "accepted": tuple(STATE_LABELS[each] for each in accepted),
            },
        )
    return Problem("no-such-step", message, "/to", accepted)


def _wrong_time(step: Step, operation: OperationState) -> Problem:
    if operation in {OperationState.CLOSED, OperationState.CANCELLED}:
        message = _("The operation is over. This can no longer be changed.")
    elif step.action is Action.TASK_REPORT:
        message = _("The operation is not running yet. Work is reported once it has started.")
    else:
        message = _("The plan is still a draft. Tasks are given out once it is in consultation.")
    return Problem("not-in-this-state", message)
