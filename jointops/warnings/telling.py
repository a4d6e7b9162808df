"""What follows every change of a warning: who is told of it, and its entry in the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from jointops.accounts.models import Person
from jointops.kernel import audit
from jointops.kernel.policy import Action, Actor
from jointops.notify import service as notify
from jointops.operations.models import ReportingUnit
from jointops.warnings.models import SentWarning


def tell_warned(session: Session, actor: Actor, warning: SentWarning, subject: str, text: str) -> None:
    """Tell those who were warned, in their units and as their national coordinators."""
    _tell(session, actor, warning, _people(session, [one.unit for one in warning.recipients]), subject, text)


def tell_sender(session: Session, actor: Actor, warning: SentWarning, subject: str, text: str) -> None:
    """Tell those who sent it: the unit with its national coordinator, or the coordination centre."""
    code, sender = warning.operation.code, warning.sender
    people = notify.audience(session, code) if sender is None else _people(session, [sender])
    _tell(session, actor, warning, people, subject, text)


def named(warning: SentWarning) -> dict[str, str]:
    """Return the codes of the warning and its operation, as texts name them."""
    return {"code": warning.code, "operation": warning.operation.code}


def record(
    session: Session, actor: Actor, action: Action, warning: SentWarning, details: Mapping[str, object]
) -> None:
    """Write the entry of a change to the log."""
    code = warning.operation.code
    audit.record(session, actor, action, "warning", f"{code}/{warning.code}", operation=code, details=details)


def _people(session: Session, units: Collection[ReportingUnit]) -> list[Person]:
    parties = {unit.participant.party for unit in units}
    return notify.audience(session, party=sorted(parties), unit=sorted(unit.code for unit in units))


def _tell(
    session: Session, actor: Actor, warning: SentWarning, people: list[Person], subject: str, text: str
) -> None:
    operation = warning.operation
    if operation.historical:
        # What is put on record of the past is no news.
        return
    notify.send(
        session,
        recipients=people,
        subject=subject,
        text=text,
        path=f"/operations/{operation.code}/warnings/{warning.code}",
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )
