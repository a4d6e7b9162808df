from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from jointops.cycles.models import PolicyCycle, Priority
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Stale
from jointops.kernel.policy import Role
from jointops.operations import planning, service
from jointops.operations.models import (
    Answer,
    Marking,
    Operation,
    OperationState,
    PlanVersion,
    ReportingUnit,
    TargetKind,
)
from jointops.operations.plandoc import CycleLink, Objective, Participant, Period, PlanUnit, Target
from jointops.returns.models import Return, ReturnState
from tests.builders import (
    AFTER,
    AUDITOR,
    BEFORE,
    COORDINATOR,
    DURING,
    REVIEWER,
    actor,
    national,
    operation,
    plan,
    reporter,
)


def refused(kind: type[DomainError], code: str, call: Callable[[], Any]) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def codes(rows: Any) -> list[str]:
    return [row.code for row in rows if row.in_plan]


def log_entries(session: Session) -> Sequence[AuditEntry]:
    wanted = select(AuditEntry).where(AuditEntry.object_type == "operation").order_by(AuditEntry.id)
    return session.scalars(wanted).all()


# --- Creating ---


def test_creating_spells_the_plan_out_into_rows(session: Session) -> None:
    made = service.create(session, COORDINATOR, plan())
    session.commit()
    session.expire_all()

    found = service.find(session, COORDINATOR, "EXAMPLE-2027")
    assert found is made
    assert found.state is OperationState.DRAFT
    assert (found.starts_on, found.ends_on) == (date(2027, 5, 3), date(2027, 5, 7))
    assert codes(found.units) == ["ES-POLICE", "ES-CUSTOMS", "ES-BORDER", "RS-POLICE"]
    assert [p.party for p in found.participants] == ["ES", "RS", "europol"]
    assert codes(found.action_areas) == ["firearms"]
    assert found.units[0].title == {"en": "Spain, Police", "fr": "Espagne, Police"}
    assert found.chain == ["submitted", "verified", "accepted"]
    assert found.plan_number == 1
    objective = found.objectives[0]
    assert objective.indicator is not None
    assert objective.indicator.code == "firearms-seized"
    assert (objective.target_kind, objective.target) == (TargetKind.AT_LEAST, Decimal(100))


def test_an_indicator_takes_its_definition_from_the_catalogue(session: Session) -> None:
    made = operation(session)
    cocaine = next(row for row in made.indicators if row.code == "cocaine-seized")
    assert cocaine.unit == "kg"
    assert "g" in cocaine.accepted_units
    assert cocaine.labels["fr"]
    assert cocaine.definition["en"]


def test_a_target_is_kept_in_the_indicators_base_unit(session: Session) -> None:
    heavy = Objective(
        code="O2",
        title={"en": "Cocaine"},
        indicator="cocaine-seized",
        target=Target(at_least=Decimal("1.5"), unit="t"),
    )
    made = operation(session, objectives=(heavy,))
    assert made.objectives[0].target == Decimal(1500)


def test_the_freeze_is_the_end_of_its_day_in_the_operations_time_zone(session: Session) -> None:
    made = operation(session)
    # 30 days after 7 May is 6 June; its end in Amsterdam, in summer, is 22:00 in UTC.
    assert made.frozen_at == datetime(2027, 6, 6, 22, 0, tzinfo=UTC)


def test_the_same_marking_is_one_row(session: Session) -> None:
    first, second = operation(session), operation(session, code="OTHER-2027")
    session.flush()
    assert first.marking_id == second.marking_id
    assert len(session.scalars(select(Marking)).all()) == 1


def test_action_areas_are_tied_to_the_priorities_of_the_policy_cycle(session: Session) -> None:
    cycle = PolicyCycle(
        code="EMPACT-2026-2029",
        title={"en": "EMPACT"},
        starts_on=date(2026, 1, 1),
        ends_on=date(2029, 12, 31),
    )
    cycle.priorities.append(Priority(code="firearms", title={"en": "Firearms"}, position=0))
    session.add(cycle)
    session.flush()
    link = CycleLink(code="EMPACT-2026-2029", priorities=("firearms",))
    made = operation(session, policy_cycle=link)
    assert made.cycle is cycle
    assert made.action_areas[0].priority is cycle.priorities[0]


