"""A running operation and returns in it, in a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.operations.models import Operation
from jointops.returns import service as returns
from jointops.returns.submission import IncidentEntry, Submission, ValueEntry
from tests import builders
from tests.builders import FIRST_DAY

SECOND_DAY = FIRST_DAY + timedelta(days=1)
IN_TIME = datetime(2027, 5, 3, 16, 0, tzinfo=UTC)
"""In time for the first day: the deadline is 20:00 in Amsterdam (18:00 UTC) and an hour of grace."""

Value = tuple[str, str] | tuple[str, str, str | None]


def hours(count: float, after: datetime = IN_TIME) -> datetime:
    return after + timedelta(hours=count)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    with clock.fixed(instant):
        yield


def running(session: Session, **changes: Any) -> Operation:
    """Return a running operation whose first day is 3 May 2027."""
    return builders.operation(session, "running", **changes)


def report(
    session: Session,
    operation: Operation,
    unit: str,
    values: Sequence[Value] = (),
    *,
    day: date = FIRST_DAY,
    when: datetime = IN_TIME,
    incidents: Sequence[IncidentEntry] = (),
    nil: bool = False,
    reason: str = "",
    accepted: bool = False,
    scope: str | None = None,
) -> None:
    """Submit a return at ``when``; with ``accepted`` it is verified and accepted at the same instant."""
    entries = tuple(
        ValueEntry(
            indicator=value[0], quantity=value[1], category=value[2] if len(value) > 2 else None, scope=scope
        )
        for value in values
    )
    submission = Submission(values=entries, incidents=tuple(incidents), nil=nil, reason=reason)
    with clock.fixed(when):
        returns.submit(session, builders.reporter(unit), operation, unit, day, submission)
        if accepted:
            returns.verify(session, builders.COORDINATOR, operation, unit, day)
            returns.accept(session, builders.COORDINATOR, operation, unit, day)
    session.flush()


def seizure(
    reference: str, quantity: str, *, indicator: str = "cocaine-seized", joint_with: Sequence[str] = ()
) -> IncidentEntry:
    return IncidentEntry(
        reference=reference, indicator=indicator, quantity=quantity, joint_with=tuple(joint_with)
    )


def amount(text: str) -> Decimal:
    return Decimal(text)
