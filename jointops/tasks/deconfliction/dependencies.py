"""A task that waits for one that ends too late, or that will never be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial

from jointops.kernel.i18n import _
from jointops.tasks.deconfliction.scene import Entry, Finding, Kind, Scene, Told, begins, ends


def dependencies(tasks: Iterable[Entry], by_code: Mapping[str, Entry], scene: Scene) -> Iterator[Finding]:
    """Find tasks that begin before another, which they wait for, is over; ``by_code`` holds these too."""
    for task in tasks:
        for code in task.depends_on:
            before = by_code.get(code)
            if before is None:
                continue
            if before.cancelled:
                yield _waits_in_vain(task, before)
            elif not before.ended and ends(before) > begins(task):
                yield _late(task, before, scene)


def _waits_in_vain(task: Entry, before: Entry) -> Finding:
    return Finding(
        kind=Kind.DEPENDENCY_CANCELLED,
        tasks=(task.code, before.code),
        field="depends_on",
        tell=partial(_tell_in_vain, task, before),
        about=((task, before), ()),
        day=task.starts_on,
    )


def _tell_in_vain(task: Entry, before: Entry) -> Told:
    known = {"task": task.code, "before": before.code}
    message = _("${task} waits for ${before}, which is cancelled.", mapping=known)
    return message, (_("Take ${before} off what ${task} waits for.", mapping=known),)


def _late(task: Entry, before: Entry, scene: Scene) -> Finding:
    return Finding(
        kind=Kind.DEPENDENCY_LATE,
        tasks=(task.code, before.code),
        field="starts_on",
        tell=partial(_tell_late, task, before, scene),
        about=((task, before), ()),
        day=task.starts_on,
    )


def _tell_late(task: Entry, before: Entry, scene: Scene) -> Told:
    end_day, minute = ends(before)
    free = end_day if minute <= (task.hours[0] if task.hours else 0) else end_day + timedelta(1)
    known = {"task": task.code, "before": before.code, "end": before.ends_on, "start": task.starts_on}
    solutions = []
    if free + (task.ends_on - task.starts_on) <= scene.last_day:
        solutions.append(_("Let ${task} begin on ${day} or later.", mapping={**known, "day": free}))
    # The earlier task may end on the day on which this one begins, where its hours are over by then.
    in_time = before.hours and task.hours and before.hours[0] < before.hours[1] <= task.hours[0]
    latest = task.starts_on - timedelta(0 if in_time else 1)
    if latest >= max(before.starts_on, scene.first_day):
        solutions.append(_("Let ${before} end on ${day} or earlier.", mapping={**known, "day": latest}))
    solutions.append(_("Take ${before} off what ${task} waits for.", mapping=known))
    message = _(
        "${task} begins on ${start} and waits for ${before}, which ends on ${end}: too late.", mapping=known
    )
    return message, tuple(solutions)
