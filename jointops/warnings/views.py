"""Pages of warnings: those that concern the reader, a new one, and one with its feedback and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.tasks.models import Task
from jointops.warnings import rules, service, shown
from jointops.warnings.models import FeedbackAnswer, SentWarning, WarningKind, WarningState
from jointops.warnings.rules import WarningInput
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Card, Link
from jointops.web.page import flash, see_other
from jointops.web.related import Related

CHECKED = "personal-data-suspected"


@view_config(route_name="operation.warnings", request_method="GET", renderer="warnings/list.jinja2")
def list_warnings(request: Request) -> dict[str, Any]:
    """Show the warnings that were sent by or to the reader, those that wait for their feedback first."""
    operation = _operation(request)
    found = service.list_warnings(request.db, request.actor, operation)
    rows = [shown.row(request, operation, warning) for warning in found]
    return {
        "page": operation_page(request, operation, _("Warnings"), "warnings"),
        "waiting": [row for row in rows if row["waiting"]],
        "open": [row for row in rows if not row["waiting"] and row["open"]],
        "ended": [row for row in rows if not row["open"]],
        "counts": service.counts(request.db, operation).to_data() if _sees_all(request, operation) else None,
        "new_href": request.route_path("operation.warnings.new", code=operation.code),
        "matching_href": request.route_path("operation.matching", code=operation.code),
        "may_send": _may_send(request, operation),
    }


@view_config(route_name="operation.warnings.new", request_method="GET", renderer="warnings/form.jinja2")
def new_warning(request: Request) -> dict[str, Any]:
    """Show the empty form."""
    operation = _operation(request)
    _require_sender(request, operation)
    return _form(request, operation, {})


@view_config(route_name="operation.warnings.new", request_method="POST", renderer="warnings/form.jinja2")
def send_warning(request: Request) -> dict[str, Any] | Response:
    """Send a warning, or show the form again with what is wrong."""
    operation = _operation(request)
    _require_sender(request, operation)
    try:
        warning = service.send(request.db, request.actor, operation, _given(request, operation))
    except Invalid as error:
        request.response.status_int = error.status
        return _form(request, operation, request.POST, error)
    flash(
        request,
        "success",
        _(
            "${code} is sent to ${count} units.",
            mapping={"code": warning.code, "count": len(warning.recipients)},
        ),
    )
    return see_other(request, "operation.warning", code=operation.code, warning=warning.code)


@view_config(route_name="operation.warning", request_method="GET", renderer="warnings/warning.jinja2")
def show_warning(request: Request) -> dict[str, Any]:
    """Show one warning, what those who were warned told, and what it led to."""
    operation = _operation(request)
    return _page(request, operation, _warning(request, operation))


@view_config(
    route_name="operation.warning.feedback", request_method="POST", renderer="warnings/warning.jinja2"
)
def give_feedback(request: Request) -> dict[str, Any] | Response:
    """Take a unit's feedback, or show the page again with what is wrong."""
    operation = _operation(request)
    code, form = request.matchdict["warning"], request.POST
    try:
        service.give_feedback(
            request.db,
            request.actor,
            operation,
            code,
            form.get("unit", ""),
            _choice(FeedbackAnswer, form.get("answer", ""), "/answer"),
            form.get("text", ""),
            checked="checked" in form,
        )
    except Invalid as error:
        return _again(request, operation, error, "feedback")
    flash(request, "success", _("Your feedback on ${code} is sent.", mapping={"code": code}))
    return see_other(request, "operation.warning", code=operation.code, warning=code, _anchor="feedback")


@view_config(
    route_name="operation.warning.results", request_method="POST", renderer="warnings/warning.jinja2"
)
def link_result(request: Request) -> dict[str, Any] | Response:
    """Link an incident or a task, or take a link back."""
    operation = _operation(request)
    code, form = request.matchdict["warning"], request.POST
    try:
        if "take_back" in form:
            number = form["take_back"]
            known = number.isascii() and number.isdigit() and len(number) < 10
            service.take_back(request.db, request.actor, operation, code, int(number) if known else 0)
            flash(request, "success", _("The link is taken back."))
        elif form.get("what") == "task":
            service.link_task(request.db, request.actor, operation, code, form.get("task", "").strip())
            flash(request, "success", _("The task is linked to ${code}.", mapping={"code": code}))
        else:
            service.link_incident(
                request.db,
                request.actor,
                operation,
                code,
                form.get("unit", ""),
                _day(form.get("day", "")),
                form.get("reference", ""),
            )
            flash(request, "success", _("The incident is linked to ${code}.", mapping={"code": code}))
    except DomainError as error:
        if error.status not in {404, 409, 422} or error.code == "warning-unknown":
            raise
        return _again(request, operation, error, "results")
    return see_other(request, "operation.warning", code=operation.code, warning=code, _anchor="results")