def test_an_operation_is_created_once(session: Session) -> None:
    operation(session)
    refused(Conflict, "operation-exists", lambda: service.create(session, COORDINATOR, plan()))
    assert len(session.scalars(select(Operation)).all()) == 1


def test_a_template_is_not_an_operation(session: Session) -> None:
    template = replace(
        plan(), template=True, period=Period(start=date(2001, 1, 1), end=date(2001, 1, 5)), tasks=()
    )
    refused(Invalid, "plan-is-a-template", lambda: service.create(session, COORDINATOR, template))


def test_a_wrong_plan_is_refused_with_every_problem(session: Session) -> None:
    wrong = plan(lead="FR", time_zone="Europe/Nowhere")
    error = refused(Invalid, "unknown-time-zone", lambda: service.create(session, COORDINATOR, wrong))
    assert {problem.pointer for problem in error.problems} == {"/lead", "/time_zone"}


@pytest.mark.parametrize("somebody", [national("ES"), reporter("ES-POLICE"), REVIEWER, AUDITOR])
def test_only_coordinators_and_administrators_create_operations(session: Session, somebody: Any) -> None:
    refused(NotAllowed, "not-allowed", lambda: service.create(session, somebody, plan()))


def test_creating_is_logged_with_the_version(session: Session) -> None:
    operation(session)
    entry = log_entries(session)[-1]
    assert (entry.action, entry.object_key) == ("operations:operation:create", "EXAMPLE-2027")
    assert entry.details["plan_version"] == 1


def test_who_hears_of_a_plan_hears_of_it_after_it_is_spelt_out(session: Session, monkeypatch: Any) -> None:
    heard: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(planning, "_on_plan_applied", [])
    service.on_plan_applied(lambda s, a, o, d: heard.append((d.code, codes(o.units))))
    operation(session)
    assert heard == [("EXAMPLE-2027", ["ES-POLICE", "ES-CUSTOMS", "ES-BORDER", "RS-POLICE"])]


# --- Finding ---


def test_a_draft_is_unknown_to_its_participants(session: Session) -> None:
    operation(session)
    refused(NotFound, "operation-unknown", lambda: service.find(session, national("ES"), "EXAMPLE-2027"))
    assert service.list_operations(session, national("ES")) == []


def test_an_operation_in_consultation_is_open_to_its_participants_only(session: Session) -> None:
    made = operation(session, "consultation")
    assert service.find(session, national("RS"), "EXAMPLE-2027") is made
    assert service.list_operations(session, reporter("ES-POLICE")) == [made]
    refused(NotFound, "operation-unknown", lambda: service.find(session, national("FR"), "EXAMPLE-2027"))


def test_a_unit_that_is_not_of_the_operation_is_unknown(session: Session) -> None:
    made = operation(session)
    assert service.find_unit(session, made, "RS-POLICE").participant.party == "RS"
    refused(NotFound, "unit-unknown", lambda: service.find_unit(session, made, "FR-POLICE"))
    refused(NotFound, "participant-unknown", lambda: service.find_participant(made, "FR"))


def test_the_list_takes_the_same_number_of_queries_however_long_it_is(session: Session) -> None:
    def queries() -> int:
        session.expunge_all()
        count = 0

        def counted(*_args: Any) -> None:
            nonlocal count
            count += 1

        event.listen(session.get_bind(), "before_cursor_execute", counted)
        assert service.list_operations(session, COORDINATOR)
        event.remove(session.get_bind(), "before_cursor_execute", counted)
        return count

    operation(session)
    session.commit()
    few = queries()
    for n in range(4):
        operation(session, code=f"MORE-{n}")
    session.commit()
    assert queries() == few


# --- Versions ---


def test_a_changed_plan_is_a_new_version_and_the_old_one_stays(session: Session) -> None:
    made = operation(session)
    before = service.latest_plan(session, made)
    longer = plan(period=Period(start=date(2027, 5, 3), end=date(2027, 5, 9)))
    after = service.save_plan(session, COORDINATOR, made, longer, "two days more", expected_version=1)
    assert (before.number, after.number) == (1, 2)
    assert service.document(before) == plan()
    assert service.document(after) == longer
    assert made.ends_on == date(2027, 5, 9)
    assert service.plan_in_force(session, made) is after
    assert [v.number for v in service.versions(session, COORDINATOR, made)] == [2, 1]


