"""The plan file as a page: the whole plan as text, changed by those who know its format. It saves a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import Conflict, DomainError, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import planfile, rules, service
from jointops.operations.events import PlanTakenOver
from jointops.operations.models import Operation, PlanVersion
from jointops.operations.page import operation_page
from jointops.operations.plandoc import PlanDocument
from jointops.operations.views_new import NO_ERRORS, ProblemView, problem_views, uploaded_plan
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

TASKS_TYPED = 300
"""A plan with more tasks is changed in a file of its own: a page of that length is slow to load and to work in."""


@view_config(route_name="operation.plan.source", request_method="GET", renderer="operations/source.jinja2")
def source_form(request: Request) -> dict[str, Any]:
    """Show the plan file, to be changed by those who know it."""
    operation, version = _changeable(request)
    return _source(request, operation, version)


@view_config(route_name="operation.plan.source", request_method="POST", renderer="operations/source.jinja2")
def save_source(request: Request) -> dict[str, Any] | Response:
    """Save the plan file as a new version, or list its problems line by line."""
    operation, version = _changeable(request)
    try:
        if _expected(request) != version.number:
            raise _stale(request, version)
        saved = service.save_plan(
            request.db,
            request.actor,
            operation,
            _sent_plan(request),
            request.POST.get("note", ""),
            expected_version=_expected(request),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return _source(
            request,
            operation,
            version,
            errors=form_errors(request, error),
            problems=problem_views(request, error),
            sent=request.POST,
        )
    if saved.number == version.number:
        flash(request, "info", _("Nothing was changed."))
    elif operation.state in rules.PLANNING:
        flash(
            request, "success", _("Version ${number} of the plan is kept.", mapping={"number": saved.number})
        )
        request.registry.notify(PlanTakenOver(request, operation))
    else:
        text = _(
            "Version ${number} is kept as an amendment. It is in force once a reviewer has approved it.",
            mapping={"number": saved.number},
        )
        flash(request, "success", text)
    return see_other(request, "operation.plan", code=operation.code)


def _sent_plan(request: Request) -> PlanDocument:
    """Return the plan that was typed, or sent as a file where the page asked for one."""
    if _is_file(request.POST.get("plan")):
        return uploaded_plan(request)
    text = request.POST.get("plan", "").replace("\r\n", "\n")
    return planfile.load(text, cycles=service.known_cycles(request.db))


def _is_file(sent: Any) -> bool:
    # A file that was not chosen comes as empty bytes.
    return sent is not None and not isinstance(sent, str)


def _changeable(request: Request) -> tuple[Operation, PlanVersion]:
    """Return the operation and the latest version of its plan, where the reader may change it."""
    operation = service.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.PLAN_UPDATE, service.subject(operation))
    if operation.state in rules.ENDED:
        message = _("${code} has ended, and its plan stays as it is.", mapping={"code": operation.code})
        raise Conflict("operation-ended", message)
    return operation, service.latest_plan(request.db, operation)


def _expected(request: Request) -> int:
    given: str = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _stale(request: Request, version: PlanVersion) -> Stale:
    message = _(
        "${author} saved version ${number} meanwhile. Nothing you wrote is lost: it still stands below. "
        "Open the form again beside it, and put your changes into the new version.",
        mapping={"author": version.author, "number": version.number},
    )
    return Stale(message, given=str(_expected(request)), current=str(version.number))


def _text(version: PlanVersion, sent: Any) -> str | None:
    """Return the text to be changed: what was sent, else the plan's; ``None`` where it is too long to be typed in."""
    given = None if sent is None else sent.get("plan", "")
    if given is not None and not _is_file(given):
        return str(given)
    if len(service.document(version).tasks) > TASKS_TYPED:
        return None
    return service.plan_file(version)


def _source(
    request: Request,
    operation: Operation,
    version: PlanVersion,
    *,
    errors: FormErrors = NO_ERRORS,
    problems: Sequence[ProblemView] = (),
    sent: Any = None,
) -> dict[str, Any]:
    title = _("Plan file")
    if problems:
        # The table says more than a summary could.
        text = request.translate(_("The plan file is not in order."))
        errors = FormErrors([{"text": text, "href": "#problems"}], {})
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        # A form that was refused keeps the version it was made from: it stays stale until it is opened again.
        "version": sent.get("version", "") if sent is not None else version.number,
        "note": sent.get("note", "") if sent is not None else "",
        "amends": operation.state not in rules.PLANNING,
        "sections": request.route_path("operation.plan.sections", code=operation.code),
        "cancel": request.route_path("operation.plan", code=operation.code),
        "text": _text(version, sent),
        "longest": TASKS_TYPED,
        "download": request.route_path(
            "operation.plan.file", code=operation.code, _query={"format": "yaml", "version": version.number}
        ),
        "problems": problems,
        "errors": errors,
    }
