"""Changes to a plan: whole documents in, whole documents out."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from jointops.kernel.errors import Invalid
from jointops.operations import forms, planrules
from jointops.operations.editing import Basics, merged, with_basics, with_participant, with_participants
from jointops.operations.plandoc import (
    Participant,
    Period,
    Phases,
    PlanUnit,
    Reporting,
    ReportingException,
    Section,
    Target,
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


def test_the_grid_keeps_units_and_gives_new_ones_the_usual_code() -> None:
    special = Participant(party="ES", units=(PlanUnit(code="ES-GUARDIA", authority="police"),))
    document = plan(participants=(special, Participant(party="europol")), tasks=())
    changed = with_participants(
        document, {"ES": frozenset({"police", "customs"}), "RO": frozenset({"border-guard"})}
    )
    assert [unit.code for unit in changed.units()] == ["ES-GUARDIA", "ES-CUSTOMS", "RO-BORDER"]
    assert [item.party for item in changed.participants] == ["ES", "RO"]


def test_a_task_without_units_goes_with_them() -> None:
    assert with_participants(plan(), {"ES": frozenset({"police"})}).tasks == ()


# --- Forms ---

BASICS = {
    "summary": "Five days against illicit firearms.",
    "title": "Example joint action days",
    "start": "2027-05-03",
    "end": "2027-05-07",
    "lead": "ES",
    "deadline": "20:00",
    "deadline_day": "same",
    "grace_minutes": "60",
    "freeze_days_after_end": "30",
    "objective-0-code": "O1",
    "objective-0-title": "Take firearms off the market",
    "objective-0-action_area": "firearms",
    "objective-0-indicator": "firearms-seized",
    "objective-0-bound": "at_least",
    "objective-0-quantity": "100",
}


def form(**changes: str) -> Any:
    return MultiDict({**BASICS, **{name.replace("__", "-"): value for name, value in changes.items()}})


def pointers(call: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        call()
    return [problem.pointer for problem in caught.value.problems]


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    assert forms.basics(plan(), form(), "en").document == plan()


def test_a_form_changes_what_was_typed() -> None:
    changed = forms.basics(
        plan(),
        form(title="Other", deadline="09:30", deadline_day="next", objective__0__quantity="150.5"),
        "en",
    ).document
    assert changed.title == {"en": "Other", "fr": "Journées d’action communes"}
    assert (changed.reporting.deadline, changed.reporting.deadline_day) == (time(9, 30), "next")
    assert changed.objectives[0].target == Target(at_least=Decimal("150.5"))


def test_objectives_are_added_and_removed() -> None:
    new = {
        "objective__1__code": "O2",
        "objective__1__title": "Cocaine",
        "objective__1__indicator": "cocaine-seized",
        "objective__1__bound": "at_most",
        "objective__1__quantity": "5",
        "objective__1__unit": "kg",
    }
    edited = forms.basics(plan(), form(objective__0__remove="true", **new), "en")
    (objective,) = edited.document.objectives
    assert (objective.code, objective.target) == ("O2", Target(at_most=Decimal(5), unit="kg"))
    assert edited.fields["/objectives/0/target/at_most"] == "objective-1-quantity"


def test_what_cannot_be_read_is_named_by_its_field() -> None:
    wrong = form(
        start="tomorrow",
        deadline="8 pm",
        grace_minutes="-5",
        freeze_days_after_end="",
        objective__0__quantity="many",
    )
    assert pointers(lambda: forms.basics(plan(), wrong, "en")) == [
        "/start",
        "/deadline",
        "/grace_minutes",
        "/freeze_days_after_end",
        "/objective-0-quantity",
    ]


def test_the_grid_ticks_units_and_keeps_those_of_agencies() -> None:
    agency = Participant(party="frontex", units=(PlanUnit(code="FRONTEX-OPS", authority="border-guard"),))
    document = plan(participants=(*plan().participants, agency))
    ticked = MultiDict([("party", "ES"), ("unit", "ES:police"), ("unit", "RO:customs"), ("party", "frontex")])
    changed = forms.participants(document, ticked).document
    assert [unit.code for unit in changed.units()] == ["ES-POLICE", "FRONTEX-OPS", "RO-CUSTOMS"]
    assert pointers(lambda: forms.participants(document, MultiDict())) == ["/participants"]
    assert pointers(lambda: forms.participants(document, MultiDict(party="Atlantis"))) == ["/participants"]


def test_texts_are_written_or_declared_not_applicable() -> None:
    sent = MultiDict(
        {
            "sections-judicial": "",
            "not-applicable-judicial": "No arrests planned.",
            "sections-risks": "Leaks.",
            "sections-concept": "",
            "not-applicable-concept": "",
            "safeguards-complaints": "",
        }
    )
    changed = forms.texts(plan(), sent, "en").document
    assert changed.sections["judicial"] == Section(not_applicable={"en": "No arrests planned."})
    assert changed.sections["risks"] == Section(text={"en": "Leaks."})
    assert "concept" not in changed.sections
    assert changed.safeguards.complaints == {}
    both = MultiDict({"sections-risks": "Leaks.", "not-applicable-risks": "None."})
    assert pointers(lambda: forms.texts(plan(), both, "en")) == ["/sections-risks"]


def test_texts_that_were_not_sent_stay() -> None:
    assert forms.texts(plan(), MultiDict(), "en").document == plan()
