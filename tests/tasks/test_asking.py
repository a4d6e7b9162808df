"""What units ask each other, what must be done before the end, many tasks at once, and steps of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.accounts.models import Person
from jointops.kernel import clock
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.notify.models import Notice
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.tasks import conflicts, inputs, mandatory, many, service
from jointops.tasks.many import ManyChanges
from jointops.tasks.models import AssignmentState, Task
from tests import builders, people
from tests.builders import ADMINISTRATOR, AFTER, COORDINATOR, DURING

pytestmark = pytest.mark.database("sqlite")

S = AssignmentState
BORDER, POLICE = builders.reporter("ES-BORDER"), builders.reporter("RS-POLICE")


@pytest.fixture
def running(session: Session) -> Operation:
    task = replace(builders.plan().tasks[0], mandatory=True)
    second = replace(task, code="T2", units=("ES-POLICE",), mandatory=False)
    return builders.operation(session, "running", builders.plan(tasks=(task, second)))


def finish(session: Session, operation: Operation, unit: str) -> None:
    with clock.fixed(DURING):
        for state, text in ((S.ACCEPTED, ""), (S.UNDER_WAY, ""), (S.DONE, "Checked.")):
            service.step(session, COORDINATOR, operation, "T1", unit, state, text)


def close(session: Session, operation: Operation) -> None:
    with clock.fixed(AFTER):
        operations.transition(session, ADMINISTRATOR, operation, OperationState.CLOSED)


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.problems[0].code


# --- Questions -------------------------------------------------------------------------------------------------------


def test_a_unit_asks_another_and_both_sides_are_told(session: Session, running: Operation) -> None:
    asker = people.person(session, Grant(Role.REPORTER, "ES-BORDER"))
    asked = people.person(session, Grant(Role.REPORTER, "RS-POLICE"))
    before = service.find(session, COORDINATOR, running, "T1").version

    request = inputs.ask(session, BORDER, running, "T1", unit="RS-POLICE", question=" Which lanes? ")
    waiting = inputs.waiting_for(session, POLICE)
    answered = inputs.answer(session, POLICE, running, "T1", request.number, "Lanes 1 to 4.")

    assert (request.asked_by_unit and request.asked_by_unit.code, request.question) == (
        "ES-BORDER",
        "Which lanes?",
    )
    assert waiting == [request]
    assert (answered.answer, answered.answered_by) == ("Lanes 1 to 4.", POLICE.name)
    assert inputs.waiting_for(session, POLICE) == []
    assert set(session.scalars(select(Notice.person_id))) == {asked.id, asker.id}
    assert service.find(session, COORDINATOR, running, "T1").version == before
    assert isinstance(asked, Person)


def test_questions_stay_among_the_units_of_the_task(session: Session, running: Operation) -> None:
    with pytest.raises(NotAllowed):
        inputs.ask(session, builders.reporter("ES-CUSTOMS"), running, "T1", unit="RS-POLICE", question="?")
    with pytest.raises(Invalid) as caught:
        inputs.ask(session, COORDINATOR, running, "T1", unit="ES-CUSTOMS", question=" ")
    assert {problem.code for problem in caught.value.problems} == {"question-missing", "unit-not-asked"}
    with pytest.raises(Invalid) as caught:
        inputs.ask(session, BORDER, running, "T1", unit="ES-BORDER", question="Me?")
    assert code_of(caught) == "asks-itself"
    request = inputs.ask(session, COORDINATOR, running, "T1", unit="RS-POLICE", question="When?")
    with pytest.raises(NotAllowed):
        inputs.answer(session, BORDER, running, "T1", request.number, "Now")
    inputs.answer(session, POLICE, running, "T1", request.number, "Now")
    with pytest.raises(Conflict) as again:
        inputs.answer(session, POLICE, running, "T1", request.number, "Later")
    assert code_of(again) == "already-answered"


# --- Mandatory tasks -------------------------------------------------------------------------------------------------


def test_an_operation_closes_when_mandatory_tasks_are_done(session: Session, running: Operation) -> None:
    finish(session, running, "ES-BORDER")
    with pytest.raises(Conflict) as caught:
        close(session, running)
    assert [(p.code, p.pointer) for p in caught.value.problems] == [("mandatory-task-open", "/tasks/T1")]

    finish(session, running, "RS-POLICE")
    close(session, running)

    assert running.state is OperationState.CLOSED


def test_or_when_the_coordinator_says_why_they_were_not(session: Session, running: Operation) -> None:
    with pytest.raises(NotAllowed):
        mandatory.explain(session, builders.national("ES"), running, "T1", "No lorries came")
    with pytest.raises(Conflict) as caught:
        mandatory.explain(session, COORDINATOR, running, "T2", "Not needed")
    assert code_of(caught) == "not-mandatory"

    task = mandatory.explain(session, COORDINATOR, running, "T1", "No lorries came")
    close(session, running)

    assert task.explanation == "No lorries came"
    assert service.log_of(session, COORDINATOR, task)[-1].to_state == "explained"


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_many_tasks_change_together_or_not_at_all(session: Session, running: Operation) -> None:
    changes = ManyChanges(shift=-1, add_units=("ES-CUSTOMS",))

    foreseen = many.foresee(session, COORDINATOR, running, ["T1", "T2"], changes)
    with pytest.raises(Invalid) as caught:
        many.change_many(session, COORDINATOR, running, ["T1", "T2"], changes)

    assert [problem.pointer for outcome in foreseen for problem in outcome.problems] == [
        "/tasks/T1/starts_on",
        "/tasks/T2/starts_on",
    ]
    assert code_of(caught) == "window-outside"
    assert {a.unit.code for a in service.find(session, COORDINATOR, running, "T2").assignments} == {
        "ES-POLICE"
    }

    done = many.change_many(
        session, COORDINATOR, running, ["T2", "T1"], replace(changes, shift=0, starts_on=date(2027, 5, 5))
    )

    assert [outcome.task.code for outcome in done] == ["T1", "T2"]
    assert {task.starts_on for task in session.scalars(select(Task))} == {date(2027, 5, 5)}


def test_many_tasks_are_cancelled_with_one_reason_or_given_out(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    many.change_many(session, COORDINATOR, operation, ["T1"], ManyChanges(assign=True))
    given_out = service.find(session, COORDINATOR, operation, "T1")
    assert {a.state for a in given_out.assignments} == {S.ASSIGNED}

    with pytest.raises(Invalid) as caught:
        many.change_many(session, COORDINATOR, operation, ["T1"], ManyChanges(cancel=" "))
    assert code_of(caught) == "reason-missing"
    many.change_many(session, COORDINATOR, operation, ["T1"], ManyChanges(cancel="Port closed"))

    task = service.find(session, COORDINATOR, operation, "T1")
    assert task.cancelled
    assert {a.reason for a in task.assignments} == {"Port closed"}


# --- Steps of the past -----------------------------------------------------------------------------------------------


def test_history_is_recorded_at_its_instant_by_an_administrator(session: Session) -> None:
    past = datetime(2027, 5, 3, 8, tzinfo=UTC)
    now = datetime(2028, 1, 1, tzinfo=UTC)
    operation = builders.operation(session, "running", builders.plan(historical=True))
    with clock.fixed(now):
        for state, text, hour in ((S.ACCEPTED, "", 8), (S.UNDER_WAY, "", 9), (S.DONE, "Checked.", 18)):
            for unit in ("ES-BORDER", "RS-POLICE"):
                service.step(
                    session,
                    _loader(),
                    operation,
                    "T1",
                    unit,
                    state,
                    text,
                    recorded_at=past.replace(hour=hour),
                )
        with pytest.raises(Invalid) as caught:
            service.step(session, _loader(), operation, "T1", "ES-BORDER", S.UNDER_WAY, "x", recorded_at=past)
        assert code_of(caught) == "recorded-before-latest"
        with pytest.raises(NotAllowed):
            service.step(
                session, COORDINATOR, operation, "T1", "ES-BORDER", S.UNDER_WAY, "x", recorded_at=now
            )

        assert service.counts(session, operation, past.replace(hour=20)).done == 1
        assert service.counts(session, operation, past.replace(hour=10)).under_way == 1
        assert service.counts(session, operation).done == 1


def _loader() -> Actor:
    return Actor(None, "history", (Grant(Role.ADMINISTRATOR), Grant(Role.COORDINATOR)), Channel.DEMO)


# --- Conflicts -------------------------------------------------------------------------------------------------------


def test_what_a_task_would_run_into_is_told_before_it_is_kept(session: Session, running: Operation) -> None:
    given = service.TaskInput(
        title={"en": "Night"},
        starts_on=date(2027, 5, 6),
        ends_on=date(2027, 5, 6),
        units=("ES-POLICE",),
        authorities=("customs",),
        depends_on=("T1",),
    )

    found = conflicts.conflicts_of(session, COORDINATOR, running, "T3", given)

    assert sorted(finding.kind.value for finding in found.open) == ["authority-missing", "dependency-late"]
    assert conflicts.conflicts(session, COORDINATOR, running).open == []
