"""Notices to people: in the application, and by e-mail where a server is configured."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.notify")
