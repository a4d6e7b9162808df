from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.cycles import service as cycles
from jointops.evaluation import findings, service
from jointops.evaluation.findings import AdoptionEntry, ObservationEntry, RecommendationEntry
from jointops.evaluation.models import EvaluationState, Publication, RecommendationState
from jointops.evaluation.rules import Rating
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from jointops.kernel.policy import Role
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import CycleLink, Figure
from jointops.operations.plandoc import Publication as Told
from tests import builders
from tests.builders import AFTER, COORDINATOR, REVIEWER
from tests.situation.scenes import SECOND_DAY, hours, report, running, seizure

ARRESTS, FIREARMS, COCAINE = "persons-arrested", "firearms-seized", "cocaine-seized"
OBSERVED = ObservationEntry(kind="strength", text="The channel for urgent checks was quick.")
RECOMMENDED = RecommendationEntry(title="Agree on one unit of measure for firearms", owner="Spain")


def told(*figures: Figure, known_at: datetime | None = None) -> Told:
    return Told(code="press", by="Europol", published=date(2027, 5, 9), known_at=known_at, figures=figures)


def over(session: Session, **changes: Any) -> Operation:
    """Return an operation with some accepted results whose days have passed."""
    operation = running(session, **changes)
    report(session, operation, "ES-POLICE", [(ARRESTS, "17"), (ARRESTS, "5", "firearms")], accepted=True)
    report(
        session, operation, "ES-CUSTOMS", [(FIREARMS, "60")], when=hours(5), accepted=True,
        incidents=[seizure("ES-1", "30", indicator=FIREARMS, joint_with=["RS-POLICE"])],
    )  # fmt: skip
    report(session, operation, "RS-POLICE", nil=True)
    report(session, operation, "ES-POLICE", [(ARRESTS, "1")], day=SECOND_DAY, when=hours(24))
    return operation


def reviewed(session: Session, **changes: Any) -> Operation:
    operation = over(session, **changes)
    with clock.fixed(AFTER):
        service.transition(session, COORDINATOR, operation, "in-review")
    return operation


def endorsed(session: Session, **changes: Any) -> Operation:
    operation = reviewed(session, **changes)
    with clock.fixed(hours(1, AFTER)):
        service.transition(session, REVIEWER, operation, "endorsed")
    return operation


# --- Measuring ---------------------------------------------------------------------------------------------------


def test_the_measured_part_has_the_form_that_others_rely_on(session: Session) -> None:
    operation = over(session)

    data = service.measure(session, COORDINATOR, operation, as_known_at=AFTER).to_data()

    assert (data["operation"], data["status"]) == ("EXAMPLE-2027", "accepted")
    assert data["as_known_at"] == "2027-05-20T09:00:00Z"
    assert data["results"][0] | {"phases": None, "aggregation": None, "part_of": None, "other_scope": None} == {
        "indicator": ARRESTS, "category": None, "quantity": "17", "unit": "persons", "not_specified": "12",
        "phases": None, "aggregation": None, "part_of": None, "other_scope": None,
    }  # fmt: skip
    assert {"indicator": ARRESTS, "category": "firearms", "quantity": "5", "unit": "persons"} in data[
        "results"
    ]
    objective = data["objectives"][0]
    assert (objective["code"], objective["quantity"], objective["target"], objective["met"]) == (
        "O1", "90", "100", False,
    )  # fmt: skip
    reporting = data["reporting"]
    assert {key: reporting[key] for key in ("expected", "received", "on_time", "late", "nil", "missing")} == {
        "expected": 20, "received": 4, "on_time": 3, "late": 1, "nil": 1, "missing": 16,
    }  # fmt: skip
    assert data["tasks"]["done"] == 0
    assert {"party": "RS", "indicator": FIREARMS, "quantity": None, "credited": "30"} in data["by_party"]
    assert data["holds"] == {"scope": "operation", "phases": ["action-days"]}