def test_the_same_content_makes_no_new_version(session: Session) -> None:
    made = operation(session)
    again = service.save_plan(session, COORDINATOR, made, plan(), expected_version=1)
    assert again.number == 1
    assert made.version == 1


def test_a_change_of_an_old_version_is_refused_with_both_named(session: Session) -> None:
    made = operation(session)
    service.save_plan(session, COORDINATOR, made, plan(lead="RS"))
    with pytest.raises(Stale) as caught:
        service.save_plan(session, COORDINATOR, made, plan(co_leads=("RS",)), expected_version=1)
    assert (caught.value.given, caught.value.current) == ("1", "2")


def test_the_plan_of_another_operation_is_refused(session: Session) -> None:
    made = operation(session)
    refused(
        Invalid,
        "plan-of-another-operation",
        lambda: service.save_plan(session, COORDINATOR, made, plan("OTHER-2027")),
    )


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_the_plan_of_an_ended_operation_stays(session: Session, state: str) -> None:
    made = operation(session, state)
    refused(
        Conflict, "operation-ended", lambda: service.save_plan(session, COORDINATOR, made, plan(lead="RS"))
    )
    refused(Conflict, "operation-ended", lambda: service.approve_plan(session, REVIEWER, made))


@pytest.mark.parametrize("somebody", [national("ES"), reporter("ES-POLICE"), REVIEWER, AUDITOR])
def test_only_its_coordinators_change_a_plan(session: Session, somebody: Any) -> None:
    made = operation(session, "consultation")
    refused(NotAllowed, "not-allowed", lambda: service.save_plan(session, somebody, made, plan(lead="RS")))
    other = actor(Role.COORDINATOR, "OTHER-2027")
    refused(NotAllowed, "not-allowed", lambda: service.save_plan(session, other, made, plan(lead="RS")))


def test_a_version_that_does_not_exist_is_unknown(session: Session) -> None:
    made = operation(session)
    refused(NotFound, "plan-version-unknown", lambda: service.find_version(session, COORDINATOR, made, 9))


def test_what_a_version_leaves_out_goes_where_nothing_refers_to_it(session: Session) -> None:
    made = operation(session, tasks=())
    keys = {unit.code: unit.id for unit in made.units}
    fewer = replace(plan(), participants=(plan().participants[0],), tasks=())
    service.save_plan(session, COORDINATOR, made, fewer)
    session.commit()
    session.expire_all()
    assert [unit.code for unit in made.units] == ["ES-POLICE", "ES-CUSTOMS", "ES-BORDER"]
    assert [p.party for p in made.participants] == ["ES"]
    assert {unit.code: unit.id for unit in made.units}.items() <= keys.items()


def test_what_a_version_leaves_out_stays_beside_the_plan_where_something_refers_to_it(
    session: Session,
) -> None:
    made = operation(session)
    unit = service.find_unit(session, made, "RS-POLICE")
    session.add(
        Return(
            operation_id=made.id,
            unit_id=unit.id,
            day=date(2027, 5, 3),
            marking_id=made.marking_id,
            state=ReturnState.DRAFT,
            latest_number=1,
        )
    )
    session.flush()
    fewer = replace(plan(), participants=(plan().participants[0],), tasks=())
    service.save_plan(session, COORDINATOR, made, fewer)
    session.commit()
    session.expire_all()
    assert [(row.code, row.in_plan) for row in made.units if row.code.startswith("RS")] == [
        ("RS-POLICE", False)
    ]
    assert [(row.party, row.in_plan) for row in made.participants] == [("ES", True), ("RS", False)]
    refused(NotFound, "unit-unknown", lambda: service.find_unit(session, made, "RS-POLICE"))

    service.save_plan(session, COORDINATOR, made, plan())
    assert service.find_unit(session, made, "RS-POLICE") is unit


# --- The life cycle ---


