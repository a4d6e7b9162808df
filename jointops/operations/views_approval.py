"""Pages of approval: exactly what is approved and by whom, amendments that wait, and what was decided on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import rules, service
from jointops.operations.models import Answer, Operation, OperationState, PlanVersion
from jointops.operations.page import operation_page
from jointops.operations.readiness import Status, section_states
from jointops.operations.shown import changes_of, gap_of, version_of
from jointops.operations.views import find, given_version, number_in, refused
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

STATUS_SHOWN = {
    Status.COMPLETE: (_("Complete"), "good", "check"),
    Status.INCOMPLETE: (_("Incomplete"), "bad", "missing"),
    Status.NOT_APPLICABLE: (_("Not applicable"), "muted", "none"),
}

NO_ERRORS = FormErrors((), {})

CHANGES_SHOWN = 60
"""Changes of one amendment that are listed: the comparison shows all of them."""


@view_config(
    route_name="operation.plan.approval", request_method="GET", renderer="operations/approval.jinja2"
)
def approval_page(request: Request) -> dict[str, Any]:
    """Show exactly what is or would be approved, what stands in the way, and who approves."""
    return _approval(request, find(request), NO_ERRORS)


@view_config(
    route_name="operation.plan.approval", request_method="POST", renderer="operations/approval.jinja2"
)
def approve_operation(request: Request) -> dict[str, Any] | Response:
    """Approve the plan of an operation in consultation, exactly the version that was read."""
    operation = find(request)
    policy.require(request.actor, Action.PLAN_APPROVE, service.subject(operation))
    form = request.POST
    try:
        if operation.state is not OperationState.CONSULTATION:
            standing = service.standing(request.db, operation)
            raise service.refusal(rules.obstacles(standing, OperationState.APPROVED))
        service.transition(
            request.db,
            request.actor,
            operation,
            OperationState.APPROVED,
            plan_number=given_version(request),
            endorsement=_endorsement(form),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        request.response.status_int = error.status
        return _approval(request, operation, form_errors(request, error), form)
    number = operation.plan_number
    flash(
        request,
        "success",
        _(
            "${code} is approved, with version ${number} of its plan.",
            mapping={"code": operation.code, "number": number},
        ),
    )
    return see_other(request, "operation.plan", code=operation.code)


@view_config(
    route_name="operation.plan.amendments", request_method="GET", renderer="operations/amendments.jinja2"
)
def amendments_page(request: Request) -> dict[str, Any]:
    """Show the amendments that wait, each with what it changes, and what became of those before."""
    return _amendments(request, find(request), NO_ERRORS)


@view_config(
    route_name="operation.plan.approve", request_method="POST", renderer="operations/amendments.jinja2"
)
def approve_amendment(request: Request) -> dict[str, Any] | Response:
    """Approve an amendment of the plan and put it in force."""
    operation = find(request)
    number = number_in(request.matchdict["number"])
    try:
        service.approve_plan(request.db, request.actor, operation, number, _endorsement(request.POST))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.response.status_int = error.status
        return _amendments(request, operation, form_errors(request, error))
    flash(request, "success", _("Version ${number} of the plan is in force.", mapping={"number": number}))
    return see_other(request, "operation.plan", code=operation.code)


@view_config(
    route_name="operation.plan.refuse", request_method="POST", renderer="operations/amendments.jinja2"
)
def refuse_amendment(request: Request) -> dict[str, Any] | Response:
    """Refuse an amendment with a reason."""
    operation = find(request)
    number = number_in(request.matchdict["number"])
    try:
        service.refuse_plan(request.db, request.actor, operation, number, request.POST.get("reason", ""))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        request.response.status_int = error.status
        errors = form_errors(request, error, {"/reason": f"reason-{number}"})
        return _amendments(request, operation, errors)
    text = _("Version ${number} is refused. Its authors are told why.", mapping={"number": number})
    flash(request, "success", text)
    return see_other(request, "operation.plan.amendments", code=operation.code)


@view_config(route_name="operation.plan.again", request_method="POST")
def take_up_again(request: Request) -> Response:
    """Take a refused amendment up again: its content becomes a new version, to be changed from there."""
    operation = find(request)
    policy.require(request.actor, Action.PLAN_UPDATE, service.subject(operation))
    number = number_in(request.matchdict["number"])
    version = service.find_version(request.db, request.actor, operation, number)
    try:
        note = request.translate(_("Version ${number} taken up again", mapping={"number": number}))
        saved = service.save_plan(request.db, request.actor, operation, service.document(version), note)
    except DomainError as error:
        if error.status == 403:
            raise
        return refused(request, error, "operation.plan.amendments", operation)
    flash(request, "success", _("Version ${number} waits for approval.", mapping={"number": saved.number}))
    return see_other(request, "operation.plan.amendments", code=operation.code)


def _approval(
    request: Request, operation: Operation, errors: FormErrors, form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    in_force = service.plan_in_force(request.db, operation)
    version = service.latest_plan(request.db, operation) if operation.state in rules.PLANNING else in_force
    document = service.document(version)
    standing = service.standing(request.db, operation)
    subject = service.subject(operation)
    obstacles = (
        rules.obstacles(standing, OperationState.APPROVED) if operation.state in rules.PLANNING else []
    )
    answers = Counter(row.answer for row in operation.participants if row.in_plan)
    waits = operation.state is OperationState.CONSULTATION
    title = _("Approval of the plan")
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "code": operation.code,
        "version": version_of(request, operation, version),
        "sections": _sections(request, operation, version),
        "obstacles": [
            {"text": gap.text, "href": gap.href}
            for problem in obstacles
            if problem.code not in {"not-ready", "no-such-step"}
            for gap in [gap_of(request, operation, problem)]
        ],
        "incomplete": sum(state.status is Status.INCOMPLETE for state in section_states(document)),
        "answers": [
            {"text": request.translate(rules.ANSWER_LABELS[answer]), "count": answers[answer]}
            for answer in Answer
        ],
        "unanswered": answers[Answer.INVITED],
        "consultation": request.route_path("operation.consultation", code=operation.code),
        "waits": waits,
        "draft": operation.state is OperationState.DRAFT,
        "may_approve": policy.allows(request.actor, Action.PLAN_APPROVE, subject),
        "possible": waits and not obstacles,
        "name": request.actor.name,
        "given": {
            "function": form.get("function", "") if form else "",
            "statement": form.get("statement", "") if form else "",
        },
        "errors": errors,
        "amendments": request.route_path("operation.plan.amendments", code=operation.code),
    }


def _sections(request: Request, operation: Operation, version: PlanVersion) -> list[dict[str, Any]]:
    found = []
    for state in section_states(service.document(version)):
        text, tone, icon = STATUS_SHOWN[state.status]
        found.append(
            {
                "title": label(state.section.labels, request.locale),
                "status": request.translate(text),
                "tone": tone,
                "icon": icon,
                "missing": [gap_of(request, operation, problem) for problem in state.missing],
                "reason": label(state.reason, request.locale) if state.reason else "",
            }
        )
    return found


def _amendments(request: Request, operation: Operation, errors: FormErrors) -> dict[str, Any]:
    versions = service.versions(request.db, request.actor, operation)
    in_force = next(version for version in versions if version.number == operation.plan_number)
    under_amendment = operation.state in rules.UNDER_AMENDMENT
    waiting = [
        version
        for version in versions
        if under_amendment and version.number > operation.plan_number and version.refusal is None
    ]
    subject = service.subject(operation)
    first = next((version.number for version in reversed(versions) if version.approval), None)
    decided = [
        version
        for version in versions
        if version.refusal is not None or (version.approval is not None and version.number != first)
    ]
    title = _("Amendments of the plan")
    return {
        "page": operation_page(
            request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
        ),
        "code": operation.code,
        "in_force": version_of(request, operation, in_force),
        "planning": operation.state in rules.PLANNING,
        "waiting": [_amendment(request, operation, in_force, version) for version in waiting],
        "decided": [version_of(request, operation, version) for version in decided],
        "may_approve": policy.allows(request.actor, Action.PLAN_APPROVE, subject),
        "may_change": under_amendment and policy.allows(request.actor, Action.PLAN_UPDATE, subject),
        "name": request.actor.name,
        "errors": errors,
    }


def _amendment(
    request: Request, operation: Operation, in_force: PlanVersion, version: PlanVersion
) -> dict[str, Any]:
    """Return one amendment with what it changes of the plan in force and what stands in its way."""
    document = service.document(version)
    changes = service.changes_between(in_force, version)
    obstacles = service.amendment_obstacles(request.db, operation, document)
    return {
        "version": version_of(request, operation, version),
        "sections": changes_of(request, changes[:CHANGES_SHOWN]),
        "count": len(changes),
        "more": max(0, len(changes) - CHANGES_SHOWN),
        "obstacles": [gap_of(request, operation, problem) for problem in obstacles],
        "compare": request.route_path(
            "operation.plan.compare",
            code=operation.code,
            _query={"from": in_force.number, "to": version.number},
        ),
    }


def _endorsement(form: Mapping[str, str]) -> service.Endorsement:
    return service.Endorsement(form.get("function", "")[:200], form.get("statement", "")[:2000])
