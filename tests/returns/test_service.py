"""Submitting, correcting and reviewing returns, on both kinds of database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Stale
from jointops.operations.models import Operation
from jointops.returns import facts, service
from jointops.returns.models import FactStatus, ReturnState, Revision
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests import builders

DAY = date(2027, 5, 3)
EVENING = datetime(2027, 5, 3, 17, 0, tzinfo=UTC)
ES, RS = builders.reporter("ES-POLICE"), builders.reporter("RS-POLICE")


def cocaine(quantity: str, unit: str = "kg", **more: str) -> ValueEntry:
    return ValueEntry(indicator="cocaine-seized", quantity=quantity, unit=unit, **more)


def arrests(quantity: str, **more: str) -> ValueEntry:
    return ValueEntry(indicator="persons-arrested", quantity=quantity, **more)


def submit(
    session: Session,
    operation: Operation,
    *values: ValueEntry,
    at: datetime = EVENING,
    unit: str = "ES-POLICE",
    day: date = DAY,
    expected_version: int | None = None,
    **more: Any,
) -> service.Outcome:
    with clock.fixed(at):
        return service.submit(
            session,
            builders.reporter(unit),
            operation,
            unit,
            day,
            Submission(values=values, **more),
            expected_version=expected_version,
        )


def total(
    session: Session,
    operation: Operation,
    indicator: str,
    status: FactStatus = FactStatus.PROVISIONAL,
    at: datetime | None = None,
) -> Decimal | None:
    cells = facts.cells(
        session,
        operation,
        as_known_at=at or EVENING + timedelta(days=30),
        status=status,
        indicators=[indicator],
    )
    counted = [cell.quantity for cell in cells if cell.counts]
    return sum(counted, Decimal(0)) if counted else None


@pytest.fixture
def running(session: Session) -> Operation:
    return builders.operation(session, "running")


def test_a_return_gets_a_receipt_that_names_revision_digest_and_time(
    session: Session, running: Operation
) -> None:
    outcome = submit(session, running, cocaine("1500", "g"))
    assert (outcome.receipt.revision, outcome.state, outcome.created) == (1, ReturnState.SUBMITTED, True)
    assert len(outcome.receipt.sha256) == 64
    assert outcome.receipt.recorded_at == EVENING
    assert total(session, running, "cocaine-seized") == Decimal("1.5")


def test_a_tenth_and_two_tenths_of_a_kilogram_are_three_tenths(session: Session, running: Operation) -> None:
    submit(session, running, cocaine("0.1"))
    submit(session, running, cocaine("0.2"), unit="ES-CUSTOMS")
    assert total(session, running, "cocaine-seized") == Decimal("0.3")


def test_the_same_return_sent_again_makes_no_revision(session: Session, running: Operation) -> None:
    first = submit(session, running, cocaine("1"), arrests("2"))
    again = submit(session, running, arrests("2"), cocaine("1"), at=EVENING + timedelta(hours=1))
    assert again.receipt == first.receipt
    assert (again.changed, again.created) == (False, False)
    assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_a_correction_needs_a_reason_and_replaces_the_figures(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    with pytest.raises(Invalid, match="reason-missing"):
        submit(session, running, arrests("4"))
    later = EVENING + timedelta(hours=2)
    outcome = submit(session, running, arrests("4"), reason="one was counted twice", at=later)
    assert outcome.receipt.revision == 2
    assert total(session, running, "persons-arrested", at=later) == 4
    assert total(session, running, "persons-arrested", at=later - timedelta(seconds=1)) == 5


def test_a_stale_version_is_refused_and_both_versions_are_named(session: Session, running: Operation) -> None:
    seen = submit(session, running, arrests("5")).version
    submit(session, running, arrests("6"), reason="late news", expected_version=seen)
    with pytest.raises(Stale) as refused:
        submit(session, running, arrests("7"), reason="mine", expected_version=seen)
    assert (refused.value.given, refused.value.current) == (str(seen), str(seen + 1))


def test_a_first_return_that_exists_already_is_refused_when_none_was_expected(
    session: Session, running: Operation
) -> None:
    submit(session, running, arrests("5"))
    with pytest.raises(Stale):
        submit(session, running, arrests("7"), reason="mine", expected_version=0)


def test_figures_pass_from_provisional_to_verified_to_accepted(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    assert total(session, running, "persons-arrested", FactStatus.VERIFIED) is None
    with clock.fixed(EVENING + timedelta(hours=1)):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
    assert total(session, running, "persons-arrested", FactStatus.VERIFIED) == 5
    assert total(session, running, "persons-arrested", FactStatus.ACCEPTED) is None
    with clock.fixed(EVENING + timedelta(hours=2)):
        head = service.accept(session, builders.COORDINATOR, running, "ES-POLICE", DAY)
    assert head.state is ReturnState.ACCEPTED
    assert total(session, running, "persons-arrested", FactStatus.ACCEPTED) == 5


def test_what_was_accepted_stands_until_its_correction_is_accepted(
    session: Session, running: Operation
) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING + timedelta(hours=1)):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
        service.accept(session, builders.COORDINATOR, running, "ES-POLICE", DAY)
    submit(session, running, arrests("9"), reason="four more", at=EVENING + timedelta(hours=2))
    assert total(session, running, "persons-arrested", FactStatus.ACCEPTED) == 5
    assert total(session, running, "persons-arrested") == 9
    with clock.fixed(EVENING + timedelta(hours=3)):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
        service.accept(session, builders.COORDINATOR, running, "ES-POLICE", DAY)
    assert total(session, running, "persons-arrested", FactStatus.ACCEPTED) == 9


def test_nothing_is_accepted_before_it_is_verified(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING), pytest.raises(Conflict, match="return-not-verified"):
        service.accept(session, builders.COORDINATOR, running, "ES-POLICE", DAY)


def test_a_step_the_plan_leaves_out_is_taken_with_the_one_before(
    session: Session, running: Operation
) -> None:
    running.chain = ["submitted", "accepted"]
    submit(session, running, arrests("5"))
    assert total(session, running, "persons-arrested", FactStatus.VERIFIED) == 5
    assert total(session, running, "persons-arrested", FactStatus.ACCEPTED) is None


def test_a_return_sent_back_is_answered_or_corrected(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING + timedelta(hours=1)):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
        head = service.send_back(
            session,
            builders.COORDINATOR,
            running,
            "ES-POLICE",
            DAY,
            question="Are all five in scope?",
            pointer="/values/0",
        )
    assert head.state is ReturnState.SENT_BACK
    assert total(session, running, "persons-arrested", FactStatus.VERIFIED) is None
    assert total(session, running, "persons-arrested") == 5
    with clock.fixed(EVENING + timedelta(hours=2)):
        head = service.answer(session, ES, running, "ES-POLICE", DAY, text="Yes.")
    assert head.state is ReturnState.SUBMITTED


def test_a_return_sent_back_and_sent_again_unchanged_is_submitted_anew(
    session: Session, running: Operation
) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING + timedelta(hours=1)):
        service.send_back(session, builders.COORDINATOR, running, "ES-POLICE", DAY, question="Sure?")
    outcome = submit(session, running, arrests("5"), at=EVENING + timedelta(hours=2))
    assert (outcome.state, outcome.receipt.revision) == (ReturnState.SUBMITTED, 1)


def test_a_question_and_an_answer_cannot_be_empty(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING):
        with pytest.raises(Invalid, match="question-missing"):
            service.send_back(session, builders.COORDINATOR, running, "ES-POLICE", DAY, question=" ")
        service.send_back(session, builders.COORDINATOR, running, "ES-POLICE", DAY, question="Sure?")
        with pytest.raises(Invalid, match="answer-missing"):
            service.answer(session, ES, running, "ES-POLICE", DAY, text="")


def test_a_draft_counts_nowhere_until_it_is_submitted(session: Session, running: Operation) -> None:
    outcome = submit(session, running, arrests("5"), submit=False)
    assert outcome.state is ReturnState.DRAFT
    assert total(session, running, "persons-arrested") is None
    submitted = submit(session, running, arrests("5"))
    assert (submitted.state, submitted.receipt.revision) == (ReturnState.SUBMITTED, 1)
    assert total(session, running, "persons-arrested") == 5


def test_missing_nil_and_zero_are_three_things(session: Session, running: Operation) -> None:
    submit(session, running, nil=True)
    submit(session, running, arrests("0"), unit="ES-CUSTOMS")
    got = {r.unit: r.nil for r in facts.received(session, running, as_known_at=EVENING)}
    assert got == {"ES-POLICE": True, "ES-CUSTOMS": False}
    cells = facts.cells(session, running, as_known_at=EVENING, status=FactStatus.PROVISIONAL)
    assert [(cell.unit, cell.quantity) for cell in cells] == [("ES-CUSTOMS", 0)]


def test_somebody_else_cannot_report_for_a_unit(session: Session, running: Operation) -> None:
    with clock.fixed(EVENING), pytest.raises(NotAllowed, match="unit-not-yours"):
        service.submit(session, RS, running, "ES-POLICE", DAY, Submission(nil=True))
    with clock.fixed(EVENING), pytest.raises(NotAllowed, match="unit-not-yours"):
        service.submit(session, builders.national("RS"), running, "ES-POLICE", DAY, Submission(nil=True))
    with clock.fixed(EVENING), pytest.raises(NotAllowed, match="not-allowed"):
        service.submit(session, builders.REVIEWER, running, "ES-POLICE", DAY, Submission(nil=True))


def test_a_national_coordinator_reports_on_behalf_of_a_unit_and_it_is_marked(
    session: Session, running: Operation
) -> None:
    with clock.fixed(EVENING):
        service.submit(session, builders.national("ES"), running, "ES-POLICE", DAY, Submission(nil=True))
    found = service.find_return(session, builders.COORDINATOR, running, "ES-POLICE", DAY)
    assert found.revisions[0].on_behalf


@pytest.mark.parametrize(
    ("values", "day", "code"),
    [
        ((arrests("1"),), date(2027, 5, 10), "day-outside-operation"),
        ((arrests("1"),), date(2027, 5, 5), "day-in-future"),
        ((ValueEntry(indicator="unicorns", quantity="1"),), DAY, "indicator-unknown"),
        ((arrests("-1"),), DAY, "negative-quantity"),
        ((arrests("NaN"),), DAY, "not-finite"),
        ((cocaine("3", "pieces"),), DAY, "unit-mismatch"),
        ((arrests("3", category="unicorns"),), DAY, "category-unknown"),
        ((arrests("3"), arrests("4")), DAY, "duplicate-row"),
        ((arrests("three"),), DAY, "not-a-number"),
        ((arrests("3", action_area="moon"),), DAY, "action-area-unknown"),
        ((arrests("3", phase="later"),), DAY, "phase-unknown"),
        ((arrests("3", scope="maybe"),), DAY, "scope-unknown"),
        ((), DAY, "return-empty"),
    ],
)
def test_a_wrong_return_is_refused_and_nothing_is_kept(
    session: Session, running: Operation, values: tuple[ValueEntry, ...], day: date, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        submit(session, running, *values, day=day)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Revision)) == 0


def test_a_nil_return_has_no_figures(session: Session, running: Operation) -> None:
    with pytest.raises(Invalid, match="nil-with-values"):
        submit(session, running, arrests("1"), nil=True)


def test_a_form_of_an_older_plan_is_refused(session: Session, running: Operation) -> None:
    with pytest.raises(Conflict, match="plan-version-not-current"):
        submit(session, running, arrests("1"), plan_version=running.plan_number + 1)


def test_every_problem_of_a_return_is_named_at_once(session: Session, running: Operation) -> None:
    with pytest.raises(Invalid) as refused:
        submit(session, running, arrests("x"), cocaine("1", "pieces"))
    assert [(p.code, p.pointer) for p in refused.value.problems] == [
        ("not-a-number", "/values/0/quantity"),
        ("unit-mismatch", "/values/1/unit"),
    ]


def test_an_unknown_unit_has_no_return(session: Session, running: Operation) -> None:
    with pytest.raises(NotFound, match="unit-unknown"):
        submit(session, running, arrests("1"), unit="ES-NAVY")


def test_nothing_is_taken_before_the_operation_is_started(session: Session) -> None:
    approved = builders.operation(session, "approved")
    with pytest.raises(DomainError, match="operation-not-running"):
        submit(session, approved, arrests("1"))


def test_after_the_freeze_a_return_needs_a_permit(session: Session, running: Operation) -> None:
    frozen = running.frozen_at
    assert frozen is not None
    after = frozen + timedelta(hours=1)
    with pytest.raises(Conflict, match="return-frozen"):
        submit(session, running, arrests("1"), at=after)
    with clock.fixed(frozen):
        service.grant_permit(
            session,
            builders.COORDINATOR,
            running,
            "ES-POLICE",
            DAY,
            reason="the laboratory was late",
            expires_at=frozen + timedelta(days=1),
        )
    assert submit(session, running, arrests("1"), at=after).created
    with pytest.raises(Conflict, match="return-frozen"):
        submit(session, running, arrests("1"), at=after, unit="ES-CUSTOMS")


def test_a_permit_needs_a_reason_and_a_future(session: Session, running: Operation) -> None:
    with clock.fixed(EVENING), pytest.raises(Invalid) as refused:
        service.grant_permit(
            session, builders.COORDINATOR, running, "ES-POLICE", DAY, reason="", expires_at=EVENING
        )
    assert [p.code for p in refused.value.problems] == ["reason-missing", "expires-in-past"]


def test_history_is_recorded_by_administrators_in_historical_operations_only(session: Session) -> None:
    plain = builders.operation(session, "running")
    with clock.fixed(EVENING), pytest.raises(Conflict, match="not-historical"):
        service.submit(
            session,
            builders.ADMINISTRATOR,
            plain,
            "ES-POLICE",
            DAY,
            Submission(nil=True),
            recorded_at=EVENING,
        )
    past = builders.operation(session, "running", code="PAST-2027", historical=True)
    with clock.fixed(EVENING), pytest.raises(NotAllowed):
        service.submit(session, ES, past, "ES-POLICE", DAY, Submission(nil=True), recorded_at=EVENING)
    with clock.fixed(EVENING + timedelta(days=400)):
        outcome = service.submit(
            session,
            builders.ADMINISTRATOR,
            past,
            "ES-POLICE",
            DAY,
            Submission(values=(arrests("3"),)),
            recorded_at=EVENING,
        )
    assert outcome.receipt.recorded_at == EVENING
    assert total(session, past, "persons-arrested", at=EVENING) == 3


def test_history_is_not_rewritten(session: Session) -> None:
    past = builders.operation(session, "running", historical=True)
    with clock.fixed(EVENING + timedelta(days=400)):
        service.submit(
            session,
            builders.ADMINISTRATOR,
            past,
            "ES-POLICE",
            DAY,
            Submission(values=(arrests("3"),)),
            recorded_at=EVENING,
        )
        with pytest.raises(Conflict, match="recorded-before-latest"):
            service.submit(
                session,
                builders.ADMINISTRATOR,
                past,
                "ES-POLICE",
                DAY,
                Submission(values=(arrests("4"),), reason="earlier"),
                recorded_at=EVENING - timedelta(hours=1),
            )


# --- Joint results ---------------------------------------------------------------------------------------------------


def joint(quantity: str, partner: str, reference: str = "JR-1") -> IncidentEntry:
    return IncidentEntry(
        reference=reference, indicator="cocaine-seized", quantity=quantity, unit="kg", joint_with=(partner,)
    )


def credited(
    session: Session, operation: Operation, unit: str, status: FactStatus = FactStatus.PROVISIONAL
) -> Decimal:
    cells = facts.cells(
        session, operation, as_known_at=EVENING + timedelta(days=9), status=status, units=[unit]
    )
    return sum((c.quantity for c in cells if c.indicator == "cocaine-seized"), Decimal(0))


def test_a_joint_result_counts_once_and_is_credited_to_each(session: Session, running: Operation) -> None:
    submit(session, running, incidents=(joint("40", "RS-POLICE"),))
    assert total(session, running, "cocaine-seized") == 40
    assert credited(session, running, "ES-POLICE") == 40
    assert credited(session, running, "RS-POLICE") == 40


def test_a_joint_result_that_both_report_still_counts_once(session: Session, running: Operation) -> None:
    submit(session, running, incidents=(joint("40", "RS-POLICE"),))
    submit(
        session,
        running,
        unit="RS-POLICE",
        incidents=(joint("41", "ES-POLICE"),),
        at=EVENING + timedelta(minutes=5),
    )
    assert total(session, running, "cocaine-seized") == 40
    assert credited(session, running, "RS-POLICE") == 41


def test_a_joint_result_passes_to_the_other_claim_when_the_owner_takes_it_back(
    session: Session, running: Operation
) -> None:
    submit(session, running, incidents=(joint("40", "RS-POLICE"),))
    submit(
        session,
        running,
        unit="RS-POLICE",
        incidents=(joint("41", "ES-POLICE"),),
        at=EVENING + timedelta(minutes=5),
    )
    submit(session, running, nil=True, reason="it was theirs", at=EVENING + timedelta(minutes=9))
    assert total(session, running, "cocaine-seized") == 41
    assert credited(session, running, "ES-POLICE") == 41


def test_a_joint_result_is_settled_at_each_status_by_itself(session: Session, running: Operation) -> None:
    submit(session, running, incidents=(joint("40", "RS-POLICE"),))
    submit(
        session,
        running,
        unit="RS-POLICE",
        incidents=(joint("41", "ES-POLICE"),),
        at=EVENING + timedelta(minutes=5),
    )
    with clock.fixed(EVENING + timedelta(hours=1)):
        service.verify(session, builders.national("RS"), running, "RS-POLICE", DAY)
    assert total(session, running, "cocaine-seized", FactStatus.VERIFIED) == 41
    with clock.fixed(EVENING + timedelta(hours=2)):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
    assert total(session, running, "cocaine-seized", FactStatus.VERIFIED) == 40
    assert credited(session, running, "RS-POLICE", FactStatus.VERIFIED) == 41


def test_a_reference_names_one_result_only(session: Session, running: Operation) -> None:
    submit(session, running, incidents=(joint("40", "RS-POLICE"),))
    tomorrow = date(2027, 5, 4)
    with pytest.raises(Invalid, match="reference-used"):
        submit(
            session,
            running,
            incidents=(joint("7", "RS-POLICE"),),
            day=tomorrow,
            at=EVENING + timedelta(days=1),
        )
    other = IncidentEntry(
        reference="JR-1", indicator="firearms-seized", quantity="3", joint_with=("ES-POLICE",)
    )
    with pytest.raises(Invalid, match="joint-result-differs"):
        submit(session, running, unit="RS-POLICE", incidents=(other,))


def test_joint_partners_must_be_other_units_of_the_operation(session: Session, running: Operation) -> None:
    with pytest.raises(Invalid, match="joint-with-itself"):
        submit(session, running, incidents=(joint("40", "ES-POLICE"),))
    with pytest.raises(Invalid, match="unit-unknown"):
        submit(session, running, incidents=(joint("40", "XX-POLICE"),))


# --- Tracing ---------------------------------------------------------------------------------------------------------


def test_every_change_writes_its_entry_in_the_log(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    with clock.fixed(EVENING):
        service.verify(session, builders.national("ES"), running, "ES-POLICE", DAY)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.object_type == "return").order_by(AuditEntry.id)
    ).all()
    assert [(e.action, e.object_key) for e in entries] == [
        ("returns:return:submit", "EXAMPLE-2027/ES-POLICE/2027-05-03"),
        ("returns:return:verify", "EXAMPLE-2027/ES-POLICE/2027-05-03"),
    ]


def test_a_figure_leads_to_the_returns_behind_it(session: Session, running: Operation) -> None:
    outcome = submit(session, running, arrests("5"))
    submit(session, running, arrests("2"), unit="RS-POLICE")
    behind = facts.sources(
        session, running, as_known_at=EVENING, status=FactStatus.PROVISIONAL, indicator="persons-arrested"
    )
    assert next((s.unit, s.quantity, s.sha256) for s in behind) == ("ES-POLICE", 5, outcome.receipt.sha256)
    assert sum(s.quantity for s in behind) == 7


def test_returns_are_listed_for_those_who_may_read_them(session: Session, running: Operation) -> None:
    submit(session, running, arrests("5"))
    submit(session, running, arrests("2"), unit="RS-POLICE")
    assert [r.unit.code for r in service.list_returns(session, builders.COORDINATOR, running)] == [
        "ES-POLICE",
        "RS-POLICE",
    ]
    assert [r.unit.code for r in service.list_returns(session, builders.national("RS"), running)] == [
        "RS-POLICE"
    ]
    assert [r.unit.code for r in service.list_returns(session, ES, running)] == ["ES-POLICE"]
    with pytest.raises(NotAllowed):
        service.find_return(session, ES, running, "RS-POLICE", DAY)


def test_parts_add_up_and_the_rest_is_not_specified(session: Session, running: Operation) -> None:
    category = next(
        iter(c["code"] for i in running.indicators if i.code == "persons-arrested" for c in i.categories)
    )
    submit(session, running, arrests("5"), arrests("3", category=category))
    cells = facts.cells(session, running, as_known_at=EVENING, status=FactStatus.PROVISIONAL)
    assert {(c.category, c.quantity) for c in cells} == {("", 2), (category, 3)}
    with pytest.raises(Invalid, match="parts-exceed-total"):
        submit(session, running, arrests("2"), arrests("3", category=category), reason="less")
