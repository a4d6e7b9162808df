"""Rehearsals: a whole operation run in the exercise space with generated returns."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.rehearsal")