def test_the_whole_way_of_an_operation(session: Session) -> None:
    with clock.fixed(BEFORE):
        made = service.create(session, COORDINATOR, plan())
        service.transition(session, COORDINATOR, made, OperationState.CONSULTATION)
        service.transition(session, REVIEWER, made, OperationState.APPROVED)
    approval = service.plan_in_force(session, made).approval
    assert approval is not None
    assert (approval.approved_by, approval.approved_at) == (REVIEWER.name, BEFORE)
    with clock.fixed(DURING):
        service.transition(session, COORDINATOR, made, OperationState.RUNNING)
    with clock.fixed(AFTER):
        service.transition(session, COORDINATOR, made, OperationState.CLOSED)
    assert made.frozen_at == AFTER
    assert made.version == 5


def test_closing_does_not_undo_an_earlier_freeze_of_the_plan(session: Session) -> None:
    made = operation(session, "running")
    with clock.fixed(datetime(2027, 9, 1, tzinfo=UTC)):
        service.transition(session, COORDINATOR, made, OperationState.CLOSED)
    assert made.frozen_at == datetime(2027, 6, 6, 22, 0, tzinfo=UTC)


def test_a_plan_that_is_not_ready_is_not_approved(session: Session) -> None:
    made = operation(session, "consultation", objectives=())
    error = refused(
        Conflict,
        "plan-not-ready",
        lambda: service.transition(session, REVIEWER, made, OperationState.APPROVED),
    )
    assert [problem.pointer for problem in error.problems] == ["", "/objectives"]
    assert made.state is OperationState.CONSULTATION


def test_a_coordinator_does_not_approve_the_plan(session: Session) -> None:
    made = operation(session, "consultation")
    refused(
        NotAllowed,
        "not-allowed",
        lambda: service.transition(session, COORDINATOR, made, OperationState.APPROVED),
    )


def test_an_operation_does_not_start_before_its_first_day(session: Session) -> None:
    made = operation(session, "approved")
    with clock.fixed(datetime(2027, 5, 2, 21, 59, tzinfo=UTC)):
        refused(
            Conflict,
            "before-first-day",
            lambda: service.transition(session, COORDINATOR, made, OperationState.RUNNING),
        )
    # Midnight in Amsterdam is 22:00 in UTC.
    with clock.fixed(datetime(2027, 5, 2, 22, 0, tzinfo=UTC)):
        service.transition(session, COORDINATOR, made, OperationState.RUNNING)


def test_an_operation_of_the_past_starts_at_any_time(session: Session) -> None:
    made = operation(session, "approved", historical=True)
    with clock.fixed(BEFORE):
        service.transition(session, COORDINATOR, made, OperationState.RUNNING)
    assert made.state is OperationState.RUNNING


def test_a_step_that_does_not_exist_is_refused_with_those_that_do(session: Session) -> None:
    made = operation(session)
    error = refused(
        Conflict,
        "no-such-step",
        lambda: service.transition(session, COORDINATOR, made, OperationState.RUNNING),
    )
    assert error.problems[0].accepted == ("consultation", "cancelled")


def test_cancelling_needs_a_reason(session: Session) -> None:
    made = operation(session)
    refused(
        Invalid,
        "reason-missing",
        lambda: service.transition(session, COORDINATOR, made, OperationState.CANCELLED, "  "),
    )
    service.transition(session, COORDINATOR, made, OperationState.CANCELLED, "no money")
    entry = log_entries(session)[-1]
    assert entry.details == {"from": "draft", "to": "cancelled", "reason": "no money"}


@pytest.mark.parametrize("somebody", [national("ES"), reporter("ES-POLICE"), AUDITOR])
def test_participants_do_not_move_the_operation(session: Session, somebody: Any) -> None:
    made = operation(session, "consultation")
    refused(
        NotAllowed,
        "not-allowed",
        lambda: service.transition(session, somebody, made, OperationState.DRAFT, "why"),
    )


# --- Amendments ---


