"""What came of a file, in words: problems with their cells, what changed on record meanwhile, returns, questions."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyramid.request import Request

from jointops.kernel import clock
from jointops.kernel.errors import DomainError, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.rendering import numbers
from jointops.returns import comparing, shown
from jointops.returns.asked import Asked
from jointops.returns.comparing import Row
from jointops.returns.intake import problem_list
from jointops.returns.intake.batch import Batch
from jointops.returns.intake.files import FileRefused, Taken
from jointops.returns.intake.roundtrip import CONFLICT, ON_CONFLICT, Meeting, OnConflict
from jointops.returns.kept import AskedRow, asked_in_file
from jointops.returns.merging import Change
from jointops.returns.questions import questions_about
from jointops.returns.shown import Words
from jointops.web.api import FORMATS

CHOICE = "choose."
"""Begins the name of the field that settles one conflict."""

FOR_ALL = "on_conflict"
"""Field that settles all conflicts that nothing else does."""

_ACCEPTED = 12
_MANY = 3
"""From so many conflicts on, one can choose for all of them at once."""

NOTHING: Mapping[str, Any] = {
    "problems": (),
    "problem_file": None,
    "recorded": None,
    "meetings": (),
    "conflicts": (),
    "for_all": None,
    "unusual": (),
    "left_out": 0,
    "dry_run": False,
    "batch": None,
}
"""A page before any file was sent."""


def choices(request: Request) -> tuple[dict[str, str], OnConflict | None]:
    """Return what was chosen on the page for each conflict, and for all others."""
    given = {
        name.removeprefix(CHOICE): value
        for name, value in request.POST.items()
        if name.startswith(CHOICE) and isinstance(value, str)
    }
    for_all = request.POST.get(FOR_ALL)
    return given, next((side for side in ON_CONFLICT if side == for_all), None)


def refused(request: Request, operation: Operation, asks: Asked, error: DomainError) -> dict[str, Any]:
    """Return what the page says of a file that was refused."""
    meetings = error.meetings if isinstance(error, FileRefused) else ()
    found = [problem for problem in error.problems if problem.code != CONFLICT]
    return {
        **NOTHING,
        **_met(request, operation, asks, meetings),
        "problems": [_problem(request, problem) for problem in found],
        "problem_file": _as_file(request, error.problems),
        "dry_run": True,
    }


def taken(
    request: Request, operation: Operation, asks: Asked, done: Taken, *, dry_run: bool
) -> dict[str, Any]:
    """Return what the page says of a file that was recorded, or that would be."""
    return {
        **NOTHING,
        **_met(request, operation, asks, done.meetings),
        "recorded": _recorded(request, operation, done.recorded),
        "changed": done.recorded.changed,
        "unusual": _unusual(request, operation, asks, done) if dry_run else (),
        "left_out": done.left_out,
        "dry_run": dry_run,
        "batch": request.route_path("returns.batch", code=operation.code, id=done.recorded.id)
        if done.recorded.id
        else None,
    }


def _problem(request: Request, problem: Problem) -> dict[str, Any]:
    accepted = ", ".join(problem.accepted[:_ACCEPTED]) + (" …" if len(problem.accepted) > _ACCEPTED else "")
    return {
        "where": getattr(problem, "where", "") or None,
        "value": getattr(problem, "value", "") or None,
        "text": request.translate(problem.message),
        "accepted": accepted or None,
        "code": problem.code,
        "explain": problem.explain or None,
        "explain_cell": getattr(problem, "explain_cell", "") or None,
    }


def _as_file(request: Request, problems: Sequence[Problem]) -> str:
    """Return the list of problems as the address of a download: it is nowhere else than in this answer."""
    content = problem_list.workbook(problems, request.translate, clock.now())
    return f"data:{FORMATS['xlsx']};base64,{base64.b64encode(content).decode()}"


# --- What changed on record since the file was made ------------------------------------------------------------------


def _met(request: Request, operation: Operation, asks: Asked, meetings: Sequence[Meeting]) -> dict[str, Any]:
    words = Words(operation, asks, request.locale, request.translate)
    posted, for_all = choices(request)
    conflicts = [
        _conflict(words, meeting, change, row, posted)
        for meeting in meetings
        for change, row in _pairs(words, meeting.merged.conflicts)
    ]
    return {
        "meetings": [_meeting(words, meeting) for meeting in meetings],
        "conflicts": conflicts,
        "for_all": {"name": FOR_ALL, "value": for_all or ""} if len(conflicts) >= _MANY else None,
    }


def _pairs(words: Words, found: Sequence[Change]) -> Iterable[tuple[Change, Row]]:
    return zip(found, comparing.rows(words, found), strict=True)


def _meeting(words: Words, meeting: Meeting) -> dict[str, Any]:
    return {
        "unit": meeting.unit,
        "day": words.day(meeting.day),
        "base": meeting.base,
        "revision": meeting.known.number,
        "by": meeting.known.recorded_by,
        "at": words.instant(meeting.known.recorded_at),
        "reason": meeting.known.reason,
        "taken": [_change(row, row.theirs) for _one, row in _pairs(words, meeting.merged.taken)],
        "kept": [_change(row, row.mine) for _one, row in _pairs(words, meeting.merged.kept)],
    }


def _change(row: Row, after: str | None) -> dict[str, str | None]:
    return {
        "kind": "added" if row.base is None else "removed" if after is None else "changed",
        "path": row.place,
        "before": row.base,
        "after": after,
    }


def _conflict(
    words: Words, meeting: Meeting, change: Change, row: Row, posted: Mapping[str, str]
) -> dict[str, Any]:
    nothing = words.say(_("nothing"))
    name = meeting.name(change)
    sides: tuple[tuple[OnConflict, str, str | None], ...] = (
        ("file", _("In the file"), row.mine),
        ("record", _("On record"), row.theirs),
    )
    return {
        "name": CHOICE + name,
        "unit": meeting.unit,
        "day": words.day(meeting.day),
        "place": row.place,
        "base": row.base or nothing,
        "sides": [
            {
                "value": meeting.value(side),
                "label": words.say(text),
                "text": value or nothing,
                "chosen": posted.get(name) == meeting.value(side),
            }
            for side, text, value in sides
        ],
    }


# --- Returns and questions -------------------------------------------------------------------------------------------


def _unusual(request: Request, operation: Operation, asks: Asked, done: Taken) -> Sequence[AskedRow]:
    """Return the questions about figures that are far from what is usual."""
    words = Words(operation, asks, request.locale, request.translate)
    sent = [(entry.unit, entry.day, entry.submission) for entry in done.sent]
    return asked_in_file(words, questions_about(request.db, operation, asks, sent))


def _recorded(request: Request, operation: Operation, recorded: Batch) -> list[dict[str, Any]]:
    return [
        {
            "unit": item.unit,
            "day": numbers.short_day(item.day, request.locale),
            "href": request.route_path(
                "returns.return", code=operation.code, unit=item.unit, day=item.day.isoformat()
            ),
            "revision": item.outcome.receipt.revision,
            "state": shown.state_name(item.outcome.state),
            "sha256": item.outcome.receipt.sha256,
            "recorded_at": numbers.short_instant(
                item.outcome.receipt.recorded_at, request.locale, operation.time_zone
            ),
            "changed": item.outcome.changed,
        }
        for item in recorded.returns
    ]
