"""A task outside the operation's days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from jointops.kernel.i18n import _
from jointops.tasks.deconfliction.scene import Entry, Finding, Kind, Scene, Told


def outside(tasks: Iterable[Entry], scene: Scene) -> Iterator[Finding]:
    """Find tasks with days before the operation's first or after its last."""
    for task in tasks:
        if scene.first_day > task.starts_on or task.ends_on > scene.last_day:
            yield Finding(
                kind=Kind.OUTSIDE,
                tasks=(task.code,),
                field="starts_on" if task.starts_on < scene.first_day else "ends_on",
                tell=partial(_tell_outside, task, scene),
                about=((task,), ()),
                day=task.starts_on,
            )


def _tell_outside(task: Entry, scene: Scene) -> Told:
    length = min(task.ends_on - task.starts_on, scene.last_day - scene.first_day)
    start = min(max(task.starts_on, scene.first_day), scene.last_day - length)
    message = _(
        "${task} is planned from ${start} to ${end}, outside the operation (${first} to ${last}).",
        mapping={
            "task": task.code,
            "start": task.starts_on,
            "end": task.ends_on,
            "first": scene.first_day,
            "last": scene.last_day,
        },
    )
    mapping = {"task": task.code, "start": start, "end": start + length}
    return message, (_("Move ${task} to ${start} – ${end}.", mapping=mapping),)
