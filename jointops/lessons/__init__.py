"""What earlier operations teach a plan: matching recommendations and what is done with them, proposals, the chain."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.lessons")
