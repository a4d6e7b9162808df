"""What the form of a task says, as it was sent: read for saving, or only looked at while it is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pyramid.request import Request
from webob.multidict import MultiDict

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import LOCALES, _
from jointops.operations.models import Operation
from jointops.operations.plandoc import TaskResource
from jointops.reference.catalogue import catalogue
from jointops.tasks.checking import tidied
from jointops.tasks.service import TaskInput
from jointops.tasks.views import whole_number

PLACE = ("kind", "name", "country", "lat", "lon")

MOST_CODES = 200
"""Codes that are read of one field."""


def typed(request: Request, operation: Operation) -> TaskInput | None:
    """Return what stands in the form while it is typed; ``None`` as long as it has no days."""
    try:
        return tidied(TaskInput(**fields(request, operation)))
    except Invalid:
        return None


def codes(text: str) -> tuple[str, ...]:
    """Return the codes in a text, in its order, parted by commas, semicolons or spaces."""
    return tuple(code for code in re.split(r"[,;\s]+", text) if code)[:MOST_CODES]


def fields(request: Request, operation: Operation) -> dict[str, Any]:
    """Read what a task says from the form. Raises :class:`Invalid` with code ``bad-day`` for a day that is none."""
    form = request.POST
    days: dict[str, date] = {}
    problems = []
    for name in ("starts_on", "ends_on"):
        try:
            days[name] = date.fromisoformat(form.get(name, "").strip())
        except ValueError:
            message = _("Write the day as year, month and day, such as 2027-06-30.")
            problems.append(Problem("bad-day", message, f"/{name}"))
    if problems:
        raise Invalid(problems)
    place = {key: form.get(f"place-{key}", "").strip() for key in PLACE}
    hours = {key: form.get(f"hours-{key}", "").strip()[:5] for key in ("since", "until")}
    return {
        "title": _texts(form, "title"),
        "instructions": _texts(form, "instructions"),
        "kind": form.get("kind", ""),
        "action_area": form.get("action_area") or None,
        "place": place if any(place.values()) else None,
        "hours": hours if any(hours.values()) else None,
        "mandatory": "mandatory" in form,
        "authorities": tuple(form.getall("authorities")),
        "resources": _resources(form),
        "depends_on": codes(form.get("depends_on", "")),
        "units": _chosen(request, operation),
        "lead": form.get("lead") or None,
        **days,
    }


def _resources(form: MultiDict[str, str]) -> tuple[TaskResource, ...]:
    """Read how much of each kind is needed. What is no whole number is read as one that is refused."""
    found = []
    for kind in catalogue().contribution_kinds:
        text = form.get(f"resource-{kind}", "").strip()
        if text:
            found.append(TaskResource(kind=kind, quantity=whole_number(text) or 0))
    return tuple(found)


def _chosen(request: Request, operation: Operation) -> tuple[str, ...]:
    """Return the units that are ticked, one by one or with all of their type of authority, in the plan's order."""
    single, whole = set(request.POST.getall("units")), set(request.POST.getall("all"))
    known = [unit for unit in operation.units if unit.in_plan]
    chosen = [unit.code for unit in known if unit.code in single or unit.authority.value in whole]
    return (*chosen, *sorted(single - {unit.code for unit in known}))


def _texts(form: Mapping[str, str], name: str) -> dict[str, str]:
    return {language: form.get(f"{name}-{language}", "") for language in LOCALES}
