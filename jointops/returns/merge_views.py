"""The page that brings two changes of one return together, when somebody else was faster.

What was typed travels in the page as it was posted, so that nothing is lost however often somebody is faster. The
base is the revision that the form was opened with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jointops.kernel.i18n import _
from jointops.operations.page import operation_page
from jointops.returns import comparing, service
from jointops.returns.comparing import Row
from jointops.returns.edit_desk import Desk
from jointops.returns.intake.fields import Form
from jointops.returns.merging import CHOICES, Choice, Merged, merge
from jointops.returns.models import Return
from jointops.returns.shown import Words
from jointops.web.navigation import Link

CHOICE = "choose."
"""Begins the name of the field that settles one conflict."""

SEEN = "seen_version"
"""Field with the version that the page brought together with what was typed."""

_NOT_TYPED = ("csrf_token", "action", SEEN)

TEMPLATE = "returns/merge.jinja2"


def merge_page(desk: Desk, form: Form, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows; ``content`` is what was typed, ``form.version`` what it was opened with."""
    request = desk.request
    request.override_renderer = TEMPLATE
    head = _head(desk)
    merged = _merged(desk, head, form.version, content)
    words = Words(desk.operation, desk.questions, request.locale, request.translate)
    latest = head.revisions[-1]
    title = _("Somebody else changed this return meanwhile")
    return {
        "page": operation_page(
            request,
            desk.operation,
            title,
            "returns",
            breadcrumbs=[
                Link(
                    request.translate(_("Returns")),
                    request.route_path("operation.returns", code=desk.operation.code),
                ),
                Link(
                    f"{desk.unit.code}, {words.day(desk.day)}",
                    request.route_path("returns.return", **desk.place),
                    data=True,
                ),
            ],
        ),
        "place": desk.place,
        "by": latest.recorded_by,
        "at": words.instant(latest.recorded_at),
        "their_reason": latest.reason,
        "conflicts": [_question(words, row) for row in comparing.rows(words, merged.conflicts)],
        "taken": [_change(row, row.theirs) for row in comparing.rows(words, merged.taken)],
        "kept": [_change(row, row.mine) for row in comparing.rows(words, merged.kept)],
        "version": head.version,
        "seen": SEEN,
        "reason": form.reason,
        "needs_reason": head.first_submitted_at is not None,
        "typed": [
            (name, value)
            for name, value in request.POST.items()
            if name not in {*_NOT_TYPED, "reason"} and not name.startswith(CHOICE) and isinstance(value, str)
        ],
    }


def _question(words: Words, row: Row) -> dict[str, Any]:
    nothing = words.say(_("nothing"))
    sides = {"mine": _("Mine"), "theirs": _("Theirs"), "base": _("As it was before")}
    return {
        "name": CHOICE + row.name,
        "place": row.place,
        "sides": [
            {"value": side, "label": words.say(text), "text": getattr(row, side) or nothing}
            for side, text in sides.items()
        ],
    }


def _change(row: Row, after: str | None) -> dict[str, str | None]:
    return {
        "kind": "added" if row.base is None else "removed" if after is None else "changed",
        "path": row.place,
        "before": row.base,
        "after": after,
    }


def merged_form(desk: Desk, form: Form, content: Mapping[str, Any]) -> Form | None:
    """Return the form with the merge as it was chosen, opened with what is on record; ``None`` when that is the same.

    Where the return changed once more since the page was made, the form keeps its old version: it will be asked again.
    """
    head = _head(desk)
    if desk.request.POST.get(SEEN) != str(head.version):
        return form
    merged = _merged(desk, head, form.version, content, _choices(desk))
    on_record = head.revisions[-1].content
    if merged.content == on_record or merged.content.get("withdrawn"):
        return None
    recorded = desk.recorded(merged.content, None)
    return replace(recorded, reason=form.reason, source=form.source, version=head.version)


def _choices(desk: Desk) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for name, value in desk.request.POST.items():
        if name.startswith(CHOICE) and value in CHOICES:
            found[name.removeprefix(CHOICE)] = value
    return found


def _head(desk: Desk) -> Return:
    return service.find_return(desk.request.db, desk.request.actor, desk.operation, desk.unit.code, desk.day)


def _merged(
    desk: Desk,
    head: Return,
    version: int,
    content: Mapping[str, Any],
    choices: Mapping[str, Choice] | None = None,
) -> Merged:
    base = comparing.base_of(desk.operation, head, version)
    return merge(base.content if base else {}, content, head.revisions[-1].content, choices)
