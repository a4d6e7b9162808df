"""Tasks as the pages show them: plain view models, with everything in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pyramid.request import Request

from jointops.kernel import clock
from jointops.kernel.i18n import _, label
from jointops.operations.models import AuthorityType, Operation, ReportingUnit
from jointops.operations.rules import today
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.tasks import book, rules, service
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskLogEntry

CHIPS_SHOWN = 12
"""With more units than this in one cell their chips are folded away behind the count of each state."""

MARKS: Mapping[str, tuple[str, str]] = {
    "proposed": ("neutral", "due"),
    "assigned": ("accent", "ring"),
    "accepted": ("info", "check"),
    "under-way": ("info", "half"),
    "done": ("good", "ok"),
    "declined": ("bad", "cross"),
    "cancelled": ("muted", "none"),
}
"""Tone and icon of each state; every state has its own icon, so that it is told apart without colour."""

LOG_LABELS: Mapping[str, str] = {
    **rules.STATE_LABELS,
    book.CREATED: _("Task created"),
    book.CHANGED: _("Task changed"),
    book.CANCELLED: _("Cancelled"),
    book.REOPENED: _("Task taken up again"),
    book.EXPLAINED: _("Explained why it was not done"),
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A state: its word, tone and icon."""

    state: str
    text: str
    tone: str
    icon: str


def tag(request: Request, state: str) -> Tag:
    """Return a task's or an assignment's state as the pages show it."""
    tone, icon = MARKS[state]
    return Tag(state, request.translate(rules.STATE_LABELS[state]), tone, icon)


def key(request: Request) -> list[Tag]:
    """Return every state with its mark, for the key of a table."""
    return [tag(request, state) for state in MARKS]


def window(request: Request, task: Task) -> str:
    """Return a task's days, and its hours where it has any."""
    days = numbers.day_range(task.starts_on, task.ends_on, request.locale)
    return f"{days}, {task.hours['since']}–{task.hours['until']}" if task.hours else days


def place(request: Request, task: Task) -> str | None:
    """Return where a task is done, in one line; ``None`` where the task does not say."""
    if not task.place:
        return None
    known = catalogue()
    told = str(task.place.get("kind", ""))
    # "Other place" says no more than nothing.
    kind = known.place_kinds.get(told) if told != "other" else None
    country = known.parties.get(str(task.place.get("country", "")))
    parts = [
        str(task.place.get("name", "")) or (label(kind.labels, request.locale) if kind else ""),
        label(country.labels, request.locale) if country else "",
    ]
    return ", ".join(part for part in parts if part) or None


def coordinates(task: Task) -> str | None:
    """Return where a task's place lies, as degrees; ``None`` where the task does not say."""
    lat, lon = ((task.place or {}).get(name) for name in ("lat", "lon"))
    return f"{lat}, {lon}" if lat and lon else None


def needs(request: Request, task: Task) -> tuple[list[str], list[str]]:
    """Return the types of authority and the resources that a task needs, each in words."""
    known = catalogue()
    authorities = [label(known.authority_types[code].labels, request.locale) for code in task.authorities]
    resources = [
        f"{numbers.number(item['quantity'], request.locale)} {label(kind.labels, request.locale)}"
        for item in task.resources
        if (kind := known.contribution_kinds.get(item["kind"]))
    ]
    return authorities, resources


def party_name(request: Request, party: str) -> str:
    """Return the name of a country, or the short name of an agency or partner."""
    known = catalogue().parties.get(party)
    if known is None:
        return party
    return label(known.labels, request.locale) if known.kind == "country" else known.short


def authority_name(request: Request, authority: AuthorityType) -> str:
    """Return the word for a type of authority."""
    return label(catalogue().authority_types[authority.value].labels, request.locale)


def authorities_of(units: Iterable[ReportingUnit]) -> list[AuthorityType]:
    """Return the types of authority among ``units``, in the order of the enumeration."""
    present = {unit.authority for unit in units}
    return [authority for authority in AuthorityType if authority in present]


def reason(request: Request, text: str) -> str:
    """Return a reason: what somebody wrote, or ours in the reader's language."""
    return request.translate(rules.OWN_REASONS[text]) if text in rules.OWN_REASONS else text


def task_row(
    request: Request, operation: Operation, task: Task, authorities: Sequence[AuthorityType]
) -> dict[str, Any]:
    """Return one row of the list: what, when, where, and per type of authority who stands where."""
    state = service.state_of(task)
    return {
        "code": task.code,
        "title": label(task.title, request.locale),
        "href": request.route_path("operation.task", code=operation.code, task=task.code),
        "window": window(request, task),
        "place": place(request, task),
        "mandatory": task.mandatory,
        "state": tag(request, state.value),
        "overdue": is_overdue(operation, task),
        "cells": [_cell(request, task, authority) for authority in authorities],
    }


