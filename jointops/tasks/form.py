"""The form of a task, new or not: its page, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid
from jointops.kernel.i18n import LOCALES, _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation, ReportingUnit
from jointops.operations.page import operation_page
from jointops.reference.catalogue import catalogue
from jointops.tasks import book, conflicts, display, form_values, service, shown_conflicts
from jointops.tasks.models import Task
from jointops.tasks.service import TaskInput
from jointops.tasks.views import whole_number
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other


@view_config(route_name="operation.tasks.new", request_method="GET", renderer="tasks/form.jinja2")
def new_task(request: Request) -> dict[str, Any]:
    """Show the empty form; its window is the action days."""
    operation = _operation(request, Action.TASK_CREATE)
    values = {"starts_on": operation.starts_on.isoformat(), "ends_on": operation.ends_on.isoformat()}
    return _page(request, operation, None, values, _Ticked())


@view_config(route_name="operation.tasks.new", request_method="POST", renderer="tasks/form.jinja2")
def create_task(request: Request) -> dict[str, Any] | Response:
    """Create a task, or show the form again with what is wrong."""
    operation = _operation(request, Action.TASK_CREATE)
    try:
        given = TaskInput(**form_values.fields(request, operation), code=request.POST.get("code") or None)
        task = service.create(request.db, request.actor, operation, given)
    except Invalid as error:
        return _again(request, operation, None, error)
    flash(request, "success", _("${task} is created.", mapping={"task": task.code}))
    return see_other(request, "operation.task", code=operation.code, task=task.code)


@view_config(route_name="operation.task.edit", request_method="GET", renderer="tasks/form.jinja2")
def edit_task(request: Request) -> dict[str, Any]:
    """Show a task in its form."""
    operation = _operation(request, Action.TASK_UPDATE)
    task = service.find(request.db, request.actor, operation, request.matchdict["task"])
    given = book.as_input(task)
    return _page(
        request,
        operation,
        task,
        _values(task, given),
        _Ticked(frozenset(given.units), frozenset(given.authorities)),
    )


@view_config(route_name="operation.task.edit", request_method="POST", renderer="tasks/form.jinja2")
def save_task(request: Request) -> dict[str, Any] | Response:
    """Change a task, or show the form again with what is wrong."""
    operation = _operation(request, Action.TASK_UPDATE)
    code = request.matchdict["task"]
    try:
        task = service.update(
            request.db,
            request.actor,
            operation,
            code,
            form_values.fields(request, operation),
            expected_version=whole_number(request.POST.get("version", "")),
        )
    except DomainError as error:
        if error.status not in {409, 412, 422}:
            raise
        return _again(request, operation, service.find(request.db, request.actor, operation, code), error)
    flash(request, "success", _("${task} is saved.", mapping={"task": task.code}))
    return see_other(request, "operation.task", code=operation.code, task=task.code)


def _operation(request: Request, action: Action) -> Operation:
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, action, operations.subject(operation))
    return operation


def _values(task: Task, given: TaskInput) -> dict[str, str]:
    place, hours = given.place or {}, given.hours or {}
    return {
        **{f"title-{language}": text for language, text in given.title.items()},
        **{f"instructions-{language}": text for language, text in given.instructions.items()},
        **{f"place-{key}": str(place.get(key, "")) for key in form_values.PLACE},
        **{f"resource-{item.kind}": str(item.quantity) for item in given.resources},
        "depends_on": ", ".join(given.depends_on),
        **{f"hours-{key}": hours.get(key, "") for key in ("since", "until")},
        "kind": given.kind,
        "action_area": given.action_area or "",
        "starts_on": given.starts_on.isoformat(),
        "ends_on": given.ends_on.isoformat(),
        "lead": given.lead or "",
        "mandatory": "true" if given.mandatory else "",
        "version": str(task.version),
    }


def _again(request: Request, operation: Operation, task: Task | None, error: DomainError) -> dict[str, Any]:
    """Show the form as it was sent, with what is wrong, under the status of the refusal."""
    request.response.status_int = error.status
    first = next(iter(LOCALES))
    fields = {"/title": f"title-{first}"}
    fields |= {
        problem.pointer: name
        for problem in error.problems
        for name in ("units", "authorities", "resources", "depends_on")
        if problem.pointer.startswith(f"/{name}")
    }
    errors = form_errors(request, error, fields)
    return _page(request, operation, task, request.POST, _ticked(request), errors)


@dataclass(frozen=True, slots=True)
class _Ticked:
    """The boxes that are ticked: units, types of authority."""

    units: frozenset[str] = frozenset()
    authorities: frozenset[str] = frozenset()


def _ticked(request: Request) -> _Ticked:
    form = request.POST
    return _Ticked(frozenset(form.getall("units")), frozenset(form.getall("authorities")))


def _page(
    request: Request,
    operation: Operation,
    task: Task | None,
    values: Mapping[str, str],
    ticked: _Ticked,
    errors: FormErrors | None = None,
) -> dict[str, Any]:
    tasks = request.route_path("operation.tasks", code=operation.code)
    crumbs = [Link(request.translate(_("Tasks")), tasks)]
    back = tasks
    if task is not None:
        back = request.route_path("operation.task", code=operation.code, task=task.code)
        crumbs.append(Link(task.code, back, data=True))
    findings = []
    if task is not None and errors is None:
        found = conflicts.conflicts_of(request.db, request.actor, operation, task.code)
        findings = [shown_conflicts.shown(request, operation, finding) for finding in found.open]
    title = _("New task") if task is None else _("Change ${task}", mapping={"task": task.code})
    known = catalogue()
    units = [unit for unit in operation.units if unit.in_plan]
    authorities = display.authorities_of(units)
    return {
        "page": operation_page(request, operation, request.translate(title), "tasks", breadcrumbs=crumbs),
        "task": task.code if task else None,
        "values": values,
        "languages": list(LOCALES.items()),
        "kinds": _labelled(request, known.task_types),
        "areas": [
            (area.code, label(area.title, request.locale)) for area in operation.action_areas if area.in_plan
        ],
        "place_kinds": _labelled(request, known.place_kinds),
        "countries": sorted(
            ((code, label(party.labels, request.locale)) for code, party in known.countries.items()),
            key=lambda choice: choice[1],
        ),
        "first_day": operation.first_day.isoformat(),
        "last_day": operation.last_day.isoformat(),
        "zone": operation.time_zone,
        "authorities": [(a.value, display.authority_name(request, a)) for a in authorities],
        "whole": frozenset(request.POST.getall("all")) if request.method == "POST" else frozenset(),
        "grid": _grid(request, operation, authorities, ticked.units),
        "leads": [(unit.code, f"{unit.code} · {label(unit.title, request.locale)}") for unit in units],
        "kinds_of_authority": _labelled(request, known.authority_types),
        "chosen_authorities": ticked.authorities,
        "kinds_of_resource": _labelled(request, known.contribution_kinds),
        "findings": findings,
        "findings_href": request.route_path("operation.tasks.findings", code=operation.code),
        "errors": errors or FormErrors((), {}),
        "back": back,
    }


def _labelled(request: Request, codes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(code, label(entry.labels, request.locale)) for code, entry in codes.items()]


def _grid(
    request: Request, operation: Operation, authorities: list[AuthorityType], chosen: frozenset[str]
) -> list[dict[str, Any]]:
    """Return the participants as rows and the types of authority as columns, with the units where they cross."""
    units: dict[int, list[ReportingUnit]] = {}
    for unit in operation.units:
        if unit.in_plan:
            units.setdefault(unit.participant_id, []).append(unit)
    return [
        {
            "party": participant.party,
            "name": display.party_name(request, participant.party),
            "cells": [
                [
                    {
                        "code": unit.code,
                        "title": label(unit.title, request.locale),
                        "checked": unit.code in chosen,
                    }
                    for unit in units[participant.id]
                    if unit.authority is authority
                ]
                for authority in authorities
            ],
        }
        for participant in operation.participants
        if participant.id in units
    ]
