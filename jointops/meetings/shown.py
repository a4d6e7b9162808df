"""Meetings as the pages show them: plain view models, with everything in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from pyramid.request import Request

from jointops.kernel.i18n import label
from jointops.meetings import names, rules
from jointops.meetings.gathering import OpenItem
from jointops.meetings.models import AgendaItem, ItemKind, Meeting, MeetingState
from jointops.operations.models import Operation
from jointops.operations.rules import ENDED
from jointops.rendering import numbers
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.web.api import route_name

MARKS: Mapping[MeetingState, tuple[str, str]] = {
    MeetingState.DRAFT: ("neutral", "edit"),
    MeetingState.OPEN: ("info", "calendar"),
    MeetingState.IN_PROGRESS: ("accent", "play"),
    MeetingState.CLOSED: ("good", "check"),
    MeetingState.CANCELLED: ("muted", "cross"),
}

KIND_ICONS: Mapping[ItemKind, str] = {
    ItemKind.OWN: "dot",
    ItemKind.INVITATION: "question",
    ItemKind.SECTION: "half",
    ItemKind.COMMENT: "info",
    ItemKind.TASK: "clock",
    ItemKind.CONFLICT: "warning",
    ItemKind.QUESTION: "return",
    ItemKind.WARNING: "warning",
}

AHEAD = frozenset({MeetingState.DRAFT, MeetingState.OPEN, MeetingState.IN_PROGRESS})
LIFE = (MeetingState.DRAFT, MeetingState.OPEN, MeetingState.IN_PROGRESS, MeetingState.CLOSED)


def row(request: Request, operation: Operation, meeting: Meeting) -> dict[str, Any]:
    """Return one row of the list."""
    return {
        "number": meeting.number,
        "title": meeting.title,
        "href": request.route_path("operation.meeting", code=operation.code, number=meeting.number),
        "when": when(request, operation, meeting),
        "place": meeting.place,
        "state": tag(request, meeting),
        "items": len(meeting.items),
        "open": sum(not item.settled for item in meeting.items),
        "closed": meeting.state is MeetingState.CLOSED,
        "ahead": meeting.state in AHEAD,
        "documents": documents(request, operation, meeting),
    }


def whole(request: Request, operation: Operation, meeting: Meeting, *, prepares: bool) -> dict[str, Any]:
    """Return what the page of one meeting shows and offers."""
    state = meeting.state
    held = state is MeetingState.IN_PROGRESS
    numbered = {"code": operation.code, "number": meeting.number}
    return {
        "meeting": {
            "number": meeting.number,
            "title": meeting.title,
            "when": when(request, operation, meeting),
            "place": meeting.place or None,
            "invited": names.parties_text(meeting.invited, request.locale) if meeting.invited else None,
            "presence": [
                {"term": request.translate(term), "text": text}
                for term, text in names.presence(meeting, operation, request.locale)
            ],
            "state": tag(request, meeting),
            "version": meeting.version,
            "draft": state is MeetingState.DRAFT,
            "held": state in {MeetingState.IN_PROGRESS, MeetingState.CLOSED},
            "in_progress": held,
            "cancelled": state is MeetingState.CANCELLED,
            "previous": meeting.previous.number if meeting.previous else None,
            "previous_href": request.route_path(
                "operation.meeting", code=operation.code, number=meeting.previous.number
            )
            if meeting.previous
            else None,
        },
        "life": life(request, meeting),
        "items": [
            item_row(request, operation, meeting, item, place) for place, item in enumerate(meeting.items, 1)
        ],
        "steps": [
            {
                "to": step.target.value,
                "text": request.translate(step.verb),
                "danger": step.target is MeetingState.CANCELLED,
            }
            for step in (rules.steps_from(state) if prepares else ())
        ],
        "may_arrange": prepares and state in rules.LIVE,
        "may_edit": prepares and state in rules.PREPARED,
        "may_write": prepares and held,
        "may_task": prepares and held and operation.state not in ENDED,
        "parties": [
            (party, names.party_name(party, request.locale), party in meeting.attended)
            for party in (meeting.invited or operation.parties)
        ],
        "units": unit_groups(request, operation) if prepares and held else [],
        "first_day": operation.first_day.isoformat(),
        "last_day": operation.last_day.isoformat(),
        "documents": documents(request, operation, meeting),
        "zone": operation.time_zone,
        "text_length": rules.TEXT_LENGTH,
        "item_length": rules.ITEM_LENGTH,
        "hrefs": {
            "edit": request.route_path("operation.meeting.edit", **numbered),
            "step": request.route_path("operation.meeting.step", **numbered),
            "agenda": request.route_path("operation.meeting.agenda", **numbered),
            "attendance": request.route_path("operation.meeting.attendance", **numbered),
        },
    }


def item_row(
    request: Request, operation: Operation, meeting: Meeting, item: AgendaItem, place: int
) -> dict[str, Any]:
    """Return one item of the agenda."""
    return {
        "key": item.id,
        "place": place,
        "first": place == 1,
        "last": place == len(meeting.items),
        "title": names.title_of(item.kind, item.title, request.locale),
        "title_href": names.href_of(item, operation.code, request.route_path),
        "kind": request.translate(rules.KIND_LABELS[item.kind]) if item.kind is not ItemKind.OWN else None,
        "icon": KIND_ICONS[item.kind],
        "note": item.note,
        "outcome": item.outcome,
        "settled": item.settled,
        "carried_from": item.carried_from,
        "href": request.route_path(
            "operation.meeting.item", code=operation.code, number=meeting.number, item=item.id
        ),
        "decisions": [
            {
                "text": decision.text,
                "task": f"{decision.task.code} {label(decision.task.title, request.locale)}"
                if decision.task
                else None,
                "href": request.route_path("operation.task", code=operation.code, task=decision.task.code)
                if decision.task
                else None,
            }
            for decision in item.decisions
        ],
    }


def offered(request: Request, operation: Operation, found: Iterable[OpenItem]) -> list[dict[str, Any]]:
    """Return what could be put on the agenda, in groups of its kind."""
    return [
        {
            "kind": request.translate(rules.KIND_LABELS[kind]),
            "icon": KIND_ICONS[kind],
            "items": [
                {
                    "reference": item.reference,
                    "title": names.title_of(item.kind, item.title, request.locale),
                    "detail": request.translate(item.detail) if item.detail else None,
                }
                for item in members
            ],
        }
        for kind, members in groupby(found, key=lambda item: item.kind)
    ]


def documents(request: Request, operation: Operation, meeting: Meeting) -> list[dict[str, str]]:
    """Return the documents of a meeting: what they are called, and where they are."""
    path = route_name("/operations/{code}/meetings/{number}")
    return [
        {
            "title": request.translate(written.title),
            "href": request.route_path(
                path, code=operation.code, number=meeting.number, _query={"format": form}
            ),
        }
        for form, written in DOCUMENT_FORMATS.items()
    ]


def when(request: Request, operation: Operation, meeting: Meeting) -> str:
    """Return day and time of a meeting on the operation's clocks."""
    start = numbers.short_instant(meeting.starts_at, request.locale, operation.time_zone)
    end = meeting.starts_at + timedelta(minutes=meeting.minutes)
    return f"{start} – {numbers.time_of_day(end, request.locale, operation.time_zone)}"


