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
).split()

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

_STATES = (
    *[AssignmentState.ASSIGNED] * 4,
    *[AssignmentState.ACCEPTED] * 5,
    *[AssignmentState.UNDER_WAY] * 3,
    *[AssignmentState.DONE] * 6,
    AssignmentState.DECLINED,
)


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
    chance = random.Random(20140915)
    first = start or date(2027, 5, 3)
    days = [first + timedelta(days=n) for n in range(size.days)]
    participants = tuple(_participants(size.units))
    return replace(
        builders.plan(code),
        title={"en": "Large joint action days", "fr": "Grandes journées d’action communes"},
        period=Period(start=days[0], end=days[-1]),
        lead=PARTIES[0],
        action_areas=tuple(
            ActionArea(code=area, title={"en": title, "fr": title}, leader=PARTIES[0])
            for area, title in AREAS
        ),
        participants=participants,
        tasks=_tasks(chance, size, days, participants),
    )


def operation(
    session: Session, size: Size | None = None, *, code: str = CODE, start: date | None = None
) -> Operation:
    """Make the running operation with all its rows. ``start`` is its first action day."""
    whole = document(size, code=code, start=start)
    made = builders.operation(session, "approved", replace(whole, tasks=()))
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
    wanted = {party: units // len(PARTIES) for party in PARTIES}
    for party in PARTIES[: units % len(PARTIES)]:
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
    waits = _waits(chance, size)
    made = []
    for number in range(1, size.tasks + 1):
        begin = min(int(chance.random() * len(days)), len(days) - 1)
        end = min(begin + int(chance.random() * 4), len(days) - 1)
        kind, name, country, lat, lon = _PLACES[number % len(_PLACES)]
        units = tuple(dict.fromkeys(chance.choices(every, k=1 + number % 4)))
        where = units[0].split("-")[0] if number % 3 else country
        place = (
            Place(kind="other", name="", country=where)
            if number % 3
            else Place(kind=kind, name=name, country=country, lat=Decimal(lat), lon=Decimal(lon))
        )
        made.append(
            PlanTask(
                code=f"T{number}",
                title={"en": f"{_WHAT[number % len(_WHAT)]}, {name} {number}"},
                type="other",
                action_area=AREAS[number % len(AREAS)][0],
                units=units,
                lead=units[0] if len(units) > 1 else None,
                place=place,
                days=(days[begin], days[end]),
                hours=Hours(since=time(6), until=time(14)) if number % 5 == 0 else None,
                mandatory=number % 7 == 0,
                depends_on=tuple(f"T{other}" for other in waits.get(number, ())),
            )
        )
    return tuple(made)


def _waits(chance: random.Random, size: Size) -> dict[int, list[int]]:
    """Return for tasks by number those that they wait for, which have lower numbers: there is no circle."""
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < size.dependencies:
        later = chance.randrange(2, size.tasks + 1)
        pairs.add((later, max(1, later - chance.randrange(1, 30))))
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
    chance = random.Random(1)
    now = clock.now()
    units = dict(session.execute(_keys(ReportingUnit, made)).all())  # type: ignore[arg-type]
    areas = dict(session.execute(_keys(AreaRow, made)).all())  # type: ignore[arg-type]
    tasks, assignments, log, dependencies = [], [], [], []
    base = session.scalar(select(Task.id).order_by(Task.id.desc()).limit(1)) or 0
    keys = {task.code: base + number for number, task in enumerate(whole.tasks, 1)}
    for task in whole.tasks:
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
            state = chance.choice(_STATES)
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
