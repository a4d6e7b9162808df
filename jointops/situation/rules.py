"""What holds for the daily picture: the status of an expected return, and how complete the reporting is.

Missing is not zero: no return, a nil return and a zero are three different things here and on every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReturnStatus(StrEnum):
    """Whether one unit's return for one day is there, as known at an instant."""

    NOT_EXPECTED = "not-expected"
    NOT_YET_DUE = "not-yet-due"
    MISSING = "missing"
    ON_TIME = "on-time"
    LATE = "late"
    NIL = "nil"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What had come in of one unit for one day by the instant asked about.

    ``first_at`` is when its first revision was submitted, which decides timeliness. ``nil`` and ``accepted`` are of
    the latest revision submitted by then; ``corrections`` is how many revisions came after the first.
    """

    first_at: datetime
    nil: bool
    accepted: bool
    corrections: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit on one day. ``late`` also tells a nil return that came late from one that came in time.

    ``withdrawn``: there was a return, which was taken back; nothing is received.
    """

    unit: str
    day: date
    expected: bool
    status: ReturnStatus
    late: bool
    receipt: Receipt | None
    withdrawn: bool = False

    @property
    def received(self) -> bool:
        """Whether a return had been submitted."""
        return self.receipt is not None


@dataclass(frozen=True, slots=True)
class Counts:
    """How complete the reporting is, over some units and days.

    ``expected`` = ``received`` + ``missing`` + ``not_yet_due``; ``received`` = ``on_time`` + ``late``, nil returns
    among them. ``voluntary`` are returns that were not expected; they count nowhere else. ``accepted`` are
    those of the received that the coordination centre has accepted, ``corrections`` the revisions after the first,
    of all returns.
    """

    expected: int = 0
    received: int = 0
    on_time: int = 0
    late: int = 0
    nil: int = 0
    missing: int = 0
    not_yet_due: int = 0
    voluntary: int = 0
    accepted: int = 0
    corrections: int = 0


def is_late(first_at: datetime, late_after: datetime) -> bool:
    """Say whether a return first submitted at ``first_at`` came after the deadline and its minutes of grace."""
    return first_at > late_after


def cell(
    unit: str,
    day: date,
    *,
    expected: bool,
    receipt: Receipt | None,
    late_after: datetime,
    at: datetime,
    withdrawn: bool = False,
) -> Cell:
    """Return the standing of one unit's return for one day, as known at ``at`` (all instants aware).

    ``late_after`` is the deadline for that day plus the minutes of grace. A return that was not expected is never
    late: nothing was owed.
    """
    if receipt is None:
        if not expected:
            status = ReturnStatus.NOT_EXPECTED
        else:
            status = ReturnStatus.MISSING if at > late_after else ReturnStatus.NOT_YET_DUE
        return Cell(unit, day, expected, status, late=False, receipt=None, withdrawn=withdrawn)
    late = expected and is_late(receipt.first_at, late_after)
    in_time = ReturnStatus.LATE if late else ReturnStatus.ON_TIME
    status = ReturnStatus.NIL if receipt.nil else in_time
    return Cell(unit, day, expected, status, late=late, receipt=receipt)


def count(cells: Iterable[Cell]) -> Counts:
    """Return how complete the reporting of ``cells`` is."""
    seen = list(cells)
    owed = [item for item in seen if item.expected]
    received = [item for item in owed if item.received]
    return Counts(
        expected=len(owed),
        received=len(received),
        on_time=sum(not item.late for item in received),
        late=sum(item.late for item in received),
        nil=sum(item.status is ReturnStatus.NIL for item in received),
        missing=sum(item.status is ReturnStatus.MISSING for item in owed),
        not_yet_due=sum(item.status is ReturnStatus.NOT_YET_DUE for item in owed),
        voluntary=sum(item.received and not item.expected for item in seen),
        accepted=sum(item.receipt.accepted for item in received if item.receipt is not None),
        corrections=sum(item.receipt.corrections for item in seen if item.receipt is not None),
    )
