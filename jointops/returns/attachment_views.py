"""Files of a return over its form's page: attached and taken off while the form stays open, and downloaded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel.errors import DomainError, Invalid, NotAllowed, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.returns import attachments
from jointops.returns.attachment_rows import row_of
from jointops.returns.edit_desk import Desk
from jointops.returns.models import Attachment
from jointops.returns.return_views import find_place

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file from outside does nothing, should a browser show it after all."""


@view_config(route_name="returns.attachments", request_method="POST", renderer="returns/_files.jinja2")
def change_files(request: Request) -> dict[str, Any]:
    """Attach a file or take one off; answers the list of files, with what was wrong."""
    desk = Desk.of(request)
    return {"files": shown_files(desk, changed(desk, request.POST.get("action", "attach")))}


@view_config(route_name="returns.attachment", request_method="GET")
def download(request: Request) -> Response:
    """Give a file of a return, to be kept and not to be shown."""
    operation, unit, day = find_place(request)
    found = attachments.find(request.db, request.actor, operation, unit, day, request.matchdict["sha256"])
    response = Response(attachments.bytes_of(request.db, found), content_type=found.media_type)
    response.headers.update(headers_of(operation, found))
    return response


def headers_of(operation: Operation, attachment: Attachment) -> dict[str, str]:
    """Return the headers with which a file leaves the system: kept apart, named, marked."""
    marking = operation.marking
    tlp = marking.tlp.replace("+", "-")
    name = f"TLP-{tlp} {attachment.name}" if tlp else attachment.name
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in " .-()") else "_" for sign in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "X-Marking": "; ".join(filter(None, (marking.classification, marking.tlp and f"TLP:{marking.tlp}"))),
    }


def changed(desk: Desk, action: str) -> DomainError | None:
    """Do what a button of the list of files says; returns what was wrong."""
    request, where = desk.request, (desk.operation, desk.unit, desk.day)
    name, _colon, sha256 = action.partition(":")
    try:
        if name == "detach":
            attachments.remove(request.db, request.actor, *where, sha256)
            return None
        sent = request.POST.get("file")
        if not hasattr(sent, "file"):
            raise Invalid([Problem("attachment-empty", _("Choose a file first."), "/file")])
        attachments.add(
            request.db,
            request.actor,
            *where,
            sent.filename or "",
            sent.file.read(attachments.MOST_BYTES + 1),
            strip=bool(request.POST.get("strip", "")),
            reason=request.POST.get("file_reason", ""),
        )
    except NotAllowed:
        raise
    except DomainError as error:
        request.response.status_int = error.status
        return error
    return None


def shown_files(desk: Desk, error: DomainError | None = None) -> dict[str, Any]:
    """Return the files of a return as the list shows them."""
    request = desk.request
    found = attachments.listed(request.db, request.actor, desk.operation, desk.unit, desk.day)
    return {
        "rows": [row_of(request, desk.place, attachment) for attachment in found],
        "error": request.translate(error.problems[0].message) if error else None,
    }
