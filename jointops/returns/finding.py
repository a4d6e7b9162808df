"""Finding returns, as far as a person may read them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.kernel import policy
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.returns.heads import (
    return_unknown,
)
from jointops.returns.models import (
    Return,
    ReturnState,
    Revision,
)


def find_return(session: Session, actor: Actor, operation: Operation, unit_code: str, day: date) -> Return:
    """Return the return of a unit for a day, its revisions, steps and incidents loaded.

    Raises NotFound (``unit-unknown``, ``return-unknown``) or NotAllowed.
    """
    unit = operations.find_unit(session, operation, unit_code)
    policy.require(
        actor, Action.RETURN_READ, operations.subject(operation, party=unit.participant.party, unit=unit.code)
    )
    found = session.scalars(
        select(Return)
        .where(Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day)
        .options(
            joinedload(Return.unit).joinedload(ReportingUnit.participant),
            selectinload(Return.revisions).selectinload(Revision.steps),
            selectinload(Return.revisions).selectinload(Revision.incidents),
        )
    ).first()
    if found is None:
        raise return_unknown(unit_code, day)
    return found


def list_returns(
    session: Session,
    actor: Actor,
    operation: Operation,
    *,
    unit: str | None = None,
    party: str | None = None,
    day: date | None = None,
    state: ReturnState | None = None,
) -> list[Return]:
    """Return the returns of ``operation`` that the person may read, by day and unit; three queries however many."""
    query = (
        select(Return)
        .join(Return.unit)
        .join(ReportingUnit.participant)
        .where(Return.operation_id == operation.id)
        .options(joinedload(Return.unit).joinedload(ReportingUnit.participant))
        .order_by(Return.day, ReportingUnit.position)
    )
    if unit is not None:
        query = query.where(ReportingUnit.code == unit)
    if party is not None:
        query = query.where(Participant.party == party)
    if day is not None:
        query = query.where(Return.day == day)
    if state is not None:
        query = query.where(Return.state == state)
    return [
        found
        for found in session.scalars(query)
        if policy.allows(
            actor,
            Action.RETURN_READ,
            operations.subject(operation, party=found.unit.participant.party, unit=found.unit.code),
        )
    ]


def count_by_state(session: Session, operation: Operation) -> dict[ReturnState, int]:
    """Return how many returns of ``operation`` stand in each state."""
    found = session.execute(
        select(Return.state, func.count()).where(Return.operation_id == operation.id).group_by(Return.state)
    )
    return dict(found.all())


def versions(session: Session, operation: Operation) -> tuple[int, int]:
    """Return how many returns ``operation`` has and what their versions add up to: both grow with whatever happens."""
    found = session.execute(
        select(func.count(), func.coalesce(func.sum(Return.version), 0)).where(
            Return.operation_id == operation.id
        )
    ).one()
    return found[0], int(found[1])
