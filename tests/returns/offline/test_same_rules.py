"""The device checks a return as the server does: the same submissions through both, the same problems from both."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import translator
from jointops.returns import rules
from jointops.returns.offline.rules_data import rules_data
from jointops.returns.offline.texts import PROBLEMS
from jointops.returns.rules import IndicatorRule, Rulebook
from jointops.returns.submission import Submission, from_data

SCRIPT = Path(__file__).parent / "rules.mjs"

GENERATED = 400
"""Submissions that are made up beside those that were thought of."""

KINDS = frozenset({"drugs", "firearms"})

BOOK = Rulebook(
    operation="EXAMPLE-2027",
    plan_number=1,
    first_day=date(2027, 5, 1),
    last_day=date(2027, 5, 9),
    starts_on=date(2027, 5, 3),
    ends_on=date(2027, 5, 7),
    indicators={
        rule.code: rule
        for rule in (
            IndicatorRule("persons-arrested", "persons", ("persons",), KINDS, (), None),
            IndicatorRule("victims-identified", "persons", ("persons",), KINDS, ("drugs",), None),
            IndicatorRule(
                "minors-safeguarded", "persons", ("persons",), frozenset(), (), "victims-identified"
            ),
            IndicatorRule(
                "cocaine-seized", "kg", ("kg", "g", "mg", "t", "l"), KINDS, ("drugs", "arms"), None
            ),
            IndicatorRule("cash-seized", "EUR", ("EUR", "USD", "SEK"), frozenset(), (), None),
            IndicatorRule("cash-in-dollars", "USD", ("USD", "EUR", "HUF"), frozenset(), (), None),
            IndicatorRule("cigarettes-seized", "sticks", ("thousand-sticks",), frozenset(), (), None),
        )
    },
    action_areas=frozenset({"drugs", "arms"}),
    units={"ES-POLICE": frozenset({"persons-arrested"}), "RS-POLICE": frozenset()},
    rates={"USD": Decimal("0.9173"), "HUF": Decimal("0.0061")},
)

STRICT = replace(
    BOOK,
    indicators={
        **BOOK.indicators,
        "persons-arrested": replace(BOOK.indicators["persons-arrested"], required=True),
        "cash-seized": replace(BOOK.indicators["cash-seized"], required=True),
    },
)

BOOKS: Mapping[str, Rulebook] = {"plain": BOOK, "strict": STRICT}

NUMBERS = (
    "0", "00", "1", "3", "3.0", "0.5", "17", "0.000001", "0.0000001", "0.0000010", "1500", "1e3", "1,5", "-2", "- 2", "+1",
    " 4 ", "\t4", "", ".5", "5.", "NaN", "-inf", "Infinity", ".nan1", "٣", "9999999999", "10000000000", "9999999999.999999",
    "1234567890123456", "12345678901234567", "0" * 70, "1" * 65, "0.005", "0.015", "0.025", "2.675", "1" * 30, "x" * 80,
)  # fmt: skip

CODES = ("persons-arrested", "victims-identified", "minors-safeguarded", "cocaine-seized", "cash-seized", "cash-in-dollars",
         "cigarettes-seized", "no-such", "", "constructor", "__proto__")  # fmt: skip

TEXTS = (
    "",
    "A quiet day.",
    "\x00",
    "a\x1fb",
    "line\nline",
    "😀" * 9_999,
    "😀" * 10_001,
    "x" * 10_000,
    "x" * 10_001,
)


def maybe(*choices: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, None, None, *choices))


def entry_fields() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "indicator": st.sampled_from(CODES),
        "quantity": st.sampled_from(NUMBERS) | st.integers(0, 40).map(str) | st.decimals(0, 99, places=7).map(str),
        "unit": maybe("kg", "g", "mg", "t", "l", "persons", "EUR", "USD", "SEK", "HUF", "sticks", "thousand-sticks", "furlong", ""),
        "category": maybe("drugs", "firearms", "other", ""),
        "action_area": maybe("drugs", "arms", "else"),
        "phase": maybe("preparatory", "action-days", "follow-up", "later"),
        "scope": maybe("operation", "other", "else"),
        "certainty": maybe("weighed", "estimated", "guessed", ""),
        "weight": maybe("gross", "net", "heavy"),
        "seizures": maybe("0", "12", "999999", "1000000", "-1", "two", " 3 ", "٣", "\x1f"),
    }  # fmt: skip


VALUES = st.fixed_dictionaries(entry_fields())

INCIDENTS = st.fixed_dictionaries(
    {
        **entry_fields(),
        "reference": st.sampled_from(
            ("ES-1", "ES-2", " ES-1 ", "ES-1\x1f", "", "  ", "\x85", "r" * 80, "r" * 81, "é" * 80)
        ),
        "joint_with": st.lists(st.sampled_from(("RS-POLICE", "ES-POLICE", "XX-POLICE")), max_size=2),
        "at": maybe(
            "2027-05-03T14:20:00+02:00", "2027-05-03T14:20Z", "2027-05-03T14:20", "2027-02-30T10:00Z", "soon",
            "2027-05-03T25:00:00+02:00", "2027-05-03T14:20:00.123456-03:30",
        ),
        "place": maybe("Giurgiu", "p" * 200, "p" * 201, "a\x07"),
        "latitude": maybe("52.09", "-90", "90.0000000001", "91", "1e1", "52,09", " 52 "),
        "longitude": maybe("5.12", "180", "180.1", "-181", "east"),
        "modus_operandi": maybe("hidden-compartment", "no-such-way"),
        "external_reference": maybe("INT-1", "e" * 81),
        "description": st.sampled_from(TEXTS[:4]),
    }
)  # fmt: skip

SUBMISSIONS = st.fixed_dictionaries(
    {
        "values": st.lists(VALUES, max_size=4),
        "incidents": st.lists(INCIDENTS, max_size=2),
        "narrative": st.sampled_from(TEXTS),
        "reason": st.sampled_from(TEXTS),
        "nil": st.sampled_from((False, False, False, True)),
        "submit": st.sampled_from((True, True, False)),
    }
)


def generated() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @settings(
        max_examples=GENERATED,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SUBMISSIONS)
    def collect(submission: dict[str, Any]) -> None:
        found.append(submission)

    collect()
    return found


def thought_of() -> list[dict[str, Any]]:
    """What generating seldom hits: whole returns that are right but for one thing, and too many rows."""

    def one(**value: Any) -> dict[str, Any]:
        return {"values": [{"indicator": "persons-arrested", "quantity": "7"}, value]}

    singles = [
        one(indicator=code, quantity=number, unit=unit)
        for code, units in {
            "cocaine-seized": ("kg", "g", "mg", "t", "l"),
            "cash-seized": ("EUR", "USD", "SEK"),
            "cash-in-dollars": ("USD", "EUR", "HUF"),
            "cigarettes-seized": ("sticks", "thousand-sticks"),
        }.items()
        for unit in (None, *units)
        for number in NUMBERS
    ]
    part = {"indicator": "persons-arrested", "quantity": "5", "category": "drugs"}
    return [
        *singles,
        {"values": [{"indicator": "persons-arrested", "quantity": "4"}, part]},
        {"values": [{"indicator": "persons-arrested", "quantity": "6"}, part, part]},
        {"values": [{"indicator": "victims-identified", "quantity": "1"}, {"indicator": "minors-safeguarded", "quantity": "2"}]},
        {"values": [{"indicator": "persons-arrested", "quantity": "1", "category": "drugs"}] * 2_001},
        {"nil": True},
        {"nil": True, **one(indicator="cash-seized", quantity="1")},
        {},
        {"submit": False},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]], list[dict[str, Any]], list[Any]]:
    """Give the cases with what the device finds in each, and the same for days; node is started once."""
    node = shutil.which("node")
    assert node, "Node.js builds the pages' scripts and checks them here."
    cases = [
        {"rulebook": name, "unit": "ES-POLICE", "day": day, "submission": submission}
        for number, submission in enumerate([*thought_of(), *generated()])
        for name, day in [
            (("plain", "2027-05-04"), ("strict", "2027-05-02"), ("plain", "2027-05-09"))[number % 3]
        ]
    ]
    days = [
        {"rulebook": "plain", "day": day, "today": "2027-05-04"}
        for day in ("2027-04-30", "2027-05-01", "2027-05-04", "2027-05-05", "2027-05-09", "2027-05-10")
    ]
    books = {name: rules_data(book, "ES-POLICE") for name, book in BOOKS.items()}
    sent = json.dumps({"rulebooks": books, "days": days, "cases": cases})
    done = subprocess.run(
        [node, str(SCRIPT)], input=sent, capture_output=True, text=True, check=True, timeout=60
    )
    found = json.loads(done.stdout)
    return cases, found["cases"], days, found["days"]


def on_the_server(case: Mapping[str, Any]) -> list[Problem]:
    submission: Submission = from_data(case["submission"])
    try:
        rules.check(submission, BOOKS[case["rulebook"]], case["unit"], date.fromisoformat(case["day"]))
    except Invalid as refused:
        return list(refused.problems)
    return []


def test_the_device_finds_what_the_server_finds(asked: Any) -> None:
    cases, found, _days, _found_days = asked
    clean, codes = 0, set()
    for case, on_device in zip(cases, found, strict=True):
        told = sorted((problem.pointer, problem.code) for problem in on_the_server(case))
        assert sorted((problem["pointer"], problem["code"]) for problem in on_device) == told, case
        clean += not told
        codes.update(code for _pointer, code in told)
    # Nothing is shown by cases that are all right, or all wrong in the same way.
    assert clean > 100
    assert len(codes) > 25


def test_the_device_says_what_the_server_says(asked: Any) -> None:
    cases, found, _days, _found_days = asked
    english = translator("en")
    for case, on_device in zip(cases, found, strict=True):
        told = sorted(english(problem.message) for problem in on_the_server(case))
        said = sorted(english(PROBLEMS[problem["said"]] % problem["params"]) for problem in on_device)  # type: ignore[operator]
        assert said == told, asdict(from_data(case["submission"]))


def test_the_device_knows_the_days(asked: Any) -> None:
    _cases, _found, days, found = asked
    for day, on_device in zip(days, found, strict=True):
        try:
            rules.check_day(BOOK, date.fromisoformat(day["day"]), date.fromisoformat(day["today"]))
            told: list[str] = []
        except Invalid as refused:
            told = [problem.code for problem in refused.problems]
        assert [problem["code"] for problem in on_device] == told, day