def test_during_the_operation_what_is_not_due_yet_is_missing_and_said_to_be_not_due(session: Session) -> None:
    operation = running(session)
    report(session, operation, "ES-POLICE", [(ARRESTS, "17")])

    data = service.measure(session, COORDINATOR, operation, as_known_at=hours(1)).to_data()

    assert data["reporting"]["expected"] == data["reporting"]["received"] + data["reporting"]["missing"] == 20
    assert data["reporting"]["not_yet_due"] == 19


def test_no_figure_meets_no_target(session: Session) -> None:
    operation = running(session)

    objective = service.measure(session, COORDINATOR, operation).objectives[0]

    assert (objective.quantity, objective.met, objective.rating) == (None, False, None)


def test_a_rating_is_proposed(session: Session) -> None:
    operation = over(session)

    accepted = service.measure(session, COORDINATOR, operation, as_known_at=AFTER).objectives[0]
    early = service.measure(session, COORDINATOR, operation, as_known_at=hours(1)).objectives[0]

    assert accepted.rating is Rating.SOME_CHALLENGES
    assert early.rating is None


def test_published_figures_are_compared_with_those_of_then_and_of_now(session: Session) -> None:
    figures = (
        Figure(indicator=ARRESTS, quantity=Decimal(17)),
        Figure(indicator=COCAINE, quantity=Decimal("0.3"), unit="t"),
        Figure(indicator=FIREARMS, quantity=Decimal(30), party="RS", bound="about"),
    )
    operation = over(session, publications=(told(*figures, known_at=hours(6)),))
    report(
        session, operation, "ES-POLICE", [(ARRESTS, "20")], when=hours(48), reason="three more", accepted=True
    )

    publication = service.measure(session, COORDINATOR, operation, as_known_at=AFTER).publications[0]

    arrests, cocaine, firearms = publication.figures
    compared = [
        (str(f.quantity), str(f.then), str(f.now), f.agreement.value) for f in (arrests, cocaine, firearms)
    ]
    assert compared == [
        ("17", "17", "20", "agrees"),
        ("300", "None", "None", "unknown"),
        ("30", "30", "30", "agrees"),
    ]


def test_a_publication_of_later_is_not_known_yet(session: Session) -> None:
    operation = over(session, publications=(told(known_at=hours(6)),))

    assert service.measure(session, COORDINATOR, operation, as_known_at=hours(5)).publications == ()


def test_publications_of_the_plan_are_kept_as_rows_in_line_with_it(session: Session) -> None:
    figure = Figure(indicator=COCAINE, quantity=Decimal("1.5"), unit="t", bound="over")
    operation = builders.operation(session, publications=(told(figure), replace(told(figure), code="other")))

    plan = builders.plan(publications=(told(replace(figure, quantity=Decimal(2))),))
    operations.save_plan(session, COORDINATOR, operation, plan)

    rows = session.scalars(select(Publication).where(Publication.operation_id == operation.id)).all()
    assert [row.code for row in rows] == ["press"]
    assert [(str(kept.quantity), kept.bound.value) for kept in rows[0].figures] == [("2000", "more-than")]


def test_the_same_instant_gives_the_same_bytes_after_everything_that_comes_later(session: Session) -> None:
    publications = (told(Figure(indicator=ARRESTS, quantity=Decimal(17)), known_at=hours(6)),)
    operation = over(session, publications=publications)
    instants = (hours(0.5), hours(6), hours(30))
    before = [
        service.measure(session, COORDINATOR, operation, as_known_at=at, status=status).to_json()
        for at in instants
        for status in ("provisional", "accepted")
    ]

    report(session, operation, "ES-POLICE", [(ARRESTS, "9")], when=hours(31), reason="wrong", accepted=True)
    report(session, operation, "RS-POLICE", [(FIREARMS, "1")], when=hours(32), reason="found later")
    with clock.fixed(hours(33)):
        changed = builders.plan(objectives=(replace(builders.plan().objectives[0], code="O2"),))
        operations.save_plan(session, builders.ADMINISTRATOR, operation, changed)
        operations.approve_plan(session, builders.ADMINISTRATOR, operation)

    after = [
        service.measure(session, COORDINATOR, operation, as_known_at=at, status=status).to_json()
        for at in instants
        for status in ("provisional", "accepted")
    ]
    assert after == before
    assert service.measure(session, COORDINATOR, operation, as_known_at=hours(40)).objectives[0].code == "O2"


