"""Consultation: invitations with a deadline, answers, contact points, contributions pledged and brought."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.consultation import service as service
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action


def includeme(config: Configurator) -> None:
    """Bring the page of the consultation, the participants' answers and contributions, and their API."""
    from jointops.consultation.cards import cards

    config.add_route("operation.consultation", "/operations/{code}/consultation")
    config.add_route("operation.consultation.deadline", "/operations/{code}/consultation/deadline")
    config.add_route("operation.consultation.reminders", "/operations/{code}/consultation/reminders")
    config.add_route("operation.answer", "/operations/{code}/participants/{party}")
    config.add_route("operation.contributions", "/operations/{code}/participants/{party}/contributions")
    config.add_operation_tab(
        _("Consultation"), "operation.consultation", order=15, action=Action.OPERATION_READ
    )
    config.add_home_cards(cards, order=5)
    config.scan("jointops.consultation")
