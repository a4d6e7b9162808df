"""Valid things in one line: people who act, an operation with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.operations.models import (
    ActionArea,
    Answer,
    AuthorityType,
    Marking,
    Operation,
    OperationState,
    Participant,
    ReportingUnit,
)

AUTHORITY_OF_SUFFIX = {
    "POLICE": AuthorityType.POLICE,
    "CUSTOMS": AuthorityType.CUSTOMS,
    "BORDER": AuthorityType.BORDER_GUARD,
    "JUDICIAL": AuthorityType.JUDICIAL,
}

UNITS = ("ES-POLICE", "ES-CUSTOMS", "ES-BORDER", "RO-POLICE", "RO-CUSTOMS", "RS-POLICE")


def actor(role: Role, scope: str | None = None, *, name: str = "", key: int = 1) -> Actor:
    """Return a person with one role in one scope, who came in by a form."""
    return Actor(
        key, name or f"{role.value} {scope or ''}".strip(), (Grant(role, scope),), Channel.FORM, "test"
    )


def administrator() -> Actor:
    """Return an administrator."""
    return actor(Role.ADMINISTRATOR)


def auditor() -> Actor:
    """Return an auditor."""
    return actor(Role.AUDITOR)


def coordinator(operation: str | None = None) -> Actor:
    """Return the coordinator of one operation, or of all."""
    return actor(Role.COORDINATOR, operation)


def national(party: str) -> Actor:
    """Return the national coordinator of a party."""
    return actor(Role.NATIONAL_COORDINATOR, party)


def reporter(unit: str) -> Actor:
    """Return somebody who reports for a unit."""
    return actor(Role.REPORTER, unit)


def reviewer() -> Actor:
    """Return a COSI reviewer."""
    return actor(Role.REVIEWER)


def operation(
    session: Session,
    code: str = "EXAMPLE-2027",
    *,
    state: OperationState = OperationState.RUNNING,
    starts_on: date = date(2027, 5, 3),
    ends_on: date = date(2027, 5, 7),
    time_zone: str = "Europe/Amsterdam",
    units: Sequence[str] = UNITS,
    areas: Sequence[str] = ("firearms", "drugs"),
) -> Operation:
    """Add an operation with its areas, participants and reporting units, as rows, and flush."""
    made = Operation(
        code=code,
        title={"en": "Example joint action days", "fr": "Journées d’action communes, exemple"},
        kind="joint-action-days",
        state=state,
        time_zone=time_zone,
        starts_on=starts_on,
        ends_on=ends_on,
        first_day=starts_on,
        last_day=ends_on,
        lead="ES",
        marking=_marking(session),
        created_at=datetime(2027, 1, 4, 9, 0, tzinfo=UTC),
    )
    for position, area in enumerate(areas):
        title = area.replace("-", " ").capitalize()
        made.action_areas.append(ActionArea(code=area, title={"en": title}, leader="ES", position=position))
    for position, unit in enumerate(units):
        party, suffix = unit.split("-", 1)
        participant = next((p for p in made.participants if p.party == party), None)
        if participant is None:
            participant = Participant(party=party, answer=Answer.TAKES_PART, position=len(made.participants))
            made.participants.append(participant)
        made.units.append(
            ReportingUnit(
                code=unit,
                participant=participant,
                authority=AUTHORITY_OF_SUFFIX.get(suffix, AuthorityType.OTHER),
                title={"en": f"{party}, {suffix.lower()}"},
                action_areas=[],
                position=position,
            )
        )
    session.add(made)
    session.flush()
    return made


def _marking(session: Session) -> Marking:
    values = {"classification": "unclassified", "tlp": "GREEN", "handling": "", "releasable_to": ["all"]}
    return session.query(Marking).filter_by(**values).one_or_none() or Marking(**values)
