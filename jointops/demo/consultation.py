"""How the participants of the demonstration were asked, answered and pledged: illustrative but for who took part.

Published is that 34 countries and some 20,000 officers took part. When each answered, what it pledged, and how the
officers split by country are ours; what came follows the split of the returns.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jointops.consultation import service as consultation
from jointops.consultation.contributions import line_of
from jointops.consultation.rules import Line
from jointops.demo import split
from jointops.kernel import clock
from jointops.kernel.policy import Actor, Grant, Role
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.operations.plandoc import PlanDocument

_ZONE = ZoneInfo("Europe/Amsterdam")

PLANNED = datetime(2014, 6, 16, 9, 30, tzinfo=_ZONE)
INVITED = datetime(2014, 7, 14, 10, 0, tzinfo=_ZONE)
ANSWER_BY = datetime(2014, 8, 15, 18, 0, tzinfo=_ZONE)
APPROVED = datetime(2014, 8, 27, 15, 0, tzinfo=_ZONE)
STARTED = datetime(2014, 9, 1, 7, 30, tzinfo=_ZONE)
ENDED = datetime(2014, 9, 26, 12, 0, tzinfo=_ZONE)
"""When the plan was made, sent out and approved, when the first task began, when what came was written down."""

_LATE = ("CY", "US", "interpol")
"""Who answers some days after the deadline."""

_CONDITIONS = {
    "AU": "Its officers work from their own country, with a liaison officer in The Hague. Illustrative."
}
"""Who takes part with conditions, and which."""

_BROUGHT_LESS = ("CZ", "GR", "HU", "IT", "SE")
"""Who brings fewer officers and vehicles than it pledged."""

_NOTE = "Illustrative"


def record(session: Session, loader: Actor, plan: PlanDocument) -> Operation:
    """Put the operation on record, have everybody answer and pledge, approve it and start it, in the summer of 2014."""
    with clock.staged(PLANNED):
        operation = operations.create(session, loader, plan, "The published facts of Operation Archimedes")
    with clock.staged(INVITED):
        operations.transition(session, loader, operation, OperationState.CONSULTATION, answer_by=ANSWER_BY)
    officers = split.officers(plan)
    for number, participant in enumerate(plan.participants):
        party = participant.party
        _answer(session, loader, operation, party, number, _pledged(party, officers.get(party)))
    with clock.staged(APPROVED):
        operations.transition(session, loader, operation, OperationState.APPROVED)
    with clock.staged(STARTED):
        operations.transition(session, loader, operation, OperationState.RUNNING)
    return operation


def write_down_what_came(session: Session, loader: Actor, operation: Operation, plan: PlanDocument) -> None:
    """Write down beside what each country pledged what it brought: the officers of its returns, most of the rest."""
    officers = split.officers(plan)
    with clock.staged(ENDED):
        for party in officers:
            actor = _country(loader, party)
            kept = consultation.contributions_of(session, actor, operation, party)
            lines = [_came(party, line_of(row), officers[party]) for row in kept.lines]
            consultation.put_contributions(session, actor, operation, party, lines)


def _answer(
    session: Session, loader: Actor, operation: Operation, party: str, number: int, pledged: list[Line]
) -> None:
    at = INVITED + timedelta(days=2 + number * 7 % 29, hours=number % 7, minutes=number * 13 % 60)
    if party in _LATE:
        at = ANSWER_BY + timedelta(days=3, hours=number % 5)
    conditions = _CONDITIONS.get(party, "")
    answer = Answer.WITH_CONDITIONS if conditions else Answer.TAKES_PART
    with clock.staged(at):
        operations.answer(session, loader, operation, party, answer, conditions)
    if pledged:
        with clock.staged(at + timedelta(minutes=25)):
            consultation.put_contributions(session, _country(loader, party), operation, party, pledged)


def _country(loader: Actor, party: str) -> Actor:
    return replace(loader, grants=(Grant(Role.NATIONAL_COORDINATOR, party),))


def _pledged(party: str, officers: int | None) -> list[Line]:
    """Return what a country pledges: officers in tens, people in the centre, and by its size vehicles."""
    if officers is None:
        return []
    size = split.size_of(party)
    tens = officers // 9 * 10 if party in _BROUGHT_LESS else officers // 10 * 10
    pledged = [("officers", tens), ("liaison-officers", 1 if size < 5 else 2)]
    if size > 1:
        pledged.append(("vehicles", 6 * size))
    if size == 5:
        pledged.append(("equipment", 3))
    return [Line(kind=kind, quantity=quantity, days=9, note=_NOTE) for kind, quantity in pledged]


def _came(party: str, line: Line, officers: int) -> Line:
    quantity = line.quantity or 0
    vehicles = quantity - 3 if party in _BROUGHT_LESS else quantity
    came = {"officers": officers, "vehicles": vehicles}.get(line.kind, quantity)
    return replace(line, actual_quantity=came, actual_days=line.days)
