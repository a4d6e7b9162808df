"""What serves what inside one plan: objectives, indicators, tasks, units. Plain functions of the document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from jointops.operations.plandoc import Objective, Period, PlanDocument, PlanTask
from jointops.operations.rules import priority_of


def serves(area: str | None, indicators: Collection[str], objective: Objective) -> bool:
    """Say whether a task with this action area and these indicators serves an objective.

    A task that names indicators serves the objectives that they measure, in its own action area or across all. One
    that names none serves every objective of its area, and those of the whole operation.
    """
    same_area = objective.action_area is None or area == objective.action_area
    if indicators:
        return objective.indicator in indicators and (same_area or area is None)
    return same_area


@dataclass(frozen=True)
class PlanLinks:
    """The links within one plan; each question looks at every objective or task once."""

    document: PlanDocument

    @cached_property
    def objectives(self) -> dict[str, Objective]:
        """The objectives by code."""
        return {one.code: one for one in self.document.objectives}

    @cached_property
    def tasks(self) -> dict[str, PlanTask]:
        """The tasks by code."""
        return {one.code: one for one in self.document.tasks}

    def priority(self, area: str | None) -> str | None:
        """Return the priority that an action area serves."""
        found = next((one for one in self.document.action_areas if one.code == area), None)
        return priority_of(self.document, found) if found else None

    def priorities(self) -> tuple[str, ...]:
        """Return the priorities that the operation serves: those it names, then those of its action areas."""
        link = self.document.policy_cycle
        areas = (priority_of(self.document, area) for area in self.document.action_areas)
        every = (*(link.priorities if link else ()), *areas)
        return tuple(dict.fromkeys(code for code in every if code))

    def objectives_served(self, area: str | None, indicators: Collection[str]) -> list[Objective]:
        """Return the objectives that a task serves."""
        return [one for one in self.document.objectives if serves(area, indicators, one)]

    def tasks_of(self, objective: Objective) -> list[PlanTask]:
        """Return the tasks that serve an objective."""
        return [task for task in self.document.tasks if serves(task.action_area, task.indicators, objective)]

    def measured_by(self, indicator: str) -> list[Objective]:
        """Return the objectives that an indicator measures."""
        return [one for one in self.document.objectives if one.indicator == indicator]

    def tasks_for(self, indicator: str) -> list[PlanTask]:
        """Return the tasks that serve an indicator: those that name it, and those of the objectives it measures."""
        named = {task.code: task for task in self.document.tasks if indicator in task.indicators}
        found = {task.code: task for one in self.measured_by(indicator) for task in self.tasks_of(one)}
        return list((named | found).values())

    def tasks_on(self, unit: str, day: date) -> list[PlanTask]:
        """Return the tasks that a unit has on a day."""
        return [task for task in self.document.tasks if unit in task.units and day in self.window(task)]

    def window(self, task: PlanTask) -> Period:
        """Return the days of a task; every action day where it says none."""
        days = task.days or (self.document.period.start, self.document.period.end)
        return Period(start=days[0], end=days[-1])
