from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from jointops.kernel.policy import Action
from jointops.operations.models import Answer, OperationState
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState
from jointops.tasks.rules import TaskState

S = AssignmentState
O = OperationState  # noqa: E741

POSSIBLE = {
    (S.PROPOSED, S.ASSIGNED),
    (S.PROPOSED, S.CANCELLED),
    (S.ASSIGNED, S.ACCEPTED),
    (S.ASSIGNED, S.DECLINED),
    (S.ASSIGNED, S.CANCELLED),
    (S.ACCEPTED, S.UNDER_WAY),
    (S.ACCEPTED, S.DECLINED),
    (S.ACCEPTED, S.CANCELLED),
    (S.UNDER_WAY, S.DONE),
    (S.UNDER_WAY, S.CANCELLED),
    (S.DONE, S.UNDER_WAY),
    (S.DECLINED, S.ASSIGNED),
    (S.CANCELLED, S.ASSIGNED),
}


def refused(source: S, target: S, **more: Any) -> str | None:
    given = {"operation": O.RUNNING, "cancelled": False, "text": "because", **more}
    problem = rules.obstacle(source, target, **given)
    return problem.code if problem else None


@pytest.mark.parametrize("source, target", sorted(POSSIBLE))
def test_a_step_of_the_table_is_possible_while_the_operation_runs(source: S, target: S) -> None:
    assert refused(source, target) is None


@pytest.mark.parametrize("source, target", sorted(pair for pair in product(S, S) if pair not in POSSIBLE))
def test_any_other_step_is_refused_with_those_that_are_possible(source: S, target: S) -> None:
    problem = rules.obstacle(source, target, operation=O.RUNNING, cancelled=False, text="because")

    assert problem is not None
    assert problem.code == "no-such-step"
    assert set(problem.accepted) == {b.value for a, b in POSSIBLE if a is source}


@pytest.mark.parametrize("source, target", sorted(POSSIBLE))
def test_no_unit_moves_once_the_whole_task_is_cancelled(source: S, target: S) -> None:
    assert refused(source, target, cancelled=True) == "task-cancelled"


@pytest.mark.parametrize(
    "source, target, code",
    [
        (S.ASSIGNED, S.DECLINED, "reason-missing"),
        (S.ACCEPTED, S.DECLINED, "reason-missing"),
        (S.UNDER_WAY, S.DONE, "outcome-missing"),
        (S.DONE, S.UNDER_WAY, "reason-missing"),
        (S.PROPOSED, S.CANCELLED, "reason-missing"),
        (S.ASSIGNED, S.CANCELLED, "reason-missing"),
        (S.ACCEPTED, S.CANCELLED, "reason-missing"),
        (S.UNDER_WAY, S.CANCELLED, "reason-missing"),
    ],
)
def test_a_step_that_needs_a_text_is_refused_without_one(source: S, target: S, code: str) -> None:
    assert refused(source, target, text=" \n") == code
    assert refused(source, target, text=None) is None


@pytest.mark.parametrize(
    "source, target",
    [(S.PROPOSED, S.ASSIGNED), (S.ASSIGNED, S.ACCEPTED), (S.ACCEPTED, S.UNDER_WAY), (S.DECLINED, S.ASSIGNED)],
)
def test_the_other_steps_need_no_text(source: S, target: S) -> None:
    assert refused(source, target, text="") is None


def test_a_text_has_a_longest_length() -> None:
    assert refused(S.UNDER_WAY, S.DONE, text="x" * rules.TEXT_LENGTH) is None
    assert refused(S.UNDER_WAY, S.DONE, text="x" * (rules.TEXT_LENGTH + 1)) == "too-long"


