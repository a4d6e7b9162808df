"""The situation: who has reported, what it adds up to, and what stands behind each figure."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action


def includeme(config: Configurator) -> None:
    """Bring the pages of the situation, their tab, and their API."""
    config.add_route("operation.situation", "/operations/{code}/situation")
    config.add_route("situation.matrix", "/operations/{code}/situation/matrix")
    config.add_route("situation.reports", "/operations/{code}/situation/reports")
    config.add_route("operation.figures", "/operations/{code}/figures")
    config.add_operation_tab(_("Situation"), "operation.situation", order=40, action=Action.SITUATION_READ)
    config.scan("jointops.situation", ignore=["jointops.situation.commands"])
