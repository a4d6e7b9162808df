"""What earlier comparable operations suggest: targets from their results, and the tasks that were used.

Figures are the accepted ones as known now, added up in the database for all operations at once; a joint result counts
once. Results are shown only to those who may see the earlier operation's figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.kernel import clock, policy
from jointops.kernel.errors import Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.lessons import profiles, proposing, rules
from jointops.lessons.proposing import Level, PastTask, Proposal, Result
from jointops.lessons.rules import Reason
from jointops.operations import service as operations
from jointops.operations.models import (
    Aggregation,
    Answer,
    Operation,
    OperationState,
    Participant,
    PlanVersion,
    ReportingUnit,
)
from jointops.operations.plandoc import Hours, Objective, Place, PlanDocument, PlanTask
from jointops.operations.planindicators import AskedIndicator, asked
from jointops.reference.catalogue import catalogue
from jointops.returns import across
from jointops.returns.models import FactStatus
from jointops.situation.figures import picked_day
from jointops.tasks.models import AssignmentState, Task, TaskAssignment

MOST_OPERATIONS = 8
"""So many operations are compared with, the most alike and latest first."""

TASKS_SHOWN = 100
"""So many tasks stand on a page."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """An earlier operation that is like the plan, why, and what it takes to compare results with it.

    ``countries`` took part with reporting units, for ``days`` action days; ``accepted`` and ``expected`` count returns.
    """

    operation: Operation
    reasons: tuple[Reason, ...]
    illustrative: bool
    countries: int
    days: int
    accepted: int
    expected: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """What earlier results suggest for one objective, or for an indicator that none measures yet.

    ``current`` is the objective's own target in the indicator's base unit, ``without`` the codes of the comparable
    operations that have no figure.
    """

    indicator: AskedIndicator
    objective: Objective | None
    category: str | None
    proposal: Proposal | None
    without: tuple[str, ...]


# --- Comparable operations -----------------------------------------------------------------------------------------


def comparables(
    session: Session, actor: Actor, operation: Operation, document: PlanDocument
) -> list[Comparable]:
    """Return earlier closed operations that are like the plan and whose figures are open to the person.

    The most alike stand first, of these the latest, :data:`MOST_OPERATIONS` at most. Exercises are none, and have none.
    """
    policy.require(actor, Action.LESSON_READ, operations.subject(operation))
    found = like(session, operation, document)
    readable = [
        (one, why, illustrative)
        for one, why, illustrative in found
        if policy.allows(actor, Action.SITUATION_READ, operations.subject(one))
    ][:MOST_OPERATIONS]
    keys = [one.id for one, _why, _illustrative in readable]
    countries, units = _taking_part(session, keys)
    accepted = across.accepted(session, keys)
    every = []
    for one, why, illustrative in readable:
        days = (one.ends_on - one.starts_on).days + 1
        every.append(
            Comparable(
                one,
                why,
                illustrative,
                countries.get(one.id, 0),
                days,
                accepted.get(one.id, 0),
                units.get(one.id, 0) * days,
            )
        )
    return every


def like(
    session: Session, operation: Operation, document: PlanDocument
) -> list[tuple[Operation, tuple[Reason, ...], bool]]:
    """Return the earlier closed operations that are like the plan, why, and whether they are illustrative."""
    if operation.exercise:
        return []
    wanted = select(Operation).where(
        Operation.exercise.is_(False),
        Operation.id != operation.id,
        Operation.state == OperationState.CLOSED,
        Operation.starts_on < document.period.start,
    )
    earlier = session.scalars(wanted.order_by(Operation.starts_on.desc(), Operation.code)).all()
    about = profiles.profiles(session, earlier)
    plan = rules.facets_of(document)
    every = [
        (one, rules.reasons(plan, about[one.id].facets), about[one.id].illustrative)
        for one in earlier
        if one.id in about
    ]
    alike = [entry for entry in every if entry[1]]
    return sorted(alike, key=lambda entry: -rules.likeness(entry[1]))


def _taking_part(session: Session, keys: Collection[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return how many countries and how many reporting units took part, by operation."""
    found = session.execute(
        select(Participant.operation_id, Participant.party, func.count())
        .join(ReportingUnit, ReportingUnit.participant_id == Participant.id)
        .where(
            Participant.operation_id.in_(keys),
            Participant.in_plan,
            Participant.answer != Answer.DECLINED,
            ReportingUnit.in_plan,
            ReportingUnit.reports,
        )
        .group_by(Participant.operation_id, Participant.party)
    )
    countries: dict[int, int] = {}
    units: dict[int, int] = {}
    for key, party, count in found:
        countries[key] = countries.get(key, 0) + (party in catalogue().countries)
        units[key] = units.get(key, 0) + count
    return countries, units


# --- Targets -----------------------------------------------------------------------------------------------------


