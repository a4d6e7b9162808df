from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Stale
from jointops.kernel.policy import Actor, Role
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.tasks import service
from jointops.tasks.models import AssignmentState, Task, TaskLogEntry
from jointops.tasks.rules import TaskState
from jointops.tasks.service import TaskFilter, TaskInput
from tests import builders
from tests.builders import COORDINATOR, DURING

S = AssignmentState
ES, RS = builders.national("ES"), builders.national("RS")
ES_BORDER = builders.reporter("ES-BORDER")


@pytest.fixture
def running(session: Session) -> Operation:
    return builders.operation(session, "running")


def step(
    session: Session, actor: Actor, unit: str, to: S, text: str = "", *, task: str = "T1", **more: Any
) -> Any:
    operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
    return service.step(session, actor, operation, task, unit, to, text, **more)


def states(session: Session, code: str = "T1") -> dict[str, str]:
    operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
    task = service.find(session, COORDINATOR, operation, code)
    return {a.unit.code: a.state.value for a in task.assignments}


def log(session: Session, code: str = "T1") -> list[tuple[str, str, str]]:
    entries = session.scalars(
        select(TaskLogEntry).join(TaskLogEntry.task).where(Task.code == code).order_by(TaskLogEntry.id)
    )
    return [(e.unit.code if e.unit else "", e.from_state, e.to_state) for e in entries]


def a_task(**changes: Any) -> TaskInput:
    given: dict[str, Any] = {
        "title": {"en": "Search the warehouse"},
        "starts_on": date(2027, 5, 4),
        "ends_on": date(2027, 5, 5),
        "units": ("ES-CUSTOMS", "RS-POLICE"),
        "kind": "search",
        "action_area": "firearms",
        "place": {"kind": "free-zone", "name": "Free zone", "country": "ES"},
        "lead": "ES-CUSTOMS",
        **changes,
    }
    return TaskInput(**given)


def codes(error: DomainError) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in error.problems]


# --- From the plan ---------------------------------------------------------------------------------------------------


def test_a_plan_proposes_its_tasks_and_the_start_assigns_them(session: Session) -> None:
    operation = builders.operation(session, "approved")
    assert states(session) == {"ES-BORDER": "proposed", "RS-POLICE": "proposed"}

    with clock.fixed(DURING):
        operations.transition(session, builders.ADMINISTRATOR, operation, OperationState.RUNNING)

    assert states(session) == {"ES-BORDER": "assigned", "RS-POLICE": "assigned"}
    assert log(session) == [
        ("", "", "created"),
        ("ES-BORDER", "", "proposed"),
        ("RS-POLICE", "", "proposed"),
        ("ES-BORDER", "proposed", "assigned"),
        ("RS-POLICE", "proposed", "assigned"),
    ]


def test_who_declined_the_operation_is_given_nothing_at_the_start(session: Session) -> None:
    operation = builders.operation(session, "approved")
    operations.answer(session, RS, operation, "RS", Answer.DECLINED)

    with clock.fixed(DURING):
        operations.transition(session, builders.ADMINISTRATOR, operation, OperationState.RUNNING)

    assert states(session) == {"ES-BORDER": "assigned", "RS-POLICE": "cancelled"}


def test_cancelling_the_operation_cancels_what_is_open(session: Session) -> None:
    operation = builders.operation(session, "approved")

    operations.transition(
        session, builders.ADMINISTRATOR, operation, OperationState.CANCELLED, "No longer needed"
    )

    assert set(states(session).values()) == {"cancelled"}


# --- Steps -----------------------------------------------------------------------------------------------------------


