"""Calendars of operations and units for people and software that are signed in."""

from __future__ import annotations

from jointops.calendars import service
from jointops.calendars.service import Diary
from jointops.calendars.views import written
from jointops.operations import service as operations
from jointops.web.api import Call, File, endpoint


@endpoint(
    "GET",
    "/operations/{code}/calendar",
    summary="Read an operation's calendar",
    answers={200: None},
    formats=("ics",),
)
def read_operation_calendar(call: Call) -> File:
    """Give the operation's days, deadlines, tasks and meetings as iCalendar, in its time zone."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    diary = service.of_operation(call.db, call.actor, operation)
    return _file(call, diary, operation.code)


@endpoint(
    "GET",
    "/operations/{code}/units/{unit}/calendar",
    summary="Read a unit's calendar",
    answers={200: None},
    formats=("ics",),
    problems=("unit-unknown",),
)
def read_unit_calendar(call: Call) -> File:
    """Give what one unit has to do in an operation, and when its returns are due, as iCalendar."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    unit = call.path["unit"]
    diary = service.of_unit(call.db, call.actor, operation, unit)
    return _file(call, diary, f"{operation.code} {unit}")


def _file(call: Call, diary: Diary, name: str) -> File:
    content = written(call.request, diary, name, call.locale)
    return File(content, "ics", f"{name}.ics")
