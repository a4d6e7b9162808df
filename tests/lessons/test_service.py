"""Recommendations that fit a plan, what it makes of them, and the approval that waits for that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.evaluation import findings
from jointops.evaluation.findings import AdoptionEntry
from jointops.kernel import audit, clock
from jointops.kernel.errors import Conflict, Invalid, NotFound, Stale
from jointops.lessons import service
from jointops.lessons.models import Disposition, RecommendationAnswer
from jointops.lessons.rules import AnswerEntry, Ground, Reason
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from tests import builders
from tests.builders import ADMINISTRATOR, AFTER, COORDINATOR, REVIEWER
from tests.lessons.scenes import CYCLE, EARLIER, KEY, earlier, later, later_plan, recommend

TAKEN_UP = AnswerEntry(answer="taken-up", section="objectives")
DEFERRED = AnswerEntry(answer="deferred", reason="After the summer")


def obstacles(session: Session, operation: Operation) -> list[str]:
    return [
        problem.code
        for problem in operations.objections(
            session,
            operation,
            OperationState.APPROVED,
            operations.document(operations.latest_plan(session, operation)),
        )
        if problem.code == "recommendation-unanswered"
    ]


def test_no_plan_is_approved_before_what_fits_it_is_answered(session: Session) -> None:
    recommend(session, earlier(session), title="Another", observation=None)
    plan = later(session)
    with pytest.raises(Conflict) as refused:
        operations.transition(session, ADMINISTRATOR, plan, OperationState.APPROVED)
    named = [
        getattr(p.message, "mapping", {})
        for p in refused.value.problems
        if p.code == "recommendation-unanswered"
    ]
    assert [each["title"] for each in named] == ["Agree on units before the first day", "Another"]

    service.answer(session, COORDINATOR, plan, KEY, TAKEN_UP)
    assert obstacles(session, plan) == ["recommendation-unanswered"]
    service.answer(session, COORDINATOR, plan, f"{EARLIER}:R2", DEFERRED)
    operations.transition(session, ADMINISTRATOR, plan, OperationState.APPROVED)

    kept = session.scalars(select(RecommendationAnswer).order_by(RecommendationAnswer.id)).all()
    assert [(one.answer, one.section, one.reason, one.answered_by) for one in kept] == [
        (Disposition.TAKEN_UP, "objectives", "", "coordinator"),
        (Disposition.DEFERRED, "", "After the summer", "coordinator"),
    ]
    entry = session.scalars(
        select(audit.AuditEntry).where(audit.AuditEntry.object_key == f"{plan.code}/{KEY}")
    ).one()
    assert entry.action == "lessons:recommendation:answer"


def test_an_amendment_waits_for_what_fits_it_too(session: Session) -> None:
    operation = earlier(session)
    plan = later(session)
    service.answer(session, COORDINATOR, plan, KEY, TAKEN_UP)
    operations.transition(session, ADMINISTRATOR, plan, OperationState.APPROVED)
    recommend(session, operation, title="Found since")
    amended = replace(later_plan(), summary={"en": "More."})
    operations.save_plan(session, COORDINATOR, plan, amended, "More")

    with pytest.raises(Conflict) as refused:
        operations.approve_plan(session, REVIEWER, plan)
    assert [p.code for p in refused.value.problems] == ["recommendation-unanswered"]


@pytest.mark.database("sqlite")
def test_what_fits_is_told_with_its_reasons_and_exercises_stand_apart(session: Session) -> None:
    operation = earlier(session)
    tagged = recommend(
        session, operation, title="Tagged", observation=None, tags=("Parcel-Post", "parcel-post")
    )
    plan = later(
        session,
        kind="action-week",
        policy_cycle=None,
        action_areas=(),
        objectives=(),
        tasks=(),
        tags=("parcel-post",),
    )

    found = service.matches(session, COORDINATOR, plan)
    assert tagged.tags == ["parcel-post"]
    assert [(m.key, m.reasons) for m in found] == [(f"{EARLIER}:R2", (Reason(Ground.TAG, "parcel-post"),))]

    plan.exercise = True
    assert service.matches(session, COORDINATOR, plan) == []
    plan.exercise = False
    operation.exercise = True
    session.flush()
    assert service.matches(session, COORDINATOR, plan) == []


@pytest.mark.database("sqlite")
def test_an_adopted_recommendation_fits_but_does_not_bind(session: Session) -> None:
    operation = earlier(session)
    with clock.fixed(AFTER):
        adopted = findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(cycle="EMPACT-2022-2025"))
    action = adopted.adopted_as
    assert action is not None
    plan = later(session, policy_cycle=replace(CYCLE, actions=(action.code,)))
    match = service.find(session, COORDINATOR, plan, KEY)

    assert (match.waits, match.carried_out) == (False, True)
    assert obstacles(session, plan) == []


@pytest.mark.database("sqlite")
def test_answers_are_checked_and_changed_only_by_who_saw_them(session: Session) -> None:
    earlier(session)
    plan = later(session)
    for entry, code in (
        (AnswerEntry(answer="perhaps"), "unknown-answer"),
        (AnswerEntry(answer="rejected", reason=" "), "reason-missing"),
        (AnswerEntry(answer="taken-up"), "section-missing"),
        (AnswerEntry(answer="taken-up", section="nowhere"), "section-unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            service.answer(session, COORDINATOR, plan, KEY, entry)
        assert [p.code for p in refused.value.problems] == [code]
    with pytest.raises(NotFound):
        service.answer(session, COORDINATOR, plan, f"{EARLIER}:R9", TAKEN_UP)
    service.answer(session, COORDINATOR, plan, KEY, TAKEN_UP, expected_version=0)
    with pytest.raises(Stale):
        service.answer(session, COORDINATOR, plan, KEY, DEFERRED, expected_version=0)
    assert service.answer(session, COORDINATOR, plan, KEY, TAKEN_UP, expected_version=1).version == 1
    assert service.answer(session, COORDINATOR, plan, KEY, DEFERRED, expected_version=1).section == ""


@pytest.mark.database("sqlite")
def test_those_who_do_not_plan_see_what_is_open_to_them(session: Session) -> None:
    operation = earlier(session)
    plan = later(session)
    service.answer(session, COORDINATOR, plan, KEY, TAKEN_UP)
    one = service.matches(session, builders.national("RS"), plan)[0].recommendation
    operation.parties = ["ES"]
    session.flush()

    assert service.matches(session, builders.national("RS"), plan) == []
    assert [a.operation.code for a in service.answers_to(session, REVIEWER, [one.id])[one.id]] == [plan.code]
    assert service.answers_to(session, builders.national("FR"), [one.id]) == {}
