"""The feed behind a person's secret address, and the page on which they get it."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from jointops.calendars import service, wording
from jointops.calendars.service import Diary
from jointops.kernel import ids
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.rendering import calendar as ics
from jointops.rendering import numbers
from jointops.web.api import route_name
from jointops.web.navigation import Link
from jointops.web.page import flash, page, see_other


@view_config(route_name="calendar.feed", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def feed(request: Request) -> Response:
    """Answer the calendar of the person whose address this is: what they may read now, in their language."""
    identity = service.owner(request.db, request.matchdict["token"])
    diary = service.of_person(request.db, identity.actor(Channel.API, request.request_id))
    response = Response(
        written(request, diary, f"jointops · {identity.name}", identity.locale),
        content_type=ics.MEDIA_TYPE,
        charset="utf-8",
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    response.etag = ids.digest(response.body)
    response.conditional_response = True
    return response


def written(request: Request, diary: Diary, name: str, locale: str) -> bytes:
    """Return a diary as iCalendar."""
    return ics.write(wording.calendar(diary, name, locale, request.route_url))


@view_config(route_name="account.calendar", request_method="GET", renderer="calendars/addresses.jinja2")
def addresses(request: Request) -> dict[str, Any]:
    """Show whether one has an address, and where the calendars of operations and units are."""
    return _page(request)


@view_config(route_name="account.calendar", request_method="POST", renderer="calendars/addresses.jinja2")
def make_address(request: Request) -> dict[str, Any] | Response:
    """Make or replace the address and show it: in this answer and never again; or remove it."""
    if request.POST.get("action") == "remove":
        service.remove_address(request.db, request.actor)
        flash(request, "success", _("The address of your calendar opens nothing any more."))
        return see_other(request, "account.calendar")
    token = service.make_address(request.db, request.actor)
    return _page(request, request.route_url("calendar.feed", token=token))


def _page(request: Request, new_address: str | None = None) -> dict[str, Any]:
    found = service.address(request.db, request.actor)
    readable = operations.list_operations(request.db, request.actor)
    units = service.own_units(request.db, request.actor, readable)
    account = Link(request.translate(_("Your account")), request.route_path("account"))
    return {
        "page": page(request, _("Calendar"), breadcrumbs=[account]),
        "made": numbers.instant(found.created_at, request.locale) if found else None,
        "new_address": new_address,
        "webcal": new_address.replace("https://", "webcal://", 1).replace("http://", "webcal://", 1)
        if new_address
        else None,
        "operations": [
            {
                "code": operation.code,
                "title": label(operation.title, request.locale),
                "href": request.route_path(route_name("/operations/{code}/calendar"), code=operation.code),
                "units": [
                    {
                        "code": unit,
                        "href": request.route_path(
                            route_name("/operations/{code}/units/{unit}/calendar"),
                            code=operation.code,
                            unit=unit,
                        ),
                    }
                    for unit in units.get(operation.id, ())
                ],
            }
            for operation in readable
        ],
    }
