"""Conversions lose nothing, whatever the quantity; nothing crosses from one dimension into another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.kernel.errors import Invalid
from jointops.kernel.types import quantity_text
from jointops.reference.catalogue import Unit, catalogue
from jointops.reference.measure import LARGEST, convert, parse_quantity

UNITS = st.sampled_from([unit for unit in catalogue().units.values() if unit.factor is not None])
MASS = st.sampled_from(["g", "kg", "t", "mg"])
WHOLE_MILLIGRAMS = st.integers(min_value=0, max_value=10**17).map(Decimal)


def outcome(act: Callable[[], Decimal]) -> tuple[Decimal | None, str]:
    """Return what ``act`` gives, or None and the code of its refusal."""
    try:
        return act(), ""
    except Invalid as refused:
        return None, refused.code


@given(WHOLE_MILLIGRAMS, MASS, MASS)
def test_there_and_back_gives_the_same_mass(milligrams: Decimal, one: str, other: str) -> None:
    start = milligrams / 10**6
    there, code = outcome(lambda: convert(start, one, other))
    if there is None:
        assert code == "too-precise"
    else:
        assert convert(there, other, one) == start


@given(st.lists(WHOLE_MILLIGRAMS.map(lambda mg: mg / 10**6), max_size=20))
def test_a_sum_of_grams_is_the_sum_of_kilograms(masses: list[Decimal]) -> None:
    grams = [convert(mass, "kg", "g") for mass in masses]
    assert convert(sum(grams, Decimal(0)), "g", "kg") == sum(masses, Decimal(0))


@given(st.decimals(min_value=0, max_value=10**6, places=3), UNITS, UNITS)
def test_only_units_of_one_dimension_convert(quantity: Decimal, one: Unit, other: Unit) -> None:
    if one.dimension == other.dimension:
        return
    with pytest.raises(Invalid) as caught:
        convert(quantity, one.code, other.code)
    assert caught.value.code == "unit-mismatch"


@given(st.decimals(min_value=0, max_value=LARGEST - Decimal("0.000001"), places=6))
def test_a_quantity_written_and_read_is_the_same(quantity: Decimal) -> None:
    assert parse_quantity(quantity_text(quantity)) == quantity
    assert parse_quantity(f"{quantity:f}") == quantity


@given(st.text(max_size=40))
def test_any_text_is_either_a_quantity_or_refused_with_a_known_code(text: str) -> None:
    quantity, code = outcome(lambda: parse_quantity(text, "kg", "kg"))
    if quantity is None:
        assert code in {"not-a-number", "not-finite", "negative-quantity", "too-precise", "too-large"}
    else:
        assert quantity.is_finite()
        assert 0 <= quantity < LARGEST
        assert set(text.strip(" ")) <= set("0123456789.")
