"""One's own account and tokens over the API."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.accounts import service
from jointops.accounts.schemas import NewTokenSchema, PersonSchema, TokenRequestSchema, TokenSchema
from jointops.web.api import Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate


@endpoint("GET", "/me", summary="Who the token belongs to", answers={200: PersonSchema})
def read_me(call: Call) -> Reply:
    """Say whose token was sent, and in which roles they act."""
    return Reply(service.own_account(call.db, call.actor))


@endpoint(
    "GET", "/tokens", summary="List one's own tokens", answers={200: paged(TokenSchema)}, query=PageQuery
)
def list_tokens(call: Call) -> Reply:
    """List the tokens of the owner of this one, also those that ended."""
    person = service.own_account(call.db, call.actor)
    tokens = sorted(service.list_tokens(call.db, call.actor, person), key=lambda token: token.id)
    return Reply(paginate(tokens, call.query, key=lambda token: token.id))


@endpoint(
    "POST",
    "/tokens",
    summary="Make a token for oneself",
    answers={201: NewTokenSchema},
    body=TokenRequestSchema,
    problems=("name-invalid", "days-out-of-range"),
)
def create_token(call: Call) -> Reply:
    """Make a token, for example to replace one that expires. Its text is in this answer and nowhere else."""
    person = service.own_account(call.db, call.actor)
    token, text = service.create_token(call.db, call.actor, person, call.body["name"], call.body["days"])
    shown = {name: getattr(token, name) for name in TokenSchema().fields}
    return Reply({**shown, "token": text}, status=201, remembered={**shown, "token": None})


@endpoint(
    "DELETE",
    "/tokens/{id}",
    summary="Revoke a token",
    answers={204: None},
    path_fields={"id": fields.Integer(validate=validate.Range(min=1, max=2**31 - 1))},
    problems=("token-unknown",),
)
def revoke_token(call: Call) -> Reply:
    """End one of one's own tokens now."""
    service.revoke_token(call.db, call.actor, call.path["id"])
    return Reply(status=204)
