"""What can be done in the consultation of an operation: answering, pledging, reminding; and how it stands.

Invitations and reminders stand in ``inviting``, contributions in ``contributions``; their names are given on here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from jointops.consultation import rules
from jointops.consultation.contributions import (
    Kept,
    brought,
    contributions,
    contributions_of,
    counted,
    line_of,
    put_contributions,
)
from jointops.consultation.inviting import (
    asked_at,
    operations_to_remind,
    remind,
    remind_due,
    reminders,
    set_deadline,
)
from jointops.consultation.rules import Line, Need
from jointops.kernel import policy
from jointops.kernel.errors import DomainError, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.notify import service as notify
from jointops.notify.rules import Named
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, Participant, PlanVersion
from jointops.operations.plandoc import Contact, PlanDocument, PlanUnit
from jointops.operations.plandoc import Participant as PlannedParticipant
from jointops.operations.rules import ANSWER_LABELS
from jointops.reference.catalogue import catalogue

__all__ = [
    "Kept",
    "Line",
    "Need",
    "Response",
    "asked_at",
    "brought",
    "contacts",
    "contributions",
    "contributions_of",
    "counted",
    "line_of",
    "needs",
    "operations_to_remind",
    "planned",
    "put_contacts",
    "put_contributions",
    "remind",
    "remind_due",
    "reminders",
    "respond",
    "set_deadline",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a participant answers at once; ``None`` leaves what there is.

    ``conditions`` are the conditions of taking part, or the reason for declining. ``authorities`` are the types of
    authority it takes part with, ``contacts`` all its contact points, ``lines`` all its contributions.
    """

    answer: Answer
    conditions: str = ""
    authorities: Sequence[str] | None = None
    contacts: Sequence[Contact] | None = None
    lines: Sequence[Line] | None = None


def respond(
    session: Session,
    actor: Actor,
    operation: Operation,
    party: str,
    response: Response,
    *,
    expected_version: int | None = None,
) -> Participant:
    """Record a participant's whole answer, and put its authorities and contact points into the plan.

    While the operation is planned the plan's new version is in force at once, later it is an amendment that waits for
    its approval. ``expected_version`` is the participant's version as the person saw it. Raises what
    :func:`operations.service.answer`, :func:`operations.service.put_participant` and :func:`put_contributions` raise,
    Invalid (``decline-reason-missing``) and Stale.
    """
    participant = operations.find_participant(operation, party)
    policy.require(actor, Action.PARTICIPANT_ANSWER, operations.subject(operation, party=participant.party))
    operations.require_version(participant.version, expected_version)
    if response.answer is Answer.DECLINED and not response.conditions.strip():
        message = _("Say why, so that the coordinator can plan without you.")
        raise Invalid([Problem("decline-reason-missing", message, "/conditions")])
    before = participant.answer
    operations.answer(session, actor, operation, participant.party, response.answer, response.conditions)
    _put_into_plan(session, actor, operation, participant.party, response.authorities, response.contacts)
    if response.lines is not None:
        put_contributions(session, actor, operation, participant.party, response.lines)
    if before is not response.answer and not operation.historical:
        _tell_coordinators(session, actor, operation, participant)
    return participant


def planned(session: Session, operation: Operation, party: str) -> tuple[PlanDocument, PlannedParticipant]:
    """Return the latest plan and the participant in it, approved or waiting; the party takes part in the operation."""
    document = operations.document(operations.latest_plan(session, operation))
    found = next((one for one in document.participants if one.party == party), None)
    return document, found or PlannedParticipant(party=party)


def contacts(
    session: Session, actor: Actor, operation: Operation, party: str
) -> tuple[Sequence[Contact], PlanVersion]:
    """Return a participant's contact points in the latest plan, and that version of the plan."""
    policy.require(actor, Action.OPERATION_READ, operations.subject(operation))
    participant = operations.find_participant(operation, party)
    version = operations.latest_plan(session, operation)
    document = operations.document(version)
    return [contact for contact in document.contacts if contact.party == participant.party], version


