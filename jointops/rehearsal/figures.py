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
        reports = Counter[str]()
        for unit, indicators in self._of_unit.items():
            for indicator in indicators:
                reports[indicator.code] += days[unit]
        self._most = {
            code: self._most_of(plan, indicator, reports[code]) for code, indicator in self._asked.items()
        }

    def _most_of(self, plan: PlanDocument, indicator: AskedIndicator, reports: int) -> int:
        """Return the most that a unit reports of an indicator on a day: all together come near its target, if any."""
        usual = _USUAL.get(catalogue().units[indicator.unit].dimension, 4)
        for objective in plan.objectives:
            target = objective.target
            if objective.indicator != indicator.code or target is None or target.at_least is None:
                continue
            if objective.category is not None or target.unit not in (None, indicator.unit):
                continue
            if indicator.aggregation == "sum":
                # Half of what is found on average, on the days on which anything is found.
                return max(1, int(target.at_least * 2 * 100 / _OFTEN / max(reports, 1)))
        return usual

    def values(self, cell: tuple[str, date]) -> tuple[ValueEntry, ...]:
        """Return what a unit reports on a day; nothing where chance has nothing for it."""
        unit = cell[0]
        amounts: dict[str, Decimal] = {}
        for indicator in sorted(self._of_unit[unit], key=lambda one: one.part_of is not None):
            amount = self._amount(indicator, cell, amounts)
            if amount is not None:
                amounts[indicator.code] = amount
            if len(amounts) >= MOST_VALUES and not any(one.required for one in self._of_unit[unit]):
                break
        if not any(amounts.values()):
            return ()
        return tuple(self._entry(self._asked[code], amount, cell) for code, amount in amounts.items())

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

    def _amount(
        self, indicator: AskedIndicator, cell: tuple[str, date], amounts: dict[str, Decimal]
    ) -> Decimal | None:
        about = (indicator.code, *cell)
        if self._chance(100, "any", *about) >= _OFTEN:
            return Decimal(0) if indicator.required else None
        if not indicator.required and len(amounts) >= MOST_VALUES:
            return None
        found = Decimal(1 + self._chance(max(self._most[indicator.code], 1), "much", *about))
        whole = indicator.part_of
        if whole is not None and whole in amounts:
            found = min(found, amounts[whole])
        return found

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
