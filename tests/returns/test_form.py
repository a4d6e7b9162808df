"""The form of a return by itself: what is typed is kept, and says what was typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from jointops.kernel.errors import Invalid
from jointops.operations import planindicators
from jointops.operations.plandoc import ActionArea, PlanIndicator
from jointops.returns import rules
from jointops.returns.intake import form
from jointops.returns.submission import from_data
from tests import builders

ZONE = "Europe/Amsterdam"
PLAN = builders.plan(
    action_areas=(
        ActionArea(code="firearms", title={"en": "Illicit firearms"}),
        ActionArea(code="drugs", title={"en": "Drugs"}),
    ),
    indicators=(
        PlanIndicator(code="persons-arrested"),
        PlanIndicator(code="cocaine-seized", action_areas=("firearms", "drugs")),
        PlanIndicator(code="firearms-seized", action_areas=("firearms",)),
    ),
)
INDICATORS = tuple(planindicators.asked(PLAN).values())
CATEGORIES = tuple(INDICATORS[0].categories)


def typed(**fields: str) -> form.Form:
    return form.typed(MultiDict(fields), INDICATORS)


def submission(made: form.Form) -> Any:
    return form.sent(made, INDICATORS, ZONE, submit=True).submission


def recorded(content: dict[str, Any]) -> form.Form:
    return form.recorded(content, INDICATORS, ZONE, version=1, plan_version=1)


def test_an_empty_form_says_nothing() -> None:
    assert submission(typed()).values == ()
    assert typed().version == 0


def test_an_asked_line_says_its_figure() -> None:
    made = typed(**{"q.cocaine-seized.": " 1500 ", "u.cocaine-seized.": "g", "a.cocaine-seized": "drugs"})
    value = submission(made).values[0]
    assert (value.quantity, value.unit, value.action_area) == (" 1500 ", "g", "drugs")


def test_the_usual_unit_need_not_be_said() -> None:
    made = typed(**{"q.cocaine-seized.": "1", "u.cocaine-seized.": "kg"})
    assert submission(made).values[0].unit is None


def test_a_row_is_added_behind_the_last_and_keeps_what_is_there() -> None:
    made = typed(**{"x3.indicator": "persons-arrested", "x3.quantity": "1", "narrative": "Quiet."})
    more = made.with_figure().with_incident()
    assert [row.number for row in more.figures] == [3, 4]
    assert [row.number for row in more.incidents] == [1]
    assert (more.figures[0].quantity, more.narrative) == ("1", "Quiet.")


def test_a_problem_leads_to_its_field() -> None:
    made = typed(
        **{
            "q.persons-arrested.": "",
            "q.persons-arrested.firearms": "2",
            "x2.quantity": "3",
            "x5.quantity": "4",
            "i1.reference": "ES-1",
            "i1.joint_with": "RS-POLICE",
        }
    )
    fields = form.sent(made, INDICATORS, ZONE, submit=True).fields
    assert fields["/values/0/quantity"] == "q.persons-arrested.firearms"
    assert fields["/values/0/unit"] == "q.persons-arrested.firearms", "it has one unit, so there is no choice"
    assert fields["/values/1/quantity"] == "x2.quantity"
    assert fields["/values/2/category"] == "x5.category"
    assert fields["/incidents/0/reference"] == "i1.reference"
    assert fields["/incidents/0/joint_with/0"] == "i1.joint_with.1"


def test_an_incident_is_on_the_clocks_of_the_operation() -> None:
    made = typed(**{"i1.reference": "ES-1", "i1.indicator": "firearms-seized", "i1.at": "2027-05-03T14:20"})
    at = submission(made).incidents[0].at
    assert datetime.fromisoformat(at) == datetime(2027, 5, 3, 12, 20, tzinfo=UTC)


def test_figures_of_two_areas_stand_in_rows_of_their_own() -> None:
    content = {
        "values": [
            {"indicator": "cocaine-seized", "action_area": "drugs", "quantity": "1"},
            {"indicator": "cocaine-seized", "action_area": "firearms", "quantity": "2"},
        ]
    }
    made = recorded(content)
    assert made.areas["cocaine-seized"] == "drugs"
    assert [(row.action_area, row.quantity) for row in made.figures] == [("firearms", "2")]


def test_more_rows_than_a_person_types_are_refused_rather_than_left_out() -> None:
    with pytest.raises(Invalid, match="too-many-rows"):
        typed(**{f"x{number}.quantity": "1" for number in range(1, 1000)})


amounts = st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False).map(lambda n: f"{n:f}")
values = st.fixed_dictionaries(
    {
        "indicator": st.sampled_from(["persons-arrested", "cocaine-seized", "firearms-seized"]),
        "quantity": amounts,
    },
    optional={
        "unit": st.sampled_from(["g", "t"]),
        "category": st.sampled_from(CATEGORIES),
        "action_area": st.sampled_from(["firearms", "drugs"]),
        "phase": st.sampled_from(["preparatory", "action-days"]),
        "scope": st.sampled_from(["operation", "other"]),
    },
)


def _key(value: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(value.get(name) for name in ("indicator", "category", "action_area", "phase", "scope"))


@given(st.lists(values, max_size=8, unique_by=_key), st.text(max_size=40).map(str.strip))
def test_what_is_on_record_comes_back_from_its_form(reported: list[dict[str, str]], narrative: str) -> None:
    narrative = narrative.replace("\r\n", "\n")
    content = rules.content(from_data({"values": reported, "narrative": narrative}))
    assert rules.content(submission(recorded(content))) == content


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "q.persons-arrested.",
                "q.cocaine-seized.",
                "x1.indicator",
                "x1.quantity",
                "i1.reference",
                "i2.at",
                "nil",
            ]
        ),
        st.text(max_size=20),
    )
)
def test_whatever_is_typed_is_shown_again(fields: dict[str, str]) -> None:
    made = typed(**fields)
    by_name = {line.name: line.quantity for line in made.lines}
    for row in made.figures:
        by_name |= {row.name(name): getattr(row, name) for name in form.FIGURE_FIELDS}
    for incident in made.incidents:
        by_name |= {incident.name(name): getattr(incident, name) for name in form.INCIDENT_FIELDS}
    assert all(by_name[name] == text for name, text in fields.items() if name != "nil")
    assert form.sent(made, INDICATORS, ZONE, submit=True).submission.nil == bool(fields.get("nil"))


def test_the_figures_of_the_day_before_are_shown_where_one_line_says_them() -> None:
    content = {
        "values": [
            {"indicator": "cocaine-seized", "quantity": "1", "unit": "g"},
            {"indicator": "persons-arrested", "quantity": "3", "action_area": "drugs"},
            {"indicator": "persons-arrested", "quantity": "4", "action_area": "firearms"},
        ]
    }
    assert form.previous_figures(content) == {("cocaine-seized", ""): ("1", "g")}
    assert form.previous_figures(None) == {}
