"""An operation as large as they get: 34 countries, 150 units, 2,000 tasks, 1,000 dependencies, written in bulk.

The operation goes its way through the service with a small plan; then the plan's text and the rows of its tasks are
put in as the service would have spelt them out, in a few statements instead of some ten thousand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from jointops.kernel import clock, ids
from jointops.kernel.types import canonical_json
from jointops.operations import plancodec, service
from jointops.operations.models import ActionArea as AreaRow
from jointops.operations.models import Operation, OperationState, PlanVersion, ReportingUnit
from jointops.operations.plandoc import (
    ActionArea,
    Hours,
    Participant,
    Period,
    Place,
    PlanDocument,
    PlanTask,
    PlanUnit,
)
from jointops.tasks import planned
from jointops.tasks.book import CREATED, said
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskDependency, TaskLogEntry
from tests import builders

CODE = "LARGE-2027"

PARTIES = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK CH NO RS AL MK MD UA"
)

AREAS = (
    ("drugs", "Drug trafficking"),
    ("firearms", "Illicit firearms"),
    ("thb", "Trafficking in human beings"),
    ("migration", "Facilitated illegal immigration"),
    ("cigarettes", "Excise fraud"),
    ("vehicles", "Vehicle crime"),
)

_AUTHORITIES = ("police", "customs", "border-guard", "judicial", "other")

_PLACES = (
    ("seaport", "Algeciras", "ES", "36.13", "-5.44"),
    ("seaport", "Rotterdam", "NL", "51.95", "4.14"),
    ("seaport", "Antwerp", "BE", "51.27", "4.35"),
    ("seaport", "Piraeus", "GR", "37.94", "23.63"),
    ("seaport", "Constanța", "RO", "44.16", "28.65"),
    ("airport", "Frankfurt", "DE", "50.03", "8.56"),
    ("airport", "Malpensa", "IT", "45.63", "8.72"),
    ("land-border-crossing", "Horgoš – Röszke", "HU", "46.18", "19.98"),
    ("land-border-crossing", "Kapitan Andreevo", "BG", "41.72", "26.33"),
    ("land-border-crossing", "Medyka", "PL", "49.80", "22.94"),
    ("road", "Øresund bridge", "SE", "55.57", "12.89"),
    ("postal-centre", "Zürich-Mülligen", "CH", "47.40", "8.44"),
)

_WHAT = (
    "Checks",
    "Controlled delivery",
    "Search",
    "Surveillance",
    "Joint patrol",
    "Parcel control",
    "Profiling",
)

_S = AssignmentState

_BEHIND = (*[_S.DONE] * 22, _S.UNDER_WAY, _S.DECLINED)
_NOW = (*[_S.UNDER_WAY] * 5, *[_S.ACCEPTED] * 3, *[_S.DONE] * 2, _S.ASSIGNED)
_AHEAD = (*[_S.ACCEPTED] * 7, *[_S.ASSIGNED] * 6, _S.DECLINED)
"""Where units stand with tasks that are over, that are for today, and that are to come."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    days: int = 20
    units: int = 150
    tasks: int = 2000
    dependencies: int = 1000


def document(size: Size | None = None, *, code: str = CODE, start: date | None = None) -> PlanDocument:
    """Return the plan: ready for approval, the same each time."""
    size = size or Size()
    chance = random.Random(20140915)  # noqa: S311
    first = start or date(2027, 5, 3)
    days = [first + timedelta(days=n) for n in range(size.days)]
    participants = tuple(_participants(size.units))
    return replace(
        builders.plan(code),
        title={"en": "Large joint action days", "fr": "Grandes journées d’action communes"},
        period=Period(start=days[0], end=days[-1]),
        lead="AT",
        action_areas=tuple(
            ActionArea(code=area, title={"en": title, "fr": title}, leader="AT") for area, title in AREAS
        ),
        participants=participants,
        tasks=_tasks(chance, size, days, participants),
    )


def operation(
    session: Session, size: Size | None = None, *, code: str = CODE, start: date | None = None
) -> Operation:
    """Make the running operation with all its rows. ``start`` is its first action day."""
    whole = document(size, code=code, start=start)
    made = builders.operation(session, "approved", replace(whole, tasks=whole.tasks[:1]))
    _start(session, made)
    _put_plan(session, made, whole)
    _put_tasks(session, made, whole)
    session.expire_all()
    return made


def _start(session: Session, made: Operation) -> None:
    noon = datetime.combine(made.starts_on, time(12), tzinfo=builders.DURING.tzinfo)
    with clock.fixed(noon):
        service.transition(session, builders.ADMINISTRATOR, made, OperationState.RUNNING)


