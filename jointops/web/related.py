"""What else has to do with a record: links that other domains put on its page.

A domain below knows nothing of those above it. One above says in its ``includeme``::

    related.add(config, "task", related_to_task)

and the page of the record asks for ``related.links(request, "task", operation, task)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request


@dataclass(frozen=True, slots=True)
class Related:
    """One link: ``text`` (translated) says how the two have to do with each other, ``title`` (data) what it is."""

    text: str
    title: str
    href: str


Provider = Callable[..., list[Related]]


def add(config: Configurator, kind: str, provider: Provider) -> None:
    """Have ``provider(request, …)`` asked on every page of a record of this kind."""
    providers: dict[str, list[Provider]] = config.registry.setdefault("related", {})
    providers.setdefault(kind, []).append(provider)


def links(request: Request, kind: str, *record: Any) -> list[Related]:
    """Return what else has to do with a record, as far as the reader may know of it."""
    providers: dict[str, list[Provider]] = request.registry.get("related", {})
    return [link for provider in providers.get(kind, ()) for link in provider(request, *record)]
