"""Figures that a unit could report on a day of an exercise: plausible, and near the plan's targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from jointops.kernel.types import quantity_text
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planindicators import AskedIndicator, asked, asked_of
from jointops.reference.catalogue import catalogue
from jointops.returns.submission import Submission, ValueEntry

MOST_VALUES = 6
"""Figures in a return, beside those that the plan asks for in every one."""

_OFTEN = 45
"""Chance in a hundred that a unit has something to report of an indicator on a day."""

_USUAL = {
    "mass": 8,
    "volume": 40,
    "money": 12_000,
    "sticks": 9_000,
    "tablets": 400,
    "rounds": 60,
    "persons": 3,
}
"""The usual most of what a unit finds on a day, in the dimension's base unit; of anything else that is counted 4."""


class Chance(Protocol):
    """Gives a number below a bound that is settled by what it is about."""

    def __call__(self, bound: int, *about: object) -> int: ...


class Figures:
    """The figures of all units on all days on which they report (``cells``)."""

    def __init__(self, plan: PlanDocument, chance: Chance, cells: Sequence[tuple[str, date]]) -> None:
        self._chance = chance
        self._asked = asked(plan)
        units = dict.fromkeys(unit for unit, _day in cells)
        self._of_unit = {unit: asked_of(plan, unit) for unit in units}
        self._areas_of_unit = {unit.code: unit.action_areas for unit in plan.units()}
        self._areas = tuple(area.code for area in plan.action_areas)
        days = Counter(unit for unit, _day in cells)
        finds: dict[str, float] = dict.fromkeys(self._asked, 0.0)
        for unit, indicators in self._of_unit.items():
            often = min(_OFTEN / 100, MOST_VALUES / max(len(indicators), 1))
            for indicator in indicators:
                finds[indicator.code] += days[unit] * often
        self._most = {code: self._most_of(plan, one, finds[code]) for code, one in self._asked.items()}

    def _most_of(self, plan: PlanDocument, indicator: AskedIndicator, finds: float) -> int:
        """Return the most that a unit reports of an indicator on a day, so that all together come near its target.

        ``finds`` is on how many returns something of it is to be expected.
        """
        usual = _USUAL.get(catalogue().units[indicator.unit].dimension, 4)
        for objective in plan.objectives:
            target = objective.target
            if objective.indicator != indicator.code or target is None or target.at_least is None:
                continue
            if objective.category is not None or target.unit not in (None, indicator.unit):
                continue
            if indicator.aggregation == "sum":
                # What is found is half of the most on average.
                return max(1, round(float(target.at_least) * 2 / max(finds, 1)))
        return usual

    def values(self, cell: tuple[str, date]) -> tuple[ValueEntry, ...]:
        """Return what a unit reports on a day; nothing where chance has nothing for it."""
        amounts: dict[str, Decimal] = {}
        for indicator in self._chosen(cell):
            most = max(self._most[indicator.code], 1)
            found = Decimal(1 + self._chance(most, "much", indicator.code, *cell))
            amounts[indicator.code] = max(amounts.get(indicator.code, found), found)
            self._include(indicator, cell[0], amounts)
        if not amounts:
            return ()
        for indicator in self._of_unit[cell[0]]:
            if indicator.required:
                amounts.setdefault(indicator.code, Decimal(0))
        order = sorted(amounts, key=lambda code: self._asked[code].part_of is not None)
        return tuple(self._entry(self._asked[code], amounts[code], cell) for code in order)

    def _chosen(self, cell: tuple[str, date]) -> list[AskedIndicator]:
        """Return of which indicators a unit has something to report on a day."""
        having = [
            (self._chance(1 << 30, "order", one.code, *cell), one.code, one)
            for one in self._of_unit[cell[0]]
            if self._chance(100, "any", one.code, *cell) < _OFTEN
        ]
        return [one for _order, _code, one in sorted(having, key=lambda entry: entry[:2])[:MOST_VALUES]]

    def _include(self, part: AskedIndicator, unit: str, amounts: dict[str, Decimal]) -> None:
        """Let what contains a part hold at least as much, and what contains that."""
        while part.part_of is not None and part.part_of in self._asked:
            whole = self._asked[part.part_of]
            if whole.code not in amounts and whole not in self._of_unit[unit]:
                return
            amounts[whole.code] = max(amounts.get(whole.code, Decimal(0)), amounts[part.code])
            part = whole

    def _entry(self, indicator: AskedIndicator, amount: Decimal, cell: tuple[str, date]) -> ValueEntry:
        area = self.area(indicator.code, *cell, unit=cell[0])
        codes = list(indicator.categories)
        category = None
        if amount and codes:
            # Where the categories are the action areas themselves the two go together.
            by_chance = codes[self._chance(len(codes), "category", indicator.code, *cell)]
            category = area if area in codes else by_chance
        return ValueEntry(
            indicator=indicator.code, quantity=quantity_text(amount), category=category, action_area=area
        )

    def area(self, indicator: str, *about: object, unit: str | None = None) -> str | None:
        """Return one of the action areas that a figure of the indicator may belong to."""
        choice = self._asked[indicator].action_areas or self._areas
        own = self._areas_of_unit.get(unit or "", ())
        fitting = [code for code in choice if code in own] if own else list(choice)
        fitting = fitting or list(choice)
        return fitting[self._chance(len(fitting), "area", indicator, *about)] if fitting else None

    def seizure(self, unit: str) -> str | None:
        """Return the indicator of something that a unit may seize together with another, if any."""
        codes = [
            one.code
            for one in self._of_unit[unit]
            if one.aggregation == "sum" and one.part_of is None and not one.required
        ]
        seized = [code for code in codes if code.endswith("-seized")]
        return next(iter(seized or codes), None)

    def amount(self, indicator: str, *about: object) -> str:
        """Return the quantity of a larger find of the indicator."""
        most = max(self._most[indicator], 2)
        return str(most + self._chance(most, "find", indicator, *about))

    def corrected(self, submission: Submission) -> Submission:
        """Return the same return with one figure more than before, and why; a nil return gets its first figure."""
        reason = "Counted again: one was left out. Exercise."
        if submission.values:
            first = submission.values[0]
            more = replace(first, quantity=quantity_text(Decimal(first.quantity) + 1))
            return replace(submission, values=(more, *submission.values[1:]), reason=reason)
        if submission.incidents:
            incident = submission.incidents[0]
            more_found = replace(incident, quantity=quantity_text(Decimal(incident.quantity) + 1))
            return replace(submission, incidents=(more_found, *submission.incidents[1:]), reason=reason)
        return replace(submission, narrative=f"{submission.narrative} Counted again.", reason=reason)
