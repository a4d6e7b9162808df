"""What somebody has typed for a unit and day and not sent yet, kept on the server so that another device goes on.

A draft is one person's, unchecked, and seen by nobody else; it is no return and no figure. It is kept about once a
second while somebody types, so keeping and discarding it is not written to the audit log: sending the return is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.errors import Invalid, NotAllowed, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import asked, history
from jointops.returns.models import LatePermit, ReturnDraft

MOST_CHARACTERS = 400_000
"""Of names and texts together: more than two hundred incidents told at length."""

KEPT_AFTER_FREEZE = timedelta(days=2)
"""How long a draft stays untouched after the figures are frozen: a permit may be on its way."""

DEVICE = "@device"
"""Where a draft's content holds the device that kept it last: no field of the form has such a name."""

Content = Mapping[str, str | list[str]]


def read(
    session: Session, actor: Actor, operation: Operation, unit: ReportingUnit, day: date
) -> ReturnDraft | None:
    """Return the person's own draft for a unit and day; raises NotAllowed for who may not report for the unit."""
    asked.require_reportable(actor, operation, unit)
    return _find(session, actor, unit, day)


def save(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit: ReportingUnit,
    day: date,
    content: Content,
    *,
    plan_version: int,
    return_version: int,
    expected_version: int | None = None,
    device: str = "",
) -> ReturnDraft:
    """Keep what the person has typed: ``content`` maps the form's field names to what stands in them.

    ``expected_version`` is the draft's version that this device goes on from (0: none yet; ``None``: whatever is
    there is replaced); ``device`` names the device and its window, which never gets into its own way. Raises
    NotAllowed, Stale when another device has kept or sent it meanwhile, or Invalid (``draft-too-large``).
    """
    asked.require_reportable(actor, operation, unit)
    if actor.id is None:
        raise NotAllowed("not-allowed", _("A draft belongs to a person who is signed in."))
    if sum(len(name) + sum(map(len, _texts(value))) for name, value in content.items()) > MOST_CHARACTERS:
        message = _("This is too much to keep as a draft.")
        raise Invalid([Problem("draft-too-large", message)])
    found = _find(session, actor, unit, day)
    at = clock.now()
    kept = {**content, DEVICE: device}
    if found is None:
        current = history.head(session, operation, unit, day)
        if expected_version or (current is not None and current.version != return_version):
            # Sent or discarded meanwhile: keeping it again would bring it back.
            raise _stale(expected_version or 0, 0)
        found = ReturnDraft(
            operation_id=operation.id,
            unit_id=unit.id,
            day=day,
            person_id=actor.id,
            content=kept,
            plan_version=plan_version,
            return_version=return_version,
            version=1,
            saved_at=at,
        )
        try:
            with session.begin_nested():
                session.add(found)
        except IntegrityError:
            raise _stale(0, 1) from None
        return found
    own = bool(device) and found.content.get(DEVICE) == device
    if expected_version is not None and found.version != expected_version and not own:
        raise _stale(expected_version, found.version)
    found.content = kept
    found.plan_version, found.return_version = plan_version, return_version
    found.version += 1
    found.saved_at = at
    session.flush()
    return found


def discard(session: Session, actor: Actor, operation: Operation, unit: ReportingUnit, day: date) -> bool:
    """Forget the person's draft, because it was sent or is not wanted; false when there was none."""
    asked.require_reportable(actor, operation, unit)
    found = _find(session, actor, unit, day)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True


def forget_old(session: Session) -> int:
    """Delete the drafts of operations whose figures are frozen, untouched for two days; return how many.

    A draft for which a permit is open is kept.
    """
    now = clock.now()
    permitted = exists().where(
        LatePermit.unit_id == ReturnDraft.unit_id,
        LatePermit.day == ReturnDraft.day,
        LatePermit.expires_at > now,
    )
    frozen = select(Operation.id).where(Operation.frozen_at <= now)
    found = session.scalars(
        delete(ReturnDraft)
        .where(
            ReturnDraft.operation_id.in_(frozen),
            ReturnDraft.saved_at < now - KEPT_AFTER_FREEZE,
            ~permitted,
        )
        .returning(ReturnDraft.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(found)


def _find(session: Session, actor: Actor, unit: ReportingUnit, day: date) -> ReturnDraft | None:
    if actor.id is None:
        return None
    return session.scalar(
        select(ReturnDraft).where(
            ReturnDraft.unit_id == unit.id, ReturnDraft.day == day, ReturnDraft.person_id == actor.id
        )
    )


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _stale(given: int, current: int) -> Stale:
    message = _("This form was kept from another device or window meanwhile.")
    return Stale(message, given=str(given), current=str(current))
