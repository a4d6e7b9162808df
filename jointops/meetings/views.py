"""Pages of meetings: an operation's list, one meeting with its agenda and what came of it, and its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.meetings import names, service, shown
from jointops.meetings.models import Meeting, MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.page import operation_page
from jointops.tasks.models import Task
from jointops.tasks.service import TaskInput
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Card, Link
from jointops.web.page import flash, see_other
from jointops.web.related import Related


@view_config(route_name="operation.meetings", request_method="GET", renderer="meetings/list.jinja2")
def list_meetings(request: Request) -> dict[str, Any]:
    """Show the operation's meetings: what comes, and what was."""
    operation = _operation(request)
    found = service.list_meetings(request.db, request.actor, operation)
    rows = [shown.row(request, operation, meeting) for meeting in found]
    return {
        "page": operation_page(request, operation, _("Meetings"), "meetings"),
        "ahead": [row for row in rows if row["ahead"]][::-1],
        "past": [row for row in rows if not row["ahead"]],
        "may_create": _prepares(request, operation),
        "new_href": request.route_path("operation.meetings.new", code=operation.code),
    }


@view_config(route_name="operation.meetings.new", request_method="GET", renderer="meetings/form.jinja2")
def new_meeting(request: Request) -> dict[str, Any]:
    """Show the empty form; it begins tomorrow at ten."""
    operation = _operation(request, Action.MEETING_UPDATE)
    tomorrow = clock.now().astimezone(ZoneInfo(operation.time_zone)).date() + timedelta(days=1)
    return _form(
        request, operation, None, {"starts_at": f"{tomorrow.isoformat()}T10:00", "minutes": "60"}, ()
    )


@view_config(route_name="operation.meetings.new", request_method="POST", renderer="meetings/form.jinja2")
def create_meeting(request: Request) -> dict[str, Any] | Response:
    """Create a meeting, or show the form again with what is wrong."""
    operation = _operation(request, Action.MEETING_UPDATE)
    try:
        meeting = service.create(request.db, request.actor, operation, _given(request, operation))
    except Invalid as error:
        return _form_again(request, operation, None, error)
    carried = len(meeting.items)
    if carried:
        flash(
            request,
            "info",
            _("Items taken over from the last meeting: ${count}.", mapping={"count": carried}),
        )
    flash(request, "success", _("The meeting is prepared as a draft. Put together its agenda, then invite."))
    return see_other(request, "operation.meeting", code=operation.code, number=meeting.number)


@view_config(route_name="operation.meeting.edit", request_method="GET", renderer="meetings/form.jinja2")
def edit_meeting(request: Request) -> dict[str, Any]:
    """Show a meeting in its form."""
    operation = _operation(request, Action.MEETING_UPDATE)
    meeting = _meeting(request, operation)
    local = meeting.starts_at.astimezone(ZoneInfo(operation.time_zone))
    values = {
        "title": meeting.title,
        "starts_at": local.strftime("%Y-%m-%dT%H:%M"),
        "minutes": str(meeting.minutes),
        "place": meeting.place,
        "version": str(meeting.version),
    }
    return _form(request, operation, meeting, values, meeting.invited)


@view_config(route_name="operation.meeting.edit", request_method="POST", renderer="meetings/form.jinja2")
def save_meeting(request: Request) -> dict[str, Any] | Response:
    """Change a meeting, or show the form again with what is wrong."""
    operation = _operation(request, Action.MEETING_UPDATE)
    number = _number(request, "number")
    try:
        given = _given(request, operation)
        service.update(
            request.db,
            request.actor,
            operation,
            number,
            {
                "title": given.title,
                "starts_at": given.starts_at,
                "minutes": given.minutes,
                "place": given.place,
                "invited": given.invited,
            },
            expected_version=_version(request),
        )
    except DomainError as error:
        if error.status not in {412, 422}:
            raise
        return _form_again(request, operation, _meeting(request, operation), error)
    flash(request, "success", _("The meeting is saved."))
    return see_other(request, "operation.meeting", code=operation.code, number=number)


@view_config(route_name="operation.meeting", request_method="GET", renderer="meetings/meeting.jinja2")
def show_meeting(request: Request) -> dict[str, Any]:
    """Show one meeting: its agenda, and what came of it."""
    operation = _operation(request)
    return _page(request, operation, _meeting(request, operation))


@view_config(route_name="operation.meeting.step", request_method="POST", renderer="meetings/meeting.jinja2")
def take_step(request: Request) -> dict[str, Any] | Response:
    """Invite, begin, close or cancel."""
    operation = _operation(request, Action.MEETING_UPDATE)
    number = _number(request, "number")
    try:
        to = MeetingState(request.POST.get("to", ""))
    except ValueError:
        raise NotFound("no-such-step", _("There is no such step.")) from None
    try:
        service.step(request.db, request.actor, operation, number, to, expected_version=_version(request))
    except DomainError as error:
        if error.code != "agenda-empty":
            raise
        return _again(request, operation, error)
    flash(request, "success", _TOLD[to])
    return see_other(request, "operation.meeting", code=operation.code, number=number)