def test_a_task_goes_from_assignment_to_done_by_the_hands_it_belongs_to(
    session: Session, running: Operation
) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)
    step(session, ES_BORDER, "ES-BORDER", S.UNDER_WAY)
    done = step(session, ES_BORDER, "ES-BORDER", S.DONE, "212 vehicles checked, two pistols found")
    step(session, RS, "RS-POLICE", S.DECLINED, "No staff on these days")

    assert (done.outcome, done.reason) == ("212 vehicles checked, two pistols found", "")
    assert service.state_of(service.find(session, ES, running, "T1")) is TaskState.DONE
    assert log(session)[-4:] == [
        ("ES-BORDER", "assigned", "accepted"),
        ("ES-BORDER", "accepted", "under-way"),
        ("ES-BORDER", "under-way", "done"),
        ("RS-POLICE", "assigned", "declined"),
    ]


def test_every_step_writes_its_audit_entry(session: Session, running: Operation) -> None:
    step(session, RS, "RS-POLICE", S.DECLINED, "No staff on these days")

    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()

    assert entry is not None
    assert (entry.action, entry.object_key) == ("tasks:assignment:answer", "EXAMPLE-2027/T1")
    assert entry.details == {
        "unit": "RS-POLICE",
        "from": "assigned",
        "to": "declined",
        "text": "No staff on these days",
    }


@pytest.mark.parametrize(
    "actor, unit, to",
    [
        (RS, "ES-BORDER", S.ACCEPTED),
        (ES_BORDER, "ES-BORDER", S.ACCEPTED),
        (ES, "ES-BORDER", S.CANCELLED),
        (builders.ADMINISTRATOR, "ES-BORDER", S.ACCEPTED),
        (builders.REVIEWER, "ES-BORDER", S.ACCEPTED),
        (builders.AUDITOR, "ES-BORDER", S.DONE),
        (builders.reporter("ES-POLICE"), "ES-BORDER", S.DONE),
        (builders.actor(Role.COORDINATOR, "OTHER-2027"), "ES-BORDER", S.ACCEPTED),
    ],
    ids=lambda value: getattr(value, "name", None) or str(value),
)
def test_a_step_is_refused_to_everybody_else(
    session: Session, running: Operation, actor: Actor, unit: str, to: S
) -> None:
    with pytest.raises(NotAllowed):
        step(session, actor, unit, to, "because")

    assert states(session)[unit] == "assigned"


