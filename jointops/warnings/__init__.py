"""Warnings from unit to unit, the feedback on them, and the results they led to."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.web import related


def includeme(config: Configurator) -> None:
    """Bring the pages and the API of warnings."""
    from jointops.warnings.views import cards, related_to_return, related_to_task

    config.add_route("operation.warnings", "/operations/{code}/warnings")
    config.add_route("operation.warnings.new", "/operations/{code}/warnings/new")
    config.add_route("operation.warning", "/operations/{code}/warnings/{warning}")
    config.add_route("operation.warning.feedback", "/operations/{code}/warnings/{warning}/feedback")
    config.add_route("operation.warning.results", "/operations/{code}/warnings/{warning}/results")
    config.add_route("operation.warning.end", "/operations/{code}/warnings/{warning}/end")
    config.add_operation_tab(_("Warnings"), "operation.warnings", order=25, action=Action.WARNING_LIST)
    config.add_home_cards(cards, order=25)
    related.add(config, "task", related_to_task)
    related.add(config, "return", related_to_return)
    config.scan("jointops.warnings")
