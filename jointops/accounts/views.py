"""Pages of sign-in, sign-out and one's own account."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from jointops.accounts import service, signin
from jointops.accounts.models import ApiToken
from jointops.accounts.passwords import MINIMUM_LENGTH
from jointops.accounts.signin import Refusal
from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import LOCALES, _
from jointops.kernel.policy import ROLE_LABELS
from jointops.rendering import numbers
from jointops.web import language
from jointops.web.errors import FormErrors, form_errors
from jointops.web.page import Notice, flash, page, see_other
from jointops.web.request import SIGN_IN_KEY

TOKEN_DAYS_CHOICES = (30, service.TOKEN_DAYS, service.MAX_TOKEN_DAYS)


@view_config(
    route_name="sign-in",
    request_method="GET",
    renderer="accounts/sign-in.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def sign_in_form(request: Request) -> dict[str, Any] | Response:
    """Ask for e-mail address and password."""
    if request.signed_in is not None:
        return HTTPSeeOther(safe_path(request.GET.get("next", "")))
    return _sign_in_page(request, email="", next_path=safe_path(request.GET.get("next", "")))


@view_config(
    route_name="sign-in",
    request_method="POST",
    renderer="accounts/sign-in.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def sign_in(request: Request) -> dict[str, Any] | Response:
    """Check the password; sign in and go where the reader wanted to, or ask again with one sentence for all causes."""
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    next_path = safe_path(request.POST.get("next", ""))
    outcome = signin.sign_in(request.db, email, password, request_id=request.request_id)
    if isinstance(outcome, Refusal):
        # The failure is counted although the answer refuses.
        request.keep_changes = True
        request.response.status_int = 422
        return _sign_in_page(request, email=email, next_path=next_path, failed=True)
    # A session from before the sign-in may be known to somebody else.
    request.session.invalidate()
    request.session[SIGN_IN_KEY] = outcome
    return HTTPSeeOther(next_path)


@view_config(route_name="sign-out", request_method="POST")
def sign_out(request: Request) -> Response:
    """End this browser's sign-in and go to the sign-in page."""
    signin.end(request.db, request.actor, request.signed_in.sign_in)
    request.session.invalidate()
    return see_other(request, "sign-in", _query={"signed-out": "1"})


@view_config(route_name="account", request_method="GET", renderer="accounts/account.jinja2")
def account(request: Request) -> dict[str, Any]:
    """Show who one is here, and one's API tokens."""
    return _account_page(request)


@view_config(route_name="account.language", request_method="POST", renderer="accounts/account.jinja2")
def choose_language(request: Request) -> dict[str, Any] | Response:
    """Keep the language that one reads here on every device."""
    try:
        service.set_locale(request.db, request.actor, request.POST.get("locale", ""))
    except Invalid as error:
        request.response.status_int = error.status
        return _account_page(request, errors=form_errors(request, error))
    # A language that was chosen on this device before would hide the choice.
    answer = see_other(request, "account", _query={language.PARAMETER: request.POST["locale"]})
    flash(request, "success", _("Your language is kept."))
    return answer


@view_config(route_name="account.tokens", request_method="POST", renderer="accounts/account.jinja2")
def create_token(request: Request) -> dict[str, Any]:
    """Make a token and show it: in this answer and never again, so there is no redirect."""
    person = service.own_account(request.db, request.actor)
    try:
        _token, text = service.create_token(
            request.db,
            request.actor,
            person,
            request.POST.get("name", ""),
            _whole_number(request.POST.get("days", "")),
        )
    except Invalid as error:
        request.response.status_int = error.status
        return _account_page(request, errors=form_errors(request, error))
    return _account_page(request, new_token=text)


@view_config(route_name="account.token", request_method="POST")
def revoke_token(request: Request) -> Response:
    """End a token."""
    number = request.matchdict["id"]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound("token-unknown", _("You have no such token."))
    token = service.revoke_token(request.db, request.actor, int(number))
    flash(request, "success", _("The token “${name}” opens nothing any more.", mapping={"name": token.name}))
    return see_other(request, "account", _anchor="tokens")


@view_config(route_name="account.password", request_method="POST", renderer="accounts/account.jinja2")
def change_password(request: Request) -> dict[str, Any] | Response:
    """Change one's own password, knowing the present one; other browsers are signed out, this one stays."""
    person = service.own_account(request.db, request.actor)
    try:
        signin.confirm_password(person, request.POST.get("current", ""))
        new = request.POST.get("new", "")
        if new != request.POST.get("again", ""):
            raise Invalid([Problem("passwords-differ", _("The two new passwords differ."), "/again")])
        service.set_password(request.db, request.actor, person, new)
    except DomainError as error:
        request.response.status_int = error.status
        return _account_page(request, errors=form_errors(request, error, {"/password": "new"}))
    request.session[SIGN_IN_KEY] = signin.start(request.db, person)
    flash(request, "success", _("Your password is changed. You are signed out everywhere else."))
    return see_other(request, "account")


def safe_path(path: str) -> str:
    """Return ``path`` if it leads to a page of ours, else the first page: nobody is sent to another site."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path or not path.isprintable():
        return "/"
    return path


def _sign_in_page(request: Request, *, email: str, next_path: str, failed: bool = False) -> dict[str, Any]:
    signed_out = "signed-out" in request.GET
    notices = [Notice(request.translate(_("You are signed out.")))] if signed_out else []
    return {
        "page": page(request, _("Sign in"), notices=notices),
        "email": email,
        "next": next_path,
        "failed": failed,
        "attempts": signin.FAILURES_BEFORE_LOCK,
        "minutes": int(signin.LOCK_TIME.total_seconds() // 60),
    }


def _account_page(
    request: Request, *, new_token: str | None = None, errors: FormErrors | None = None
) -> dict[str, Any]:
    person = service.own_account(request.db, request.actor)
    return {
        "page": page(request, _("Your account")),
        "person": person,
        "languages": list(LOCALES.items()),
        "roles": [
            {"role": request.translate(ROLE_LABELS[grant.role]), "scope": grant.scope or None}
            for grant in person.grants
        ],
        "tokens": [
            _token_row(request, token) for token in service.list_tokens(request.db, request.actor, person)
        ],
        "days_choices": [(days, numbers.number(days, request.locale)) for days in TOKEN_DAYS_CHOICES],
        "days": service.TOKEN_DAYS,
        "new_token": new_token,
        "errors": errors or FormErrors((), {}),
        "minimum_length": MINIMUM_LENGTH,
        "form": request.POST,
    }


def _token_row(request: Request, token: ApiToken) -> dict[str, Any]:
    state = "revoked" if token.revoked_at else "good" if service.is_good(token, clock.now()) else "expired"
    return {
        "name": token.name,
        "created": numbers.short_instant(token.created_at, request.locale),
        "expires": numbers.short_instant(token.expires_at, request.locale),
        "state": state,
        "revoke": request.route_path("account.token", id=token.id),
    }


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
