"""What stands in the calendars of people, units and operations, and the secret addresses of people's feeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from jointops.accounts import signin
from jointops.accounts.models import Person
from jointops.accounts.signin import Identity
from jointops.calendars import rules
from jointops.calendars.models import CalendarAddress
from jointops.calendars.rules import Deadline
from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role, Subject
from jointops.meetings import service as meetings
from jointops.meetings.models import Meeting
from jointops.operations import service as operations
from jointops.operations.history import made_in_force
from jointops.operations.models import (
    Operation,
    OperationState,
    Participant,
    ReportingUnit,
)
from jointops.tasks import windows
from jointops.tasks.windows import Window

KEPT = timedelta(days=90)
"""How long after its last day an operation stays in a person's calendar."""


@dataclass(frozen=True, slots=True)
class Diary:
    """What stands in one calendar: operations, when returns are due, what is to be done, and meetings.

    ``versions`` gives by the operation's key the number of the plan version in force and when it was made.
    """

    operations: Sequence[Operation]
    versions: Mapping[int, tuple[int, datetime]]
    deadlines: Sequence[Deadline]
    tasks: Sequence[Window]
    meetings: Sequence[Meeting]


# --- What stands in a calendar ---------------------------------------------------------------------------------------


def of_person(session: Session, actor: Actor) -> Diary:
    """Return the calendar of the person who acts, in a number of queries that does not depend on its length.

    The operations that they may read and that are not over for longer than :data:`KEPT`; the tasks of their units
    and country; the deadlines of the returns that they owe, verify or, as coordinators, accept; the meetings that
    they coordinate or are invited to.
    """
    policy.require(actor, Action.CALENDAR_ADDRESS_CREATE, Subject(person=actor.id))
    since = clock.now().date() - KEPT
    open_to = [
        operation
        for operation in operations.list_operations(session, actor)
        if operation.last_day >= since
        and policy.allows(actor, Action.CALENDAR_READ, operations.subject(operation))
    ]
    parties = {
        grant.scope for grant in actor.grants if grant.role is Role.NATIONAL_COORDINATOR and grant.scope
    }
    live = [operation for operation in open_to if operation.state is not OperationState.CANCELLED]
    documents = operations.documents_in_force(session, live)
    own = [operation for operation in live if _coordinates(actor, operation)]
    return Diary(
        operations=open_to,
        versions=made_in_force(session, open_to),
        deadlines=[
            deadline
            for operation in live
            for deadline in rules.deadlines(
                operation.code,
                documents[operation.id],
                None if operation in own else parties,
                actor.units,
            )
        ],
        tasks=windows.windows(session, live, parties=parties, units=actor.units)
        if parties or actor.units
        else [],
        meetings=meetings.of_person(session, actor, live),
    )


def of_operation(session: Session, actor: Actor, operation: Operation) -> Diary:
    """Return the calendar of an operation: its days, all its deadlines and tasks, and its meetings."""
    return _of(session, actor, operation, None, ())


def of_unit(session: Session, actor: Actor, operation: Operation, unit: str) -> Diary:
    """Return the calendar of one reporting unit. Raises NotFound (``unit-unknown``)."""
    found = operations.find_unit(session, operation, unit)
    return _of(session, actor, operation, (), (found.code,))


def _of(
    session: Session,
    actor: Actor,
    operation: Operation,
    parties: Collection[str] | None,
    units: Collection[str],
) -> Diary:
    policy.require(actor, Action.CALENDAR_READ, operations.subject(operation))
    ended = operation.state is OperationState.CANCELLED
    document = operations.document(operations.plan_in_force(session, operation))
    return Diary(
        operations=[operation],
        versions=made_in_force(session, [operation]),
        deadlines=[] if ended else rules.deadlines(operation.code, document, parties, units),
        tasks=windows.windows(session, [operation], parties=parties, units=units),
        meetings=meetings.list_meetings(session, actor, operation),
    )


def _coordinates(actor: Actor, operation: Operation) -> bool:
    return any(
        grant.role is Role.COORDINATOR and grant.scope in {None, operation.code} for grant in actor.grants
    )


def own_units(session: Session, actor: Actor, among: Sequence[Operation]) -> dict[int, list[str]]:
    """Return the codes of the person's units in several operations, by the operations' keys, in the plans' order."""
    nations = {
        grant.scope for grant in actor.grants if grant.role is Role.NATIONAL_COORDINATOR and grant.scope
    }
    readable = [
        operation.id
        for operation in among
        if policy.allows(actor, Action.CALENDAR_READ, operations.subject(operation))
    ]
    found = session.execute(
        select(ReportingUnit.operation_id, ReportingUnit.code)
        .join(ReportingUnit.participant)
        .where(
            ReportingUnit.operation_id.in_(readable),
            ReportingUnit.in_plan,
            or_(Participant.party.in_(nations), ReportingUnit.code.in_(actor.units)),
        )
        .order_by(ReportingUnit.position)
    )
    units: dict[int, list[str]] = {}
    for operation, code in found:
        units.setdefault(operation, []).append(code)
    return units


# --- Addresses -------------------------------------------------------------------------------------------------------


def address(session: Session, actor: Actor) -> CalendarAddress | None:
    """Return the address of the feed of the person who acts; ``None`` while they have none."""
    policy.require(actor, Action.CALENDAR_ADDRESS_CREATE, Subject(person=actor.id))
    return session.scalar(select(CalendarAddress).where(CalendarAddress.person_id == actor.id))


def make_address(session: Session, actor: Actor) -> str:
    """Make a new secret address for the person who acts and return its token, which nobody can read again.

    The one they had before opens nothing any more.
    """
    policy.require(actor, Action.CALENDAR_ADDRESS_CREATE, Subject(person=actor.id))
    token = ids.secret()
    found = address(session, actor)
    if found is None:
        found = CalendarAddress(person_id=actor.id)
        session.add(found)
    replaced = found.token_sha256 is not None
    found.token_sha256, found.created_at = ids.digest(token), clock.now()
    session.flush()
    _record(session, actor, Action.CALENDAR_ADDRESS_CREATE, {"replaced": replaced})
    return token


def remove_address(session: Session, actor: Actor) -> None:
    """End the address of the person who acts; without one nothing changes."""
    policy.require(actor, Action.CALENDAR_ADDRESS_CREATE, Subject(person=actor.id))
    found = address(session, actor)
    if found is not None:
        session.delete(found)
        session.flush()
        _record(session, actor, "calendars:address:delete", {})


def owner(session: Session, token: str) -> Identity:
    """Return whose feed a token opens, with the roles that they have now.

    Raises NotFound (``calendar-unknown``) for a token that is none or was replaced, and for a closed account.
    """
    found = session.scalar(
        select(CalendarAddress)
        .where(CalendarAddress.token_sha256 == ids.digest(token))
        .options(joinedload(CalendarAddress.person).joinedload(Person.grants))
    )
    if found is None or not found.person.active:
        raise NotFound("calendar-unknown", _("There is no such calendar, or its address was replaced."))
    return signin.identity(found.person)


def _record(session: Session, actor: Actor, action: Action | str, details: Mapping[str, object]) -> None:
    audit.record(session, actor, action, "calendar-address", str(actor.id), details=details)
