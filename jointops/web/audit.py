"""The log of changes, for administrators and auditors: a page, and the same over the API."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import fields
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import audit, clock, policy
from jointops.kernel.audit import AuditEntry
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Channel
from jointops.kernel.types import canonical_json
from jointops.rendering import numbers
from jointops.web.api import Call, Reply, endpoint
from jointops.web.fields import Instant, Schema, Text
from jointops.web.page import page
from jointops.web.paging import PageQuery, paged, piece, read_number_cursor

PAGE_LENGTH = 50
LONGEST_FILTER = 80
LONGEST_VALUE = 200
"""The page shows this many characters of a detail, and of a hash its beginning; the API gives all of it."""

_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")

EMPTY: tuple[Any, ...] = (None, "", [], {})

CHANNEL_LABELS = {
    Channel.API: _("API"),
    Channel.COMMAND: _("Command line"),
    Channel.DEMO: _("Demonstration"),
    Channel.FORM: _("Page"),
    Channel.JOB: _("Job"),
    Channel.SPREADSHEET: _("Spreadsheet"),
}


class EntrySchema(Schema):
    """One change."""

    id = fields.Integer(required=True)
    at = Instant(required=True)
    actor = fields.String(attribute="actor_name", required=True)
    channel = fields.String(required=True)
    request_id = fields.String(required=True)
    action = fields.String(required=True)
    object_type = fields.String(required=True)
    object_key = fields.String(required=True)
    operation = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True)


class EntryQuery(PageQuery):
    """Which changes."""

    operation = Text(LONGEST_FILTER, load_default="", metadata={"description": "An operation's code."})
    action = Text(
        LONGEST_FILTER,
        load_default="",
        metadata={"description": "An action or its beginning, such as `returns:`."},
    )


def includeme(config: Configurator) -> None:
    """Bring the page and its place in the menu."""
    config.add_route("audit", "/audit")
    config.add_menu_item(
        _("Log"), "audit", order=80, visible=lambda actor: policy.allows(actor, Action.AUDIT_READ)
    )


@endpoint(
    "GET",
    "/audit",
    summary="List who changed what, the newest first",
    answers={200: paged(EntrySchema)},
    query=EntryQuery,
    problems=("cursor-invalid",),
)
def list_audit_entries(call: Call) -> Reply:
    """List the log of changes, for administrators and auditors."""
    query = call.query
    found = audit.entries(
        call.db,
        call.actor,
        operation=query["operation"],
        action=query["action"],
        before=read_number_cursor(query["cursor"]),
        limit=query["limit"] + 1,
    )
    return Reply(piece(found, query["limit"], key=lambda entry: entry.id))


@view_config(route_name="audit", request_method="GET", renderer="web/audit.jinja2")
def show_audit(request: Request) -> dict[str, Any]:
    """Show the log, filtered by operation and action."""
    operation = request.GET.get("operation", "").strip()[:LONGEST_FILTER]
    action = request.GET.get("action", "").strip()[:LONGEST_FILTER]
    before = read_number_cursor(request.GET.get("before", ""))
    found = audit.entries(
        request.db, request.actor, operation=operation, action=action, before=before, limit=PAGE_LENGTH + 1
    )
    shown = piece(found, PAGE_LENGTH, key=lambda entry: entry.id)
    kept = {"operation": operation, "action": action}
    return {
        "page": page(request, _("Log of changes")),
        "rows": [_row(request, entry) for entry in shown.items],
        "filters": kept,
        "newest": request.route_path("audit", _query=kept) if before is not None else None,
        "older": request.route_path("audit", _query={**kept, "before": shown.next}) if shown.next else None,
    }


def _row(request: Request, entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": numbers.short_instant(entry.at, request.locale),
        "iso": clock.iso(entry.at),
        "who": entry.actor_name,
        "channel": request.translate(CHANNEL_LABELS[entry.channel]),
        "action": entry.action,
        "object": f"{entry.object_type} {entry.object_key}",
        "operation": entry.operation,
        "details": [(name, _shown(value)) for name, value in entry.details.items() if value not in EMPTY],
    }


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else canonical_json(value)
    shown = _HASH.sub(r"\1…", text)
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}…"
