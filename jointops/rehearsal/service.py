"""What can be done with exercises: prepare one of a plan, play it, find it, delete it as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete as remove
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from jointops.accounts.models import RoleGrant
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role, Subject
from jointops.notify import service as notify
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plancalendar import due
from jointops.operations.plandoc import PlanDocument
from jointops.operations.plantemplate import instantiate
from jointops.operations.rules import today
from jointops.rehearsal import erasing, script, stage
from jointops.rehearsal.events import Script
from jointops.rehearsal.models import Rehearsal, RehearsalState

PREFIX = "EX-"
"""What the codes of all exercises begin with."""

LONGEST_CODE = 60

GONE_AFTER = timedelta(minutes=2)
"""A rehearsal without a sign of life for so long was broken off, such as by a restart."""

_SLICE = 0.4
"""Seconds of a transaction, so that others who write meanwhile need not wait longer."""

Progress = Callable[[int, int], None]
"""Told how many events of how many are played."""

Open = Callable[[], AbstractContextManager[Session]]
"""Opens a session in a transaction that is committed at the end of the block."""


@dataclass(frozen=True, slots=True)
class Played:
    """A rehearsal that is over: the exercise's code, and what happened how often."""

    code: str
    outcome: dict[str, Any]


def prepare(
    session: Session,
    actor: Actor,
    document: PlanDocument,
    *,
    seed: int = 1,
    source_version: int | None = None,
    source_operation: Operation | None = None,
) -> Rehearsal:
    """Make the exercise of a plan or a template, ready to be played, and return its rehearsal.

    A template gets the next Monday as its first day. Raises NotAllowed, Conflict (``rehearsal-running``), Invalid for
    a plan that is wrong (``nothing-to-rehearse`` where nobody owes a return).
    """
    about = operations.subject(source_operation) if source_operation else Subject(operation=document.code)
    policy.require(actor, Action.EXERCISE_CREATE, about)
    _require_none_running(session)
    source = document.code
    plan = as_exercise(document, _free_code(session, document.code), today("UTC", clock.actual()))
    if not any(due(plan, unit.code) for unit in plan.units()):
        message = _("Nobody owes a return in this plan: add participants with units before you rehearse it.")
        raise Invalid([Problem("nothing-to-rehearse", message, "/participants")])
    written = script.write(plan, seed)
    with clock.staged(written.events[0].at - timedelta(days=1)):
        note = f"Rehearsal of {source}"
        operation = operations.create(session, actor, plan, note, exercise=True)
        operation.answer_by = written.answer_by
    now = clock.actual()
    rehearsal = Rehearsal(
        operation=operation,
        source=source,
        source_version=source_version,
        seed=seed,
        state=RehearsalState.RUNNING,
        done=0,
        total=len(written.events),
        staged_at=written.events[0].at,
        started_at=now,
        started_by=actor.name,
        moved_at=now,
        outcome={},
    )
    session.add(rehearsal)
    session.flush()
    _record(session, actor, Action.EXERCISE_CREATE, operation.code, {"of": source, "seed": seed})
    return rehearsal


def play(open_session: Open, key: int, progress: Progress = lambda done, total: None) -> Played:
    """Play the rehearsal with the key ``key`` to its end, in transactions of less than a second each.

    Raises whatever stops it, after the rehearsal is marked as failed.
    """
    with open_session() as session:
        rehearsal = session.get_one(Rehearsal, key)
        plan = operations.document(operations.plan_in_force(session, rehearsal.operation))
        written = script.write(plan, rehearsal.seed)
    played = stage.Played()
    try:
        for done in _slices(open_session, key, written, played):
            progress(done, len(written.events))
    except BaseException:
        with open_session() as session:
            session.get_one(Rehearsal, key).state = RehearsalState.FAILED
        raise
    with open_session() as session:
        rehearsal = session.get_one(Rehearsal, key)
        rehearsal.state = RehearsalState.DONE
        rehearsal.staged_at = written.end
        rehearsal.moved_at = clock.actual()
        rehearsal.outcome = {
            "happened": dict(played.happened),
            "refused": played.refused,
            "conflicts": played.conflicts,
        }
        return Played(rehearsal.operation.code, rehearsal.outcome)


def _slices(open_session: Open, key: int, written: Script, played: stage.Played) -> Iterator[int]:
    done, total = 0, len(written.events)
    while done < total:
        with open_session() as session:
            rehearsal = session.get_one(Rehearsal, key, options=[joinedload(Rehearsal.operation)])
            until = time.monotonic() + _SLICE
            while done < total and time.monotonic() < until:
                stage.play(session, rehearsal.operation, written.events[done : done + 1], played)
                done += 1
            rehearsal.done = done
            rehearsal.staged_at = written.events[done - 1].at
            rehearsal.moved_at = clock.actual()
        yield done