@pytest.mark.parametrize(
    "to, text, kind, code",
    [
        (S.DONE, "All done", Conflict, "no-such-step"),
        (S.DECLINED, "  ", Invalid, "reason-missing"),
        (S.DECLINED, "x" * 2001, Invalid, "too-long"),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_its_code(
    session: Session, running: Operation, to: S, text: str, kind: type[DomainError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        step(session, ES, "ES-BORDER", to, text)

    assert caught.value.code == code
    assert log(session)[-1] == ("RS-POLICE", "proposed", "assigned")


def test_a_stale_step_is_refused_with_both_versions(session: Session, running: Operation) -> None:
    seen = service.find(session, ES, running, "T1").version
    step(session, ES, "ES-BORDER", S.ACCEPTED)

    with pytest.raises(Stale) as by_unit:
        step(session, ES_BORDER, "ES-BORDER", S.UNDER_WAY, expected_version=1)
    with pytest.raises(Stale) as by_task:
        step(session, RS, "RS-POLICE", S.ACCEPTED, expected_task_version=seen)

    assert (by_unit.value.given, by_unit.value.current) == ("1", "3")
    assert (by_task.value.given, by_task.value.current) == (str(seen), str(seen + 1))


def test_a_step_needs_a_task_and_a_unit_that_has_it(session: Session, running: Operation) -> None:
    with pytest.raises(NotFound, match="task-unknown"):
        step(session, ES, "ES-BORDER", S.ACCEPTED, task="T99")
    with pytest.raises(NotFound, match="unit-not-asked") as caught:
        step(session, ES, "ES-POLICE", S.ACCEPTED)

    assert caught.value.problems[0].accepted == ("ES-BORDER", "RS-POLICE")


def test_work_is_reported_until_after_the_end_but_not_begun(session: Session, running: Operation) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)
    step(session, ES, "ES-BORDER", S.UNDER_WAY)
    step(session, RS, "RS-POLICE", S.ACCEPTED)
    with clock.fixed(builders.AFTER):
        operations.transition(session, builders.ADMINISTRATOR, running, OperationState.CLOSED)

    step(session, ES, "ES-BORDER", S.DONE, "Reported after the end")
    with pytest.raises(Conflict, match="not-in-this-state"):
        step(session, RS, "RS-POLICE", S.UNDER_WAY)


def test_a_mistaken_done_is_reopened_with_a_reason_and_stays_in_the_log(
    session: Session, running: Operation
) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)
    step(session, ES, "ES-BORDER", S.UNDER_WAY)
    step(session, ES, "ES-BORDER", S.DONE, "Everything")

    step(session, ES, "ES-BORDER", S.UNDER_WAY, "The second warehouse is missing")
    again = step(session, ES, "ES-BORDER", S.DONE, "Both warehouses")

    assert again.outcome == "Both warehouses"
    assert log(session)[-3:] == [
        ("ES-BORDER", "under-way", "done"),
        ("ES-BORDER", "done", "under-way"),
        ("ES-BORDER", "under-way", "done"),
    ]


def test_offers_say_what_a_person_can_do_and_why_not_the_rest(session: Session, running: Operation) -> None:
    task = service.find(session, ES, running, "T1")
    border = next(a for a in task.assignments if a.unit.code == "ES-BORDER")

    def offered(actor: Actor) -> dict[str, str | None]:
        return {
            offer.step.target.value: offer.refusal.code if offer.refusal else None
            for offer in service.offers(actor, running, task, border)
        }

    assert offered(ES) == {"accepted": None, "declined": None, "cancelled": "not-allowed"}
    assert offered(COORDINATOR) == {"accepted": None, "declined": None, "cancelled": None}
    assert set(offered(RS).values()) == {"not-allowed"}


# --- Creating and changing -------------------------------------------------------------------------------------------


def test_a_task_is_created_with_the_next_code_and_given_to_its_units(
    session: Session, running: Operation
) -> None:
    task = service.create(session, COORDINATOR, running, a_task())

    assert task.code == "T2"
    assert states(session, "T2") == {"ES-CUSTOMS": "assigned", "RS-POLICE": "assigned"}
    assert [a.unit.code for a in task.assignments if a.is_lead] == ["ES-CUSTOMS"]
    assert task.place == {"kind": "free-zone", "name": "Free zone", "country": "ES"}
    assert log(session, "T2")[0] == ("", "", "created")


def test_a_task_created_while_planning_is_only_proposed_until_it_is_assigned(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    service.create(session, COORDINATOR, operation, a_task())
    assert set(states(session, "T2").values()) == {"proposed"}

    service.assign_all(session, COORDINATOR, operation, "T2")
    assert set(states(session, "T2").values()) == {"assigned"}
    assert set(states(session, "T1").values()) == {"proposed"}
    assert service.assign_proposed(session, COORDINATOR, operation) == 2
    assert service.assign_proposed(session, COORDINATOR, operation) == 0


def test_nothing_is_given_out_from_a_draft(session: Session) -> None:
    operation = builders.operation(session, "draft")

    with pytest.raises(Conflict, match="not-in-this-state"):
        service.assign_proposed(session, COORDINATOR, operation)


def test_everything_wrong_with_a_task_is_named(session: Session, running: Operation) -> None:
    given = a_task(
        code="T1",
        title={"en": " ", "fr": "x" * 301},
        starts_on=date(2027, 5, 1),
        hours={"since": "6", "until": "25:00"},
        units=("ES-POLICE", "FR-POLICE"),
        lead="RS-POLICE",
        action_area="drugs",
        kind="dance",
        place={"kind": "moon", "country": "XX"},
    )

    with pytest.raises(Invalid) as caught:
        service.create(session, COORDINATOR, running, given)

    assert codes(caught.value) == [
        ("code-taken", "/code"),
        ("too-long", "/title/fr"),
        ("window-outside", "/starts_on"),
        ("bad-hours", "/hours/since"),
        ("bad-hours", "/hours/until"),
        ("unit-unknown", "/units/1"),
        ("lead-not-in-task", "/lead"),
        ("area-unknown", "/action_area"),
        ("kind-unknown", "/kind"),
        ("place-kind-unknown", "/place/kind"),
        ("country-unknown", "/place/country"),
    ]


def test_a_countrys_other_code_is_accepted(session: Session, running: Operation) -> None:
    task = service.create(
        session, COORDINATOR, running, a_task(place={"kind": "city", "name": "London", "country": "UK"})
    )

    assert task.place == {"kind": "city", "name": "London", "country": "GB"}


@pytest.mark.parametrize("actor", [ES, ES_BORDER, builders.REVIEWER, builders.AUDITOR], ids=lambda a: a.name)
def test_only_the_coordination_creates_and_changes_tasks(
    session: Session, running: Operation, actor: Actor
) -> None:
    with pytest.raises(NotAllowed):
        service.create(session, actor, running, a_task())
    with pytest.raises(NotAllowed):
        service.update(session, actor, running, "T1", {"mandatory": True})
    with pytest.raises(NotAllowed):
        service.cancel(session, actor, running, "T1", "because")
    with pytest.raises(NotAllowed):
        service.assign_proposed(session, actor, running)


def test_a_task_is_changed_and_its_units_with_it(session: Session, running: Operation) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)

    task = service.update(
        session,
        COORDINATOR,
        running,
        "T1",
        {"units": ("ES-BORDER", "ES-POLICE"), "ends_on": date(2027, 5, 6), "lead": "ES-POLICE"},
        expected_version=service.find(session, ES, running, "T1").version,
    )

    assert task.ends_on == date(2027, 5, 6)
    assert states(session) == {"ES-BORDER": "accepted", "RS-POLICE": "cancelled", "ES-POLICE": "assigned"}
    assert [a.unit.code for a in task.assignments if a.is_lead] == ["ES-POLICE"]
    service.update(session, COORDINATOR, running, "T1", {"units": ("ES-BORDER", "RS-POLICE"), "lead": None})
    assert states(session) == {"ES-BORDER": "accepted", "RS-POLICE": "assigned", "ES-POLICE": "cancelled"}


def test_a_change_that_changes_nothing_makes_no_version(session: Session, running: Operation) -> None:
    before = service.find(session, ES, running, "T1").version

    service.update(session, COORDINATOR, running, "T1", {"units": ("RS-POLICE", "ES-BORDER")})

    assert service.find(session, ES, running, "T1").version == before


@pytest.mark.parametrize(
    "changes, place",
    [
        ({"starts_on": date(2027, 5, 8)}, "/ends_on"),
        ({"units": ()}, "/units"),
        ({"title": {}}, "/title"),
    ],
)
def test_a_change_is_checked_like_a_new_task(
    session: Session, running: Operation, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as caught:
        service.update(session, COORDINATOR, running, "T1", changes)

    assert caught.value.problems[0].pointer == place


def test_who_has_done_its_part_is_not_taken_out(session: Session, running: Operation) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)
    step(session, ES, "ES-BORDER", S.UNDER_WAY)
    step(session, ES, "ES-BORDER", S.DONE, "Checked")

    with pytest.raises(Conflict, match="unit-has-reported"):
        service.update(session, COORDINATOR, running, "T1", {"units": ("RS-POLICE",)})


def test_a_stale_change_is_refused(session: Session, running: Operation) -> None:
    with pytest.raises(Stale):
        service.update(session, COORDINATOR, running, "T1", {"mandatory": True}, expected_version=99)


def test_a_cancelled_task_keeps_what_was_done_and_moves_no_more(session: Session, running: Operation) -> None:
    step(session, ES, "ES-BORDER", S.ACCEPTED)
    step(session, ES, "ES-BORDER", S.UNDER_WAY)
    step(session, ES, "ES-BORDER", S.DONE, "Checked")

    with pytest.raises(Invalid, match="reason-missing"):
        service.cancel(session, COORDINATOR, running, "T1", " ")
    task = service.cancel(session, COORDINATOR, running, "T1", "The crossing is closed")

    assert states(session) == {"ES-BORDER": "done", "RS-POLICE": "cancelled"}
    assert service.state_of(task) is TaskState.CANCELLED
    for refused in (
        lambda: step(session, COORDINATOR, "RS-POLICE", S.ASSIGNED),
        lambda: service.update(session, COORDINATOR, running, "T1", {"mandatory": True}),
        lambda: service.cancel(session, COORDINATOR, running, "T1", "again"),
    ):
        with pytest.raises(Conflict, match="task-cancelled"):
            refused()


def test_nothing_is_planned_after_the_end(session: Session) -> None:
    closed = builders.operation(session, "closed")
    refused: list[Callable[[], object]] = [
        lambda: service.create(session, COORDINATOR, closed, a_task()),
        lambda: service.update(session, COORDINATOR, closed, "T1", {"mandatory": True}),
        lambda: service.cancel(session, COORDINATOR, closed, "T1", "because"),
    ]

    for attempt in refused:
        with pytest.raises(Conflict, match="operation-ended"):
            attempt()


# --- Finding ---------------------------------------------------------------------------------------------------------


def test_tasks_are_listed_by_area_day_and_number(session: Session, running: Operation) -> None:
    late, none = {"starts_on": date(2027, 5, 5)}, {"action_area": None}
    for number, changes in ((10, {}), (9, {}), (3, late), (4, none)):
        service.create(session, COORDINATOR, running, a_task(code=f"T{number}", **changes))

    found = service.list_tasks(session, ES, running)

    assert [task.code for task in found] == ["T1", "T9", "T10", "T3", "T4"]


def test_tasks_are_filtered_by_state_party_authority_unit_and_area(
    session: Session, running: Operation
) -> None:
    service.create(session, COORDINATOR, running, a_task(action_area=None))
    step(session, RS, "RS-POLICE", S.DECLINED, "No staff")
    step(session, ES, "ES-BORDER", S.ACCEPTED)

    def listed(**wanted: Any) -> list[str]:
        return [task.code for task in service.list_tasks(session, ES, running, TaskFilter(**wanted))]

    assert listed() == ["T1", "T2"]
    assert listed(state="accepted") == ["T1"]
    assert listed(state="declined") == []
    assert listed(state="declined", party="RS") == ["T1"]
    assert listed(authority="customs") == ["T2"]
    assert listed(unit="ES-BORDER") == ["T1"]
    assert listed(action_area="firearms") == ["T1"]
    assert listed(party="RS", authority="customs") == []
    with clock.fixed(datetime(2027, 5, 7, 12, tzinfo=UTC)):
        assert listed(overdue=True) == ["T2"]


def test_what_is_asked_of_a_country_comes_with_the_unanswered_first(
    session: Session, running: Operation
) -> None:
    service.create(session, COORDINATOR, running, a_task())
    step(session, ES, "ES-BORDER", S.ACCEPTED)

    def asked(actor: Actor, operation: Operation | None = running) -> list[tuple[str, str]]:
        return [(a.task.code, a.unit.code) for a in service.asked_of(session, actor, operation)]

    assert asked(ES) == [("T2", "ES-CUSTOMS"), ("T1", "ES-BORDER")]
    assert asked(ES, None) == asked(ES)
    assert asked(ES_BORDER) == [("T1", "ES-BORDER")]
    assert asked(RS) == [("T2", "RS-POLICE"), ("T1", "RS-POLICE")]
    assert asked(COORDINATOR) == []
    assert asked(builders.national("FR"), None) == []


def test_who_does_not_take_part_sees_no_task(session: Session, running: Operation) -> None:
    with pytest.raises(NotAllowed):
        service.list_tasks(session, builders.national("FR"), running)
    with pytest.raises(NotAllowed):
        service.find(session, builders.national("FR"), running, "T1")


def test_the_lists_take_the_same_number_of_queries_whatever_their_length(
    session: Session, running: Operation, engine: Engine
) -> None:
    def queries() -> int:
        session.flush()
        session.expire_all()
        operation = operations.find(session, ES, "EXAMPLE-2027")
        statements: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        for task in service.list_tasks(session, ES, operation):
            for assignment in task.assignments:
                assert service.offers(ES, operation, task, assignment)
        for asked in service.asked_of(session, ES):
            assert asked.task.operation.code
        event.remove(engine, "before_cursor_execute", count)
        return len(statements)

    few = queries()
    for _number in range(6):
        service.create(session, COORDINATOR, running, a_task())

    assert queries() == few


# --- Counting --------------------------------------------------------------------------------------------------------


def test_counts_are_those_known_at_the_instant(session: Session, running: Operation) -> None:
    start = DURING + timedelta(hours=1)
    with clock.fixed(start):
        service.create(session, COORDINATOR, running, a_task())
        step(session, ES, "ES-BORDER", S.ACCEPTED)
        step(session, RS, "RS-POLICE", S.DECLINED, "No staff")
        step(session, ES, "ES-BORDER", S.UNDER_WAY)
    with clock.fixed(start + timedelta(hours=1)):
        step(session, ES, "ES-BORDER", S.DONE, "Checked")
    with clock.fixed(start + timedelta(hours=2)):
        service.cancel(session, COORDINATOR, running, "T2", "Not needed")

    def at(**later: float) -> dict[str, int]:
        counted = service.counts(session, running, start + timedelta(**later)).to_data()
        return {name: number for name, number in counted.items() if number}

    assert at(days=-90) == {}
    assert at(hours=-2) == {"total": 1, "proposed": 1}
    assert at(hours=-1) == {"total": 1, "assigned": 1, "waiting": 1}
    assert at() == {"total": 2, "assigned": 2, "waiting": 1, "under_way": 1}
    assert at(hours=1) == {"total": 2, "assigned": 2, "waiting": 1, "done": 1}
    assert at(days=1, hours=-4) == {"total": 2, "assigned": 1, "done": 1, "cancelled": 1}
    units = {row.unit: row for row in service.counts(session, running, start + timedelta(hours=1)).units}
    assert list(units) == ["ES-CUSTOMS", "ES-BORDER", "RS-POLICE"]
    assert (units["ES-BORDER"].assigned, units["ES-BORDER"].done) == (1, 1)
    assert (units["RS-POLICE"].assigned, units["RS-POLICE"].declined, units["RS-POLICE"].waiting) == (2, 1, 1)


def test_what_was_overdue_stays_so_when_the_deadline_is_moved_later(
    session: Session, running: Operation
) -> None:
    with clock.fixed(DURING):
        service.create(session, COORDINATOR, running, a_task())
    eve = datetime(2027, 5, 5, 21, 0, tzinfo=UTC)
    morning = datetime(2027, 5, 5, 22, 30, tzinfo=UTC)  # half past midnight in Amsterdam
    with clock.fixed(morning + timedelta(minutes=1)):
        service.update(session, COORDINATOR, running, "T2", {"ends_on": date(2027, 5, 7)})

    def overdue(instant: datetime) -> int:
        return service.counts(session, running, instant).overdue

    assert (overdue(eve), overdue(morning), overdue(morning + timedelta(hours=1))) == (0, 1, 0)
