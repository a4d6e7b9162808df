"""Tasks across police, customs and border authorities."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action

# Registers what plans do to tasks: wherever there are tasks, a plan that comes into force spells them out.
from jointops.tasks import planned as planned


def includeme(config: Configurator) -> None:
    """Bring the pages and the API of tasks."""
    from jointops.tasks.views import cards

    config.add_route("operation.tasks", "/operations/{code}/tasks")
    config.include("jointops.tasks.views_many")
    config.add_route("operation.tasks.new", "/operations/{code}/tasks/new")
    config.add_route("operation.tasks.assign", "/operations/{code}/tasks/assign")
    config.add_route("operation.task", "/operations/{code}/tasks/{task}")
    config.add_route("operation.task.edit", "/operations/{code}/tasks/{task}/edit")
    config.add_route("operation.task.assign", "/operations/{code}/tasks/{task}/assign")
    config.add_route("operation.task.cancel", "/operations/{code}/tasks/{task}/cancel")
    config.add_route("operation.task.step", "/operations/{code}/tasks/{task}/steps")
    config.add_operation_tab(_("Tasks"), "operation.tasks", order=20, action=Action.TASK_READ)
    config.add_home_cards(cards, order=30)
    config.scan("jointops.tasks")
