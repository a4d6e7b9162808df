"""What earlier results suggest for a plan: targets scaled to its countries and days, tasks fitted to its units.

Plain functions. A figure that is missing is not zero: an operation without one says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from statistics import median

from jointops.operations.plandoc import (
    Hours,
    Objective,
    Place,
    PlanDocument,
    PlanTask,
    Target,
    TaskResource,
)
from jointops.reference.catalogue import catalogue

FAR_YEARS = 4
"""Results that are older than this many years come from other times."""

FAR_COUNTRIES = 2
"""Results of half as many countries, or twice as many, come from another kind of operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one earlier operation came to, with what it takes to compare it: countries, days, and how complete it is.

    ``accepted`` and ``expected`` count its returns.
    """

    operation: str
    year: int
    countries: int
    days: int
    quantity: Decimal
    illustrative: bool = False
    accepted: int = 0
    expected: int = 0


class Caveat(StrEnum):
    """Why a proposal is to be taken with care."""

    ONE_SOURCE = "one-source"
    ILLUSTRATIVE = "illustrative"
    INCOMPLETE = "incomplete"
    COUNTRIES = "countries"
    YEARS = "years"
    WITHOUT_FIGURE = "without-figure"


class Level(StrEnum):
    """Which of the earlier rates a target is taken from."""

    LOW = "low"
    MEDIAN = "median"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Earlier rates, and what they come to for a plan.

    Rates are for each participating country, and ``per_day`` for each day of it too. ``targets`` are the rates scaled
    to the plan and rounded to two figures.
    """

    rates: Mapping[Level, Decimal]
    targets: Mapping[Level, Decimal]
    per_day: bool
    countries: int
    days: int
    sources: tuple[Result, ...]
    caveats: tuple[Caveat, ...]


def propose(
    results: Sequence[Result],
    *,
    countries: int,
    days: int,
    year: int,
    per_day: bool = True,
    decimals: int = 0,
    without: int = 0,
) -> Proposal | None:
    """Return what ``results`` suggest for a plan of so many countries and days; nothing from no results.

    ``without`` is how many comparable operations have no figure: they are left out, not taken as nothing.
    """
    usable = [result for result in results if result.countries > 0 and result.days > 0]
    if not usable or countries < 1 or days < 1:
        return None
    found = sorted(
        result.quantity / (result.countries * (result.days if per_day else 1)) for result in usable
    )
    rates = {Level.LOW: found[0], Level.MEDIAN: Decimal(median(found)), Level.HIGH: found[-1]}
    size = countries * (days if per_day else 1)
    return Proposal(
        rates=rates,
        targets={level: rounded(rate * size, decimals) for level, rate in rates.items()},
        per_day=per_day,
        countries=countries,
        days=days,
        sources=tuple(usable),
        caveats=_caveats(usable, countries, year, without),
    )


def rounded(quantity: Decimal, decimals: int) -> Decimal:
    """Return ``quantity`` with two figures, no finer than ``decimals``, and never nothing unless it is nothing."""
    if quantity == 0:
        return Decimal(0)
    step = Decimal(1).scaleb(max(quantity.adjusted() - 1, -decimals))
    near = quantity.quantize(step, ROUND_HALF_EVEN) or step
    return Decimal(f"{near:f}")


def _caveats(results: Sequence[Result], countries: int, year: int, without: int) -> tuple[Caveat, ...]:
    found = {
        Caveat.ONE_SOURCE: len(results) == 1,
        Caveat.ILLUSTRATIVE: any(result.illustrative for result in results),
        Caveat.INCOMPLETE: any(result.accepted < result.expected for result in results),
        Caveat.COUNTRIES: any(
            result.countries * FAR_COUNTRIES <= countries or countries * FAR_COUNTRIES <= result.countries
            for result in results
        ),
        Caveat.YEARS: any(abs(year - result.year) > FAR_YEARS for result in results),
        Caveat.WITHOUT_FIGURE: without > 0,
    }
    return tuple(caveat for caveat, holds in found.items() if holds)


def countries_of(document: PlanDocument, declined: Collection[str] = ()) -> int:
    """Return how many countries with reporting units a plan has, without those that have declined."""
    known = catalogue().countries
    return sum(
        participant.party in known and bool(participant.units) and participant.party not in declined
        for participant in document.participants
    )


