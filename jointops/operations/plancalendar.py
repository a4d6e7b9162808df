"""Days and deadlines of an operation: in its own time zone, daylight saving included; instants are aware, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jointops.operations.plandoc import PlanDocument, ReportingException


def deadline(document: PlanDocument, day: date) -> datetime:
    """Return the instant at which the return for ``day`` is due."""
    after = 1 if document.reporting.deadline_day == "next" else 0
    return _instant(document, day + timedelta(days=after), document.reporting.deadline)


def late_after(document: PlanDocument, day: date) -> datetime:
    """Return the instant after which a return for ``day`` is late: the deadline and the minutes of grace."""
    return deadline(document, day) + timedelta(minutes=document.reporting.grace_minutes)


def freezes_at(document: PlanDocument) -> datetime:
    """Return the instant from which figures change only by permit: the end of the freeze day."""
    last = document.period.end + timedelta(days=document.reporting.freeze_days_after_end)
    return _instant(document, last + timedelta(days=1), time(0, 0))


def begins_at(document: PlanDocument, day: date) -> datetime:
    """Return the instant at which ``day`` begins in the operation's time zone."""
    return _instant(document, day, time(0, 0))


def local_day(document: PlanDocument, instant: datetime) -> date:
    """Return the day that an (aware) instant falls on in the operation's time zone."""
    return instant.astimezone(ZoneInfo(document.time_zone)).date()


def due(document: PlanDocument, unit_code: str) -> tuple[date, ...]:
    """Return the action days for which the unit owes a return, in order."""
    exception = _exception(document, unit_code)
    if exception is not None:
        return tuple(sorted(exception.days))
    return document.period.days() if document.reporting.expected == "all" else ()


def phase_of(document: PlanDocument, day: date) -> str | None:
    """Return the phase that ``day`` belongs to: preparatory, action-days or follow-up; None outside the operation."""
    if day in document.period:
        return "action-days"
    before, after = document.phases.preparatory, document.phases.follow_up
    if before is not None and day in before:
        return "preparatory"
    return "follow-up" if after is not None and day in after else None


def _exception(document: PlanDocument, unit_code: str) -> ReportingException | None:
    return next((item for item in document.reporting.exceptions if unit_code in item.units), None)


def _instant(document: PlanDocument, day: date, at: time) -> datetime:
    """Turn a local time into an instant; one that daylight saving skips is read with the offset before the change."""
    return datetime.combine(day, at, ZoneInfo(document.time_zone)).astimezone(UTC)
