"""Calendars as iCalendar (RFC 5545), for the programs in which people keep their days.

Same input, same bytes: nothing comes from the moment of writing. Instants are written as local times of their zone,
and the calendar carries each zone's own rules (VTIMEZONE), so that no reader has to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from icalendar.parser import Contentline

MEDIA_TYPE = "text/calendar"

PRODUCT = "-//jointops//calendar//EN"

REFRESH = timedelta(hours=1)
"""How often a subscribed program is asked to look again."""


class Status(StrEnum):
    """How certain an event is, in the words of RFC 5545."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. All texts are already translated.

    ``start`` and ``end`` are both days (whole days, both included), or both aware instants told on the clocks of
    ``zone``; an instant without an ``end`` is a moment. ``days`` repeats an event with hours on so many days in a
    row, at the same times of day. ``uid`` stays the same for as long as the event is the same; ``sequence`` grows
    with every change, at ``modified``. ``alarm`` rings so long before the start. ``busy`` says whether it takes the
    person's time.
    """

    uid: str
    summary: str
    start: date | datetime
    end: date | datetime | None
    modified: datetime
    zone: str = "UTC"
    sequence: int = 0
    days: int = 1
    description: str = ""
    location: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    status: Status = Status.CONFIRMED
    busy: bool = False
    alarm: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar with a name, and its events in any order."""

    name: str
    description: str = ""
    events: Sequence[Event] = field(default=())


def write(calendar: Calendar) -> bytes:
    """Return the calendar as iCalendar, its events in the order of their start."""
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    # The names that programs understood before RFC 7986, and those that it gave.
    made.add("x-wr-calname", calendar.name)
    made.add("name", calendar.name)
    if calendar.description:
        made.add("x-wr-caldesc", calendar.description)
        made.add("description", calendar.description)
    made.add("x-published-ttl", icalendar.vDuration(REFRESH))
    made.add("refresh-interval", icalendar.vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    events = sorted(calendar.events, key=lambda event: (_begins(event), event.uid))
    for zone, years in _zones(events):
        made.add_component(time_zone(zone, *years))
    head = bytes(made.to_ical(sorted=False)).removesuffix(_END)
    return head + _folded(line for event in events for line in _lines(event)) + _END


_END = b"END:VCALENDAR\r\n"


def _begins(event: Event) -> datetime:
    if isinstance(event.start, datetime):
        return event.start
    return datetime.combine(event.start, time(0), ZoneInfo(event.zone))


# --- Events ----------------------------------------------------------------------------------------------------------
# The library makes an object of every value of every event, which for thousands of events takes seconds. Here it only
# says how a text, a duration and a zone are written and where a long line is folded; the lines are made as text.


def _lines(event: Event) -> Iterator[str]:
    """Give the lines of an event, each yet to be folded."""
    modified = f"{event.modified.astimezone(UTC):{_INSTANT}}Z"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{modified}"
    yield f"LAST-MODIFIED:{modified}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"SUMMARY:{_text(event.summary)}"
    if isinstance(event.start, datetime):
        yield _instant("DTSTART", event.start, event.zone)
        if isinstance(event.end, datetime):
            yield _instant("DTEND", event.end, event.zone)
        if event.days > 1:
            yield f"RRULE:FREQ=DAILY;COUNT={event.days}"
    else:
        # In iCalendar the end of whole days is the day after.
        yield f"DTSTART;VALUE=DATE:{event.start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{(event.end or event.start) + timedelta(days=1):%Y%m%d}"
    yield f"STATUS:{event.status.value}"
    yield f"TRANSP:{'OPAQUE' if event.busy else 'TRANSPARENT'}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.location:
        yield f"LOCATION:{_text(event.location)}"
    if event.url:
        yield f"URL:{event.url}"
    if event.categories:
        yield f"CATEGORIES:{','.join(map(_text, event.categories))}"
    if event.alarm is not None and event.status is not Status.CANCELLED:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(event.summary)}"
        yield f"TRIGGER:{icalendar.vDDDTypes(-event.alarm).to_ical().decode()}"
        yield "END:VALARM"
    yield "END:VEVENT"


