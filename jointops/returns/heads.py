"""What recording and reviewing a return have in common: who may, as of when, which version, which revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns.models import (
    Return,
    Revision,
)
from jointops.returns.rulebooks import Unit


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What later steps need of a revision: its key and what its receipt says. Its content is not read again."""

    id: int
    number: int
    sha256: str
    recorded_at: datetime


_LATEST = select(Revision.id, Revision.number, Revision.sha256, Revision.recorded_at).where(
    Revision.return_id == bindparam("return_id"), Revision.number == bindparam("number")
)


_LOCKED = (
    select(Return)
    .where(
        Return.operation_id == bindparam("operation_id"),
        Return.unit_id == bindparam("unit_id"),
        Return.day == bindparam("day"),
    )
    .with_for_update()
    .execution_options(populate_existing=True)
)


def locked_head(session: Session, operation: Operation, unit: Unit, day: date) -> Return | None:
    """Return the head of a return, locked against other writers until the transaction ends; ``None`` without one."""
    return session.scalars(
        _LOCKED, {"operation_id": operation.id, "unit_id": unit.id, "day": day}
    ).one_or_none()


def require_for_unit(actor: Actor, action: Action, operation: Operation, unit: Unit) -> None:
    """Return when ``actor`` may do ``action`` for ``unit``.

    Raises NotAllowed: ``unit-not-yours`` when somebody reports for a unit of others, else ``not-allowed``.
    """
    subject = operations.subject(operation, party=unit.party, unit=unit.code)
    if policy.allows(actor, action, subject):
        return
    if actor.parties and action is Action.RETURN_SUBMIT:
        raise NotAllowed(
            "unit-not-yours",
            _(
                "${unit} is not a unit that you report for. You report for: ${yours}.",
                mapping={"unit": unit.code, "yours": ", ".join(sorted(actor.units or actor.parties))},
            ),
            "/unit",
        )
    policy.require(actor, action, subject)


def instant_of(actor: Actor, operation: Operation, recorded_at: datetime | None) -> datetime:
    """Return the instant a change is recorded at: now, or the stated one while history is loaded (UTC).

    Raises NotAllowed, Conflict (``not-historical``) or Invalid (``recorded-in-future``) for a stated one.
    """
    if recorded_at is None:
        return clock.now()
    policy.require(actor, Action.RETURN_RECORD_HISTORY, operations.subject(operation))
    if not operation.historical:
        raise Conflict(
            "not-historical",
            _(
                "${operation} is not marked as historical: its returns are recorded when they come in.",
                mapping={"operation": operation.code},
            ),
            "/recorded_at",
        )
    if recorded_at > clock.now():
        raise Invalid(
            [Problem("recorded-in-future", _("Nothing can have been known in the future."), "/recorded_at")]
        )
    return recorded_at


def require_version(head: Return, created: bool, expected: int | None) -> None:
    """Return when ``expected`` is the version that the return has (0: it does not exist yet), or was not given.

    Raises Stale, which names both.
    """
    current = 0 if created else head.version
    if expected is not None and expected != current:
        raise Stale(
            _(
                "This return has changed meanwhile: you have version ${given}, version ${current} is current. "
                "Look at what changed, then send again.",
                mapping={"given": expected, "current": current},
            ),
            given=str(expected),
            current=str(current),
        )


def latest_revision(session: Session, head: Return) -> OnRecord:
    """Return the latest revision of a return that has one."""
    found = session.execute(_LATEST, {"return_id": head.id, "number": head.latest_number})
    return OnRecord(*found.one())


def key_of(operation: Operation, unit: Unit, day: date) -> str:
    """Return the natural key of a return, as the log and addresses carry it."""
    return f"{operation.code}/{unit.code}/{day.isoformat()}"


def return_unknown(unit: str, day: date) -> NotFound:
    """Return the refusal for a return that was never sent."""
    return NotFound(
        "return-unknown",
        _("${unit} has sent no return for ${day}.", mapping={"unit": unit, "day": day}),
    )
