"""What a rehearsal teaches about a plan: gaps that no rule forbids and that hurt once the operation runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plancalendar import due
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import asked, asked_of
from jointops.rehearsal.events import Script

_NIGHT_SINCE, _NIGHT_UNTIL = time(22, 0), time(6, 0)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the checks look at, worked out once."""

    plan: PlanDocument
    asked_of: dict[str, frozenset[str]]
    tasks_of: dict[str, list[str]]


def warnings(plan: PlanDocument) -> list[Problem]:
    """Return what a coordinator should look at in ``plan``, each with the place in the plan that it is about."""
    units = [unit.code for unit in plan.units()]
    tasks_of: dict[str, list[str]] = {unit: [] for unit in units}
    for task in plan.tasks:
        for unit in task.units:
            tasks_of.setdefault(unit, []).append(task.code)
    seen = _Seen(
        plan, {unit: frozenset(one.code for one in asked_of(plan, unit)) for unit in units}, tasks_of
    )
    return [problem for check in _CHECKS for problem in check(seen)]


def lessons(plan: PlanDocument, script: Script) -> list[Problem]:
    """Return what the events of the script showed about the plan: such as who is missed when a participant declines."""
    found = []
    if script.declined:
        away = {unit.code for one in plan.participants if one.party == script.declined for unit in one.units}
        alone = [task.code for task in plan.tasks if task.units and away.issuperset(task.units)]
        if alone:
            message = _(
                "When ${party} declined, nobody was left for: ${tasks}.",
                mapping={"party": script.declined, "tasks": ", ".join(alone)},
            )
            found.append(Problem("nobody-left-for-task", message, "/tasks"))
        led = [task.code for task in plan.tasks if task.lead in away and task.code not in alone]
        if led:
            message = _(
                "When ${party} declined, nobody led: ${tasks}.",
                mapping={"party": script.declined, "tasks": ", ".join(led)},
            )
            found.append(Problem("nobody-leads-task", message, "/tasks"))
    if script.duplicates:
        first, second, day = script.duplicates[0]
        message = _(
            "${first} and ${second} reported the same seizure of ${day} without naming each other: it counts twice "
            "until the coordination centre asks.",
            mapping={"first": first, "second": second, "day": day},
        )
        found.append(Problem("suspected-duplicate", message, "/reporting"))
    return found


def _nobody_reports(seen: _Seen) -> Iterator[Problem]:
    reported: frozenset[str] = frozenset().union(*seen.asked_of.values())
    for place, code in enumerate(asked(seen.plan)):
        if code not in reported:
            message = _("Nobody is asked for the indicator ${code}.", mapping={"code": code})
            yield Problem("indicator-nobody-reports", message, f"/indicators/{place}")


def _nothing_asked(seen: _Seen) -> Iterator[Problem]:
    for unit, indicators in seen.asked_of.items():
        if not indicators and due(seen.plan, unit):
            message = _("${unit} owes returns, and is asked for no indicator.", mapping={"unit": unit})
            yield Problem("unit-asked-nothing", message, "/participants")


def _no_task(seen: _Seen) -> Iterator[Problem]:
    idle = [unit for unit, tasks in seen.tasks_of.items() if not tasks]
    if idle and seen.plan.tasks:
        message = _("These units have no task: ${units}.", mapping={"units": ", ".join(idle)})
        yield Problem("unit-without-task", message, "/tasks")
    if not seen.plan.tasks:
        yield Problem(
            "no-tasks", _("The plan has no tasks: no unit knows what to do on which day."), "/tasks"
        )


def _areas(seen: _Seen) -> Iterator[Problem]:
    plan = seen.plan
    measured = {objective.action_area for objective in plan.objectives}
    served = {task.action_area for task in plan.tasks}
    somebody_everywhere = any(not unit.action_areas for unit in plan.units())
    worked = {area for unit in plan.units() for area in unit.action_areas}
    for place, area in enumerate(plan.action_areas):
        mapping = {"code": area.code}
        if area.code not in worked and not somebody_everywhere:
            yield _of_area(
                "area-without-unit", _("No unit works in action area ${code}.", mapping=mapping), place
            )
        if area.code not in measured:
            message = _("No objective belongs to action area ${code}.", mapping=mapping)
            yield _of_area("area-without-objective", message, place)
        if plan.tasks and area.code not in served:
            yield _of_area(
                "area-without-task", _("No task belongs to action area ${code}.", mapping=mapping), place
            )
        if area.leader is None:
            yield _of_area(
                "area-without-leader", _("Nobody leads action area ${code}.", mapping=mapping), place
            )


def _of_area(code: str, message: str, place: int) -> Problem:
    return Problem(code, message, f"/action_areas/{place}")


def _objectives(seen: _Seen) -> Iterator[Problem]:
    for place, objective in enumerate(seen.plan.objectives):
        if objective.indicator is None:
            message = _("Objective ${code} has no indicator: nobody will know whether it was reached.",
                        mapping={"code": objective.code})  # fmt: skip
            yield Problem("objective-without-indicator", message, f"/objectives/{place}")
        elif objective.target is None:
            message = _("Objective ${code} has no target.", mapping={"code": objective.code})
            yield Problem("objective-without-target", message, f"/objectives/{place}")


def _deadline(seen: _Seen) -> Iterator[Problem]:
    reporting = seen.plan.reporting
    if reporting.deadline >= _NIGHT_SINCE or reporting.deadline < _NIGHT_UNTIL:
        message = _(
            "Returns are due at ${time}, in the night: who verifies them then?",
            mapping={"time": f"{reporting.deadline:%H:%M}"},
        )
        yield Problem("deadline-in-the-night", message, "/reporting/deadline")


def _coordination(seen: _Seen) -> Iterator[Problem]:
    if seen.plan.coordination is None:
        message = _("No coordination centre is named: nobody knows whom to call.")
        yield Problem("no-coordination-centre", message, "/coordination")


def _alone(seen: _Seen) -> Iterator[Problem]:
    single = [task.code for task in seen.plan.tasks if task.mandatory and len(task.units) == 1]
    if single:
        message = _(
            "These mandatory tasks have a single unit, and nobody steps in for it: ${tasks}.",
            mapping={"tasks": ", ".join(single)},
        )
        yield Problem("mandatory-task-alone", message, "/tasks")


_CHECKS = (
    _nobody_reports,
    _nothing_asked,
    _no_task,
    _areas,
    _objectives,
    _deadline,
    _coordination,
    _alone,
)
