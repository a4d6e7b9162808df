"""Meetings over the API."""

from __future__ import annotations

from marshmallow import fields

from jointops.meetings import service
from jointops.meetings.minutes import minutes_of
from jointops.meetings.models import Meeting
from jointops.meetings.schemas import (
    AgendaSchema,
    DecisionInputSchema,
    ItemChangeSchema,
    MeetingChangesSchema,
    MeetingInputSchema,
    MeetingQuery,
    MeetingSchema,
    OpenItemsSchema,
    StepSchema,
    shown,
)
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import marking_line
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.web.api import PREFIX, Call, File, Reply, endpoint
from jointops.web.paging import paged, paginate

_MEETINGS = "/operations/{code}/meetings"
_MEETING = _MEETINGS + "/{number}"
_ITEM = _MEETING + "/items/{item}"

_KEY = fields.Integer(validate=lambda number: 0 < number < 2**31)
_NUMBER = {"number": _KEY}
_NUMBERS = {"number": _KEY, "item": _KEY}


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


def _reply(call: Call, meeting: Meeting, status: int = 200) -> Reply:
    return Reply(shown(meeting), status=status, etag=meeting.version)


@endpoint("GET", _MEETINGS, summary="List meetings", answers={200: paged(MeetingSchema)}, query=MeetingQuery)
def list_meetings(call: Call) -> Reply:
    """List the operation's meetings with their agendas, in the order of their numbers."""
    operation = _operation(call)
    found = sorted(service.list_meetings(call.db, call.actor, operation), key=lambda one: one.number)
    page = paginate(found, call.query, key=lambda meeting: meeting.number)
    return Reply({"items": [shown(meeting) for meeting in page.items], "next": page.next})


@endpoint(
    "POST",
    _MEETINGS,
    summary="Create a meeting",
    answers={201: MeetingSchema},
    body=MeetingInputSchema,
    problems=("participant-unknown", "text-missing", "bad-minutes"),
)
def create_meeting(call: Call) -> Reply:
    """Create a meeting as a draft; it takes over what the one before it left open."""
    operation = _operation(call)
    meeting = service.create(call.db, call.actor, operation, call.body)
    location = f"{PREFIX}/operations/{operation.code}/meetings/{meeting.number}"
    return Reply(shown(meeting), status=201, etag=meeting.version, location=location)


@endpoint(
    "GET",
    _MEETING,
    summary="Read a meeting, its agenda or its minutes",
    answers={200: MeetingSchema},
    path_fields=_NUMBER,
    formats=("json", *DOCUMENT_FORMATS),
    problems=("meeting-unknown",),
)
def read_meeting(call: Call) -> Reply | File:
    """Give one meeting; as a document it is the agenda before it begins, the minutes from then on."""
    operation = _operation(call)
    meeting = service.find(call.db, call.actor, operation, call.path["number"])
    if call.format == "json":
        return _reply(call, meeting)
    document = minutes_of(
        operation, meeting, call.locale, call.request.route_url, marking_line(operation, call.locale)
    )
    name = f"{operation.code}-meeting-{meeting.number}.{call.format}"
    return File(DOCUMENT_FORMATS[call.format].render(document), call.format, name)


@endpoint(
    "PATCH",
    _MEETING,
    summary="Change a meeting",
    answers={200: MeetingSchema},
    path_fields=_NUMBER,
    body=MeetingChangesSchema,
    conditional=True,
    problems=("meeting-unknown", "meeting-begun", "participant-unknown", "text-missing", "bad-minutes"),
)
def update_meeting(call: Call) -> Reply:
    """Change title, time, place or who is invited, before the meeting begins; what is not sent stays."""
    changes = dict(call.body)
    if "invited" in changes:
        changes["invited"] = tuple(changes["invited"])
    operation = _operation(call)
    meeting = service.update(
        call.db,
        call.actor,
        operation,
        call.path["number"],
        changes,
        expected_version=call.expected_version(),
    )
    return _reply(call, meeting)


