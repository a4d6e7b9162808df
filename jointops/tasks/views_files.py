"""Files of tasks: a template to fill in, the tasks as a file, and a file that is checked and taken over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock, policy
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import marking_line, operation_page
from jointops.operations.rules import PLANNING, today
from jointops.rendering.spreadsheet import SheetColumn, Workbook, write_csv
from jointops.tasks import bar, rows
from jointops.tasks.intake import importing, writing
from jointops.tasks.intake.reading import SheetProblem
from jointops.tasks.rows import Wanted
from jointops.tasks.shown_conflicts import shown
from jointops.web.api import FORMATS
from jointops.web.navigation import Link

SHOWN_CODES = 60
"""Codes of new or changed tasks that the page names."""

SHOWN_CONFLICTS = 10
"""Conflicts of new and changed tasks that the page tells; the list has them all."""

ACCEPTED_SHOWN = 12

PROBLEM_COLUMNS = (
    _("Sheet"),
    _("Line"),
    _("Column"),
    _("Cell"),
    _("What stands there"),
    _("What is wrong"),
    _("What would be accepted"),
    _("Code"),
)
"""What the file of problems says of each."""


@view_config(route_name="operation.tasks.import", request_method="GET", renderer="tasks/import.jinja2")
def import_form(request: Request) -> dict[str, Any]:
    """Offer the templates and take a filled-in file."""
    return _page(request, _operation(request))


@view_config(route_name="operation.tasks.import", request_method="POST", renderer="tasks/import.jinja2")
def take_file(request: Request) -> dict[str, Any] | Response:
    """Take a file over, all or none; only say what would come of it; or give what is wrong with it as a file."""
    operation = _operation(request)
    action = request.POST.get("action", "")
    if action in {"problems-csv", "problems-xlsx"}:
        return _problems_file(request, operation, action.removeprefix("problems-"))
    try:
        done = _take(request, operation, dry_run=action == "check")
    except DomainError as error:
        request.response.status_int = error.status
        return _page(request, operation, problems=_problems(request, error))
    return _page(request, operation, done=done)


@view_config(
    route_name="operation.tasks.import.check", request_method="POST", renderer="tasks/checked.jinja2"
)
def check_file(request: Request) -> dict[str, Any]:
    """Answer the script that checks a file as soon as it is chosen: a piece of a page."""
    operation = _operation(request)
    try:
        done = _take(request, operation, dry_run=True)
    except DomainError as error:
        request.response.status_int = Invalid.status
        return {"problems": _problems(request, error), "done": None}
    return {"problems": [], "done": _done(request, operation, done)}


@view_config(route_name="operation.tasks.template", request_method="GET")
def download_template(request: Request) -> Response:
    """Return an empty table of tasks in the reader's language, as a workbook with drop-downs or as CSV."""
    operation = _operation(request)
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    if kind == "csv":
        content = writing.csv_file([])
    else:
        marking = marking_line(operation, request.locale)
        content = writing.workbook(operation, [], request.locale, clock.now(), marking)
    return _file(content, kind, f"{operation.code}-tasks-template")


