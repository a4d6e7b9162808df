"""What tasks ask of parties and of units, beside what these have pledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jointops.tasks.deconfliction.scene import Entry, Pledge, Unit


@dataclass(frozen=True, slots=True)
class Demand:
    """What tasks ask of one kind, of a party or of a unit with a pledge of its own (``who``).

    ``shares`` are quantities by the tasks' numbers; ``pledges`` are what was pledged of it, if anything.
    """

    who: str
    kind: str
    pledges: tuple[Pledge, ...]
    shares: Mapping[int, int]

    @property
    def limit(self) -> int:
        """How many were pledged at a time."""
        return sum(pledge.quantity for pledge in self.pledges)


def demands(tasks: Sequence[Entry], pledges: Iterable[Pledge]) -> Iterator[Demand]:
    """Give what ``tasks`` ask of parties that have pledged anything, and of their units with pledges of their own.

    A party that has pledged nothing yet has not answered; what is asked of it is no demand on a pledge.
    """
    pledged: dict[tuple[str, str, str], list[Pledge]] = defaultdict(list)
    for pledge in pledges:
        pledged[pledge.party, "", pledge.kind].append(pledge)
        if pledge.unit:
            pledged[pledge.party, pledge.unit, pledge.kind].append(pledge)
    known_parties = {party for party, _unit, _kind in pledged}
    asked: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number, task in enumerate(tasks):
        for unit, kind, share in shares(task):
            if unit.party in known_parties:
                asked[unit.party, "", kind][number] += share
                if (unit.party, unit.code, kind) in pledged:
                    asked[unit.party, unit.code, kind][number] += share
    for key, by_task in asked.items():
        party, code, kind = key
        yield Demand(code or party, kind, tuple(pledged.get(key, ())), by_task)


def shares(task: Entry) -> Iterator[tuple[Unit, str, int]]:
    """Give what each unit brings to a task: its need in equal parts, what is left over from the first units on."""
    for kind, quantity in task.resources.items():
        whole, rest = divmod(quantity, len(task.units)) if task.units else (0, 0)
        for number, unit in enumerate(task.units):
            share = whole + (number < rest)
            if share:
                yield unit, kind, share