@pytest.mark.parametrize(
    "source, target, states",
    [
        (S.PROPOSED, S.ASSIGNED, {O.CONSULTATION, O.APPROVED, O.RUNNING}),
        (S.ASSIGNED, S.ACCEPTED, {O.CONSULTATION, O.APPROVED, O.RUNNING}),
        (S.ASSIGNED, S.DECLINED, {O.CONSULTATION, O.APPROVED, O.RUNNING}),
        (S.ACCEPTED, S.UNDER_WAY, {O.RUNNING}),
        (S.UNDER_WAY, S.DONE, {O.RUNNING, O.CLOSED}),
        (S.DONE, S.UNDER_WAY, {O.RUNNING, O.CLOSED}),
        (S.ASSIGNED, S.CANCELLED, {O.DRAFT, O.CONSULTATION, O.APPROVED, O.RUNNING}),
    ],
)
def test_a_step_has_its_time_in_the_operations_life(source: S, target: S, states: set[O]) -> None:
    assert {state for state in O if refused(source, target, operation=state) is None} == states
    assert {refused(source, target, operation=state) for state in set(O) - states} == {"not-in-this-state"}


def test_the_coordinator_assigns_the_country_answers_and_the_unit_reports() -> None:
    actions = {(step.source, step.target): step.action for step in rules.STEPS}

    assert actions[S.PROPOSED, S.ASSIGNED] is Action.TASK_ASSIGN
    assert {actions[S.ASSIGNED, S.ACCEPTED], actions[S.ASSIGNED, S.DECLINED]} == {Action.TASK_ANSWER}
    assert {actions[S.ACCEPTED, S.UNDER_WAY], actions[S.UNDER_WAY, S.DONE]} == {Action.TASK_REPORT}
    assert {action for (_, target), action in actions.items() if target is S.CANCELLED} == {
        Action.TASK_ASSIGN
    }


@pytest.mark.parametrize(
    "states, expected",
    [
        ([], TaskState.PROPOSED),
        ([S.PROPOSED, S.PROPOSED], TaskState.PROPOSED),
        ([S.PROPOSED, S.ASSIGNED], TaskState.ASSIGNED),
        ([S.PROPOSED, S.ACCEPTED], TaskState.ASSIGNED),
        ([S.ASSIGNED, S.ACCEPTED], TaskState.ASSIGNED),
        ([S.ASSIGNED, S.DECLINED], TaskState.ASSIGNED),
        ([S.ACCEPTED, S.ACCEPTED], TaskState.ACCEPTED),
        ([S.ACCEPTED, S.DECLINED, S.CANCELLED], TaskState.ACCEPTED),
        ([S.ASSIGNED, S.UNDER_WAY], TaskState.UNDER_WAY),
        ([S.ACCEPTED, S.DONE], TaskState.UNDER_WAY),
        ([S.DONE, S.ASSIGNED], TaskState.UNDER_WAY),
        ([S.DONE, S.DONE], TaskState.DONE),
        ([S.DONE, S.DECLINED, S.CANCELLED], TaskState.DONE),
        ([S.DECLINED, S.DECLINED], TaskState.DECLINED),
        ([S.DECLINED, S.CANCELLED], TaskState.DECLINED),
        ([S.CANCELLED], TaskState.CANCELLED),
    ],
)
def test_a_tasks_state_follows_from_its_units(states: list[S], expected: TaskState) -> None:
    assert rules.task_state(states) is expected
    assert rules.task_state(reversed(states)) is expected
    assert rules.task_state(states, cancelled=True) is TaskState.CANCELLED


def test_a_task_is_overdue_from_the_day_after_its_window() -> None:
    last = date(2027, 5, 7)

    assert not rules.is_overdue(TaskState.ACCEPTED, last, last)
    assert rules.is_overdue(TaskState.ACCEPTED, last, date(2027, 5, 8))


@pytest.mark.parametrize("state", [S.PROPOSED, S.DECLINED, S.DONE, S.CANCELLED])
def test_what_nobody_owes_is_never_overdue(state: S) -> None:
    assert not rules.is_overdue(state, date(2027, 5, 7), date(2030, 1, 1))


