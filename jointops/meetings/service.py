"""What can be done with meetings: prepare, invite, hold, close; and how they are found.

Every function takes a session (the transaction is the caller's) and the person who acts, asks the policy table
first, and writes its entry to the audit log last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.meetings import rules
from jointops.meetings.finding import concerns, find, list_meetings, of_person
from jointops.meetings.gathering import OpenItem, open_items
from jointops.meetings.models import AgendaItem, Decision, ItemKind, Meeting, MeetingState
from jointops.meetings.rules import MeetingInput
from jointops.notify import service as notify
from jointops.notify.rules import At
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.tasks import service as tasks
from jointops.tasks.models import Task
from jointops.tasks.service import TaskInput

# --- Preparing -------------------------------------------------------------------------------------------------------


def create(session: Session, actor: Actor, operation: Operation, given: MeetingInput) -> Meeting:
    """Create a meeting as a draft; it takes over what the one before it left open.

    The one before is the latest closed meeting whose open items no other meeting took over. Raises :class:`Invalid`
    (``text-missing``, ``too-long``, ``bad-minutes``, ``participant-unknown``).
    """
    policy.require(actor, Action.MEETING_UPDATE, operations.subject(operation))
    given = _checked(operation, given)
    # Two people creating at once must not both take the same number.
    session.execute(select(Operation.id).where(Operation.id == operation.id).with_for_update())
    last = session.scalar(select(func.max(Meeting.number)).where(Meeting.operation_id == operation.id))
    previous = _before(session, operation)
    now = clock.now()
    meeting = Meeting(
        operation=operation,
        number=(last or 0) + 1,
        state=MeetingState.DRAFT,
        previous=previous,
        attended=[],
        closed_by="",
        created_at=now,
        changed_at=now,
        version=1,
        items=[],
    )
    _write(meeting, given)
    session.add(meeting)
    for item in previous.items if previous is not None else ():
        if not item.settled:
            _append(
                meeting,
                kind=item.kind,
                reference=item.reference,
                title=item.title,
                note=item.outcome or item.note,
                carried_from=item.carried_from or (previous.number if previous else None),
            )
    session.flush()
    details = {"title": meeting.title, "carried": len(meeting.items)}
    _record(session, actor, meeting, "created", details)
    return meeting


def update(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Meeting:
    """Change title, time, place or who is invited, named as in :class:`MeetingInput`, before the meeting begins.

    Who is invited already is told when time or place change. Raises as :func:`create`, and Stale, Conflict
    (``meeting-begun``), NotFound (``meeting-unknown``).
    """
    meeting = _changeable(session, actor, operation, number, expected_version)
    if meeting.state not in rules.PREPARED:
        raise _not_now(meeting)
    before = as_input(meeting)
    given = _checked(operation, replace(before, **changes))
    if given == before:
        return meeting
    _write(meeting, given)
    _touch(session, meeting)
    _record(session, actor, meeting, "changed", {"changed": sorted(changes)})
    if meeting.state is MeetingState.OPEN:
        if (given.starts_at, given.place) != (before.starts_at, before.place):
            _tell(
                session,
                actor,
                meeting,
                _("Meeting of ${operation}: new time or place", mapping=_named(meeting)),
            )
        else:
            new = set(_invited(meeting)) - set(before.invited or operation.parties)
            _tell(session, actor, meeting, _INVITED % _named(meeting), new)
    return meeting


def as_input(meeting: Meeting) -> MeetingInput:
    """Return what a meeting says of itself now."""
    return MeetingInput(
        title=meeting.title,
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        place=meeting.place,
        invited=tuple(meeting.invited),
    )


def offered(session: Session, actor: Actor, operation: Operation, meeting: Meeting) -> list[OpenItem]:
    """Return what is open in the operation and not on the meeting's agenda yet."""
    policy.require(actor, Action.MEETING_UPDATE, operations.subject(operation))
    there = {item.reference for item in meeting.items}
    return [item for item in open_items(session, actor, operation) if item.reference not in there]


