"""Consultation: who is invited, reminded and told; what an answer does to the plan; what is pledged and what came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.accounts.models import Person
from jointops.consultation import service
from jointops.consultation.jobs import remind_of_answers
from jointops.consultation.models import Reminder, ReminderKind
from jointops.consultation.service import Line, Response
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.db import unit_of_work
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, Stale
from jointops.kernel.policy import Grant, Role
from jointops.notify import rules as wording
from jointops.notify.models import Notice
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.operations.plandoc import Contact, Resource
from tests import builders, people
from tests.builders import BEFORE, COORDINATOR, DURING, REVIEWER, national

DEADLINE = datetime(2027, 4, 1, 16, 0, tzinfo=UTC)
OFFICE = Contact(party="ES", role="duty-officer", office="Duty office", reach="+34 900 000 000")


def subjects(session: Session, party: str = "ES") -> list[str]:
    told = select(Notice).join(Notice.person).where(Person.email == f"{party}@x.org").order_by(Notice.id)
    return [wording.worded(notice.subject, "en") for notice in session.scalars(told)]


def scene(session: Session, *, answer_by: datetime | None = DEADLINE) -> Operation:
    """An operation in consultation until 1 April, with one national coordinator each for Spain and Serbia."""
    for party in ("ES", "RS"):
        people.person(session, Grant(Role.NATIONAL_COORDINATOR, party), email=f"{party}@x.org")
    made = builders.operation(session)
    with clock.fixed(BEFORE):
        return operations.transition(
            session, COORDINATOR, made, OperationState.CONSULTATION, answer_by=answer_by
        )


def respond(session: Session, operation: Operation, **given: object) -> None:
    with clock.fixed(BEFORE):
        answer = Response(**{"answer": Answer.TAKES_PART, **given})  # type: ignore[arg-type]
        service.respond(session, national("ES"), operation, "ES", answer)


def test_consultation_invites_and_reminds_who_has_not_answered_once_for_each_occasion(
    session_factory: sessionmaker[Session],
) -> None:
    with unit_of_work(session_factory) as session:
        operation = scene(session)
        assert subjects(session) == ["Spain is invited to EXAMPLE-2027"]
        respond(session, operation)

    for day in (0, 20, 24, 24, 28, 29, 31, 33, 60):
        with clock.fixed(BEFORE + timedelta(days=day, hours=8)):
            remind_of_answers(session_factory)

    with unit_of_work(session_factory, read_only=True) as session:
        operation = operations.find(session, COORDINATOR, "EXAMPLE-2027")
        sent = service.reminders(session, COORDINATOR, operation)
        serbia = [reminder.kind for reminder in sent if reminder.participant.party == "RS"]
        assert serbia == [
            ReminderKind.AFTER,
            ReminderKind.AFTER,
            ReminderKind.BEFORE,
            ReminderKind.BEFORE,
            "invitation",
        ]
        assert len(subjects(session, "RS")) == 5
        assert subjects(session) == ["Spain is invited to EXAMPLE-2027"]


@pytest.mark.database("sqlite")
def test_a_coordinator_reminds_by_hand_and_sets_the_deadline(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session, clock.fixed(BEFORE):
        operation = scene(session, answer_by=None)
        assert operation.answer_by == datetime(2027, 4, 19, 16, 0, tzinfo=UTC)
        service.set_deadline(session, COORDINATOR, operation, DEADLINE)
        respond(session, operation)

        assert [one.party for one in service.remind(session, COORDINATOR, operation)] == ["RS", "europol"]
        assert "1 April 2027, 18:00" in wording.worded(session.scalars(select(Notice)).all()[-1].text, "en")
        for state in (OperationState.DRAFT, OperationState.CONSULTATION):
            operations.transition(session, COORDINATOR, operation, state, "more work")
        assert subjects(session)[-1] == "EXAMPLE-2027 is in consultation again"
        with pytest.raises(Conflict, match="answered-already"):
            service.remind(session, COORDINATOR, operation, ["ES"])
        with pytest.raises(NotAllowed):
            service.remind(session, national("RS"), operation)
        for wrong, code in ((BEFORE, "answer-by-past"), (builders.AFTER, "answer-by-late")):
            with pytest.raises(Invalid, match=code):
                service.set_deadline(session, COORDINATOR, operation, wrong)


def test_an_answer_changes_the_plan_of_its_own_party_only(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        operation = scene(session)
        respond(session, operation, authorities=["police", "border-guard", "judicial"], contacts=[OFFICE])

        plan = operations.document(operations.plan_in_force(session, operation))
        assert operation.plan_number == 2
        assert [unit.code for unit in plan.participants[0].units] == ["ES-POLICE", "ES-BORDER", "ES-JUDICIAL"]
        assert plan.contacts == (OFFICE,)
        assert plan.participants[1:] == builders.plan().participants[1:]
        respond(session, operation, authorities=["police", "border-guard", "judicial"], contacts=[OFFICE])
        assert operation.plan_number == 2
        with pytest.raises(Conflict, match="unit-has-tasks"):
            respond(session, operation, authorities=["police"])
        with pytest.raises(NotAllowed):
            service.put_contacts(session, national("RS"), operation, "ES", [])
        with pytest.raises(Invalid, match="office-missing"):
            service.put_contacts(session, national("ES"), operation, "ES", [replace(OFFICE, office="")])


@pytest.mark.database("sqlite")
def test_after_approval_a_change_waits_as_an_amendment_and_may_be_refused(
    session_factory: sessionmaker[Session],
) -> None:
    with unit_of_work(session_factory) as session:
        people.person(session, Grant(Role.REVIEWER), email="reviewer@x.org")
        operation = builders.operation(session, "approved")
        with clock.fixed(BEFORE):
            service.put_contacts(session, national("ES"), operation, "ES", [OFFICE])

            assert (operation.plan_number, service.contacts(session, COORDINATOR, operation, "ES")[0]) == (
                1,
                [OFFICE],
            )
            assert subjects(session, "reviewer") == ["EXAMPLE-2027: an amendment waits for approval"]
            with pytest.raises(Invalid, match="reason-missing"):
                operations.refuse_plan(session, REVIEWER, operation, 2, " ")
            operations.refuse_plan(session, REVIEWER, operation, 2, "No telephone at night")
            assert service.contacts(session, COORDINATOR, operation, "ES")[0] == []
            with pytest.raises(Conflict, match="already-refused"):
                operations.approve_plan(session, REVIEWER, operation, 2)
            service.put_contacts(session, national("ES"), operation, "ES", [OFFICE])
            said = operations.Endorsement("Chair of COSI support", "Agreed in the meeting of 1 March.")
            version = operations.approve_plan(session, REVIEWER, operation, 3, said)
        assert version.approval is not None
        assert (operation.plan_number, version.approval.function) == (3, "Chair of COSI support")


def test_pledges_and_what_came_are_kept_as_they_were_known(session_factory: sessionmaker[Session]) -> None:
    officers = Line(kind="officers", quantity=20, days=5, action_area="firearms", unit="ES-POLICE")
    with unit_of_work(session_factory) as session:
        operation = scene(session)
        respond(session, operation, lines=[officers, Line(kind="vessels", quantity=1)])
        spain = national("ES")

        with clock.fixed(BEFORE + timedelta(days=1)):
            kept = service.contributions_of(session, spain, operation, "ES")
            lines = [service.line_of(row) for row in kept.lines]
            changed = [replace(lines[0], quantity=25)]
            with pytest.raises(Stale):
                service.put_contributions(session, spain, operation, "ES", changed, expected_version=1)
            with pytest.raises(NotAllowed):
                service.put_contributions(
                    session, spain, operation, "ES", [replace(lines[0], actual_quantity=1), lines[1]]
                )
            kept = service.put_contributions(
                session, spain, operation, "ES", changed, expected_version=kept.version
            )
            assert [(row.number, row.version, row.quantity) for row in kept.lines] == [(1, 2, 25)]
            again = service.put_contributions(
                session, spain, operation, "ES", [service.line_of(kept.lines[0])]
            )
            assert again.version == kept.version

        def known(hours: int) -> list[int | None]:
            at = BEFORE + timedelta(hours=hours)
            return [row.quantity for row in service.contributions(session, operation, at)]

        assert (known(-1), known(1), known(25)) == ([], [20, 1], [25])
        with pytest.raises(NotAllowed):
            service.put_contributions(session, national("RS"), operation, "ES", [])


@pytest.mark.database("sqlite")
def test_what_came_is_written_down_once_the_operation_runs(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        operation = builders.operation(session, "running")
        spain = national("ES")
        with clock.fixed(DURING):
            lines = [
                Line(kind="officers", quantity=20),
                Line(kind="vehicles", actual_quantity=3, actual_days=2),
            ]
            kept = service.put_contributions(session, spain, operation, "ES", lines)
        with clock.fixed(builders.AFTER):
            operations.transition(session, COORDINATOR, operation, OperationState.CLOSED)
            came = [replace(service.line_of(row), actual_quantity=18) for row in kept.lines]
            kept = service.put_contributions(session, COORDINATOR, operation, "ES", came)
            assert [row.actual_quantity for row in kept.lines] == [18, 18]
            with pytest.raises(NotAllowed):
                service.put_contributions(session, spain, operation, "ES", [])
        entries = select(func.count()).where(AuditEntry.action == "consultation:contribution:put")
        assert session.scalar(entries) == 2


@pytest.mark.database("sqlite")
def test_every_fault_of_a_line_is_named_with_its_place(session_factory: sessionmaker[Session]) -> None:
    with unit_of_work(session_factory) as session:
        operation = scene(session)
        lines = [
            Line(kind="submarines", quantity=1),
            Line(kind="officers"),
            Line(number=7, kind="officers", quantity=0, unit="RS-POLICE", action_area="drugs"),
        ]
        with pytest.raises(DomainError) as refused:
            respond(session, operation, lines=lines)
    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("unknown-contribution-kind", "/items/0/kind"),
        ("quantity-missing", "/items/1/quantity"),
        ("out-of-range", "/items/2/quantity"),
        ("unit-unknown", "/items/2/unit"),
        ("action-area-unknown", "/items/2/action_area"),
        ("unknown-contribution", "/items/2/number"),
    ]


@pytest.mark.database("sqlite")
def test_what_is_asked_stands_beside_what_is_pledged_without_who_declined(
    session_factory: sessionmaker[Session],
) -> None:
    asked = (
        Resource(kind="officers", quantity=40, days=5, action_area="firearms"),
        Resource(kind="officers", quantity=10),
        Resource(kind="aircraft", quantity=1),
    )
    with unit_of_work(session_factory) as session:
        operation = scene(session)
        document = builders.plan(resources=asked)
        respond(
            session, operation, lines=[Line(kind="officers", quantity=45, days=5, action_area="firearms")]
        )

        def missing() -> dict[tuple[str, str, bool], int]:
            found = service.needs(session, operation, document)
            return {(need.kind, need.action_area, need.whole): need.missing for need in found}

        assert missing() == {
            ("officers", "", True): 5,
            ("officers", "", False): 10,
            ("officers", "firearms", False): 0,
            ("aircraft", "", True): 1,
        }
        with pytest.raises(Invalid, match="decline-reason-missing"):
            respond(session, operation, answer=Answer.DECLINED)
        respond(session, operation, answer=Answer.DECLINED, conditions="No budget")
        assert missing()["officers", "", True] == 50
        assert session.scalar(select(func.count()).select_from(Reminder)) == 3
