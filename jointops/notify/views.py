"""The bell in the header, and the page of what one was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.notify import rules, service
from jointops.notify.models import Notice
from jointops.rendering import numbers
from jointops.web.navigation import Bell, Link
from jointops.web.page import flash, page


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it; ``mark`` is where reading it is noted."""

    key: int
    subject: str
    text: str
    operation: str
    href: str
    when: str
    at: str
    read: bool
    mark: str


def bell(request: Request) -> Bell:
    """Return the bell of the reader."""
    return Bell(service.unread(request.db, request.signed_in.person), request.route_path("notices"))


@view_config(route_name="notices", request_method="GET", renderer="notify/notices.jinja2")
def list_notices(request: Request) -> dict[str, Any]:
    """Show what one was told, the newest first: what happened, what of it is not read, or what exercises told."""
    exercise = request.GET.get("exercise") == "1"
    only_unread = not exercise and request.GET.get("unread") == "1"
    given = request.GET.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 13 else None
    found = service.notices(
        request.db,
        request.actor,
        exercise=exercise,
        only_unread=only_unread,
        before=before,
        limit=service.PIECE + 1,
    )
    shown = found[: service.PIECE]
    kept = {"exercise": "1"} if exercise else {"unread": "1"} if only_unread else {}
    following = None
    if len(found) > service.PIECE:
        following = request.route_path("notices", _query={**kept, "before": shown[-1].id})
    frame = page(request, _("Notices"))
    new = frame.bell.count if frame.bell else 0
    new_of_exercises = service.unread(request.db, request.signed_in.person, exercise=True)
    return {
        "page": frame,
        "told": [_view(request, notice) for notice in shown],
        "unread": new_of_exercises if exercise else new,
        "only_unread": only_unread,
        "exercise": exercise,
        "views": [
            Link(request.translate(_("All")), request.route_path("notices"), active=not kept),
            Link(
                request.translate(_("Not read")),
                request.route_path("notices", _query={"unread": "1"}),
                active=only_unread,
                count=new,
            ),
            Link(
                request.translate(_("Of exercises")),
                request.route_path("notices", _query={"exercise": "1"}),
                active=exercise,
                count=new_of_exercises,
            ),
        ],
        "first": request.route_path("notices", _query=kept) if before is not None else None,
        "following": following,
        "read_all": request.route_path("notices.read"),
    }


@view_config(route_name="notices.read", request_method="POST")
def read_all(request: Request) -> Response:
    """Mark everything as read, or everything that exercises told."""
    exercise = request.POST.get("exercise") == "1"
    service.mark_all(request.db, request.actor, exercise=exercise)
    flash(request, "success", _("Everything is marked as read."))
    return HTTPSeeOther(_list_of(request, exercise=exercise))


@view_config(route_name="notice", request_method="POST")
def mark(request: Request) -> Response:
    """Mark one notice as read or not read, and go where it leads where that is wanted (``open``)."""
    read = request.POST.get("read", "1") != "0"
    given = request.matchdict["id"]
    key = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    notice = service.mark(request.db, request.actor, key, read=read)
    if request.POST.get("open"):
        return HTTPSeeOther(notice.path)
    return HTTPSeeOther(_list_of(request, exercise=notice.exercise))


def _list_of(request: Request, *, exercise: bool) -> str:
    path: str = request.route_path("notices", _query={"exercise": "1"} if exercise else {})
    return path


def _view(request: Request, notice: Notice) -> NoticeView:
    return NoticeView(
        key=notice.id,
        subject=rules.subject_of(notice.subject, request.locale, exercise=notice.exercise),
        text=rules.worded(notice.text, request.locale),
        operation=notice.operation or "",
        href=notice.path,
        when=numbers.short_instant(notice.created_at, request.locale, "UTC"),
        at=clock.iso(notice.created_at),
        read=notice.read_at is not None,
        mark=request.route_path("notice", id=notice.id),
    )
