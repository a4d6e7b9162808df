"""Answers packed for the way: pages and data on the fly, built files once, when they are built.

A page that holds a secret and echoes what somebody typed lets its packed length tell about the secret (the attack is
known as BREACH). Cookies go to no other site here, and besides, every packed answer carries a file name of random
length in its gzip header, which blurs the length for whoever listens.
"""

from __future__ import annotations

import gzip
import io
import secrets
from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from jointops.web.assets import ADDRESS

LEAST_BYTES = 1_000
"""Below it an answer fits into one packet as it is."""

LEVEL = 9
MOST_PADDING = 40

_PACKED_TYPES = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/manifest+json",
        "application/problem+json",
        "application/xml",
        "application/yaml",
        "image/svg+xml",
        "text/calendar",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)


def includeme(config: Configurator) -> None:
    """Bring the packing, beneath the headers, which are about the answer as it leaves."""
    config.add_tween("jointops.web.compression.tween_factory", under="jointops.web.headers.tween_factory")


def tween_factory(
    handler: Callable[[Request], Response], _registry: Registry
) -> Callable[[Request], Response]:
    """Return the tween that packs what is worth it for who can unpack it."""

    def tween(request: Request) -> Response:
        response: Response = handler(request)
        if _is_packable(request, response):
            response.vary = (*(response.vary or ()), "Accept-Encoding")
            accepted = request.accept_encoding
            # Who says nothing is sent it as it is: some software unpacks nothing.
            if accepted and accepted.acceptable_offers(["gzip"]):
                _pack(response)
        return response

    return tween


def _is_packable(request: Request, response: Response) -> bool:
    if str(request.environ.get("PATH_INFO", "")).startswith(f"{ADDRESS}/"):
        return False
    return (
        response.content_type in _PACKED_TYPES
        and response.content_encoding is None
        and isinstance(response.app_iter, list)
        and response.content_length is not None
        and response.content_length >= LEAST_BYTES
    )


def _pack(response: Response) -> None:
    out = io.BytesIO()
    padding = "x" * (1 + secrets.randbelow(MOST_PADDING))
    with gzip.GzipFile(padding, "wb", compresslevel=LEVEL, fileobj=out, mtime=0) as packed:
        packed.write(response.body)
    etag = response.headers.get("ETag")
    response.body = out.getvalue()
    response.content_encoding = "gzip"
    if etag is not None:
        # It names the version of what is answered, however that is packed.
        response.headers["ETag"] = etag
