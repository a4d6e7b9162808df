"""Pages that show operations: the list, the plan, its versions; the steps of the life cycle; answers to invitations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, NotFound
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import planfile, reading, rules, service
from jointops.operations.forms import local_instant
from jointops.operations.models import Operation, OperationState, PlanVersion
from jointops.operations.page import operation_page
from jointops.operations.plan_document import plan_report
from jointops.operations.plandoc import PlanDocument
from jointops.operations.shown import (
    STATE_TONES,
    URGENCY,
    answers_of,
    contents_of,
    gap_of,
    life_of,
    ready_of,
    row_of,
    steps_of,
    version_of,
)
from jointops.rendering import numbers
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.web.errors import FormErrors
from jointops.web.navigation import Card, Link, plan_buttons
from jointops.web.page import flash, page, see_other

FILE_TYPES = {"yaml": "application/yaml", "json": "application/json"}

NO_ERRORS = FormErrors((), {})


@view_config(route_name="operations", request_method="GET", renderer="operations/list.jinja2")
def list_page(request: Request) -> dict[str, Any]:
    """Show the operations that the reader may know of, what needs attention first."""
    operations = service.list_operations(request.db, request.actor)
    running = [one for one in operations if one.state is OperationState.RUNNING]
    documents = service.documents_in_force(request.db, running)
    order = {state: place for place, state in enumerate(URGENCY)}
    rows = [
        row_of(request, one, documents.get(one.id))
        for one in sorted(operations, key=lambda one: order[one.state])
    ]
    return {
        "page": page(request, _("Operations")),
        "rows": rows,
        "may_create": policy.allows(request.actor, Action.OPERATION_CREATE),
    }


@view_config(route_name="operation.plan", request_method="GET", renderer="operations/plan.jinja2")
def plan_page(request: Request) -> dict[str, Any]:
    """Show the plan in force, and what can come next."""
    operation = find(request)
    return _plan(request, operation, service.plan_in_force(request.db, operation))


@view_config(route_name="operation.plan.version", request_method="GET", renderer="operations/plan.jinja2")
def version_page(request: Request) -> dict[str, Any]:
    """Show one version of the plan, in force or not."""
    operation = find(request)
    version = service.find_version(
        request.db, request.actor, operation, number_in(request.matchdict["number"])
    )
    return _plan(request, operation, version)


@view_config(route_name="operation.plan.file", request_method="GET")
def plan_file(request: Request) -> Response:
    """Give a version of the plan as a file: ``?format=yaml``, ``json``, ``pdf`` or ``docx``, ``?version=2``."""
    operation = find(request)
    number = request.GET.get("version")
    if number:
        version = service.find_version(request.db, request.actor, operation, number_in(number))
    else:
        version = service.plan_in_force(request.db, operation)
    kind = request.GET.get("format", "")
    if kind in DOCUMENT_FORMATS:
        report = plan_report(request.db, operation, version, request.locale)
        form = DOCUMENT_FORMATS[kind]
        response = Response(form.render(report), content_type=form.media_type)
    else:
        kind = "json" if kind == "json" else "yaml"
        document = service.document(version)
        text = planfile.dump(document) if kind == "yaml" else _json(document)
        response = Response(text.encode(), content_type=FILE_TYPES[kind], charset="utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{operation.code}-plan-{version.number}.{kind}"'
    )
    return response


@view_config(route_name="operation.transition", request_method="POST")
def take_step(request: Request) -> Response:
    """Take the operation a step on, or say at the plan why it is not possible."""
    operation = find(request)
    try:
        target = OperationState(request.POST.get("to", ""))
    except ValueError:
        policy.require(request.actor, Action.OPERATION_TRANSITION, service.subject(operation))
        raise NotFound("not-found", _("There is no such state.")) from None
    try:
        service.require_version(operation.version, given_version(request))
        until = request.POST.get("answer_by", "")
        service.transition(
            request.db,
            request.actor,
            operation,
            target,
            request.POST.get("reason", ""),
            answer_by=local_instant(until, operation.time_zone, "/answer_by") if until else None,
        )
    except DomainError as error:
        if error.status == 403:
            raise
        return refused(request, error, "operation.plan", operation)
    text = _(
        "${code} is now: ${state}.",
        mapping={"code": operation.code, "state": request.translate(rules.STATE_LABELS[target])},
    )
    flash(request, "success", text)
    return see_other(request, "operation.plan", code=operation.code)


def cards(request: Request) -> Sequence[Card]:
    """Return what operations ask of the reader: plans and amendments to approve."""
    decidable = [
        operation
        for operation in service.list_operations(request.db, request.actor)
        if operation.state not in rules.ENDED
        and policy.allows(request.actor, Action.PLAN_APPROVE, service.subject(operation))
    ]
    waiting = service.waiting_amendments(request.db, decidable)
    found = []
    for operation in decidable:
        code = operation.code
        if operation.state is OperationState.CONSULTATION:
            href = request.route_path("operation.plan.approval", code=code)
            found.append(Card(_("Read a plan in consultation, and approve it"), href, meta=code))
        elif operation.id in waiting:
            href = request.route_path("operation.plan.amendments", code=code)
            count = waiting[operation.id]
            found.append(
                Card(_("Decide on amendments of the plan"), href, meta=code, tone="warn", count=count)
            )
    return found


def find(request: Request) -> Operation:
    """Return the operation that the page's address names."""
    return service.find(request.db, request.actor, request.matchdict["code"])