def test_an_amendment_is_in_force_when_it_is_approved(session: Session) -> None:
    made = operation(session, "running")
    more = (
        *plan().participants,
        Participant(party="RO", units=(PlanUnit(code="RO-POLICE", authority="police"),)),
    )
    amendment = service.save_plan(session, COORDINATOR, made, plan(participants=more), "Romania joins")
    assert service.plan_in_force(session, made).number == 1
    refused(NotFound, "unit-unknown", lambda: service.find_unit(session, made, "RO-POLICE"))

    assert service.approve_plan(session, REVIEWER, made) is amendment
    assert service.plan_in_force(session, made) is amendment
    assert service.find_unit(session, made, "RO-POLICE").in_plan


def test_an_amendment_is_approved_once_and_in_order(session: Session) -> None:
    made = operation(session, "running")
    refused(Conflict, "already-approved", lambda: service.approve_plan(session, REVIEWER, made))
    service.save_plan(session, COORDINATOR, made, plan(co_leads=("RS",)))
    service.save_plan(session, COORDINATOR, made, plan(lead="RS"))
    service.approve_plan(session, REVIEWER, made, 3)
    refused(Conflict, "superseded", lambda: service.approve_plan(session, REVIEWER, made, 2))


def test_an_amendment_that_is_not_ready_is_not_approved(session: Session) -> None:
    made = operation(session, "running")
    service.save_plan(session, COORDINATOR, made, plan(objectives=()))
    refused(Conflict, "plan-not-ready", lambda: service.approve_plan(session, REVIEWER, made))


def test_while_planning_the_plan_is_approved_with_the_operation(session: Session) -> None:
    made = operation(session, "consultation")
    refused(Conflict, "approve-by-transition", lambda: service.approve_plan(session, REVIEWER, made))
    refused(NotAllowed, "not-allowed", lambda: service.approve_plan(session, COORDINATOR, made))


# --- Answers ---


def test_a_national_coordinator_answers_for_its_own_country(session: Session) -> None:
    made = operation(session, "consultation")
    with clock.fixed(BEFORE):
        given = service.answer(session, national("RS"), made, "RS", Answer.WITH_CONDITIONS, " no weapons ")
    assert (given.answer, given.conditions, given.answered_at) == (
        Answer.WITH_CONDITIONS,
        "no weapons",
        BEFORE,
    )
    assert given.version == 2
    refused(
        NotAllowed,
        "not-allowed",
        lambda: service.answer(session, national("RS"), made, "ES", Answer.TAKES_PART),
    )


def test_an_answer_is_one_of_the_answers(session: Session) -> None:
    made = operation(session, "consultation")
    ask = national("RS")
    refused(Invalid, "answer-missing", lambda: service.answer(session, ask, made, "RS", Answer.INVITED))
    refused(
        Invalid,
        "conditions-missing",
        lambda: service.answer(session, ask, made, "RS", Answer.WITH_CONDITIONS),
    )
    refused(
        NotFound, "participant-unknown", lambda: service.answer(session, ask, made, "FR", Answer.DECLINED)
    )


def test_nobody_answers_when_the_operation_has_ended(session: Session) -> None:
    made = operation(session, "closed")
    refused(
        Conflict,
        "operation-ended",
        lambda: service.answer(session, national("RS"), made, "RS", Answer.DECLINED),
    )


def test_an_operation_without_anybody_is_not_approved(session: Session) -> None:
    made = operation(session, "consultation")
    for party in ("ES", "RS", "europol"):
        service.answer(session, COORDINATOR, made, party, Answer.DECLINED)
    refused(
        Conflict,
        "nobody-takes-part",
        lambda: service.transition(session, REVIEWER, made, OperationState.APPROVED),
    )


def test_an_answer_outlives_a_new_version_of_the_plan(session: Session) -> None:
    made = operation(session, "consultation")
    service.answer(session, national("RS"), made, "RS", Answer.TAKES_PART)
    service.save_plan(session, COORDINATOR, made, plan(co_leads=("RS",)))
    assert service.find_participant(made, "RS").answer is Answer.TAKES_PART


def test_versions_are_numbered_by_the_database_too(session: Session) -> None:
    made = operation(session)
    service.save_plan(session, COORDINATOR, made, plan(lead="RS"))
    numbers = session.scalars(select(PlanVersion.number).order_by(PlanVersion.number)).all()
    assert numbers == [1, 2]
    assert session.scalars(select(ReportingUnit.code)).all()
