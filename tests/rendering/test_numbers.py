from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointops.rendering import numbers

MOMENT = datetime(2014, 9, 24, 21, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, locale, expected",
    [
        (1027, "en", "1,027"),
        (Decimal("0.3"), "en", "0.3"),
        (Decimal("0.1") + Decimal("0.2"), "en", "0.3"),
        (Decimal("1300.50"), "en", "1,300.5"),
        (Decimal("1E+3"), "en", "1,000"),
        (Decimal("1300.5"), "fr", "1\u202f300,5"),
        (Decimal("1300.5"), "de", "1.300,5"),
        (Decimal("-5"), "en", "-5"),
        (Decimal("NaN"), "en", "–"),
        (Decimal("1300.5"), "qps", "1,300.5"),
        (Decimal("1300.5"), "xx", "1,300.5"),
    ],
)
def test_a_number_reads_as_its_language_writes_it(value: Decimal | int, locale: str, expected: str) -> None:
    assert numbers.number(value, locale) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_no_digit_is_lost(value: Decimal) -> None:
    assert Decimal(numbers.number(value, "en").replace(",", "")) == value


def test_places_are_given_when_asked_for() -> None:
    assert numbers.number(Decimal("2.345"), "en", places=2) == "2.35"
    assert numbers.number(2, "fr", places=2) == "2,00"
    assert numbers.number(Decimal("1234.5"), "en", places=0) == "1,235"


def test_a_quantity_and_its_unit_stay_on_one_line() -> None:
    assert numbers.quantity(1300, "kg", "en") == "1,300\u00a0kg"
    assert numbers.quantity(3, "", "en") == "3"


@pytest.mark.parametrize(
    "part, whole, expected",
    [
        (260, 306, "85%"),
        (0, 306, "0%"),
        (306, 306, "100%"),
        (305, 306, "< 100%"),
        (1, 306, "< 1%"),
        (612, 306, "200%"),
        (1, 0, "–"),
        (1, None, "–"),
    ],
)
def test_only_all_reads_as_all_and_only_nothing_as_nothing(
    part: int, whole: int | None, expected: str
) -> None:
    assert numbers.percentage(part, whole, "en") == expected


def test_percentages_follow_the_language() -> None:
    assert numbers.percentage(1, 3, "fr", places=1) == "33,3\u00a0%"


def test_days_are_written_for_people() -> None:
    day = date(2014, 9, 15)
    assert numbers.day(day, "en") == "Monday 15 September 2014"
    assert numbers.day(day, "fr") == "lundi 15 septembre 2014"
    assert numbers.day(day, "qps") == "Monday 15 September 2014"
    assert numbers.long_day(day, "en") == "15 September 2014"
    assert numbers.short_day(day, "en") == "15 Sept 2014"
    assert numbers.axis_day(day, "en") == "15\u00a0Sept"


def test_ranges_name_what_they_share_once() -> None:
    assert numbers.day_range(date(2014, 9, 15), date(2014, 9, 23), "en") == "15–23 September 2014"
    assert numbers.day_range(date(2014, 9, 15), date(2014, 9, 23), "fr") == "15–23 septembre 2014"
    assert numbers.day_range(date(2014, 9, 15), date(2014, 9, 15), "en") == "15 September 2014"
    across = numbers.day_range(date(2014, 9, 29), date(2014, 10, 3), "en")
    assert across.startswith("29 Sept")
    assert across.endswith("2014")


def test_instants_are_shown_on_the_clock_of_a_place_with_its_offset() -> None:
    assert numbers.instant(MOMENT, "en", "Europe/Amsterdam") == "24 September 2014, 23:59 (UTC+02:00)"
    assert numbers.instant(MOMENT, "en") == "24 September 2014, 21:59 (UTC)"
    assert numbers.instant(MOMENT, "en", "America/St_Johns") == "24 September 2014, 19:29 (UTC-02:30)"
    assert numbers.short_instant(MOMENT, "en", "Europe/Amsterdam") == "24 Sept 2014, 23:59"
    assert numbers.time_of_day(MOMENT, "en", "Europe/Amsterdam") == "23:59"


def test_the_clock_follows_daylight_saving() -> None:
    winter = datetime(2014, 12, 15, 9, 30, tzinfo=UTC)
    assert numbers.instant(winter, "en", "Europe/Amsterdam") == "15 December 2014, 10:30 (UTC+01:00)"


def test_an_instant_without_a_zone_names_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        numbers.instant(datetime(2014, 9, 24), "en")  # noqa: DTZ001


def test_lists_are_joined_as_they_are_read_out() -> None:
    assert numbers.join(["a", "b", "c"], "en") == "a, b and c"
    assert numbers.join(["a", "b"], "fr") == "a et b"
