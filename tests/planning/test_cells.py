"""Sections as forms: a plan's data to cells and back, what a form changes, and taking that to a later version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.operations import planfile
from jointops.operations.plandoc import PlanDocument, Risk, Target
from jointops.planning.cells import apply, carry_over, cells_of, changes, locate
from jointops.planning.shape import Outline, outlines
from tests import builders
from tests.properties.test_planfile import plans

RISKS = (
    Risk(code="R1", title={"en": "Leaks", "fr": "Fuites"}, likelihood="low", impact="high"),
    Risk(code="R2", title={"en": "Late returns"}, likelihood="high", impact="low"),
)


def outline(code: str) -> Outline:
    return outlines()[code]


def data(document: PlanDocument | None = None, **changed: Any) -> dict[str, Any]:
    return planfile.to_data(document or builders.plan(**changed))


def put(section: str, cells: dict[str, str], **changed: Any) -> PlanDocument:
    applied = apply([outline(section)], data(**changed), cells)
    assert applied.problems == ()
    return planfile.from_data(applied.data)


@settings(max_examples=12)
@given(plans())
def test_a_plan_whose_forms_are_put_back_unchanged_is_the_same_plan(document: PlanDocument) -> None:
    kept = data(document)
    for section in outlines().values():
        cells = cells_of(section, kept)
        assert all(locate(section, name) for name in cells)
        assert changes(section, cells, cells) == {}
        assert planfile.stored(apply([section], kept, cells).data) == document


def test_what_is_typed_is_put_where_its_pointer_says() -> None:
    changed = put(
        "objectives", {"/objectives/0/target/at_least": "150", "/objectives/0/title/fr": "Des armes"}
    )
    (objective,) = changed.objectives
    assert objective.target == Target(at_least=Decimal("150"))
    assert objective.title == {"en": "Take firearms off the market", "fr": "Des armes"}


def test_rows_are_added_and_taken_out_and_keep_their_places_in_the_form() -> None:
    cells = {
        "/risks/0/@remove": "true",
        "/risks/2/code": "R3",
        "/risks/2/title/en": "Weather",
        "/risks/2/likelihood": "medium",
        "/risks/2/impact": "medium",
        "/risks/3/code": "",
    }
    applied = apply([outline("risks")], data(risks=RISKS), cells)
    assert [risk["code"] for risk in applied.data["risks"]] == ["R2", "R3"]
    assert applied.in_form("/risks/1/impact") == "/risks/2/impact"
    assert put("risks", {"/risks/0/@remove": "1", "/risks/1/@remove": "1"}, risks=RISKS).risks == ()


def test_lists_in_rows_and_short_forms_are_written_too() -> None:
    changed = put(
        "objectives",
        {
            "/indicators/1/required": "true",
            "/indicators/0/categories/0/code": "firearms",
            "/indicators/0/action_areas": "firearms",
        },
    )
    assert changed.indicators[1].required
    assert [category.code for category in changed.indicators[0].categories] == ["firearms"]
    assert changed.indicators[0].action_areas == ("firearms",)


def test_the_grid_invites_and_takes_out_parties_and_authorities() -> None:
    changed = put(
        "participants",
        {
            "/participants/@ES/customs": "",
            "/participants/@RO": "true",
            "/participants/@RO/police": "true",
            "/participants/@europol": "",
        },
    )
    assert [item.party for item in changed.participants] == ["ES", "RS", "RO"]
    assert [unit.code for unit in changed.units()] == ["ES-POLICE", "ES-BORDER", "RS-POLICE", "RO-POLICE"]


def test_what_belongs_to_no_field_is_refused_and_a_text_does_not_hide_a_reason() -> None:
    applied = apply([outline("risks")], data(), {"/lead": "RS", "/risks/x/code": "R1"})
    assert [problem.code for problem in applied.problems] == ["unknown-field", "unknown-field"]
    reason = {"/sections/judicial/not_applicable/en": "No arrests.", "/sections/judicial/en": ""}
    section = put("judicial", reason).sections["judicial"]
    assert (section.text, section.not_applicable) == ({}, {"en": "No arrests."})


def test_only_what_differs_is_a_change() -> None:
    section, base = outline("risks"), cells_of(outline("risks"), data(risks=RISKS))
    sent = {
        "/risks/0/title/en": "Leaks\r\n",
        "/risks/0/impact": "low",
        "/risks/0/@remove": "",
        "/nowhere": "x",
    }
    assert changes(section, base, sent) == {"/risks/0/impact": "low"}
    french = changes(section, base, {"/risks/1/title/fr": "Retards"}, {"/risks/0/impact": "low"})
    assert french == {"/risks/1/title/fr": "Retards", "/risks/0/impact": "low"}
    new = {"/risks/2/code": "R3", "/risks/2/@remove": "true"}
    assert changes(section, base, new) == {}


def test_a_draft_follows_its_rows_into_a_later_version() -> None:
    section = outline("risks")
    before, after = data(risks=RISKS), data(risks=(RISKS[1], replace(RISKS[0], impact="medium")))
    cells = {
        "/risks/0/impact": "low",
        "/risks/1/title/en": "Late",
        "/risks/2/code": "R9",
        "/risks/0/title/fr": "Fuite",
    }
    carried = carry_over(section, cells, before, after)
    assert carried.cells == {
        "/risks/1/impact": "low",
        "/risks/0/title/en": "Late",
        "/risks/2/code": "R9",
        "/risks/1/title/fr": "Fuite",
    }
    assert [(clash.name, clash.theirs) for clash in carried.clashes] == [("/risks/1/impact", "medium")]
    same = carry_over(section, {"/risks/0/impact": "medium"}, before, after)
    assert (same.cells, same.clashes) == ({}, ())


@pytest.mark.parametrize("places", [{"/risks/999999/code": "R1"}])
def test_a_form_cannot_make_thousands_of_rows(places: dict[str, str]) -> None:
    applied = apply([outline("risks")], data(), places)
    assert [problem.code for problem in applied.problems] == ["too-many"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_and_no_text_breaks_a_form(name: str, text: str) -> None:
    for code in ("risks", "participants", "general"):
        applied = apply([outline(code)], data(), {f"/risks/0/{name}": text, f"/{name}": text, name: text})
        assert applied.problems


def test_entries_are_put_in_another_order_and_their_problems_still_find_them() -> None:
    weather = Risk(code="R3", title={"en": "Weather"}, likelihood="low", impact="low")
    three = data(risks=(*RISKS, weather))
    cells = {"/risks/@order": "2,0,1", "/risks/0/title/en": "Leaks to the press", "/risks/3/code": "R4"}
    applied = apply([outline("risks")], three, cells)
    assert [row["code"] for row in applied.data["risks"]] == ["R3", "R1", "R2", "R4"]
    assert applied.in_form("/risks/1/title") == "/risks/0/title"
    kept = cells_of(outline("risks"), three)
    assert changes(outline("risks"), kept, {**kept, "/risks/@order": "0-2,3"}) == {}
    assert changes(outline("risks"), kept, {**kept, "/risks/@order": "1,0,2"}) == {"/risks/@order": "1,0,2"}


def test_an_order_is_carried_over_to_a_later_version_and_clashes_with_another_one() -> None:
    risks = outline("risks")
    base, order = data(risks=RISKS), {"/risks/@order": "1,0"}
    new = Risk(code="R0", title={"en": "First"}, likelihood="low", impact="low")
    later = data(risks=(new, *RISKS))
    carried = carry_over(risks, order, base, later)
    assert carried.clashes == ()
    assert [row["code"] for row in apply([risks], later, carried.cells).data["risks"]] == ["R0", "R2", "R1"]
    three = (*RISKS, replace(new, code="R3"))
    (clash,) = carry_over(
        risks, {"/risks/@order": "1,0,2"}, data(risks=three), data(risks=three[::-1])
    ).clashes
    assert (clash.name, clash.theirs) == ("/risks/@order", "R3, R2, R1")
    same = carry_over(risks, order, base, data(risks=RISKS[::-1]))
    assert (same.cells, same.clashes) == ({}, ())


def test_exchange_rates_publications_and_indicators_of_the_plans_own_are_fields() -> None:
    rates = put("reporting", {"/reporting/exchange_rates/GBP": "1.17", "/reporting/exchange_rates/USD": ""})
    assert rates.reporting.exchange_rates == {"GBP": Decimal("1.17")}
    told = put(
        "communication",
        {
            "/publications/0/code": "P1",
            "/publications/0/by": "Europol",
            "/publications/0/known_at": "2027-05-07T23:59",
            "/publications/0/figures/0/indicator": "persons-arrested",
            "/publications/0/figures/0/quantity": "17",
            "/publications/0/figures/0/adopted": "false",
        },
    )
    (publication,) = told.publications
    assert publication.known_at == datetime(2027, 5, 7, 21, 59, tzinfo=UTC)
    assert publication.figures[0].adopted is False
    cells = cells_of(outline("communication"), planfile.to_data(told))
    assert cells["/publications/0/known_at"] == "2027-05-07T23:59"
    assert cells["/publications/0/figures/0/adopted"] == "false"
    own = put(
        "objectives",
        {
            "/indicators/9/code": "drones-seized",
            "/indicators/9/label/en": "Drones seized",
            "/indicators/9/unit": "pieces",
            "/indicators/9/aggregation": "sum",
        },
    )
    assert own.indicators[-1].label == {"en": "Drones seized"}


def test_a_rule_of_returns_is_written_in_the_form() -> None:
    data = planfile.to_data(builders.plan())
    typed = {
        "/reporting/rules/0/code": "arrests-at-most",
        "/reporting/rules/0/message/en": "More than forty.",
        "/reporting/rules/0/operator": "at-most",
        "/reporting/rules/0/severity": "warning",
        "/reporting/rules/0/left/0/indicator": "persons-arrested",
        "/reporting/rules/0/right/0/number": "40",
        "/reporting/without_rules": "hits-of-checks",
        "/reporting/quiet_hours/since": "22:00",
        "/reporting/quiet_hours/until": "06:00",
        "/reporting/reminders/0/minutes": "-30",
        "/reporting/reminders/0/to": "unit",
    }
    applied = apply([outlines()["reporting"]], data, typed)
    assert applied.problems == ()
    reporting = planfile.from_data(applied.data).reporting
    assert [(rule.code, rule.severity) for rule in reporting.rules] == [("arrests-at-most", "warning")]
    assert (reporting.without_rules, reporting.reminders[0].minutes) == (("hits-of-checks",), -30)
    assert reporting.quiet_hours is not None
