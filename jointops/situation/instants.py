"""Instants as people and other software ask for them: "as known at"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jointops.kernel import clock
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _

PARAMETER = "as_known_at"
_LAST_SECOND = timedelta(seconds=59)
_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$")


def as_known_at(text: str | None, time_zone: str, pointer: str = f"/query/{PARAMETER}") -> datetime | None:
    """Read an instant that somebody asks about; ``None`` for nothing, which means now.

    With an offset it is that instant; without one it is on a clock in ``time_zone``, to the end of the minute given,
    so that 23:59 is the end of the day. Raises :class:`Invalid`: ``not-an-instant``, ``instant-in-future``.
    """
    if text is None or not text.strip():
        return None
    try:
        # In an address a plus sign that was not escaped reads as a space.
        given = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
        if given.tzinfo is None:
            given = given.replace(tzinfo=ZoneInfo(time_zone))
            if given.second == 0 and given.microsecond == 0:
                given += _LAST_SECOND
        instant = given.astimezone(UTC)
    except (ValueError, OverflowError):
        message = _(
            "This is no date and time. Write it like 2014-09-24T23:59, or with an offset: 2014-09-24T23:59+02:00."
        )
        raise Invalid([Problem("not-an-instant", message, pointer)]) from None
    return not_in_future(instant, pointer)


def not_in_future(instant: datetime, pointer: str = f"/query/{PARAMETER}") -> datetime:
    """Return an instant that has come. What will be known is not known: raises :class:`Invalid`
    ``instant-in-future``.
    """
    if instant > clock.now():
        message = _("This instant has not come yet. Leave it out to see what is known now.")
        raise Invalid([Problem("instant-in-future", message, pointer)])
    return instant


def local_minute(instant: datetime, time_zone: str) -> str:
    """Write an instant as a page's field holds it: the minute on a clock in ``time_zone``."""
    return instant.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M")


def end_of(day: date) -> str:
    """Write the end of a day as :func:`as_known_at` reads it."""
    return datetime.combine(day, time(23, 59)).strftime("%Y-%m-%dT%H:%M")
