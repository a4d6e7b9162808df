"""The outside form of people and tokens."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.accounts.service import MAX_TOKEN_DAYS, MAX_TOKEN_NAME, TOKEN_DAYS
from jointops.kernel.policy import Role
from jointops.web.fields import Choice, Instant, Schema, Text


class GrantSchema(Schema):
    """A role and where it holds."""

    role = Choice(Role, required=True)
    scope = fields.String(required=True, allow_none=True)


class PersonSchema(Schema):
    """Who the token's owner is."""

    email = fields.String(required=True)
    name = fields.String(required=True)
    locale = fields.String(required=True)
    grants = fields.List(fields.Nested(GrantSchema), required=True)


class TokenSchema(Schema):
    """A token, without its secret."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)


class NewTokenSchema(TokenSchema):
    """A token that was just made, with its secret, which is shown this once: a repeated request gets ``null``."""

    token = fields.String(required=True, allow_none=True)


class TokenRequestSchema(Schema):
    """What a token is to be for."""

    name = Text(MAX_TOKEN_NAME, 1, required=True)
    days = fields.Integer(
        strict=True, load_default=TOKEN_DAYS, validate=validate.Range(min=1, max=MAX_TOKEN_DAYS)
    )
