"""Calendar feeds (iCalendar) for people, units and operations."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the feed behind secret addresses, the page that gives them out, and the API."""
    config.add_route("calendar.feed", "/calendar/{token}.ics")
    config.add_route("account.calendar", "/account/calendar")
    config.scan("jointops.calendars")