_TOLD = {
    MeetingState.DRAFT: _("The meeting is saved."),
    MeetingState.OPEN: _("Everybody who is invited is told."),
    MeetingState.IN_PROGRESS: _("The meeting has begun: outcomes and decisions can be written."),
    MeetingState.CLOSED: _("The meeting is closed. Its minutes are ready."),
    MeetingState.CANCELLED: _("The meeting is cancelled."),
}


@view_config(route_name="operation.meeting.agenda", request_method="POST", renderer="meetings/meeting.jinja2")
def add_to_agenda(request: Request) -> dict[str, Any] | Response:
    """Put what is ticked, or an item of its own, on the agenda."""
    operation = _operation(request, Action.MEETING_UPDATE)
    number, form = _number(request, "number"), request.POST
    try:
        if "title" in form:
            service.add_own(request.db, request.actor, operation, number, form["title"], form.get("note", ""))
        else:
            service.add_open(request.db, request.actor, operation, number, form.getall("reference"))
    except Invalid as error:
        return _again(request, operation, error, {"/title": "title", "/note": "note"})
    return see_other(request, "operation.meeting", code=operation.code, number=number, _anchor="agenda")


@view_config(route_name="operation.meeting.attendance", request_method="POST")
def note_attendance(request: Request) -> Response:
    """Note who is there."""
    operation = _operation(request, Action.MEETING_UPDATE)
    number = _number(request, "number")
    service.note_attendance(request.db, request.actor, operation, number, request.POST.getall("attended"))
    flash(request, "success", _("It is noted who is there."))
    return see_other(request, "operation.meeting", code=operation.code, number=number, _anchor="attendance")


@view_config(route_name="operation.meeting.item", request_method="POST", renderer="meetings/meeting.jinja2")
def change_item(request: Request) -> dict[str, Any] | Response:
    """Move an item, take it off, write its outcome, or note a decision on it."""
    operation = _operation(request, Action.MEETING_UPDATE)
    number, key, form = _number(request, "number"), _number(request, "item"), request.POST
    what = form.get("what", "")
    try:
        if what in {"up", "down"}:
            by = -1 if what == "up" else 1
            service.move_item(request.db, request.actor, operation, number, key, by)
        elif what == "remove":
            service.remove_item(request.db, request.actor, operation, number, key)
        elif what == "decision":
            task = _task(request, operation) if "becomes_task" in form else None
            decision = service.decide(
                request.db, request.actor, operation, number, key, form.get("text", ""), task
            )
            if decision.task is not None:
                flash(
                    request,
                    "success",
                    _("The decision became the task ${task}.", mapping={"task": decision.task.code}),
                )
        else:
            service.write_outcome(
                request.db,
                request.actor,
                operation,
                number,
                key,
                form.get("outcome", ""),
                settled="settled" in form,
            )
    except Invalid as error:
        fields = {
            "/outcome": f"outcome-{key}",
            "/text": f"text-{key}",
            "/task/starts_on": f"starts_on-{key}",
            "/task/ends_on": f"ends_on-{key}",
            "/task/units": f"units-{key}",
        }
        return _again(request, operation, error, fields, key)
    return see_other(request, "operation.meeting", code=operation.code, number=number, _anchor=f"item-{key}")


def cards(request: Request) -> Sequence[Card]:
    """Return the meetings that come: the reader is invited to them, or leads them."""
    among = [
        operation
        for operation in operations.list_operations(request.db, request.actor)
        if operation.state in {OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING}
    ]
    since = clock.now() - timedelta(days=1)
    return [
        Card(
            text=_("Meeting of ${operation}", mapping={"operation": meeting.operation.code}),
            href=request.route_path("operation.meeting", code=meeting.operation.code, number=meeting.number),
            meta=meeting.title,
            due=meeting.starts_at,
            tone="info",
            zone=meeting.operation.time_zone,
        )
        for meeting in (service.of_person(request.db, request.actor, among) if among else ())
        if meeting.state in {MeetingState.OPEN, MeetingState.IN_PROGRESS} and meeting.starts_at > since
    ]


def related_to_task(request: Request, operation: Operation, task: Task) -> list[Related]:
    """Return the meetings at which a task was decided."""
    return [
        Related(
            request.translate(_("Decided at the meeting")),
            f"{meeting.number} · {meeting.title}",
            request.route_path("operation.meeting", code=operation.code, number=meeting.number),
        )
        for meeting in service.decisions_of(request.db, request.actor, operation, task)
    ]


# --- Below -----------------------------------------------------------------------------------------------------------


def _operation(request: Request, action: Action | None = None) -> Operation:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    if action is not None:
        policy.require(request.actor, action, operations.subject(operation))
    return operation