def _participants(units: int) -> Sequence[Participant]:
    parties = PARTIES.split()
    wanted = {party: units // len(parties) for party in parties}
    for party in parties[: units % len(parties)]:
        wanted[party] += 1
    return [
        Participant(
            party=party,
            units=tuple(
                PlanUnit(code=f"{party}-{authority.split('-')[0].upper()}", authority=authority)
                for authority in _AUTHORITIES[:number]
            ),
        )
        for party, number in wanted.items()
    ]


def _tasks(
    chance: random.Random, size: Size, days: Sequence[date], participants: Sequence[Participant]
) -> tuple[PlanTask, ...]:
    every = [unit.code for participant in participants for unit in participant.units]
    windows = [_window(chance, days) for _number in range(size.tasks)]
    waits = _waits(chance, size, windows)
    return tuple(
        _task(chance, number, windows[number - 1], waits.get(number, ()), every)
        for number in range(1, size.tasks + 1)
    )


def _window(chance: random.Random, days: Sequence[date]) -> tuple[date, date]:
    begin = chance.randrange(len(days))
    return days[begin], days[min(begin + chance.randrange(4), len(days) - 1)]


def _task(
    chance: random.Random,
    number: int,
    window: tuple[date, date],
    waits_for: Sequence[int],
    every: Sequence[str],
) -> PlanTask:
    units = tuple(dict.fromkeys(chance.choices(every, k=1 + number % 4)))
    kind, name, country, lat, lon = _PLACES[number % len(_PLACES)]
    # One in three has coordinates, near one of the places; of the rest only the country is known.
    exact = number % 3 == 0
    return PlanTask(
        code=f"T{number}",
        title={"en": f"{_WHAT[number % len(_WHAT)]}, {name} {number}"},
        type="other",
        action_area=AREAS[number % len(AREAS)][0],
        units=units,
        lead=units[0] if len(units) > 1 else None,
        place=Place(kind=kind, name=name, country=country, lat=Decimal(lat), lon=Decimal(lon))
        if exact
        else Place(kind="other", name="", country=units[0].split("-")[0]),
        days=window,
        hours=Hours(since=time(6), until=time(14)) if number % 5 == 0 else None,
        mandatory=number % 7 == 0,
        depends_on=tuple(f"T{other}" for other in waits_for),
    )


def _waits(chance: random.Random, size: Size, windows: Sequence[tuple[date, date]]) -> dict[int, list[int]]:
    """Return for tasks by number those that they wait for: of the same area, and ended before but for one in twenty.

    They have lower numbers: there is no circle.
    """
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < size.dependencies:
        later = chance.randrange(len(AREAS) + 1, size.tasks + 1)
        earlier = later - len(AREAS) * chance.randrange(1, 40)
        if earlier < 1:
            continue
        if windows[earlier - 1][1] < windows[later - 1][0] or chance.random() < 0.05:
            pairs.add((later, earlier))
    waits: dict[int, list[int]] = {}
    for later, earlier in sorted(pairs):
        waits.setdefault(later, []).append(earlier)
    return waits


def _put_plan(session: Session, made: Operation, whole: PlanDocument) -> None:
    data = plancodec.encode(whole)
    session.execute(
        update(PlanVersion)
        .where(PlanVersion.operation_id == made.id)
        .values(data=data, sha256=ids.digest(canonical_json(data)))
    )


def _put_tasks(session: Session, made: Operation, whole: PlanDocument) -> None:
    chance = random.Random(1)  # noqa: S311
    now = clock.now()
    units = dict(session.execute(_keys(ReportingUnit, made)).all())
    areas = dict(session.execute(_keys(AreaRow, made)).all())
    tasks, assignments, log, dependencies = [], [], [], []
    # The first is there already: no plan is ready without a task.
    keys = dict(session.execute(_keys(Task, made)).all())
    base = max(keys.values())
    keys |= {task.code: base + number for number, task in enumerate(whole.tasks[1:], 1)}
    for task in whole.tasks[1:]:
        given = planned.as_input(task, whole)
        key = keys[task.code]
        tasks.append(
            {
                "id": key,
                "operation_id": made.id,
                "action_area_id": areas.get(task.action_area),
                "code": task.code,
                "title": dict(given.title),
                "kind": given.kind,
                "instructions": dict(given.instructions),
                "place": dict(given.place) if given.place else None,
                "starts_on": given.starts_on,
                "ends_on": given.ends_on,
                "hours": dict(given.hours) if given.hours else None,
                "authorities": [],
                "resources": [],
                "mandatory": given.mandatory,
                "explanation": "",
                "cancelled": False,
                "planned": said(given),
                "version": 2,
            }
        )
        log.append(_entry(key, None, now, "", CREATED, given.ends_on))
        for unit in task.units:
            state = chance.choice(_states(given.starts_on, given.ends_on, now.date()))
            assignments.append(_assignment(key, units[unit], unit == task.lead, state, now))
            log.append(_entry(key, units[unit], now, "", state.value, None))
        dependencies += [{"task_id": key, "depends_on_id": keys[code]} for code in task.depends_on]
    for table, rows in (
        (Task, tasks),
        (TaskAssignment, assignments),
        (TaskLogEntry, log),
        (TaskDependency, dependencies),
    ):
        if rows:
            session.execute(insert(table), rows)


def _states(starts_on: date, ends_on: date, today: date) -> Sequence[AssignmentState]:
    return _BEHIND if ends_on < today else _AHEAD if starts_on > today else _NOW


def _keys(table: Any, made: Operation) -> Any:
    return select(table.code, table.id).where(table.operation_id == made.id)


def _assignment(task: int, unit: int, lead: bool, state: AssignmentState, now: datetime) -> dict[str, Any]:
    return {
        "task_id": task,
        "unit_id": unit,
        "is_lead": lead,
        "state": state,
        "reason": "No staff on these days" if state is AssignmentState.DECLINED else "",
        "outcome": "Done as planned" if state is AssignmentState.DONE else "",
        "changed_at": now,
        "version": 2,
    }


def _entry(
    task: int, unit: int | None, at: datetime, source: str, target: str, ends_on: date | None
) -> dict[str, Any]:
    return {
        "task_id": task,
        "unit_id": unit,
        "at": at,
        "actor_name": "large",
        "from_state": source,
        "to_state": target,
        "ends_on": ends_on,
        "text": "",
    }
