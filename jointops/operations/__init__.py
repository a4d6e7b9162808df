"""Operations and their plans."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action


def includeme(config: Configurator) -> None:
    """Bring the pages of operations, of their plans and participants, and their API."""
    # Imported here, for whoever needs a model or a rule need not load the pages.
    from jointops.operations.views import cards

    config.add_route("operations", "/operations")
    # Codes of operations are in capitals, so that this word is never one of them.
    config.add_route("operations.new", "/operations/new")
    config.add_route("operations.new.template", "/operations/new/template")
    config.add_route("operations.new.file", "/operations/new/file")
    config.add_route("operations.new.copy", "/operations/new/copy")
    config.add_route("operation.plan", "/operations/{code}")
    config.add_route("operation.transition", "/operations/{code}/transitions")
    config.add_route("operation.plan.source", "/operations/{code}/plan/source")
    config.add_route("operation.plan.file", "/operations/{code}/plan/file")
    config.add_route("operation.plan.version", "/operations/{code}/plan/versions/{number}")
    config.add_route("operation.plan.approval", "/operations/{code}/plan/approval")
    config.add_route("operation.plan.amendments", "/operations/{code}/plan/amendments")
    config.add_route("operation.plan.refuse", "/operations/{code}/plan/versions/{number}/refuse")
    config.add_route("operation.plan.again", "/operations/{code}/plan/versions/{number}/again")
    config.add_route("operation.plan.approve", "/operations/{code}/plan/versions/{number}/approve")
    config.add_menu_item(_("Operations"), "operations", order=20)
    config.add_operation_tab(_("Plan"), "operation.plan", order=10, action=Action.OPERATION_READ)
    config.add_home_cards(cards, order=10)
    config.scan("jointops.operations")
