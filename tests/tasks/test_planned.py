from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import Hours, Place, PlanDocument, PlanTask
from jointops.tasks import planned, service
from jointops.tasks.models import AssignmentState, Task
from tests import builders
from tests.builders import ADMINISTRATOR, COORDINATOR, DURING

S = AssignmentState


def plan(*tasks: PlanTask) -> PlanDocument:
    return builders.plan(tasks=tasks)


def t1(**changes: Any) -> PlanTask:
    given = builders.plan().tasks[0]
    return replace(given, **changes)


def amend(session: Session, operation: Operation, document: PlanDocument) -> None:
    """Put a changed plan in force the way the state of the operation asks for."""
    with clock.fixed(DURING):
        operations.save_plan(session, COORDINATOR, operation, document)
        if operation.state.value in {"approved", "running"}:
            operations.approve_plan(session, ADMINISTRATOR, operation)


def find(session: Session, operation: Operation, code: str = "T1") -> Task:
    return service.find(session, COORDINATOR, operation, code)


def states(session: Session, operation: Operation, code: str = "T1") -> dict[str, str]:
    return {a.unit.code: a.state.value for a in find(session, operation, code).assignments}


def accept(session: Session, operation: Operation, unit: str, code: str = "T1") -> None:
    service.step(session, COORDINATOR, operation, code, unit, S.ACCEPTED)


def test_a_planned_task_keeps_what_the_plan_says() -> None:
    task = t1(
        days=(date(2027, 5, 4),),
        hours=Hours(since=time(22, 0), until=time(6, 0)),
        place=Place(
            kind="seaport", name="Algeciras", country="ES", lat=Decimal("36.13"), lon=Decimal("-5.44")
        ),
        lead="ES-BORDER",
        type="border-control",
        description={"en": "Check every tenth lorry."},
        mandatory=True,
    )

    given = planned.as_input(task, plan(task))

    assert (given.starts_on, given.ends_on) == (date(2027, 5, 4), date(2027, 5, 4))
    assert given.hours == {"since": "22:00", "until": "06:00"}
    assert given.place == {
        "kind": "seaport",
        "name": "Algeciras",
        "country": "ES",
        "lat": "36.13",
        "lon": "-5.44",
    }
    assert (given.lead, given.kind, given.mandatory) == ("ES-BORDER", "border-control", True)


def test_a_planned_task_without_days_is_for_every_action_day() -> None:
    given = planned.as_input(t1(days=()), plan(t1(days=())))

    assert (given.starts_on, given.ends_on) == (date(2027, 5, 3), date(2027, 5, 7))


@pytest.mark.parametrize("state, begun", [("consultation", "proposed"), ("running", "assigned")])
def test_a_new_plan_adds_tasks_and_units_in_the_state_that_fits(
    session: Session, state: str, begun: str
) -> None:
    operation = builders.operation(session, state)

    amend(
        session,
        operation,
        plan(t1(units=("ES-BORDER", "RS-POLICE", "ES-POLICE")), t1(code="T2", units=("ES-CUSTOMS",))),
    )

    assert states(session, operation)["ES-POLICE"] == begun
    assert states(session, operation, "T2") == {"ES-CUSTOMS": begun}


def test_a_new_plan_takes_back_only_what_nobody_has_answered(session: Session) -> None:
    operation = builders.operation(
        session,
        "running",
        plan(t1(units=("ES-BORDER", "RS-POLICE", "ES-POLICE")), t1(code="T2"), t1(code="T3")),
    )
    accept(session, operation, "ES-BORDER")
    accept(session, operation, "RS-POLICE", "T3")

    amend(session, operation, plan(t1(units=("ES-POLICE",))))

    assert states(session, operation) == {
        "ES-BORDER": "accepted",
        "RS-POLICE": "cancelled",
        "ES-POLICE": "assigned",
    }
    assert find(session, operation, "T2").cancelled
    assert not find(session, operation, "T3").cancelled
    assert states(session, operation, "T3") == {"ES-BORDER": "cancelled", "RS-POLICE": "accepted"}


def test_a_new_plan_leaves_alone_what_people_changed_and_it_does_not(session: Session) -> None:
    operation = builders.operation(session, "running")
    service.update(
        session,
        COORDINATOR,
        operation,
        "T1",
        {"ends_on": date(2027, 5, 5), "units": ("ES-BORDER", "ES-CUSTOMS")},
    )
    by_hand = service.create(
        session,
        COORDINATOR,
        operation,
        service.TaskInput(
            title={"en": "By hand"},
            starts_on=date(2027, 5, 4),
            ends_on=date(2027, 5, 4),
            units=("ES-POLICE",),
        ),
    )

    amend(session, operation, plan(t1(title={"en": "Checks at both crossing points"})))

    task = find(session, operation)
    assert task.title == {"en": "Checks at both crossing points"}
    assert task.ends_on == date(2027, 5, 5)
    assert states(session, operation) == {
        "ES-BORDER": "assigned",
        "RS-POLICE": "cancelled",
        "ES-CUSTOMS": "assigned",
    }
    assert states(session, operation, by_hand.code) == {"ES-POLICE": "assigned"}


def test_a_window_that_the_plan_moves_replaces_the_one_set_by_hand(session: Session) -> None:
    operation = builders.operation(session, "running")
    service.update(session, COORDINATOR, operation, "T1", {"ends_on": date(2027, 5, 4)})

    amend(session, operation, plan(t1(days=(date(2027, 5, 6), date(2027, 5, 7)))))

    task = find(session, operation)
    assert (task.starts_on, task.ends_on) == (date(2027, 5, 6), date(2027, 5, 7))


def test_a_task_that_comes_back_into_the_plan_is_taken_up_again(session: Session) -> None:
    operation = builders.operation(session, "running", plan(t1(), t1(code="T2")))
    amend(session, operation, plan(t1()))
    assert find(session, operation, "T2").cancelled

    amend(session, operation, plan(t1(), t1(code="T2", units=("RS-POLICE",))))

    assert not find(session, operation, "T2").cancelled
    assert states(session, operation, "T2") == {"ES-BORDER": "cancelled", "RS-POLICE": "assigned"}
    assert service.counts(session, operation).cancelled == 0


def test_a_task_that_a_coordinator_cancelled_stays_so_whatever_the_plan_changes(session: Session) -> None:
    operation = builders.operation(session, "running")
    service.cancel(session, COORDINATOR, operation, "T1", "The crossing is closed")

    amend(session, operation, plan(t1(title={"en": "New title"}, units=("ES-BORDER", "ES-POLICE"))))

    assert find(session, operation).cancelled
    assert "ES-POLICE" not in states(session, operation)
    assert service.counts(session, operation).cancelled == 1


def test_the_same_plan_again_changes_nothing(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    before = find(session, operation).version

    amend(session, operation, replace(builders.plan(), summary={"en": "Only the summary is new."}))

    assert find(session, operation).version == before