def _prepares(request: Request, operation: Operation) -> bool:
    return policy.allows(request.actor, Action.MEETING_UPDATE, operations.subject(operation))


def _number(request: Request, name: str) -> int:
    text = request.matchdict[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _version(request: Request) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _meeting(request: Request, operation: Operation) -> Meeting:
    return service.find(request.db, request.actor, operation, _number(request, "number"))


def _given(request: Request, operation: Operation) -> MeetingInput:
    form = request.POST
    problems = []
    starts_at = clock.now()
    try:
        local = datetime.fromisoformat(form.get("starts_at", "").strip())
        starts_at = local.replace(tzinfo=ZoneInfo(operation.time_zone))
    except ValueError:
        message = _("Write day and time, such as 2027-06-30T14:00.")
        problems.append(Problem("not-an-instant", message, "/starts_at"))
    minutes = form.get("minutes", "").strip()
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5):
        problems.append(Problem("bad-minutes", _("Write how many minutes it takes."), "/minutes"))
        minutes = "60"
    if problems:
        raise Invalid(problems)
    invited = tuple(form.getall("invited"))
    return MeetingInput(
        title=form.get("title", ""),
        starts_at=starts_at,
        minutes=int(minutes),
        place=form.get("place", ""),
        # Everybody is nobody in particular: who joins later is invited as well.
        invited=() if set(invited) >= set(operation.parties) else invited,
    )


def _task(request: Request, operation: Operation) -> TaskInput:
    form = request.POST
    days: dict[str, date] = {}
    problems = []
    for name in ("starts_on", "ends_on"):
        try:
            days[name] = date.fromisoformat(form.get(name, "").strip())
        except ValueError:
            message = _("Write the day as year, month and day, such as 2027-06-30.")
            problems.append(Problem("bad-day", message, f"/task/{name}"))
    if problems:
        raise Invalid(problems)
    title = form.get("task_title", "").strip() or form.get("text", "").strip()[:300]
    return TaskInput(
        title={request.locale: title},
        kind="coordination",
        units=tuple(form.getall("units")),
        starts_on=days["starts_on"],
        ends_on=days["ends_on"],
    )


def _again(
    request: Request,
    operation: Operation,
    error: DomainError,
    fields: Mapping[str, str] | None = None,
    item: int | None = None,
) -> dict[str, Any]:
    request.response.status_int = error.status
    errors = form_errors(request, error, dict(fields or {}))
    return _page(request, operation, _meeting(request, operation), errors, item)


def _page(
    request: Request,
    operation: Operation,
    meeting: Meeting,
    errors: FormErrors | None = None,
    item: int | None = None,
) -> dict[str, Any]:
    crumb = Link(
        request.translate(_("Meetings")), request.route_path("operation.meetings", code=operation.code)
    )
    prepares = _prepares(request, operation)
    title = _("Meeting ${number}: ${title}", mapping={"number": meeting.number, "title": meeting.title})
    return {
        "page": operation_page(request, operation, title, "meetings", breadcrumbs=[crumb]),
        **shown.whole(request, operation, meeting, prepares=prepares),
        "offered": shown.offered(
            request, operation, service.offered(request.db, request.actor, operation, meeting)
        )
        if prepares and meeting.state in {MeetingState.DRAFT, MeetingState.OPEN}
        else [],
        "errors": errors or FormErrors((), {}),
        "form": request.POST if errors else {},
        "form_units": frozenset(request.POST.getall("units")) if errors else frozenset(),
        "item": item,
    }


def _form(
    request: Request,
    operation: Operation,
    meeting: Meeting | None,
    values: Mapping[str, str],
    invited: Sequence[str],
    errors: FormErrors | None = None,
) -> dict[str, Any]:
    back = request.route_path("operation.meetings", code=operation.code)
    crumbs = [Link(request.translate(_("Meetings")), back)]
    if meeting is not None:
        back = request.route_path("operation.meeting", code=operation.code, number=meeting.number)
        crumbs.append(Link(meeting.title, back, data=True))
    title = _("New meeting") if meeting is None else _("Change the meeting")
    return {
        "page": operation_page(request, operation, title, "meetings", breadcrumbs=crumbs),
        "values": values,
        "zone": operation.time_zone,
        "parties": sorted(
            ((party, names.party_name(party, request.locale)) for party in operation.parties),
            key=lambda choice: choice[1],
        ),
        "invited": invited or operation.parties,
        "is_new": meeting is None,
        "errors": errors or FormErrors((), {}),
        "back": back,
    }


def _form_again(
    request: Request, operation: Operation, meeting: Meeting | None, error: DomainError
) -> dict[str, Any]:
    request.response.status_int = error.status
    errors = form_errors(
        request,
        error,
        {f"/{name}": name for name in ("title", "starts_at", "minutes", "place")},
    )
    return _form(request, operation, meeting, request.POST, request.POST.getall("invited"), errors)
