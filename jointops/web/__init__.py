"""The HTTP edge, shared by the views and the API of all domains."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the edge: first what requests carry, then who gets in, then pages, API and errors."""
    for part in (
        "request",
        "security",
        "language",
        "templating",
        "assets",
        "headers",
        "compression",
        "navigation",
        "due",
        "api",
        "openapi",
        "errors",
        "home",
        "health",
        "audit",
    ):
        config.include(f"jointops.web.{part}")
    config.scan("jointops.web")
