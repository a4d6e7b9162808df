"""What consultations ask of the reader, for the first page."""

from __future__ import annotations

from collections.abc import Sequence

from pyramid.request import Request

from jointops.kernel import clock, policy
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action
from jointops.operations import reading, service
from jointops.operations.models import Answer, Operation, OperationState
from jointops.operations.rules import ENDED
from jointops.rendering import numbers
from jointops.web.navigation import Card


def cards(request: Request) -> Sequence[Card]:
    """Return the invitations that wait for the reader's answer, and the consultations that wait for others."""
    found = []
    for operation in service.list_operations(request.db, request.actor):
        if operation.state in ENDED or operation.historical:
            continue
        found += _invitations(request, operation)
        waiting = _waiting(request, operation)
        if waiting is not None:
            found.append(waiting)
    return found


def _invitations(request: Request, operation: Operation) -> list[Card]:
    own = [
        row
        for row in operation.participants
        if row.party in request.actor.parties and row.in_plan and row.answer is Answer.INVITED
    ]
    found = []
    for row in own:
        subject = service.subject(operation, party=row.party)
        if not policy.allows(request.actor, Action.PARTICIPANT_ANSWER, subject):
            continue
        named = {"party": reading.party_name(row.party, request.locale), "operation": operation.code}
        until = operation.answer_by
        if until is None:
            text = _("${party} is invited to ${operation}: please answer", mapping=named)
        else:
            shown = numbers.short_instant(until, request.locale, operation.time_zone)
            late = until <= clock.now()
            words = (
                _("${party} is invited to ${operation}: the answer was due ${deadline}")
                if late
                else _("${party} is invited to ${operation}: answer until ${deadline}")
            )
            text = words % (named | {"deadline": shown})
        found.append(
            Card(
                request.translate(text),
                request.route_path("operation.answer", code=operation.code, party=row.party),
                meta=operation.code,
                tone="bad" if until is not None and until <= clock.now() else "warn",
            )
        )
    return found


def _waiting(request: Request, operation: Operation) -> Card | None:
    """Return the card of a consultation whose deadline has passed, for who may remind."""
    if (
        operation.state is not OperationState.CONSULTATION
        or operation.answer_by is None
        or operation.answer_by > clock.now()
        or not policy.allows(request.actor, Action.REMINDER_CREATE, service.subject(operation))
    ):
        return None
    missing = sum(row.in_plan and row.answer is Answer.INVITED for row in operation.participants)
    if not missing:
        return None
    return Card(
        request.translate(_("Answers are missing in ${operation}", mapping={"operation": operation.code})),
        request.route_path("operation.consultation", code=operation.code, _query={"show": "invited"}),
        meta=operation.code,
        tone="warn",
        count=missing,
    )
