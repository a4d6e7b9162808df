"""Meetings: agenda, decisions that become tasks, minutes."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.meetings")