@view_config(route_name="operation.warning.end", request_method="POST", renderer="warnings/warning.jinja2")
def end_warning(request: Request) -> dict[str, Any] | Response:
    """Close or withdraw a warning."""
    operation = _operation(request)
    code, form = request.matchdict["warning"], request.POST
    version = form.get("version", "")
    try:
        service.end(
            request.db,
            request.actor,
            operation,
            code,
            _choice(WarningState, form.get("to", ""), "/to"),
            form.get("reason", ""),
            expected_version=int(version) if version.isascii() and version.isdigit() else None,
        )
    except Invalid as error:
        return _again(request, operation, error, "end")
    flash(request, "success", _("${code} is over.", mapping={"code": code}))
    return see_other(request, "operation.warning", code=operation.code, warning=code)


def cards(request: Request) -> Sequence[Card]:
    """Return the warnings that wait for the reader's feedback, one card for each operation."""
    waiting = service.unanswered(request.db, request.actor)
    waiting.sort(key=lambda pair: pair[0].operation.code)
    found = []
    for code, members in groupby(waiting, key=lambda pair: pair[0].operation.code):
        pairs = list(members)
        warnings = list({warning.code: warning for warning, _unit in pairs}.values())
        href = (
            request.route_path("operation.warning", code=code, warning=warnings[0].code)
            if len(warnings) == 1
            else request.route_path("operation.warnings", code=code)
        )
        ends = [warning.until for warning in warnings if warning.until]
        found.append(
            Card(
                text=_("Watch for what other units warn of in ${operation}", mapping={"operation": code}),
                href=href,
                meta=code,
                due=min(ends) if ends else None,
                tone="warn",
                count=len(warnings),
                zone=warnings[0].operation.time_zone,
            )
        )
    return found


def related_to_task(request: Request, operation: Operation, task: Task) -> list[Related]:
    """Return the warnings that led to a task, as far as the reader may know of them."""
    return [
        Related(
            request.translate(_("Came of the warning")),
            f"{warning.code} {warning.title}",
            request.route_path("operation.warning", code=operation.code, warning=warning.code),
        )
        for warning in service.of_task(request.db, request.actor, operation, task.code)
    ]


def related_to_return(
    request: Request, operation: Operation, unit: ReportingUnit, day: date
) -> list[Related]:
    """Return the warnings that led to incidents of a return, as far as the reader may know of them."""
    return [
        Related(
            request.translate(
                _("Incident ${reference} came of the warning", mapping={"reference": reference})
            ),
            f"{warning.code} {warning.title}",
            request.route_path("operation.warning", code=operation.code, warning=warning.code),
        )
        for warning, reference in service.of_return(request.db, request.actor, operation, unit.code, day)
    ]


# --- Below -----------------------------------------------------------------------------------------------------------


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _warning(request: Request, operation: Operation) -> SentWarning:
    return service.find(request.db, request.actor, operation, request.matchdict["warning"])


def _sees_all(request: Request, operation: Operation) -> bool:
    return policy.allows(request.actor, Action.WARNING_READ, operations.subject(operation))


def _may_send(request: Request, operation: Operation) -> bool:
    return bool(service.sending(request.actor, operation)) or policy.allows(
        request.actor, Action.WARNING_CREATE, operations.subject(operation)
    )


def _require_sender(request: Request, operation: Operation) -> None:
    if not service.sending(request.actor, operation):
        policy.require(request.actor, Action.WARNING_CREATE, operations.subject(operation))


def _given(request: Request, operation: Operation) -> WarningInput:
    form = request.POST
    moments: dict[str, datetime | None] = {}
    problems = []
    for name in ("since", "until"):
        try:
            moments[name] = _moment(form.get(name, "").strip(), operation.time_zone)
        except ValueError:
            message = _("Write day and time, such as 2027-06-30T14:00.")
            problems.append(Problem("not-an-instant", message, f"/{name}"))
    try:
        kind = WarningKind(form.get("kind", ""))
    except ValueError:
        message = _("Choose what there is to watch for.")
        problems.append(Problem("kind-unknown", message, "/kind", tuple(kind.value for kind in WarningKind)))
    if problems:
        raise Invalid(problems)
    to = form.get("to", "")
    authority = to.partition(":")[2] if to.startswith("authority:") else ""
    return WarningInput(
        kind=kind,
        title=form.get("title", ""),
        watch_for=form.get("watch_for", ""),
        sender=form.get("sender") or None,
        expected_at=form.get("expected_at", ""),
        since=moments["since"],
        until=moments["until"],
        units=() if authority else tuple(form.getall("units")),
        authority=authority,
        checked="checked" in form,
    )


