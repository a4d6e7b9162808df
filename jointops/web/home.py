"""The first page: what is asked of the reader today."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.i18n import _
from jointops.rendering import numbers
from jointops.web import navigation
from jointops.web.navigation import Card
from jointops.web.page import page


def includeme(config: Configurator) -> None:
    """Bring the first page and its place in the menu."""
    config.add_route("home", "/")
    config.add_menu_item(_("Today"), "home", order=0)


@view_config(route_name="home", request_method="GET", renderer="web/home.jinja2")
def home(request: Request) -> dict[str, Any]:
    """Show what the domains say is asked of the reader."""
    return {
        "page": page(request, _("Asked of you today")),
        "asked": [_item(request, card) for card in navigation.cards(request)],
    }


def _item(request: Request, card: Card) -> dict[str, Any]:
    text = request.translate(card.text)
    return {
        "text": text,
        "href": card.href,
        "meta": "" if card.meta in text else card.meta,
        "due": None if card.due is None else numbers.short_instant(card.due, request.locale, card.zone),
        "tone": card.tone,
        "count": card.count,
    }
