"""The matrix of returns as it goes on: a piece of the page, asked for again and again, mostly answered "unchanged"."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotModified
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import clock, ids, policy
from jointops.kernel.policy import Action
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns import finding
from jointops.situation.views import situation_model


@view_config(route_name="situation.matrix", request_method="GET", renderer="situation/_live.jinja2")
def live_matrix(request: Request) -> Any:
    """Answer who has reported now, or that nothing changed since the tag that was sent: two queries then."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.SITUATION_READ, operations.subject(operation))
    tag = _tag(request, operation)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    # A proxy that compresses makes a weak tag of it.
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HTTPNotModified(headers=headers)
    request.response.headers.update(headers)
    return situation_model(request, operation)


def _tag(request: Request, operation: Operation) -> str:
    """Return what the matrix depends on: every return's version, the plan in force, and the deadlines that passed."""
    plan = operations.document(operations.plan_in_force(request.db, operation))
    now = clock.now()
    passed = sum(plancalendar.late_after(plan, day) < now for day in plan.period.days())
    parts = (
        *finding.versions(request.db, operation),
        operation.plan_number,
        passed,
        request.locale,
        request.query_string,
    )
    return f'"{ids.digest("|".join(map(str, parts)))[:20]}"'
