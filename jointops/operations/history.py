"""The plan as it stood at an earlier instant, so that what was expected then is judged by the plan of then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.operations.models import Operation, PlanApproval, PlanVersion

_Version = TypeVar("_Version")


def plan_as_known(session: Session, operation: Operation, at: datetime) -> PlanVersion:
    """Return the plan version that the operation worked by at the instant ``at`` (aware).

    The answer for a past instant never changes. Of an operation that was put on record after ``at``, it is the
    version with which it was put on record.
    """
    found = session.execute(
        select(PlanVersion.number, PlanVersion.created_at, PlanApproval.approved_at)
        .outerjoin(PlanApproval, PlanApproval.plan_version_id == PlanVersion.id)
        .where(PlanVersion.operation_id == operation.id)
        .order_by(PlanVersion.number)
    )
    number = in_force([(number, created, approved) for number, created, approved in found], at)
    wanted = select(PlanVersion).where(PlanVersion.operation_id == operation.id, PlanVersion.number == number)
    return session.scalars(wanted).one()


def in_force(versions: list[tuple[_Version, datetime, datetime | None]], at: datetime) -> _Version:
    """Choose among versions in their order, each with when it was made and when approved (``None``: never).

    The latest approved by ``at``; else the latest made by ``at``; else the first.
    """
    approved = [version for version, _made, when in versions if when is not None and when <= at]
    made = [version for version, when, _approved in versions if when <= at]
    return (approved or made or [versions[0][0]])[-1]


def made_in_force(session: Session, operations: Sequence[Operation]) -> dict[int, tuple[int, datetime]]:
    """Return the number of the plan version that each operation works by and when it was made, by operations' keys."""
    found = session.execute(
        select(Operation.id, PlanVersion.number, PlanVersion.created_at)
        .join(PlanVersion, PlanVersion.operation_id == Operation.id)
        .where(PlanVersion.number == Operation.plan_number, Operation.id.in_([one.id for one in operations]))
    )
    return {key: (number, made) for key, number, made in found}