def add_open(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    references: Sequence[str],
    *,
    expected_version: int | None = None,
) -> Meeting:
    """Put open items on the agenda, by their references and in that order; those that are there stay as they are.

    Raises Invalid (``item-unknown``), Conflict (``meeting-closed``), NotFound, Stale.
    """
    meeting = _agenda(session, actor, operation, number, expected_version)
    known = {item.reference: item for item in open_items(session, actor, operation)}
    there = {item.reference for item in meeting.items}
    problems = [
        Problem(
            "item-unknown",
            _("“${reference}” is not open (any more).", mapping={"reference": reference}),
            f"/references/{place}",
        )
        for place, reference in enumerate(references)
        if reference not in known and reference not in there
    ]
    if problems or not references:
        raise Invalid(problems or [Problem("item-missing", _("Choose what to speak about."), "/references")])
    for reference in dict.fromkeys(references):
        if reference not in there:
            item = known[reference]
            _append(meeting, kind=item.kind, reference=reference, title=item.title)
    _touch(session, meeting)
    _record(session, actor, meeting, "agenda", {"added": list(references)})
    return meeting


def add_own(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    title: str,
    note: str = "",
    *,
    expected_version: int | None = None,
) -> Meeting:
    """Put an item of one's own on the agenda. Raises Invalid (``text-missing``, ``too-long``), Conflict, NotFound."""
    meeting = _agenda(session, actor, operation, number, expected_version)
    problems = [
        *rules.text_problems("/title", title, rules.ITEM_LENGTH, required=True),
        *rules.text_problems("/note", note, rules.TEXT_LENGTH),
    ]
    if problems:
        raise Invalid(problems)
    _append(meeting, kind=ItemKind.OWN, title=title.strip(), note=note.strip())
    _touch(session, meeting)
    _record(session, actor, meeting, "agenda", {"added": [title.strip()]})
    return meeting


def move_item(
    session: Session, actor: Actor, operation: Operation, number: int, key: int, by: int
) -> Meeting:
    """Move an item ``by`` places on the agenda (negative: up). Raises NotFound (``item-unknown``), Conflict."""
    meeting = _agenda(session, actor, operation, number)
    _item(meeting, key)
    order = rules.moved([item.id for item in meeting.items], key, by)
    for item in meeting.items:
        item.position = order.index(item.id) + 1
    _touch(session, meeting)
    session.refresh(meeting, ["items"])
    _record(session, actor, meeting, "agenda", {"moved": key})
    return meeting


def remove_item(session: Session, actor: Actor, operation: Operation, number: int, key: int) -> Meeting:
    """Take an item off the agenda, unless something was decided on it. Raises NotFound, Conflict (``item-decided``)."""
    meeting = _agenda(session, actor, operation, number)
    item = _item(meeting, key)
    if item.decisions:
        raise Conflict("item-decided", _("Something was decided on this item: it stays in the minutes."))
    meeting.items.remove(item)
    for place, left in enumerate(meeting.items, 1):
        left.position = place
    _touch(session, meeting)
    _record(session, actor, meeting, "agenda", {"removed": item.title})
    return meeting


# --- The life of a meeting -------------------------------------------------------------------------------------------


def step(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    to: MeetingState,
    *,
    expected_version: int | None = None,
) -> Meeting:
    """Invite to a meeting, begin it, close it, or cancel it; those who are invited are told.

    Raises Conflict (``no-such-step``, ``agenda-empty`` to invite), NotFound, Stale.
    """
    meeting = _changeable(session, actor, operation, number, expected_version)
    before = meeting.state
    if not any(one.target is to for one in rules.steps_from(before)):
        accepted = tuple(one.target.value for one in rules.steps_from(before))
        message = _(
            "The meeting cannot go on like this (it is: ${state}).",
            mapping={"state": rules.STATE_LABELS[before]},
        )
        raise Conflict("no-such-step", message, "/to", accepted)
    if to is MeetingState.OPEN and not meeting.items:
        raise Conflict("agenda-empty", _("Put something on the agenda before you invite."))
    meeting.state = to
    if to is MeetingState.CLOSED:
        meeting.closed_at, meeting.closed_by = clock.now(), actor.name
    _touch(session, meeting)
    _record(session, actor, meeting, to.value, {"from": before.value})
    if to is MeetingState.OPEN:
        _tell(session, actor, meeting, _INVITED % _named(meeting))
    elif to is MeetingState.CANCELLED and before is MeetingState.OPEN:
        _tell(session, actor, meeting, _("Meeting of ${operation} is cancelled", mapping=_named(meeting)))
    elif to is MeetingState.CLOSED:
        _tell(session, actor, meeting, _("Minutes of the meeting of ${operation}", mapping=_named(meeting)))
    return meeting


