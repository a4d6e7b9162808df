"""Jobs: reminding of returns that are not there (the unit, its country, the coordination centre); forgetting drafts."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from jointops.accounts.models import Person
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.i18n import _
from jointops.kernel.policy import Role
from jointops.notify import service as notify
from jointops.notify.rules import At
from jointops.operations import plancalendar
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, Participant, ReportingUnit
from jointops.returns import drafts, reminders
from jointops.returns.models import ReminderSent, Return
from jointops.returns.reminders import Due

log = logging.getLogger(__name__)

_SENT = cast("Table", ReminderSent.__table__)
_NOTE = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_SENT)
    .on_conflict_do_nothing(index_elements=["unit_id", "day", "step"])
    .returning(_SENT.c.unit_id)
    for dialect in (postgresql, sqlite)
}


def forget_drafts(session_factory: sessionmaker[Session]) -> None:
    """Delete what was typed and never sent, once the figures have been frozen for some time."""
    with unit_of_work(session_factory) as session:
        count = drafts.forget_old(session)
    if count:
        log.info("deleted %d drafts of returns that were never sent", count)


def remind_of_returns(session_factory: sessionmaker[Session]) -> None:
    """Send the reminders that are due in every running operation.

    Each operation is a transaction of its own, so that one that fails holds up no other.
    """
    with unit_of_work(session_factory, read_only=True) as session:
        running = (
            select(Operation.id).where(Operation.state == OperationState.RUNNING).order_by(Operation.code)
        )
        keys = session.scalars(running).all()
    for key in keys:
        with unit_of_work(session_factory) as session:
            told = remind(session, session.get_one(Operation, key))
        if told:
            log.info("reminded %d people of returns", told)


def remind(session: Session, operation: Operation) -> int:
    """Send the reminders of one operation that are due now; return how many notices that made.

    Each goes out once for a unit, day and step, whoever runs the job, and one person is told once of all units.
    """
    plan = operations.document(operations.plan_in_force(session, operation))
    due = list(reminders.due(plan, clock.now()))
    if not due:
        return 0
    days = {item.day for item in due}
    units = _units(session, operation)
    owed = {unit.code: set(plancalendar.due(plan, unit.code)) for unit, _party in units}
    came = _came(session, operation, days)
    told = 0
    for item in due:
        missing = [
            (unit, party)
            for unit, party in units
            if item.day in owed[unit.code] and (unit.id, item.day) not in came
        ]
        first = _first_time(session, operation, item, [unit for unit, _party in missing])
        told += _tell(
            session, operation, item, [(unit, party) for unit, party in missing if unit.id in first]
        )
    return told


def _units(session: Session, operation: Operation) -> Sequence[tuple[ReportingUnit, str]]:
    found = session.execute(
        select(ReportingUnit, Participant.party)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(Participant.operation_id == operation.id, ReportingUnit.in_plan)
        .order_by(ReportingUnit.position)
    )
    return [(unit, party) for unit, party in found]


def _came(session: Session, operation: Operation, days: Collection[date]) -> set[tuple[int, date]]:
    """Return the units and days for which a return was submitted and not withdrawn."""
    found = session.execute(
        select(Return.unit_id, Return.day).where(
            Return.operation_id == operation.id, Return.day.in_(days), Return.first_submitted_at.is_not(None)
        )
    )
    return {(unit, day) for unit, day in found}


def _first_time(session: Session, operation: Operation, due: Due, units: Sequence[ReportingUnit]) -> set[int]:
    """Note that units are reminded of; return those that nobody was reminded of by this step before."""
    if not units:
        return set()
    known = set(
        session.scalars(
            select(ReminderSent.unit_id).where(
                ReminderSent.operation_id == operation.id,
                ReminderSent.day == due.day,
                ReminderSent.step == due.step,
            )
        )
    )
    rows = [
        {
            "operation_id": operation.id,
            "unit_id": unit.id,
            "day": due.day,
            "step": due.step,
            "sent_at": clock.now(),
        }
        for unit in units
        if unit.id not in known
    ]
    if not rows:
        return set()
    # Another process may be at it: whose row it is sends the reminder.
    return set(session.scalars(_NOTE[session.get_bind().dialect.name].values(rows)))


def _tell(
    session: Session, operation: Operation, due: Due, missing: Sequence[tuple[ReportingUnit, str]]
) -> int:
    """Tell each person once, of all the units that are theirs."""
    told = 0
    for person, codes in _readers(session, operation, due.reminder.to, missing):
        told += notify.send(
            session,
            recipients=[person],
            subject=_subject(due, codes),
            text=_text(operation, due, codes),
            path=_path(operation, due, codes),
            operation=operation.code,
            exercise=operation.exercise,
        )
    return told


def _readers(
    session: Session, operation: Operation, to: str, missing: Sequence[tuple[ReportingUnit, str]]
) -> Iterable[tuple[Person, list[str]]]:
    if not missing:
        return []
    if to == "coordinator":
        people = notify.audience(session, operation.code)
        return [(person, [unit.code for unit, _party in missing]) for person in people]
    scopes: Mapping[str, list[str]]
    if to == "unit":
        role, scopes = Role.REPORTER, {unit.code: [unit.code] for unit, _party in missing}
    else:
        by_party: dict[str, list[str]] = defaultdict(list)
        for unit, party in missing:
            by_party[party].append(unit.code)
        role, scopes = Role.NATIONAL_COORDINATOR, by_party
    of_person: dict[int, tuple[Person, list[str]]] = {}
    for scope, people in notify.holders(session, role, scopes).items():
        for person in people:
            of_person.setdefault(person.id, (person, []))[1].extend(scopes[scope])
    return of_person.values()


def _subject(due: Due, codes: Sequence[str]) -> str:
    mapping = {"day": due.day, "n": len(codes), "unit": codes[0]}
    soon: tuple[str, str] = (
        _("The return of ${unit} for ${day} is due soon", mapping=mapping),
        _("${n} returns for ${day} are due soon", mapping=mapping),
    )
    missing: tuple[str, str] = (
        _("The return of ${unit} for ${day} is missing", mapping=mapping),
        _("${n} returns for ${day} are missing", mapping=mapping),
    )
    return (soon if due.deadline > clock.now() else missing)[len(codes) > 1]


def _text(operation: Operation, due: Due, codes: Sequence[str]) -> str:
    mapping = {
        "operation": operation.code,
        "day": due.day,
        "deadline": At(due.deadline, operation.time_zone),
        "units": ", ".join(codes),
    }
    soon: str = _(
        "In ${operation}, no return has come for ${day} from: ${units}. It is due at ${deadline}. With nothing to "
        "report, send a nil return.",
        mapping=mapping,
    )
    missing: str = _(
        "In ${operation}, no return has come for ${day} from: ${units}. It was due at ${deadline}. A late return is "
        "better than none, and a nil return says that there was nothing.",
        mapping=mapping,
    )
    return soon if due.deadline > clock.now() else missing


def _path(operation: Operation, due: Due, codes: Sequence[str]) -> str:
    here = f"/operations/{operation.code}/returns"
    if len(codes) == 1:
        return f"{here}/{codes[0]}/{due.day.isoformat()}"
    return f"{here}?state=missing&day={due.day.isoformat()}"
