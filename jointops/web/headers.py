"""What every answer carries: security headers, caching rules, the request's identifier; and one line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

from jointops import logs
from jointops.config import Settings
from jointops.web import metrics
from jointops.web.assets import ADDRESS

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

SECRET = "{token}"
"""The part of an address that opens something by itself: the log holds such an address without it."""

_TWO_YEARS = 2 * 365 * 24 * 3600


def includeme(config: Configurator) -> None:
    """Bring the headers, around everything else, so that answers about errors have them too."""
    config.add_tween("jointops.web.headers.tween_factory", under=INGRESS)


def tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Return the tween that adds headers, measures and logs."""
    settings: Settings = registry["settings"]

    def tween(request: Request) -> Response:
        token = logs.request_id.set(request.request_id)
        started = time.perf_counter()
        try:
            response: Response = handler(request)
            _add_headers(request, response, settings)
            _report(request, response, time.perf_counter() - started)
        finally:
            logs.request_id.reset(token)
        return response

    return tween


def _add_headers(request: Request, response: Response, settings: Settings) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_TWO_YEARS}; includeSubDomains")
    response.headers["X-Request-Id"] = request.request_id
    if not _path(request).startswith(f"{ADDRESS}/"):
        # What the API answers may be asked for again by its ETag; a page is kept nowhere.
        kept = "private, no-cache" if request.is_api else "no-store"
        response.headers.setdefault("Cache-Control", kept)


def _report(request: Request, response: Response, seconds: float) -> None:
    path = _path(request)
    if path.startswith(f"{ADDRESS}/"):
        return
    route = getattr(request, "matched_route", None)
    name = route.name if route is not None else "none"
    if route is not None and SECRET in route.pattern:
        path = route.pattern
    metrics.count_request(request.method, name, response.status_int, seconds)
    log.info(
        "%s %s %s",
        request.method,
        quote(path),
        response.status_int,
        extra={
            "fields": {
                "method": request.method,
                "path": path,
                "route": name,
                "status": response.status_int,
                "ms": round(seconds * 1000, 1),
            }
        },
    )


def _path(request: Request) -> str:
    # Not request.path: that decodes, and what it decodes may be no UTF-8.
    return str(request.environ.get("PATH_INFO", ""))
