"""The illustrative split adds up to what was published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import pytest

from jointops.demo import split
from jointops.demo.load import PLAN_FILE
from jointops.kernel.paths import folder
from jointops.operations import planfile
from jointops.returns import rules
from jointops.returns.submission import Submission

END_OF_24_SEPTEMBER = datetime(2014, 9, 24, 21, 59, 59, tzinfo=UTC)


@cache
def sent() -> tuple[split.Sent, ...]:
    return tuple(split.sent(planfile.load_path(folder("plans") / PLAN_FILE)))


def latest(known_at: datetime | None) -> Iterable[tuple[str, Submission]]:
    current = {}
    for item in sent():
        if known_at is None or item.accepted_at <= known_at:
            current[item.unit, item.day] = item.submission
    return [(unit, submission) for (unit, _day), submission in current.items()]


def total(indicator: str, known_at: datetime | None, party: str = "", category: str | None = None) -> Decimal:
    figures: dict[str, Decimal] = defaultdict(Decimal)
    claimed = set()
    for unit, submission in latest(known_at):
        for value in submission.values:
            if unit.startswith(party) and (category is None or value.category == category):
                figures[value.indicator] += Decimal(value.quantity)
        for incident in submission.incidents:
            if incident.reference not in claimed:
                claimed.add(incident.reference)
                figures[incident.indicator] += Decimal(incident.quantity)
    return figures[indicator]


@pytest.mark.parametrize(
    ("indicator", "first", "later"),
    [
        ("persons-arrested", 1027, 1150),
        ("cocaine-seized", 599, 599),
        ("heroin-seized", 200, 200),
        ("cannabis-seized", 1300, 1300),
        ("victims-identified", 200, 200),
        ("minors-safeguarded", 30, 30),
        ("vehicles-seized", 13, 21),
        ("irregular-migrants-checked", 10_000, 10_000),
    ],
)
def test_totals_are_the_published_ones_then_and_later(indicator: str, first: int, later: int) -> None:
    assert (total(indicator, END_OF_24_SEPTEMBER), total(indicator, None)) == (first, later)


def test_totals_published_only_later_are_reached_only_later() -> None:
    assert total("cigarettes-seized", END_OF_24_SEPTEMBER) < 1_500_000 == total("cigarettes-seized", None)
    assert total("cash-seized", END_OF_24_SEPTEMBER) < 1_000_000 < total("cash-seized", None)


@pytest.mark.parametrize(("party", "arrests"), [("ES", 250), ("BG", 187), ("CO", 13)])
def test_published_national_figures_come_out(party: str, arrests: int) -> None:
    assert total("persons-arrested", END_OF_24_SEPTEMBER, party) == arrests


def test_published_parts_come_out() -> None:
    assert total("persons-arrested", END_OF_24_SEPTEMBER, category="trafficking-in-human-beings") == 170
    assert total("minors-safeguarded", None, "RO") == 30
    assert total("persons-arrested", END_OF_24_SEPTEMBER, "NL") > 80
    assert total("drug-parcels-seized", None, "CO") * 2 > total("drug-parcels-seized", None) > 40


def test_a_cocaine_seizure_of_two_countries_is_claimed_by_both_and_counted_once() -> None:
    claims = Counter(i.reference for _unit, submission in latest(None) for i in submission.incidents)
    assert claims[split.CLAIMED_TWICE] == 2


def test_it_comes_out_the_same_every_time() -> None:
    assert split.sent(planfile.load_path(folder("plans") / PLAN_FILE)) == list(sent())


def test_every_correction_changes_something() -> None:
    seen: dict[tuple[str, object], list[object]] = {}
    for item in sent():
        earlier = seen.setdefault((item.unit, item.day), [])
        content = rules.content(item.submission)
        assert content not in earlier
        earlier.append(content)


def test_some_returns_are_late_some_nil_and_some_missing() -> None:
    plan = planfile.load_path(folder("plans") / PLAN_FILE)
    expected = len(plan.units()) * len(plan.period.days())
    received = list(latest(END_OF_24_SEPTEMBER))
    assert 0 < expected - len(received) < 20
    assert any(submission.nil for _unit, submission in received)