def suggestions(
    session: Session, operation: Operation, document: PlanDocument, found: Sequence[Comparable]
) -> list[Suggested]:
    """Return what ``found`` suggest for each objective with an indicator, then for each indicator without one.

    Access has been asked for by :func:`comparables`. Nothing is suggested for an indicator of the plan's own that is
    counted in another unit elsewhere.
    """
    indicators = asked(document)
    sums = totals(session, [one.operation.id for one in found], indicators)
    declined = {p.party for p in operation.participants if p.answer is Answer.DECLINED}
    countries = proposing.countries_of(document, declined)

    def suggested(indicator: AskedIndicator, objective: Objective | None, category: str | None) -> Suggested:
        with_figure = [one for one in found if (one.operation.id, indicator.code, category) in sums]
        results = [
            Result(
                operation=one.operation.code,
                year=one.operation.starts_on.year,
                countries=one.countries,
                days=one.days,
                quantity=sums[one.operation.id, indicator.code, category],
                illustrative=one.illustrative,
                accepted=one.accepted,
                expected=one.expected,
            )
            for one in with_figure
        ]
        without = tuple(one.operation.code for one in found if one not in with_figure)
        proposal = proposing.propose(
            results,
            countries=countries,
            days=len(document.period.days()),
            year=document.period.start.year,
            per_day=indicator.aggregation == Aggregation.SUM,
            decimals=catalogue().units[indicator.unit].decimals if indicator.unit in catalogue().units else 0,
            without=len(without),
        )
        return Suggested(indicator, objective, category, proposal, without)

    measured = [one for one in document.objectives if one.indicator in indicators]
    covered = {one.indicator for one in measured}
    every = [suggested(indicators[one.indicator or ""], one, one.category) for one in measured]
    every += [suggested(item, None, None) for code, item in indicators.items() if code not in covered]
    return every


def totals(
    session: Session, keys: Collection[int], indicators: Mapping[str, AskedIndicator]
) -> dict[tuple[int, str, str | None], Decimal]:
    """Return the accepted totals of several operations as known now, by operation, indicator and category.

    Category ``None`` is the whole. Each operation's own rule combines the days. Only indicators that count in the same
    unit are taken; what has no figure is not there.
    """
    if not keys:
        return {}
    at = clock.now()
    units = {code: item.unit for code, item in indicators.items()}
    found: dict[tuple[int, str, str | None], Decimal] = {}

    def add(key: int, code: str, category: str | None, quantity: Decimal) -> None:
        place = (key, code, category)
        found[place] = found.get(place, Decimal(0)) + quantity

    for key, code, unit, category, quantity in across.added(
        session, keys, units, as_known_at=at, status=FactStatus.ACCEPTED
    ):
        if units[code] == unit:
            add(key, code, None, quantity)
            add(key, code, category, quantity)
    days: dict[tuple[int, str, int, str], dict[date, dict[str, Decimal]]] = {}
    for key, code, unit, category, unit_id, day, aggregation, quantity in across.by_day(
        session, keys, units, as_known_at=at, status=FactStatus.ACCEPTED
    ):
        if units[code] == unit:
            days.setdefault((key, code, unit_id, aggregation.value), {}).setdefault(day, {})[category] = (
                quantity
            )
    for (key, code, _unit, combined), of_day in days.items():
        picked = picked_day(((day, sum(of.values(), Decimal(0))) for day, of in of_day.items()), combined)
        for category, quantity in of_day[picked].items():
            add(key, code, None, quantity)
            add(key, code, category, quantity)
    return found


def take_target(
    session: Session,
    actor: Actor,
    operation: Operation,
    *,
    objective: str | None = None,
    indicator: str | None = None,
    level: Level = Level.MEDIAN,
    note: str = "",
    expected_version: int | None = None,
) -> PlanVersion:
    """Write a proposed target into the plan, as a new version: of an objective, or of a new one for an indicator.

    Raises NotFound (``nothing-proposed``) where earlier results suggest nothing, and what saving a plan raises.
    """
    policy.require(actor, Action.PLAN_UPDATE, operations.subject(operation))
    document = operations.document(operations.latest_plan(session, operation))
    found = comparables(session, actor, operation, document)
    for one in suggestions(session, operation, document, found):
        code = one.objective.code if one.objective else None
        if one.proposal is None or (code, None if code else one.indicator.code) != (objective, indicator):
            continue
        quantity = one.proposal.targets[level]
        if code is not None:
            changed = proposing.with_target(document, code, quantity)
        else:
            changed = proposing.with_objective(document, one.indicator.code, one.indicator.labels, quantity)
        return operations.save_plan(
            session, actor, operation, changed, note, expected_version=expected_version
        )
    message = _(
        "Earlier operations suggest no target for “${code}”.", mapping={"code": objective or indicator or ""}
    )
    raise NotFound("nothing-proposed", message)


