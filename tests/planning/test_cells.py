"""Sections as forms: a plan's data to cells and back, what a form changes, and taking that to a later version."""

from __future__ import annotations

from dataclasses import replace
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
