"""Pages of one task and its steps, and what the tasks ask of the reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.operations.page import operation_page
from jointops.operations.rules import ENDED
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.tasks import conflicts, display, inputs, rules, service, shown_conflicts
from jointops.tasks.models import AssignmentState, Task, TaskAssignment
from jointops.tasks.rules import TaskState
from jointops.web import related
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Card, Link
from jointops.web.page import flash, see_other


@view_config(route_name="operation.tasks.assign", request_method="POST")
def assign_proposed(request: Request) -> Response:
    """Assign everything that is only proposed."""
    operation = _operation(request)
    number = service.assign_proposed(request.db, request.actor, operation)
    flash(request, "success", _("Assignments given out: ${count}.", mapping={"count": number}))
    return see_other(request, "operation.tasks", code=operation.code)


@view_config(route_name="operation.task", request_method="GET", renderer="tasks/task.jinja2")
def show_task(request: Request) -> dict[str, Any]:
    """Show one task: what it says, where every unit stands, what can be done, and its log."""
    operation = _operation(request)
    return task_page(request, operation, _task(request, operation))


@view_config(route_name="operation.task.step", request_method="POST", renderer="tasks/task.jinja2")
def take_step(request: Request) -> dict[str, Any] | Response:
    """Take a unit one step on; where the text is missing, show the task with what is wrong."""
    operation = _operation(request)
    form = request.POST
    try:
        assignment = service.step(
            request.db,
            request.actor,
            operation,
            request.matchdict["task"],
            form.get("unit", ""),
            _state(form.get("to", "")),
            form.get("text", ""),
            expected_version=whole_number(form.get("version", "")),
        )
    except Invalid as error:
        request.response.status_int = error.status
        return task_page(request, operation, _task(request, operation), form_errors(request, error))
    flash(
        request,
        "success",
        _(
            "${task}, ${unit}: ${state}.",
            mapping={
                "task": assignment.task.code,
                "unit": assignment.unit.code,
                "state": request.translate(rules.STATE_LABELS[assignment.state.value]),
            },
        ),
    )
    if form.get("back") == "list":
        return see_other(request, "operation.tasks", code=operation.code)
    if form.get("back") == "today":
        return see_other(request, "tasks")
    return see_other(request, "operation.task", code=operation.code, task=assignment.task.code)


@view_config(route_name="operation.task.assign", request_method="POST")
def assign_task(request: Request) -> Response:
    """Assign a task to all its units to which it is only proposed."""
    operation = _operation(request)
    task = service.assign_all(request.db, request.actor, operation, request.matchdict["task"])
    flash(request, "success", _("${task} is assigned.", mapping={"task": task.code}))
    return see_other(request, "operation.task", code=operation.code, task=task.code)


@view_config(route_name="operation.task.cancel", request_method="POST", renderer="tasks/task.jinja2")
def cancel_task(request: Request) -> dict[str, Any] | Response:
    """Cancel a whole task; without a reason, show it with what is wrong."""
    operation = _operation(request)
    try:
        task = service.cancel(
            request.db,
            request.actor,
            operation,
            request.matchdict["task"],
            request.POST.get("text", ""),
            expected_version=whole_number(request.POST.get("version", "")),
        )
    except Invalid as error:
        request.response.status_int = error.status
        errors = form_errors(request, error, {"/text": "cancel-text"})
        return task_page(request, operation, _task(request, operation), errors)
    flash(request, "success", _("${task} is cancelled.", mapping={"task": task.code}))
    return see_other(request, "operation.task", code=operation.code, task=task.code)


def cards(request: Request) -> Sequence[Card]:
    """Return what the tasks ask of the reader, one card for each operation and kind of request."""
    found = []
    asked = service.asked_of(request.db, request.actor)
    asked.sort(key=lambda a: (a.task.operation.code, a.state is not AssignmentState.ASSIGNED))
    groups = groupby(asked, key=lambda a: (a.task.operation, a.state is AssignmentState.ASSIGNED))
    for (operation, unanswered), members in groups:
        assignments = list(members)
        if unanswered and not _answers(request, operation, assignments[0]):
            continue
        due = min(_end(operation, assignment.task) for assignment in assignments)
        tone = "bad" if due <= clock.now() else "warn" if unanswered else "info"
        found.append(
            Card(
                text=_("Answer the tasks given to you in ${operation}", mapping={"operation": operation.code})
                if unanswered
                else _("Do the tasks of ${operation}", mapping={"operation": operation.code}),
                href=request.route_path("operation.tasks", code=operation.code),
                meta=operation.code,
                due=due,
                tone=tone,
                count=len(assignments),
                zone=operation.time_zone,
            )
        )
    return found


def whole_number(text: str) -> int | None:
    """Return a version that a form carries; ``None`` for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _task(request: Request, operation: Operation) -> Task:
    return service.find(request.db, request.actor, operation, request.matchdict["task"])


