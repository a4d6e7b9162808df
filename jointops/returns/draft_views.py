"""Keeping what is typed into the form of a return, about once a second, as the form's script asks for it."""

from __future__ import annotations

import re
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from jointops.kernel.errors import DomainError, Stale
from jointops.kernel.i18n import _
from jointops.rendering import numbers
from jointops.returns import drafts, explanations
from jointops.returns.edit_desk import Desk

_FIELD = re.compile(
    rf"[quocwsap]\.[a-z0-9-]+(\.[a-z0-9-]*)?|[xi][1-9][0-9]{{0,3}}\.[a-z_]+|{explanations.FIELD}.{{1,300}}"
    "|more|attachment|narrative|nil|reason|source"
)
_DEVICE = re.compile(r"[A-Za-z0-9.-]{0,80}")


@view_config(route_name="returns.draft", request_method="POST", renderer="json")
def keep_draft(request: Request) -> dict[str, Any]:
    """Keep the form's fields; answers the draft's new version and when it was kept, on the operation's clocks."""
    desk = Desk.of(request)
    posted = request.POST
    content: dict[str, str | list[str]] = {}
    for name in posted:
        if _FIELD.fullmatch(name) and all(isinstance(text, str) for text in posted.getall(name)):
            texts = [text for text in posted.getall(name) if text]
            if texts:
                content[name] = texts if len(texts) > 1 else texts[0]
    device = posted.get("device", "")
    try:
        draft = drafts.save(
            request.db,
            request.actor,
            desk.operation,
            desk.unit,
            desk.day,
            content,
            plan_version=_number(posted.get("plan_version", "")),
            return_version=_number(posted.get("version", "")),
            expected_version=_number(posted.get("draft_version", "")),
            device=device if _DEVICE.fullmatch(device) else "",
        )
    except DomainError as error:
        request.response.status_int = error.status
        text = request.translate(error.message)
        if isinstance(error, Stale):
            text = request.translate(
                _(
                    "This form was kept from another device or window meanwhile. What you type here is not kept."
                )
            )
        return {"problem": text, "code": error.code}
    time_of_day = numbers.time_of_day(draft.saved_at, request.locale, desk.operation.time_zone)
    return {"version": draft.version, "saved": time_of_day}


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
