"""The page on which people compare identifiers: the browser hashes them, only the hashes are sent."""

from __future__ import annotations

import json
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.matching import rules, service
from jointops.matching.models import IdentifierKind
from jointops.matching.rules import COORDINATION, Hashed
from jointops.matching.service import Owner
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.web.errors import FormErrors, form_errors
from jointops.web.page import flash, see_other

SHOWN = 200
"""How many of one's own entries the page lists; the API lists all."""


@view_config(route_name="operation.matching", request_method="GET", renderer="matching/matching.jinja2")
def show_matching(request: Request) -> dict[str, Any]:
    """Show one's matches and entries, the form, and what all of it protects against."""
    return _page(request, _operation(request))


@view_config(route_name="operation.matching.key", request_method="POST", renderer="json")
def give_key(request: Request) -> dict[str, str]:
    """Give the key to the script of the page."""
    return {"key": service.key(request.db, request.actor, _operation(request))}


@view_config(route_name="operation.matching", request_method="POST", renderer="matching/matching.jinja2")
def enter(request: Request) -> dict[str, Any] | Response:
    """Take the hashes that the script made."""
    operation, form = _operation(request), request.POST
    try:
        entered = service.enter(
            request.db,
            request.actor,
            operation,
            _kind(form.get("kind", "")),
            _hashed(form.get("entries", "")),
            form.get("owner") or None,
        )
    except DomainError as error:
        if error.status not in {409, 422}:
            raise
        request.response.status_int = error.status
        fields = {p.pointer: "label" for p in error.problems if p.pointer.endswith("/label")}
        return _page(request, operation, form_errors(request, error, {"/kind": "kind", **fields}))
    flash(
        request,
        "success",
        _(
            "Identifiers that are compared now: ${new}. Entered before: ${known}. Matches found: ${matches}.",
            mapping={"new": entered.new, "known": entered.known, "matches": entered.matches},
        ),
    )
    return see_other(request, "operation.matching", code=operation.code)


@view_config(route_name="operation.matching.withdraw", request_method="POST")
def withdraw(request: Request) -> Response:
    """Withdraw the entries that are ticked."""
    operation = _operation(request)
    given = request.POST.getall("entry")
    if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in given):
        raise NotFound("entry-unknown", _("You have no such entry."))
    count = service.withdraw(request.db, request.actor, operation, [int(number) for number in given])
    flash(request, "success", _("Entries withdrawn: ${count}.", mapping={"count": count}))
    return see_other(request, "operation.matching", code=operation.code, _anchor="entries")


def _operation(request: Request) -> Operation:
    return operations.find(request.db, request.actor, request.matchdict["code"])


def _kind(text: str) -> IdentifierKind:
    try:
        return IdentifierKind(text)
    except ValueError:
        accepted = tuple(kind.value for kind in IdentifierKind)
        message = _("Choose what kind of identifiers these are.")
        raise Invalid([Problem("kind-unknown", message, "/kind", accepted)]) from None


def _hashed(text: str) -> list[Hashed]:
    """Read what the script sent. What it cannot have made is read as nothing at all."""
    try:
        data = json.loads(text) if text else []
        return [Hashed(str(item["digest"]), str(item["label"])) for item in data]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def _page(request: Request, operation: Operation, errors: FormErrors | None = None) -> dict[str, Any]:
    subject = operations.subject(operation)
    policy.require(request.actor, Action.MATCHING_COUNT_READ, subject)
    reads = policy.allows(request.actor, Action.MATCHING_ENTRY_READ, subject)
    entries = service.entries(request.db, request.actor, operation) if reads else []
    zone = operation.time_zone
    return {
        "page": operation_page(request, operation, _("Compare identifiers"), "tasks"),
        "numbers": service.numbers(request.db, request.actor, operation),
        "takes_part": reads and bool(service.owners(request.actor, operation)),
        "may_enter": policy.allows(request.actor, Action.MATCHING_ENTRY_CREATE, subject)
        and bool(service.owners(request.actor, operation)),
        "owners": [
            (owner.code, _office(request, owner)) for owner in service.owners(request.actor, operation)
        ],
        "kinds": [(kind.value, request.translate(text)) for kind, text in rules.KIND_LABELS.items()],
        "matches": [
            {
                "number": f"M{found.match.number}",
                "kind": request.translate(rules.KIND_LABELS[found.own.kind]),
                "label": found.own.label,
                "other": _office(request, found.other),
                "when": numbers.short_instant(found.match.found_at, request.locale, zone),
            }
            for found in (service.matches(request.db, request.actor, operation) if reads else ())
        ],
        "entries": [
            {
                "number": entry.id,
                "label": entry.label,
                "kind": request.translate(rules.KIND_LABELS[entry.kind]),
                "owner": entry.owner,
                "when": numbers.short_instant(entry.entered_at, request.locale, zone),
            }
            for entry in entries[:SHOWN]
        ],
        "total": len(entries),
        "errors": errors or FormErrors((), {}),
        "form": request.POST if errors else {},
        "label_length": rules.LABEL_LENGTH - 8,
        "at_once": rules.AT_ONCE,
        "most": rules.MOST,
        "kept_days": rules.KEPT_AFTER_END.days,
        "key_href": request.route_path("operation.matching.key", code=operation.code),
        "withdraw_href": request.route_path("operation.matching.withdraw", code=operation.code),
    }


def _office(request: Request, owner: Owner) -> str:
    if owner.code == COORDINATION:
        return str(request.translate(_("The coordination centre")))
    party = catalogue().parties.get(owner.party)
    name = label(party.labels, request.locale) if party else owner.party
    return name if owner.code == owner.party else f"{name} · {owner.code}"
