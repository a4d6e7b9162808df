"""Notices as JSON: what the owner of the token was told."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from jointops.notify import rules, service
from jointops.notify.models import Notice
from jointops.notify.schemas import NoticeChangeSchema, NoticeQuery, NoticeSchema
from jointops.web.api import Call, Reply, endpoint
from jointops.web.paging import PageOf, paged, read_number_cursor, write_cursor


@endpoint("GET", "/notices", summary="List notices", answers={200: paged(NoticeSchema)}, query=NoticeQuery)
def list_my_notices(call: Call) -> Reply:
    """List what the owner of the token was told, the newest first."""
    limit: int = call.query["limit"]
    found = service.notices(
        call.db,
        call.actor,
        exercise=call.query["exercise"],
        only_unread=call.query["unread"],
        before=read_number_cursor(call.query["cursor"]),
        limit=limit + 1,
    )
    shown = [_outside(notice, call.locale) for notice in found[:limit]]
    following = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return Reply(PageOf(shown, following))


@endpoint(
    "PATCH",
    "/notices/{id}",
    summary="Mark a notice as read",
    path_fields={"id": fields.Integer(validate=validate.Range(min=1, max=2**31 - 1))},
    body=NoticeChangeSchema,
    answers={200: NoticeSchema},
    problems=("notice-unknown",),
)
def change_notice(call: Call) -> Reply:
    """Mark a notice to the owner of the token as read, or as not read."""
    notice = service.mark(call.db, call.actor, call.path["id"], read=call.body["read"])
    return Reply(_outside(notice, call.locale))


def _outside(notice: Notice, locale: str) -> dict[str, Any]:
    return {
        "id": notice.id,
        "operation": notice.operation,
        "subject": rules.subject_of(notice.subject, locale, exercise=notice.exercise),
        "text": rules.worded(notice.text, locale),
        "path": notice.path,
        "exercise": notice.exercise,
        "created_at": notice.created_at,
        "read_at": notice.read_at,
    }
