"""What people say about one task without changing it: questions, answers, and why a mandatory one was not done."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel.errors import Invalid, NotFound
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.tasks import inputs, mandatory, service
from jointops.tasks.views import task_page, whole_number
from jointops.web.errors import form_errors
from jointops.web.page import flash, see_other


@view_config(route_name="operation.task.explain", request_method="POST", renderer="tasks/task.jinja2")
def explain(request: Request) -> dict[str, Any] | Response:
    """Keep why a mandatory task was not done; without a reason, show the task with what is wrong."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    code = request.matchdict["task"]
    try:
        task = mandatory.explain(
            request.db,
            request.actor,
            operation,
            code,
            request.POST.get("text", ""),
            expected_version=whole_number(request.POST.get("version", "")),
        )
    except Invalid as error:
        return _again(request, error, {"/text": "explain-text"})
    flash(request, "success", _("It is kept why ${task} was not done.", mapping={"task": task.code}))
    return see_other(request, "operation.task", code=operation.code, task=task.code)


@view_config(route_name="operation.task.requests", request_method="POST", renderer="tasks/task.jinja2")
def ask(request: Request) -> dict[str, Any] | Response:
    """Ask a unit for input, or show the task with what is wrong."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    code, form = request.matchdict["task"], request.POST
    try:
        asked = inputs.ask(
            request.db,
            request.actor,
            operation,
            code,
            unit=form.get("unit", ""),
            question=form.get("question", ""),
            asking=form.get("asking") or None,
        )
    except Invalid as error:
        return _again(request, error, {"/unit": "ask-unit"})
    flash(request, "success", _("${unit} is asked.", mapping={"unit": asked.unit.code}))
    return see_other(request, "operation.task", code=operation.code, task=code, _anchor="requests")


@view_config(route_name="operation.task.answer", request_method="POST", renderer="tasks/task.jinja2")
def answer(request: Request) -> dict[str, Any] | Response:
    """Answer a question, or show the task with what is wrong."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    code, number = request.matchdict["task"], whole_number(request.matchdict["number"])
    if number is None:
        raise NotFound("request-unknown", _("There is no such question."))
    try:
        inputs.answer(request.db, request.actor, operation, code, number, request.POST.get("answer", ""))
    except Invalid as error:
        return _again(request, error, {"/answer": f"answer-{number}"})
    flash(request, "success", _("Your answer is kept."))
    return see_other(request, "operation.task", code=operation.code, task=code, _anchor="requests")


def _again(request: Request, error: Invalid, fields: dict[str, str]) -> dict[str, Any]:
    request.response.status_int = error.status
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    task = service.find(request.db, request.actor, operation, request.matchdict["task"])
    return task_page(request, operation, task, form_errors(request, error, fields))
