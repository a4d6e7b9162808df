"""What every request carries: its session, who acts, in which language, and under which identifier."""

from __future__ import annotations

import base64
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy.orm import Session

from jointops.accounts import signin
from jointops.accounts.signin import Identity
from jointops.config import Settings
from jointops.kernel import ids
from jointops.kernel.db import open_session, unit_of_work
from jointops.kernel.policy import Actor, Channel

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API_PREFIX = "/api/"

FEED_PREFIX = "/odata/"
"""Where spreadsheets read, which know a user name and a password and no other way to sign in."""

DEVICE_PREFIX = "/field/"
"""Where a device sends what was filled in without a network: with a token of its own, since it outlives its sign-in."""

SIGN_IN_KEY = "sign_in"
"""Where the session cookie keeps the secret of the sign-in."""


class BufferedRequest(Request):
    """A request whose body stays in memory: the server has buffered it, and its size is limited."""

    request_body_tempfile_limit = 2**31


def includeme(config: Configurator) -> None:
    """Bring what requests carry."""
    config.set_request_factory(BufferedRequest)
    config.add_request_method(_db, "db", reify=True)
    config.add_request_method(_settings, "config", reify=True)
    config.add_request_method(_identity, "signed_in", reify=True)
    config.add_request_method(_actor, "actor", reify=True)
    config.add_request_method(_request_id, "request_id", reify=True)
    config.add_request_method(is_api, "is_api", reify=True)


def is_api(request: Request) -> bool:
    """Say whether other software asks, which gets JSON and shows a token, or a person with a browser."""
    path: str = request.environ.get("PATH_INFO", "")
    if path.startswith(FEED_PREFIX):
        return True
    return path.startswith(API_PREFIX) and not path.startswith(f"{API_PREFIX}v1/docs")


def bearer(request: Request) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header, or ``None`` without one.

    For a feed, it may be the password of basic authentication; the user name is not looked at.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic" and request.environ.get("PATH_INFO", "").startswith(FEED_PREFIX):
        return _password(token.strip())
    return token.strip() if scheme.lower() == "bearer" else None


def _password(credentials: str) -> str | None:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2] or None
    except ValueError:
        return None


def _db(request: Request) -> Session:
    return open_session(
        request.registry["session_factory"], request.tm, read_only=request.method in SAFE_METHODS
    )


def _settings(request: Request) -> Settings:
    settings: Settings = request.registry["settings"]
    return settings


def _request_id(_request: Request) -> str:
    return ids.request_id()


def _identity(request: Request) -> Identity | None:
    if not _has_credentials(request):
        return None
    if "tm.active" in request.environ:
        return _find(request, request.db)
    # A page about a failed commit is made after the transaction of the request.
    with unit_of_work(request.registry["session_factory"], read_only=True) as session:
        return _find(request, session)


def _has_credentials(request: Request) -> bool:
    return bearer(request) is not None or SIGN_IN_KEY in request.session


def _find(request: Request, session: Session) -> Identity | None:
    token = bearer(request)
    if token is not None:
        return signin.by_token(session, token) if request.is_api or _is_device(request) else None
    # The API does not ask for a CSRF token, so a cookie opens nothing there that changes anything.
    if request.is_api and request.method not in SAFE_METHODS:
        return None
    secret: Any = request.session.get(SIGN_IN_KEY)
    return signin.by_browser(session, secret) if isinstance(secret, str) else None


def _is_device(request: Request) -> bool:
    path: str = request.environ.get("PATH_INFO", "")
    return path.startswith(DEVICE_PREFIX)


def _actor(request: Request) -> Actor:
    identity: Identity | None = request.signed_in
    channel = Channel.API if request.is_api else Channel.FORM
    if identity is None:
        return Actor(None, "", (), channel, request.request_id)
    return identity.actor(channel, request.request_id)
