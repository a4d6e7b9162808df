"""A party, or one unit of it, whose tasks take more days' work than its pledge has: so many, for so many days each.

Whoever works on a day has used up one day of the pledge, however many tasks there are for them on it; a night counts
for the day on which it begins. What was pledged without days is there on every day. What is done has used up its days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from jointops.kernel.i18n import _
from jointops.reference.catalogue import catalogue
from jointops.tasks.deconfliction.demands import Demand, demands
from jointops.tasks.deconfliction.scene import (
    DAY,
    Entry,
    Finding,
    Kind,
    Pledge,
    Scene,
    Told,
    begins,
    codes,
)

TRIED_TASKS = 4
"""Tasks that are tried, from the one that begins last, for whether moving or shortening them would do."""


def days_used_up(tasks: Iterable[Entry], scene: Scene) -> Iterator[Finding]:
    """Find parties and units whose tasks, done ones too, take more days' work than was pledged.

    What is asked for beyond the pledge at a time is not counted again: see :mod:`overbooked`.
    """
    counted = [task for task in tasks if not task.cancelled]
    for demand in demands(counted, scene.pledges):
        if all(pledge.days is None for pledge in demand.pledges):
            continue
        work = _Work([(counted[number], share) for number, share in demand.shares.items()], demand)
        lack = work.lack()
        there = [
            task for task, _share in work.parts if not task.ended and not lack.days.isdisjoint(_days(task))
        ]
        if lack.missing and there:
            yield Finding(
                kind=Kind.DAYS_USED_UP,
                tasks=tuple(task.code for task in there),
                field="resources",
                tell=partial(_tell, there, work, lack, scene),
                about=(there, (demand.who, demand.kind, lack.asked, lack.given)),
                units=(demand.who,),
                day=date.fromordinal(min(lack.days)),
            )


@dataclass(frozen=True, slots=True)
class Lack:
    """On which days (their ordinals) most is missing: the days' work that is asked for, and that the pledge gives."""

    days: frozenset[int]
    asked: int
    given: int

    @property
    def missing(self) -> int:
        """Days' work that are missing; 0: everything can be manned."""
        return max(0, self.asked - self.given)


def lack_of(needs: Mapping[int, int], pledges: Sequence[Pledge]) -> Lack:
    """Return where ``pledges`` fall short of ``needs``: how many are needed by day.

    The rule is that of Gale and Ryser: everything can be manned when, for every number of days, those with the
    greatest needs take no more than the pledges give on so many days, each of one at most once a day.
    """
    at_a_time = sum(pledge.quantity for pledge in pledges)
    busiest = sorted(needs, key=lambda day: (-needs[day], day))
    worst, asked = Lack(frozenset(), 0, 0), 0
    for count, day in enumerate(busiest, 1):
        asked += min(needs[day], at_a_time)
        given = sum(pledge.quantity * min(pledge.days or count, count) for pledge in pledges)
        if asked - given > worst.asked - worst.given:
            worst = Lack(frozenset(busiest[:count]), asked, given)
    return worst


class _Work:
    """The parts that a party or unit has in tasks, day by day."""

    def __init__(self, parts: Sequence[tuple[Entry, int]], demand: Demand) -> None:
        self.parts, self.demand = parts, demand
        self._shifts: dict[int, list[tuple[Entry, int]]] = defaultdict(list)
        for task, share in parts:
            for day in _days(task):
                self._shifts[day].append((task, share))
        self.needs = {day: _most_at_a_time(shifts) for day, shifts in self._shifts.items()}

    def lack(self) -> Lack:
        """Return what is missing of the pledges as they are."""
        return lack_of(self.needs, self.demand.pledges)

    def lasts(self, pledges: Sequence[Pledge]) -> bool:
        """Say whether other pledges would do."""
        return not lack_of(self.needs, pledges).missing

    def lasts_with(self, task: Entry, changed: Entry, share: int) -> bool:
        """Say whether the pledges would do with one of the tasks ``changed``."""
        needs = dict(self.needs)
        for day in {*_days(task), *_days(changed)}:
            shifts = [(other, part) for other, part in self._shifts.get(day, ()) if other is not task]
            if day in _days(changed):
                shifts.append((changed, share))
            needs[day] = _most_at_a_time(shifts)
        return not lack_of(needs, self.demand.pledges).missing

    def lasts_without(self, given_up: Sequence[Entry]) -> bool:
        """Say whether the pledges would do if others took over the parts in some of the tasks."""
        gone = {task.code for task in given_up}
        needs = dict(self.needs)
        for day in {day for task in given_up for day in _days(task)}:
            needs[day] = _most_at_a_time(
                (task, share) for task, share in self._shifts[day] if task.code not in gone
            )
        return not lack_of(needs, self.demand.pledges).missing


