from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from jointops.cycles import service
from jointops.cycles.models import ActionState, OperationalAction, PolicyCycle
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Stale
from jointops.kernel.policy import Actor
from jointops.reference.catalogue import catalogue
from tests import builders

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def seeded(session: Session) -> Session:
    service.seed(session, builders.ADMINISTRATOR)
    return session


def _cycle(session: Session, code: str = "EMPACT-2026-2029") -> PolicyCycle:
    return service.find(session, builders.REVIEWER, code)


def _propose(session: Session, **more: Any) -> OperationalAction:
    given = {"title": {"en": "Common definitions of arrests"}, **more}
    with clock.fixed(NOW):
        return service.create_action(
            session, builders.REVIEWER, _cycle(session), service.ActionInput(**given)
        )


def _codes(error: DomainError) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in error.problems]


def test_seeding_adds_the_cycles_of_the_reference_data_with_their_parts(seeded: Session) -> None:
    found = service.list_cycles(seeded, builders.REVIEWER)

    assert [summary.cycle.code for summary in found] == list(catalogue().cycles)
    archimedes_cycle = _cycle(seeded, "EMPACT-2014-2017")
    assert len(archimedes_cycle.priorities) == 9
    assert [plan.code for plan in archimedes_cycle.action_plans] == ["OAP-2014-2017"]
    assert archimedes_cycle.action_plans[0].title["fr"] == "Plan d’action opérationnel 2014–2017"
    assert [goal.code for goal in _cycle(seeded).goals] == list(catalogue().cycles["EMPACT-2026-2029"].goals)


def test_seeding_again_adds_and_logs_nothing(seeded: Session) -> None:
    entries = seeded.scalar(select(func.count()).select_from(AuditEntry))

    assert service.seed(seeded, builders.ADMINISTRATOR) == 0
    assert seeded.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_seeding_keeps_what_people_changed_and_adds_what_is_missing(seeded: Session) -> None:
    cycle = _cycle(seeded)
    cycle.title = {"en": "EMPACT, fourth cycle"}
    seeded.delete(cycle.goals[-1])
    seeded.flush()
    seeded.expire_all()

    assert service.seed(seeded, builders.ADMINISTRATOR) == 1
    assert _cycle(seeded).title == {"en": "EMPACT, fourth cycle"}


def test_the_next_cycle_is_the_one_that_begins_after_this_one(seeded: Session) -> None:
    following = service.next_cycle(seeded, _cycle(seeded, "EMPACT-2014-2017"))

    assert following is not None
    assert following.code == "EMPACT-2018-2021"
    assert service.next_cycle(seeded, _cycle(seeded, "EMPACT-2026-2029")) is None


def test_a_recommendation_becomes_a_proposed_action_with_its_origin(seeded: Session) -> None:
    cycle = _cycle(seeded, "EMPACT-2018-2021")

    first = service.propose_action(
        seeded,
        builders.REVIEWER,
        cycle,
        title="Spread action days over the year",
        leader="UK",
        due_on=date(2019, 6, 30),
        priority_code="firearms",
        origin_operation="ARCHIMEDES-2014",
        origin_recommendation="R1",
    )
    second = service.propose_action(
        seeded, builders.REVIEWER, cycle, title="Another", priority_code="cocaine-and-heroin"
    )

    assert (first.code, first.state, first.leader) == ("OA-1", ActionState.PROPOSED, "GB")
    assert (first.origin_operation, first.origin_recommendation) == ("ARCHIMEDES-2014", "R1")
    assert first.priority is not None
    assert first.plan.cycle.code == "EMPACT-2018-2021"
    assert (second.code, second.priority) == ("OA-2", None)
    entry = seeded.scalars(select(AuditEntry).where(AuditEntry.object_type == "operational-action")).first()
    assert entry is not None
    assert (entry.object_key, entry.operation) == ("EMPACT-2018-2021/OA-1", "ARCHIMEDES-2014")


def test_everything_wrong_with_an_action_is_named(seeded: Session) -> None:
    with pytest.raises(Invalid) as caught:
        _propose(seeded, title={"en": "  "}, priority="dragons", goal="G99", plan="OAP-1", leader="x" * 201)

    assert _codes(caught.value) == [
        ("plan-unknown", "/plan"),
        ("title-missing", "/title"),
        ("too-long", "/leader"),
        ("priority-unknown", "/priority"),
        ("goal-unknown", "/goal"),
    ]


def test_an_action_is_changed_field_by_field_and_the_log_says_how(seeded: Session) -> None:
    action = _propose(seeded, leader="ES")

    changed = service.update_action(
        seeded,
        builders.REVIEWER,
        _cycle(seeded),
        action.code,
        {"state": "planned", "goal": "G1", "due_on": date(2027, 3, 1)},
        expected_version=1,
    )

    assert (changed.state, changed.version, changed.leader) == (ActionState.PLANNED, 2, "ES")
    entry = seeded.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.details == {
        "state": ["proposed", "planned"],
        "goal": [None, "G1"],
        "due_on": [None, "2027-03-01"],
    }