def task_page(
    request: Request, operation: Operation, task: Task, errors: FormErrors | None = None
) -> dict[str, Any]:
    """Return everything that a task's page shows, with what is wrong in a form that was sent from it."""
    known = catalogue()
    subject = operations.subject(operation)
    kind = known.task_types.get(task.kind)
    crumb = Link(request.translate(_("Tasks")), request.route_path("operation.tasks", code=operation.code))
    title = label(task.title, request.locale)
    changeable = (
        policy.allows(request.actor, Action.TASK_UPDATE, subject)
        and operation.state not in ENDED
        and not task.cancelled
    )
    address = {"code": operation.code, "task": task.code}
    proposed = [a for a in task.assignments if a.state is AssignmentState.PROPOSED]
    authorities, resources = display.needs(request, task)
    return {
        "page": operation_page(request, operation, f"{task.code} {title}", "tasks", breadcrumbs=[crumb]),
        "task": {
            "code": task.code,
            "title": title,
            "state": display.tag(request, service.state_of(task).value),
            "overdue": display.is_overdue(operation, task),
            "area": label(task.action_area.title, request.locale) if task.action_area else None,
            "kind": label(kind.labels, request.locale) if kind else None,
            "window": display.window(request, task),
            "place": display.place(request, task),
            "mandatory": task.mandatory,
            "in_plan": task.planned is not None,
            "instructions": label(task.instructions, request.locale),
            "version": task.version,
            "coordinates": display.coordinates(task),
            "authorities": authorities,
            "resources": resources,
            "explanation": task.explanation,
        },
        **_dependencies(request, operation, task),
        "findings": _findings(request, operation, task) if changeable else [],
        **_requests(request, operation, task),
        "may_explain": task.mandatory
        and not task.cancelled
        and operation.state is OperationState.RUNNING
        and service.state_of(task) is not TaskState.DONE
        and policy.allows(request.actor, Action.TASK_EXPLAIN, subject),
        "explain_href": request.route_path("operation.task.explain", **address),
        "sent": request.POST if request.method == "POST" else {},
        "time_zone": operation.time_zone,
        "units": _unit_rows(request, operation, task),
        "log": display.log_items(request, operation, service.log_of(request.db, request.actor, task)),
        "related": related.links(request, "task", operation, task),
        "may_change": changeable,
        "proposed": len(proposed)
        if changeable and policy.allows(request.actor, Action.TASK_ASSIGN, subject)
        else 0,
        "edit_href": request.route_path("operation.task.edit", **address),
        "cancel_href": request.route_path("operation.task.cancel", **address),
        "assign_href": request.route_path("operation.task.assign", **address),
        "text_length": rules.TEXT_LENGTH,
        "errors": errors or FormErrors((), {}),
        "back": "task",
    }


