"""The conflicts of an operation's tasks: what deconfliction finds in the rows, and what was accepted as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.consultation import contributions
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, Participant, ReportingUnit
from jointops.operations.rules import ENDED
from jointops.reference.catalogue import catalogue
from jointops.tasks import deconfliction, rules
from jointops.tasks.book import TaskInput
from jointops.tasks.deconfliction import Entry, Finding, Pledge, Scene, Unit
from jointops.tasks.finding import dependencies_of
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskConflictNote

NOT_ONE_PLACE = frozenset({"online", "coordination-centre"})
"""Kinds of place where many work at the same time without being in each other's way."""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What was found: ``open`` is still in the way, ``accepted`` are those that were accepted as they are, and why."""

    open: Sequence[Finding]
    accepted: Sequence[tuple[Finding, TaskConflictNote]]


def conflicts(session: Session, actor: Actor, operation: Operation) -> Conflicts:
    """Return everything that is in the way among the operation's tasks, in a fixed number of queries."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    found = deconfliction.findings(entries(session, operation), scene(session, operation))
    return _sorted_out(session, operation, found)


def conflicts_of(
    session: Session, actor: Actor, operation: Operation, code: str, given: TaskInput | None = None
) -> Conflicts:
    """Return what is in the way of one task; with ``given``, as it would be if the task said that.

    The task need not exist: what is found is what would be, if it did. Whatever ``given`` names that does not exist
    is passed over.
    """
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    around = scene(session, operation)
    every = _as_given(entries(session, operation), {} if given is None else {code: given}, around)
    return _sorted_out(session, operation, deconfliction.findings(every, around, code))


def conflicts_among(
    session: Session, actor: Actor, operation: Operation, given: Mapping[str, TaskInput]
) -> Sequence[Finding]:
    """Return what is in the way of any of several tasks, as it is or would be if they said what is ``given``.

    ``given`` is by the tasks' codes; they need not exist. What was accepted as it is does not count.
    """
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    around = scene(session, operation)
    every = _as_given(entries(session, operation), given, around)
    found = _sorted_out(session, operation, deconfliction.findings(every, around)).open
    return [finding for finding in found if not given.keys().isdisjoint(finding.tasks)]


def _as_given(every: Sequence[Entry], given: Mapping[str, TaskInput], around: Scene) -> list[Entry]:
    """Return the entries with those that ``given`` names as they would be, new ones at the end."""
    told = {code: entry_of(code, said, around.units) for code, said in given.items()}
    for old in every:
        if old.code in told:
            told[old.code] = replace(told[old.code], ended=old.ended, cancelled=old.cancelled)
    return [*(entry for entry in every if entry.code not in told), *told.values()]


def accept(session: Session, actor: Actor, operation: Operation, key: str, reason: str) -> TaskConflictNote:
    """Accept a finding as it is, with a reason; it is found again when its tasks change.

    Raises :class:`NotFound` (``conflict-unknown``) where there is no such finding (any more), :class:`Invalid`
    (``reason-missing``, ``too-long``), :class:`Conflict` (``operation-ended``, ``already-accepted``).
    """
    policy.require(actor, Action.TASK_CONFLICT_ACCEPT, operations.subject(operation))
    if operation.state in ENDED:
        message = _(
            "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
        )
        raise Conflict("operation-ended", message)
    found = conflicts(session, actor, operation)
    if any(finding.key == key for finding, _note in found.accepted):
        raise Conflict("already-accepted", _("This conflict is accepted already."))
    finding = next((finding for finding in found.open if finding.key == key), None)
    if finding is None:
        raise NotFound("conflict-unknown", _("There is no such conflict any more. Look at the list again."))
    reason = reason.strip()
    if not reason:
        raise Invalid([Problem("reason-missing", _("Say why it can stay as it is."), "/reason")])
    if len(reason) > rules.TEXT_LENGTH:
        message = _("This text has at most ${count} characters.", mapping={"count": rules.TEXT_LENGTH})
        raise Invalid([Problem("too-long", message, "/reason")])
    note = TaskConflictNote(
        operation_id=operation.id,
        key=key,
        kind=finding.kind.value,
        reason=reason,
        noted_by=actor.name,
        noted_at=clock.now(),
    )
    session.add(note)
    session.flush()
    audit.record(
        session,
        actor,
        Action.TASK_CONFLICT_ACCEPT,
        "tasks",
        operation.code,
        operation=operation.code,
        details={"kind": finding.kind.value, "tasks": list(finding.tasks), "reason": reason},
    )
    return note


def _sorted_out(session: Session, operation: Operation, found: Sequence[Finding]) -> Conflicts:
    notes = {
        note.key: note
        for note in session.scalars(
            select(TaskConflictNote).where(TaskConflictNote.operation_id == operation.id)
        )
    }
    if not notes:
        return Conflicts(found, ())
    kinds = {note.kind for note in notes.values()}
    still_open, accepted = [], []
    for finding in found:
        note = notes.get(finding.key) if finding.kind.value in kinds else None
        if note is None:
            still_open.append(finding)
        else:
            accepted.append((finding, note))
    return Conflicts(still_open, accepted)


# --- From rows to plain data -----------------------------------------------------------------------------------------


def scene(session: Session, operation: Operation) -> Scene:
    """Return the operation around its tasks: days, units, and what participants have pledged."""
    pledges = [
        Pledge(row.participant.party, row.kind, row.quantity, row.unit, row.days)
        for row in contributions.contributions(session, operation)
        if row.quantity and row.participant.answer is not Answer.DECLINED
    ]
    return Scene(
        first_day=operation.first_day,
        last_day=operation.last_day,
        units=tuple(_units(session, operation).values()),
        pledges=tuple(pledges),
    )


def _units(session: Session, operation: Operation) -> dict[int, Unit]:
    found = session.execute(
        select(ReportingUnit.id, ReportingUnit.code, Participant.party, ReportingUnit.authority)
        .join(ReportingUnit.participant)
        .where(ReportingUnit.operation_id == operation.id, ReportingUnit.in_plan)
        .order_by(ReportingUnit.position, ReportingUnit.code)
    )
    return {key: Unit(code, party, authority.value) for key, code, party, authority in found}


def entries(session: Session, operation: Operation) -> list[Entry]:
    """Return the operation's tasks as deconfliction looks at them, in four queries."""
    units = _units(session, operation)
    rows = session.execute(
        select(TaskAssignment.task_id, TaskAssignment.unit_id, TaskAssignment.state, TaskAssignment.is_lead)
        .join(TaskAssignment.task)
        .where(Task.operation_id == operation.id)
        .order_by(TaskAssignment.is_lead.desc(), TaskAssignment.id)
    )
    states: dict[int, list[AssignmentState]] = defaultdict(list)
    there: dict[int, list[Unit]] = defaultdict(list)
    for task_id, unit_id, state, _is_lead in rows:
        states[task_id].append(state)
        if state not in rules.GIVEN_UP and unit_id in units:
            there[task_id].append(units[unit_id])
    waits = dependencies_of(session, operation)
    found = []
    for row in session.execute(_TASKS.where(Task.operation_id == operation.id)):
        whole = rules.task_state(states[row.id], cancelled=row.cancelled)
        found.append(
            Entry(
                code=row.code,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                **_placed(row.place),
                hours=_minutes(row.hours),
                units=tuple(there[row.id]),
                authorities=tuple(row.authorities),
                resources={item["kind"]: item["quantity"] for item in row.resources},
                depends_on=waits.get(row.code, ()),
                ended=whole in {rules.TaskState.DONE, rules.TaskState.CANCELLED, rules.TaskState.DECLINED},
                cancelled=whole is rules.TaskState.CANCELLED,
            )
        )
    return found


