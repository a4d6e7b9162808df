"""The frame of a page: what the layout (templates/layout.jinja2) shows around what a view has to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from jointops.kernel.i18n import LOCALES, PSEUDO_LOCALE, _
from jointops.kernel.policy import ROLE_LABELS
from jointops.web import language, navigation
from jointops.web.assets import asset
from jointops.web.chain import Strip, strip_of
from jointops.web.navigation import Bell, Link

FLASH_KINDS = ("success", "error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the frame shows them."""

    name: str
    role: str
    sign_out: str
    account: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language one can switch to."""

    code: str
    text: str
    href: str
    active: bool


@dataclass(frozen=True, slots=True)
class OperationBand:
    """The operation that the page is about. ``state`` is a translated word, the rest are data.

    Every page of an ``exercise`` says so above everything else.
    """

    code: str
    title: str
    href: str
    state: str = ""
    period: str = ""
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class Marking:
    """How the page may be passed on; all data."""

    tlp: str
    classification: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A translated sentence above the page, with a link if any; ``kind`` is ``info`` or ``warning``."""

    text: str
    kind: str = "info"
    href: str | None = None
    link_text: str | None = None


@dataclass(frozen=True, slots=True)
class Flash:
    """What came of the request before this one, said once."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the layout needs. All texts are translated or data."""

    title: str
    locale: str
    csrf_token: str
    nav: Sequence[Link] = ()
    operation: OperationBand | None = None
    operation_nav: Sequence[Link] = ()
    breadcrumbs: Sequence[Link] = ()
    languages: Sequence[Language] = ()
    person: Person | None = None
    bell: Bell | None = None
    marking: Marking | None = None
    notices: Sequence[Notice] = ()
    flashes: Sequence[Flash] = ()
    footer_nav: Sequence[Link] = ()
    chain: Strip | None = None
    asset: Callable[[str], str] = field(default=asset)


def page(
    request: Request,
    title: str,
    *,
    operation: OperationBand | None = None,
    operation_nav: Sequence[Link] = (),
    breadcrumbs: Sequence[Link] = (),
    marking: Marking | None = None,
    notices: Sequence[Notice] = (),
) -> Page:
    """Return the frame of a page called ``title`` (lazy text is translated)."""
    return Page(
        title=request.translate(title),
        locale=request.locale,
        csrf_token=request.session.get_csrf_token(),
        nav=navigation.menu(request),
        operation=operation,
        operation_nav=operation_nav,
        breadcrumbs=breadcrumbs,
        languages=_languages(request),
        person=_person(request),
        bell=_bell(request),
        marking=marking,
        notices=notices,
        flashes=_flashes(request),
        footer_nav=_footer(request),
        chain=strip_of(request),
    )


def flash(request: Request, kind: str, text: str) -> None:
    """Say ``text`` (lazy text is translated now) on the next page; ``kind`` is one of :data:`FLASH_KINDS`."""
    request.session.flash(request.translate(text), kind)


def see_other(request: Request, route: str, /, **values: object) -> HTTPSeeOther:
    """Return the answer to a form that was accepted: go and look there. ``_query`` and ``_anchor`` work as usual."""
    return HTTPSeeOther(request.route_path(route, **values))


def _languages(request: Request) -> list[Language]:
    names = dict(LOCALES)
    if request.config.pseudo_locale:
        names[PSEUDO_LOCALE] = "⟦qps⟧"
    return [
        Language(code, text, _with_language(request, code), code == request.locale)
        for code, text in names.items()
    ]


def _with_language(request: Request, code: str) -> str:
    try:
        kept = [(key, value) for key, value in request.GET.items() if key != language.PARAMETER]
        path = request.path
    except UnicodeDecodeError:
        kept, path = [], "/"
    if request.method not in {"GET", "HEAD"}:
        # A form's own address may take nothing but a POST: the switch leads to the first page.
        kept, path = [], request.route_path("home")
    return f"{path}?{urlencode([*kept, (language.PARAMETER, code)])}"


def _person(request: Request) -> Person | None:
    identity = request.signed_in
    if identity is None:
        return None
    roles = []
    for grant in identity.grants:
        text = request.translate(ROLE_LABELS[grant.role])
        roles.append(f"{text} · {grant.scope}" if grant.scope else text)
    return Person(
        name=identity.name,
        role=", ".join(roles[:2]) + (" …" if len(roles) > 2 else ""),
        sign_out=request.route_path("sign-out"),
        account=request.route_path("account"),
    )


def _bell(request: Request) -> Bell | None:
    # A page about a failed commit is made after the transaction of the request: it does without.
    return navigation.bell(request) if "tm.active" in request.environ else None


def _flashes(request: Request) -> list[Flash]:
    return [Flash(kind, text) for kind in FLASH_KINDS for text in request.session.pop_flash(kind)]


def _footer(request: Request) -> list[Link]:
    if request.signed_in is None:
        return []
    return [Link(request.translate(_("API for your own software")), request.route_path("api.docs"))]
