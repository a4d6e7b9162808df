from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from jointops.situation.rules import Cell, Counts, Receipt, ReturnStatus, cell, count, is_late

DAY = date(2014, 9, 15)
LATE_AFTER = datetime(2014, 9, 15, 19, 0, tzinfo=UTC)
BEFORE = LATE_AFTER - timedelta(minutes=1)
AFTER = LATE_AFTER + timedelta(minutes=1)


def receipt(first_at: datetime = BEFORE, *, nil: bool = False, corrections: int = 0) -> Receipt:
    return Receipt(first_at, nil=nil, accepted=False, corrections=corrections)


def made(*, expected: bool = True, came: Receipt | None = None, at: datetime = AFTER) -> Cell:
    return cell("RO-POLICE", DAY, expected=expected, receipt=came, late_after=LATE_AFTER, at=at)


def test_a_return_is_missing_only_after_the_deadline_and_its_grace() -> None:
    assert made(at=BEFORE).status is ReturnStatus.NOT_YET_DUE
    assert made(at=LATE_AFTER).status is ReturnStatus.NOT_YET_DUE
    assert made(at=AFTER).status is ReturnStatus.MISSING


def test_what_nobody_asked_for_is_never_missing() -> None:
    assert made(expected=False).status is ReturnStatus.NOT_EXPECTED


def test_a_return_at_the_last_moment_is_on_time() -> None:
    assert not is_late(LATE_AFTER, LATE_AFTER)
    assert made(came=receipt(LATE_AFTER)).status is ReturnStatus.ON_TIME
    assert made(came=receipt(AFTER)).status is ReturnStatus.LATE


@pytest.mark.parametrize("first_at, late", [(BEFORE, False), (AFTER, True)])
def test_a_nil_return_is_nil_and_still_on_time_or_late(first_at: datetime, late: bool) -> None:
    standing = made(came=receipt(first_at, nil=True))

    assert standing.status is ReturnStatus.NIL
    assert standing.late is late


def test_a_return_that_was_not_owed_is_not_late() -> None:
    standing = made(expected=False, came=receipt(AFTER))

    assert standing.status is ReturnStatus.ON_TIME
    assert not standing.late


def test_counts_add_up() -> None:
    cells = [
        made(came=receipt()),
        made(came=receipt(AFTER, corrections=2)),
        made(came=receipt(nil=True)),
        made(came=receipt(AFTER, nil=True)),
        made(),
        made(at=BEFORE),
        made(expected=False),
        made(expected=False, came=receipt(corrections=1)),
    ]

    counts = count(cells)

    assert counts == Counts(
        expected=6, received=4, on_time=2, late=2, nil=2, missing=1, not_yet_due=1, voluntary=1, corrections=3
    )
    assert counts.expected == counts.received + counts.missing + counts.not_yet_due
    assert counts.received == counts.on_time + counts.late


def test_nothing_expected_counts_as_nothing() -> None:
    assert count([]) == Counts()
