"""Which rules hold between the figures of returns: the usual ones, the plan's own, and the most of an indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from jointops.operations import planfile
from jointops.operations.plandoc import PlanDocument, PlanIndicator, ReturnRule, Term
from jointops.operations.planreturnrules import rules_in_force
from jointops.operations.planrules import check
from jointops.reference.catalogue import catalogue
from tests.operations.test_planfile import EXAMPLE


def plan(
    *indicators: str | PlanIndicator, rules: Sequence[ReturnRule] = (), without: Sequence[str] = ()
) -> PlanDocument:
    document = planfile.load(EXAMPLE)
    asked = tuple(one if isinstance(one, PlanIndicator) else PlanIndicator(code=one) for one in indicators)
    reporting = replace(document.reporting, rules=tuple(rules), without_rules=tuple(without))
    return replace(document, indicators=asked, reporting=reporting)


def codes(document: PlanDocument) -> list[str]:
    return [rule.code for rule in rules_in_force(document)]


OWN = ReturnRule(
    code="hits-of-checks",
    left=(Term(indicator="database-hits"),),
    operator="at-most",
    right=(Term(number=Decimal(9)),),
    message={"en": "Nine at most."},
)


def test_usual_rules_apply_where_the_plan_asks_for_their_indicators() -> None:
    assert codes(plan("persons-arrested")) == []
    assert codes(plan("database-hits", "database-checks", "persons-arrested", "persons-detained")) == [
        "hits-of-checks",
        "arrested-of-detained",
    ]


def test_a_plan_replaces_a_usual_rule_or_does_without_it() -> None:
    assert rules_in_force(plan("database-hits", "database-checks", rules=[OWN])) == (OWN,)
    assert codes(plan("database-hits", "database-checks", without=["hits-of-checks"])) == []


def test_summands_that_are_not_in_the_plan_are_left_out_on_the_smaller_side() -> None:
    found = {
        rule.code: rule for rule in rules_in_force(plan("drug-seizures-made", "cocaine-seized", "lsd-seized"))
    }
    assert [term.indicator for term in found["drug-incidents"].left] == ["cocaine-seized", "lsd-seized"]
    assert [term.indicator for term in found["drugs-without-seizure"].when] == [
        "cocaine-seized",
        "lsd-seized",
    ]
    assert "counted-drug-seizures" not in found


def test_the_most_of_an_indicator_is_a_rule_that_warns() -> None:
    (rule,) = rules_in_force(plan(PlanIndicator(code="persons-arrested", most=Decimal(40))))
    assert (rule.code, rule.severity, rule.right) == (
        "most-persons-arrested",
        "warning",
        (Term(number=Decimal(40)),),
    )
    assert set(rule.message) >= {"en", "fr"}


def test_a_plan_does_without_usual_rules_only() -> None:
    found = check(plan("persons-arrested", without=["no-such-rule"]))
    assert ("unknown-rule", "/reporting/without_rules/0") in [(p.code, p.pointer) for p in found]


def test_a_plan_keeps_its_rules_and_writes_them_back() -> None:
    document = plan(
        "database-hits",
        "database-checks",
        rules=[replace(OWN, when=OWN.left)],
        without=["closed-of-websites"],
    )
    again = planfile.from_data(planfile.to_data(replace(document, objectives=(), tasks=())))
    assert again.reporting == document.reporting


def test_usual_rules_compare_figures_of_few_kinds() -> None:
    for rule in catalogue().return_rules.values():
        sides = [
            {
                catalogue().indicators[term.indicator].unit
                for term in side
                if term.indicator and term.of == "quantity"
            }
            for side in (rule.left, rule.right)
        ]
        assert all(len(units) <= 1 for units in sides), rule.code