def test_a_change_that_changes_nothing_makes_no_version(seeded: Session) -> None:
    action = _propose(seeded)

    same = service.update_action(
        seeded, builders.REVIEWER, _cycle(seeded), action.code, {"state": "proposed", "title": action.title}
    )

    assert same.version == 1


def test_a_stale_change_is_refused_with_both_versions(seeded: Session) -> None:
    action = _propose(seeded)

    with pytest.raises(Stale) as caught:
        service.update_action(
            seeded,
            builders.REVIEWER,
            _cycle(seeded),
            action.code,
            {"state": "planned"},
            expected_version=7,
        )

    assert (caught.value.given, caught.value.current) == ("7", "1")


def test_a_state_that_cannot_follow_is_refused_with_those_that_can(seeded: Session) -> None:
    action = _propose(seeded)

    with pytest.raises(Conflict) as caught:
        service.update_action(seeded, builders.REVIEWER, _cycle(seeded), action.code, {"state": "completed"})

    assert caught.value.code == "no-such-step"
    assert caught.value.problems[0].accepted == ("planned", "postponed", "cancelled")


def test_what_does_not_exist_is_said_so(seeded: Session) -> None:
    with pytest.raises(NotFound, match="cycle-unknown"):
        service.find(seeded, builders.REVIEWER, "EMPACT-1999")
    with pytest.raises(NotFound, match="action-unknown"):
        service.find_action(seeded, builders.REVIEWER, _cycle(seeded), "OA-1")


@pytest.mark.parametrize(
    "person",
    [builders.COORDINATOR, builders.national("ES"), builders.reporter("ES-POLICE"), builders.AUDITOR],
    ids=lambda person: person.name,
)
def test_only_a_reviewer_changes_actions(seeded: Session, person: Actor) -> None:
    action = _propose(seeded)
    cycle = _cycle(seeded)

    with pytest.raises(NotAllowed):
        service.create_action(seeded, person, cycle, service.ActionInput(title={"en": "No"}))
    with pytest.raises(NotAllowed):
        service.update_action(seeded, person, cycle, action.code, {"state": "planned"})
    with pytest.raises(NotAllowed):
        service.seed(seeded, person)
    assert service.list_actions(seeded, person, cycle) == [action]


def test_actions_are_filtered_by_state_priority_and_origin(seeded: Session) -> None:
    drugs = _propose(seeded, priority="drugs")
    adopted = _propose(seeded, origin_operation="ARCHIMEDES-2014")
    service.update_action(seeded, builders.REVIEWER, _cycle(seeded), adopted.code, {"state": "planned"})
    cycle = _cycle(seeded)

    def listed(**wanted: Any) -> list[OperationalAction]:
        return service.list_actions(seeded, builders.REVIEWER, cycle, service.ActionFilter(**wanted))

    assert listed() == [drugs, adopted]
    assert listed(priority="drugs") == [drugs]
    assert listed(state=ActionState.PLANNED) == [adopted]
    assert listed(origin_operation="ARCHIMEDES-2014") == [adopted]
    summary = next(s for s in service.list_cycles(seeded, builders.REVIEWER) if s.cycle is cycle)
    assert (summary.total, summary.actions[ActionState.PLANNED]) == (2, 1)


def test_the_list_of_actions_takes_the_same_number_of_queries_whatever_its_length(
    seeded: Session, engine: Engine
) -> None:
    cycle = _cycle(seeded)

    def queries() -> int:
        seeded.flush()
        seeded.expire_all()
        statements: list[str] = []

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        for action in service.list_actions(seeded, builders.REVIEWER, cycle):
            assert action.plan.code
            assert action.priority is None or action.priority.code
        event.remove(engine, "before_cursor_execute", count)
        return len(statements)

    for priority in ("drugs", "firearms"):
        _propose(seeded, priority=priority)
    few = queries()
    for other in ("drugs", "environmental-crime", "firearms", None):
        _propose(seeded, priority=other)

    assert queries() == few


def test_a_cycle_can_be_added(seeded: Session) -> None:
    given = service.CycleInput(
        code="EMPACT-2030-2033",
        title={"en": "EMPACT 2030–2033"},
        starts_on=date(2030, 1, 1),
        ends_on=date(2033, 12, 31),
        priorities=(("drugs", {"en": "Drug trafficking"}),),
        goals=(("G1", {"en": "Intelligence"}),),
    )

    cycle = service.create(seeded, builders.REVIEWER, given)

    assert [plan.code for plan in cycle.action_plans] == ["OAP-2030-2033"]
    assert [priority.code for priority in cycle.priorities] == ["drugs"]
    assert service.next_cycle(seeded, _cycle(seeded)) is cycle


def test_everything_wrong_with_a_cycle_is_named(seeded: Session) -> None:
    given = service.CycleInput(
        code="EMPACT-2026-2029",
        title={},
        starts_on=date(2030, 1, 1),
        ends_on=date(2029, 1, 1),
        goals=(("G1", {"en": "A"}), ("G1", {"en": "B"})),
    )

    with pytest.raises(Invalid) as caught:
        service.create(seeded, builders.REVIEWER, given)

    assert _codes(caught.value) == [
        ("code-taken", "/code"),
        ("title-missing", "/title"),
        ("period-reversed", "/ends_on"),
        ("duplicate-code", "/goals/1/code"),
    ]