def _days(task: Entry) -> range:
    return range(task.starts_on.toordinal(), task.ends_on.toordinal() + 1)


def _most_at_a_time(shifts: Iterable[tuple[Entry, int]]) -> int:
    """Return how many the shifts that begin on one day take at the same time."""
    steps: dict[int, int] = defaultdict(int)
    for task, share in shifts:
        since, until = task.hours or (0, DAY)
        steps[since] += share
        steps[until if since < until else until + DAY] -= share
    load = most = 0
    for minute in sorted(steps):
        load += steps[minute]
        most = max(most, load)
    return most


# --- What would solve it ---------------------------------------------------------------------------------------------


def _tell(there: Sequence[Entry], work: _Work, lack: Lack, scene: Scene) -> Told:
    demand = work.demand
    known = {
        "who": demand.who,
        "kind": catalogue().contribution_kinds[demand.kind].labels,
        "asked": lack.asked,
        "days": len(lack.days),
        "given": lack.given,
        "pledged": " + ".join(
            f"{pledge.quantity} × {pledge.days or len(lack.days)}" for pledge in demand.pledges
        ),
        "missing": lack.missing,
        "tasks": codes(there),
    }
    message = _(
        "${kind}: on ${days} days ${who} is asked for ${asked} days’ work and has pledged ${given}, "
        "${pledged} (${tasks}).",
        mapping=known,
    )
    last_first = sorted(there, key=lambda task: (begins(task), task.code), reverse=True)
    tried = last_first[:TRIED_TASKS]
    one_task = [told for told in (_shorter(tried, work), _elsewhere(tried, work, scene)) if told is not None]
    return message, (
        _longer(work) or _("Ask ${who} for ${missing} days’ work more (${kind}).", mapping=known),
        *(one_task or _given_up(last_first, work)),
        _("Take units of others into one of the tasks, or lower what it needs."),
    )


def _longer(work: _Work) -> str | None:
    """Return for how many days one line of the pledge would have to be; ``None`` where no single line would do."""
    pledges = work.demand.pledges
    possible = []
    for number, pledge in enumerate(pledges):
        for days in range((pledge.days or 0) + 1, len(work.needs) + 1) if pledge.days else ():
            if work.lasts([*pledges[:number], replace(pledge, days=days), *pledges[number + 1 :]]):
                possible.append((pledge.quantity * (days - (pledge.days or 0)), days, pledge))
                break
    if not possible:
        return None
    _cost, days, pledge = min(possible, key=lambda one: one[:2])
    longer: str = _(
        "Ask ${who} to pledge its ${quantity} for ${days} days instead of ${pledged} (${kind}).",
        mapping={
            "who": work.demand.who,
            "kind": catalogue().contribution_kinds[pledge.kind].labels,
            "quantity": pledge.quantity,
            "days": days,
            "pledged": pledge.days,
        },
    )
    return longer


def _shorter(tasks: Sequence[Entry], work: _Work) -> str | None:
    """Return the last day on which one of ``tasks`` could end, of the one that would lose the fewest days."""
    shares = {task.code: share for task, share in work.parts}
    possible = []
    for place, task in enumerate(tasks):
        for lost in range(1, len(_days(task))):
            shorter = replace(task, ends_on=task.ends_on - timedelta(lost))
            if work.lasts_with(task, shorter, shares[task.code]):
                possible.append((lost, place, shorter))
                break
    if not possible:
        return None
    _lost, _place, shorter = min(possible, key=lambda one: one[:2])
    known = {"before": shorter.code, "day": shorter.ends_on}
    told: str = _("Let ${before} end on ${day} or earlier.", mapping=known)
    return told


def _elsewhere(tasks: Sequence[Entry], work: _Work, scene: Scene) -> str | None:
    """Return the first day to which one of ``tasks`` could move: one on which others are at work at other hours."""
    shares = {task.code: share for task, share in work.parts}
    for task in tasks:
        length = task.ends_on - task.starts_on
        for number in range((scene.last_day - length - scene.first_day).days + 1):
            start = scene.first_day + timedelta(number)
            moved = replace(task, starts_on=start, ends_on=start + length)
            if start != task.starts_on and work.lasts_with(task, moved, shares[task.code]):
                known = {"task": task.code, "day": start}
                told: str = _("Move ${task} to ${day}, when they are free.", mapping=known)
                return told
    return None


def _given_up(tasks: Sequence[Entry], work: _Work) -> list[str]:
    """Return what would have to go to others where one task is not enough: as many as it takes, from the last on."""
    for count in range(1, len(tasks) + 1):
        if work.lasts_without(tasks[:count]):
            known = {"tasks": codes(tasks[:count]), "who": work.demand.who}
            return [_("Move or shorten ${tasks}, or give them to others than ${who}.", mapping=known)]
    return []
