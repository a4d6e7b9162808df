"""The page that works without a network, and what it fetches and sends when there is one.

The page itself (`/field`), its manifest, worker and texts hold no operation's data and are for everybody: a browser
keeps them before anybody has signed in. The rest is for the signed-in person. What a page's script sends carries the
CSRF token; whatever is refused comes back as problem details.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from marshmallow import ValidationError
from pyramid.httpexceptions import HTTPNotFound, HTTPNotModified
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from sqlalchemy import select

from jointops.accounts import service as accounts
from jointops.accounts.models import Person
from jointops.accounts.service import MAX_TOKEN_NAME
from jointops.kernel import clock, ids
from jointops.kernel.errors import DomainError, Invalid, NotAllowed, Problem, Stale
from jointops.kernel.i18n import _, label
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import asked, history, rules, schemas, service
from jointops.returns.models import Revision
from jointops.returns.offline import bundle, texts
from jointops.returns.recording import Outcome, Receipt
from jointops.returns.return_views import find_place
from jointops.returns.rulebooks import rulebook_of
from jointops.returns.submission import Submission
from jointops.web.api import etag, expected_version
from jointops.web.assets import asset, content_of
from jointops.web.errors import as_json, domain_report, invalid_from
from jointops.web.headers import CONTENT_SECURITY_POLICY
from jointops.web.language import offered

View = TypeVar("View", bound=Callable[[Request], Any])

SCOPE = "/field"
DEVICE_DAYS = 30
"""Days that a device may send before somebody signs in on it again: longer than most operations."""

ICONS = {"field-192.png": "192x192", "field-512.png": "512x512"}
ASSETS = ("field.css", "field.js", "plex-latin-light.woff2", "favicon.svg")

_POLICY = f"{CONTENT_SECURITY_POLICY}; manifest-src 'self'; worker-src 'self'"


def refusing_in_json(view: View) -> Callable[[Request], Any]:
    """Answer what the domain refuses with problem details: a script asked, not a person."""

    @wraps(view)
    def answer(request: Request) -> Any:
        try:
            # A refusal leaves the session as it was, so that what is on record can still be read.
            with request.db.begin_nested():
                return view(request)
        except DomainError as error:
            return as_json(domain_report(request, error))

    return answer


# --- The page itself, for everybody ----------------------------------------------------------------------------------


@view_config(
    route_name="field",
    request_method="GET",
    renderer="returns/offline.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def shell(request: Request) -> dict[str, Any]:
    """Return the empty page; its script fills it from what the device holds."""
    request.response.headers["Content-Security-Policy"] = _POLICY
    _twice(request, request.locale)
    return {
        "locale": request.locale,
        "languages": _languages(request),
        "asset": asset,
    }


@view_config(
    route_name="field.texts", request_method="GET", renderer="json", permission=NO_PERMISSION_REQUIRED
)
def texts_of(request: Request) -> Mapping[str, str]:
    """Return everything the page says in one language."""
    locale = request.matchdict["locale"]
    if locale not in offered(request.config.pseudo_locale):
        raise HTTPNotFound()
    _twice(request, locale)
    return texts.said(locale)


@view_config(route_name="field.manifest", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def manifest(request: Request) -> Response:
    """Return what a device needs to install the page (Web Application Manifest)."""
    described = {
        "id": SCOPE,
        "name": "jointops",
        "short_name": "jointops",
        "description": request.translate(_("Daily returns of joint operations, also without a network.")),
        "lang": request.locale,
        "start_url": SCOPE,
        "scope": SCOPE,
        "display": "standalone",
        "background_color": "#f6f8fb",
        "theme_color": "#14304f",
        "icons": [
            *(
                {"src": asset(name), "sizes": size, "type": "image/png", "purpose": purpose}
                for name, size in ICONS.items()
                for purpose in ("any", "maskable")
            ),
            {"src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
    }
    body = json.dumps(described, ensure_ascii=False).encode()
    response = Response(body, content_type="application/manifest+json", charset=None)
    response.headers["Cache-Control"] = "no-cache"
    return response


@view_config(route_name="field.worker", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def worker(request: Request) -> Response:
    """Return the service worker, with the list of what it keeps; another list makes it another worker."""
    head = f"self.KEPT = {json.dumps(_kept(request))};\nself.EDITION = {json.dumps(_edition(request))};\n"
    response = Response(
        head.encode() + content_of("field-worker.js"), content_type="text/javascript", charset="utf-8"
    )
    response.headers["Service-Worker-Allowed"] = SCOPE
    response.headers["Cache-Control"] = "no-cache"
    return response


def _twice(request: Request, locale: str) -> None:
    """Have the answer kept: it is asked for by the page and by its worker, the second time unchanged."""
    request.response.headers["Cache-Control"] = "no-cache"
    request.response.etag = f"{_edition(request)}-{locale}"
    request.response.conditional_response = True


def _kept(request: Request) -> list[str]:
    """Return the addresses of all that the page needs to open without a network."""
    return [
        request.route_path("field"),
        request.route_path("field.manifest"),
        *(request.route_path("field.texts", locale=code) for code in offered(request.config.pseudo_locale)),
        *(asset(name) for name in ASSETS),
    ]


def _edition(request: Request) -> str:
    """Return a digest that changes with the page."""
    said = [texts.said(code) for code in offered(request.config.pseudo_locale)]
    return ids.digest(canonical_json([_kept(request), said, bundle.FORMAT]))[:16]


def _languages(request: Request) -> list[dict[str, str]]:
    names = {"en": "English", "fr": "Français"}
    return [
        {"code": code, "text": names.get(code, f"⟦{code}⟧")} for code in offered(request.config.pseudo_locale)
    ]


# --- What it fetches -------------------------------------------------------------------------------------------------


@view_config(route_name="field.session", request_method="GET", renderer="json")
def session(request: Request) -> dict[str, Any]:
    """Say who is signed in, and with which token what follows is sent."""
    return {
        "person": {"id": str(request.signed_in.person), "name": request.signed_in.name},
        "csrf_token": request.session.get_csrf_token() if request.signed_in.sign_in else "",
        "now": clock.iso(clock.now()),
    }


@view_config(route_name="field.devices", request_method="POST")
@refusing_in_json
def enrol(request: Request) -> Response:
    """Give the device a token of its own, so that it sends without a new sign-in; the account's page can end it.

    Only who is signed in in this browser gets one: a token does not make another.
    """
    if request.signed_in.sign_in is None:
        raise NotAllowed("not-allowed", _("Sign in in the browser to set up a device."))
    person = request.db.get_one(Person, request.signed_in.person)
    name = request.translate(_("Returns without a network: ${device}", mapping={"device": _device(request)}))
    token, text = accounts.create_token(request.db, request.actor, person, name[:MAX_TOKEN_NAME], DEVICE_DAYS)
    return _json({"id": token.id, "token": text, "expires_at": clock.iso(token.expires_at)}, 201)


@view_config(route_name="field.device", request_method="DELETE")
@refusing_in_json
def discharge(request: Request) -> Response:
    """End a device's token: the device was wiped."""
    key = request.matchdict["id"]
    accounts.revoke_token(request.db, request.actor, int(key) if key.isdecimal() and len(key) < 10 else 0)
    return _json({})


