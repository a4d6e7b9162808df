"""What participants pledge and what they bring: lines that are known for some time, so that any past can be told.

Part of the service of consultations (``service`` gives its names on): the same rules hold here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from jointops.consultation import rules
from jointops.consultation.models import Contribution
from jointops.consultation.rules import Line
from jointops.kernel import audit, clock, db, policy
from jointops.kernel.errors import Invalid, NotAllowed
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, Participant


@dataclass(frozen=True, slots=True)
class Kept:
    """The lines of one participant and their version: it goes up with every change of any of them."""

    lines: Sequence[Contribution]
    version: int


def contributions(
    session: Session, operation: Operation, as_known_at: datetime | None = None
) -> Sequence[Contribution]:
    """Return the lines of all participants with their participants loaded, in the participants' order.

    As known at ``as_known_at`` (aware), by default now. Access is checked by whoever asks: they are open to whoever
    may read the operation.
    """
    known = (
        Contribution.known_to.is_(None)
        if as_known_at is None
        else (
            (Contribution.known_from <= as_known_at)
            & or_(Contribution.known_to.is_(None), Contribution.known_to > as_known_at)
        )
    )
    return session.scalars(
        select(Contribution)
        .join(Contribution.participant)
        .options(contains_eager(Contribution.participant))
        .where(Participant.operation_id == operation.id, known)
        .order_by(Participant.position, Contribution.number)
    ).all()


def contributions_of(session: Session, actor: Actor, operation: Operation, party: str) -> Kept:
    """Return the lines of one participant; raises NotFound (``participant-unknown``)."""
    policy.require(actor, Action.OPERATION_READ, operations.subject(operation))
    return _kept(session, operations.find_participant(operation, party))


def counted(lines: Sequence[Contribution]) -> list[Line]:
    """Return what counts of ``lines`` against what is asked: all but the pledges of those who declined."""
    return [line_of(row) for row in lines if row.participant.answer is not Answer.DECLINED]


def brought(session: Session, operation: Operation, at: datetime) -> list[rules.Brought]:
    """Return what each party pledged and brought of each kind, as known at ``at`` (aware); access is checked above."""
    found = contributions(session, operation, at)
    return rules.brought((row.participant.party, line_of(row)) for row in found)


def line_of(row: Contribution) -> Line:
    """Return a line as plain data."""
    return Line(
        number=row.number,
        kind=row.kind,
        quantity=row.quantity,
        days=row.days,
        action_area=row.action_area,
        unit=row.unit,
        note=row.note,
        actual_quantity=row.actual_quantity,
        actual_days=row.actual_days,
    )


def put_contributions(
    session: Session,
    actor: Actor,
    operation: Operation,
    party: str,
    lines: Sequence[Line],
    *,
    expected_version: int | None = None,
) -> Kept:
    """Keep exactly these lines of a participant: those that are left out are taken back.

    What is pledged is changed with one right, what came with another: who has one of them leaves the rest as it is.
    Raises NotFound (``participant-unknown``), NotAllowed, Stale, Invalid (see :func:`rules.check_lines`).
    """
    participant = operations.find_participant(operation, party)
    subject = operations.subject(operation, party=participant.party)
    may = {
        action: policy.allows(actor, action, subject)
        for action in (Action.CONTRIBUTION_PLEDGE, Action.CONTRIBUTION_RECORD)
    }
    if not any(may.values()):
        policy.require(actor, Action.CONTRIBUTION_PLEDGE, subject)
    db.share(session, operation.id)
    # One at a time for each participant: line numbers and the version are counted from what is there.
    session.refresh(participant, ["version"], with_for_update=True)
    kept = _kept(session, participant)
    operations.require_version(kept.version, expected_version)
    current = {row.number: row for row in kept.lines}
    document = operations.document(operations.latest_plan(session, operation))
    planned = next((one for one in document.participants if one.party == participant.party), None)
    problems = rules.check_lines(
        lines,
        units=[unit.code for unit in planned.units] if planned else [],
        areas=[area.code for area in document.action_areas],
        numbers=current,
    )
    if problems:
        raise Invalid(problems)
    given = {line.number: line for line in lines if line.number is not None}
    changed = [row for row in kept.lines if row.number not in given or given[row.number] != line_of(row)]
    new = [line for line in lines if line.number is None]
    _require(may, changed, given, new)
    if changed or new:
        _write(session, actor, participant, changed, given, new)
        kept = _kept(session, participant)
        _record(session, actor, operation, participant, kept)
    return kept


def _require(
    may: dict[Action, bool], changed: Sequence[Contribution], given: dict[int, Line], new: Sequence[Line]
) -> None:
    """Raise NotAllowed when the changes need a right that the person lacks."""
    needed = set()
    for row in changed:
        after = given.get(row.number)
        before = line_of(row)
        if after is None or after.pledged() != before.pledged():
            needed.add(Action.CONTRIBUTION_PLEDGE)
        if after is None and row.actual_quantity is not None:
            needed.add(Action.CONTRIBUTION_RECORD)
        if after is not None and after.actual() != before.actual():
            needed.add(Action.CONTRIBUTION_RECORD)
    for line in new:
        # What was not pledged but came is recorded with the one right alone.
        if line.quantity is not None or line.actual_quantity is None:
            needed.add(Action.CONTRIBUTION_PLEDGE)
        if line.actual_quantity is not None:
            needed.add(Action.CONTRIBUTION_RECORD)
    for action in needed:
        if not may[action]:
            message = {
                Action.CONTRIBUTION_PLEDGE: _("What is pledged cannot be changed any more."),
                Action.CONTRIBUTION_RECORD: _("What came is written down once the operation runs."),
            }[action]
            raise NotAllowed("not-allowed", message)


def _write(
    session: Session,
    actor: Actor,
    participant: Participant,
    changed: Sequence[Contribution],
    given: dict[int, Line],
    new: Sequence[Line],
) -> None:
    now = clock.now()
    following = session.scalar(
        select(func.max(Contribution.number)).where(Contribution.participant_id == participant.id)
    )
    number = following or 0
    for row in changed:
        row.known_to = now
        after = given.get(row.number)
        if after is not None:
            session.add(_row(actor, participant, after, row.number, row.version + 1, now))
    for line in new:
        number += 1
        session.add(_row(actor, participant, line, number, 1, now))
    session.flush()


def _row(
    actor: Actor, participant: Participant, line: Line, number: int, version: int, now: datetime
) -> Contribution:
    return Contribution(
        participant_id=participant.id,
        participant=participant,
        number=number,
        version=version,
        kind=line.kind,
        quantity=line.quantity,
        days=line.days,
        action_area=line.action_area,
        unit=line.unit,
        note=line.note.strip(),
        actual_quantity=line.actual_quantity,
        actual_days=line.actual_days,
        changed_by=actor.name,
        known_from=now,
        known_to=None,
    )


def _kept(session: Session, participant: Participant) -> Kept:
    of_participant = Contribution.participant_id == participant.id
    # Every change adds a row or closes one, and rows are never removed: their sum only goes up.
    version = session.execute(
        select(
            func.count(), func.coalesce(func.sum(case((Contribution.known_to.is_not(None), 1), else_=0)), 0)
        ).where(of_participant)
    ).one()
    lines = session.scalars(
        select(Contribution)
        .where(of_participant, Contribution.known_to.is_(None))
        .order_by(Contribution.number)
    ).all()
    return Kept(lines, int(version[0]) + int(version[1]))


def _record(
    session: Session, actor: Actor, operation: Operation, participant: Participant, kept: Kept
) -> None:
    audit.record(
        session,
        actor,
        "consultation:contribution:put",
        "participant",
        f"{operation.code}/{participant.party}",
        operation=operation.code,
        details={
            "lines": [
                {
                    "number": row.number,
                    "kind": row.kind,
                    "quantity": row.quantity,
                    "days": row.days,
                    "actual_quantity": row.actual_quantity,
                    "actual_days": row.actual_days,
                }
                for row in kept.lines
            ]
        },
    )
