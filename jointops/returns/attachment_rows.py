"""Files of a return as pages list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pyramid.request import Request

from jointops.kernel import policy
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.rendering import numbers
from jointops.returns import attachments
from jointops.returns.models import Attachment


def row_of(request: Request, place: Mapping[str, str], attachment: Attachment) -> dict[str, Any]:
    """Return one file: its name and size, its address, what was found in it and why it was kept."""
    return {
        "name": attachment.name,
        "size": f"{numbers.number(max(1, round(attachment.size / 1000)), request.locale)} kB",
        "sha256": attachment.sha256,
        "href": request.route_path("returns.attachment", **place, sha256=attachment.sha256),
        "stripped": attachment.flags == [attachments.STRIPPED],
        "flags": [request.translate(attachments.FINDING_LABELS.get(flag, flag)) for flag in attachment.flags],
        "reason": attachment.kept_reason,
    }


def of_revision(
    request: Request,
    operation: Operation,
    unit: ReportingUnit,
    day: date,
    place: Mapping[str, str],
    content: Mapping[str, Any],
) -> Sequence[dict[str, Any]]:
    """Return the files that a revision names, for who may read them; no query for a revision without."""
    named = content.get("attachments", ())
    subject = operations.subject(operation, party=unit.participant.party, unit=unit.code)
    if not named or not policy.allows(request.actor, Action.RETURN_ATTACHMENT_READ, subject):
        return ()
    return [
        row_of(request, place, attachment) for attachment in attachments.named(request.db, unit, day, named)
    ]
