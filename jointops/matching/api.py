"""Comparing identifiers over the API: whoever calls does the hashing (docs/matching.md)."""

from __future__ import annotations

from marshmallow import fields

from jointops.matching import rules, service
from jointops.matching.schemas import (
    EnteredSchema,
    EntriesInputSchema,
    EntriesQuery,
    EntrySchema,
    KeySchema,
    MatchSchema,
    NumbersSchema,
)
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.web.api import Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate

_MATCHING = "/operations/{code}/matching"


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


@endpoint("GET", _MATCHING, summary="Count compared identifiers", answers={200: NumbersSchema})
def count_compared_identifiers(call: Call) -> Reply:
    """Give numbers only: who has what, and what matches, is known to the owners alone."""
    return Reply(service.numbers(call.db, call.actor, _operation(call)))


@endpoint(
    "POST",
    f"{_MATCHING}/key",
    summary="Get an operation's key",
    answers={200: KeySchema},
    problems=("not-taking-part",),
)
def get_matching_key(call: Call) -> Reply:
    """Give the key to who takes part. Hash `format`, the kind and the normalised identifier, with a line feed between
    each; the rules of writing stand in the documentation. That it was given is logged.
    """
    about = {"algorithm": "HMAC-SHA-256", "format": rules.FORMAT}
    key = service.key(call.db, call.actor, _operation(call))
    # Repeated under its idempotency key it is an answer without the secret, which is kept nowhere else.
    return Reply({**about, "key": key}, remembered={**about, "key": ""})


@endpoint(
    "GET",
    f"{_MATCHING}/entries",
    summary="List your compared identifiers",
    answers={200: paged(EntrySchema)},
    query=EntriesQuery,
)
def list_matching_entries(call: Call) -> Reply:
    """List what your own offices entered, in the order of entering."""
    found = sorted(service.entries(call.db, call.actor, _operation(call)), key=lambda entry: entry.id)
    return Reply(paginate(found, call.query, key=lambda entry: entry.id))


@endpoint(
    "POST",
    f"{_MATCHING}/entries",
    summary="Enter hashed identifiers",
    answers={201: EnteredSchema},
    body=EntriesInputSchema,
    problems=(
        "not-taking-part",
        "owner-unknown",
        "too-many",
        "too-many-entries",
        "no-key",
        "bad-digest",
        "bad-label",
        "entries-missing",
    ),
)
def enter_matching_entries(call: Call) -> Reply:
    """Enter hashes and your own references; what is entered already stays as it is. Both owners learn of a match."""
    body = call.body
    entered = service.enter(
        call.db, call.actor, _operation(call), body["kind"], body["entries"], body["owner"]
    )
    return Reply(entered, status=201)


@endpoint(
    "DELETE",
    f"{_MATCHING}/entries/{{entry}}",
    summary="Withdraw a compared identifier",
    answers={204: None},
    path_fields={"entry": fields.Integer(validate=lambda number: 0 < number < 2**31)},
    problems=("entry-unknown",),
)
def withdraw_matching_entry(call: Call) -> Reply:
    """Withdraw an entry of yours, with its matches."""
    service.withdraw(call.db, call.actor, _operation(call), [call.path["entry"]])
    return Reply(status=204)


@endpoint(
    "GET",
    f"{_MATCHING}/matches",
    summary="List your matches",
    answers={200: paged(MatchSchema)},
    query=PageQuery,
)
def list_identifier_matches(call: Call) -> Reply:
    """List where another party has the same identifier as you."""
    found = [
        {
            "number": found.match.number,
            "found_at": found.match.found_at,
            "entry": found.own,
            "other": found.other.code,
            "party": found.other.party,
        }
        for found in service.matches(call.db, call.actor, _operation(call))
    ]
    return Reply(paginate(found[::-1], call.query, key=lambda match: match["number"]))