def refused(request: Request, error: DomainError, route: str, operation: Operation) -> Response:
    """Say on the next page why something was not done; nothing of it is kept."""
    request.tm.doom()
    flash(request, "error", error.message)
    return see_other(request, route, code=operation.code)


def _plan(request: Request, operation: Operation, version: PlanVersion) -> dict[str, Any]:
    actor, subject = request.actor, service.subject(operation)
    document = service.document(version)
    latest = service.latest_plan(request.db, operation)
    in_force = version.number == operation.plan_number
    answers = {row.party: row for row in operation.participants}
    today = rules.today(operation.time_zone, clock.now())
    unready = rules.readiness(document)
    plan = reading.read(document, answers, today, request.locale)
    code = operation.code
    title = _("Plan") if in_force else _("Version ${number} of the plan", mapping={"number": version.number})
    crumbs = [] if in_force else [_crumb(request, "operation.plan.versions", _("Versions of the plan"), code)]
    return {
        "page": operation_page(request, operation, title, "plan", breadcrumbs=crumbs),
        "operation": {
            "code": code,
            "title": label(document.title, request.locale),
            "version": operation.version,
            "state": request.translate(rules.STATE_LABELS[operation.state]),
            "tone": STATE_TONES[operation.state],
            "planning": operation.state in rules.PLANNING,
            "zone": operation.time_zone,
            "answer_by": _answer_by(request, operation),
            "frozen": numbers.instant(operation.frozen_at, request.locale, operation.time_zone)
            if operation.frozen_at
            else None,
        },
        "life": life_of(request, operation),
        "steps": steps_of(request, operation) if in_force else [],
        "gaps": [gap_of(request, operation, problem) for problem in unready],
        "ready": ready_of(request, operation, document),
        "version": version_of(request, operation, version),
        "in_force": in_force,
        "amendment": version_of(request, operation, latest)
        if latest.number > operation.plan_number
        else None,
        "may_approve": policy.allows(actor, Action.PLAN_APPROVE, subject),
        "may_change": policy.allows(actor, Action.PLAN_UPDATE, subject)
        and operation.state not in rules.ENDED,
        "buttons": plan_buttons(request, code, subject) if in_force else [],
        "answerable": answers_of(request, operation),
        "plan": plan,
        "contents": contents_of(request, plan),
    }


def _answer_by(request: Request, operation: Operation) -> str:
    """Return until when participants may be asked to answer, as the form's field has it; empty for a past operation."""
    if operation.state is not OperationState.DRAFT or operation.historical:
        return ""
    until = operation.answer_by or rules.default_answer_by(
        operation.first_day, operation.time_zone, request.config.answer_days, clock.now()
    )
    return f"{until.astimezone(ZoneInfo(operation.time_zone)):%Y-%m-%dT%H:%M}" if until else ""


def _crumb(request: Request, route: str, text: str, code: str) -> Link:
    return Link(request.translate(text), request.route_path(route, code=code))


def _json(document: PlanDocument) -> str:
    return json.dumps(planfile.to_data(document), ensure_ascii=False, indent=2) + "\n"


def given_version(request: Request) -> int | None:
    """Return the version that the form was made from; a damaged one is never the current one."""
    given = request.POST.get("version", "")
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def number_in(text: str) -> int:
    """Return the number of a version that an address names; raises NotFound."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise NotFound("not-found", _("There is no version “${text}”.", mapping={"text": text[:40]}))
