"""Comparing identifiers that two countries work on without disclosing them, by keyed hashes."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.matching")
