"""How meetings are found: one, an operation's, and those of a person. Drafts are seen by whoever prepares them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.kernel import policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.meetings.models import AgendaItem, Decision, Meeting, MeetingState
from jointops.operations import service as operations
from jointops.operations.models import Operation


def list_meetings(session: Session, actor: Actor, operation: Operation) -> list[Meeting]:
    """Return the operation's meetings, the latest first; drafts only for those who may change them."""
    subject = operations.subject(operation)
    policy.require(actor, Action.MEETING_READ, subject)
    found = session.scalars(
        select(Meeting)
        .where(Meeting.operation_id == operation.id)
        .options(selectinload(Meeting.items))
        .order_by(Meeting.starts_at.desc(), Meeting.number.desc())
    ).all()
    prepares = policy.allows(actor, Action.MEETING_UPDATE, subject)
    return [meeting for meeting in found if prepares or meeting.state is not MeetingState.DRAFT]


def find(session: Session, actor: Actor, operation: Operation, number: int) -> Meeting:
    """Return one meeting with its agenda and decisions. Raises NotFound (``meeting-unknown``)."""
    subject = operations.subject(operation)
    policy.require(actor, Action.MEETING_READ, subject)
    found = session.scalar(
        select(Meeting)
        .where(Meeting.operation_id == operation.id, Meeting.number == number)
        .options(
            selectinload(Meeting.items).selectinload(AgendaItem.decisions).joinedload(Decision.task),
            joinedload(Meeting.previous),
        )
    )
    hidden = found is not None and found.state is MeetingState.DRAFT
    if found is None or (hidden and not policy.allows(actor, Action.MEETING_UPDATE, subject)):
        raise NotFound(
            "meeting-unknown",
            _(
                "${operation} has no meeting ${number}.",
                mapping={"operation": operation.code, "number": number},
            ),
        )
    return found


def of_person(session: Session, actor: Actor, among: Sequence[Operation]) -> list[Meeting]:
    """Return the meetings of ``among`` that the person coordinates or is invited to, the earliest first."""
    known = {operation.id: operation for operation in among}
    found = session.scalars(
        select(Meeting)
        .where(Meeting.operation_id.in_(known), Meeting.state != MeetingState.DRAFT)
        .options(selectinload(Meeting.items), joinedload(Meeting.operation))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [meeting for meeting in found if concerns(actor, known[meeting.operation_id], meeting)]


def concerns(actor: Actor, operation: Operation, meeting: Meeting) -> bool:
    """Say whether a meeting is one of the person's: they coordinate the operation, or their party is invited."""
    subject = operations.subject(operation)
    if not policy.allows(actor, Action.MEETING_READ, subject):
        return False
    invited = set(meeting.invited or operation.parties)
    return bool(actor.parties & invited) or policy.allows(actor, Action.TASK_ASSIGN, subject)