def is_overdue(operation: Operation, task: Task) -> bool:
    """Say whether a task is overdue now."""
    day = today(operation.time_zone, clock.now())
    return rules.is_overdue(service.state_of(task), task.ends_on, day)


def unit_row(request: Request, operation: Operation, assignment: TaskAssignment) -> dict[str, Any]:
    """Return one unit's part in a task, with the steps that are possible for the reader and why the rest are not."""
    task = assignment.task
    offers = service.offers(request.actor, operation, task, assignment)
    return {
        "id": f"{task.code}-{assignment.unit.code}",
        "task": task.code,
        "title": label(task.title, request.locale),
        "href": request.route_path("operation.task", code=operation.code, task=task.code),
        "unit": assignment.unit.code,
        "unit_title": label(assignment.unit.title, request.locale),
        "lead": assignment.is_lead,
        "state": tag(request, assignment.state.value),
        "since": numbers.short_instant(assignment.changed_at, request.locale, operation.time_zone),
        "window": window(request, task),
        "overdue": rules.is_overdue(assignment.state, task.ends_on, today(operation.time_zone, clock.now())),
        "reason": reason(request, assignment.reason),
        "outcome": assignment.outcome,
        "version": assignment.version,
        "steps": [
            {
                "to": offer.step.target.value,
                "text": request.translate(offer.step.verb),
                "need": offer.step.need.value if offer.step.need else None,
                "kind": _kind(offer.step, first=index == 0),
            }
            for index, offer in enumerate(o for o in offers if o.possible)
        ],
        "barred": _barred(request, offers),
        "href_step": request.route_path("operation.task.step", code=operation.code, task=task.code),
    }


def _barred(request: Request, offers: Sequence[service.Offer]) -> list[dict[str, str]]:
    """Return the steps that are not possible and why, those with the same reason together.

    Whoever can do nothing at all is told of the usual next step only; nobody is told that they cannot cancel.
    """
    reasons: dict[str, list[str]] = {}
    for offer in offers:
        if offer.refusal is None or (
            offer.refusal.code == "not-allowed" and offer.step.target is AssignmentState.CANCELLED
        ):
            continue
        verbs = reasons.setdefault(request.translate(offer.refusal.message), [])
        verbs.append(request.translate(offer.step.verb))
    told = [{"steps": ", ".join(verbs), "why": why} for why, verbs in reasons.items()]
    return told if any(offer.possible for offer in offers) else told[:1]


def log_items(
    request: Request, operation: Operation, entries: Iterable[TaskLogEntry]
) -> list[dict[str, Any]]:
    """Return a task's log for the timeline, the newest first; what befell several units at once is one item."""
    groups = groupby(
        sorted(entries, key=lambda entry: entry.id, reverse=True),
        key=lambda entry: (entry.at, entry.actor_name, entry.to_state, entry.text, entry.unit is None),
    )
    return [_log_item(request, operation, list(members)[::-1]) for _key, members in groups]


def _log_item(request: Request, operation: Operation, entries: Sequence[TaskLogEntry]) -> dict[str, Any]:
    entry = entries[0]
    units = ", ".join(one.unit.code for one in entries if one.unit)
    tone = MARKS[entry.to_state][0] if entry.to_state in MARKS else "neutral"
    return {
        "when": numbers.short_instant(entry.at, request.locale, operation.time_zone),
        "at": clock.iso(entry.at),
        "what": request.translate(LOG_LABELS[entry.to_state]),
        "who": f"{units} · {entry.actor_name}" if units else entry.actor_name,
        "text": reason(request, entry.text),
        "href": None,
        "tone": {"accent": "neutral", "muted": "neutral"}.get(tone, tone),
        "current": False,
    }


def _cell(request: Request, task: Task, authority: AuthorityType) -> dict[str, Any]:
    there = [a for a in task.assignments if a.unit.authority is authority]
    there.sort(key=lambda a: a.unit.position)
    numbers_by_state = Counter(a.state for a in there)
    return {
        "authority": authority_name(request, authority),
        "chips": [
            {
                "party": assignment.unit.participant.party,
                "title": label(assignment.unit.title, request.locale),
                "lead": assignment.is_lead,
                "state": tag(request, assignment.state.value),
            }
            for assignment in there
        ],
        "folded": len(there) > CHIPS_SHOWN,
        "counts": [
            {"state": tag(request, state.value), "count": numbers_by_state[state]}
            for state in AssignmentState
            if numbers_by_state[state]
        ],
    }


def _kind(step: rules.Step, *, first: bool) -> str:
    if step.target is AssignmentState.CANCELLED:
        return "danger"
    return "primary" if first else "secondary"
