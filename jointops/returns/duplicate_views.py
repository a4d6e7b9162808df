"""Pages about double counting: suspected pairs side by side, what was decided, and one joint result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import Invalid, NotFound, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.returns import asked, duplicate_words, linking, suspicion
from jointops.returns.duplicate_map import picture
from jointops.returns.duplicates import Pair
from jointops.returns.sightings import IncidentKey, Sighting, read_key
from jointops.returns.suspicion import Decided
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

PAGE_LENGTH = 20


@view_config(route_name="returns.duplicates", request_method="GET", renderer="returns/duplicates.jinja2")
def show_duplicates(request: Request) -> dict[str, Any]:
    """Show the suspected pairs side by side, and below what was decided."""
    return _page(request, operations.find(request.db, request.actor, request.matchdict["code"]))


def _page(
    request: Request, operation: Operation, problems: Sequence[Problem] = (), kept: str = ""
) -> dict[str, Any]:
    found = suspicion.suspected(request.db, request.actor, operation)
    words = _Words(request, operation)
    pages = max(1, -(-len(found.suspected) // PAGE_LENGTH))
    text = request.GET.get("page", "1")
    number = min(int(text), pages) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 else 1
    start = (max(number, 1) - 1) * PAGE_LENGTH
    shown = found.suspected[start : start + PAGE_LENGTH]
    here = request.route_path("returns.duplicates", code=operation.code)
    may_decide = policy.allows(request.actor, Action.DUPLICATE_DECIDE, operations.subject(operation))
    return {
        "page": operation_page(
            request,
            operation,
            _("Suspected duplicates"),
            "returns",
            breadcrumbs=[_returns_link(request, operation)],
        ),
        "operation": operation,
        "tabs": duplicate_tabs(request, operation, "returns.duplicates"),
        "count": len(found.suspected),
        "pairs": [words.pair(place, pair) for place, pair in enumerate(shown, start + 1)],
        "decided": [words.decided(each) for each in found.decided],
        "may_decide": may_decide,
        "link_reasons": _choices(request, duplicate_words.LINK_REASONS),
        "dismiss_reasons": _choices(request, duplicate_words.DISMISS_REASONS),
        "problems": [request.translate(problem.message) for problem in problems],
        "kept": kept,
        "previous": f"{here}?page={number - 1}" if number > 1 else None,
        "next": f"{here}?page={number + 1}" if number < pages else None,
        "range": f"{start + 1}–{start + len(shown)} / {len(found.suspected)}",
        "returns_href": request.route_path("operation.returns", code=operation.code),
    }


def duplicate_tabs(request: Request, operation: Operation, active: str) -> list[dict[str, Any]] | None:
    """Return the tabs of the returns for who may read suspected duplicates; ``active`` is the route that is open."""
    if not policy.allows(request.actor, Action.DUPLICATE_READ, operations.subject(operation)):
        return None
    tabs: list[tuple[str, str, int | None]] = [
        ("operation.returns", _("By unit and day"), None),
        (
            "returns.duplicates",
            _("Suspected duplicates"),
            suspicion.open_count(request.db, operation),
        ),
    ]
    return [
        {
            "text": request.translate(text),
            "href": request.route_path(route, code=operation.code),
            "active": route == active,
            "count": count,
        }
        for route, text, count in tabs
    ]


def _returns_link(request: Request, operation: Operation) -> Link:
    return Link(request.translate(_("Returns")), request.route_path("operation.returns", code=operation.code))


def _choices(request: Request, reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, request.translate(text)) for code, text in reasons.items()]


@view_config(route_name="returns.duplicates", request_method="POST", renderer="returns/duplicates.jinja2")
def decide(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Link or dismiss a pair, or take a decision back."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    form = request.POST
    action = form.get("action", "")
    where = (request.db, request.actor, operation)
    try:
        if action == "undo":
            text = form.get("decision", "")
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
            linking.undo(*where, number, reason=form.get("reason", ""))
            flash(request, "success", _("Taken back. From now on they are two results again."))
        elif action == "link":
            keys = _keys(form)
            reason = _reason(request, duplicate_words.LINK_REASONS)
            linking.link(*where, *keys, reason=reason, counting=form.get("counting") or None)
            flash(request, "success", _("Linked: one joint result from now on. Both units have been told."))
        elif action == "dismiss":
            linking.dismiss(*where, *_keys(form), reason=_reason(request, duplicate_words.DISMISS_REASONS))
            flash(request, "success", _("Noted: not the same. The pair is not suggested again."))
        else:
            policy.require(request.actor, Action.DUPLICATE_DECIDE, operations.subject(operation))
            raise Invalid([Problem("action-unknown", _("Choose whether they are the same."), "/action")])
    except Invalid as refused:
        request.response.status_int = 422
        return _page(request, operation, refused.problems, form.get("first", ""))
    return see_other(request, "returns.duplicates", code=operation.code)


def _keys(form: Mapping[str, str]) -> tuple[IncidentKey, IncidentKey]:
    return (read_key(form.get("first", ""), "/first"), read_key(form.get("second", ""), "/second"))


def _reason(request: Request, reasons: Mapping[str, str]) -> str:
    """Return what was chosen from the list and what was written beside it, as one text."""
    chosen = reasons.get(request.POST.get("because", ""))
    written = request.POST.get("reason", "").strip()
    return " ".join(part for part in (request.translate(chosen) if chosen else "", written) if part)


@view_config(route_name="returns.joint", request_method="GET", renderer="returns/joint_result.jinja2")
def show_joint_result(request: Request) -> dict[str, Any]:
    """Show a joint result: who contributed, what each reported, what counts since when."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    text = request.matchdict["result"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound("joint-result-unknown", _("There is no such joint result in this operation."))
    found = suspicion.joint_result(request.db, request.actor, operation, int(text))
    words = _Words(request, operation)
    title = _("Joint result ${reference}", mapping={"reference": found.reference})
    return {
        "page": operation_page(
            request, operation, title, "returns", breadcrumbs=[_returns_link(request, operation)]
        ),
        "operation": operation,
        "indicator": words.indicator(found.indicator) if found.indicator else None,
        "counting": next((claim.unit for claim in found.claims if claim.counts), None),
        "claims": [
            {
                "unit": claim.unit,
                "href": request.route_path(
                    "returns.return", code=operation.code, unit=claim.unit, day=claim.day.isoformat()
                )
                if claim.own
                else None,
                "day": numbers.short_day(claim.day, request.locale),
                "reference": claim.reference,
                "own": claim.own,
                "quantity": numbers.quantity(claim.quantity, found.measure, request.locale),
                "counts": claim.counts,
                "since": words.instant(claim.since),
                "linked_by": claim.linked_by,
                "reason": claim.reason,
            }
            for claim in found.claims
        ],
        "duplicates_href": request.route_path("returns.duplicates", code=operation.code)
        if policy.allows(request.actor, Action.DUPLICATE_READ, operations.subject(operation))
        else None,
    }


