"""Many tasks changed together: what is to change, a summary of what would come of it, and the change itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import operation_page
from jointops.rendering import numbers
from jointops.tasks import many, rules, service
from jointops.tasks.form_values import codes
from jointops.tasks.many import ManyChanges, Outcome
from jointops.web.errors import FormErrors, form_errors
from jointops.web.navigation import Link
from jointops.web.page import flash, see_other

SHOWN = 200
"""Tasks that the summary names; the others are counted."""

NONE = "-"
"""Chosen where a field is to be emptied; an empty choice leaves it as it is."""

FIELDS = (
    "action_area",
    "starts_on",
    "ends_on",
    "shift",
    "lead",
    "add_units",
    "remove_units",
    "mandatory",
    "assign",
    "cancel",
)

FIELD_LABELS = {
    "action_area": _("Action area"),
    "starts_on": _("First day"),
    "ends_on": _("Last day"),
    "lead": _("Leading unit"),
    "units": _("Units"),
    "mandatory": _("Mandatory"),
}


@view_config(route_name="operation.tasks.bulk", request_method="POST", renderer="tasks/bulk.jinja2")
def change_tasks(request: Request) -> dict[str, Any] | Response:
    """Show the form for the ticked tasks; then what would come of it; then change them, all or none."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    policy.require(request.actor, Action.TASK_UPDATE, operations.subject(operation))
    step = request.POST.get("step", "")
    chosen = request.POST.getall("task")
    if not chosen:
        flash(request, "warning", _("Tick at least one task first."))
        return see_other(request, "operation.tasks", code=operation.code)
    if step not in {"check", "do"}:
        return _page(request, operation, chosen)
    try:
        changes = _changes(request)
        if step == "check":
            foreseen = many.foresee(request.db, request.actor, operation, chosen, changes)
            return _page(request, operation, chosen, foreseen=foreseen)
        done = many.change_many(request.db, request.actor, operation, chosen, changes)
    except Invalid as error:
        request.response.status_int = error.status
        return _page(request, operation, chosen, errors=form_errors(request, error))
    changed = sum(outcome.does_something for outcome in done)
    flash(request, "success", _("Tasks changed: ${count}.", mapping={"count": changed}))
    return see_other(request, "operation.tasks", code=operation.code)


def _changes(request: Request) -> ManyChanges:
    """Read the form. Raises :class:`Invalid` for days and numbers that are none."""
    form, problems = request.POST, []
    days: dict[str, date | None] = {}
    for name in ("starts_on", "ends_on"):
        text = form.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            message = _("Write the day as year, month and day, such as 2027-06-30.")
            problems.append(Problem("bad-day", message, f"/{name}"))
    shift = form.get("shift", "").strip().replace("−", "-") or "0"
    if not shift.lstrip("+-").isascii() or not shift.lstrip("+-").isdigit() or len(shift) > 5:
        message = _("Write a whole number of days, such as 2 or -1.")
        problems.append(Problem("not-a-number", message, "/shift"))
    if problems:
        raise Invalid(problems)
    mandatory = form.get("mandatory", "")
    return ManyChanges(
        **days,
        shift=int(shift),
        action_area=_emptied(form.get("action_area", "")),
        lead=_emptied(form.get("lead", "")),
        add_units=codes(form.get("add_units", "")),
        remove_units=codes(form.get("remove_units", "")),
        mandatory={"yes": True, "no": False}.get(mandatory),
        assign="assign" in form,
        cancel=form.get("cancel", "") if "cancel-them" in form else None,
    )


def _emptied(chosen: str) -> str | None:
    return "" if chosen == NONE else chosen or None


def _page(
    request: Request,
    operation: Operation,
    chosen: Sequence[str],
    *,
    foreseen: Sequence[Outcome] | None = None,
    errors: FormErrors | None = None,
) -> dict[str, Any]:
    tasks = request.route_path("operation.tasks", code=operation.code)
    title = _("Change several tasks")
    units = [
        (unit.code, f"{unit.code} · {label(unit.title, request.locale)}")
        for unit in operation.units
        if unit.in_plan
    ]
    form = request.POST
    return {
        "page": operation_page(
            request,
            operation,
            title,
            "tasks",
            breadcrumbs=[Link(request.translate(_("Tasks")), tasks)],
        ),
        "chosen": list(dict.fromkeys(chosen)),
        "values": form,
        "kept": [(name, form[name]) for name in (*FIELDS, "cancel-them") if form.get(name)],
        "areas": [
            (NONE, request.translate(_("None"))),
            *(
                (area.code, label(area.title, request.locale))
                for area in operation.action_areas
                if area.in_plan
            ),
        ],
        "leads": [(NONE, request.translate(_("None"))), *units],
        "first_day": operation.first_day.isoformat(),
        "last_day": operation.last_day.isoformat(),
        "may_assign": policy.allows(request.actor, Action.TASK_ASSIGN, operations.subject(operation)),
        "summary": None if foreseen is None else _summary(request, foreseen),
        "errors": errors or FormErrors((), {}),
        "text_length": rules.TEXT_LENGTH,
        "href": request.route_path("operation.tasks.bulk", code=operation.code),
        "back": tasks,
    }


def _summary(request: Request, foreseen: Sequence[Outcome]) -> dict[str, Any]:
    wrong = [outcome for outcome in foreseen if outcome.problems]
    changing = [outcome for outcome in foreseen if outcome.does_something and not outcome.problems]
    return {
        "rows": [_row(request, outcome) for outcome in [*wrong, *changing][:SHOWN]],
        "changing": len(changing),
        "wrong": len(wrong),
        "same": len(foreseen) - len(changing) - len(wrong),
        "hidden": max(0, len(wrong) + len(changing) - SHOWN),
        "possible": bool(changing) and not wrong,
    }


def _row(request: Request, outcome: Outcome) -> dict[str, Any]:
    task = outcome.task
    changes = [
        {
            "field": request.translate(FIELD_LABELS[name]),
            "before": _value(request, name, before),
            "after": _value(request, name, after),
        }
        for name, (before, after) in outcome.changed.items()
        if name in FIELD_LABELS
    ]
    return {
        "code": task.code,
        "title": label(task.title, request.locale),
        "href": request.route_path("operation.task", code=task.operation.code, task=task.code),
        "state": service.state_of(task).value,
        "changes": changes,
        "assigned": ", ".join(outcome.assigned),
        "cancelled": outcome.cancelled,
        "problems": [request.translate(problem.message) for problem in outcome.problems],
    }


def _value(request: Request, name: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if name == "mandatory":
        return str(request.translate(_("Yes") if value else _("No")))
    if name in {"starts_on", "ends_on"}:
        return numbers.short_day(date.fromisoformat(value), request.locale)
    return ", ".join(value) if isinstance(value, list) else str(value)
