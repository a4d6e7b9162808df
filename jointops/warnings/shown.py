"""Warnings as the pages show them: plain view models, with everything in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from pyramid.request import Request

from jointops.kernel import policy
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import AuthorityType, Operation, ReportingUnit
from jointops.reference.catalogue import catalogue
from jointops.rendering import numbers
from jointops.warnings import rules, service
from jointops.warnings.models import FeedbackAnswer, SentWarning, WarningState

STATE_MARKS: Mapping[WarningState, tuple[str, str]] = {
    WarningState.OPEN: ("accent", "ring"),
    WarningState.CLOSED: ("muted", "check"),
    WarningState.WITHDRAWN: ("muted", "cross"),
}

ANSWER_MARKS: Mapping[FeedbackAnswer, tuple[str, str]] = {
    FeedbackAnswer.FOUND: ("bad", "warning"),
    FeedbackAnswer.CHECKED: ("good", "check"),
    FeedbackAnswer.NOT_SEEN: ("info", "none"),
    FeedbackAnswer.CANNOT_CHECK: ("warn", "question"),
}
"""Tone and icon of each answer; every one has its own icon, so that it is told apart without colour."""


def row(request: Request, operation: Operation, warning: SentWarning) -> dict[str, Any]:
    """Return one row of the list."""
    told = service.latest(warning)
    # Whoever speaks for no unit, such as the coordination, may answer for all but is waited for by none.
    answering = service.answering(request.actor, operation, warning) if request.actor.parties else []
    waiting = [unit.code for unit in answering if unit.id not in told]
    found = sum(feedback.answer is FeedbackAnswer.FOUND for feedback in told.values())
    return {
        "code": warning.code,
        "title": warning.title,
        "href": request.route_path("operation.warning", code=operation.code, warning=warning.code),
        "kind": request.translate(rules.KIND_LABELS[warning.kind]),
        "sender": warning.sender.code if warning.sender else None,
        "window": _window(request, operation, warning),
        "place": warning.expected_at,
        "state": state_tag(request, warning),
        "open": warning.state is WarningState.OPEN,
        "waiting": waiting if warning.state is WarningState.OPEN else [],
        "asked": len(warning.recipients),
        "answered": len(told),
        "percent": 100 * len(told) / len(warning.recipients),
        "found": found,
        "results": len(service.standing(warning)),
    }


def whole(request: Request, operation: Operation, warning: SentWarning) -> dict[str, Any]:
    """Return what one warning says."""
    return {
        "code": warning.code,
        "title": warning.title,
        "watch_for": warning.watch_for,
        "kind": request.translate(rules.KIND_LABELS[warning.kind]),
        "expected_at": warning.expected_at or None,
        "window": _window(request, operation, warning),
        "sender": unit_name(request, warning.sender) if warning.sender else None,
        "authority": authority_name(request, AuthorityType(warning.authority)) if warning.authority else None,
        "sent": numbers.short_instant(warning.sent_at, request.locale, operation.time_zone),
        "sent_by": warning.sent_by,
        "state": state_tag(request, warning),
        "open": warning.state is WarningState.OPEN,
        "withdrawn": warning.state is WarningState.WITHDRAWN,
        "reason": warning.reason,
        "version": warning.version,
    }


def feedback(request: Request, operation: Operation, warning: SentWarning) -> dict[str, Any]:
    """Return what the warned units told, the earlier words of each below the last; who did not; who may answer."""
    answering = service.answering(request.actor, operation, warning)
    told: dict[int, list[dict[str, Any]]] = {}
    for word in reversed(warning.feedback):
        tone, icon = ANSWER_MARKS[word.answer]
        told.setdefault(word.unit_id, []).append(
            {
                "answer": request.translate(rules.ANSWER_LABELS[word.answer]),
                "tone": tone,
                "icon": icon,
                "text": word.text,
                "when": numbers.short_instant(word.at, request.locale, operation.time_zone),
            }
        )
    units = sorted((recipient.unit for recipient in warning.recipients), key=lambda unit: unit.position)
    # Who found something stands first; of the others who spoke last.
    latest = service.latest(warning)
    last = {key: (word.answer is FeedbackAnswer.FOUND, word.id) for key, word in latest.items()}
    live = warning.state is not WarningState.WITHDRAWN
    return {
        "told": [
            {"code": unit.code, "name": label(unit.title, request.locale), "told": told[unit.id]}
            for unit in sorted(
                (unit for unit in units if unit.id in told), key=lambda unit: last[unit.id], reverse=True
            )
        ],
        "silent": [
            {"code": unit.code, "name": label(unit.title, request.locale)}
            for unit in units
            if unit.id not in told
        ],
        "answering": [(unit.code, unit_name(request, unit)) for unit in answering] if live else [],
        "waiting": bool(request.actor.parties)
        and warning.state is WarningState.OPEN
        and any(unit.id not in told for unit in answering),
    }


def results(request: Request, operation: Operation, warning: SentWarning) -> list[dict[str, Any]]:
    """Return what a warning led to, with a link where the reader may follow it."""
    rows: list[dict[str, Any]] = []
    links = service.may(request.actor, Action.WARNING_LINK, operation, warning)
    for result in service.standing(warning):
        about = {
            "number": result.id,
            "when": numbers.short_instant(result.linked_at, request.locale, operation.time_zone),
            "by": result.linked_by,
        }
        if result.task is not None:
            href = request.route_path("operation.task", code=operation.code, task=result.task.code)
            rows.append(
                {
                    **about,
                    "what": request.translate(_("Task")),
                    "title": f"{result.task.code} {label(result.task.title, request.locale)}",
                    "href": href,
                    "may_take_back": links,
                }
            )
            continue
        assert result.unit is not None
        assert result.day is not None
        subject = operations.subject(operation, party=result.unit.participant.party, unit=result.unit.code)
        readable = policy.allows(request.actor, Action.RETURN_READ, subject)
        day = numbers.short_day(result.day, request.locale)
        rows.append(
            {
                **about,
                "what": request.translate(_("Incident")),
                "title": f"{result.reference} · {result.unit.code} · {day}",
                "href": request.route_path(
                    "returns.return", code=operation.code, unit=result.unit.code, day=result.day.isoformat()
                )
                if readable
                else None,
                "may_take_back": policy.allows(request.actor, Action.WARNING_LINK, subject),
            }
        )
    return rows


def may(request: Request, operation: Operation, warning: SentWarning) -> dict[str, bool]:
    """Return what the page offers."""
    live = warning.state is not WarningState.WITHDRAWN
    return {
        "end": warning.state is WarningState.OPEN
        and service.may(request.actor, Action.WARNING_UPDATE, operation, warning),
        "link": live and service.may(request.actor, Action.WARNING_LINK, operation, warning),
    }


def linking(request: Request, operation: Operation, warning: SentWarning) -> list[tuple[str, str]]:
    """Return the units whose incidents the reader may link: those warned and the sender, as far as they are theirs."""
    concerned = [recipient.unit for recipient in warning.recipients]
    if warning.sender is not None:
        concerned.append(warning.sender)
    return [
        (unit.code, unit_name(request, unit))
        for unit in sorted(concerned, key=lambda unit: unit.position)
        if policy.allows(
            request.actor,
            Action.WARNING_LINK,
            operations.subject(operation, party=unit.participant.party, unit=unit.code),
        )
    ]


def state_tag(request: Request, warning: SentWarning) -> dict[str, str]:
    """Return a warning's state as the pages show it."""
    tone, icon = STATE_MARKS[warning.state]
    return {"text": request.translate(rules.STATE_LABELS[warning.state]), "tone": tone, "icon": icon}


