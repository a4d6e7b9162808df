"""The first page: what is asked of the reader today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.i18n import _
from jointops.rendering import numbers
from jointops.web import navigation
from jointops.web.navigation import Card
from jointops.web.page import page

HomePart = Callable[[Request], dict[str, Any] | None]
"""Gives what a domain's part of the first page shows, ``None`` where that is nothing today."""


def includeme(config: Configurator) -> None:
    """Bring the first page and its place in the menu, and the directive by which domains add a part of it."""
    config.registry["home parts"] = []
    config.add_directive("add_home_part", _add_home_part)
    config.add_route("home", "/")
    config.add_menu_item(_("Today"), "home", order=0)


@view_config(route_name="home", request_method="GET", renderer="web/home.jinja2")
def home(request: Request) -> dict[str, Any]:
    """Show what the domains say is asked of the reader."""
    return {
        "page": page(request, _("Asked of you today")),
        "asked": [_item(request, card) for card in navigation.cards(request)],
        "parts": [
            {"template": template, **shown}
            for template, part in request.registry["home parts"]
            if (shown := part(request)) is not None
        ],
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


def _add_home_part(config: Configurator, template: str, part: HomePart) -> None:
    entry = (template, part)
    config.action(("home part", template), lambda: config.registry["home parts"].append(entry))
