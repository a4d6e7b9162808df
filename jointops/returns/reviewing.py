"""Verifying or accepting many returns at once: each by the service, all in one transaction; a refusal is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from jointops.kernel.errors import DomainError, Problem
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation
from jointops.returns import service
from jointops.returns.models import ReturnState, Step

STEPS = {Step.VERIFIED.value: service.verify, Step.ACCEPTED.value: service.accept}
"""The steps that can be taken for many returns at once."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What became of one return: its new state, or why the step was refused."""

    unit: str
    day: date
    state: ReturnState | None
    problem: Problem | None = None


def advance_all(
    session: Session,
    actor: Actor,
    operation: Operation,
    step: str,
    returns: Sequence[tuple[str, date]],
    *,
    dry_run: bool = False,
) -> list[Reviewed]:
    """Take ``step`` (a key of :data:`STEPS`) for each return, given by unit and day; with ``dry_run`` only try it.

    What is refused is told and left as it is.
    """
    whole = session.begin_nested()
    try:
        found = [_advance(session, actor, operation, step, unit, day) for unit, day in returns]
    except BaseException:
        whole.rollback()
        raise
    if dry_run:
        whole.rollback()
    else:
        whole.commit()
    return found


def _advance(
    session: Session, actor: Actor, operation: Operation, step: str, unit: str, day: date
) -> Reviewed:
    try:
        with session.begin_nested():
            head = STEPS[step](session, actor, operation, unit, day)
            return Reviewed(unit, day, head.state)
    except DomainError as error:
        return Reviewed(unit, day, None, error.problems[0])
