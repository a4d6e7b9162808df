"""A diary as the events of a calendar, in one language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jointops.calendars.rules import Deadline
from jointops.calendars.service import Diary
from jointops.kernel.i18n import _, label, translator
from jointops.meetings.models import Meeting, MeetingState
from jointops.operations.models import Operation, OperationState
from jointops.operations.page import marking_line
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.rendering.calendar import Calendar, Event, Status
from jointops.tasks.models import AssignmentState
from jointops.tasks.windows import Window

DOMAIN = "jointops"
"""What stands behind the @ of every event's identifier: the same on every address of one installation."""

DEADLINE_ALARM = timedelta(hours=1)
MEETING_ALARM = timedelta(minutes=15)

Url = Callable[..., str]
"""Makes the absolute address of a route from its name and the varying parts."""


def calendar(diary: Diary, name: str, locale: str, url: Url) -> Calendar:
    """Return the calendar of a diary called ``name``, with its texts in ``locale``."""
    writer = _Writer(diary, locale, url)
    events = [
        *(writer.operation_days(operation) for operation in diary.operations),
        *(writer.deadline(deadline) for deadline in diary.deadlines),
        *(writer.task(window) for window in diary.tasks),
        *(writer.meeting(meeting) for meeting in diary.meetings),
    ]
    return Calendar(name, events=events)


class _Writer:
    def __init__(self, diary: Diary, locale: str, url: Url) -> None:
        self._operations = {operation.code: operation for operation in diary.operations}
        self._versions = diary.versions
        self._locale = locale
        self._say = translator(locale)
        self._url = url

    def operation_days(self, operation: Operation) -> Event:
        _number, made = self._versions[operation.id]
        cancelled = operation.state is OperationState.CANCELLED
        tentative = operation.state in {OperationState.DRAFT, OperationState.CONSULTATION}
        return Event(
            uid=_uid("operation", operation.code),
            summary=self._summary(
                operation,
                self._say(
                    _(
                        "${code}: action days",
                        mapping={"code": operation.code},
                    )
                ),
            ),
            start=operation.starts_on,
            end=operation.ends_on,
            modified=made,
            zone=operation.time_zone,
            sequence=operation.version,
            description=self._description(operation, label(operation.title, self._locale)),
            url=self._url("operation.plan", code=operation.code),
            categories=(self._say(_("Operations")),),
            status=Status.CANCELLED if cancelled else Status.TENTATIVE if tentative else Status.CONFIRMED,
        )

    def deadline(self, deadline: Deadline) -> Event:
        operation = self._operations[deadline.operation]
        number, made = self._versions[operation.id]
        day = numbers.axis_day(deadline.day, self._locale)
        units = ", ".join(deadline.units)
        return Event(
            uid=_uid("returns", deadline.day.isoformat(), operation.code),
            summary=self._summary(
                operation,
                self._say(
                    _(
                        "${code}: returns for ${day} are due",
                        mapping={"code": operation.code, "day": day},
                    )
                ),
            ),
            start=deadline.at,
            end=None,
            modified=made,
            zone=operation.time_zone,
            sequence=number,
            description=self._description(
                operation, self._say(_("Units: ${units}", mapping={"units": units}))
            ),
            url=self._url("operation.returns", code=operation.code),
            categories=(self._say(_("Returns")),),
            status=Status.TENTATIVE
            if operation.state in {OperationState.DRAFT, OperationState.CONSULTATION}
            else Status.CONFIRMED,
            alarm=DEADLINE_ALARM,
        )

    def task(self, window: Window) -> Event:
        operation = window.operation
        start, end, days = _when(window, operation.time_zone)
        units = ", ".join(window.units)
        title = label(window.title, self._locale)
        return Event(
            uid=_uid("task", window.code, operation.code),
            summary=self._summary(operation, f"{operation.code} {window.code}: {title}"),
            start=start,
            end=end,
            modified=window.changed_at,
            zone=operation.time_zone,
            sequence=window.version,
            days=days,
            description=self._description(
                operation, self._say(_("Units: ${units}", mapping={"units": units})) if units else ""
            ),
            location=_place(window, self._locale),
            url=self._url("operation.task", code=operation.code, task=window.code),
            categories=(self._say(_("Tasks")),),
            status=_task_status(window),
            busy=bool(window.hours),
        )

    def meeting(self, meeting: Meeting) -> Event:
        operation = meeting.operation
        cancelled = meeting.state is MeetingState.CANCELLED
        agenda = "\n".join(f"{place}. {item.title}" for place, item in enumerate(meeting.items, 1))
        return Event(
            uid=_uid("meeting", str(meeting.number), operation.code),
            summary=self._summary(operation, f"{operation.code}: {meeting.title}"),
            start=meeting.starts_at,
            end=meeting.starts_at + timedelta(minutes=meeting.minutes),
            modified=meeting.changed_at,
            zone=operation.time_zone,
            sequence=meeting.version,
            description=self._description(operation, agenda),
            location=meeting.place,
            url=self._url("operation.meeting", code=operation.code, number=meeting.number),
            categories=(self._say(_("Meetings")),),
            status=Status.CANCELLED if cancelled else Status.CONFIRMED,
            busy=not cancelled,
            alarm=MEETING_ALARM,
        )

    def _summary(self, operation: Operation, text: str) -> str:
        return self._say(_("EXERCISE: ${subject}", mapping={"subject": text})) if operation.exercise else text

    def _description(self, operation: Operation, text: str) -> str:
        """Return the text with the operation's marking below it: what leaves the system carries it along."""
        return "\n\n".join(part for part in (text, marking_line(operation, self._locale)) if part)


def _uid(*parts: str) -> str:
    return f"{'.'.join(parts)}@{DOMAIN}"


def _when(window: Window, zone: str) -> tuple[date | datetime, date | datetime, int]:
    """Return a task's start, end and number of repetitions: whole days, or hours of each day of its window."""
    if not window.hours:
        return window.starts_on, window.ends_on, 1
    since, until = (time.fromisoformat(window.hours[name]) for name in ("since", "until"))
    last = window.starts_on if since < until else window.starts_on + timedelta(days=1)
    return (
        datetime.combine(window.starts_on, since, ZoneInfo(zone)),
        datetime.combine(last, until, ZoneInfo(zone)),
        (window.ends_on - window.starts_on).days + 1,
    )


def _place(window: Window, locale: str) -> str:
    if not window.place:
        return ""
    country = catalogue().parties.get(str(window.place.get("country", "")))
    parts = (str(window.place.get("name", "")), label(country.labels, locale) if country else "")
    return ", ".join(part for part in parts if part)


def _task_status(window: Window) -> Status:
    if window.cancelled:
        return Status.CANCELLED
    return Status.TENTATIVE if window.states <= {AssignmentState.PROPOSED} else Status.CONFIRMED