class _Words:
    """Pairs and decisions as the templates take them, in the reader's language."""

    def __init__(self, request: Request, operation: Operation) -> None:
        self._request, self._operation = request, operation
        self._locale: str = request.locale
        self._questions = asked.asked(request.db, operation)

    def indicator(self, code: str) -> str:
        return self._questions.indicator_label(code, self._locale)

    def instant(self, at: Any) -> str:
        return numbers.short_instant(at, self._locale, self._operation.time_zone)

    def pair(self, number: int, pair: Pair) -> dict[str, Any]:
        translate = self._request.translate
        rows = self._rows(pair.first, pair.second)
        reasons = sorted(pair.reasons, key=lambda reason: -reason.points)
        said = [(translate(duplicate_words.why(each, self._locale)), each.points) for each in reasons]
        return {
            "number": number,
            "id": f"pair-{number}",
            "indicator": self.indicator(pair.first.indicator),
            "certainty": translate(duplicate_words.CERTAINTY_LABELS[pair.certainty]),
            "tone": duplicate_words.CERTAINTY_TONES[pair.certainty],
            "first": self.side(pair.first),
            "second": self.side(pair.second),
            "rows": rows,
            "for": [text for text, points in said if points > 0],
            "against": [text for text, points in said if points <= 0],
            "map": picture(pair.first, pair.second),
            "counting": self._first_reported(pair.first, pair.second),
        }

    @staticmethod
    def _first_reported(first: Sighting, second: Sighting) -> str:
        one, other = first.reported_at, second.reported_at
        return second.key.unit if one and other and other < one else first.key.unit

    def side(self, each: Sighting) -> dict[str, Any]:
        return {
            "key": str(each.key),
            "unit": each.key.unit,
            "reference": each.key.reference,
            "quantity": self._quantity(each),
            "href": self._request.route_path(
                "returns.return",
                code=self._operation.code,
                unit=each.key.unit,
                day=each.key.day.isoformat(),
            ),
            "joint": self._request.route_path(
                "returns.joint", code=self._operation.code, result=each.joint_result_id
            )
            if each.joint_result_id
            else None,
        }

    def _quantity(self, each: Sighting) -> str:
        kept = numbers.quantity(each.quantity, each.measure, self._locale)
        if each.given_quantity is None or each.given_unit is None:
            return kept
        given: Decimal = each.given_quantity
        return f"{kept} ({numbers.quantity(given, each.given_unit, self._locale)})"

    def _rows(self, first: Sighting, second: Sighting) -> list[dict[str, Any]]:
        rows = [
            (_("Day"), *(numbers.day(each.key.day, self._locale) for each in (first, second))),
            (_("Time"), *(self.instant(each.at) if each.at else "" for each in (first, second))),
            (_("Quantity"), *(self._quantity(each) for each in (first, second))),
            (_("How it is known"), *(self._known(each) for each in (first, second))),
            (_("Category"), *(self._coded("categories", each.category) for each in (first, second))),
            (_("Place"), *(each.place for each in (first, second))),
            (_("Coordinates"), *(self._position(each) for each in (first, second))),
            (
                _("Modus operandi"),
                *(self._coded("modi_operandi", each.modus_operandi) for each in (first, second)),
            ),
            (_("Own reference"), *(each.key.reference for each in (first, second))),
            (_("Other reference"), *(each.external_reference for each in (first, second))),
            (_("Joint with"), *(", ".join(each.joint_with) for each in (first, second))),
            (_("What happened"), *(each.description for each in (first, second))),
            (_("Reported by"), *(each.reported_by for each in (first, second))),
            (
                _("First reported"),
                *(self.instant(each.reported_at) if each.reported_at else "" for each in (first, second)),
            ),
        ]
        return [
            {
                "name": self._request.translate(name),
                "first": one or None,
                "second": other or None,
                "differs": bool(one and other) and one != other,
            }
            for name, one, other in rows
            if one or other
        ]

    def _known(self, each: Sighting) -> str:
        codes = catalogue()
        return ", ".join(
            label(known[code].labels, self._locale)
            for known, code in ((codes.certainties, each.certainty), (codes.weights, each.weight))
            if code in known
        )

    def _coded(self, kind: str, code: str) -> str:
        item = getattr(catalogue(), kind).get(code)
        return label(item.labels, self._locale) if item else code

    @staticmethod
    def _position(each: Sighting) -> str:
        if each.latitude is None or each.longitude is None:
            return ""
        return f"{each.latitude:.4f}, {each.longitude:.4f}"

    def decided(self, each: Decided) -> dict[str, Any]:
        first, second = each.keys
        return {
            "id": each.id,
            "first": first,
            "second": second,
            "days": " / ".join(dict.fromkeys(numbers.short_day(key.day, self._locale) for key in each.keys)),
            "quantities": [self._quantity(side) if side else None for side in (each.first, each.second)],
            "gone": each.first is None or each.second is None,
            "linked": each.linked,
            "counting": each.counting,
            "reason": each.reason,
            "by": each.decided_by,
            "at": self.instant(each.decided_at),
            "joint": self._request.route_path(
                "returns.joint", code=self._operation.code, result=each.joint_result_id
            )
            if each.joint_result_id
            else None,
        }
