"""The permits of an operation to record returns after the freeze: who, until when, and whether they were used."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import service
from jointops.returns.views import list_link


@view_config(route_name="returns.permits", request_method="GET", renderer="returns/permits.jinja2")
def show_permits(request: Request) -> dict[str, Any]:
    """Show the permits that were given, the latest first."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    given = service.list_permits(request.db, request.actor, operation)

    def instant(moment: Any) -> str | None:
        return moment and numbers.short_instant(moment, request.locale, operation.time_zone)

    return {
        "page": operation_page(
            request,
            operation,
            _("Permits after the freeze"),
            "returns",
            breadcrumbs=[list_link(request, operation)],
        ),
        "operation": operation,
        "permits": [
            {
                "unit": item.unit,
                "day": numbers.short_day(item.permit.day, request.locale),
                "href": request.route_path(
                    "returns.return", code=operation.code, unit=item.unit, day=item.permit.day.isoformat()
                ),
                "by": item.permit.granted_by,
                "granted": instant(item.permit.granted_at),
                "until": instant(item.permit.expires_at),
                "reason": item.permit.reason,
                "used": instant(item.used),
                "open": item.open,
            }
            for item in reversed(given)
        ],
    }
