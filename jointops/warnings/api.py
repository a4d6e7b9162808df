"""Warnings over the API."""

from __future__ import annotations

from marshmallow import fields

from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.warnings import service
from jointops.warnings.schemas import (
    EndSchema,
    FeedbackInputSchema,
    ResultInputSchema,
    WarningInputSchema,
    WarningQuery,
    WarningSchema,
    shown,
)
from jointops.web.api import PREFIX, Call, Reply, endpoint
from jointops.web.paging import paged, paginate

_WARNINGS = "/operations/{code}/warnings"
_WARNING = _WARNINGS + "/{warning}"


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


@endpoint("GET", _WARNINGS, summary="List warnings", answers={200: paged(WarningSchema)}, query=WarningQuery)
def list_warnings(call: Call) -> Reply:
    """List the warnings that were sent by you or to you, in the order in which they were sent."""
    found = service.list_warnings(call.db, call.actor, _operation(call))
    state = call.query["state"]
    wanted = [warning for warning in reversed(found) if state is None or warning.state is state]
    page = paginate(wanted, call.query, key=lambda warning: warning.id)
    return Reply({"items": [shown(warning) for warning in page.items], "next": page.next})


@endpoint(
    "POST",
    _WARNINGS,
    summary="Send a warning",
    answers={201: WarningSchema},
    body=WarningInputSchema,
    problems=(
        "unit-unknown",
        "authority-unknown",
        "recipients-missing",
        "nobody-to-warn",
        "window-reversed",
        "personal-data-suspected",
        "text-missing",
    ),
)
def send_warning(call: Call) -> Reply:
    """Warn other units of a consignment, a vehicle, or a pattern that is of no single person."""
    operation = _operation(call)
    warning = service.send(call.db, call.actor, operation, call.body)
    location = f"{PREFIX}/operations/{operation.code}/warnings/{warning.code}"
    return Reply(shown(warning), status=201, etag=warning.version, location=location)


@endpoint(
    "GET", _WARNING, summary="Read a warning", answers={200: WarningSchema}, problems=("warning-unknown",)
)
def read_warning(call: Call) -> Reply:
    """Give one warning with its feedback and results."""
    warning = service.find(call.db, call.actor, _operation(call), call.path["warning"])
    return Reply(shown(warning), etag=warning.version)


@endpoint(
    "POST",
    f"{_WARNING}/feedback",
    summary="Give feedback on a warning",
    answers={201: WarningSchema},
    body=FeedbackInputSchema,
    problems=(
        "warning-unknown",
        "unit-not-warned",
        "warning-withdrawn",
        "text-missing",
        "personal-data-suspected",
    ),
)
def give_warning_feedback(call: Call) -> Reply:
    """Tell what a warned unit found. It may tell again: the last word counts, all are kept."""
    operation, code = _operation(call), call.path["warning"]
    service.give_feedback(
        call.db,
        call.actor,
        operation,
        code,
        call.body["unit"],
        call.body["answer"],
        call.body["text"],
        checked=call.body["checked"],
    )
    warning = service.find(call.db, call.actor, operation, code)
    return Reply(shown(warning), status=201, etag=warning.version)


@endpoint(
    "POST",
    f"{_WARNING}/results",
    summary="Link a result to a warning",
    answers={201: WarningSchema},
    body=ResultInputSchema,
    problems=(
        "warning-unknown",
        "unit-unknown",
        "return-unknown",
        "incident-unknown",
        "task-unknown",
        "result-linked",
        "result-unclear",
        "warning-withdrawn",
    ),
)
def link_warning_result(call: Call) -> Reply:
    """Link an incident that is recorded in a return, or a task, to the warning that led to it."""
    operation, code, body = _operation(call), call.path["warning"], call.body
    if body["task"] is not None:
        service.link_task(call.db, call.actor, operation, code, body["task"])
    else:
        service.link_incident(
            call.db, call.actor, operation, code, body["unit"], body["day"], body["reference"]
        )
    warning = service.find(call.db, call.actor, operation, code)
    return Reply(shown(warning), status=201, etag=warning.version)


@endpoint(
    "DELETE",
    f"{_WARNING}/results/{{result}}",
    summary="Take a linked result back",
    answers={200: WarningSchema},
    path_fields={"result": fields.Integer(validate=lambda number: 0 < number < 2**31)},
    problems=("warning-unknown", "result-unknown"),
)
def take_back_warning_result(call: Call) -> Reply:
    """Take back a link that was a mistake; that it was there is kept."""
    warning = service.take_back(
        call.db, call.actor, _operation(call), call.path["warning"], call.path["result"]
    )
    return Reply(shown(warning), etag=warning.version)


@endpoint(
    "POST",
    f"{_WARNING}/transitions",
    summary="Close or withdraw a warning",
    answers={200: WarningSchema},
    body=EndSchema,
    conditional=True,
    problems=("warning-unknown", "warning-ended", "no-such-step", "reason-missing"),
)
def end_warning(call: Call) -> Reply:
    """Close a warning, or withdraw one that was a mistake: those who were warned are told."""
    warning = service.end(
        call.db,
        call.actor,
        _operation(call),
        call.path["warning"],
        call.body["to"],
        call.body["reason"],
        expected_version=call.expected_version(),
    )
    return Reply(shown(warning), etag=warning.version)
