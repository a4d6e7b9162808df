"""A joint task, such as a patrol, with one of the types of authority missing that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from jointops.kernel.i18n import _
from jointops.reference.catalogue import catalogue
from jointops.tasks.deconfliction.scene import Entry, Finding, Kind, Scene, Told, Unit


def authorities_missing(tasks: Iterable[Entry], scene: Scene) -> Iterator[Finding]:
    """Find tasks of whose units none is of a type of authority that the task takes."""
    for task in tasks:
        there = {unit.authority for unit in task.units}
        for authority in task.authorities:
            if authority not in there:
                yield Finding(
                    kind=Kind.AUTHORITY_MISSING,
                    tasks=(task.code,),
                    field="units",
                    tell=partial(_tell_authority, task, authority, scene),
                    about=((task,), (authority, sorted(unit.code for unit in task.units))),
                    day=task.starts_on,
                )


def _tell_authority(task: Entry, authority: str, scene: Scene) -> Told:
    wanted = _candidate(task, authority, scene)
    known = {"task": task.code, "authority": catalogue().authority_types[authority].labels}
    message = _("${task} takes ${authority}, and none of its units is of that type.", mapping=known)
    add = (
        _(
            "Add a unit of ${party} of that type, such as ${unit}.",
            mapping={"party": wanted.party, "unit": wanted.code},
        )
        if wanted
        else _("No unit of the operation is of that type: add one to the plan.")
    )
    return message, (add, _("Take ${authority} off what ${task} needs.", mapping=known))


def _candidate(task: Entry, authority: str, scene: Scene) -> Unit | None:
    """Return the unit to add: of the place's country, else of a party that takes part in the task, else any."""
    able = [unit for unit in scene.units if unit.authority == authority]
    parties = [task.country, *(unit.party for unit in task.units)]
    rank = {party: number for number, party in reversed(list(enumerate(parties)))}
    return min(able, key=lambda unit: rank.get(unit.party, len(parties)), default=None)
