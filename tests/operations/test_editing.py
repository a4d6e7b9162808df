"""Changes to a plan: whole documents in, whole documents out."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jointops.operations import planrules
from jointops.operations.editing import Basics, merged, with_basics, with_participant
from jointops.operations.plandoc import (
    Participant,
    Period,
    Phases,
    Reporting,
    ReportingException,
)
from tests.builders import FIRST_DAY, LAST_DAY, plan

PHASES = Phases(
    preparatory=Period(start=date(2027, 4, 1), end=date(2027, 5, 2)),
    follow_up=Period(start=date(2027, 5, 8), end=date(2027, 6, 30)),
)


def test_nothing_given_changes_nothing() -> None:
    assert with_basics(plan(), Basics()) == plan()


def test_another_first_day_moves_everything_along() -> None:
    moved = with_basics(plan(phases=PHASES), Basics(start=FIRST_DAY + timedelta(days=7)))
    assert moved.period == Period(start=date(2027, 5, 10), end=date(2027, 5, 14))
    assert moved.phases.preparatory == Period(start=date(2027, 4, 8), end=date(2027, 5, 9))
    assert moved.tasks[0].days == (date(2027, 5, 10), date(2027, 5, 14))


def test_another_last_day_takes_what_hangs_on_it_along() -> None:
    reporting = Reporting(exceptions=(ReportingException(units=("RS-POLICE",), days=(FIRST_DAY, LAST_DAY)),))
    shorter = with_basics(plan(phases=PHASES, reporting=reporting), Basics(end=date(2027, 5, 5)))
    assert shorter.phases.follow_up == Period(start=date(2027, 5, 6), end=date(2027, 6, 30))
    assert shorter.reporting.exceptions[0].days == (FIRST_DAY,)
    assert planrules.check(shorter) == []


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(0, 30))
def test_a_plan_that_was_right_is_right_with_any_other_period(start: date, days: int) -> None:
    moved = with_basics(plan(phases=PHASES), Basics(start=start, end=start + timedelta(days=days)))
    assert moved.period == Period(start=start, end=start + timedelta(days=days))
    assert planrules.check(moved) == []


def test_texts_change_in_their_language_only() -> None:
    assert merged({"en": "One", "fr": "Un"}, {"en": "Two"}) == {"en": "Two", "fr": "Un"}
    assert merged({"en": "One", "fr": "Un"}, {"en": " "}) == {"fr": "Un"}


def test_greece_and_the_united_kingdom_lead_under_either_code() -> None:
    assert with_basics(plan(), Basics(lead="EL")).lead == "GR"


def test_a_participant_takes_the_place_of_the_same_party() -> None:
    changed = with_participant(plan(), Participant(party="RS", role="observer"))
    assert [item.party for item in changed.participants] == ["ES", "RS", "europol"]
    assert changed.tasks[0].units == ("ES-BORDER",)
    added = with_participant(plan(), Participant(party="RO"))
    assert [item.party for item in added.participants] == ["ES", "RS", "europol", "RO"]
