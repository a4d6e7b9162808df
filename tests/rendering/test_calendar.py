from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointops.rendering.calendar import Calendar, Event, Status, time_zone, write

WHEN = datetime(2027, 1, 15, 12, 30, tzinfo=UTC)

ZONES = ["Europe/Amsterdam", "Europe/London", "Europe/Chisinau", "Africa/Casablanca", "Asia/Kolkata", "UTC"]

# The library writes a backslash before an N as the standard has it, but reads it back as the end of a line.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), max_size=120).filter(
    lambda text: "\\N" not in text
)


def moment(at: datetime, zone: str) -> Event:
    return Event("a@x", "Due", at, None, WHEN, zone)


@st.composite
def events(draw: st.DrawFn) -> Event:
    zone = draw(st.sampled_from(ZONES))
    first = draw(st.dates(date(2014, 1, 1), date(2035, 12, 31)))
    whole = draw(st.booleans())
    at = datetime.combine(first, draw(st.times()).replace(microsecond=0), ZoneInfo(zone)).astimezone(UTC)
    return Event(
        uid=draw(st.from_regex(r"[a-z]{1,20}\.[A-Z0-9.-]{1,60}@jointops", fullmatch=True)),
        summary=draw(TEXTS),
        start=first if whole else at,
        end=first + timedelta(days=draw(st.integers(0, 40)))
        if whole
        else draw(st.sampled_from([None, at + timedelta(hours=3)])),
        modified=WHEN,
        zone=zone,
        sequence=draw(st.integers(0, 9999)),
        days=1 if whole else draw(st.integers(1, 9)),
        description="\n".join(draw(st.lists(TEXTS, max_size=3))),
        location=draw(TEXTS),
        url=draw(st.sampled_from(["", "https://jointops.example/operations/X-2027/tasks/T1,2?day=5"])),
        categories=tuple(draw(st.lists(TEXTS.filter(bool), max_size=2))),
        busy=draw(st.booleans()),
        status=draw(st.sampled_from(Status)),
        alarm=draw(st.sampled_from([None, timedelta(hours=1)])),
    )


@settings(max_examples=25)
@given(st.lists(events(), max_size=3, unique_by=lambda event: event.uid))
def test_events_survive_being_written_and_read(given_events: list[Event]) -> None:
    written = write(Calendar("Name; with, signs", events=given_events))

    assert all(len(line.encode()) <= 75 for line in written.decode().split("\r\n"))
    read = {str(event["uid"]): event for event in icalendar.Calendar.from_ical(written).events}
    assert set(read) == {event.uid for event in given_events}
    for event in given_events:
        there = read[event.uid]
        assert str(there["summary"]) == event.summary
        assert str(there.get("description", "")) == event.description
        assert str(there.get("location", "")) == event.location
        assert (there["sequence"], str(there["status"])) == (event.sequence, event.status.value)
        assert there.decoded("last-modified") == WHEN
        start, end = there.decoded("dtstart"), there.decoded("dtend", None)
        if isinstance(event.start, datetime):
            assert start.astimezone(UTC) == event.start
            assert (end.astimezone(UTC) if end else None) == event.end
            assert there.get("rrule", {}).get("COUNT", [1]) == [event.days]
        else:
            assert event.end is not None
            assert (start, end) == (event.start, event.end + timedelta(days=1))


@settings(max_examples=40)
@given(events())
def test_an_event_is_written_as_the_library_writes_it(event: Event) -> None:
    written = write(Calendar("x", events=[event]))

    begin, end = written.index(b"BEGIN:VEVENT"), written.index(b"END:VCALENDAR")
    assert written[begin:end] == by_the_library(event).to_ical(sorted=False)


def by_the_library(event: Event) -> icalendar.Event:
    made, zone = icalendar.Event(), ZoneInfo(event.zone)
    made.add("uid", event.uid)
    made.add("dtstamp", event.modified)
    made.add("last-modified", event.modified)
    made.add("sequence", event.sequence)
    made.add("summary", event.summary)
    if isinstance(event.start, datetime):
        made.add("dtstart", event.start.astimezone(zone))
        if isinstance(event.end, datetime):
            made.add("dtend", event.end.astimezone(zone))
        if event.days > 1:
            made.add("rrule", {"freq": "daily", "count": event.days})
    else:
        made.add("dtstart", event.start)
        made.add("dtend", (event.end or event.start) + timedelta(days=1))
    made.add("status", event.status.value)
    made.add("transp", "OPAQUE" if event.busy else "TRANSPARENT")
    for name in ("description", "location", "url"):
        if value := getattr(event, name):
            made.add(name, value)
    if event.categories:
        made.add("categories", list(event.categories))
    if event.alarm is not None and event.status is not Status.CANCELLED:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.summary)
        alarm.add("trigger", -event.alarm)
        made.add_component(alarm)
    return made


@pytest.mark.parametrize(("day", "hour"), [(date(2027, 3, 27), 19), (date(2027, 3, 28), 18)])
def test_a_deadline_at_eight_in_amsterdam_is_an_hour_earlier_in_utc_in_summer(day: date, hour: int) -> None:
    at = datetime.combine(day, time(20), ZoneInfo("Europe/Amsterdam"))

    written = write(Calendar("x", events=[moment(at.astimezone(UTC), "Europe/Amsterdam")])).decode()

    assert f"DTSTART;TZID=Europe/Amsterdam:{day:%Y%m%d}T200000" in written
    event = icalendar.Calendar.from_ical(written).events[0]
    assert event.decoded("dtstart").astimezone(UTC) == datetime.combine(day, time(hour), UTC)


@settings(max_examples=60)
@given(st.sampled_from(ZONES), st.integers(0, 22 * 365 * 24 * 60))
def test_the_rules_that_a_calendar_carries_give_the_zone_s_own_times(zone: str, minutes: int) -> None:
    at = datetime(2014, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    rules = time_zone(zone, at.year, at.year)

    # By the rules alone, as a program reads them that does not know the zone.
    onsets = sorted(
        (
            rule.decoded("dtstart").replace(tzinfo=UTC) - rule.decoded("tzoffsetfrom"),
            rule.decoded("tzoffsetto"),
        )
        for rule in rules.subcomponents
    )
    offset = [offset for onset, offset in onsets if onset <= at][-1]

    assert offset == at.astimezone(ZoneInfo(zone)).utcoffset()


def test_summer_time_is_told_from_the_hour_before_it() -> None:
    written = time_zone("Europe/Amsterdam", 2027, 2027).to_ical(sorted=False).decode()

    assert "BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200" in written
    assert "BEGIN:STANDARD\r\nDTSTART:20271031T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100" in written


def test_the_same_calendar_gives_the_same_bytes() -> None:
    made = [moment(WHEN, "Europe/Amsterdam"), Event("b@x", "Days", date(2027, 5, 3), date(2027, 5, 7), WHEN)]

    assert write(Calendar("x", events=made)) == write(Calendar("x", events=made[::-1]))
