"""Verifying or accepting many returns at once: each by the service, all in one transaction; a refusal is told.

Each return is named with the version that the reviewer saw: one that changed meanwhile is left out, and that is told.
"""

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
class Ticked:
    """A return that a step is to be taken for, and the version that was seen of it (``None``: any)."""

    unit: str
    day: date
    version: int | None = None

    @property
    def key(self) -> str:
        """The return as one text, for the box that ticks it."""
        return "/".join(
            map(str, (self.unit, self.day.isoformat(), *([] if self.version is None else [self.version])))
        )

    @classmethod
    def of(cls, key: str) -> Ticked | None:
        """Return what a key names; ``None`` for any other text."""
        unit, day, version = (*key.split("/"), "", "")[:3]
        number = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
        try:
            return cls(unit, date.fromisoformat(day), number) if unit and len(day) == 10 else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What became of one return: its new state, or why the step was refused."""

    ticked: Ticked
    state: ReturnState | None
    problem: Problem | None = None


def advance_all(
    session: Session,
    actor: Actor,
    operation: Operation,
    step: str,
    returns: Sequence[Ticked],
    *,
    dry_run: bool = False,
) -> list[Reviewed]:
    """Take ``step`` (a key of :data:`STEPS`) for each return that was ticked; with ``dry_run`` only try it.

    What is refused is told and left as it is.
    """
    whole = session.begin_nested()
    try:
        found = [_advance(session, actor, operation, step, ticked) for ticked in returns]
    except BaseException:
        whole.rollback()
        raise
    if dry_run:
        whole.rollback()
    else:
        whole.commit()
    return found


def _advance(session: Session, actor: Actor, operation: Operation, step: str, ticked: Ticked) -> Reviewed:
    try:
        with session.begin_nested():
            head = STEPS[step](
                session, actor, operation, ticked.unit, ticked.day, expected_version=ticked.version
            )
            return Reviewed(ticked, head.state)
    except DomainError as error:
        return Reviewed(ticked, None, error.problems[0])
