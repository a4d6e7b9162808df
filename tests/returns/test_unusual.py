"""Which figures are asked about: none of a typical day, most slips; nothing depends on order or on the unit."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.returns.unusual import LEAST_DAYS, usual

COUNTS = st.lists(st.integers(0, 400).map(Decimal), min_size=1, max_size=30)
WEIGHTS = st.lists(st.decimals("0.001", "5000", places=3), min_size=LEAST_DAYS, max_size=30)


@given(COUNTS, st.randoms())
def test_the_order_of_the_days_says_nothing(days: list[Decimal], shuffler: random.Random) -> None:
    mixed = list(days)
    shuffler.shuffle(mixed)
    assert usual(mixed, is_count=True) == usual(days, is_count=True)


@given(
    WEIGHTS,
    st.sampled_from([Decimal("0.001"), Decimal(1000), Decimal(7)]),
    st.decimals("0.001", "90000", places=3),
)
def test_the_unit_of_measure_says_nothing(days: list[Decimal], factor: Decimal, quantity: Decimal) -> None:
    one, other = usual(days, is_count=False), usual([factor * day for day in days], is_count=False)
    assert one is not None
    assert other is not None
    assert float(other.median) == pytest.approx(float(one.median * factor))
    assert float(other.high) == pytest.approx(float(one.high * factor), rel=1e-3, abs=1e-5)


@given(COUNTS)
def test_what_is_usual_is_never_asked_about(days: list[Decimal]) -> None:
    found = usual(days, is_count=True)
    if found is None:
        assert sum(day > 0 for day in days) < LEAST_DAYS
        return
    assert found.least <= found.median <= found.most
    assert not found.is_far(found.median)
    some = sorted(day for day in days if day > 0)
    assert not any(found.is_far(day) for day in some[1:-1])


@given(WEIGHTS)
def test_one_wrong_day_before_hides_no_other(days: list[Decimal]) -> None:
    found = usual([*days, Decimal(10**9)], is_count=False)
    assert found is not None
    assert found.is_far(Decimal(10**12) * 5000)


def test_too_few_days_say_nothing() -> None:
    assert usual([Decimal(3)] * (LEAST_DAYS - 1) + [Decimal(0)] * 20, is_count=True) is None


def test_days_with_nothing_do_not_make_a_find_unusual() -> None:
    found = usual([Decimal(0)] * 20 + [Decimal(n) for n in (2, 3, 3, 4, 5)], is_count=True)
    assert found is not None
    assert not found.is_far(Decimal(6))
    assert not found.is_far(Decimal(0))
    assert found.is_far(Decimal(300))


def test_a_zero_is_unusual_where_there_always_was_much() -> None:
    found = usual([Decimal(n) for n in (210, 190, 240, 205, 220, 230, 198)], is_count=True)
    assert found is not None
    assert found.is_far(Decimal(0))


# --- A generated set with known slips --------------------------------------------------------------------------------


def count(chance: random.Random, mean: float, shape: float) -> Decimal:
    """Draw a count that varies more than by chance: Poisson with a gamma distributed mean."""
    rate = chance.gammavariate(shape, mean / shape)
    if rate > 60:
        return Decimal(max(0, round(chance.gauss(rate, math.sqrt(rate)))))
    number, product, bound = 0, chance.random(), math.exp(-rate)
    while product > bound:
        number += 1
        product *= chance.random()
    return Decimal(number)


def weight(chance: random.Random, mean: float, _shape: float) -> Decimal:
    """Draw a weight of a seizure: some are many times others."""
    return Decimal(str(round(chance.lognormvariate(math.log(mean), 0.8), 3)))


@pytest.mark.parametrize(("draw", "is_count"), [(count, True), (weight, False)])
def test_the_share_of_known_slips_that_is_asked_about(
    draw: Callable[[random.Random, float, float], Decimal], is_count: bool
) -> None:
    chance = random.Random(20140915)  # noqa: S311 -- figures for a test
    slips = {"× 1000": 1000, "× 100": 100, "× 10": 10}
    asked = dict.fromkeys((*slips, "right"), 0)
    total = 0
    for _series in range(1500):
        mean = math.exp(chance.uniform(math.log(8), math.log(300)))
        days = [draw(chance, mean, 4.0) for _day in range(chance.randint(6, 20))]
        found, today = usual(days, is_count=is_count), draw(chance, mean, 4.0)
        if found is None or not today:
            continue
        total += 1
        asked["right"] += found.is_far(today)
        for name, factor in slips.items():
            asked[name] += found.is_far(today * factor)
    shares = {name: number / total for name, number in asked.items()}
    sys.stdout.write(
        f"unusual {'counts' if is_count else 'weights'}: "
        + ", ".join(f"{k} {v:.3f}" for k, v in shares.items())
    )
    assert shares["right"] < 0.02
    assert shares["× 1000"] > 0.99
    assert shares["× 100"] > 0.9
    assert shares["× 10"] > (0.5 if is_count else 0.25)
