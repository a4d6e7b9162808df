"""Warnings from unit to unit, the feedback on them, and the results they led to."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.warnings")
