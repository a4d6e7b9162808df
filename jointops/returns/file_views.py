"""Files in and out: templates to fill in, and spreadsheets that are checked and recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, ids
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import asked, export, shown
from jointops.returns.asked import Asked
from jointops.returns.intake import batch, sheets, template
from jointops.returns.kept import AskedRow, asked_in_file
from jointops.returns.questions import questions_about
from jointops.returns.views import list_link, party_name, read_day
from jointops.web.api import FORMATS


@view_config(route_name="returns.upload", request_method="GET", renderer="returns/upload.jinja2")
def upload_form(request: Request) -> dict[str, Any]:
    """Offer the templates and take a filled-in file."""
    return _upload_page(request, *_reporting(request))


@view_config(route_name="returns.upload", request_method="POST", renderer="returns/upload.jinja2")
def upload(request: Request) -> dict[str, Any]:
    """Record a file's returns, all or none; or only say what would come of it."""
    operation, questions = _reporting(request)
    dry_run = request.POST.get("action") == "check"
    try:
        recorded, left_out, unusual = _take(request, operation, questions, dry_run)
    except DomainError as error:
        request.response.status_int = error.status
        return _upload_page(request, operation, questions, problems=_problems(request, error))
    return _upload_page(
        request,
        operation,
        questions,
        recorded=recorded,
        dry_run=dry_run,
        left_out=left_out,
        unusual=unusual,
    )


@view_config(route_name="returns.check", request_method="POST", renderer="returns/checked.jinja2")
def check_upload(request: Request) -> dict[str, Any]:
    """Answer the script that checks a file as soon as it is chosen: a piece of a page."""
    operation, questions = _reporting(request)
    try:
        recorded, left_out, unusual = _take(request, operation, questions, dry_run=True)
    except DomainError as error:
        request.response.status_int = Invalid.status
        return {
            "problems": _problems(request, error),
            "recorded": None,
            "dry_run": True,
            "left_out": 0,
            "unusual": [],
        }
    shown_rows = _recorded(request, operation, recorded)
    return {
        "problems": [],
        "recorded": shown_rows,
        "dry_run": True,
        "left_out": left_out,
        "unusual": unusual,
    }


@view_config(route_name="returns.template", request_method="GET")
def download_template(request: Request) -> Response:
    """Return a template for one unit, a country's or all units that the person reports for; one day or all."""
    operation, questions = _reporting(request)
    day_text = request.GET.get("day", "")
    day = read_day(day_text)
    if day_text and day is None:
        message = _("This is not a day. Write it as year-month-day, such as 2027-05-03.")
        raise Invalid([Problem("not-a-day", message, "/query/day")])
    units, days = asked.chosen(
        request.actor,
        operation,
        questions,
        unit=request.GET.get("unit") or None,
        party=request.GET.get("party") or None,
        day=day,
    )
    is_csv = request.GET.get("format") == "csv"
    if is_csv:
        content = template.csv_file(questions, units, days, exercise=operation.exercise)
    else:
        marking = export.marking_text(operation, request.locale)
        content = template.workbook(operation, questions, units, days, request.locale, clock.now(), marking)
    name = "-".join(
        [operation.code, *([units[0].code] if len(units) == 1 else []), *([day_text] if day else [])]
    )
    kind = "csv" if is_csv else "xlsx"
    response = Response(content, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _reporting(request: Request) -> tuple[Operation, Asked]:
    """Return the operation and its questions, if the person reports for anybody in it."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    questions = asked.asked(request.db, operation)
    asked.chosen(request.actor, operation, questions)
    return operation, questions


def _take(
    request: Request, operation: Operation, questions: Asked, dry_run: bool
) -> tuple[batch.Batch, int, list[AskedRow]]:
    """Record an uploaded file, or only check it.

    Returns what came of it, how many rows had no quantity, and after a check the questions about unusual figures.
    """
    file = request.POST.get("workbook")
    if file is None or not hasattr(file, "file"):
        raise Invalid([Problem("file-missing", _("Choose a file first."), "/workbook")])
    with file.file:
        content = file.file.read()
        intake = sheets.read(content, operation, questions.indicators)
    actor = replace(request.actor, channel=Channel.SPREADSHEET)
    recorded = batch.record(
        request.db,
        actor,
        operation,
        intake.entries,
        problems=intake.problems,
        dry_run=dry_run,
        name=file.filename,
        sha256=ids.digest(content),
    )
    unusual: list[AskedRow] = []
    if dry_run:
        words = shown.Words(operation, questions, request.locale, request.translate)
        sent = [(entry.unit, entry.day, entry.submission) for entry in intake.entries]
        unusual = asked_in_file(words, questions_about(request.db, operation, questions, sent))
    return recorded, intake.left_out, unusual


def _upload_page(
    request: Request,
    operation: Operation,
    questions: Asked,
    *,
    problems: Sequence[Mapping[str, Any]] = (),
    recorded: batch.Batch | None = None,
    dry_run: bool = False,
    left_out: int = 0,
    unusual: Sequence[AskedRow] = (),
) -> dict[str, Any]:
    units = asked.reportable(request.actor, operation, questions)
    parties = list(dict.fromkeys(unit.participant.party for unit in units))
    return {
        "page": operation_page(
            request,
            operation,
            _("Returns by spreadsheet"),
            "returns",
            breadcrumbs=[list_link(request, operation)],
        ),
        "operation": operation,
        "units": [(unit.code, _unit_choice(unit, request.locale)) for unit in units],
        "parties": [(code, party_name(code, request.locale)) for code in parties] if len(parties) > 1 else [],
        "days": [(day.isoformat(), numbers.day(day, request.locale)) for day in questions.days()],
        "problems": problems,
        "recorded": None if recorded is None else _recorded(request, operation, recorded),
        "dry_run": dry_run,
        "left_out": left_out,
        "unusual": unusual,
    }


def _unit_choice(unit: ReportingUnit, locale: str) -> str:
    return f"{unit.code} – {label(unit.title, locale)}"


def _problems(request: Request, error: DomainError) -> list[dict[str, Any]]:
    return [
        {
            "where": getattr(problem, "where", "") or None,
            "value": getattr(problem, "value", "") or None,
            "text": request.translate(problem.message),
            "accepted": ", ".join(problem.accepted[:12]) + (" …" if len(problem.accepted) > 12 else "")
            or None,
            "code": problem.code,
        }
        for problem in error.problems
    ]


def _recorded(request: Request, operation: Operation, recorded: batch.Batch) -> list[dict[str, Any]]:
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
