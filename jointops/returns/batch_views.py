"""The batches of an operation: what came in at once, what it made, and taking it back as one."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPException
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.errors import DomainError, NotFound
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import batches, shown
from jointops.returns.batches import Made
from jointops.returns.models import IntakeBatch
from jointops.returns.views import list_link
from jointops.web.audit import CHANNEL_LABELS
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other


@view_config(route_name="returns.batches", request_method="GET", renderer="returns/batches.jinja2")
def show_batches(request: Request) -> dict[str, Any]:
    """List the batches of which one may read a return, the newest first."""
    operation = _operation(request)
    found = batches.list_batches(request.db, request.actor, operation)
    return {
        "page": operation_page(
            request,
            operation,
            _("Returns that came in together"),
            "returns",
            breadcrumbs=[list_link(request, operation)],
        ),
        "upload": request.route_path("returns.upload", code=operation.code),
        "batches": [_batch(request, operation, batch) for batch in found],
    }


@view_config(route_name="returns.batch", request_method="GET", renderer="returns/batch.jinja2")
def show_batch(request: Request) -> dict[str, Any]:
    """Show what a batch made, and offer to take it back."""
    operation = _operation(request)
    return _page(
        request, operation, *batches.find_batch(request.db, request.actor, operation, _number(request))
    )


@view_config(route_name="returns.batch", request_method="POST", renderer="returns/batch.jinja2")
def take_back(request: Request) -> dict[str, Any] | HTTPException:
    """Take a batch back, all of it or nothing."""
    operation = _operation(request)
    batch, made = batches.find_batch(request.db, request.actor, operation, _number(request))
    reason = request.POST.get("reason", "")
    try:
        done = batches.take_back(request.db, request.actor, operation, batch.id, reason=reason)
    except DomainError as error:
        request.response.status_int = error.status
        problems = [request.translate(problem.message) for problem in error.problems]
        return _page(request, operation, batch, made, reason=reason, problems=problems)
    flash(request, _("The batch was taken back. Returns changed: ${n}.", mapping={"n": len(done)}), "success")
    return see_other(request, "returns.batch", code=operation.code, id=batch.id)


def _page(
    request: Request,
    operation: Operation,
    batch: IntakeBatch,
    made: Any,
    *,
    reason: str = "",
    problems: Any = (),
) -> dict[str, Any]:
    return {
        "page": operation_page(
            request,
            operation,
            _("Batch ${number}", mapping={"number": batch.id}),
            "returns",
            breadcrumbs=[
                list_link(request, operation),
                Link(
                    request.translate(_("Batches")),
                    request.route_path("returns.batches", code=operation.code),
                ),
            ],
        ),
        "batch": _batch(request, operation, batch),
        "returns": [_made(request, operation, one) for one in made],
        "may_take_back": batches.may_take_back(request.actor, operation, batch, made),
        "changed_since": sum(one.changed_since for one in made),
        "reason": reason,
        "problems": problems,
    }


def _batch(request: Request, operation: Operation, batch: IntakeBatch) -> dict[str, Any]:
    def instant(at: Any) -> str | None:
        return numbers.short_instant(at, request.locale, operation.time_zone) if at else None

    return {
        "id": batch.id,
        "href": request.route_path("returns.batch", code=operation.code, id=batch.id),
        "name": batch.name,
        "sha256": batch.sha256,
        "channel": CHANNEL_LABELS.get(batch.channel, batch.channel.value),
        "returns": batch.returns,
        "by": batch.recorded_by,
        "at": instant(batch.recorded_at),
        "taken_back_at": instant(batch.taken_back_at),
        "taken_back_by": batch.taken_back_by,
        "reason": batch.reason,
    }


def _made(request: Request, operation: Operation, one: Made) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "day": numbers.short_day(one.day, request.locale),
        "href": request.route_path(
            "returns.return", code=operation.code, unit=one.unit, day=one.day.isoformat()
        ),
        "number": one.number,
        "latest": one.latest,
        "changed_since": one.changed_since,
        "state": shown.state_name(one.state),
        "sha256": one.sha256,
    }


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _number(request: Request) -> int:
    text = request.matchdict["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NotFound("batch-unknown", _("There is no such batch."))
    return int(text)
