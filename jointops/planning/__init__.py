"""The planning workspace: the sections of a plan on working pages, drafts, comments, comparison, change log."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.planning")