# --- Sign-off ----------------------------------------------------------------------------------------------------


def test_an_endorsed_evaluation_is_sealed_as_known_when_it_was_submitted(session: Session) -> None:
    operation = reviewed(session)
    with clock.fixed(hours(1, AFTER)):
        report(
            session,
            operation,
            "ES-POLICE",
            [(ARRESTS, "99")],
            when=hours(1, AFTER),
            reason="late",
            accepted=True,
        )
    with clock.fixed(hours(2, AFTER)):
        evaluation = service.transition(session, REVIEWER, operation, "endorsed", "Well done.")

    assert evaluation.as_known_at == AFTER
    assert evaluation.sealed is not None
    assert evaluation.sealed["results"][0]["quantity"] == "17"
    assert evaluation.sealed_sha256 is not None
    again = service.measure(session, REVIEWER, operation, as_known_at=AFTER)
    assert service.seal_holds(evaluation, again)
    assert canonical_json(evaluation.sealed) == again.to_json()
    assert (
        service.measure(session, REVIEWER, operation, as_known_at=hours(3, AFTER)).figures.total(ARRESTS)
        == 99
    )
    assert [step.to_state.value for step in evaluation.steps] == ["in-review", "endorsed"]


def test_a_broken_seal_is_noticed(session: Session) -> None:
    operation = endorsed(session)
    evaluation = service.find(session, REVIEWER, operation)
    measured = service.measure(session, REVIEWER, operation, as_known_at=AFTER)

    assert evaluation.sealed is not None
    evaluation.sealed = evaluation.sealed | {"status": "provisional"}

    assert not service.seal_holds(evaluation, measured)


def test_nothing_changes_after_the_endorsement_but_the_adoption(session: Session) -> None:
    cycles.seed(session, builders.ADMINISTRATOR)
    operation = over(session)
    findings.recommend(session, COORDINATOR, operation, RECOMMENDED)
    with clock.fixed(AFTER):
        service.transition(session, COORDINATOR, operation, "in-review")
        service.transition(session, REVIEWER, operation, "endorsed")

    for change in (
        lambda: service.summarise(session, COORDINATOR, operation, "Better now."),
        lambda: findings.observe(session, COORDINATOR, operation, OBSERVED),
        lambda: findings.recommend(session, REVIEWER, operation, RECOMMENDED),
        lambda: findings.revise(session, COORDINATOR, operation, "R1", replace(RECOMMENDED, title="Else")),
        lambda: service.transition(session, REVIEWER, operation, "returned", "No."),
        lambda: service.transition(session, COORDINATOR, operation, "in-review"),
    ):
        with pytest.raises(Conflict) as refusal:
            change()
        assert refusal.value.code == "evaluation-endorsed"

    adopted = findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(cycle="EMPACT-2026-2029"))
    assert adopted.state is RecommendationState.ADOPTED


def test_sending_back_needs_reasons_and_opens_the_draft_again(session: Session) -> None:
    operation = reviewed(session)
    with pytest.raises(Invalid) as refusal:
        service.transition(session, REVIEWER, operation, "returned", "  ")
    assert refusal.value.code == "reason-missing"

    evaluation = service.transition(session, REVIEWER, operation, "returned", "Say more on heroin.")

    assert evaluation.state is EvaluationState.RETURNED
    assert evaluation.steps[-1].text == "Say more on heroin."
    service.summarise(session, COORDINATOR, operation, "More on heroin.")
    with clock.fixed(hours(5, AFTER)):
        again = service.transition(session, COORDINATOR, operation, "in-review")
    assert again.as_known_at == hours(5, AFTER)


