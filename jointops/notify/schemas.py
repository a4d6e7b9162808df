"""The outside form of notices."""

from __future__ import annotations

from marshmallow import fields

from jointops.web.fields import Instant, Schema
from jointops.web.paging import PageQuery


class NoticeSchema(Schema):
    """Something the token's owner was told, in the language of the request."""

    id = fields.Integer(required=True)
    operation = fields.String(required=True, allow_none=True, metadata={"description": "Its code."})
    subject = fields.String(required=True)
    text = fields.String(required=True)
    path = fields.String(required=True, metadata={"description": "The page that it is about."})
    exercise = fields.Boolean(required=True)
    created_at = Instant(required=True)
    read_at = Instant(required=True, allow_none=True)


class NoticeQuery(PageQuery):
    """Which notices."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only what was not read."})
    exercise = fields.Boolean(
        load_default=None,
        metadata={
            "description": "Only what exercises told (true), or only the rest (false); by default both."
        },
    )


class NoticeChangeSchema(Schema):
    """Whether a notice counts as read."""

    read = fields.Boolean(required=True)