_TASKS = select(
    Task.id,
    Task.code,
    Task.starts_on,
    Task.ends_on,
    Task.place,
    Task.hours,
    Task.authorities,
    Task.resources,
    Task.cancelled,
).order_by(Task.id)


def entry_of(code: str, given: TaskInput, units: Sequence[Unit]) -> Entry:
    """Return what somebody wants a task to say, as deconfliction looks at it."""
    known = {unit.code: unit for unit in units}
    codes = sorted(given.units, key=lambda unit: unit != given.lead)
    return Entry(
        code=code,
        starts_on=given.starts_on,
        ends_on=max(given.starts_on, given.ends_on),
        **_placed(given.place),
        hours=_minutes(given.hours),
        units=tuple(known[unit] for unit in codes if unit in known),
        authorities=tuple(code for code in given.authorities if code in catalogue().authority_types),
        resources={
            item.kind: item.quantity
            for item in given.resources
            if item.quantity > 0 and item.kind in catalogue().contribution_kinds
        },
        depends_on=given.depends_on,
    )


def _placed(place: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a place as fields of an entry; where many work at the same time there is none."""
    if not place or place.get("kind") in NOT_ONE_PLACE:
        return {}
    return {
        "place": str(place.get("name", "")).strip(),
        "country": str(place.get("country", "")),
        "point": _point(place.get("lat"), place.get("lon")),
    }


def _point(lat: object, lon: object) -> tuple[float, float] | None:
    try:
        point = float(str(lat)), float(str(lon))
    except ValueError:
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None


def _minutes(hours: Mapping[str, str] | None) -> tuple[int, int] | None:
    """Return hours as minutes since midnight; ``None`` for those that are none, or the whole day."""
    try:
        since, until = (time.fromisoformat((hours or {})[key]) for key in ("since", "until"))
    except (KeyError, ValueError):
        return None
    if since == until:
        return None
    return since.hour * 60 + since.minute, until.hour * 60 + until.minute
