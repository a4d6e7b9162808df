"""What the views of many tasks share: which tasks the address asks for, the fields for it, the links between views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pyramid.request import Request

from jointops.kernel import policy
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.tasks import display, rules
from jointops.tasks.rows import NO_AREA, Row, Unit, Wanted
from jointops.web.navigation import Link

OVERDUE = "overdue"
"""Stands among the states in addresses: what is overdue, whatever its state."""

VIEWS: Sequence[tuple[str, str, Action]] = (
    (_("Table"), "operation.tasks", Action.TASK_READ),
    (_("Board"), "operation.tasks.board", Action.TASK_READ),
    (_("Matrix"), "operation.tasks.matrix", Action.TASK_READ),
    (_("Timeline"), "operation.tasks.timeline", Action.TASK_READ),
    (_("Map"), "operation.tasks.map", Action.TASK_READ),
    (_("Conflicts"), "operation.tasks.conflicts", Action.TASK_READ),
    (_("Import"), "operation.tasks.import", Action.TASK_CREATE),
)
"""The views of an operation's tasks with their routes and the right each takes, in the order of the bar."""

TEXT_LENGTH = 100
DAYS_OFFERED = 62
"""More action days than this are not offered one by one: the address takes any day all the same."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The fields above a view: the choices of each, what is chosen, and where the whole view is."""

    choices: Mapping[str, Sequence[tuple[str, str]]]
    chosen: Mapping[str, Any]
    reset: str
    active: int
    action: str


def wanted_of(request: Request) -> Wanted:
    """Return which tasks the address asks for; what it does not say, or says wrongly, does not limit."""
    given = {
        name: request.GET.get(name, "").strip()
        for name in ("state", "area", "party", "authority", "unit", "kind")
    }
    overdue = given["state"] == OVERDUE
    return Wanted(
        **{**given, "state": "" if overdue else given["state"]},
        text=request.GET.get("text", "").strip()[:TEXT_LENGTH],
        day=day_of(request.GET.get("day", "")),
        mandatory=bool(request.GET.get("mandatory")),
        overdue=overdue or bool(request.GET.get("overdue")),
    )


def query_of(wanted: Wanted) -> dict[str, str]:
    """Return the address's parameters that ask for the same tasks; empty where all are wanted."""
    return {
        name: value
        for name, value in {
            "text": wanted.text,
            "state": wanted.state,
            "area": wanted.area,
            "party": wanted.party,
            "authority": wanted.authority,
            "unit": wanted.unit,
            "kind": wanted.kind,
            "day": wanted.day.isoformat() if wanted.day else "",
            "mandatory": "1" if wanted.mandatory else "",
            "overdue": "1" if wanted.overdue else "",
        }.items()
        if value
    }


def address(request: Request, operation: Operation, route: str, wanted: Wanted, **more: object) -> str:
    """Return the address of a view of the wanted tasks; ``more`` are further parameters, those of none left out."""
    query = {
        **query_of(wanted),
        **{name: str(value) for name, value in more.items() if value not in (None, "")},
    }
    return str(request.route_path(route, code=operation.code, _query=query or None))


def links(request: Request, operation: Operation, active: str, wanted: Wanted) -> list[Link]:
    """Return the bar of views, the filter carried from one to another; ``active`` is the open one's route."""
    subject = operations.subject(operation)
    return [
        Link(request.translate(text), address(request, operation, route, wanted), active=route == active)
        for text, route, action in VIEWS
        if policy.allows(request.actor, action, subject)
    ]


def filter_of(
    request: Request,
    operation: Operation,
    route: str,
    wanted: Wanted,
    units: Sequence[Unit],
    rows: Sequence[Row],
) -> Filter:
    """Return the fields above the view at ``route``: only what occurs among the operation's tasks is offered."""
    chosen = {**query_of(wanted), "mandatory": wanted.mandatory, "overdue": wanted.overdue}
    return Filter(
        choices=_choices(request, operation, units, rows),
        chosen={name: chosen.get(name, "") for name in (*_FIELDS, "mandatory", "overdue")},
        reset=request.route_path(route, code=operation.code),
        active=len(query_of(wanted)),
        action=request.route_path(route, code=operation.code),
    )


def without(wanted: Wanted, *names: str) -> Wanted:
    """Return what is wanted without some of its limits."""
    nothing = Wanted()
    return replace(wanted, **{name: getattr(nothing, name) for name in names})


_FIELDS = ("text", "state", "area", "party", "authority", "unit", "kind", "day")


def _choices(
    request: Request, operation: Operation, units: Sequence[Unit], rows: Sequence[Row]
) -> dict[str, list[tuple[str, str]]]:
    language = request.locale
    used = {part.unit.code for row in rows for part in row.parts}
    there = [unit for unit in units if unit.code in used]
    areas = {row.area.code: row.area for row in rows if row.area}
    known = catalogue()
    kinds = {row.kind for row in rows}
    return {
        "state": [(state, request.translate(text)) for state, text in rules.STATE_LABELS.items()],
        "area": [
            *(
                (area.code, label(area.title, language))
                for area in sorted(areas.values(), key=lambda area: area.position)
            ),
            *(
                [(NO_AREA, request.translate(_("No action area")))]
                if any(row.area is None for row in rows)
                else []
            ),
        ],
        "party": sorted(
            {(unit.party, display.party_name(request, unit.party)) for unit in there},
            key=lambda choice: choice[1],
        ),
        "authority": [
            (authority.value, display.authority_name(request, authority))
            for authority in AuthorityType
            if any(unit.authority is authority for unit in there)
        ],
        "unit": sorted((unit.code, unit.code) for unit in there),
        "kind": [
            (code, label(known.task_types[code].labels, language))
            for code in known.task_types
            if code in kinds
        ],
        "day": _days(operation, rows, language),
    }


def _days(operation: Operation, rows: Sequence[Row], language: str) -> list[tuple[str, str]]:
    first = min([operation.starts_on, *(row.starts_on for row in rows)])
    last = max([operation.ends_on, *(row.ends_on for row in rows)])
    if (last - first).days >= DAYS_OFFERED:
        first, last = (
            operation.starts_on,
            min(operation.ends_on, operation.starts_on + timedelta(DAYS_OFFERED - 1)),
        )
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return [
        (day.isoformat(), f"{numbers.weekday(day, language)} {numbers.axis_day(day, language)}")
        for day in days
    ]


def day_of(text: str) -> date | None:
    """Return a day that the address names, ``None`` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