_INSTANT = "%Y%m%dT%H%M%S"


def _text(text: str) -> str:
    return icalendar.vText(text).to_ical().decode()


def _instant(name: str, at: datetime, zone: str) -> str:
    parameter, sign = _told_in(zone)
    return f"{name}{parameter}:{at.astimezone(ZoneInfo(zone)):{_INSTANT}}{sign}"


@lru_cache(maxsize=64)
def _told_in(zone: str) -> tuple[str, str]:
    """Return what stands before and behind an instant of this zone: the zone's name, or for UTC the sign of that."""
    name = icalendar.vDatetime(datetime(2000, 1, 1, tzinfo=ZoneInfo(zone))).params.get("TZID")
    return (f";TZID={name}", "") if name else ("", "Z")


def _folded(lines: Iterable[str]) -> bytes:
    """Return lines of content with their ends, the long ones folded."""
    return b"".join(_line(line) + b"\r\n" for line in lines)


_LENGTH = 75
"""Bytes that a line has at most before it is folded, with its end."""


_content_line: Callable[[str], Any] = Contentline
"""The library gives it no types."""


def _line(line: str) -> bytes:
    plain = line.encode()
    return plain if len(plain) < _LENGTH else bytes(_content_line(line).to_ical())


# --- Time zones ------------------------------------------------------------------------------------------------------


def _zones(events: Iterable[Event]) -> list[tuple[str, tuple[int, int]]]:
    """Return the zones that the events are told in, each with the first and last year that it is needed for."""
    years: dict[str, tuple[int, int]] = {}
    for event in events:
        if not isinstance(event.start, datetime):
            continue
        first = event.start.astimezone(ZoneInfo(event.zone)).year
        end = event.end if isinstance(event.end, datetime) else event.start
        last = (end.astimezone(ZoneInfo(event.zone)) + timedelta(days=event.days)).year
        known = years.get(event.zone, (first, last))
        years[event.zone] = (min(known[0], first), max(known[1], last))
    return sorted(years.items())


@lru_cache(maxsize=64)
def time_zone(name: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """Return a zone's rules from the first to the last year: every change of its clocks, with when it happens.

    A change is told in the time before it, as RFC 5545 wants it; this is why the rules are written here rather than
    by the library, which tells the beginning of summer time an hour late.
    """
    zone = ZoneInfo(name)
    made = icalendar.Timezone()
    made.add("tzid", name)
    begin = datetime(first_year, 1, 1, tzinfo=UTC)
    # One before the first event, so that whatever comes first in the year has a rule to go by.
    before = begin - timedelta(days=1)
    made.add_component(_observance(zone, before, before.astimezone(zone).utcoffset() or timedelta()))
    for change in _changes(zone, begin, datetime(last_year + 1, 1, 2, tzinfo=UTC)):
        earlier = (change - timedelta(seconds=1)).astimezone(zone).utcoffset() or timedelta()
        made.add_component(_observance(zone, change, earlier))
    return made


def _observance(
    zone: ZoneInfo, change: datetime, before: timedelta
) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    local = change.astimezone(zone)
    made = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
    made.add("dtstart", (change + before).replace(tzinfo=None))
    made.add("tzoffsetfrom", before)
    made.add("tzoffsetto", local.utcoffset() or timedelta())
    made.add("tzname", local.tzname() or str(zone))
    return made


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterable[datetime]:
    """Return the instants (UTC) from ``begin`` until ``end`` from which the zone's clocks go differently."""
    day, step = begin, timedelta(days=1)
    while day < end:
        if day.astimezone(zone).utcoffset() != (day + step).astimezone(zone).utcoffset():
            yield _change_within(zone, day, day + step)
        day += step


def _change_within(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
