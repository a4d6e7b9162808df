"""Pages that show operations: the list, the plan, its versions; the steps of the life cycle; answers to invitations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, NotFound
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import planfile, reading, rules, service
from jointops.operations.models import Answer, Operation, OperationState, Participant, PlanVersion
from jointops.operations.page import operation_page
from jointops.operations.plandiff import diff
from jointops.operations.plandoc import PlanDocument
from jointops.operations.shown import (
    STATE_TONES,
    URGENCY,
    ChangeView,
    answers_of,
    contents_of,
    gap_of,
    life_of,
    row_of,
    steps_of,
    version_of,
    written,
)
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.web.errors import FormErrors, form_errors
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
    version = service.find_version(request.db, request.actor, operation, _number(request.matchdict["number"]))
    return _plan(request, operation, version)


@view_config(route_name="operation.plan.file", request_method="GET")
def plan_file(request: Request) -> Response:
    """Give a version of the plan as a file: ``?format=yaml`` or ``json``, ``?version=2``."""
    operation = find(request)
    number = request.GET.get("version")
    if number:
        version = service.find_version(request.db, request.actor, operation, _number(number))
    else:
        version = service.plan_in_force(request.db, operation)
    kind = "json" if request.GET.get("format") == "json" else "yaml"
    document = service.document(version)
    text = planfile.dump(document) if kind == "yaml" else _json(document)
    response = Response(text.encode(), content_type=FILE_TYPES[kind], charset="utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{operation.code}-plan-{version.number}.{kind}"'
    )
    return response


@view_config(
    route_name="operation.plan.versions", request_method="GET", renderer="operations/versions.jinja2"
)
def versions_page(request: Request) -> dict[str, Any]:
    """Show all versions of the plan with who wrote and who approved them."""
    operation = find(request)
    versions = service.versions(request.db, request.actor, operation)
    views = [version_of(request, operation, version) for version in versions]
    title = _("Versions of the plan")
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "versions": views,
        "numbers": [(str(view.number), str(view.number)) for view in views],
        "compare": request.route_path("operation.plan.compare", code=operation.code),
    }


@view_config(route_name="operation.plan.compare", request_method="GET", renderer="operations/compare.jinja2")
def compare_page(request: Request) -> dict[str, Any]:
    """Show what changed from one version to another."""
    operation = find(request)
    before, after = (
        service.find_version(request.db, request.actor, operation, _number(request.GET.get(end, "")))
        for end in ("from", "to")
    )
    changes = diff(service.document(before), service.document(after))
    sections: dict[str, list[ChangeView]] = {}
    for change in changes:
        view = ChangeView(change.kind, change.path, written(change.before), written(change.after))
        sections.setdefault(change.section, []).append(view)
    title = _(
        "Version ${before} and version ${after}", mapping={"before": before.number, "after": after.number}
    )
    versions = request.route_path("operation.plan.versions", code=operation.code)
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "plan",
            breadcrumbs=[Link(request.translate(_("Versions of the plan")), versions)],
        ),
        "sections": [
            (request.translate(reading.section_title(name)), items) for name, items in sections.items()
        ],
        "count": len(changes),
        "before": version_of(request, operation, before),
        "after": version_of(request, operation, after),
        "versions": versions,
    }


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
        service.require_version(operation.version, _given_version(request))
        service.transition(request.db, request.actor, operation, target, request.POST.get("reason", ""))
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


@view_config(route_name="operation.plan.approve", request_method="POST")
def approve(request: Request) -> Response:
    """Approve an amendment of the plan and put it in force."""
    operation = find(request)
    number = _number(request.matchdict["number"])
    try:
        service.approve_plan(request.db, request.actor, operation, number)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return refused(request, error, "operation.plan", operation)
    flash(request, "success", _("Version ${number} of the plan is in force.", mapping={"number": number}))
    return see_other(request, "operation.plan", code=operation.code)


@view_config(route_name="operation.answer", request_method="GET", renderer="operations/answer.jinja2")
def answer_form(request: Request) -> dict[str, Any]:
    """Ask a participant whether it takes part."""
    operation = find(request)
    participant = service.find_participant(operation, request.matchdict["party"])
    given = {"answer": participant.answer.value, "conditions": participant.conditions}
    return _answer_page(request, operation, participant, given, NO_ERRORS)


@view_config(route_name="operation.answer", request_method="POST", renderer="operations/answer.jinja2")
def answer(request: Request) -> dict[str, Any] | Response:
    """Record the answer, or ask again."""
    operation = find(request)
    participant = service.find_participant(operation, request.matchdict["party"])
    given = {
        "answer": request.POST.get("answer", ""),
        "conditions": request.POST.get("conditions", ""),
    }
    chosen = Answer(given["answer"]) if given["answer"] in rules.ANSWERS_ACCEPTED else Answer.INVITED
    try:
        service.require_version(participant.version, _given_version(request))
        service.answer(request.db, request.actor, operation, participant.party, chosen, given["conditions"])
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return _answer_page(request, operation, participant, given, form_errors(request, error))
    flash(
        request, "success", _("Your answer is recorded. You may change it as long as the operation goes on.")
    )
    return see_other(request, "operation.plan", code=operation.code, _anchor="participants")


def cards(request: Request) -> Sequence[Card]:
    """Return what operations ask of the reader: invitations to answer, plans to approve."""
    found = []
    for operation in service.list_operations(request.db, request.actor):
        if operation.state in rules.ENDED:
            continue
        subject = service.subject(operation)
        for participant in operation.participants:
            if (
                participant.party in request.actor.parties
                and participant.in_plan
                and participant.answer is Answer.INVITED
                and policy.allows(
                    request.actor,
                    Action.PARTICIPANT_ANSWER,
                    service.subject(operation, party=participant.party),
                )
            ):
                href = request.route_path("operation.answer", code=operation.code, party=participant.party)
                text = _("Say whether ${party} takes part", mapping={"party": participant.party})
                found.append(Card(text, href, meta=operation.code, tone="warn"))
        if operation.state is OperationState.CONSULTATION and policy.allows(
            request.actor, Action.PLAN_APPROVE, subject
        ):
            href = request.route_path("operation.plan", code=operation.code)
            found.append(Card(_("Read a plan in consultation, and approve it"), href, meta=operation.code))
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
            "frozen": numbers.instant(operation.frozen_at, request.locale, operation.time_zone)
            if operation.frozen_at
            else None,
        },
        "life": life_of(request, operation),
        "steps": steps_of(request, operation) if in_force else [],
        "gaps": [gap_of(request, operation, problem) for problem in unready],
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


def _crumb(request: Request, route: str, text: str, code: str) -> Link:
    return Link(request.translate(text), request.route_path(route, code=code))


def _json(document: PlanDocument) -> str:
    return json.dumps(planfile.to_data(document), ensure_ascii=False, indent=2) + "\n"


def _answer_page(
    request: Request,
    operation: Operation,
    participant: Participant,
    given: Mapping[str, str],
    errors: FormErrors,
) -> dict[str, Any]:
    policy.require(
        request.actor, Action.PARTICIPANT_ANSWER, service.subject(operation, party=participant.party)
    )
    document = service.document(service.plan_in_force(request.db, operation))
    planned = next(item for item in document.participants if item.party == participant.party)
    kinds = catalogue().authority_types
    title = _("Answer the invitation")
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "party": reading.party_name(participant.party, request.locale),
        "units": [(unit.code, label(kinds[unit.authority].labels, request.locale)) for unit in planned.units],
        "period": numbers.day_range(operation.starts_on, operation.ends_on, request.locale),
        "deadline": f"{document.reporting.deadline:%H:%M}, "
        + request.translate(reading.SCOPE_OF_DEADLINE[document.reporting.deadline_day]),
        "lead": reading.party_name(operation.lead, request.locale),
        "answered": numbers.short_instant(participant.answered_at, request.locale, operation.time_zone)
        if participant.answered_at
        else None,
        "answered_by": participant.answered_by,
        "version": participant.version,
        "choices": [
            (code, request.translate(rules.ANSWER_LABELS[Answer(code)])) for code in rules.ANSWERS_ACCEPTED
        ],
        "given": given,
        "errors": errors,
        "plan": request.route_path("operation.plan", code=operation.code),
    }


def _given_version(request: Request) -> int | None:
    """Return the version that the form was made from; a damaged one is never the current one."""
    given = request.POST.get("version", "")
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise NotFound("not-found", _("There is no version “${text}”.", mapping={"text": text[:40]}))
