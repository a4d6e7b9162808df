"""What the pages of the lessons for a plan share: their operation, their tabs, and numbers in forms."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.web.navigation import Link
from jointops.web.page import Page


def operation_of(request: Request) -> Operation:
    """Return the operation of the address."""
    return operations.find(request.db, request.actor, request.matchdict["code"])


def frame(request: Request, operation: Operation, title: str, route: str) -> dict[str, Any]:
    """Return what every page of the lessons needs."""
    tabs = (
        ("operation.plan.lessons", _("Recommendations and observations")),
        ("operation.plan.proposals", _("Targets and tasks")),
    )
    page: Page = operation_page(
        request, operation, title, "plan", breadcrumbs=[Link(request.translate(title), None)]
    )
    return {
        "page": page,
        "code": operation.code,
        "tabs": [
            Link(request.translate(text), request.route_path(name, code=operation.code), active=name == route)
            for name, text in tabs
        ],
        "plan_href": request.route_path("operation.plan", code=operation.code),
    }


def whole_number(text: str) -> int:
    """Return the number in a field of a form or of the address; 0 where there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