def life(request: Request, meeting: Meeting) -> list[dict[str, str]]:
    """Return how far the meeting is."""
    if meeting.state is MeetingState.CANCELLED:
        return []
    place = LIFE.index(meeting.state)
    return [
        {
            "text": request.translate(rules.STATE_LABELS[state]),
            "state": "done"
            if number < place or meeting.state is MeetingState.CLOSED
            else "current"
            if number == place
            else "ahead",
        }
        for number, state in enumerate(LIFE)
    ]


def tag(request: Request, meeting: Meeting) -> dict[str, str]:
    """Return a meeting's state as the pages show it."""
    tone, icon = MARKS[meeting.state]
    return {"text": request.translate(rules.STATE_LABELS[meeting.state]), "tone": tone, "icon": icon}


def unit_groups(request: Request, operation: Operation) -> list[dict[str, Any]]:
    """Return the operation's units in groups of their party, for a form to choose from."""
    # The participants are read before the units, in one query instead of one for each.
    known = {participant.id for participant in operation.participants}
    units = [unit for unit in operation.units if unit.in_plan and unit.participant_id in known]
    return [
        {"name": names.party_name(party, request.locale), "units": [unit.code for unit in members]}
        for party, members in groupby(units, key=lambda unit: unit.participant.party)
    ]
