"""What a form says once it is sent: units behind numbers, decimal commas, what is not of the operation, places."""

from __future__ import annotations

import pytest
from webob.multidict import MultiDict

from jointops.returns.intake import form
from jointops.returns.intake.sent import Place, with_its_unit
from tests.returns.test_form import INDICATORS, ZONE, recorded, submission, typed

KNOWN = {item.code: item for item in INDICATORS}


@pytest.mark.parametrize(
    "written, said",
    [
        ("1500 g", ("1500", "g")),
        ("1500g", ("1500", "g")),
        ("2 KG", ("2", "kg")),
        ("1,5 t", ("1.5", "t")),
        ("1,5", ("1.5", "kg")),
        ("1,500", ("1,500", "kg")),
        ("1,500 g", ("1,500", "g")),
        ("12 litres", ("12 litres", "kg")),
        ("-1 g", ("-1 g", "kg")),
        ("1.2.3 g", ("1.2.3 g", "kg")),
    ],
)
def test_a_unit_may_be_typed_behind_the_number(written: str, said: tuple[str, str]) -> None:
    assert with_its_unit(written, "kg", KNOWN["cocaine-seized"]) == said


def test_what_is_not_of_the_operation_stands_apart_and_comes_back() -> None:
    made = typed(**{"q.cocaine-seized.": "2", "o.cocaine-seized.": "500 g", "c.cocaine-seized.": "weighed"})
    own, other = submission(made).values
    assert (own.quantity, own.unit, own.scope, own.certainty) == ("2", None, None, "weighed")
    assert (other.quantity, other.unit, other.scope, other.certainty) == ("500", "g", "other", None)


def test_an_incident_at_a_known_place_lies_there() -> None:
    made = typed(
        **{"i1.reference": "ES-1", "i1.place": "giurgiu", "i2.reference": "ES-2", "i2.latitude": "43,5"}
    )
    places = (Place("Giurgiu", "43.9", "25.97"),)
    first, second = form.sent(made, INDICATORS, ZONE, submit=True, places=places).submission.incidents
    assert (first.latitude, first.longitude) == ("43.9", "25.97")
    assert (second.latitude, second.longitude) == ("43.5", None)


def test_as_on_the_day_before_takes_units_and_areas_but_never_a_figure() -> None:
    before = recorded(
        {
            "values": [
                {
                    "indicator": "cocaine-seized",
                    "quantity": "1500",
                    "unit": "g",
                    "action_area": "drugs",
                    "certainty": "weighed",
                    "seizures": 3,
                }
            ],
            "incidents": [
                {"reference": "ES-1", "indicator": "cocaine-seized", "quantity": "1", "place": "Port"}
            ],
            "narrative": "Yesterday.",
        }
    )
    made = form.as_the_day_before(typed(), before)
    line = next(line for line in made.lines if line.indicator == "cocaine-seized")
    assert (line.unit, line.certainty, made.areas["cocaine-seized"]) == ("g", "weighed", "drugs")
    assert (line.quantity, line.seizures, made.incidents, made.narrative) == ("", "", (), "")


def test_an_indicator_that_was_looked_up_has_a_line_of_its_own() -> None:
    others = {item.code: item for item in INDICATORS[1:]}
    made = form.typed(MultiDict({"more": "cocaine-seized", "q.cocaine-seized.": "1"}), INDICATORS[:1], others)
    assert made.more == ("cocaine-seized",)
    assert [value.indicator for value in submission(made).values] == ["cocaine-seized"]
