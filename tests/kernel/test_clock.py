"""The clock: aware, in UTC, and still when a test holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from jointops.kernel import clock

NOON = datetime(2027, 5, 3, 12, tzinfo=UTC)


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_a_held_clock_stands_still_in_utc_and_goes_on_afterwards() -> None:
    with clock.fixed(NOON.astimezone(timezone(timedelta(hours=2)))):
        assert clock.now() == NOON
        assert clock.now().utcoffset() == timedelta(0)
        assert clock.later(90) == NOON + timedelta(seconds=90)
    assert clock.now() > NOON - timedelta(days=365)
    assert clock.now() != NOON


def test_held_clocks_nest() -> None:
    with clock.fixed(NOON):
        with clock.fixed(NOON + timedelta(days=1)):
            assert clock.now().day == 4
        assert clock.now().day == 3


def test_a_clock_cannot_be_held_at_an_ambiguous_time() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.fixed(datetime(2027, 5, 3)):  # noqa: DTZ001
        pass


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-05-03T12:00:00Z", NOON),
        ("2027-05-03T14:00:00+02:00", NOON),
        (" 2027-05-03T12:00:00.000001+00:00 ", NOON + timedelta(microseconds=1)),
    ],
)
def test_instants_are_read_with_their_offset(text: str, instant: datetime) -> None:
    assert clock.parse_iso(text) == instant
    assert clock.parse_iso(clock.iso(instant)) == instant


@pytest.mark.parametrize("text", ["2027-05-03T12:00:00", "2027-05-03", "noon", ""])
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        clock.parse_iso(text)


def test_instants_are_written_in_utc() -> None:
    assert clock.iso(NOON.astimezone(timezone(timedelta(hours=2)))) == "2027-05-03T12:00:00Z"
