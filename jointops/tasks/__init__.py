"""Tasks across police, customs and border authorities."""

from __future__ import annotations

from pyramid.config import Configurator

from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations.events import PlanTakenOver

# Registers what plans do to tasks, and what tasks have to say to the end of an operation: wherever there are tasks, a
# plan that comes into force spells them out, and none that is mandatory is forgotten.
from jointops.tasks import mandatory as mandatory
from jointops.tasks import planned as planned


def includeme(config: Configurator) -> None:
    """Bring the pages and the API of tasks."""
    from jointops.tasks.due import due_tasks
    from jointops.tasks.views import cards
    from jointops.tasks.views_conflicts import say_conflicts

    config.add_route("operation.tasks", "/operations/{code}/tasks")
    config.include("jointops.tasks.views_many")
    config.add_route("operation.tasks.new", "/operations/{code}/tasks/new")
    config.add_route("operation.tasks.assign", "/operations/{code}/tasks/assign")
    config.add_route("operation.tasks.bulk", "/operations/{code}/tasks/bulk")
    config.add_route("operation.tasks.import", "/operations/{code}/tasks/import")
    config.add_route("operation.tasks.import.check", "/operations/{code}/tasks/import/check")
    config.add_route("operation.tasks.template", "/operations/{code}/tasks/template")
    config.add_route("operation.tasks.conflicts", "/operations/{code}/tasks/conflicts")
    config.add_route("operation.tasks.findings", "/operations/{code}/tasks/findings")
    config.add_route("operation.task", "/operations/{code}/tasks/{task}")
    config.add_route("operation.task.edit", "/operations/{code}/tasks/{task}/edit")
    config.add_route("operation.task.assign", "/operations/{code}/tasks/{task}/assign")
    config.add_route("operation.task.cancel", "/operations/{code}/tasks/{task}/cancel")
    config.add_route("operation.task.step", "/operations/{code}/tasks/{task}/steps")
    config.add_route("operation.task.explain", "/operations/{code}/tasks/{task}/explanation")
    config.add_route("operation.task.requests", "/operations/{code}/tasks/{task}/requests")
    config.add_route("operation.task.answer", "/operations/{code}/tasks/{task}/requests/{number}/answer")
    config.add_route("operation.orders", "/operations/{code}/orders")
    config.add_route("operation.order", "/operations/{code}/units/{unit}/order")
    config.add_operation_tab(_("Tasks"), "operation.tasks", order=20, action=Action.TASK_READ)
    config.add_home_cards(cards, order=30)
    config.add_due_source(due_tasks)
    config.add_subscriber(say_conflicts, PlanTakenOver)
    config.scan("jointops.tasks", ignore=["jointops.tasks.commands"])
