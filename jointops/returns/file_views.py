"""Files in and out: templates to fill in, and spreadsheets that are checked and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import asked, file_page
from jointops.returns.asked import Asked
from jointops.returns.intake import files
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
        done = _take(request, operation, questions, dry_run)
    except DomainError as error:
        request.response.status_int = error.status
        said = file_page.refused(request, operation, questions, error)
    else:
        said = file_page.taken(request, operation, questions, done, dry_run=dry_run)
    return _upload_page(request, operation, questions, said)


@view_config(route_name="returns.check", request_method="POST", renderer="returns/checked.jinja2")
def check_upload(request: Request) -> dict[str, Any]:
    """Answer the script that checks a file as soon as it is chosen: a piece of a page."""
    operation, questions = _reporting(request)
    try:
        done = _take(request, operation, questions, dry_run=True)
    except DomainError as error:
        request.response.status_int = Invalid.status
        return file_page.refused(request, operation, questions, error)
    return file_page.taken(request, operation, questions, done, dry_run=True)


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
    content = files.make(request.db, operation, questions, units, days, request.locale, is_csv=is_csv)
    parties = {unit.participant.party for unit in units}
    whose = [units[0].code] if len(units) == 1 else sorted(parties) if len(parties) == 1 else []
    name = "-".join([operation.code, *whose, *([day_text] if day else [])])
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


def _take(request: Request, operation: Operation, questions: Asked, dry_run: bool) -> files.Taken:
    """Record an uploaded file, or only check it."""
    file = request.POST.get("workbook")
    if file is None or not hasattr(file, "file"):
        raise Invalid([Problem("file-missing", _("Choose a file first."), "/workbook")])
    with file.file:
        content = file.file.read()
    choices, on_conflict = file_page.choices(request)
    return files.take(
        request.db,
        replace(request.actor, channel=Channel.SPREADSHEET),
        operation,
        questions,
        content,
        name=file.filename,
        dry_run=dry_run,
        choices=choices,
        on_conflict=on_conflict,
    )


def _upload_page(
    request: Request, operation: Operation, questions: Asked, said: Mapping[str, Any] = file_page.NOTHING
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
        **said,
    }


def _unit_choice(unit: ReportingUnit, locale: str) -> str:
    return f"{unit.code} – {label(unit.title, locale)}"
