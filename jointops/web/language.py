"""The language of a page or an answer."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from webob.acceptparse import create_accept_language_header

from jointops.kernel.i18n import LOCALES, PSEUDO_LOCALE, ILocalizer, Translate, localizer, translator

PARAMETER = "lang"
COOKIE = "lang"
_COOKIE_SECONDS = 365 * 24 * 3600


def includeme(config: Configurator) -> None:
    """Bring the choice of the language and the catalogues."""
    config.set_locale_negotiator(negotiate)
    for name in offered(config.registry["settings"].pseudo_locale):
        config.registry.registerUtility(localizer(name), ILocalizer, name=name)
    config.add_request_method(lambda request: request.locale_name, "locale", property=True)
    config.add_request_method(_translate, "translate", reify=True)


def offered(pseudo: bool) -> tuple[str, ...]:
    """Return the codes of the languages one can choose."""
    return (*LOCALES, PSEUDO_LOCALE) if pseudo else tuple(LOCALES)


def negotiate(request: Request) -> str:
    """Return the language's code: the one just chosen, the one chosen before, the person's own, the browser's."""
    choices = offered(request.config.pseudo_locale)
    chosen = _query_value(request)
    if chosen in choices:
        request.add_response_callback(_remember(chosen))
        return chosen
    kept = request.cookies.get(COOKIE)
    if kept in choices:
        return str(kept)
    if not request.is_api and request.signed_in is not None and request.signed_in.locale in choices:
        return str(request.signed_in.locale)
    header = create_accept_language_header(request.headers.get("Accept-Language"))
    default: str = request.config.default_locale
    # The tag that is tried last stands for "whatever you have": the installation's language.
    ordered = [default, *(code for code in choices if code != default)]
    found: str = header.lookup(ordered, default=default) if hasattr(header, "lookup") else default
    return found


def _query_value(request: Request) -> str:
    try:
        return str(request.GET.get(PARAMETER, ""))
    except UnicodeDecodeError:
        return ""


def _remember(locale: str):  # type: ignore[no-untyped-def]
    def set_cookie(request: Request, response: Response) -> None:
        response.set_cookie(
            COOKIE,
            locale,
            max_age=_COOKIE_SECONDS,
            secure=request.config.secure_cookies,
            httponly=True,
            samesite="Lax",
        )

    return set_cookie


def _translate(request: Request) -> Translate:
    return translator(request.locale)
