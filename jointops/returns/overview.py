"""Who owes which return and where each stands: the rows of the lists and of the first page.

A row is a unit and a day for which a return is owed, or was sent without being owed. Timeliness is that of the first
submission against the plan's deadline with its minutes of grace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from jointops.kernel import policy
from jointops.kernel.policy import Action, Actor
from jointops.operations import rules as operation_rules
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, ReportingUnit
from jointops.returns import service
from jointops.returns.asked import Asked
from jointops.returns.models import Return, ReturnState

Timeliness = Literal["on-time", "late", "missing", "not-yet-due", "not-expected"]


@dataclass(frozen=True, slots=True)
class Row:
    """A unit's return for a day, or its absence. ``due_at`` is the deadline, ``None`` where none is owed."""

    unit: ReportingUnit
    day: date
    head: Return | None
    timeliness: Timeliness
    due_at: datetime | None

    @property
    def state(self) -> ReturnState | None:
        """Where the return stands; ``None`` without one."""
        return None if self.head is None else self.head.state

    @property
    def absent(self) -> bool:
        """Whether there is no return: none was sent, or it was withdrawn."""
        return self.head is None or self.head.withdrawn

    @property
    def waits(self) -> bool:
        """Whether something is to be done by the unit: it is overdue or due, was begun, or was sent back."""
        if self.state in {ReturnState.DRAFT, ReturnState.SENT_BACK}:
            return True
        return self.absent and self.timeliness in {"missing", "not-yet-due"}


def rows(
    session: Session,
    actor: Actor,
    operation: Operation,
    questions: Asked,
    units: Sequence[ReportingUnit],
    now: datetime,
) -> list[Row]:
    """Return the rows of ``units`` that the person may read, the latest day first, in the plan's order within it.

    Days that have not begun in the operation's time zone are left out.
    """
    codes = {unit.code for unit in units}
    heads = {
        (head.unit.code, head.day): head
        for head in service.list_returns(session, actor, operation)
        if head.unit.code in codes
    }
    today = operation_rules.today(operation.time_zone, now)
    document = questions.document
    deadlines = {day: operation_rules.deadline(document, day) for day in questions.days() if day <= today}
    latest = {day: operation_rules.late_after(document, day) for day in deadlines}
    found: list[Row] = []
    for unit in units:
        owed = {day for day in operation_rules.due(document, unit.code) if day <= today}
        sent = {day for code, day in heads if code == unit.code}
        for day in owed | sent:
            head = heads.get((unit.code, day))
            limit = latest.get(day) if day in owed else None
            found.append(
                Row(unit, day, head, _timeliness(head, limit, now), deadlines.get(day) if limit else None)
            )
    return sorted(found, key=lambda row: (-row.day.toordinal(), row.unit.position))


def _timeliness(head: Return | None, limit: datetime | None, now: datetime) -> Timeliness:
    if limit is None:
        return "not-expected"
    first = None if head is None else head.first_submitted_at
    if first is not None:
        return "on-time" if first <= limit else "late"
    return "missing" if now > limit else "not-yet-due"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many returns of an operation wait for this person: to be sent, to be verified, to be accepted."""

    to_send: Sequence[Row]
    to_verify: int
    to_accept: int


def waiting(found: Sequence[Row], actor: Actor, operation: Operation) -> Waiting:
    """Return what of ``found`` waits for the person, by role and by the plan's chain of steps."""
    allowed = _Allowed(actor, operation)
    return Waiting(
        to_send=[row for row in found if row.waits and row.unit.code in actor.units],
        to_verify=sum(
            row.state is ReturnState.SUBMITTED and allowed(Action.RETURN_VERIFY, row) for row in found
        ),
        to_accept=sum(
            row.state is ReturnState.VERIFIED and allowed(Action.RETURN_ACCEPT, row) for row in found
        ),
    )


def takes_returns(operation: Operation) -> bool:
    """Whether returns are sent and reviewed now."""
    return operation.state in {OperationState.RUNNING, OperationState.CLOSED}


class _Allowed:
    """Asks the policy table about each unit once."""

    def __init__(self, actor: Actor, operation: Operation) -> None:
        self._actor, self._operation = actor, operation
        self._known: dict[tuple[Action, str], bool] = {}

    def __call__(self, action: Action, row: Row) -> bool:
        key = (action, row.unit.code)
        if key not in self._known:
            subject = operations.subject(
                self._operation, party=row.unit.participant.party, unit=row.unit.code
            )
            self._known[key] = policy.allows(self._actor, action, subject)
        return self._known[key]


def steps_offered(found: Sequence[Row], actor: Actor, operation: Operation) -> Mapping[tuple[str, date], str]:
    """Return the next step of the review that the person may take, by unit and day: verified or accepted."""
    allowed = _Allowed(actor, operation)
    offered: dict[tuple[str, date], str] = {}
    for row in found:
        if row.state is ReturnState.SUBMITTED and allowed(Action.RETURN_VERIFY, row):
            offered[row.unit.code, row.day] = "verified"
        elif row.state is ReturnState.VERIFIED and allowed(Action.RETURN_ACCEPT, row):
            offered[row.unit.code, row.day] = "accepted"
    return offered
