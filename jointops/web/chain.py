"""The chain from policy cycle to result and back: a strip on a page says what the thing serves and what serves it.

A domain adds what it knows about a page by its route; several may add to the same one::

    config.add_chain_link("operation.task", links_of_task, order=10)

``links_of_task(request)`` returns a :class:`Strip`, or ``None`` where it has nothing to say. The frame of every page
(``web.page``) asks for it, and the layout draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pyramid.config import Configurator
from pyramid.request import Request

from jointops.kernel.errors import DomainError

SHOWN = 3
"""So many links of one kind stand in the strip at once; the rest are counted, and unfold."""

UNFOLDED = 40
"""So many stand in it at most, unfolded; all of them stand where ``more`` leads."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A neighbour in the chain. ``text`` is data unless ``words``; without ``href`` it is not open to the reader."""

    text: str
    href: str | None = None
    words: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours of one kind. ``title`` is ours, translated; ``more`` leads to all ``count`` of them.

    ``missing`` says, translated, that there should be one and is none; it stands where there is no link, with the way
    to mend that (``remedy``). ``weak`` where it is well without.
    """

    title: str
    links: Sequence[ChainLink] = ()
    more: str | None = None
    count: int | None = None
    missing: str = ""
    remedy: ChainLink | None = None
    weak: bool = False

    @property
    def shown(self) -> Sequence[ChainLink]:
        """The links that stand in the strip."""
        return self.links[:SHOWN]

    @property
    def folded(self) -> Sequence[ChainLink]:
        """The links that stand in the strip once it is unfolded."""
        return self.links[SHOWN:UNFOLDED]

    @property
    def rest(self) -> int:
        """How many do not stand in the strip at once."""
        return (len(self.links) if self.count is None else self.count) - len(self.shown)


@dataclass(frozen=True, slots=True)
class Strip:
    """What a thing serves (``up``) and what serves it (``down``); ``kind`` is our word for it, translated."""

    kind: str = ""
    up: Sequence[Group] = field(default=())
    down: Sequence[Group] = field(default=())


LinkProvider = Callable[[Request], Strip | None]


def includeme(config: Configurator) -> None:
    """Bring the directive by which domains add links."""
    config.registry["chain"] = {}
    config.add_directive("add_chain_link", _add_chain_link)


def strip_of(request: Request) -> Strip | None:
    """Return the strip of the page that is asked for, from all domains in their order; none for forms and errors."""
    route = request.matched_route
    if route is None or request.method != "GET" or getattr(request, "exception", None) is not None:
        return None
    providers = sorted(request.registry.get("chain", {}).get(route.name, ()), key=lambda entry: entry[0])
    strips = [strip for _order, provider in providers if (strip := _asked(provider, request)) is not None]
    if not strips:
        return None
    return Strip(
        next((strip.kind for strip in strips if strip.kind), ""),
        [group for strip in strips for group in strip.up if group.links or group.missing or group.count],
        [group for strip in strips for group in strip.down if group.links or group.missing or group.count],
    )


def _asked(provider: LinkProvider, request: Request) -> Strip | None:
    # What is wrong with the address is the page's to say, not the strip's.
    try:
        return provider(request)
    except DomainError:
        return None


def _add_chain_link(config: Configurator, route: str, provider: LinkProvider, *, order: int = 50) -> None:
    config.action(
        ("chain link", route, provider),
        lambda: config.registry["chain"].setdefault(route, []).append((order, config.maybe_dotted(provider))),
    )
