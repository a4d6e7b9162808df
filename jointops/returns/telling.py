"""Telling units that their incident was linked to that of another unit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.notify import service as notify
from jointops.operations.models import Operation
from jointops.returns.models import JointResult
from jointops.returns.sightings import Sighting


def tell_linked(
    session: Session,
    actor: Actor,
    operation: Operation,
    one: Sighting,
    other: Sighting,
    result: JointResult,
) -> None:
    """Tell both units that what they reported is one joint result now, and what that means for their figures."""
    if operation.historical:
        # What is put on record of the past is no news.
        return
    for mine, theirs in ((one, other), (other, one)):
        mapping = {
            "operation": operation.code,
            "reference": mine.key.reference,
            "day": mine.key.day,
            "unit": theirs.key.unit,
            "other": theirs.key.reference,
        }
        notify.send(
            session,
            recipients=notify.audience(session, unit=mine.key.unit),
            subject=_(
                "${operation}: your ${reference} and ${other} of ${unit} are one joint result",
                mapping=mapping,
            ),
            text=_(
                "The coordinator linked your incident ${reference} of ${day} with ${other} of ${unit}. Totals count "
                "it once; your own figures stay as you reported them. If it is not the same event, write to the "
                "operation coordinator.",
                mapping=mapping,
            ),
            path=f"/operations/{operation.code}/joint-results/{result.id}",
            operation=operation.code,
            exercise=operation.exercise,
            but=actor.id,
        )