def unit_name(request: Request, unit: ReportingUnit) -> str:
    """Return a unit's name with its code."""
    return f"{label(unit.title, request.locale)} · {unit.code}"


def authority_name(request: Request, authority: AuthorityType) -> str:
    """Return the word for a type of authority."""
    return label(catalogue().authority_types[authority.value].labels, request.locale)


def by_party(request: Request, found: Iterable[ReportingUnit]) -> list[dict[str, Any]]:
    """Return units in groups of their party, in the plan's order, for a form to choose from."""
    known = catalogue().parties
    groups = groupby(found, key=lambda unit: unit.participant.party)
    return [
        {
            "party": party,
            "name": label(known[party].labels, request.locale) if party in known else party,
            "units": [
                {
                    "code": unit.code,
                    "name": authority_name(request, unit.authority),
                    "title": label(unit.title, request.locale),
                }
                for unit in members
            ],
        }
        for party, members in groups
    ]


def _window(request: Request, operation: Operation, warning: SentWarning) -> str:
    since = numbers.short_instant(warning.since, request.locale, operation.time_zone)
    if warning.until is None:
        return str(request.translate(_("from ${instant}", mapping={"instant": since})))
    return f"{since} – {numbers.short_instant(warning.until, request.locale, operation.time_zone)}"
