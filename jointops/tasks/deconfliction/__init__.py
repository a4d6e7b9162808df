"""Deconfliction: what tasks get in each other's way, and what would solve it. Plain functions over plain data.

Each rule is a module of this package, named after what it finds:

- ``outside``: a task outside the operation's days;
- ``authorities``: a joint task with one type of authority missing;
- ``dependencies``: a task that waits for one that ends too late, or that is cancelled;
- ``same_place``: two units at the same place and time (which places are near: ``nearness``);
- ``unit_twice``: a unit with two tasks in the same hours;
- ``overbooked``: more asked for at a time than was pledged (what is asked of whom: ``demands``);
- ``days_used_up``: more days' work asked for than was pledged.

What they look at and what they say is in ``scene``, which tasks overlap in time in ``overlaps``.

Everything is looked at in time that grows with the number of tasks, not with its square: of many tasks that overlap
at one place, every one is named, each with one that it overlaps; the list is empty when nothing overlaps.
"""

from __future__ import annotations

from collections.abc import Sequence

from jointops.tasks.deconfliction.authorities import authorities_missing
from jointops.tasks.deconfliction.days_used_up import days_used_up
from jointops.tasks.deconfliction.demands import shares
from jointops.tasks.deconfliction.dependencies import dependencies
from jointops.tasks.deconfliction.nearness import distance
from jointops.tasks.deconfliction.outside import outside
from jointops.tasks.deconfliction.overbooked import overbooked
from jointops.tasks.deconfliction.same_place import same_place
from jointops.tasks.deconfliction.scene import DAY, Entry, Finding, Kind, Pledge, Scene, Unit
from jointops.tasks.deconfliction.unit_twice import unit_twice

__all__ = (
    "DAY",
    "Entry",
    "Finding",
    "Kind",
    "Pledge",
    "Scene",
    "Unit",
    "distance",
    "findings",
    "shares",
)


def findings(tasks: Sequence[Entry], scene: Scene, only: str | None = None) -> list[Finding]:
    """Return everything that is in the way among ``tasks``; with ``only``, what concerns the task of that code."""
    by_code = {task.code: task for task in tasks}
    live = [task for task in tasks if not task.ended]
    concerned = [task for task in live if only is None or task.code == only]
    found = [
        *outside(concerned, scene),
        *authorities_missing(concerned, scene),
        *dependencies(live, by_code, scene),
        *same_place(live, only),
        *unit_twice(live, scene, only),
        *overbooked(live, scene),
        *days_used_up(tasks, scene),
    ]
    return [finding for finding in found if only is None or only in finding.tasks]
