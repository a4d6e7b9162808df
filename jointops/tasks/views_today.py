"""The page of the day: everything that is asked of the reader, over all operations; its first lines on the home one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.rendering import numbers
from jointops.tasks import display, pressing, service, today
from jointops.tasks.due import end_of
from jointops.tasks.models import TaskAssignment
from jointops.web.due import DueItem, due_items
from jointops.web.page import page

FIRST = 20
"""Of each group so many are shown at first."""

MOST = 300
ON_THE_FIRST_PAGE = 5

SHOWN = ("assigned", "accepted", "under-way", "return", "input")
"""What the reader can narrow the list to: a state of a part in a task, or another kind of thing."""

_WHEN = {
    today.When.OVERDUE: _("Overdue"),
    today.When.TODAY: _("Today"),
    today.When.COMING: _("Coming"),
}

_KINDS = {"return": _("Returns"), "input": _("Questions")}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked: a part in a task, or what another source says is due."""

    kind: str
    when: today.When
    due: datetime | None
    part: TaskAssignment | None
    item: DueItem | None


@view_config(route_name="tasks", request_method="GET", renderer="tasks/today.jinja2")
def show_today(request: Request) -> dict[str, Any]:
    """Show what is asked of the reader: what is overdue first, then what is for today, then what is coming."""
    every = _asked(request)
    show = request.GET.get("show", "")
    found = [asked for asked in every if show not in SHOWN or asked.kind == show]
    first = MOST if request.GET.get("all") else FIRST
    here = {"show": show} if show in SHOWN else {}
    return {
        "page": page(request, _("My tasks today")),
        "kinds": _kinds(request, every, show),
        "groups": [
            {
                "when": group.when.value,
                "text": request.translate(_WHEN[group.when]),
                "total": group.total,
                "hidden": group.total - len(group.items),
                "items": [_shown(request, asked) for asked in group.items],
            }
            for group in today.grouped(found, lambda asked: asked.when, first)
        ],
        "more_href": request.route_path("tasks", _query={**here, "all": "1"}),
        "coordinated": pressing.shown(request),
        "speaks": bool(request.actor.parties or request.actor.units),
        "back": "today",
    }


def first_lines(request: Request) -> dict[str, Any] | None:
    """Return the first lines of the day for the first page; ``None`` where nothing is asked."""
    every = [asked for asked in _asked(request) if asked.when is not today.When.COMING]
    if not every:
        return None
    return {
        "items": [_shown(request, asked) for asked in every[:ON_THE_FIRST_PAGE]],
        "total": len(every),
        "csrf_token": request.session.get_csrf_token(),
        "href": request.route_path("tasks"),
    }


def _asked(request: Request) -> list[Asked]:
    now = clock.now()
    found = []
    for part in service.asked_of(request.db, request.actor):
        operation = part.task.operation
        due = end_of(operation, part.task)
        moment = today.when(part.task.starts_on, due, now, operation.time_zone)
        found.append(Asked(part.state.value, moment, due, part, None))
    for item in due_items(request):
        if item.kind != "task":
            moment = today.When.OVERDUE if item.overdue else today.when(None, item.due, now, item.zone)
            found.append(Asked(item.kind, moment, item.due, None, item))
    order = list(today.When)
    never = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(found, key=lambda asked: (order.index(asked.when), asked.due or never))


def _kinds(request: Request, every: list[Asked], show: str) -> list[dict[str, Any]]:
    """Return what the list can be narrowed to, each with how much there is of it."""
    counted = Counter(asked.kind for asked in every)
    words = {state: display.tag(request, state).text for state in ("assigned", "accepted", "under-way")}
    words |= {kind: request.translate(text) for kind, text in _KINDS.items()}
    narrowed = [
        {
            "text": words[kind],
            "href": request.route_path("tasks", _query={"show": kind}),
            "active": kind == show,
            "count": counted[kind],
        }
        for kind in SHOWN
        if counted[kind]
    ]
    whole = {
        "text": request.translate(_("All")),
        "href": request.route_path("tasks"),
        "active": show not in SHOWN,
        "count": len(every),
    }
    return [whole, *narrowed] if len(narrowed) > 1 or show in SHOWN else []


def _shown(request: Request, asked: Asked) -> dict[str, Any]:
    if asked.part is not None:
        operation = asked.part.task.operation
        row = display.unit_row(request, operation, asked.part)
        return {
            **row,
            "kind": "task",
            "operation": operation.code,
            "place": display.place(request, asked.part.task),
            "mandatory": asked.part.task.mandatory,
            "late": asked.when is today.When.OVERDUE,
        }
    item = asked.item
    assert item is not None
    return {
        "kind": item.kind,
        "id": f"{item.operation}-{item.kind}-{item.code}-{item.unit}",
        "operation": item.operation,
        "task": "",
        "title": item.title,
        "href": item.href,
        "unit": item.unit,
        "window": numbers.short_instant(item.due, request.locale, item.zone) if item.due else "",
        "state": display.Tag(item.state, item.state_text, item.tone, item.icon or "dot"),
        "late": asked.when is today.When.OVERDUE,
    }
