"""Any two revisions of a return, field by field: the page and the API."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.returns import asked, comparing, service
from jointops.returns.merging import changes
from jointops.returns.models import Return, Revision
from jointops.returns.return_views import find_place
from jointops.returns.shown import Words
from jointops.web.api import Call, Reply, endpoint
from jointops.web.fields import Day, Schema
from jointops.web.navigation import Link


@view_config(route_name="returns.compare", request_method="GET", renderer="returns/compare.jinja2")
def compare(request: Request) -> dict[str, Any]:
    """Show what differs between two revisions, by default the last two, and what is alike."""
    operation, unit, day = find_place(request)
    head = service.find_return(request.db, request.actor, operation, unit.code, day)
    last = head.latest_number
    after = _revision(head, request.GET.get("to", "") or str(last))
    before = _revision(head, request.GET.get("from", "") or str(max(after.number - 1, 1)))
    questions = asked.asked(request.db, operation)
    words = Words(operation, questions, request.locale, request.translate)
    place = {"code": operation.code, "unit": unit.code, "day": day.isoformat()}
    shown_day = numbers.day(day, request.locale)
    title = _("Compare revisions: ${unit}, ${day}", mapping={"unit": unit.code, "day": shown_day})
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "returns",
            breadcrumbs=[
                Link(
                    request.translate(_("Returns")),
                    request.route_path("operation.returns", code=operation.code),
                ),
                Link(unit.code + ", " + shown_day, request.route_path("returns.return", **place), data=True),
            ],
        ),
        "place": place,
        "choices": [
            (item.number, f"{item.number} · {words.instant(item.recorded_at)} · {item.recorded_by}")
            for item in head.revisions
        ],
        "before": _about(words, before),
        "after": _about(words, after),
        "changes": comparing.compared(words, before.content, after.content),
        "unchanged": comparing.unchanged(words, before.content, after.content),
    }


def _revision(head: Return, text: str) -> Revision:
    if text.isascii() and text.isdecimal() and len(text) < 6:
        for revision in head.revisions:
            if revision.number == int(text):
                return revision
    raise NotFound("revision-unknown", _("There is no revision ${n}.", mapping={"n": text}))


def _about(words: Words, revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "at": words.instant(revision.recorded_at),
        "by": revision.recorded_by,
        "reason": revision.reason,
    }


# --- API -------------------------------------------------------------------------------------------------------------


class CompareQuery(Schema):
    """Two revisions by their numbers; without them the last two."""

    from_ = fields.Integer(data_key="from", strict=False, load_default=None)
    to = fields.Integer(strict=False, load_default=None)


class FieldChangeSchema(Schema):
    """What differs at one place. `of` and `key` name the entry, `field` the part of it; null: nothing is there."""

    of = fields.String(required=True)
    key = fields.List(fields.String(), required=True)
    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class ComparedSchema(Schema):
    """Two revisions of a return, compared."""

    from_ = fields.Integer(data_key="from", required=True)
    to = fields.Integer(required=True)
    changes = fields.List(fields.Nested(FieldChangeSchema), required=True)


@endpoint(
    "GET",
    "/operations/{code}/returns/{unit}/{day}/compare",
    summary="Compare two revisions of a return",
    path_fields={"day": Day()},
    query=CompareQuery,
    answers={200: ComparedSchema},
    problems=("unit-unknown", "return-unknown", "revision-unknown"),
)
def compare_revisions(call: Call) -> Reply:
    """Answers what differs between two revisions, field by field."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    head = service.find_return(call.db, call.actor, operation, call.path["unit"], call.path["day"])
    after = _revision(head, str(head.latest_number if call.query["to"] is None else call.query["to"]))
    first = call.query["from_"]
    before = _revision(head, str(max(after.number - 1, 1) if first is None else first))
    return Reply(
        {"from_": before.number, "to": after.number, "changes": changes_data(before.content, after.content)}
    )


def changed_since(operation: Operation, head: Return, version: int) -> list[dict[str, Any]]:
    """Return what changed of a return since one of its versions (0: there was none), its revisions loaded."""
    base = comparing.base_of(operation, head, version)
    return changes_data(base.content if base else {}, head.revisions[-1].content)


def changes_data(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what :class:`FieldChangeSchema` writes of what differs between two contents."""
    return [
        {
            "of": change.place.of,
            "key": list(change.place.key),
            "field": change.place.field,
            "before": change.base,
            "after": change.mine,
        }
        for change in changes(before, after)
    ]
