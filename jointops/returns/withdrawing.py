"""Taking a return back: a revision that says that there is none after all, with a reason. Nothing is deleted."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations.models import Operation
from jointops.returns.heads import locked_head, require_for_unit, return_unknown
from jointops.returns.recording import Outcome, submit
from jointops.returns.rulebooks import unit_of
from jointops.returns.submission import Submission


def withdraw(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    reason: str,
    expected_version: int | None = None,
    batch_id: int | None = None,
) -> Outcome:
    """Withdraw the return of ``unit_code`` for ``day``; it is missing again, and can be sent again.

    The withdrawal is a revision like any other: its provisional figures end at once, those that were verified or
    accepted once it is verified or accepted itself. Raises what :func:`submit` does, NotFound (``return-unknown``),
    Conflict (``return-withdrawn``) or Invalid (``reason-missing``).
    """
    unit = unit_of(session, operation, unit_code)
    require_for_unit(actor, Action.RETURN_WITHDRAW, operation, unit)
    head = locked_head(session, operation, unit, day)
    if head is None:
        raise return_unknown(unit.code, day)
    if not reason.strip():
        raise Invalid([Problem("reason-missing", _("Say why the return is withdrawn."), "/reason")])
    if head.withdrawn:
        raise Conflict(
            "return-withdrawn",
            _(
                "The return of ${unit} for ${day} is withdrawn already.",
                mapping={"unit": unit.code, "day": day},
            ),
        )
    return submit(
        session,
        actor,
        operation,
        unit_code,
        day,
        Submission(withdrawn=True, reason=reason),
        expected_version=expected_version,
        batch_id=batch_id,
    )