def _moment(text: str, zone: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) if text else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = _("Write the day as year, month and day, such as 2027-06-30.")
        raise Invalid([Problem("bad-day", message, "/day")]) from None


def _choice(enumeration: Any, text: str, pointer: str) -> Any:
    try:
        return enumeration(text)
    except ValueError:
        message = _("Choose one of the answers.")
        accepted = tuple(member.value for member in enumeration)
        raise Invalid([Problem("answer-missing", message, pointer, accepted)]) from None


def _again(request: Request, operation: Operation, error: DomainError, part: str) -> dict[str, Any]:
    """Show a warning's page again, with what is wrong with one of its forms and what was sent with it."""
    request.response.status_int = error.status
    fields = {
        "/answer": "answer",
        "/text": "text",
        "/reference": "reference",
        "/day": "day",
        "/reason": "reason",
    }
    errors = form_errors(request, error, fields)
    return _page(request, operation, _warning(request, operation), errors, part, error)


def _page(
    request: Request,
    operation: Operation,
    warning: SentWarning,
    errors: FormErrors | None = None,
    part: str = "",
    error: DomainError | None = None,
) -> dict[str, Any]:
    crumb = Link(
        request.translate(_("Warnings")), request.route_path("operation.warnings", code=operation.code)
    )
    address = {"code": operation.code, "warning": warning.code}
    title = _("Warning ${code}: ${title}", mapping={"code": warning.code, "title": warning.title})
    return {
        "page": operation_page(request, operation, title, "warnings", breadcrumbs=[crumb]),
        "warning": shown.whole(request, operation, warning),
        **shown.feedback(request, operation, warning),
        "results": shown.results(request, operation, warning),
        "may": shown.may(request, operation, warning),
        "answers": [(a.value, request.translate(text)) for a, text in rules.ANSWER_LABELS.items()],
        "linking": shown.linking(request, operation, warning),
        "first_day": operation.first_day.isoformat(),
        "last_day": operation.last_day.isoformat(),
        "errors": errors or FormErrors((), {}),
        "part": part,
        "form": request.POST if part else {},
        "ask_checked": error is not None and any(p.code == CHECKED for p in error.problems),
        "text_length": rules.TEXT_LENGTH,
        "hrefs": {
            name: request.route_path(f"operation.warning.{name}", **address)
            for name in ("feedback", "results", "end")
        },
    }


def _form(
    request: Request, operation: Operation, values: Mapping[str, str], error: Invalid | None = None
) -> dict[str, Any]:
    back = request.route_path("operation.warnings", code=operation.code)
    units = service.units_of(operation)
    senders = [
        (unit.code, shown.unit_name(request, unit)) for unit in service.sending(request.actor, operation)
    ]
    centre = policy.allows(request.actor, Action.WARNING_CREATE, operations.subject(operation))
    errors = FormErrors((), {})
    if error is not None:
        fields = {p.pointer: "units" for p in error.problems if p.pointer.startswith("/units")}
        errors = form_errors(request, error, {**fields, "/authority": "units"})
    return {
        "page": operation_page(
            request,
            operation,
            _("New warning"),
            "warnings",
            breadcrumbs=[Link(request.translate(_("Warnings")), back)],
        ),
        "values": values,
        "chosen": frozenset(request.POST.getall("units")) if request.method == "POST" else frozenset(),
        "kinds": [(kind.value, request.translate(text)) for kind, text in rules.KIND_LABELS.items()],
        "senders": senders,
        "centre": centre,
        "authorities": [
            (f"authority:{authority.value}", shown.authority_name(request, authority), number)
            for authority in AuthorityType
            if (number := sum(unit.authority is authority for unit in units))
        ],
        "groups": shown.by_party(request, units),
        "zone": operation.time_zone,
        "errors": errors,
        "ask_checked": error is not None and any(p.code == CHECKED for p in error.problems),
        "title_length": rules.TITLE_LENGTH,
        "text_length": rules.TEXT_LENGTH,
        "back": back,
    }
