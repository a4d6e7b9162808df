"""Conflicts as the pages show them, with everything in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pyramid.request import Request

from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.rendering import numbers
from jointops.tasks.deconfliction import Finding, Kind

KIND_LABELS: Mapping[Kind, str] = {
    Kind.SAME_PLACE: _("Two units at the same place and time"),
    Kind.UNIT_TWICE: _("A unit with several tasks in the same hours"),
    Kind.OVERBOOKED: _("More asked for than pledged"),
    Kind.DAYS_USED_UP: _("More days asked for than pledged"),
    Kind.AUTHORITY_MISSING: _("A type of authority is missing"),
    Kind.DEPENDENCY_LATE: _("What a task waits for ends too late"),
    Kind.DEPENDENCY_CANCELLED: _("What a task waits for is cancelled"),
    Kind.OUTSIDE: _("Outside the operation’s days"),
}

SHOWN_TASKS = 6


def shown(request: Request, operation: Operation, finding: Finding) -> dict[str, Any]:
    """Return a finding as the pages show it."""
    message, solutions = finding.tell()
    return {
        "kind": request.translate(KIND_LABELS[finding.kind]),
        "message": request.translate(message),
        "solutions": [request.translate(solution) for solution in solutions],
        "key": finding.key,
        "id": finding.key[:12],
        "tasks": [
            {
                "code": code,
                "href": request.route_path("operation.task.edit", code=operation.code, task=code),
            }
            for code in finding.tasks[:SHOWN_TASKS]
        ],
        "day": _day(request, finding.day),
    }


def _day(request: Request, day: date | None) -> str | None:
    return None if day is None else numbers.short_day(day, request.locale)
