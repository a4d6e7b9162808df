"""What is probably wrong in a return: each doubt is kept with a reason, and is no obstacle to a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid, Problem
from jointops.operations.plandoc import ReturnRule, Term
from jointops.returns import rules
from jointops.returns.checked import Rulebook
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests.returns.test_rules import DAY, RULEBOOK, value

ARRESTS, VICTIMS = Term(indicator="persons-arrested"), Term(indicator="victims-identified")


def rule(operator: str = "at-most", **more: object) -> ReturnRule:
    given: dict[str, object] = {"left": (VICTIMS,), "right": (ARRESTS,), "message": {"en": "Look again."}}
    return ReturnRule(code="look-again", operator=operator, **given | more)  # type: ignore[arg-type]


def book(*wanted: ReturnRule) -> Rulebook:
    return replace(RULEBOOK, rules=wanted)


def problems(submission: Submission, rulebook: Rulebook = RULEBOOK, **so_far: str) -> list[Problem]:
    earlier = {(code.replace("_", "-"), ""): Decimal(quantity) for code, quantity in so_far.items()}
    try:
        rules.check(submission, rulebook, "ES-POLICE", DAY, earlier)
    except Invalid as refused:
        return list(refused.problems)
    return []


def figures(**quantities: str) -> Submission:
    return Submission(
        values=tuple(value(code.replace("_", "-"), quantity) for code, quantity in quantities.items())
    )


def test_a_rule_of_the_plan_that_does_not_hold_refuses_the_return_at_its_first_figure() -> None:
    (problem,) = problems(figures(persons_arrested="2", victims_identified="3"), book(rule()))
    assert (problem.code, problem.pointer, problem.explain) == ("rule-broken", "/values/1/quantity", "")


def test_a_rule_that_holds_says_nothing() -> None:
    assert problems(figures(persons_arrested="3", victims_identified="3"), book(rule())) == []


def test_a_rule_is_left_out_where_a_figure_is_missing_unless_it_counts_as_zero() -> None:
    only = figures(victims_identified="3")
    assert problems(only, book(rule())) == []
    assert [p.code for p in problems(only, book(rule(missing="zero")))] == ["rule-broken"]


def test_a_rule_that_warns_is_kept_with_a_reason_and_flagged() -> None:
    submission, rulebook = (
        figures(persons_arrested="2", victims_identified="3"),
        book(rule(severity="warning")),
    )
    (problem,) = problems(submission, rulebook)
    assert problem.explain == "rule:look-again"
    explained = replace(submission, explanations={problem.explain: "Counted twice on purpose."})
    checked = rules.check(explained, rulebook, "ES-POLICE", DAY)
    assert checked.flags == ("rule-broken",)
    assert checked.content["explanations"] == {"rule:look-again": "Counted twice on purpose."}


def test_an_error_cannot_be_explained_away() -> None:
    submission = replace(
        figures(persons_arrested="2", victims_identified="3"), explanations={"rule:look-again": "Because."}
    )
    assert [p.code for p in problems(submission, book(rule()))] == ["rule-broken"]


def test_a_reason_for_what_is_not_in_doubt_is_not_kept() -> None:
    submission = replace(figures(persons_arrested="2"), explanations={"rule:look-again": "Because."})
    assert "explanations" not in rules.check(submission, RULEBOOK, "ES-POLICE", DAY).content


def test_a_draft_needs_no_reasons() -> None:
    submission = replace(figures(persons_arrested="2", victims_identified="3"), submit=False)
    assert problems(submission, book(rule(severity="warning"))) == []


def test_a_rule_compares_with_a_fixed_number_and_with_a_multiple() -> None:
    most = rule(left=(ARRESTS,), right=(Term(number=Decimal(10)),))
    assert [p.code for p in problems(figures(persons_arrested="11"), book(most))] == ["rule-broken"]
    twice = rule(right=(replace(ARRESTS, times=Decimal(2)),))
    assert problems(figures(persons_arrested="2", victims_identified="4"), book(twice)) == []


def test_a_rule_takes_what_was_reported_so_far() -> None:
    most = rule(left=(replace(ARRESTS, of="so-far"),), right=(Term(number=Decimal(10)),))
    assert problems(figures(persons_arrested="6"), book(most), persons_arrested="4") == []
    assert [p.code for p in problems(figures(persons_arrested="7"), book(most), persons_arrested="4")]


def test_a_rule_tells_seizures_and_incidents_from_values() -> None:
    one = IncidentEntry(reference="ES-1", indicator="cocaine-seized", quantity="3", seizures="1")
    submission = Submission(values=(value("cocaine-seized", "5", seizures="4"),), incidents=(one,))
    cocaine = Term(indicator="cocaine-seized")
    for of, amount in (("values", 5), ("incidents", 3), ("quantity", 8), ("seizures", 5)):
        same = rule("equal", left=(replace(cocaine, of=of),), right=(Term(number=Decimal(amount)),))
        assert problems(submission, book(same)) == [], of


@given(st.integers(0, 50), st.integers(0, 50))
def test_each_operator_says_what_it_is_called(left: int, right: int) -> None:
    submission = figures(victims_identified=str(left), persons_arrested=str(right))
    holds = {
        "at-most": left <= right,
        "less-than": left < right,
        "equal": left == right,
        "different": left != right,
        "at-least": left >= right,
        "more-than": left > right,
    }
    for name, expected in holds.items():
        assert (problems(submission, book(rule(name))) == []) is expected, name


@pytest.mark.parametrize("text", ["Call +34 600 123 456", "Mr Ionescu was driving", "Plate B-123-XYZ"])
def test_personal_data_in_a_narrative_is_kept_only_with_a_reason(text: str) -> None:
    submission = replace(figures(persons_arrested="2"), narrative=text)
    (problem,) = problems(submission)
    assert (problem.code, problem.pointer, problem.explain) == (
        "personal-data",
        "/narrative",
        "personal-data:narrative",
    )
    kept = replace(submission, explanations={problem.explain: "The number of the duty office."})
    assert rules.check(kept, RULEBOOK, "ES-POLICE", DAY).flags == ("personal-data",)


def test_personal_data_in_an_incident_is_named_by_its_reference() -> None:
    one = IncidentEntry(reference="ES-7", indicator="cocaine-seized", quantity="3", description="Mr Ionescu")
    (problem,) = problems(Submission(incidents=(one,)))
    assert (problem.pointer, problem.explain) == (
        "/incidents/0/description",
        "personal-data:ES-7/description",
    )


def test_a_value_that_is_just_the_sum_of_its_incidents_is_asked_about() -> None:
    one = IncidentEntry(reference="ES-1", indicator="cocaine-seized", quantity="3")
    submission = Submission(
        values=(ValueEntry(indicator="cocaine-seized", quantity="3000", unit="g"),), incidents=(one,)
    )
    (problem,) = problems(submission)
    assert (problem.code, problem.explain) == ("entered-twice", "entered-twice:cocaine-seized")
    more = replace(submission, values=(value("cocaine-seized", "4"),))
    assert problems(more) == []


def test_the_same_content_has_the_same_receipt_whether_or_not_new_fields_exist() -> None:
    said = rules.check(figures(persons_arrested="2"), RULEBOOK, "ES-POLICE", date(2027, 5, 3)).content
    assert said == {
        "values": [{"indicator": "persons-arrested", "quantity": "2"}],
        "incidents": [],
        "narrative": "",
        "nil": False,
    }