# --- Targets -----------------------------------------------------------------------------------------------------


def with_target(document: PlanDocument, objective: str, quantity: Decimal) -> PlanDocument:
    """Return ``document`` with another target of an objective, in its indicator's base unit; the bound stays."""
    return replace(
        document,
        objectives=tuple(
            replace(one, target=_target(one.target, quantity), illustrative=False)
            if one.code == objective
            else one
            for one in document.objectives
        ),
    )


def _target(target: Target | None, quantity: Decimal) -> Target:
    if target is not None and target.at_least is None:
        return Target(at_most=quantity)
    return Target(at_least=quantity)


def with_objective(
    document: PlanDocument, indicator: str, labels: Mapping[str, str], quantity: Decimal
) -> PlanDocument:
    """Return ``document`` with a new objective that measures ``indicator``, called as the indicator is."""
    taken = {one.code for one in document.objectives}
    number = next(n for n in range(1, len(taken) + 2) if f"O{n}" not in taken)
    objective = Objective(
        code=f"O{number}", title=dict(labels), indicator=indicator, target=Target(at_least=quantity)
    )
    return replace(document, objectives=(*document.objectives, objective))


# --- Tasks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTask:
    """A task of an earlier operation. ``units`` pairs each unit's code with its type of authority, the lead first.

    ``first`` and ``last`` are days, told as days since the first action day: 0 is that day, -1 the day before; the
    operation had ``length`` action days.
    """

    code: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    type: str
    action_area: str | None
    place: Place | None
    first: int
    last: int
    units: tuple[tuple[str, str], ...]
    length: int = 1
    hours: Hours | None = None
    mandatory: bool = False
    indicators: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    resources: tuple[tuple[str, int], ...] = ()


def fitted(task: PastTask, document: PlanDocument) -> PlanTask | None:
    """Return the task as it fits a plan: on the same days of the operation, with its units; nothing without any.

    Units that the plan has stay; where it has none of them, those of the same types of authority take their place.
    What the plan does not have (an action area, a country, an indicator) is left out.
    """
    units = _units(task, document)
    if not units:
        return None
    lead = task.units[0][0] if task.units and task.units[0][0] in units else units[0]
    taking_part = {participant.party for participant in document.participants}
    asked = {indicator.code for indicator in document.indicators}
    return PlanTask(
        code=_free_code(task.code, {one.code for one in document.tasks}),
        title=dict(task.title),
        units=units,
        description=dict(task.description),
        type=task.type if task.type in catalogue().task_types else "other",
        action_area=task.action_area
        if task.action_area in {area.code for area in document.action_areas}
        else None,
        lead=lead,
        place=task.place if task.place and (task.place.country or document.lead) in taking_part else None,
        days=_days(task, document),
        hours=task.hours,
        mandatory=task.mandatory,
        indicators=tuple(code for code in task.indicators if code in asked),
        authorities=tuple(code for code in task.authorities if code in catalogue().authority_types),
        resources=tuple(
            TaskResource(kind=kind, quantity=quantity)
            for kind, quantity in task.resources
            if kind in catalogue().contribution_kinds
        ),
    )


def _days(task: PastTask, document: PlanDocument) -> tuple[date, ...]:
    """Return the same days of the plan, as a plan says them: work of all action days stays so, others stay inside."""
    in_action = task.first >= 0 and task.last < task.length
    if in_action and (task.first, task.last) == (0, task.length - 1):
        return ()
    within = document.period if in_action else document.span()
    start, end = (
        min(max(document.period.start + timedelta(days=offset), within.start), within.end)
        for offset in (task.first, task.last)
    )
    if (start, end) == (document.period.start, document.period.end):
        return ()
    return (start,) if start == end else (start, end)


def _units(task: PastTask, document: PlanDocument) -> tuple[str, ...]:
    known = {unit.code: unit.authority for unit in document.units()}
    same = tuple(code for code, _authority in task.units if code in known)
    if same:
        return same
    wanted = {authority for _code, authority in task.units} | set(task.authorities)
    return tuple(code for code, authority in known.items() if authority in wanted)


def _free_code(code: str, taken: Collection[str]) -> str:
    if code not in taken:
        return code
    return next(f"{code}-{n}" for n in range(2, len(taken) + 3) if f"{code}-{n}" not in taken)
