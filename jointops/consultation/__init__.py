"""Invitations, answers, contact points and contributions of participants, pledged and actual."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.scan("jointops.consultation")
