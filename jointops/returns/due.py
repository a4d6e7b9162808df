"""Returns as the list of what is asked of somebody has them: each day for which a unit still owes one."""

from __future__ import annotations

from collections.abc import Mapping

from pyramid.request import Request

from jointops.kernel import clock
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState
from jointops.rendering import numbers
from jointops.returns import asked, overview
from jointops.returns.models import ReturnState
from jointops.returns.rules import STATE_LABELS
from jointops.web.due import DueItem

_MARKS: Mapping[str, tuple[str, str, str]] = {
    "missing": (_("Missing"), "bad", "missing"),
    "not-yet-due": (_("Not yet due"), "neutral", "due"),
    "draft": (STATE_LABELS[ReturnState.DRAFT], "warn", "edit"),
    "sent-back": (STATE_LABELS[ReturnState.SENT_BACK], "bad", "return"),
}
"""Word, tone and icon of what waits for a unit."""


def due_returns(request: Request, operation: str | None) -> list[DueItem]:
    """Return the returns that the reader's units owe, that they began, or that were sent back to them."""
    if not request.actor.units:
        return []
    every = (
        [operations.find(request.db, request.actor, operation)]
        if operation
        else operations.list_operations(request.db, request.actor)
    )
    return [item for one in every if one.state is OperationState.RUNNING for item in _of(request, one)]


def _of(request: Request, operation: Operation) -> list[DueItem]:
    questions = asked.asked(request.db, operation)
    units = asked.readable(request.actor, operation, questions)
    now = clock.now()
    rows = overview.rows(request.db, request.actor, operation, questions, units, now)
    found = []
    for row in overview.waiting(rows, request.actor, operation).to_send:
        state = row.timeliness if row.absent or row.state is None else row.state.value
        text, tone, icon = _MARKS[state]
        day = numbers.day(row.day, request.locale)
        found.append(
            DueItem(
                kind="return",
                code=row.day.isoformat(),
                title=request.translate(_("Return for ${day}", mapping={"day": day})),
                href=request.route_path(
                    "returns.return", code=operation.code, unit=row.unit.code, day=row.day.isoformat()
                ),
                due=row.due_at,
                state=state,
                state_text=request.translate(text),
                tone=tone,
                icon=icon,
                unit=row.unit.code,
                operation=operation.code,
                zone=operation.time_zone,
                overdue=row.absent and row.timeliness == "missing",
            )
        )
    return found
