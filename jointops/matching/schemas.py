"""The outside form of comparing identifiers."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.matching.models import IdentifierKind
from jointops.matching.rules import AT_ONCE, LABEL_LENGTH, Hashed
from jointops.web.fields import Choice, Code, Instant, Schema, Text
from jointops.web.paging import PageQuery

DIGEST = r"^[0-9a-f]{64}$"


class NumbersSchema(Schema):
    """How many identifiers are compared, by how many offices, and how many matches there are."""

    entries = fields.Integer(required=True)
    offices = fields.Integer(required=True)
    matches = fields.Integer(required=True)


class KeySchema(Schema):
    """The operation's key, in base64url without padding, and how identifiers are hashed with it."""

    key = fields.String(required=True)
    algorithm = fields.String(required=True)
    format = fields.String(required=True)


class EntrySchema(Schema):
    """One identifier of yours; `label` is your own reference."""

    number = fields.Integer(attribute="id", required=True)
    owner = fields.String(required=True)
    kind = Choice(IdentifierKind, required=True)
    digest = fields.String(required=True)
    label = fields.String(required=True)
    entered_at = Instant(required=True)


class MatchSchema(Schema):
    """A match of yours: your own entry, and which office of which party has the same identifier."""

    number = fields.Integer(required=True)
    found_at = Instant(required=True)
    entry = fields.Nested(EntrySchema, required=True)
    other = fields.String(required=True)
    party = fields.String(required=True)


class HashedSchema(Schema):
    """One hashed identifier."""

    digest = fields.String(required=True, validate=validate.Regexp(DIGEST))
    label = Text(LABEL_LENGTH, shortest=1, required=True)

    @post_load
    def _hashed(self, data: dict[str, Any], **_kw: Any) -> Hashed:
        return Hashed(**data)


class EntriesInputSchema(Schema):
    """Hashed identifiers of one kind. `owner` is needed by who enters for several offices."""

    kind = Choice(IdentifierKind, required=True)
    owner = Code(load_default=None, allow_none=True)
    entries = fields.List(
        fields.Nested(HashedSchema), required=True, validate=validate.Length(min=1, max=AT_ONCE)
    )


class EnteredSchema(Schema):
    """What came of entering."""

    new = fields.Integer(required=True)
    known = fields.Integer(required=True)
    matches = fields.Integer(required=True)


class EntriesQuery(PageQuery):
    """Which piece of the list."""
