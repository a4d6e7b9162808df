from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest

from jointops.cycles import rules
from jointops.cycles.models import ActionState

STATES = tuple(ActionState)


def test_every_state_has_a_label_and_a_way_on() -> None:
    assert set(rules.STATE_LABELS) == set(STATES) == set(rules.NEXT_STATES)
    assert all(rules.NEXT_STATES[state] for state in STATES)


@pytest.mark.parametrize("state", STATES)
def test_no_state_follows_itself(state: ActionState) -> None:
    assert not rules.can_become(state, state)


@pytest.mark.parametrize(
    "source, target",
    [
        (ActionState.PROPOSED, ActionState.ONGOING),
        (ActionState.PROPOSED, ActionState.COMPLETED),
        (ActionState.PLANNED, ActionState.COMPLETED),
        (ActionState.PLANNED, ActionState.PROPOSED),
        (ActionState.POSTPONED, ActionState.COMPLETED),
        (ActionState.COMPLETED, ActionState.CANCELLED),
        (ActionState.CANCELLED, ActionState.COMPLETED),
    ],
)
def test_an_action_does_not_skip_a_step(source: ActionState, target: ActionState) -> None:
    assert not rules.can_become(source, target)


def test_an_action_goes_from_proposal_to_completion_in_three_steps() -> None:
    way = [ActionState.PROPOSED, ActionState.PLANNED, ActionState.ONGOING, ActionState.COMPLETED]
    assert all(rules.can_become(a, b) for a, b in pairwise(way))


def test_codes_are_numbered_on_from_the_highest() -> None:
    assert rules.next_code([]) == "OA-1"
    assert rules.next_code(["OA-2", "OA-11", "OA-3"]) == "OA-12"
    assert rules.next_code(["OA-2.1", "X-9"]) == "OA-1"


def test_an_action_is_overdue_from_the_day_after_it_was_due() -> None:
    due = date(2027, 6, 30)
    assert not rules.overdue(ActionState.PLANNED, due, due)
    assert rules.overdue(ActionState.PLANNED, due, date(2027, 7, 1))
    assert rules.overdue(ActionState.POSTPONED, due, date(2027, 7, 1))


@pytest.mark.parametrize("state", sorted(rules.FINISHED))
def test_a_finished_action_is_never_overdue(state: ActionState) -> None:
    assert not rules.overdue(state, date(2027, 6, 30), date(2030, 1, 1))


def test_an_action_without_a_due_day_is_never_overdue() -> None:
    assert not rules.overdue(ActionState.PLANNED, None, date(2030, 1, 1))


@dataclass(frozen=True)
class _Span:
    starts_on: date
    ends_on: date


def test_a_day_belongs_to_the_plan_that_holds_it_or_else_to_the_next_or_the_last() -> None:
    first, second = (
        _Span(date(2026, 1, 1), date(2027, 12, 31)),
        _Span(date(2028, 1, 1), date(2029, 12, 31)),
    )
    plans = [first, second]

    assert rules.holding(plans, date(2026, 6, 1)) is first
    assert rules.holding(plans, date(2028, 1, 1)) is second
    assert rules.holding(plans, date(2020, 1, 1)) is first
    assert rules.holding(plans, date(2035, 1, 1)) is second
    assert rules.holding([], date(2035, 1, 1)) is None
