"""Comparing identifiers that two countries work on without disclosing them, by keyed hashes."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the page and the API of comparing identifiers."""
    config.add_route("operation.matching", "/operations/{code}/matching")
    config.add_route("operation.matching.key", "/operations/{code}/matching/key")
    config.add_route("operation.matching.withdraw", "/operations/{code}/matching/withdraw")
    config.scan("jointops.matching")