def _findings(request: Request, operation: Operation, task: Task) -> list[dict[str, Any]]:
    found = conflicts.conflicts_of(request.db, request.actor, operation, task.code)
    return [shown_conflicts.shown(request, operation, finding) for finding in found.open[:FINDINGS_SHOWN]]


FINDINGS_SHOWN = 20


def _dependencies(request: Request, operation: Operation, task: Task) -> dict[str, Any]:
    """Return the tasks that this one waits for, and those that wait for it."""
    before, after = service.neighbours(request.db, request.actor, operation, task)

    def shown(other: Task) -> dict[str, Any]:
        return {
            "code": other.code,
            "title": label(other.title, request.locale),
            "href": request.route_path("operation.task", code=operation.code, task=other.code),
            "window": display.window(request, other),
            "state": display.tag(request, service.state_of(other).value),
        }

    return {"before": [shown(other) for other in before], "after": [shown(other) for other in after]}


def _requests(request: Request, operation: Operation, task: Task) -> dict[str, Any]:
    """Return the questions about a task, and whom the reader may ask in whose name."""
    ended = operation.state in ENDED or task.cancelled
    askers = [] if ended else inputs.may_ask_for(request.actor, operation, task)
    own = {asker for asker in askers if asker}
    units = [a.unit for a in task.assignments if a.state not in rules.GIVEN_UP]
    return {
        "requests": [
            {
                "number": asked.number,
                "asker": asked.asked_by_unit.code if asked.asked_by_unit else None,
                "unit": asked.unit.code,
                "question": asked.question,
                "asked": numbers.short_instant(asked.asked_at, request.locale, operation.time_zone),
                "asked_by": asked.asked_by,
                "answer": asked.answer,
                "answered": asked.answered_at
                and numbers.short_instant(asked.answered_at, request.locale, operation.time_zone),
                "answered_by": asked.answered_by,
                "may_answer": asked.answered_at is None
                and operation.state not in ENDED
                and policy.allows(
                    request.actor,
                    Action.TASK_INPUT_ANSWER,
                    operations.subject(operation, party=asked.unit.participant.party, unit=asked.unit.code),
                ),
                "href": request.route_path(
                    "operation.task.answer", code=operation.code, task=task.code, number=asked.number
                ),
            }
            for asked in inputs.requests_of(request.db, request.actor, task)
        ],
        "askable": [
            (unit.code, f"{unit.code} · {label(unit.title, request.locale)}")
            for unit in units
            if not (len(askers) == 1 and unit.code in own)
        ]
        if askers
        else [],
        "askers": [
            (asker or "", asker or request.translate(_("The coordination centre"))) for asker in askers
        ],
        "ask_href": request.route_path("operation.task.requests", code=operation.code, task=task.code),
    }


def _unit_rows(request: Request, operation: Operation, task: Task) -> list[dict[str, Any]]:
    """Return the units of a task: first those that the reader can do something with, then the leading one."""
    rows = [
        display.unit_row(request, operation, assignment)
        for assignment in sorted(task.assignments, key=lambda a: (not a.is_lead, a.unit.position))
    ]
    return sorted(rows, key=lambda row: not row["steps"])


def _state(text: str) -> AssignmentState:
    try:
        return AssignmentState(text)
    except ValueError:
        accepted = tuple(state.value for state in AssignmentState)
        message = _("There is no state “${state}”.", mapping={"state": text})
        raise Invalid([Problem("state-unknown", message, "/to", accepted)]) from None


def _answers(request: Request, operation: Operation, assignment: TaskAssignment) -> bool:
    subject = operations.subject(
        operation, party=assignment.unit.participant.party, unit=assignment.unit.code
    )
    return policy.allows(request.actor, Action.TASK_ANSWER, subject)


def _end(operation: Operation, task: Task) -> datetime:
    """Return the last minute of a task's window: that of its last day in the operation's time zone."""
    return datetime.combine(task.ends_on, time(23, 59), ZoneInfo(operation.time_zone))