def _device(request: Request) -> str:
    """Return what a person may recognise a device by, from how its browser calls itself."""
    agent = request.headers.get("User-Agent", "")
    known = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
    return next((name for name in known if name in agent), "?")


@view_config(route_name="field.units", request_method="GET", renderer="json")
def units(request: Request) -> dict[str, Any]:
    """List the units that the person reports for."""
    return {
        "units": [
            {
                "operation": item.operation.code,
                "title": label(item.operation.title, request.locale),
                "unit": item.unit.code,
                "unit_title": label(item.unit.title, request.locale) or item.unit.code,
            }
            for item in bundle.reportable(request.db, request.actor)
        ]
    }


@view_config(route_name="field.unit", request_method="GET")
@refusing_in_json
def unit_bundle(request: Request) -> Response:
    """Return all that a device needs to report for one unit; nothing when it has that already."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    questions = asked.asked(request.db, operation)
    unit = operations.find_unit(request.db, operation, request.matchdict["unit"])
    asked.require_reportable(request.actor, operation, unit)
    found = bundle.bundle(request.db, operation, questions, unit, request.locale)
    tag = etag(found["version"])
    if request.headers.get("If-None-Match") == tag:
        return HTTPNotModified(headers={"ETag": tag})
    return _json(found, ETag=tag)


@view_config(route_name="field.return", request_method="GET")
@refusing_in_json
def what_is_on_record(request: Request) -> Response:
    """Return what is on record for a unit and day now."""
    operation, unit, day = _place(request)
    return _json({"on_record": _on_record(request, operation, unit, day)})


# --- What it sends ---------------------------------------------------------------------------------------------------


@view_config(route_name="field.return", request_method="PUT")
@refusing_in_json
def send(request: Request) -> Response:
    """Record a return and answer its receipt; the same again is answered with the same receipt.

    ``If-Match`` or ``If-None-Match: *`` names the version that the person saw. ``?seen=`` is the number of the
    revision they saw: where the sender's own return is among the later ones, it was recorded although nobody told,
    and its receipt is the answer, with ``superseded`` when it is not the latest. A refusal for a version that is no
    longer current brings what is on record.
    """
    operation, unit, day = _place(request)
    submission = _submission(request)
    try:
        with request.db.begin_nested():
            outcome = service.submit(
                request.db,
                request.actor,
                operation,
                unit.code,
                day,
                submission,
                expected_version=_expected(request),
            )
    except DomainError as error:
        known = _recorded_before(request, operation, unit, day, submission)
        if known is not None:
            return _receipt(*known)
        if isinstance(error, Stale):
            return _conflict(request, error, operation, unit, day)
        raise
    return _receipt(outcome, superseded=False)


def _place(request: Request) -> tuple[Operation, ReportingUnit, date]:
    operation, unit, day = find_place(request)
    asked.require_reportable(request.actor, operation, unit)
    return operation, unit, day


def _submission(request: Request) -> Submission:
    try:
        data = json.loads(request.body, parse_float=str)
    except ValueError as error:
        message = _("This is not JSON: ${reason}", mapping={"reason": str(error)[:200]})
        raise Invalid([Problem("malformed-json", message)]) from error
    if not isinstance(data, dict):
        raise Invalid([Problem("malformed-json", _("Send one return, as an object."))])
    try:
        sent: schemas.SentReturn = schemas.SubmissionSchema().load(data)
    except ValidationError as error:
        raise invalid_from(error) from error
    return replace(sent.submission, source="device")


def _expected(request: Request) -> int | None:
    return 0 if request.headers.get("If-None-Match", "").strip() == "*" else expected_version(request)


def _recorded_before(
    request: Request, operation: Operation, unit: ReportingUnit, day: date, submission: Submission
) -> tuple[Outcome, bool] | None:
    """Return the outcome of the person's own return that is among the revisions after the one they saw, if it is."""
    seen = request.GET.get("seen", "")
    head = history.head(request.db, operation, unit, day)
    if head is None or not (seen.isascii() and seen.isdigit() and len(seen) < 9):
        return None
    units_of_measure = {
        code: rule.unit for code, rule in rulebook_of(request.db, operation).rules.indicators.items()
    }
    digest = ids.digest(canonical_json(rules.content(submission, units_of_measure)))
    found = request.db.scalars(
        select(Revision)
        .where(
            Revision.return_id == head.id,
            Revision.number > int(seen),
            Revision.sha256 == digest,
            Revision.recorded_by == request.actor.name,
        )
        .order_by(Revision.number)
        .limit(1)
    ).first()
    if found is None:
        return None
    receipt = Receipt(found.number, found.sha256, found.recorded_at)
    outcome = Outcome(receipt, head.state, head.version, changed=False, created=False)
    return outcome, found.number < head.latest_number


def _receipt(outcome: Outcome, superseded: bool) -> Response:
    data = {
        **schemas.outcome_data(outcome),
        "receipt": {"sha256": outcome.receipt.sha256, "recorded_at": clock.iso(outcome.receipt.recorded_at)},
        "superseded": superseded,
    }
    return _json(data, 201 if outcome.changed else 200, ETag=etag(outcome.version))


def _conflict(
    request: Request, error: Stale, operation: Operation, unit: ReportingUnit, day: date
) -> Response:
    report = domain_report(request, error)
    current = _on_record(request, operation, unit, day)
    return as_json(replace(report, extra={**report.extra, "on_record": current}))


def _on_record(
    request: Request, operation: Operation, unit: ReportingUnit, day: date
) -> dict[str, Any] | None:
    head = history.head(request.db, operation, unit, day)
    if head is None:
        return None
    return bundle.on_record(head, history.latest_revisions(request.db, [head])[head.id])


def _json(data: Any, status: int = 200, **headers: str) -> Response:
    body = json.dumps(data, ensure_ascii=False).encode()
    response = Response(body, status=status, content_type="application/json", charset=None)
    response.headers.update(headers)
    return response