def put_contacts(
    session: Session,
    actor: Actor,
    operation: Operation,
    party: str,
    given: Sequence[Contact],
    *,
    expected_version: int | None = None,
) -> PlanVersion:
    """Keep exactly these contact points of a participant, in a new version of the plan; see :func:`respond`.

    ``expected_version`` is that of the participant.
    """
    participant = operations.find_participant(operation, party)
    policy.require(actor, Action.PARTICIPANT_UPDATE, operations.subject(operation, party=participant.party))
    operations.require_version(participant.version, expected_version)
    _put_into_plan(session, actor, operation, participant.party, None, given)
    return operations.latest_plan(session, operation)


def needs(session: Session, operation: Operation, document: PlanDocument) -> list[Need]:
    """Return what ``document`` asks participants for, beside what they pledge; access is checked by whoever asks."""
    return rules.needs(document.resources, counted(contributions(session, operation)))


def _put_into_plan(
    session: Session,
    actor: Actor,
    operation: Operation,
    party: str,
    authorities: Sequence[str] | None,
    given: Sequence[Contact] | None,
) -> None:
    """Put authorities and contact points into the plan where they differ from what it has."""
    document, participant = planned(session, operation, party)
    changed = participant
    if authorities is not None:
        changed = replace(participant, units=_units(participant, authorities))
    if given is not None:
        given = [replace(contact, party=party) for contact in given]
        problems = rules.check_contacts(given)
        if problems:
            raise Invalid(problems)
    has = [contact for contact in document.contacts if contact.party == party]
    if changed == participant and (given is None or list(given) == has):
        return
    try:
        operations.put_participant(
            session, actor, operation, changed, f"{party}: authorities and contact points", contacts=given
        )
    except DomainError as refused:
        # Pointers into the whole plan mean nothing to who sent this part of it.
        for n, problem in enumerate(refused.problems):
            if n == 0 and problem.pointer == "/units":
                refused.problems = tuple(replace(one, pointer="/authorities") for one in refused.problems)
        raise


def _units(participant: PlannedParticipant, authorities: Sequence[str]) -> tuple[PlanUnit, ...]:
    """Return the units with which a participant has exactly these types of authority; what there is stays as it is.

    Raises Invalid (``unknown-authority``).
    """
    types = catalogue().authority_types
    unknown = [code for code in authorities if code not in types]
    if unknown:
        message = _("There is no type of authority “${code}”.", mapping={"code": unknown[0]})
        raise Invalid([Problem("unknown-authority", message, "/authorities", tuple(types))])
    kept = tuple(unit for unit in participant.units if unit.authority in authorities)
    there = {unit.authority for unit in kept}
    taken = {unit.code for unit in kept}
    new = (
        PlanUnit(code=f"{participant.party.upper()}-{types[code].unit_suffix}", authority=code)
        for code in types
        if code in authorities and code not in there
    )
    return (*kept, *(unit for unit in new if unit.code not in taken))


def _tell_coordinators(
    session: Session, actor: Actor, operation: Operation, participant: Participant
) -> None:
    known = catalogue().parties.get(participant.party)
    party: object = participant.party
    if known is not None:
        party = Named(known.labels) if known.kind == "country" else known.short
    notify.send(
        session,
        recipients=notify.audience(session, operation.code),
        subject=_(
            "${operation}: ${party} has answered",
            mapping={"operation": operation.code, "party": party},
        ),
        text=_(
            "${party}: ${answer}. ${conditions}",
            mapping={
                "party": party,
                "answer": ANSWER_LABELS[participant.answer],
                "conditions": participant.conditions,
            },
        ),
        path=f"/operations/{operation.code}/consultation",
        operation=operation.code,
        exercise=operation.exercise,
        but=actor.id,
    )
