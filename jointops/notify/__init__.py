"""Notices: what people are told, in the application and by e-mail."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the bell, the page of notices and their API."""
    from jointops.notify.views import bell

    config.add_route("notices", "/notices")
    config.add_route("notices.read", "/notices/read")
    config.add_route("notice", "/notices/{id}")
    config.set_bell(bell)
    config.scan("jointops.notify")
