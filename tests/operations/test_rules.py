"""The life cycle as a table, and what each step needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Problem
from jointops.operations import rules
from jointops.operations.models import Answer, OperationState
from jointops.operations.plandoc import ActionArea, CycleLink, Period, Phases, Reporting, Safeguards
from tests.builders import plan

D, C, A = OperationState.DRAFT, OperationState.CONSULTATION, OperationState.APPROVED
R, E, X = OperationState.RUNNING, OperationState.CLOSED, OperationState.CANCELLED

POSSIBLE = {(D, C), (C, A), (C, D), (A, R), (R, E), (D, X), (C, X), (A, X)}

GAP = Problem("not-ready", "The plan has no objective.", "/objectives")


def standing(state: OperationState, **changes: object) -> rules.Standing:
    made = rules.Standing(
        state=state,
        historical=False,
        first_day=date(2027, 5, 3),
        end=date(2027, 5, 7),
        today=date(2027, 5, 5),
        answers=(Answer.TAKES_PART, Answer.INVITED),
        unready=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def codes(standing: rules.Standing, target: OperationState, reason: str | None = "why") -> list[str]:
    return [problem.code for problem in rules.obstacles(standing, target, reason)]


@pytest.mark.parametrize("source", list(OperationState))
@pytest.mark.parametrize("target", list(OperationState))
def test_only_the_steps_of_the_table_are_possible(source: OperationState, target: OperationState) -> None:
    expected = [] if (source, target) in POSSIBLE else ["no-such-step"]
    late = standing(source, today=date(2027, 5, 8))
    assert codes(late, target) == expected


def test_an_impossible_step_names_the_possible_ones() -> None:
    (problem,) = rules.obstacles(standing(D), R)
    assert problem.accepted == ("consultation", "cancelled")


@pytest.mark.parametrize("target", [D, X])
def test_steps_back_need_a_reason(target: OperationState) -> None:
    assert codes(standing(C), target, " ") == ["reason-missing"]
    assert codes(standing(C), target, None) == []
    assert rules.needs_reason(standing(C), target)


@pytest.mark.parametrize(
    ("today", "needed"), [(date(2027, 5, 6), True), (date(2027, 5, 7), True), (date(2027, 5, 8), False)]
)
def test_closing_needs_a_reason_until_the_last_action_day_is_over(today: date, needed: bool) -> None:
    assert rules.needs_reason(standing(R, today=today), E) is needed
    assert codes(standing(R, today=today), E, "") == (["reason-missing"] if needed else [])


def test_nobody_to_consult_is_no_consultation() -> None:
    assert codes(standing(D, answers=()), C) == ["no-participants"]


def test_what_is_missing_holds_up_approval_with_its_places() -> None:
    found = rules.obstacles(standing(C, unready=(GAP,)), A, "")
    assert [(problem.code, problem.pointer) for problem in found] == [
        ("plan-not-ready", ""),
        ("not-ready", "/objectives"),
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((Answer.DECLINED, Answer.DECLINED), ["nobody-takes-part"]),
        ((Answer.DECLINED, Answer.INVITED), []),
        ((Answer.INVITED,), []),
        ((Answer.WITH_CONDITIONS, Answer.DECLINED), []),
    ],
)
def test_approval_needs_somebody_who_did_not_decline(
    answers: tuple[Answer, ...], expected: list[str]
) -> None:
    assert codes(standing(C, answers=answers), A) == expected


def test_an_operation_starts_on_its_first_day_or_in_the_past() -> None:
    early = standing(A, today=date(2027, 5, 2))
    assert codes(early, R) == ["before-first-day"]
    assert codes(replace(early, historical=True), R) == []
    assert codes(standing(A, today=date(2027, 5, 3)), R) == []


def test_the_day_is_that_of_the_operations_time_zone() -> None:
    instant = datetime(2027, 5, 2, 22, 30, tzinfo=UTC)
    assert rules.today("Europe/Amsterdam", instant) == date(2027, 5, 3)
    assert rules.today("UTC", instant) == date(2027, 5, 2)


def test_an_area_serves_the_priority_it_names_or_is_named_after() -> None:
    link = CycleLink(code="EMPACT-2026-2029", priorities=("firearms", "drugs"))
    named = ActionArea(code="guns", title={"en": "Guns"}, priority="firearms")
    same = ActionArea(code="drugs", title={"en": "Drugs"})
    other = ActionArea(code="cars", title={"en": "Cars"})
    document = plan(policy_cycle=link)
    assert [rules.priority_of(document, area) for area in (named, same, other)] == ["firearms", "drugs", None]
    assert rules.priority_of(plan(), same) is None


def test_an_area_without_priority_holds_up_approval_only_in_a_policy_cycle() -> None:
    areas = (ActionArea(code="cars", title={"en": "Cars"}, leader="ES"),)
    assert rules.readiness(plan(action_areas=areas)) == []
    link = CycleLink(code="EMPACT-2026-2029", priorities=("firearms",))
    found = rules.readiness(plan(action_areas=areas, policy_cycle=link))
    assert [problem.pointer for problem in found] == ["/action_areas/0/priority"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"objectives": ()}, "/objectives"),
        ({"action_areas": (), "objectives": (), "tasks": ()}, "/action_areas"),
        ({"safeguards": Safeguards()}, "/safeguards/reviewer"),
        ({"safeguards": Safeguards()}, "/safeguards/fundamental_rights"),
    ],
)
def test_readiness_points_to_what_is_missing(changes: dict[str, Any], pointer: str) -> None:
    assert pointer in [problem.pointer for problem in rules.readiness(plan(**changes))]


def test_a_complete_plan_lacks_nothing() -> None:
    assert rules.readiness(plan()) == []


# The clocks of Amsterdam go forward on 28 March 2027 at 2:00 and back on 31 October 2027 at 3:00.
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2027, 3, 27), datetime(2027, 3, 27, 19, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 18, 0, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 18, 0, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 19, 0, tzinfo=UTC)),
    ],
)
def test_the_deadline_keeps_its_time_of_day_when_the_clocks_change(day: date, expected: datetime) -> None:
    assert rules.deadline(plan(), day) == expected


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(0, 600))
def test_no_return_is_late_before_its_deadline(day: date, grace: int) -> None:
    document = plan(reporting=Reporting(grace_minutes=grace))
    assert rules.late_after(document, day) - rules.deadline(document, day) == timedelta(minutes=grace)
    assert rules.today(document.time_zone, rules.deadline(document, day)) == day


def test_days_belong_to_phases() -> None:
    phases = Phases(
        preparatory=Period(start=date(2027, 4, 1), end=date(2027, 5, 2)),
        follow_up=Period(start=date(2027, 5, 8), end=date(2027, 6, 30)),
    )
    document = plan(phases=phases)
    days = [date(2027, 4, 1), date(2027, 5, 3), date(2027, 5, 7), date(2027, 5, 8), date(2027, 7, 1)]
    assert [rules.phase_of(document, day) for day in days] == [
        "preparatory",
        "action-days",
        "action-days",
        "follow-up",
        None,
    ]
