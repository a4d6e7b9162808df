"""Who gets in: everything needs somebody signed in unless its view says otherwise; cookies; CSRF."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.request import Request
from pyramid.security import Allowed, Denied
from pyramid.session import SignedCookieSessionFactory

from jointops.accounts.signin import SIGN_IN_TIME
from jointops.config import Settings
from jointops.web.request import bearer

SIGNED_IN = "signed-in"
"""The one permission at the edge. What somebody may do beyond it, the services ask the policy table."""


class SecurityPolicy:
    """Tells Pyramid who is there, and lets through who is signed in."""

    def identity(self, request: Request) -> Any:
        return request.signed_in

    def authenticated_userid(self, request: Request) -> str | None:
        return None if request.signed_in is None else str(request.signed_in.person)

    def permits(self, request: Request, _context: Any, permission: str) -> Allowed | Denied:
        if permission == SIGNED_IN and request.signed_in is not None:
            return Allowed("signed in")
        return Denied("nobody is signed in")

    def remember(self, _request: Request, _userid: str, **_kw: Any) -> list[tuple[str, str]]:
        return []

    def forget(self, _request: Request, **_kw: Any) -> list[tuple[str, str]]:
        return []


def includeme(config: Configurator) -> None:
    """Bring sign-in by cookie and token, denial by default, and CSRF protection of every form."""
    settings: Settings = config.registry["settings"]
    config.set_security_policy(SecurityPolicy())
    config.set_default_permission(SIGNED_IN)
    config.set_session_factory(
        SignedCookieSessionFactory(
            settings.session_key(),
            # A browser takes a cookie with this prefix over TLS only, and from no other host.
            cookie_name="__Host-jointops" if settings.secure_cookies else "jointops",
            secure=settings.secure_cookies,
            httponly=True,
            samesite="Lax",
            timeout=int(SIGN_IN_TIME.total_seconds()),
            reissue_time=300,
        )
    )
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    # No other site can have a browser send a token, and what carries one is never taken for the cookie's person.
    config.set_default_csrf_options(
        require_csrf=True, callback=lambda request: not request.is_api and bearer(request) is None
    )
