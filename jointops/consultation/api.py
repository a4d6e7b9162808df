"""Consultation as JSON: how it stands, answers, contact points, contributions, reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jointops.consultation import service
from jointops.consultation.schemas import (
    AnswerSchema,
    ConsultationSchema,
    ContactsInputSchema,
    ContactsSchema,
    DeadlineSchema,
    LinesInputSchema,
    LinesSchema,
    RemindedSchema,
    ReminderInputSchema,
    RemindersSchema,
)
from jointops.consultation.service import Line, Response
from jointops.kernel.errors import DomainError, Problem
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, PlanVersion
from jointops.operations.plandoc import Contact
from jointops.operations.schemas import OperationSchema, ParticipantSchema
from jointops.reference.catalogue import catalogue
from jointops.web.api import Call, Reply, endpoint


@endpoint(
    "GET",
    "/operations/{code}/consultation",
    summary="Read how the consultation stands",
    answers={200: ConsultationSchema},
)
def read_consultation(call: Call) -> Reply:
    """Give who has answered what, and what the plan asks for beside what is pledged."""
    operation = _operation(call)
    document = operations.document(operations.latest_plan(call.db, operation))
    return Reply(
        {
            "operation": operation.code,
            "state": operation.state,
            "answer_by": operation.answer_by,
            "participants": operations.participants(call.db, call.actor, operation),
            "needs": service.needs(call.db, operation, document),
        },
        etag=operation.version,
    )


@endpoint(
    "PATCH",
    "/operations/{code}/consultation",
    summary="Set the deadline for answers",
    answers={200: OperationSchema},
    body=DeadlineSchema,
    conditional=True,
    problems=("not-in-consultation", "answer-by-past", "answer-by-late"),
)
def change_consultation(call: Call) -> Reply:
    """Set until when participants are asked to answer."""
    operation = _operation(call)
    service.set_deadline(
        call.db, call.actor, operation, call.body["answer_by"], expected_version=call.expected_version()
    )
    return Reply(operation, etag=operation.version)


@endpoint(
    "GET",
    "/operations/{code}/consultation/reminders",
    summary="List reminders",
    answers={200: RemindersSchema},
)
def list_reminders(call: Call) -> Reply:
    """List when the participants were asked for their answers, the latest first."""
    return Reply({"items": service.reminders(call.db, call.actor, _operation(call))})


@endpoint(
    "POST",
    "/operations/{code}/consultation/reminders",
    summary="Remind participants now",
    answers={200: RemindedSchema},
    body=ReminderInputSchema,
    problems=("not-in-consultation", "participant-unknown", "answered-already"),
)
def remind_participants(call: Call) -> Reply:
    """Remind participants that have not answered, and answer whom."""
    reminded = service.remind(call.db, call.actor, _operation(call), call.body["parties"])
    return Reply({"parties": [participant.party for participant in reminded]})


@endpoint(
    "POST",
    "/operations/{code}/participants/{party}/answer",
    summary="Answer an invitation",
    answers={200: ParticipantSchema},
    body=AnswerSchema,
    conditional=True,
    problems=(
        "participant-unknown",
        "conditions-missing",
        "decline-reason-missing",
        "operation-ended",
        "unit-has-tasks",
        "unit-unknown",
        "action-area-unknown",
        "quantity-missing",
        "unknown-contribution",
    ),
)
def answer_invitation(call: Call) -> Reply:
    """Say whether a participant takes part, with which authorities, contact points and contributions."""
    operation, body = _operation(call), call.body
    contacts, lines, authorities = body.get("contacts"), body.get("contributions"), body.get("authorities")
    response = Response(
        answer=Answer(body["answer"]),
        conditions=body["conditions"],
        authorities=None if authorities is None else [code.value for code in authorities],
        contacts=None if contacts is None else _contacts(call, contacts),
        lines=None if lines is None else _lines(lines),
    )
    try:
        participant = service.respond(
            call.db,
            call.actor,
            operation,
            call.path["party"],
            response,
            expected_version=call.expected_version(),
        )
    except DomainError as error:
        error.problems = tuple(_as_sent(problem) for problem in error.problems)
        raise
    return Reply(participant, etag=participant.version)


@endpoint(
    "GET",
    "/operations/{code}/participants/{party}/contacts",
    summary="List a participant's contact points",
    answers={200: ContactsSchema},
    problems=("participant-unknown",),
)
def list_contacts(call: Call) -> Reply:
    """List where a participant is reached, as the latest version of the plan has it."""
    operation = _operation(call)
    found, version = service.contacts(call.db, call.actor, operation, call.path["party"])
    participant = operations.find_participant(operation, call.path["party"])
    return Reply(_shown_contacts(operation, found, version), etag=participant.version)


@endpoint(
    "PUT",
    "/operations/{code}/participants/{party}/contacts",
    summary="Put a participant's contact points",
    answers={200: ContactsSchema},
    body=ContactsInputSchema,
    conditional=True,
    problems=("participant-unknown", "operation-ended"),
)
def save_contacts(call: Call) -> Reply:
    """Keep exactly these contact points, in a new version of the plan; after approval it waits as an amendment."""
    operation = _operation(call)
    participant = operations.find_participant(operation, call.path["party"])
    given = _contacts(call, call.body["items"])
    version = service.put_contacts(
        call.db, call.actor, operation, participant.party, given, expected_version=call.expected_version()
    )
    return Reply(_shown_contacts(operation, given, version), etag=participant.version)


@endpoint(
    "GET",
    "/operations/{code}/participants/{party}/contributions",
    summary="List a participant's contributions",
    answers={200: LinesSchema},
    problems=("participant-unknown",),
)
def list_contributions(call: Call) -> Reply:
    """List what a participant pledges and brings."""
    kept = service.contributions_of(call.db, call.actor, _operation(call), call.path["party"])
    return Reply(kept, etag=kept.version)


@endpoint(
    "PUT",
    "/operations/{code}/participants/{party}/contributions",
    summary="Put a participant's contributions",
    answers={200: LinesSchema},
    body=LinesInputSchema,
    conditional=True,
    problems=(
        "participant-unknown",
        "unit-unknown",
        "action-area-unknown",
        "quantity-missing",
        "unknown-contribution",
    ),
)
def save_contributions(call: Call) -> Reply:
    """Keep exactly these lines; what came is written down once the operation runs."""
    kept = service.put_contributions(
        call.db,
        call.actor,
        _operation(call),
        call.path["party"],
        _lines(call.body["items"]),
        expected_version=call.expected_version(),
    )
    return Reply(kept, etag=kept.version)


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


def _contacts(call: Call, items: Sequence[Mapping[str, str]]) -> list[Contact]:
    party = catalogue().party_code(call.path["party"])
    return [Contact(party=party, **item) for item in items]


def _lines(items: Sequence[Mapping[str, Any]]) -> list[Line]:
    return [Line(**item) for item in items]


def _shown_contacts(
    operation: Operation, contacts: Sequence[Contact], version: PlanVersion
) -> dict[str, Any]:
    return {
        "items": contacts,
        "plan_version": version.number,
        "in_force": version.number == operation.plan_number,
    }


def _as_sent(problem: Problem) -> Problem:
    """Point into the answer as it was sent: its contributions have another name there."""
    if not problem.pointer.startswith("/items"):
        return problem
    pointer = problem.pointer.replace("/items", "/contributions", 1)
    return Problem(problem.code, problem.message, pointer, problem.accepted)
