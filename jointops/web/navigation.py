"""What leads where: the main menu, the tabs of an operation, and the cards of the first page, given by the domains.

A domain's ``includeme`` adds its entries::

    config.add_menu_item(_("Operations"), "operations", order=20)
    config.add_operation_tab(_("Tasks"), "operation.tasks", order=40, action=Action.TASK_READ)
    config.add_home_cards(cards_of_tasks, order=20)

The one that tells people things sets the bell in the header: ``config.set_bell(bell_of_notices)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyramid.config import Configurator
from pyramid.request import Request

from jointops.kernel import policy
from jointops.kernel.policy import Action, Actor, Subject


@dataclass(frozen=True, slots=True)
class Link:
    """A translated text that leads somewhere. ``count`` is shown beside it, ``active`` marks where one is."""

    text: str
    href: str | None
    active: bool = False
    count: int | None = None
    data: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the main menu; shown to whom ``visible`` says, if it says anything."""

    text: str
    route: str
    order: int
    visible: Callable[[Actor], bool] | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of an operation; its route has a ``code``. Shown to whom may do ``action`` there."""

    text: str
    route: str
    order: int
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class PlanAction:
    """Something that can be done with an operation's plan: a button on its page that posts to ``route``."""

    text: str
    route: str
    order: int
    action: Action
    hint: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button that posts to ``href``; ``hint`` says what will happen. Both texts are translated."""

    text: str
    href: str
    hint: str


@dataclass(frozen=True, slots=True)
class Card:
    """Something asked of the reader, or worth their look. ``text`` is translated; ``meta`` is data, such as a code.

    ``due`` is an instant, told on the clocks of ``zone``; ``tone`` is ``bad``, ``warn``, ``info`` or ``neutral``.
    """

    text: str
    href: str
    meta: str = ""
    due: datetime | None = None
    tone: str = "info"
    count: int | None = None
    zone: str = "UTC"


CardProvider = Callable[[Request], Sequence[Card]]


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell in the header: how much there is that the reader has not read, and where."""

    count: int
    href: str


BellProvider = Callable[[Request], Bell]


@dataclass(slots=True)
class Navigation:
    """Everything the domains gave, kept in the registry."""

    menu: list[MenuItem] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    cards: list[tuple[int, CardProvider]] = field(default_factory=list)
    plan_actions: list[PlanAction] = field(default_factory=list)
    bell: BellProvider | None = None


def includeme(config: Configurator) -> None:
    """Bring the directives by which domains add their entries."""
    config.registry["navigation"] = Navigation()
    config.include("jointops.web.chain")
    config.add_directive("add_menu_item", _add_menu_item)
    config.add_directive("add_operation_tab", _add_operation_tab)
    config.add_directive("add_home_cards", _add_home_cards)
    config.add_directive("add_plan_action", _add_plan_action)
    config.add_directive("set_bell", _set_bell)


def menu(request: Request) -> list[Link]:
    """Return the main menu as this reader sees it; empty when nobody is signed in."""
    if request.signed_in is None:
        return []
    here = _here(request)
    return [
        Link(request.translate(item.text), href, active=here == href or _is_under(here, href))
        for item in sorted(_navigation(request).menu, key=lambda item: item.order)
        if item.visible is None or item.visible(request.actor)
        for href in [request.route_path(item.route)]
    ]


def operation_tabs(
    request: Request, code: str, subject: Subject, active: str | None = None, **counts: int | None
) -> list[Link]:
    """Return the tabs of the operation ``code`` that this reader may open.

    ``active`` is the name of the open tab's route (by default the tab whose address begins the page's); ``counts``
    gives numbers to show, by the route's last word: ``tasks=3`` for ``operation.tasks``.
    """
    here = _here(request)
    tabs = [
        tab
        for tab in sorted(_navigation(request).tabs, key=lambda tab: tab.order)
        if tab.action is None or policy.allows(request.actor, tab.action, subject)
    ]
    hrefs = {tab.route: request.route_path(tab.route, code=code) for tab in tabs}
    if active is None:
        under = [route for route, href in hrefs.items() if here == href or _is_under(here, href)]
        active = max(under, key=lambda route: len(hrefs[route]), default=None)
    return [
        Link(
            request.translate(tab.text),
            hrefs[tab.route],
            active=tab.route == active,
            count=counts.get(tab.route.rpartition(".")[2]),
        )
        for tab in tabs
    ]


def plan_buttons(request: Request, code: str, subject: Subject) -> list[Button]:
    """Return what this reader may do with the plan of the operation ``code``, beside what operations offer."""
    return [
        Button(
            request.translate(one.text), request.route_path(one.route, code=code), request.translate(one.hint)
        )
        for one in sorted(_navigation(request).plan_actions, key=lambda one: one.order)
        if policy.allows(request.actor, one.action, subject)
    ]


def cards(request: Request) -> list[Card]:
    """Return what is asked of the reader, from all domains in their order."""
    providers = sorted(_navigation(request).cards, key=lambda entry: entry[0])
    return [card for _order, provider in providers for card in provider(request)]


def bell(request: Request) -> Bell | None:
    """Return the bell of whoever is signed in."""
    provider = _navigation(request).bell
    return None if provider is None or request.signed_in is None else provider(request)


def _navigation(request: Request) -> Navigation:
    navigation: Navigation = request.registry["navigation"]
    return navigation


def _here(request: Request) -> str:
    return str(request.environ.get("PATH_INFO", "/"))


def _is_under(here: str, href: str) -> bool:
    return href != "/" and here.startswith(f"{href}/")


def _add_menu_item(
    config: Configurator, text: str, route: str, *, order: int, visible: Callable[[Actor], bool] | None = None
) -> None:
    item = MenuItem(text, route, order, visible)
    config.action(("menu item", route), lambda: config.registry["navigation"].menu.append(item))


def _add_operation_tab(
    config: Configurator, text: str, route: str, *, order: int, action: Action | None = None
) -> None:
    tab = Tab(text, route, order, action)
    config.action(("operation tab", route), lambda: config.registry["navigation"].tabs.append(tab))


def _add_home_cards(config: Configurator, provider: CardProvider, *, order: int) -> None:
    config.action(
        ("home cards", provider), lambda: config.registry["navigation"].cards.append((order, provider))
    )


def _set_bell(config: Configurator, provider: BellProvider) -> None:
    def set_it() -> None:
        config.registry["navigation"].bell = provider

    config.action("bell", set_it)


def _add_plan_action(
    config: Configurator, text: str, route: str, *, order: int, action: Action, hint: str = ""
) -> None:
    entry = PlanAction(text, route, order, action, hint)
    config.action(("plan action", route), lambda: config.registry["navigation"].plan_actions.append(entry))
