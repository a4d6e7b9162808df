"""The device checks a return as the server does: the same submissions through both, the same problems from both."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import translator
from jointops.operations.plandoc import ReturnRule, Term
from jointops.returns import rules
from jointops.returns.offline.rules_data import rules_data
from jointops.returns.offline.texts import PROBLEMS
from jointops.returns.rules import IndicatorRule, Rulebook
from jointops.returns.submission import from_data

SCRIPT = Path(__file__).parent / "rules.mjs"

GENERATED = 400
"""Submissions that are made up beside those that were thought of."""

UNIT = "ES-POLICE"
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
            IndicatorRule(
                "officers-deployed", "persons", ("persons",), frozenset(), (), None, aggregation="last"
            ),
            IndicatorRule("cigarettes-seized", "sticks", ("thousand-sticks",), frozenset(), (), None),
        )
    },
    action_areas=frozenset({"drugs", "arms"}),
    units={UNIT: frozenset({"persons-arrested"}), "RS-POLICE": frozenset()},
    rates={"USD": Decimal("0.9173"), "HUF": Decimal("0.0026")},
)

STRICT = replace(
    BOOK,
    indicators={
        **BOOK.indicators,
        "persons-arrested": replace(BOOK.indicators["persons-arrested"], required=True),
        "cash-seized": replace(BOOK.indicators["cash-seized"], required=True),
    },
)


def arrested(**more: Any) -> Term:
    return Term(indicator="persons-arrested", **more)


RULED = replace(
    BOOK,
    rules=(
        ReturnRule(
            code="victims-below-arrests",
            left=(Term(indicator="victims-identified"), Term(number=Decimal("0.5"))),
            operator="less-than",
            right=(arrested(times=Decimal("2.25")),),
            message={"en": "Fewer victims than twice the arrests", "fr": "Moins de victimes"},
        ),
        ReturnRule(
            code="few-seizures",
            left=(Term(indicator="cocaine-seized", of="seizures"),),
            operator="at-most",
            right=(Term(number=Decimal(12)), arrested(of="values", category="drugs")),
            missing="zero",
            severity="warning",
        ),
        ReturnRule(
            code="growing",
            left=(arrested(of="so-far"),),
            operator="at-least",
            right=(Term(number=Decimal(4)),),
            severity="warning",
            when=(Term(indicator="cash-seized"),),
        ),
        ReturnRule(
            code="incidents",
            left=(Term(indicator="cocaine-seized", of="incident-count"),),
            operator="different",
            right=(Term(number=Decimal(1)),),
            severity="warning",
        ),
    ),
)

BOOKS: Mapping[str, Rulebook] = {"plain": BOOK, "strict": STRICT, "ruled": RULED}

TURNS = (("ruled", "2027-05-04"), ("strict", "2027-05-02"), ("ruled", "2027-05-09"), ("plain", "2027-05-01"))
"""Rules and days by which submissions are checked in turn."""

FIRST_DAYS = [date(2027, 5, number) for number in range(1, 7)]

BEFORE: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "persons-arrested": {"drugs": (3, 0, 4, 5, 6, 7), "": (10, 12, 5, 30, 6, 9)},
    "officers-deployed": {"": (5, 6, 7, 7, 8, 9)},
}
"""What the unit reported on the first six days, by indicator and category."""

SERVER_ONLY = frozenset({"personal-data", "outside-country"})
"""What only the server finds: docs/offline.md says so."""

# fmt: off
NUMBERS = (
    "0", "00", "1", "3", "3.0", "0.5", "17", "0.000001", "0.0000001", "0.0000010", "1500", "1e3", "1,5", "-2", "- 2",
    "+1", " 4 ", "\t4", "", ".5", "5.", "NaN", "-inf", "Infinity", ".nan1", "٣", "9999999999", "10000000000",
    "9999999999.999999", "1234567890123456", "12345678901234567", "0" * 70, "1" * 65, "0.005", "0.015", "0.025",
    "2.675", "1" * 30, "x" * 80,
)

CODES = (
    "persons-arrested", "victims-identified", "minors-safeguarded", "cocaine-seized", "cash-seized",
    "cash-in-dollars", "cigarettes-seized", "no-such", "", "constructor", "__proto__",
)

UNITS = (
    "kg", "g", "mg", "t", "l", "persons", "EUR", "USD", "SEK", "HUF", "sticks", "thousand-sticks", "furlong", "",
)

INSTANTS = (
    "2027-05-03T14:20:00+02:00", "2027-05-03T14:20Z", "2027-05-03T14:20", "2027-02-30T10:00Z", "soon",
    "2027-05-03T25:00:00+02:00", "2027-05-03T14:20:00.123456-03:30",
)

TEXTS = ("", "A quiet day.", "\x00", "a\x1fb", "line\nline", "😀" * 9_999, "😀" * 10_001, "x" * 10_000, "x" * 10_001)

REFERENCES = ("ES-1", "ES-2", " ES-1 ", "ES-1\x1f", "", "  ", "\x85", "r" * 80, "r" * 81, "é" * 80)
# fmt: on


def maybe(*choices: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, None, None, *choices))


ENTRY: Mapping[str, st.SearchStrategy[Any]] = {
    "indicator": st.sampled_from(CODES),
    "quantity": st.sampled_from(NUMBERS)
    | st.integers(0, 40).map(str)
    | st.decimals(0, 99, places=7).map(str),
    "unit": maybe(*UNITS),
    "category": maybe("drugs", "firearms", "other", ""),
    "action_area": maybe("drugs", "arms", "else"),
    "phase": maybe("preparatory", "action-days", "follow-up", "later"),
    "scope": maybe("operation", "other", "else"),
    "certainty": maybe("weighed", "estimated", "guessed", ""),
    "weight": maybe("gross", "net", "heavy"),
    "seizures": maybe("0", "12", "999999", "1000000", "-1", "two", " 3 ", "٣", "\x1f"),
}

INCIDENT: Mapping[str, st.SearchStrategy[Any]] = {
    **ENTRY,
    "reference": st.sampled_from(REFERENCES),
    "joint_with": st.lists(st.sampled_from(("RS-POLICE", UNIT, "XX-POLICE")), max_size=2),
    "at": maybe(*INSTANTS),
    "place": maybe("Giurgiu", "p" * 200, "p" * 201, "a\x07"),
    "latitude": maybe("52.09", "-90", "90.0000000001", "91", "1e1", "52,09", " 52 "),
    "longitude": maybe("5.12", "180", "180.1", "-181", "east"),
    "modus_operandi": maybe("hidden-compartment", "no-such-way"),
    "external_reference": maybe("INT-1", "e" * 81),
    "description": st.sampled_from(TEXTS[:4]),
}

SUBMISSIONS = st.fixed_dictionaries(
    {
        "values": st.lists(st.fixed_dictionaries(dict(ENTRY)), max_size=4),
        "incidents": st.lists(st.fixed_dictionaries(dict(INCIDENT)), max_size=2),
        "narrative": st.sampled_from(TEXTS),
        "reason": st.sampled_from(TEXTS),
        "nil": st.sampled_from((False, False, False, True)),
        "submit": st.sampled_from((True, True, False)),
        "explanations": st.dictionaries(
            st.sampled_from(("rule:few-seizures", "rule:growing", "entered-twice:cocaine-seized")),
            st.sampled_from(("because", " ")),
            max_size=2,
        ),
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


def value(indicator: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"indicator": indicator, "quantity": quantity, **more}


def thought_of() -> list[dict[str, Any]]:
    """What generating seldom hits: whole returns that are right but for one thing, and too many rows."""
    units = {
        "cocaine-seized": ("kg", "g", "mg", "t", "l"),
        "cash-seized": ("EUR", "USD", "SEK"),
        "cash-in-dollars": ("USD", "EUR", "HUF"),
        "cigarettes-seized": ("sticks", "thousand-sticks"),
    }
    part = value("persons-arrested", "5", category="drugs")
    returns = [
        *(
            [value("persons-arrested", "7"), value(code, number, unit=unit)]
            for code, accepted in units.items()
            for unit in (None, *accepted)
            for number in NUMBERS
        ),
        [value("persons-arrested", "4"), part],
        [value("persons-arrested", "6"), part, part],
        [value("victims-identified", "1"), value("minors-safeguarded", "2")],
        [value("persons-arrested", "1", category="drugs")] * 2_001,
    ]
    wholes: list[dict[str, Any]] = [
        {"nil": True},
        {"nil": True, "values": [value("cash-seized", "1")]},
        {},
        {"submit": False},
    ]
    return [*({"values": values} for values in returns), *wholes]


def between_figures() -> list[dict[str, Any]]:
    """Returns of figures that are right by themselves, for the rules between them."""
    one = value("cocaine-seized", "1.5", reference="ES-9")
    found: list[dict[str, Any]] = [
        {"values": [*values], "incidents": [*incidents], "explanations": dict(reasons)}
        for values in itertools.product(
            (value("persons-arrested", "0"), value("persons-arrested", "1", category="drugs")),
            (value("victims-identified", "0"), value("victims-identified", "2"), value("cash-seized", "5")),
            (value("cocaine-seized", "1500", unit="g", seizures="14"), value("cigarettes-seized", "1")),
        )
        for incidents in ((), (one,), (one, {**one, "reference": "ES-10"}))
        for reasons in (
            (),
            (("rule:few-seizures", "weighed twice"), ("entered-twice:cocaine-seized", "so it is")),
        )
    ]
    running: list[dict[str, Any]] = [
        {"values": [value("persons-arrested", str(n), **kind), value("officers-deployed", str(n % 14))]}
        for n in (9, 10, 25, 31, 32, 36, 70, 72, 90, 103)
        for kind in ({}, {"category": "drugs"})
    ]
    total, part = value("cocaine-seized", "3"), value("cocaine-seized", "1.5", category="drugs")
    twice = [
        {"values": [total, part], "incidents": [each]}
        for each in (one, {**one, "category": "drugs"}, {**one, "quantity": "3"})
    ]
    return [*found, *running, *twice, *({**each, "submit": False} for each in [*found, *running][::5])]


def content_of(day: date) -> dict[str, Any]:
    """Return what the unit reported on a day: a total is the sum of its categories and what is not specified."""
    values = []
    for code, categories in BEFORE.items():
        amounts = {category: days[day.day - 1] for category, days in categories.items()}
        values.append(value(code, str(sum(amounts.values()))))
        values += [value(code, str(n), category=category) for category, n in amounts.items() if category]
    return {"values": values}


@dataclass(frozen=True)
class Checked:
    """What was asked of the device, and what it found: for each submission, and for each day."""

    cases: list[dict[str, Any]]
    found: list[list[dict[str, Any]]]
    days: list[dict[str, Any]]
    found_days: list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def on_device() -> Checked:
    """Have everything checked by the device's script, started once."""
    node = shutil.which("node")
    assert node, "Node.js builds the pages' scripts and checks them here."
    before = [[day.isoformat(), content_of(day)] for day in FIRST_DAYS]
    in_turn = [(submission, TURNS[n % 4]) for n, submission in enumerate([*thought_of(), *generated()])]
    with_rules = [(submission, turn) for submission in between_figures() for turn in TURNS[::2]]
    cases = [
        {
            "rulebook": name,
            "unit": UNIT,
            "day": day,
            "submission": submission,
            "before": before,
        }
        for submission, (name, day) in [*in_turn, *with_rules]
    ]
    days = [
        {"rulebook": "plain", "day": day, "today": "2027-05-04"}
        for day in ("2027-04-30", "2027-05-01", "2027-05-04", "2027-05-05", "2027-05-09", "2027-05-10")
    ]
    books = {name: rules_data(book, UNIT) for name, book in BOOKS.items()}
    done = subprocess.run(
        [node, str(SCRIPT)],
        input=json.dumps({"rulebooks": books, "days": days, "cases": cases}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Checked(cases, found["cases"], days, found["days"])


def on_the_server(case: Mapping[str, Any]) -> list[Problem]:
    book, day = BOOKS[case["rulebook"]], date.fromisoformat(case["day"])

    def earlier_days(codes: Collection[str]) -> rules.Earlier:
        return {
            (code, category): {
                earlier: Decimal(amount)
                for earlier, amount in zip(FIRST_DAYS, amounts, strict=True)
                if earlier < day
            }
            for code, categories in BEFORE.items()
            if code in codes
            for category, amounts in categories.items()
        }

    try:
        rules.check(from_data(case["submission"]), book, case["unit"], day, earlier_days)
    except Invalid as refused:
        return [problem for problem in refused.problems if problem.code not in SERVER_ONLY]
    return []


def test_the_device_finds_what_the_server_finds(on_device: Checked) -> None:
    clean = 0
    codes: set[str] = set()
    for case, found in zip(on_device.cases, on_device.found, strict=True):
        told = sorted((problem.pointer, problem.code, problem.explain) for problem in on_the_server(case))
        assert sorted((each["pointer"], each["code"], each["explain"]) for each in found) == told, case
        clean += not told
        codes.update(code for _pointer, code, _explain in told)
    # Nothing is shown by cases that are all right, or all wrong in the same way.
    assert clean > 100
    assert codes > {"rule-broken", "entered-twice", "running-total", "indicator-missing"}
    assert len(codes) > 28


def test_the_device_says_what_the_server_says(on_device: Checked) -> None:
    english = translator("en")
    sentences: set[str] = set()
    for case, found in zip(on_device.cases, on_device.found, strict=True):
        told = sorted(english(problem.message) for problem in on_the_server(case))
        said = sorted(english(PROBLEMS[each["said"]] % each["params"]) for each in found)
        assert said == told, case
        sentences.update(each["said"] for each in found)
    assert {"running-fell", "running-rose", "running-total", "part-exceeds-whole"} <= sentences


def test_the_device_knows_the_days(on_device: Checked) -> None:
    for case, found in zip(on_device.days, on_device.found_days, strict=True):
        try:
            rules.check_day(BOOK, date.fromisoformat(case["day"]), date.fromisoformat(case["today"]))
            told: list[str] = []
        except Invalid as refused:
            told = [problem.code for problem in refused.problems]
        assert [problem["code"] for problem in found] == told, case
