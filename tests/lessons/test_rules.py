"""Why things fit, what comes again, what earlier results suggest, how tasks are fitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from jointops.lessons import proposing, rules
from jointops.lessons.links import serves
from jointops.lessons.proposing import Caveat, Level, PastTask, Result, propose
from jointops.lessons.rules import Facets, Finding, Ground, Reason, reasons
from jointops.operations.plandoc import CycleLink, Objective
from tests import builders


def test_what_fits_says_everything_in_common_once_the_strongest_first() -> None:
    plan = Facets(
        kind="action-week",
        priorities=frozenset({"drugs"}),
        crime_areas=frozenset({"drugs", "cocaine-and-heroin"}),
        tags=frozenset({"ports"}),
    )
    other = replace(plan, priorities=frozenset({"drugs", "firearms"}))

    assert reasons(plan, other) == (
        Reason(Ground.TAG, "ports"),
        Reason(Ground.PRIORITY, "drugs"),
        Reason(Ground.CRIME_AREA, "cocaine-and-heroin"),
        Reason(Ground.KIND, "action-week"),
    )
    assert reasons(Facets(), Facets()) == ()
    assert reasons(plan, Facets(kind="other")) == ()


def test_a_priority_of_another_cycle_fits_by_its_crime_areas() -> None:
    old = builders.plan(
        policy_cycle=CycleLink(code="EMPACT-2014-2017", priorities=("synthetic-drugs",)),
        action_areas=(),
        kind="a",
    )
    new = replace(old, policy_cycle=CycleLink(code="EMPACT-2022-2025", priorities=("drugs",)), kind="b")

    assert reasons(rules.facets_of(old), rules.facets_of(new)) == (
        Reason(Ground.CRIME_AREA, "synthetic-drugs"),
    )


def test_what_several_operations_found_comes_again() -> None:
    found = rules.recurring(
        [
            Finding("A", "R1", "x", "planning", ("ports",)),
            Finding("A", "R2", "y", "planning"),
            Finding("B", "I1", "z", "training", ("ports",)),
            Finding("C", "I2", "z", "planning"),
        ]
    )
    assert [(one.tag, one.capability, one.operations) for one in found] == [
        ("ports", "", ("A", "B")),
        ("", "planning", ("A", "C")),
    ]


def result(quantity: str, **changes: Any) -> Result:
    given: dict[str, Any] = {
        "operation": "A",
        "year": 2027,
        "countries": 10,
        "days": 5,
        "accepted": 9,
        "expected": 9,
    }
    return Result(quantity=Decimal(quantity), **{**given, **changes})


def test_targets_are_earlier_rates_scaled_and_rounded() -> None:
    found = propose(
        [result("500"), result("1500", operation="B"), result("100", operation="C", countries=2, days=10)],
        countries=34, days=9, year=2028,
    )  # fmt: skip
    assert found is not None
    assert found.rates == {Level.LOW: Decimal(5), Level.MEDIAN: Decimal(10), Level.HIGH: Decimal(30)}
    assert found.targets == {Level.LOW: Decimal(1500), Level.MEDIAN: Decimal(3100), Level.HIGH: Decimal(9200)}
    assert found.caveats == (Caveat.COUNTRIES,)


def test_nothing_is_suggested_from_nothing_and_care_is_asked_for() -> None:
    assert propose([], countries=3, days=3, year=2028) is None
    assert propose([result("5", countries=0)], countries=3, days=3, year=2028) is None
    found = propose(
        [result("5", year=2014, illustrative=True, accepted=3)], countries=10, days=5, year=2028, without=2
    )
    assert found is not None
    assert found.caveats == (
        Caveat.ONE_SOURCE, Caveat.ILLUSTRATIVE, Caveat.INCOMPLETE, Caveat.YEARS, Caveat.WITHOUT_FIGURE,
    )  # fmt: skip
    peak = propose([result("40")], countries=5, days=1, year=2027, per_day=False)
    assert peak is not None
    assert peak.targets[Level.MEDIAN] == 20


@pytest.mark.parametrize(
    ("quantity", "decimals", "expected"),
    [
        ("0", 0, "0"),
        ("0.3", 0, "1"),
        ("3.4", 0, "3"),
        ("1234.5", 0, "1200"),
        ("0.0347", 3, "0.035"),
        ("99.6", 0, "100"),
    ],
)
def test_rounding_keeps_two_figures_and_never_makes_nothing_of_something(
    quantity: str, decimals: int, expected: str
) -> None:
    assert str(proposing.rounded(Decimal(quantity), decimals)) == expected


def test_tasks_keep_their_day_and_find_units_of_the_same_kind() -> None:
    plan = builders.plan(tasks=())
    task = PastTask(
        code="T1",
        title={"en": "Checks"},
        description={},
        type="no-such-type",
        action_area="unknown",
        place=None,
        first=1,
        last=2,
        units=(("PT-BORDER", "border-guard"), ("PT-POLICE", "police")),
        length=9,
        indicators=("firearms-seized", "fuel-seized"),
    )
    fitted = proposing.fitted(task, plan)
    assert fitted is not None
    second = builders.FIRST_DAY + timedelta(days=1)
    assert fitted.days == (second, second + timedelta(days=1))
    assert fitted.units == ("ES-POLICE", "ES-BORDER", "RS-POLICE")
    assert (fitted.type, fitted.action_area, fitted.indicators) == ("other", None, ("firearms-seized",))
    for first, last, days in (
        (0, 8, ()),
        (3, 7, (second + timedelta(days=2), builders.LAST_DAY)),
        (-20, -10, (builders.FIRST_DAY,)),
    ):
        moved = proposing.fitted(replace(task, first=first, last=last), plan)
        assert moved is not None
        assert moved.days == days
    again = proposing.fitted(task, replace(plan, tasks=(fitted,)))
    assert again is not None
    assert again.code == "T1-2"
    assert proposing.fitted(replace(task, units=(("PT-COURT", "judicial"),)), plan) is None
    same = proposing.fitted(replace(task, units=(("RS-POLICE", "police"), ("PT-POLICE", "police"))), plan)
    assert same is not None
    assert same.units == ("RS-POLICE",)


def test_a_task_serves_what_its_area_and_indicators_say() -> None:
    one = Objective(code="O1", title={}, action_area="firearms", indicator="firearms-seized")
    every = replace(one, action_area=None)

    assert serves("firearms", (), one)
    assert serves(None, ("firearms-seized",), one)
    assert not serves("drugs", (), one)
    assert not serves("firearms", ("cocaine-seized",), one)
    assert serves("drugs", (), every)
    assert not serves("drugs", ("cocaine-seized",), every)
