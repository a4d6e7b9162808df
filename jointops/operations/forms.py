"""Fields of forms that several pages read alike. Nothing here knows a request."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _


def local_instant(text: str, time_zone: str, pointer: str) -> datetime:
    """Read a field of date and time, on the clocks of ``time_zone``, and return the instant (aware).

    Raises Invalid (``not-an-instant``).
    """
    try:
        given = datetime.fromisoformat(text.strip())
        return given.replace(tzinfo=ZoneInfo(time_zone)) if given.tzinfo is None else given
    except (ValueError, OverflowError):
        message = _("Give a date and a time, such as 2027-04-19T18:00.")
        raise Invalid([Problem("not-an-instant", message, pointer)]) from None