# --- Tasks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UsedTask:
    """A task of an earlier operation, what became of it, and how it fits the plan (``None``: no unit for it)."""

    task: PastTask
    units: int
    done: int
    declined: int
    fitted: PlanTask | None


def used_tasks(
    session: Session, actor: Actor, source: Operation, document: PlanDocument, *, page: int = 1
) -> tuple[list[UsedTask], int]:
    """Return one page of the tasks that ``source`` used, with what became of them, and how many there are in all."""
    policy.require(actor, Action.TASK_READ, operations.subject(source))
    condition = (Task.operation_id == source.id, Task.cancelled.is_(False))
    count = session.scalar(select(func.count()).select_from(Task).where(*condition)) or 0
    rows = session.scalars(
        _with_units().where(*condition).order_by(Task.id).limit(TASKS_SHOWN).offset((page - 1) * TASKS_SHOWN)
    ).all()
    return [_used(row, source, document, {}) for row in rows], count


def take_tasks(
    session: Session,
    actor: Actor,
    operation: Operation,
    source_code: str,
    codes: Collection[str],
    *,
    note: str = "",
    expected_version: int | None = None,
) -> tuple[PlanVersion, list[PlanTask]]:
    """Take tasks of an earlier operation into the plan, as a new version; return it and the tasks as they fit.

    Raises NotFound (``operation-unknown``) for an operation that is no comparable one, Invalid (``no-tasks``) where
    none is named or none fits, and what saving a plan raises.
    """
    policy.require(actor, Action.PLAN_UPDATE, operations.subject(operation))
    document = operations.document(operations.latest_plan(session, operation))
    source = next(
        (
            one.operation
            for one in comparables(session, actor, operation, document)
            if one.operation.code == source_code
        ),
        None,
    )
    if source is None:
        message = _("${code} is no comparable operation.", mapping={"code": source_code})
        raise NotFound("operation-unknown", message)
    policy.require(actor, Action.TASK_READ, operations.subject(source))
    rows = session.scalars(
        _with_units()
        .where(Task.operation_id == source.id, Task.cancelled.is_(False), Task.code.in_(codes))
        .order_by(Task.id)
    ).all()
    planned = {
        one.code: one.indicators
        for one in operations.document(operations.plan_in_force(session, source)).tasks
    }
    taken: list[PlanTask] = []
    for row in rows:
        fitting = _used(row, source, document, planned).fitted
        if fitting is not None:
            taken.append(fitting)
            document = replace(document, tasks=(*document.tasks, fitting))
    if not taken:
        raise Invalid([Problem("no-tasks", _("Choose tasks for which the plan has units."), "/tasks")])
    version = operations.save_plan(
        session, actor, operation, document, note, expected_version=expected_version
    )
    return version, taken


def _with_units() -> Select[Task]:
    return select(Task).options(
        joinedload(Task.action_area), selectinload(Task.assignments).joinedload(TaskAssignment.unit)
    )


def _used(
    row: Task, source: Operation, document: PlanDocument, indicators: Mapping[str, tuple[str, ...]]
) -> UsedTask:
    ordered = sorted(row.assignments, key=lambda assignment: not assignment.is_lead)
    task = PastTask(
        code=row.code,
        title=row.title,
        description=row.instructions,
        type=row.kind or "other",
        action_area=row.action_area.code if row.action_area else None,
        place=_place(row.place),
        first=(row.starts_on - source.starts_on).days,
        last=(row.ends_on - source.starts_on).days,
        units=tuple((one.unit.code, one.unit.authority.value) for one in ordered),
        length=(source.ends_on - source.starts_on).days + 1,
        hours=_hours(row.hours),
        mandatory=row.mandatory,
        indicators=indicators.get(row.code, ()),
        authorities=tuple(row.authorities),
        resources=tuple((each["kind"], int(each["quantity"])) for each in row.resources),
    )
    states = [one.state for one in row.assignments]
    return UsedTask(
        task,
        len(states),
        states.count(AssignmentState.DONE),
        states.count(AssignmentState.DECLINED),
        proposing.fitted(task, document),
    )


def _place(place: Mapping[str, object] | None) -> Place | None:
    if not place:
        return None
    return Place(
        kind=str(place.get("kind", "other")),
        name=str(place.get("name", "")),
        country=str(place["country"]) if place.get("country") else None,
        lat=Decimal(str(place["lat"])) if place.get("lat") else None,
        lon=Decimal(str(place["lon"])) if place.get("lon") else None,
    )


def _hours(hours: Mapping[str, str] | None) -> Hours | None:
    if not hours:
        return None
    return Hours(since=time.fromisoformat(hours["since"]), until=time.fromisoformat(hours["until"]))
