"""What makes a return right, as plain rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid
from jointops.returns import rules
from jointops.returns.models import Phase, Scope
from jointops.returns.rules import IndicatorRule, Rulebook
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry

DAY = date(2027, 5, 3)


def indicator(
    code: str, unit: str, *accepted: str, part_of: str | None = None, **more: object
) -> IndicatorRule:
    categories: frozenset[str] = frozenset({"drugs", "firearms"})
    return IndicatorRule(code, unit, (unit, *accepted), categories, (), part_of, **more)  # type: ignore[arg-type]


RULEBOOK = Rulebook(
    operation="EXAMPLE-2027",
    plan_number=1,
    first_day=date(2027, 5, 1),
    last_day=date(2027, 5, 9),
    starts_on=DAY,
    ends_on=date(2027, 5, 7),
    indicators={
        rule.code: rule
        for rule in (
            indicator("persons-arrested", "persons"),
            indicator("victims-identified", "persons"),
            indicator("minors-safeguarded", "persons", part_of="victims-identified"),
            indicator("cocaine-seized", "kg", "g", "t"),
            indicator("cash-seized", "EUR", "USD"),
        )
    },
    action_areas=frozenset({"drugs"}),
    units={"ES-POLICE": frozenset({"persons-arrested"}), "RS-POLICE": frozenset()},
    rates={"USD": Decimal("0.5")},
)


def value(code: str, quantity: str, **more: str) -> ValueEntry:
    return ValueEntry(indicator=code, quantity=quantity, **more)


def check(*values: ValueEntry, rulebook: Rulebook = RULEBOOK, **more: object) -> rules.Checked:
    return rules.check(Submission(values=values, **more), rulebook, "ES-POLICE", DAY)  # type: ignore[arg-type]


def codes(*values: ValueEntry, **more: object) -> list[str]:
    with pytest.raises(Invalid) as refused:
        check(*values, **more)  # type: ignore[arg-type]
    return [problem.code for problem in refused.value.problems]


def test_quantities_come_out_in_the_base_unit() -> None:
    lines = check(value("cocaine-seized", "1500", unit="g"), value("cash-seized", "10", unit="USD")).lines
    assert [line.quantity for line in lines] == [Decimal("1.5"), Decimal(5)]


def test_a_value_has_the_phase_of_its_day_and_belongs_to_the_operation_unless_it_says_otherwise() -> None:
    first, second = check(
        value("persons-arrested", "1"), value("persons-arrested", "2", scope="other", phase="preparatory")
    ).lines
    assert (first.phase, first.scope) == (Phase.ACTION_DAYS, Scope.OPERATION)
    assert (second.phase, second.scope) == (Phase.PREPARATORY, Scope.OTHER)


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2027, 5, 2), Phase.PREPARATORY),
        (date(2027, 5, 3), Phase.ACTION_DAYS),
        (date(2027, 5, 7), Phase.ACTION_DAYS),
        (date(2027, 5, 8), Phase.FOLLOW_UP),
    ],
)
def test_phases_follow_the_action_days(day: date, phase: Phase) -> None:
    assert rules.phase_of(RULEBOOK, day) is phase


def test_kilograms_never_add_to_pieces() -> None:
    assert codes(value("cocaine-seized", "3", unit="pieces")) == ["unit-mismatch"]
    assert codes(value("persons-arrested", "3", unit="kg")) == ["unit-mismatch"]


def test_a_unit_of_the_right_dimension_that_the_plan_does_not_take_is_refused() -> None:
    assert codes(value("cash-seized", "3", unit="GBP")) == ["unit-mismatch"]


def test_what_a_total_leaves_over_is_not_specified() -> None:
    lines = check(value("persons-arrested", "17"), value("persons-arrested", "5", category="drugs")).lines
    assert {line.category: line.quantity for line in lines} == {"": 12, "drugs": 5}


def test_a_total_that_its_parts_fill_leaves_nothing_over() -> None:
    lines = check(value("persons-arrested", "5"), value("persons-arrested", "5", category="drugs")).lines
    assert [(line.category, line.quantity) for line in lines] == [("drugs", 5)]


def test_zero_is_a_figure() -> None:
    assert [line.quantity for line in check(value("persons-arrested", "0")).lines] == [0]


def test_parts_never_exceed_their_total() -> None:
    assert codes(value("persons-arrested", "4"), value("persons-arrested", "5", category="drugs")) == [
        "parts-exceed-total"
    ]


def test_an_of_which_never_exceeds_its_whole() -> None:
    assert codes(value("victims-identified", "2"), value("minors-safeguarded", "3")) == ["parts-exceed-total"]


def test_an_of_which_alone_is_taken_because_missing_is_not_zero() -> None:
    assert check(value("minors-safeguarded", "3")).lines


def test_a_part_is_compared_within_its_scope() -> None:
    assert codes(
        value("victims-identified", "2"),
        value("victims-identified", "9", scope="other"),
        value("minors-safeguarded", "3"),
    ) == ["parts-exceed-total"]


def test_the_same_row_twice_is_refused() -> None:
    assert codes(value("persons-arrested", "1"), value("persons-arrested", "1")) == ["duplicate-row"]


def test_the_same_indicator_in_another_scope_is_another_row() -> None:
    assert (
        len(check(value("persons-arrested", "1"), value("persons-arrested", "1", scope="other")).lines) == 2
    )


def test_an_empty_return_is_not_a_nil_return() -> None:
    assert codes() == ["return-empty"]
    assert check(nil=True).lines == ()


def test_an_empty_draft_is_kept() -> None:
    assert check(submit=False).lines == ()


def test_a_required_indicator_must_be_there_for_units_that_are_asked() -> None:
    required = {
        **RULEBOOK.indicators,
        "persons-arrested": indicator("persons-arrested", "persons", required=True),
    }
    rulebook = replace(RULEBOOK, indicators=required)
    assert codes(value("cocaine-seized", "1"), rulebook=rulebook) == ["indicator-missing"]
    assert rules.check(Submission(values=(value("cocaine-seized", "1"),)), rulebook, "RS-POLICE", DAY).lines


def test_an_area_is_taken_from_the_indicator_that_has_only_one() -> None:
    only = {
        **RULEBOOK.indicators,
        "cocaine-seized": replace(RULEBOOK.indicators["cocaine-seized"], action_areas=("drugs",)),
    }
    assert (
        check(value("cocaine-seized", "1"), rulebook=replace(RULEBOOK, indicators=only)).lines[0].action_area
        == "drugs"
    )


def test_an_incident_adds_its_own_line() -> None:
    entry = IncidentEntry(reference="A-1", indicator="cocaine-seized", quantity="2", unit="kg")
    checked = check(incidents=(entry,))
    assert [incident.line.quantity for incident in checked.incidents] == [2]
    assert checked.lines == ()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (IncidentEntry(reference=" ", indicator="cocaine-seized", quantity="2"), "reference-missing"),
        (
            IncidentEntry(reference="A", indicator="cocaine-seized", quantity="2", at="yesterday"),
            "not-an-instant",
        ),
        (
            IncidentEntry(reference="A", indicator="cocaine-seized", quantity="2", at="2027-05-03T14:20:00"),
            "not-an-instant",
        ),
        (
            IncidentEntry(reference="A", indicator="cocaine-seized", quantity="2", joint_with=("XX-1",)),
            "unit-unknown",
        ),
        (
            IncidentEntry(reference="A", indicator="cocaine-seized", quantity="2", joint_with=("ES-POLICE",)),
            "joint-with-itself",
        ),
        (IncidentEntry(reference="A" * 81, indicator="cocaine-seized", quantity="2"), "text-too-long"),
        (IncidentEntry(reference="A\x00", indicator="cocaine-seized", quantity="2"), "text-unreadable"),
    ],
)
def test_a_wrong_incident_is_refused(entry: IncidentEntry, code: str) -> None:
    assert codes(incidents=(entry,)) == [code]


def test_two_incidents_cannot_share_a_reference() -> None:
    entry = IncidentEntry(reference="A-1", indicator="cocaine-seized", quantity="2")
    assert codes(incidents=(entry, entry)) == ["duplicate-row"]


def test_texts_have_an_end() -> None:
    assert codes(value("persons-arrested", "1"), narrative="x" * (rules.MAX_TEXT + 1)) == ["text-too-long"]


def test_a_problem_says_what_would_be_accepted() -> None:
    with pytest.raises(Invalid) as refused:
        check(value("persons-arrested", "1", category="unicorns"))
    assert refused.value.problems[0].accepted == ("drugs", "firearms")


VALUES = st.lists(
    st.builds(
        value,
        st.sampled_from(sorted(RULEBOOK.indicators)),
        st.integers(0, 10**6).map(str),
        category=st.sampled_from(["", "drugs", "firearms"]),
        scope=st.sampled_from(["operation", "other"]),
    ),
    min_size=1,
    max_size=8,
)


@given(values=VALUES)
def test_whatever_is_accepted_adds_up(values: list[ValueEntry]) -> None:
    try:
        checked = check(*values)
    except Invalid:
        return
    for code in RULEBOOK.indicators:
        for scope in Scope:
            given = [v for v in values if v.indicator == code and v.scope == scope]
            totals = [Decimal(v.quantity) for v in given if not v.category]
            parts = sum((Decimal(v.quantity) for v in given if v.category), Decimal(0))
            lines = sum(
                (n.quantity for n in checked.lines if n.indicator == code and n.scope == scope), Decimal(0)
            )
            assert lines == (totals[0] if totals else parts)


@given(values=VALUES, seed=st.randoms())
def test_the_order_of_rows_does_not_matter_for_the_content(values: list[ValueEntry], seed: object) -> None:
    shuffled = list(values)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rules.content(Submission(values=tuple(values))) == rules.content(
        Submission(values=tuple(shuffled))
    )


def test_what_goes_without_saying_makes_no_other_content() -> None:
    spelt_out = check(value("cocaine-seized", "3.0", unit="kg", scope="operation")).content
    assert spelt_out == check(value("cocaine-seized", "3")).content
    assert spelt_out != check(value("cocaine-seized", "3000", unit="g")).content