def note_attendance(
    session: Session, actor: Actor, operation: Operation, number: int, parties: Collection[str]
) -> Meeting:
    """Note who is there (codes of parties), while the meeting is in progress. Raises Invalid, Conflict, NotFound."""
    meeting = _held(session, actor, operation, number)
    unknown = set(parties) - set(operation.parties)
    if unknown:
        message = _("“${party}” does not take part in the operation.", mapping={"party": min(unknown)})
        raise Invalid([Problem("participant-unknown", message, "/attended", tuple(operation.parties))])
    meeting.attended = [party for party in operation.parties if party in parties]
    _touch(session, meeting)
    _record(session, actor, meeting, "attended", {"parties": meeting.attended})
    return meeting


def write_outcome(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    key: int,
    outcome: str,
    *,
    settled: bool = True,
) -> Meeting:
    """Write what came of an item, while the meeting is in progress; what is not ``settled`` the next takes over.

    Raises Conflict (``meeting-not-in-progress``), Invalid (``too-long``), NotFound (``item-unknown``).
    """
    meeting = _held(session, actor, operation, number)
    item = _item(meeting, key)
    if problems := rules.text_problems("/outcome", outcome, rules.TEXT_LENGTH):
        raise Invalid(problems)
    item.outcome, item.settled = outcome.strip(), settled
    _touch(session, meeting)
    _record(session, actor, meeting, "outcome", {"item": item.title, "settled": settled})
    return meeting


def decide(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int,
    key: int,
    text: str,
    task: TaskInput | None = None,
) -> Decision:
    """Note a decision on an item, while the meeting is in progress; with ``task`` it becomes work for units.

    Raises as :func:`write_outcome`, and for the task as :func:`jointops.tasks.service.create`, its places behind
    ``/task``.
    """
    meeting = _held(session, actor, operation, number)
    item = _item(meeting, key)
    problems = rules.text_problems("/text", text, rules.TEXT_LENGTH, required=True)
    made: Task | None = None
    if task is not None and not problems:
        try:
            made = tasks.create(session, actor, operation, task)
        except Invalid as error:
            problems = [replace(problem, pointer=f"/task{problem.pointer}") for problem in error.problems]
    if problems:
        raise Invalid(problems)
    decision = Decision(text=text.strip(), task=made, decided_at=clock.now(), decided_by=actor.name)
    item.decisions.append(decision)
    _touch(session, meeting)
    details = {"item": item.title, "text": decision.text, "task": made.code if made else None}
    _record(session, actor, meeting, "decision", details)
    return decision


def decisions_of(session: Session, actor: Actor, operation: Operation, task: Task) -> list[Meeting]:
    """Return the meetings at which a task was decided, as far as the person may read them."""
    subject = operations.subject(operation)
    if not policy.allows(actor, Action.MEETING_READ, subject):
        return []
    return list(
        session.scalars(
            select(Meeting)
            .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
            .join(Decision, Decision.item_id == AgendaItem.id)
            .where(Decision.task_id == task.id)
            .order_by(Meeting.number)
        )
    )


# --- Below -----------------------------------------------------------------------------------------------------------

_INVITED = _("Meeting of ${operation}")


def _checked(operation: Operation, given: MeetingInput) -> MeetingInput:
    given = replace(given, title=given.title.strip(), place=given.place.strip())
    if problems := rules.problems_of(given, operation.parties):
        raise Invalid(problems)
    return given


def _write(meeting: Meeting, given: MeetingInput) -> None:
    meeting.title, meeting.place = given.title, given.place
    meeting.starts_at, meeting.minutes = given.starts_at, given.minutes
    meeting.invited = list(given.invited)


def _append(meeting: Meeting, **said: Any) -> None:
    if len(meeting.items) >= rules.MOST_ITEMS:
        message = _("An agenda has at most ${count} items.", mapping={"count": rules.MOST_ITEMS})
        raise Conflict("agenda-full", message)
    blank = {"reference": "", "note": "", "outcome": "", "settled": False, "carried_from": None}
    meeting.items.append(AgendaItem(**{**blank, **said}, position=len(meeting.items) + 1))


