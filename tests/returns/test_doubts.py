"""What is probably wrong in a return: each doubt is kept with a reason, and is no obstacle to a draft."""

from __future__ import annotations

from collections.abc import Collection
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
from jointops.returns.rules_sums import Earlier
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests.returns.test_rules import DAY, RULEBOOK, value

ARRESTS, VICTIMS = Term(indicator="persons-arrested"), Term(indicator="victims-identified")


def rule(operator: str = "at-most", **more: object) -> ReturnRule:
    given: dict[str, object] = {"left": (VICTIMS,), "right": (ARRESTS,), "message": {"en": "Look again."}}
    return ReturnRule(code="look-again", operator=operator, **given | more)  # type: ignore[arg-type]


def book(*wanted: ReturnRule) -> Rulebook:
    return replace(RULEBOOK, rules=wanted)


def problems(submission: Submission, rulebook: Rulebook = RULEBOOK, **so_far: str) -> list[Problem]:
    earlier = {
        (code.replace("_", "-"), ""): {
            date(2027, 5, 1 + n): Decimal(one) for n, one in enumerate(said.split())
        }
        for code, said in so_far.items()
    }
    try:
        rules.check(submission, rulebook, "ES-POLICE", date(2027, 5, 5), lambda _codes: earlier)
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


def test_a_part_that_is_just_the_sum_of_its_incidents_is_asked_about() -> None:
    one = IncidentEntry(reference="ES-1", indicator="persons-arrested", category="drugs", quantity="3")
    values = (
        value("persons-arrested", "3", category="drugs"),
        value("persons-arrested", "4", category="firearms"),
    )
    (problem,) = problems(Submission(values=values, incidents=(one,)))
    assert (problem.explain, problem.pointer) == ("entered-twice:persons-arrested", "/values/0/quantity")


@pytest.mark.parametrize(
    ("today", "before", "asked"),
    [
        ("68", "12 14 11 16", True),  # 53 and 15 of today
        ("53", "12 14 11 16", True),  # nothing today
        ("52", "12 14 11 16", False),
        ("70", "12 14 11 16", False),  # more than any day so far would explain
        ("15", "12 14 11 16", False),
        ("40", "12 14 11", False),  # three days are no series
        ("9", "2 1 2 1", False),  # small figures match by chance
        ("60", "12 26 37 53", True),  # all of them running
        ("19", "12 14 16 18", False),  # more every day, but no sum
    ],
)
def test_a_figure_that_looks_like_the_sum_since_the_beginning_is_asked_about(
    today: str, before: str, asked: bool
) -> None:
    found = problems(figures(persons_arrested=today), persons_arrested=before)
    assert [problem.explain for problem in found] == (["running-total:persons-arrested"] if asked else [])


def test_a_standing_figure_that_falls_though_it_only_rose_is_asked_about() -> None:
    standing = replace(RULEBOOK.indicators["persons-arrested"], aggregation="last")
    rulebook = replace(RULEBOOK, indicators={**RULEBOOK.indicators, "persons-arrested": standing})
    assert [
        p.code for p in problems(figures(persons_arrested="5"), rulebook, persons_arrested="6 7 8 9")
    ] == ["running-total"]
    assert problems(figures(persons_arrested="10"), rulebook, persons_arrested="6 7 8 9") == []
    assert problems(figures(persons_arrested="5"), rulebook, persons_arrested="6 7 9 8") == []


def test_earlier_days_are_asked_for_only_where_a_figure_is_compared_with_them() -> None:
    asked: list[set[str]] = []

    def earlier(codes: Collection[str]) -> Earlier:
        asked.append(set(codes))
        return {}

    rules.check(figures(persons_arrested="3"), RULEBOOK, "ES-POLICE", DAY, earlier)
    rules.check(figures(persons_arrested="30"), RULEBOOK, "ES-POLICE", RULEBOOK.first_day, earlier)
    assert asked == []
    later = date(2027, 5, 5)
    rules.check(figures(persons_arrested="30", victims_identified="2"), RULEBOOK, "ES-POLICE", later, earlier)
    assert asked == [{"persons-arrested"}]


def test_a_rule_holds_only_where_there_is_something_of_what_it_is_for() -> None:
    some = rule("at-least", left=(ARRESTS,), right=(Term(number=Decimal(1)),), when=(VICTIMS,))
    assert problems(figures(persons_arrested="0", victims_identified="0"), book(some)) == []
    assert [p.code for p in problems(figures(persons_arrested="0", victims_identified="2"), book(some))]


def test_a_rule_counts_incidents() -> None:
    incidents = tuple(
        IncidentEntry(reference=f"ES-{n}", indicator="cocaine-seized", quantity="1") for n in range(3)
    )
    counted = rule(left=(Term(indicator="cocaine-seized", of="incident-count"),), right=(ARRESTS,))
    for arrests, held in (("2", False), ("3", True)):
        submission = Submission(values=(value("persons-arrested", arrests),), incidents=incidents)
        assert (problems(submission, book(counted)) == []) is held


ABROAD = replace(RULEBOOK, countries={"ES-POLICE": "ES", "RS-POLICE": "RS"})


def at(latitude: str, longitude: str, *joint_with: str) -> Submission:
    one = IncidentEntry(
        reference="ES-1",
        indicator="cocaine-seized",
        quantity="1",
        latitude=latitude,
        longitude=longitude,
        joint_with=joint_with,
    )
    return Submission(incidents=(one,))


def test_an_incident_in_another_country_is_asked_about_unless_it_is_joint_with_a_unit_of_it() -> None:
    (problem,) = problems(at("44.79", "20.45"), ABROAD)
    assert (problem.code, problem.pointer) == ("outside-country", "/incidents/0/latitude")
    assert problem.explain == "outside-country:ES-1"
    assert problems(at("44.79", "20.45", "RS-POLICE"), ABROAD) == []
    assert problems(at("40.42", "-3.70"), ABROAD) == []


def test_a_position_with_latitude_and_longitude_exchanged_is_told_so() -> None:
    (problem,) = problems(at("-3.70", "40.42"), ABROAD)
    assert "exchanged" in str(problem.message)


def test_nothing_is_said_of_the_place_of_a_unit_without_a_country() -> None:
    assert problems(at("44.79", "20.45"), replace(ABROAD, countries={})) == []


def test_an_answer_about_an_unusual_figure_is_kept_with_the_return() -> None:
    reasons = {"unusual:persons-arrested": "A raid of 40 places.", "unusual:cocaine-seized": "Not reported."}
    checked = rules.check(
        replace(figures(persons_arrested="40"), explanations=reasons),
        RULEBOOK,
        "ES-POLICE",
        RULEBOOK.first_day,
    )
    assert checked.content["explanations"] == {"unusual:persons-arrested": "A raid of 40 places."}


def test_the_same_content_has_the_same_receipt_whether_or_not_new_fields_exist() -> None:
    said = rules.check(figures(persons_arrested="2"), RULEBOOK, "ES-POLICE", date(2027, 5, 3)).content
    assert said == {
        "values": [{"indicator": "persons-arrested", "quantity": "2"}],
        "incidents": [],
        "narrative": "",
        "nil": False,
    }
