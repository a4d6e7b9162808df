"""The one place that turns what went wrong into an answer: a page for people, problem details for software.

Refusals of the domain, answers of Pyramid itself (no such address, a method that is not offered, a missing CSRF token)
and mistakes of ours all end here, in the reader's language. Problem details are those of RFC 9457. Nothing about the
inside of the system gets out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlencode

from marshmallow import ValidationError
from pyramid.config import Configurator
from pyramid.csrf import BadCSRFOrigin, BadCSRFToken
from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPError,
    HTTPForbidden,
    HTTPNotFound,
    HTTPRequestEntityTooLarge,
    HTTPSeeOther,
)
from pyramid.registry import Registry
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid_retry import is_last_attempt, mark_error_retryable
from sqlalchemy.exc import IntegrityError

from jointops.kernel.errors import DomainError, Invalid, Problem, Stale
from jointops.kernel.i18n import _
from jointops.web.messages import problem as problem_of
from jointops.web.page import page

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: _("The request cannot be read"),
    401: _("Please sign in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("This is not offered here"),
    406: _("Not available in this format"),
    409: _("Not possible now"),
    412: _("Somebody else changed this"),
    413: _("Too large"),
    415: _("This format is not accepted"),
    422: _("Not accepted as it is"),
    500: _("Something went wrong on our side"),
    503: _("Not available at the moment"),
}

CODES: Mapping[int, str] = {
    400: "malformed-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "stale-version",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    500: "internal-error",
}

DETAILS: Mapping[int, str] = {
    400: _("The address or what was sent with it is damaged. Go back and try again."),
    404: _("There is nothing at this address, or you may not know of it."),
    405: _("The address exists, but does not take this method."),
    413: _("What was sent is larger than this server takes."),
    500: _(
        "It has been logged. Please try again; if it goes on, give the code below to whoever runs this server."
    ),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What went wrong, ready to be shown: all texts are translated."""

    status: int
    code: str
    title: str
    detail: str
    problems: Sequence[Problem] = ()
    reference: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What is wrong with a form: ``summary`` for the list at its top, ``by_field`` beside the fields."""

    summary: Sequence[Mapping[str, str | None]]
    by_field: Mapping[str, str]


ErrorForm = Callable[[Request, Report], Response]


def includeme(config: Configurator) -> None:
    """Bring the views of everything that can go wrong, and the limit on what may be sent."""
    config.registry["error_forms"] = {}
    config.add_directive("add_error_form", _add_error_form)
    for context, view in (
        (DomainError, _domain_error),
        (ValidationError, _validation_error),
        (IntegrityError, _integrity_error),
        (HTTPError, _http_error),
        (BadCSRFToken, _bad_csrf),
        (BadCSRFOrigin, _bad_csrf),
        (UnicodeDecodeError, _undecodable),
        (URLDecodeError, _undecodable),
        (Exception, _unexpected),
    ):
        config.add_exception_view(view, context=context)
    config.add_notfound_view(_not_found)
    config.add_forbidden_view(_forbidden)
    config.add_subscriber(_refuse_unreadable, "pyramid.events.NewRequest")


def form_errors(request: Request, error: DomainError, fields: Mapping[str, str] | None = None) -> FormErrors:
    """Return what is wrong, for the form that sent it.

    A problem's pointer ``/email`` belongs to the field ``email``; ``fields`` maps a pointer to another field's name.
    The answer to the form must have the error's status, so that its transaction is rolled back.
    """
    named = fields or {}
    summary: list[Mapping[str, str | None]] = []
    by_field: dict[str, str] = {}
    for problem in error.problems:
        text = request.translate(problem.message)
        name = named.get(problem.pointer, problem.pointer.removeprefix("/").replace("/", "-"))
        summary.append({"text": text, "href": f"#{name}" if name else None})
        if name:
            by_field.setdefault(name, text)
    return FormErrors(summary, by_field)


def domain_report(request: Request, error: DomainError) -> Report:
    """Return a refusal of the domain in the reader's language."""
    problems = [replace(item, message=request.translate(item.message)) for item in error.problems]
    extra: dict[str, Any] = {}
    if isinstance(error, Stale):
        extra = {"given": error.given, "current": error.current}
        if error.changes:
            extra["changes"] = error.changes
    return Report(
        status=error.status,
        code=error.code,
        title=_title(request, error.status),
        detail=problems[0].message,
        problems=problems,
        extra=extra,
    )