def test_a_new_unit_is_assigned_only_while_the_operation_runs() -> None:
    begun = {state: rules.initial_state(state) for state in O}

    assert [state for state, initial in begun.items() if initial is S.ASSIGNED] == [O.RUNNING]
    assert set(begun.values()) == {S.ASSIGNED, S.PROPOSED}


def test_only_what_is_proposed_to_who_takes_part_is_given_out() -> None:
    assert rules.can_be_given_out(S.PROPOSED, Answer.INVITED)
    assert rules.can_be_given_out(S.PROPOSED, Answer.WITH_CONDITIONS)
    assert not rules.can_be_given_out(S.PROPOSED, Answer.DECLINED)
    assert not rules.can_be_given_out(S.DECLINED, Answer.TAKES_PART)


def test_codes_are_numbered_on_from_the_highest() -> None:
    assert rules.next_code([]) == "T1"
    assert rules.next_code(["T9", "T10", "ports-1"]) == "T11"


def test_every_state_and_reason_of_ours_has_words() -> None:
    assert {state.value for state in (*S, *TaskState)} == set(rules.STATE_LABELS)
    assert set(rules.OWN_REASONS) == {
        rules.NOT_IN_PLAN,
        rules.TAKEN_OUT,
        rules.OPERATION_CANCELLED,
        rules.NO_PARTICIPANT,
    }


FRAME = rules.Frame(
    first_day=date(2027, 5, 3),
    last_day=date(2027, 5, 7),
    units=frozenset({"ES-POLICE", "RO-POLICE"}),
    areas=("firearms",),
    kinds=("check", "other"),
    place_kinds=("city",),
    countries=frozenset({"ES", "RO"}),
)


@pytest.mark.parametrize(
    "starts_on, ends_on, expected",
    [
        (date(2027, 5, 3), date(2027, 5, 7), []),
        (date(2027, 5, 5), date(2027, 5, 4), [("window-reversed", "/ends_on")]),
        (date(2027, 5, 2), date(2027, 5, 4), [("window-outside", "/starts_on")]),
        (date(2027, 5, 3), date(2027, 5, 8), [("window-outside", "/ends_on")]),
        (
            date(2027, 1, 1),
            date(2027, 1, 2),
            [("window-outside", "/starts_on"), ("window-outside", "/ends_on")],
        ),
    ],
)
def test_a_window_lies_inside_the_operation(
    starts_on: date, ends_on: date, expected: list[tuple[str, str]]
) -> None:
    found = rules.window_problems(starts_on, ends_on, FRAME)

    assert [(problem.code, problem.pointer) for problem in found] == expected


@pytest.mark.parametrize(
    "units, lead, expected",
    [
        (("ES-POLICE",), None, []),
        (("ES-POLICE", "RO-POLICE"), "RO-POLICE", []),
        ((), None, [("units-missing", "/units")]),
        (("FR-POLICE",), None, [("unit-unknown", "/units/0")]),
        (("ES-POLICE", "ES-POLICE"), None, [("duplicate-code", "/units/1")]),
        (("ES-POLICE",), "RO-POLICE", [("lead-not-in-task", "/lead")]),
    ],
)
def test_the_units_of_a_task_are_known_named_once_and_led_by_one_of_them(
    units: tuple[str, ...], lead: str | None, expected: list[tuple[str, str]]
) -> None:
    found = rules.unit_problems(units, lead, FRAME)

    assert [(problem.code, problem.pointer) for problem in found] == expected


def test_unknown_codes_are_named_with_those_that_exist() -> None:
    found = rules.code_problems(
        area="drugs", kind="dance", place={"kind": "moon", "country": "XX"}, frame=FRAME
    )

    assert [(problem.code, problem.accepted) for problem in found] == [
        ("area-unknown", ("firearms",)),
        ("kind-unknown", ("check", "other")),
        ("place-kind-unknown", ("city",)),
        ("country-unknown", ()),
    ]
    assert rules.code_problems(area="firearms", kind="", place=None, frame=FRAME) == []
