"""Pages of conflicts: the list of an operation, accepting one as it is, and what a form's values would run into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import Invalid
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.events import PlanTakenOver
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.operations.rules import ENDED
from jointops.rendering import numbers
from jointops.tasks import bar, conflicts, form_values, rules, service
from jointops.tasks.deconfliction import Finding, Kind
from jointops.tasks.rows import Wanted
from jointops.tasks.shown_conflicts import KIND_LABELS, shown
from jointops.tasks.shown_many import pages
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

ON_A_PAGE = 20

SHOWN = 100
"""Findings that are told of one task, and accepted ones that stand below the list."""


@view_config(route_name="operation.tasks.conflicts", request_method="GET", renderer="tasks/conflicts.jinja2")
def list_conflicts(request: Request) -> dict[str, Any]:
    """Show what is in the way among the tasks, and what was accepted as it is."""
    return _page(request, operations.find(request.db, request.actor, request.matchdict["code"]))


@view_config(route_name="operation.tasks.conflicts", request_method="POST", renderer="tasks/conflicts.jinja2")
def accept(request: Request) -> dict[str, Any] | Response:
    """Accept one finding as it is; without a reason, show the list with what is wrong."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    key = request.POST.get("key", "")
    try:
        conflicts.accept(request.db, request.actor, operation, key, request.POST.get("reason", ""))
    except Invalid as error:
        request.response.status_int = error.status
        errors = form_errors(request, error, {"/reason": f"reason-{key[:12]}"})
        return _page(request, operation, errors)
    flash(request, "success", _("The conflict is accepted as it is."))
    return see_other(request, "operation.tasks.conflicts", code=operation.code)


@view_config(route_name="operation.tasks.findings", request_method="POST", renderer="tasks/findings.jinja2")
def look(request: Request) -> dict[str, Any]:
    """Answer the script that asks while a task is typed: a piece of a page with what its values would run into."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.TASK_UPDATE, operations.subject(operation))
    given = form_values.typed(request, operation)
    if given is None:
        return {"findings": []}
    code = request.POST.get("task") or request.POST.get("code")
    if not code:
        # The one that it would get.
        code = rules.next_code(service.dependencies_of(request.db, operation))
    found = conflicts.conflicts_of(request.db, request.actor, operation, code, given)
    return {"findings": [shown(request, operation, finding) for finding in found.open[:SHOWN]]}


def say_conflicts(event: PlanTakenOver) -> None:
    """Say on the next page how many conflicts there are among the tasks of a plan file that was taken over."""
    request, operation = event.request, event.operation
    if not policy.allows(request.actor, Action.TASK_READ, operations.subject(operation)):
        # Who coordinates other operations gets the role in the one just made with the next request.
        return
    count = len(conflicts.conflicts(request.db, request.actor, operation).open)
    if count:
        text = _(
            "Tasks in each other’s way or beyond what was pledged: ${count}. They are listed under Tasks, Conflicts.",
            mapping={"count": count},
        )
        flash(request, "info", text)


def _page(request: Request, operation: Operation, errors: FormErrors | None = None) -> dict[str, Any]:
    found = conflicts.conflicts(request.db, request.actor, operation)
    crumb = Link(request.translate(_("Tasks")), request.route_path("operation.tasks", code=operation.code))
    may_accept = operation.state not in ENDED and policy.allows(
        request.actor, Action.TASK_CONFLICT_ACCEPT, operations.subject(operation)
    )
    wanted = request.GET.get("kind", "")
    chosen = [finding for finding in found.open if not wanted or finding.kind.value == wanted]
    paging = pages(
        request, len(chosen), ON_A_PAGE, lambda number: _address(request, operation, wanted, number)
    )
    return {
        "page": operation_page(request, operation, _("Conflicts"), "tasks", breadcrumbs=[crumb]),
        "kinds": _kinds(request, operation, found.open, wanted),
        "findings": [shown(request, operation, finding) for finding in chosen[paging.first :][:ON_A_PAGE]],
        "paging": paging,
        "total": len(found.open),
        "every_href": _address(request, operation, "") if wanted else None,
        "accepted": [
            {
                **shown(request, operation, finding),
                "reason": note.reason,
                "by": note.noted_by,
                "at": numbers.short_instant(note.noted_at, request.locale, operation.time_zone),
            }
            for finding, note in found.accepted[:SHOWN]
        ],
        "may_accept": may_accept,
        "may_change": operation.state not in ENDED
        and policy.allows(request.actor, Action.TASK_UPDATE, operations.subject(operation)),
        "views": bar.links(request, operation, "operation.tasks.conflicts", Wanted()),
        "accept_href": request.route_path("operation.tasks.conflicts", code=operation.code),
        "text_length": rules.TEXT_LENGTH,
        "errors": errors or FormErrors((), {}),
        "sent": request.POST if request.method == "POST" else {},
        "tasks_href": request.route_path("operation.tasks", code=operation.code),
    }


def _address(request: Request, operation: Operation, kind: str, page: int | None = None) -> str:
    query = {"kind": kind or None, "page": page}
    return str(
        request.route_path(
            "operation.tasks.conflicts",
            code=operation.code,
            _query={name: value for name, value in query.items() if value is not None},
        )
    )


def _kinds(
    request: Request, operation: Operation, found: Sequence[Finding], wanted: str
) -> list[dict[str, Any]]:
    """Return how many findings there are of each kind, as links to those."""
    counts = {kind: sum(finding.kind is kind for finding in found) for kind in Kind}
    return [
        {
            "text": request.translate(KIND_LABELS[kind]),
            "count": count,
            "active": kind.value == wanted,
            "href": _address(request, operation, kind.value),
        }
        for kind, count in counts.items()
        if count
    ]