def respond(request: Request, report: Report, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return a report as the answer: problem details for the API, a page otherwise."""
    response = _form_of(request)(request, report)
    response.headers.extend(headers)
    return response


def _add_error_form(config: Configurator, prefix: str, form: ErrorForm) -> None:
    """Have errors at addresses that begin with ``prefix`` told in a form of their own."""
    config.registry["error_forms"][prefix] = form


def _form_of(request: Request) -> ErrorForm:
    path: str = request.environ.get("PATH_INFO", "")
    forms: Mapping[str, ErrorForm] = request.registry["error_forms"]
    own = next((form for prefix, form in forms.items() if path.startswith(prefix)), None)
    return own or (_problem_details if request.is_api else _as_page)


def invalid_from(error: ValidationError, place: str = "") -> Invalid:
    """Return what marshmallow found as the domain's error, each problem with its JSON pointer under ``place``."""
    return Invalid(list(_problems(error.messages, place)) or [_nameless()])


def _problems(messages: Any, place: str) -> Iterable[Problem]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = "" if key == "_schema" else f"/{_escaped(key)}"
            yield from _problems(value, place + step)
    elif isinstance(messages, list):
        for message in messages:
            yield from _problems(message, place)
    elif isinstance(messages, Problem):
        yield Problem(messages.code, messages.message, place + messages.pointer, messages.accepted)
    else:
        yield problem_of(str(messages), place)


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _nameless() -> Problem:
    return Problem("invalid", _("What was sent is not accepted."))


def _domain_error(error: DomainError, request: Request) -> Response:
    if error.status == 401 and not request.is_api:
        return _to_sign_in(request)
    return respond(request, domain_report(request, error), _challenge(error.status))


def _validation_error(error: ValidationError, request: Request) -> Response:
    return respond(request, domain_report(request, invalid_from(error)))


def _integrity_error(error: IntegrityError, request: Request) -> Response:
    # Two requests did the same at once. Another attempt sees what the first one did and answers to that.
    if not is_last_attempt(request):
        mark_error_retryable(error)
        return Response(status=503)
    log.warning("two requests were in each other's way", exc_info=error)
    return respond(
        request,
        Report(
            409,
            "changed-meanwhile",
            _title(request, 409),
            request.translate(_("Somebody else did the same at the same time. Look again, then repeat.")),
        ),
    )


def _http_error(error: HTTPError, request: Request) -> Response:
    return respond(request, _plain(request, error.status_int), _challenge(error.status_int))


def _bad_csrf(_error: Exception, request: Request) -> Response:
    detail = _(
        "This page was open for too long or in a browser that keeps no cookies. Open it again and repeat."
    )
    report = Report(400, "csrf-token-invalid", _title(request, 400), request.translate(detail))
    return respond(request, report)


def _undecodable(_error: Exception, request: Request) -> Response:
    return respond(request, _plain(request, 400))


def _unexpected(error: Exception, request: Request) -> Response:
    log.error("unexpected error", exc_info=error)
    return respond(request, _plain(request, 500, reference=request.request_id))


def _not_found(_error: HTTPNotFound, request: Request) -> Response:
    methods = _methods(request)
    if methods and request.method not in methods:
        return respond(request, _plain(request, 405), [("Allow", ", ".join(sorted(methods)))])
    return respond(request, _plain(request, 404))


def _forbidden(_error: HTTPForbidden, request: Request) -> Response:
    if request.signed_in is None:
        if not request.is_api:
            return _to_sign_in(request)
        detail = _(
            "Send a token of your account as “Authorization: Bearer jo_…”. It may be missing, expired or revoked."
        )
        report = Report(401, "not-signed-in", _title(request, 401), request.translate(detail))
        return respond(request, report, _challenge(401))
    return respond(request, _plain(request, 403))


def _to_sign_in(request: Request) -> Response:
    address = request.route_path("sign-in")
    if request.method in {"GET", "HEAD"} and request.path_qs != "/":
        address += "?" + urlencode({"next": request.path_qs})
    return HTTPSeeOther(address)


def _challenge(status: int) -> list[tuple[str, str]]:
    return [("WWW-Authenticate", 'Bearer realm="jointops"')] if status == 401 else []


def _methods(request: Request) -> set[str]:
    """Return the methods that the address takes, from the views that Pyramid knows for its route."""
    route = getattr(request, "matched_route", None)
    if route is None:
        return set()
    known = request.registry.setdefault("methods", {})
    if route.name not in known:
        known[route.name] = _methods_of(request.registry, route.name)
    methods: set[str] = known[route.name]
    return methods


def _methods_of(registry: Registry, route: str) -> set[str]:
    methods: set[str] = set()
    for entry in registry.introspector.get_category("views") or ():
        view = entry["introspectable"]
        if view.get("route_name") == route:
            taken = view.get("request_methods") or ()
            methods.update((taken,) if isinstance(taken, str) else taken)
    return methods | ({"HEAD"} if "GET" in methods else set())


def _refuse_unreadable(event: Any) -> None:
    request: Request = event.request
    if (request.content_length or 0) > request.config.max_body_bytes:
        raise HTTPRequestEntityTooLarge
    # No text of ours holds a NUL, and PostgreSQL keeps none. The API looks into its own bodies.
    if "\0" in request.path or "\0" in unquote(request.query_string):
        raise HTTPBadRequest
    form = request.POST if request.method == "POST" and not request.is_api else {}
    if any(isinstance(value, str) and "\0" in value for value in form.values()):
        raise HTTPBadRequest


def _title(request: Request, status: int) -> str:
    return str(request.translate(TITLES.get(status, TITLES[500 if status >= 500 else 400])))


def _plain(request: Request, status: int, reference: str = "") -> Report:
    code = CODES.get(status, CODES[500 if status >= 500 else 400])
    detail = request.translate(DETAILS[status]) if status in DETAILS else ""
    return Report(status, code, _title(request, status), detail, reference=reference)


def as_json(report: Report) -> Response:
    """Return a report as problem details, for the API and for scripts of a page."""
    body: dict[str, Any] = {
        "type": f"urn:jointops:problem:{report.code}",
        "title": report.title,
        "status": report.status,
        "detail": report.detail,
        "code": report.code,
        **report.extra,
    }
    if report.problems:
        body["errors"] = [
            {
                "code": item.code,
                "message": item.message,
                "pointer": item.pointer,
                "accepted": list(item.accepted),
                **({"explain": item.explain} if item.explain else {}),
                **item.place,
            }
            for item in report.problems
        ]
    if report.reference:
        body["reference"] = report.reference
    return Response(
        json.dumps(body, ensure_ascii=False).encode(),
        status=report.status,
        content_type=PROBLEM_TYPE,
    )


def _problem_details(_request: Request, report: Report) -> Response:
    return as_json(report)


def _as_page(request: Request, report: Report) -> Response:
    actions = [{"text": request.translate(_("Go to the first page")), "href": request.route_path("home")}]
    shown = {
        "status": report.status,
        "title": report.title,
        "detail": report.detail,
        "code": report.code,
        "reference": report.reference,
        "problems": report.problems[1:] and report.problems,
    }
    values = {"page": page(request, report.title), "problem": shown, "actions": actions}
    response: Response = render_to_response("error.jinja2", values, request=request)
    response.status_int = report.status
    return response
