"""Meetings: agenda, decisions that become tasks, minutes."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.add_route("operation.meetings", "/operations/{code}/meetings")
    config.add_route("operation.meetings.new", "/operations/{code}/meetings/new")
    config.add_route("operation.meeting", "/operations/{code}/meetings/{number}")
    config.scan("jointops.meetings")