def as_exercise(document: PlanDocument, code: str, on: date) -> PlanDocument:
    """Return the plan that a rehearsal of ``document`` plays, under ``code``; ``on`` is the day on which it is made.

    What was published of a past operation is left out, and what is illustrative in it: its figures are not those of the
    exercise, of which nothing happened at all.
    """
    if document.template:
        monday = on + timedelta(days=7 - on.weekday())
        document = instantiate(
            document, code=code, title=dict(document.title), start=monday, lead=document.lead
        )
    return replace(document, code=code, publications=(), historical=False, illustrative=None)


def find(session: Session, actor: Actor, code: str) -> Rehearsal:
    """Return the rehearsal that plays the exercise ``code``.

    Raises NotFound (``operation-unknown``, ``not-an-exercise``).
    """
    operation = operations.find(session, actor, code)
    found = session.scalar(_WITH_OPERATION.where(Rehearsal.operation_id == operation.id))
    if found is None:
        raise NotFound("not-an-exercise", _("${code} is not an exercise.", mapping={"code": code}))
    return found


def list_exercises(session: Session, actor: Actor) -> list[Rehearsal]:
    """Return the rehearsals whose exercises the person may read, the latest first."""
    readable = {operation.id for operation in operations.list_operations(session, actor, exercises=True)}
    wanted = _WITH_OPERATION.order_by(Rehearsal.id.desc())
    return [rehearsal for rehearsal in session.scalars(wanted) if rehearsal.operation_id in readable]


def is_broken_off(rehearsal: Rehearsal) -> bool:
    """Say whether a rehearsal that is not over gives no sign of life any more."""
    silent = clock.actual() - rehearsal.moved_at > GONE_AFTER
    return rehearsal.state is RehearsalState.FAILED or (rehearsal.state is RehearsalState.RUNNING and silent)


def staged_at(session: Session, code: str) -> datetime | None:
    """Return the instant of the clock of the exercise ``code``; none where it is not an exercise."""
    return session.scalar(select(Rehearsal.staged_at).join(Rehearsal.operation).where(Operation.code == code))


def delete(session: Session, actor: Actor, code: str) -> int:
    """Delete an exercise with everything in it, and return how many rows that were; the log of it stays.

    Raises NotFound, NotAllowed, Conflict (``not-an-exercise`` for an operation, ``rehearsal-running``).
    """
    operation = operations.find(session, actor, code)
    policy.require(actor, Action.EXERCISE_DELETE, operations.subject(operation))
    if not operation.exercise:
        message = _("${code} is an operation, not an exercise: it is never deleted.", mapping={"code": code})
        raise Conflict("not-an-exercise", message)
    rehearsal = session.scalar(_WITH_OPERATION.where(Rehearsal.operation_id == operation.id))
    if rehearsal is not None and rehearsal.state is RehearsalState.RUNNING and not is_broken_off(rehearsal):
        raise _running(code)
    rows = erasing.erase(session, operation.id)
    session.execute(
        remove(RoleGrant).where(RoleGrant.role == Role.COORDINATOR, RoleGrant.scope == code),
        execution_options={"synchronize_session": False},
    )
    notify.forget_exercise(session, code)
    _record(session, actor, Action.EXERCISE_DELETE, code, {"rows": rows})
    return rows


_WITH_OPERATION = select(Rehearsal).options(joinedload(Rehearsal.operation))


def _require_none_running(session: Session) -> None:
    running = session.scalars(_WITH_OPERATION.where(Rehearsal.state == RehearsalState.RUNNING))
    for rehearsal in running:
        if not is_broken_off(rehearsal):
            raise _running(rehearsal.operation.code)


def _running(code: str) -> Conflict:
    message = _("The rehearsal ${code} is running. Wait until it is over.", mapping={"code": code})
    return Conflict("rehearsal-running", message)


def _free_code(session: Session, code: str) -> str:
    base = f"{PREFIX}{code.removeprefix(PREFIX)}"[:LONGEST_CODE]
    taken = set(
        session.scalars(select(Operation.code).where(Operation.code.startswith(base, autoescape=True)))
    )
    number = 1
    while (found := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return found


def _record(session: Session, actor: Actor, action: Action, code: str, details: dict[str, Any]) -> None:
    audit.record(session, actor, action, "exercise", code, operation=code, details=details)