@view_config(route_name="operation.tasks.export", request_method="GET")
def download_tasks(request: Request) -> Response:
    """Return the tasks that the address asks for, in the form in which a file is taken over."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    found = rows.read(request.db, request.actor, operation)
    day = today(operation.time_zone, clock.now())
    chosen = rows.chosen(found, bar.wanted_of(request), day)
    tasks = rows.whole(request.db, request.actor, operation, chosen)
    if kind == "csv":
        content = writing.csv_file(tasks)
    else:
        marking = marking_line(operation, request.locale)
        content = writing.workbook(operation, tasks, request.locale, clock.now(), marking)
    return _file(content, kind, f"{operation.code}-tasks")


def _operation(request: Request) -> Operation:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.TASK_CREATE, operations.subject(operation))
    return operation


def _take(request: Request, operation: Operation, *, dry_run: bool) -> importing.Imported:
    file = request.POST.get("workbook")
    if file is None or not hasattr(file, "file"):
        raise Invalid([Problem("file-missing", _("Choose a file first."), "/workbook")])
    with file.file:
        data = file.file.read()
    actor = replace(request.actor, channel=Channel.SPREADSHEET)
    return importing.take_over(request.db, actor, operation, data, dry_run=dry_run)


def _page(
    request: Request,
    operation: Operation,
    *,
    problems: Sequence[dict[str, Any]] = (),
    done: importing.Imported | None = None,
) -> dict[str, Any]:
    tasks = request.route_path("operation.tasks", code=operation.code)
    crumb = Link(request.translate(_("Tasks")), tasks)
    return {
        "page": operation_page(request, operation, _("Tasks by spreadsheet"), "tasks", breadcrumbs=[crumb]),
        "code": operation.code,
        "views": bar.links(request, operation, "operation.tasks.import", Wanted()),
        "planning": operation.state in PLANNING,
        "problems": problems,
        "problems_json": json.dumps([problem["row"] for problem in problems], ensure_ascii=False),
        "done": None if done is None else _done(request, operation, done),
        "tasks_href": tasks,
    }


def _done(request: Request, operation: Operation, done: importing.Imported) -> dict[str, Any]:
    def links(codes: Sequence[str]) -> list[dict[str, str]]:
        return [
            {"code": code, "href": request.route_path("operation.task", code=operation.code, task=code)}
            for code in codes[:SHOWN_CODES]
        ]

    return {
        "dry_run": done.dry_run,
        "created": links(done.created),
        "created_count": len(done.created),
        "changed": links(done.changed),
        "changed_count": len(done.changed),
        "unchanged": done.unchanged,
        "more": max(0, len(done.created) - SHOWN_CODES) + max(0, len(done.changed) - SHOWN_CODES),
        "version": done.plan_version,
        "conflict_count": len(done.conflicts),
        "conflicts": [shown(request, operation, finding) for finding in done.conflicts[:SHOWN_CONFLICTS]],
        "conflicts_href": request.route_path("operation.tasks.conflicts", code=operation.code),
    }


def _problems(request: Request, error: DomainError) -> list[dict[str, Any]]:
    found = []
    for problem in error.problems:
        placed = problem if isinstance(problem, SheetProblem) else None
        text = request.translate(problem.message)
        accepted = ", ".join(problem.accepted)
        shown = ", ".join(problem.accepted[:ACCEPTED_SHOWN])
        found.append(
            {
                "where": (placed.where if placed else "") or None,
                "line": placed.line if placed else None,
                "column": (placed.column if placed else "") or None,
                "value": (placed.value if placed else "") or None,
                "text": text,
                "accepted": (f"{shown} …" if len(problem.accepted) > ACCEPTED_SHOWN else shown) or None,
                "code": problem.code,
                "row": [
                    placed.sheet if placed else "",
                    str(placed.line) if placed else "",
                    placed.column if placed else "",
                    placed.cell if placed else "",
                    placed.value if placed else "",
                    text,
                    accepted,
                    problem.code,
                ],
            }
        )
    return found


def _problems_file(request: Request, operation: Operation, kind: str) -> Response:
    """Return the problems that the page shows, which it sends back, as a file."""
    try:
        sent = json.loads(request.POST.get("problems", "[]"))
        lines = [[str(cell) for cell in line] for line in sent if len(line) == len(PROBLEM_COLUMNS)]
    except (TypeError, ValueError):
        lines = []
    head = [request.translate(title) for title in PROBLEM_COLUMNS]
    if kind == "csv":
        content = write_csv(head, lines)
    else:
        title = request.translate(_("What is wrong with the file"))
        book = Workbook(title, clock.now(), marking=marking_line(operation, request.locale))
        book.sheet(title, freeze_rows=1).table(0, [SheetColumn(name) for name in head], lines)
        content = book.finish()
    return _file(content, kind, f"{operation.code}-tasks-problems")


def _file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
