"""Meetings: agenda, decisions that become tasks, minutes."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.web import related


def includeme(config: Configurator) -> None:
    """Bring the pages and the API of meetings."""
    from jointops.meetings.views import cards, related_to_task

    config.add_route("operation.meetings", "/operations/{code}/meetings")
    config.add_route("operation.meetings.new", "/operations/{code}/meetings/new")
    config.add_route("operation.meeting", "/operations/{code}/meetings/{number}")
    config.add_route("operation.meeting.edit", "/operations/{code}/meetings/{number}/edit")
    config.add_route("operation.meeting.step", "/operations/{code}/meetings/{number}/steps")
    config.add_route("operation.meeting.agenda", "/operations/{code}/meetings/{number}/agenda")
    config.add_route("operation.meeting.attendance", "/operations/{code}/meetings/{number}/attendance")
    config.add_route("operation.meeting.item", "/operations/{code}/meetings/{number}/items/{item}")
    config.add_operation_tab(_("Meetings"), "operation.meetings", order=45, action=Action.MEETING_READ)
    config.add_home_cards(cards, order=35)
    related.add(config, "task", related_to_task)
    config.scan("jointops.meetings")
