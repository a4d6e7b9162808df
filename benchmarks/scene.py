"""What is measured on: operations of the size of Operation Archimedes, their reporters, and valid returns."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jointops.accounts import service as accounts
from jointops.kernel import clock, ids
from jointops.kernel.paths import folder
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.operations import planfile
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.plandoc import Period, Phases, PlanDocument, Section
from jointops.operations.planindicators import asked

OPERATOR = Actor(
    None, "benchmark", (Grant(Role.ADMINISTRATOR), Grant(Role.COORDINATOR)), Channel.COMMAND, "bench"
)

VALUES_IN_A_RETURN = 12

NO_TASKS = Section(not_applicable={"en": "Tasks are no part of what is measured."})


@dataclass(frozen=True, slots=True)
class Reporter:
    """One reporting unit and the API token of who reports for it."""

    unit: str
    token: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of figure that a return can hold. ``area`` ``None``: the indicator's only one, or none."""

    indicator: str
    category: str | None
    area: str | None


def plan(code: str, days: int) -> PlanDocument:
    """Return Archimedes' plan, its 34 countries with three units each, over the last ``days`` days until yesterday.

    It has no tasks and no publications: a publication is compared with the figures of an instant of its own, and
    would be a measurement of its own.
    """
    archimedes = planfile.load_path(folder("plans") / "archimedes-2014.yaml")
    yesterday = clock.now().date() - timedelta(days=1)
    return replace(
        archimedes,
        code=code,
        historical=False,
        period=Period(start=yesterday - timedelta(days=days - 1), end=yesterday),
        phases=Phases(),
        tasks=(),
        sections={**archimedes.sections, "tasks": NO_TASKS},
        publications=(),
        reporting=replace(archimedes.reporting, exceptions=()),
    )


def running_operation(session: Session, document: PlanDocument) -> Operation:
    """Make an operation of a plan and start it."""
    operation = operations.create(session, OPERATOR, document)
    for state in (OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING):
        operations.transition(session, OPERATOR, operation, state)
    return operation


def reporters(session: Session, document: PlanDocument, units: int) -> list[Reporter]:
    """Make an account with an API token for each of the plan's first ``units`` reporting units."""
    made = []
    for unit in document.units()[:units]:
        person = accounts.create_person(
            session,
            OPERATOR,
            email=f"{unit.code.lower()}@example.org",
            name=f"Reporter of {unit.code}",
            password=ids.readable_password(),
            grants=(Grant(Role.REPORTER, unit.code),),
        )
        _token, text = accounts.create_token(session, OPERATOR, person, "benchmark")
        made.append(Reporter(unit.code, text))
    return made


def kinds(document: PlanDocument) -> list[Kind]:
    """Return every kind of figure that the plan asks for, each at most once in a return, in the plan's order."""
    areas = [area.code for area in document.action_areas]
    return [
        Kind(code, category, area)
        for code, indicator in asked(document).items()
        for area in (indicator.action_areas or tuple(areas))
        for category in (indicator.categories or (None,))
    ]


def bodies(document: PlanDocument) -> Iterator[dict[str, Any]]:
    """Yield valid returns as the API takes them, without end, no two alike, with nothing doubtful in them.

    A return has each indicator at most once and all in the same quantity, so that no rule between two is broken; what
    two days come to is more than that of any third, which would look like a running total.
    """
    chance = random.Random(20140915)
    indicators = asked(document)
    every: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds(document):
        # A part of another indicator may not be alone, and a figure as it stands may not fall.
        if indicators[kind.indicator].part_of is None and indicators[kind.indicator].aggregation != "last":
            every[kind.indicator].append(kind)
    required = [code for code in every if indicators[code].required]
    free = [code for code in every if not indicators[code].required]
    while True:
        quantity = str(chance.randrange(100, 200))
        chosen = required + chance.sample(free, VALUES_IN_A_RETURN - len(required))
        yield {
            "values": [_value(chance.choice(every[code]), quantity) for code in chosen],
            "narrative": "",
            "nil": False,
        }


def _value(kind: Kind, quantity: str) -> dict[str, str]:
    named = {"indicator": kind.indicator, "category": kind.category, "action_area": kind.area}
    return {**{name: value for name, value in named.items() if value}, "quantity": quantity}


def days_of(document: PlanDocument) -> tuple[date, ...]:
    """Return the days that can be reported on."""
    return document.period.days()