@endpoint(
    "POST",
    f"{_MEETING}/transitions",
    summary="Invite, begin, close or cancel a meeting",
    answers={200: MeetingSchema},
    path_fields=_NUMBER,
    body=StepSchema,
    conditional=True,
    problems=("meeting-unknown", "no-such-step", "agenda-empty"),
)
def move_meeting(call: Call) -> Reply:
    """Take the meeting a step on; those who are invited are told."""
    meeting = service.step(
        call.db,
        call.actor,
        _operation(call),
        call.path["number"],
        call.body["to"],
        expected_version=call.expected_version(),
    )
    return _reply(call, meeting)


@endpoint(
    "GET",
    f"{_MEETING}/open-items",
    summary="List what could be put on the agenda",
    answers={200: OpenItemsSchema},
    path_fields=_NUMBER,
    problems=("meeting-unknown",),
)
def list_open_items(call: Call) -> Reply:
    """List what is open in the operation and not on this agenda yet, by kind."""
    operation = _operation(call)
    meeting = service.find(call.db, call.actor, operation, call.path["number"])
    return Reply({"items": service.offered(call.db, call.actor, operation, meeting)})


@endpoint(
    "POST",
    f"{_MEETING}/items",
    summary="Put something on the agenda",
    answers={201: MeetingSchema},
    path_fields=_NUMBER,
    body=AgendaSchema,
    conditional=True,
    problems=(
        "meeting-unknown",
        "meeting-closed",
        "item-unknown",
        "item-missing",
        "text-missing",
        "agenda-full",
    ),
)
def add_agenda_items(call: Call) -> Reply:
    """Put open items on the agenda by their references, or one item of its own."""
    operation, number, body = _operation(call), call.path["number"], call.body
    expected = call.expected_version()
    if body["title"]:
        meeting = service.add_own(
            call.db, call.actor, operation, number, body["title"], body["note"], expected_version=expected
        )
        expected = None
    if body["references"] or not body["title"]:
        meeting = service.add_open(
            call.db, call.actor, operation, number, body["references"], expected_version=expected
        )
    return _reply(call, meeting, 201)


@endpoint(
    "PATCH",
    _ITEM,
    summary="Write what came of an item",
    answers={200: MeetingSchema},
    path_fields=_NUMBERS,
    body=ItemChangeSchema,
    problems=("meeting-unknown", "item-unknown", "meeting-not-in-progress"),
)
def write_item_outcome(call: Call) -> Reply:
    """Write the outcome while the meeting is in progress; what is not settled the next meeting takes over."""
    body = call.body
    meeting = service.write_outcome(
        call.db,
        call.actor,
        _operation(call),
        call.path["number"],
        call.path["item"],
        body["outcome"],
        settled=body["settled"],
    )
    return _reply(call, meeting)


@endpoint(
    "DELETE",
    _ITEM,
    summary="Take an item off the agenda",
    answers={200: MeetingSchema},
    path_fields=_NUMBERS,
    problems=("meeting-unknown", "item-unknown", "meeting-closed", "item-decided"),
)
def remove_agenda_item(call: Call) -> Reply:
    """Take an item off the agenda, unless something was decided on it."""
    meeting = service.remove_item(
        call.db, call.actor, _operation(call), call.path["number"], call.path["item"]
    )
    return _reply(call, meeting)


@endpoint(
    "POST",
    f"{_ITEM}/decisions",
    summary="Note a decision",
    answers={201: MeetingSchema},
    path_fields=_NUMBERS,
    body=DecisionInputSchema,
    problems=(
        "meeting-unknown",
        "item-unknown",
        "meeting-not-in-progress",
        "operation-ended",
        "unit-unknown",
        "window-outside",
        "window-reversed",
        "title-missing",
    ),
)
def note_decision(call: Call) -> Reply:
    """Note a decision on an item; with a task it becomes work for units."""
    operation, number = _operation(call), call.path["number"]
    service.decide(
        call.db, call.actor, operation, number, call.path["item"], call.body["text"], call.body["task"]
    )
    return _reply(call, service.find(call.db, call.actor, operation, number), 201)