def _before(session: Session, operation: Operation) -> Meeting | None:
    """Return the latest closed meeting, unless another that was not cancelled took its open items over."""
    latest = session.scalar(
        select(Meeting)
        .where(Meeting.operation_id == operation.id, Meeting.state == MeetingState.CLOSED)
        .order_by(Meeting.closed_at.desc(), Meeting.number.desc())
        .options(selectinload(Meeting.items))
        .limit(1)
    )
    if latest is None:
        return None
    followed = session.scalar(
        select(Meeting.id)
        .where(Meeting.previous_id == latest.id, Meeting.state != MeetingState.CANCELLED)
        .limit(1)
    )
    return None if followed is not None else latest


def _changeable(
    session: Session, actor: Actor, operation: Operation, number: int, expected_version: int | None = None
) -> Meeting:
    """Find a meeting to change it; those who change the same one wait for each other."""
    policy.require(actor, Action.MEETING_UPDATE, operations.subject(operation))
    session.execute(
        select(Meeting.id)
        .where(Meeting.operation_id == operation.id, Meeting.number == number)
        .with_for_update()
    )
    meeting = find(session, actor, operation, number)
    if expected_version is not None and expected_version != meeting.version:
        raise Stale(
            _("Somebody changed this meeting since you opened it. Look at it again."),
            given=str(expected_version),
            current=str(meeting.version),
        )
    return meeting


def _agenda(
    session: Session, actor: Actor, operation: Operation, number: int, expected_version: int | None = None
) -> Meeting:
    meeting = _changeable(session, actor, operation, number, expected_version)
    if meeting.state not in rules.LIVE:
        raise Conflict("meeting-closed", _("The meeting is over: its agenda stays as it is."))
    return meeting


def _held(session: Session, actor: Actor, operation: Operation, number: int) -> Meeting:
    meeting = _changeable(session, actor, operation, number)
    if meeting.state is not MeetingState.IN_PROGRESS:
        message = _(
            "Outcomes and decisions are written while the meeting is in progress (it is: ${state}).",
            mapping={"state": rules.STATE_LABELS[meeting.state]},
        )
        raise Conflict("meeting-not-in-progress", message)
    return meeting


def _not_now(meeting: Meeting) -> Conflict:
    message = _(
        "Time, place and invitations are changed before the meeting begins (it is: ${state}).",
        mapping={"state": rules.STATE_LABELS[meeting.state]},
    )
    return Conflict("meeting-begun", message)


def _item(meeting: Meeting, key: int) -> AgendaItem:
    found = next((item for item in meeting.items if item.id == key), None)
    if found is None:
        raise NotFound("item-unknown", _("The agenda has no such item."))
    return found


def _touch(session: Session, meeting: Meeting) -> None:
    meeting.version += 1
    meeting.changed_at = clock.now()
    session.flush()


def _invited(meeting: Meeting) -> list[str]:
    return meeting.invited or meeting.operation.parties


def _named(meeting: Meeting) -> dict[str, str]:
    return {"operation": meeting.operation.code}


def _tell(
    session: Session, actor: Actor, meeting: Meeting, subject: str, parties: Collection[str] | None = None
) -> None:
    operation = meeting.operation
    told = sorted(parties if parties is not None else _invited(meeting))
    if not told or operation.historical:
        # What is put on record of the past is no news.
        return
    notify.send(
        session,
        recipients=[*notify.audience(session, operation.code), *notify.audience(session, party=told)],
        subject=subject,
        text=_(
            "${title}: ${when}",
            mapping={"title": meeting.title, "when": At(meeting.starts_at, operation.time_zone)},
        ),
        path=f"/operations/{operation.code}/meetings/{meeting.number}",
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )


def _record(
    session: Session, actor: Actor, meeting: Meeting, what: str, details: Mapping[str, object]
) -> None:
    code = meeting.operation.code
    audit.record(
        session,
        actor,
        Action.MEETING_UPDATE,
        "meeting",
        f"{code}/{meeting.number}",
        operation=code,
        details={"what": what, **details},
    )


__all__ = [
    "MeetingInput",
    "OpenItem",
    "add_open",
    "add_own",
    "as_input",
    "concerns",
    "create",
    "decide",
    "decisions_of",
    "find",
    "list_meetings",
    "move_item",
    "note_attendance",
    "of_person",
    "offered",
    "open_items",
    "remove_item",
    "step",
    "update",
    "write_outcome",
]
