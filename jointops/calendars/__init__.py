"""Calendar feeds (iCalendar) for people, units and operations."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.calendars")