def test_under_review_the_coordinator_changes_nothing_and_participants_may_reply(session: Session) -> None:
    operation = reviewed(session)

    with pytest.raises(Conflict) as refusal:
        service.summarise(session, COORDINATOR, operation, "Changed meanwhile")
    assert refusal.value.code == "evaluation-in-review"
    with pytest.raises(Conflict):
        findings.recommend(session, COORDINATOR, operation, RECOMMENDED)
    observation = findings.observe(session, builders.national("RS"), operation, OBSERVED)
    assert (observation.code, observation.party) == ("S1", "RS")
    assert findings.recommend(session, REVIEWER, operation, RECOMMENDED).code == "R1"


def test_an_operation_is_not_evaluated_before_it_is_over(session: Session) -> None:
    operation = running(session)

    with pytest.raises(Conflict) as refusal, clock.fixed(builders.DURING):
        service.transition(session, COORDINATOR, operation, "in-review")

    assert refusal.value.code == "operation-not-over"


@pytest.mark.parametrize("to, code", [("endorsed", "no-such-step"), ("draft", "no-such-step")])
def test_a_draft_goes_to_review_only(session: Session, to: str, code: str) -> None:
    operation = over(session)
    actor = builders.actor(Role.REVIEWER) if to == "endorsed" else COORDINATOR

    with pytest.raises(Conflict) as refusal:
        service.transition(session, actor, operation, to)

    assert refusal.value.code == code


def test_an_unknown_state_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as refusal:
        service.transition(session, COORDINATOR, over(session), "sealed")

    assert refusal.value.code == "unknown-state"


def test_who_may_do_what_with_an_evaluation(session: Session) -> None:
    operation = reviewed(session)

    for refused in (
        lambda: service.transition(session, COORDINATOR, operation, "endorsed"),
        lambda: service.summarise(session, builders.national("RS"), operation, "Mine"),
        lambda: findings.recommend(session, builders.national("RS"), operation, RECOMMENDED),
        lambda: findings.observe(session, builders.national("FR"), operation, OBSERVED),
        lambda: findings.adopt(session, COORDINATOR, operation, "R1", AdoptionEntry()),
        lambda: service.measure(session, builders.national("FR"), operation),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_a_stale_copy_changes_nothing(session: Session) -> None:
    operation = over(session)
    assert service.find(session, COORDINATOR, operation).version == 0
    service.summarise(session, COORDINATOR, operation, "First", expected_version=0)

    with pytest.raises(Stale) as refusal:
        service.summarise(session, COORDINATOR, operation, "Second", expected_version=0)

    assert (refusal.value.given, refusal.value.current) == ("0", "1")
    assert service.find(session, COORDINATOR, operation).summary == "First"


# --- Findings ----------------------------------------------------------------------------------------------------


def test_observations_are_numbered_by_kind(session: Session) -> None:
    operation = over(session)
    improvement = ObservationEntry(
        kind="improvement", text="Units differed.", root_cause="No definition", capability="planning",
        action_area="firearms",
    )  # fmt: skip

    codes = [
        findings.observe(session, COORDINATOR, operation, entry).code
        for entry in (OBSERVED, improvement, OBSERVED)
    ]

    assert codes == ["S1", "I1", "S2"]


def test_everything_wrong_with_an_observation_is_said_at_once(session: Session) -> None:
    entry = ObservationEntry(kind="praise", text=" ", capability="luck", action_area="drugs")

    with pytest.raises(Invalid) as refusal:
        findings.observe(session, COORDINATOR, over(session), entry)

    assert {(problem.code, problem.pointer) for problem in refusal.value.problems} == {
        ("text-missing", "/text"),
        ("unknown-kind", "/kind"),
        ("capability-unknown", "/capability"),
        ("action-area-unknown", "/action_area"),
    }


def test_everything_wrong_with_a_recommendation_is_said_at_once(session: Session) -> None:
    entry = RecommendationEntry(title="", owner="", text="x" * 10_001, capability="luck", observation="I9")

    with pytest.raises(Invalid) as refusal:
        findings.recommend(session, COORDINATOR, over(session), entry)

    assert {(problem.code, problem.pointer) for problem in refusal.value.problems} == {
        ("text-missing", "/title"),
        ("owner-missing", "/owner"),
        ("text-too-long", "/text"),
        ("capability-unknown", "/capability"),
        ("observation-unknown", "/observation"),
    }


def test_a_recommendation_is_adopted_into_the_next_cycle_and_linked_both_ways(session: Session) -> None:
    cycles.seed(session, builders.ADMINISTRATOR)
    operation = over(session, policy_cycle=CycleLink(code="EMPACT-2022-2025", priorities=("firearms",)))
    findings.recommend(session, COORDINATOR, operation, replace(RECOMMENDED, due_on=date(2028, 3, 1)))

    adopted = findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(decision="By all means"))

    action = adopted.adopted_as
    assert action is not None
    assert action.plan.cycle.code == "EMPACT-2026-2029"
    assert (action.origin_operation, action.origin_recommendation) == ("EXAMPLE-2027", "R1")
    assert (action.state.value, action.title["en"], action.leader) == ("proposed", RECOMMENDED.title, "Spain")
    assert adopted.decision == "By all means"
    with pytest.raises(Conflict) as refusal:
        findings.reject(session, REVIEWER, operation, "R1", "On second thoughts")
    assert refusal.value.code == "recommendation-decided"


