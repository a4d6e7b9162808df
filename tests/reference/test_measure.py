"""Quantities are read strictly and converted exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jointops.kernel.errors import Invalid
from jointops.reference.measure import convert, parse_decimal, parse_quantity, units_like


def refusal(*args: object, **kwargs: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_quantity(*args, **kwargs)  # type: ignore[arg-type]
    return caught.value


def test_a_tenth_and_two_tenths_of_a_kilogram_are_three_tenths() -> None:
    assert parse_quantity("0.1", "kg", "kg") + parse_quantity("200", "g", "kg") == Decimal("0.3")


@pytest.mark.parametrize(
    "text, unit, to_unit, expected",
    [
        ("17", "persons", "persons", "17"),
        ("1500", "g", "kg", "1.5"),
        ("1.3", "t", "kg", "1300"),
        ("1", "mg", "kg", "0.000001"),
        ("1500", "thousand-sticks", "sticks", "1500000"),
        ("0.001", "thousand-sticks", "sticks", "1"),
        ("2.5", "hl", "l", "250"),
        (" 007.50 ", "kg", "g", "7500"),
        ("9999999999.999999", "kg", "kg", "9999999999.999999"),
        (17, "persons", "persons", "17"),
        ("123456789000000", "mg", "kg", "123456789"),
        (Decimal("1E+3"), "g", "kg", "1"),
    ],
)
def test_what_is_written_is_what_is_counted(text: str, unit: str, to_unit: str, expected: str) -> None:
    assert str(parse_quantity(text, unit, to_unit)) == expected


@pytest.mark.parametrize(
    "text, code",
    [
        ("", "not-a-number"),
        ("twelve", "not-a-number"),
        ("1e3", "not-a-number"),
        ("1,5", "not-a-number"),
        ("1 500", "not-a-number"),
        ("+5", "not-a-number"),
        (".5", "not-a-number"),
        ("5.", "not-a-number"),
        ("1_000", "not-a-number"),
        ("0x1F", "not-a-number"),
        ("١٢", "not-a-number"),
        ("--", "not-a-number"),
        ("1" * 65, "not-a-number"),
        (0.1, "not-a-number"),
        (True, "not-a-number"),
        (None, "not-a-number"),
        ("NaN", "not-finite"),
        ("sNaN", "not-finite"),
        ("Infinity", "not-finite"),
        ("-inf", "not-finite"),
        (Decimal("NaN"), "not-finite"),
        (Decimal("Infinity"), "not-finite"),
        ("-1", "negative-quantity"),
        ("-0", "negative-quantity"),
        ("0.0000001", "too-precise"),
        ("1234567890.00000000000000000000000000000000001", "too-precise"),
        ("10000000000", "too-large"),
    ],
)
def test_what_is_not_a_plain_quantity_is_refused_with_its_code(text: object, code: str) -> None:
    error = refusal(text, pointer="/values/0/quantity")
    assert (error.code, error.problems[0].pointer) == (code, "/values/0/quantity")


def test_a_refused_number_says_what_would_be_accepted() -> None:
    assert refusal("1,5").problems[0].accepted == ("0", "17", "0.25")


@pytest.mark.parametrize(
    "unit, to_unit",
    [("kg", "pieces"), ("tablets", "kg"), ("l", "kg"), ("persons", "pieces"), ("USD", "EUR")],
)
def test_units_of_different_kinds_never_mix(unit: str, to_unit: str) -> None:
    error = refusal("5", unit, to_unit, pointer="/quantity", unit_pointer="/unit")
    assert (error.code, error.problems[0].pointer) == ("unit-mismatch", "/unit")
    assert to_unit in error.problems[0].accepted


def test_an_unknown_unit_is_refused_with_those_that_would_do() -> None:
    assert refusal("5", "stone", "kg").problems[0].accepted == ("kg", "g", "mg", "t")
    assert units_like("stone") == ()


def test_whole_things_are_counted_in_whole_numbers() -> None:
    assert refusal("1.5", "persons", "persons").code == "too-precise"
    assert parse_quantity("1.0", "persons", "persons") == 1


def test_a_conversion_that_would_lose_digits_is_refused() -> None:
    assert refusal("0.0001", "g", "kg").code == "too-precise"
    assert refusal("0.5", "sticks", "thousand-sticks").code == "too-precise"


def test_a_conversion_may_not_grow_too_large() -> None:
    assert refusal("9999999999", "t", "kg").code == "too-large"


def test_money_converts_only_at_the_operations_rates() -> None:
    rates = {"USD": Decimal("0.77")}
    assert parse_quantity("1000.50", "USD", "EUR", rates=rates) == Decimal("770.38")
    assert refusal("1", "GBP", "EUR", rates=rates).code == "unit-mismatch"


def test_equal_units_convert_without_a_factor() -> None:
    assert convert(Decimal("2.50"), "USD", "USD") == Decimal("2.5")
    with pytest.raises(Invalid):
        convert(Decimal(1), "kg", "furlong")


def test_a_decimal_can_be_read_with_more_places_for_rates() -> None:
    assert parse_decimal("0.00023541", decimals=10) == Decimal("0.00023541")
