"""The EU policy cycle."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _


def includeme(config: Configurator) -> None:
    """Bring the pages and the API of policy cycles."""
    config.add_route("cycles", "/policy-cycles")
    config.add_route("cycle", "/policy-cycles/{cycle}")
    config.add_route("cycle.new-action", "/policy-cycles/{cycle}/actions/new")
    config.add_route("cycle.action", "/policy-cycles/{cycle}/actions/{action}")
    config.add_route("cycle.action-state", "/policy-cycles/{cycle}/actions/{action}/state")
    config.add_menu_item(_("Policy cycle"), "cycles", order=40)
    config.scan("jointops.cycles")