def test_a_recommendation_without_a_cycle_to_go_to_asks_for_one(session: Session) -> None:
    operation = over(session)
    findings.recommend(session, COORDINATOR, operation, RECOMMENDED)

    with pytest.raises(Invalid) as refusal:
        findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry())
    assert refusal.value.code == "cycle-missing"
    with pytest.raises(NotFound):
        findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(cycle="EMPACT-2090"))


def test_a_recommendation_is_rejected_with_a_reason(session: Session) -> None:
    operation = over(session)
    findings.recommend(session, COORDINATOR, operation, RECOMMENDED)
    with pytest.raises(Invalid):
        findings.reject(session, REVIEWER, operation, "R1", "")

    rejected = findings.reject(session, REVIEWER, operation, "R1", "Done already")

    assert (rejected.state, rejected.decision) == (RecommendationState.REJECTED, "Done already")
    with pytest.raises(Conflict):
        findings.revise(session, COORDINATOR, operation, "R1", RECOMMENDED)


def test_a_recommendation_is_revised_by_who_read_it_last(session: Session) -> None:
    operation = over(session)
    findings.recommend(session, COORDINATOR, operation, RECOMMENDED)
    changed = replace(RECOMMENDED, title="Agree on units")

    revised = findings.revise(session, COORDINATOR, operation, "R1", changed, expected_version=1)

    assert (revised.title, revised.version) == ("Agree on units", 2)
    with pytest.raises(Stale):
        findings.revise(session, COORDINATOR, operation, "R1", RECOMMENDED, expected_version=1)
    with pytest.raises(NotFound):
        findings.revise(session, COORDINATOR, operation, "R2", RECOMMENDED)


def test_every_change_of_an_evaluation_is_in_the_log(session: Session) -> None:
    cycles.seed(session, builders.ADMINISTRATOR)
    operation = over(session)
    service.summarise(session, COORDINATOR, operation, "All went well.")
    findings.observe(session, COORDINATOR, operation, OBSERVED)
    findings.recommend(session, COORDINATOR, operation, RECOMMENDED)
    findings.revise(session, COORDINATOR, operation, "R1", replace(RECOMMENDED, title="Agree"))
    with clock.fixed(AFTER):
        service.transition(session, COORDINATOR, operation, "in-review")
        service.transition(session, REVIEWER, operation, "endorsed")
    findings.adopt(session, REVIEWER, operation, "R1", AdoptionEntry(cycle="EMPACT-2026-2029"))

    logged = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.object_type.in_(["evaluation", "observation", "recommendation"]))
        .order_by(AuditEntry.id)
    ).all()
    assert logged == [
        "evaluation:evaluation:submit",
        "evaluation:observation:create",
        "evaluation:recommendation:create",
        "evaluation:recommendation:update",
        "evaluation:evaluation:submit",
        "evaluation:evaluation:endorse",
        "evaluation:recommendation:adopt",
    ]
