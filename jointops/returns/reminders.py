"""Which reminders of returns that are not there are due when: plain functions over a plan and instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from jointops.operations import plancalendar
from jointops.operations.plandoc import Hours, PlanDocument, Reminder

USUAL = (
    Reminder(minutes=-60, to="unit"),
    Reminder(minutes=15, to="unit"),
    Reminder(minutes=60, to="national-coordinator"),
    Reminder(minutes=180, to="coordinator"),
)
"""Reminders of a plan that names none: an hour before, for the officer still on duty; a quarter of an hour after, when
most have only forgotten; then whoever can call the unit, and three hours after whoever reads the figures out."""

STALE_AFTER = timedelta(hours=12)
"""How long after its time a reminder still goes out, such as after a night without the service: later the next day's
reminders say what matters."""


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: about which day, to whom, since when, and the deadline that it is about (UTC)."""

    day: date
    reminder: Reminder
    at: datetime
    deadline: datetime

    @property
    def step(self) -> str:
        """The reminder's place in the plan, as what was sent is remembered: ``+15:unit``."""
        return f"{self.reminder.minutes:+d}:{self.reminder.to}"


def due(plan: PlanDocument, now: datetime) -> Iterator[Due]:
    """Give the reminders that are due at ``now`` (aware), whichever units they turn out to concern."""
    days = set(plan.period.days())
    for exception in plan.reporting.exceptions:
        days.update(exception.days)
    for day in sorted(days):
        deadline = plancalendar.deadline(plan, day)
        for reminder in plan.reporting.reminders or USUAL:
            at = after_quiet_hours(
                deadline + timedelta(minutes=reminder.minutes), plan.reporting.quiet_hours, plan.time_zone
            )
            if at <= now < at + STALE_AFTER:
                yield Due(day, reminder, at, deadline)


def after_quiet_hours(moment: datetime, quiet: Hours | None, time_zone: str) -> datetime:
    """Return ``moment``, or the end of the quiet hours that it falls into (aware; UTC comes back).

    The hours are on the clocks of ``time_zone``; where these are put back, the hours end when they end for good.
    """
    if quiet is None or quiet.since == quiet.until:
        return moment.astimezone(UTC)
    zone = ZoneInfo(time_zone)
    local = moment.astimezone(zone)
    now = local.time()
    overnight = quiet.until < quiet.since
    after, before = now >= quiet.since, now < quiet.until
    if not (after or before if overnight else after and before):
        return moment.astimezone(UTC)
    last = local.date() + timedelta(days=1) if overnight and now >= quiet.since else local.date()
    end = datetime.combine(last, quiet.until, zone).astimezone(UTC)
    if end <= moment:
        # The clocks were put back over this hour: it comes a second time.
        end = datetime.combine(last, quiet.until.replace(fold=1), zone).astimezone(UTC)
    return end
