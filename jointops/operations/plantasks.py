"""What tasks in a plan must mean: who does them, when and where, and which of them wait for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.plandoc import Place, PlanDocument, PlanTask
from jointops.operations.planrefs import Known, among, one_of, outside, unique, unknown
from jointops.reference.catalogue import catalogue


def tasks(document: PlanDocument, known: Known) -> Iterator[Problem]:
    """Check the tasks: what they name exists, their days are of the operation, and they do not wait for themselves."""
    yield from unique((task.code for task in document.tasks), "/tasks")
    for n, task in enumerate(document.tasks):
        pointer = f"/tasks/{n}"
        yield from one_of("unknown-task-type", task.type, f"{pointer}/type", catalogue().task_types)
        yield from one_of("unknown-action-area", task.action_area, f"{pointer}/action_area", known.areas)
        yield from among("unknown-unit-code", task.units, f"{pointer}/units", known.units)
        yield from among("unknown-indicator", task.indicators, f"{pointer}/indicators", known.indicators)
        if task.lead is not None and task.lead not in task.units:
            yield unknown("lead-not-a-unit", task.lead, f"{pointer}/lead", task.units)
        yield from _task_days(document, task, pointer, known)
        if task.place is not None:
            yield from _place(task.place, f"{pointer}/place")
        yield from among(
            "unknown-authority", task.authorities, f"{pointer}/authorities", catalogue().authority_types
        )
        yield from unique((item.kind for item in task.resources), f"{pointer}/resources", "kind")
        for m, item in enumerate(task.resources):
            kinds = catalogue().contribution_kinds
            yield from one_of("unknown-resource", item.kind, f"{pointer}/resources/{m}/kind", kinds)
    yield from _dependencies(document.tasks)


def _task_days(document: PlanDocument, task: PlanTask, pointer: str, known: Known) -> Iterator[Problem]:
    for n, day in enumerate(task.days):
        if day not in known.span and document.period.start <= document.period.end:
            yield outside(day, known.span, f"{pointer}/days/{n}", document.template)
    if len(task.days) == 2 and task.days[1] < task.days[0]:
        message = _("The last day is before the first. Exchange them, or correct one.")
        yield Problem("bad-period", message, f"{pointer}/days/1")
    if task.hours is not None and task.hours.since == task.hours.until:
        message = _("The time window begins and ends at the same time. Leave it out for the whole day.")
        yield Problem("bad-period", message, f"{pointer}/hours/until")


def _place(place: Place, pointer: str) -> Iterator[Problem]:
    yield from one_of("unknown-place-kind", place.kind, f"{pointer}/kind", catalogue().place_kinds)
    yield from one_of("unknown-party", place.country, f"{pointer}/country", catalogue().countries)
    for name, value, limit in (("lat", place.lat, 90), ("lon", place.lon, 180)):
        if value is not None and abs(value) > limit:
            message = _(
                "${value} is outside −${limit} to ${limit} degrees.", mapping={"value": value, "limit": limit}
            )
            yield Problem("bad-coordinate", message, f"{pointer}/{name}")
    if (place.lat is None) != (place.lon is None):
        message = _("Latitude and longitude belong together. Give both or neither.")
        yield Problem("bad-coordinate", message, pointer, ("lat", "lon"))


def circular(waits_for: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Give every (task, task it waits for) that closes a circle, when tasks are followed in the order given.

    ``waits_for`` maps each task's code to the codes it waits for; codes that are not keys are passed over.
    """
    done: set[str] = set()
    for first in waits_for:
        on_the_way = {first: None}
        stack = [(first, iter(waits_for[first]))] if first not in done else []
        while stack:
            code, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                done.add(code)
                del on_the_way[code]
            elif following in on_the_way:
                yield code, following
            elif following in waits_for and following not in done:
                on_the_way[following] = None
                stack.append((following, iter(waits_for[following])))


def _dependencies(tasks: Sequence[PlanTask]) -> Iterator[Problem]:
    numbers = {task.code: n for n, task in enumerate(tasks)}
    for n, task in enumerate(tasks):
        yield from among("unknown-task", task.depends_on, f"/tasks/{n}/depends_on", numbers)
    for code, wanted in circular({task.code: task.depends_on for task in tasks}):
        n = numbers[code]
        if code == wanted:
            message = _(
                "Task ${code} cannot wait for itself. Remove it from the list.", mapping={"code": code}
            )
        else:
            message = _(
                "Task ${code} waits for ${other}, which waits for ${code} in the end. Remove one of the dependencies.",
                mapping={"code": code, "other": wanted},
            )
        place = f"/tasks/{n}/depends_on/{tasks[n].depends_on.index(wanted)}"
        yield Problem("circular-dependency", message, place)
