"""The page that takes in the file of a device's queue: checked first, then recorded like any other batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import ids
from jointops.kernel.errors import DomainError, Invalid, NotAllowed, Problem
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import asked, shown
from jointops.returns.intake import batch
from jointops.returns.intake.batch import Batch, BatchRefused, Entry
from jointops.returns.offline import queue_file
from jointops.returns.offline.queue_file import QueueFile
from jointops.returns.views import list_link


@view_config(route_name="returns.queue", request_method="GET", renderer="returns/queue.jinja2")
def queue_form(request: Request) -> dict[str, Any]:
    """Ask for the file."""
    return _page(request, _reporting(request))


@view_config(route_name="returns.queue", request_method="POST", renderer="returns/queue.jinja2")
def take_in(request: Request) -> dict[str, Any]:
    """Record the file's returns, all or none, or those that can be taken; or only say what would come of it."""
    operation = _reporting(request)
    dry_run = request.POST.get("action") != "record"
    partly = bool(request.POST.get("partly"))
    try:
        found, content = _read(request, operation)
        recorded, left_out = _record(request, operation, found, content, dry_run=dry_run, partly=partly)
    except NotAllowed:
        raise
    except DomainError as error:
        request.response.status_int = error.status
        return _page(request, operation, problems=_problems(request, error), partly=partly)
    return _page(
        request,
        operation,
        found=found,
        recorded=recorded,
        problems=left_out,
        dry_run=dry_run,
        partly=partly,
    )


def _reporting(request: Request) -> Operation:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    asked.chosen(request.actor, operation, asked.asked(request.db, operation))
    return operation


def _read(request: Request, operation: Operation) -> tuple[QueueFile, bytes]:
    file = request.POST.get("file")
    if file is None or not hasattr(file, "file"):
        raise Invalid([Problem("file-missing", _("Choose a file first."), "/file")])
    with file.file:
        content: bytes = file.file.read()
    return queue_file.read(content, operation), content


def _record(
    request: Request,
    operation: Operation,
    found: QueueFile,
    content: bytes,
    *,
    dry_run: bool,
    partly: bool,
) -> tuple[Batch, list[dict[str, Any]]]:
    """Return what was recorded and what is wrong with the returns that were left out (``partly``)."""

    def record(entries: Sequence[Entry]) -> Batch:
        name, digest = _("Queue of ${person}", mapping={"person": found.person}), ids.digest(content)
        return batch.record(
            request.db,
            request.actor,
            operation,
            entries,
            dry_run=dry_run,
            name=request.translate(name),
            sha256=digest,
        )

    try:
        return record(found.entries), []
    except BatchRefused as refused:
        if not partly:
            raise
        wrong = {getattr(problem, "cell", "") for problem in refused.problems}
        good = [entry for entry in found.entries if entry.place("").cell not in wrong]
        if not good:
            raise
        return record(good), _problems(request, refused)


def _page(
    request: Request,
    operation: Operation,
    *,
    found: QueueFile | None = None,
    recorded: Batch | None = None,
    problems: Sequence[Mapping[str, Any]] = (),
    dry_run: bool = False,
    partly: bool = False,
) -> dict[str, Any]:
    return {
        "page": operation_page(
            request,
            operation,
            _("Returns carried by hand"),
            "returns",
            breadcrumbs=[list_link(request, operation)],
        ),
        "operation": operation,
        "found": found,
        "recorded": None if recorded is None else _recorded(request, operation, recorded),
        "problems": problems,
        "dry_run": dry_run,
        "partly": partly,
    }


def _problems(request: Request, error: DomainError) -> list[dict[str, Any]]:
    return [
        {
            "where": getattr(problem, "cell", "") or problem.pointer.removeprefix("/file") or None,
            "value": None,
            "text": request.translate(problem.message),
            "accepted": ", ".join(problem.accepted[:12]) or None,
            "code": problem.code,
        }
        for problem in error.problems
    ]


def _recorded(request: Request, operation: Operation, recorded: Batch) -> list[dict[str, Any]]:
    return [
        {
            "unit": item.unit,
            "day": numbers.short_day(item.day, request.locale),
            "href": request.route_path(
                "returns.return", code=operation.code, unit=item.unit, day=item.day.isoformat()
            ),
            "revision": item.outcome.receipt.revision,
            "state": shown.state_name(item.outcome.state),
            "sha256": item.outcome.receipt.sha256,
            "recorded_at": numbers.short_instant(
                item.outcome.receipt.recorded_at, request.locale, operation.time_zone
            ),
            "changed": item.outcome.changed,
        }
        for item in recorded.returns
    ]
