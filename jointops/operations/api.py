"""Operations, their plans and participants over the API."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from jointops.kernel import policy
from jointops.kernel.errors import Invalid, Problem
from jointops.operations import planfile, rules, service
from jointops.operations.editing import Basics
from jointops.operations.models import AuthorityType, Operation, OperationState, PlanVersion
from jointops.operations.plan_document import plan_report
from jointops.operations.plandiff import diff
from jointops.operations.plandoc import Participant, PlanDocument, PlanUnit
from jointops.operations.planshape import schema as plan_schema
from jointops.operations.schemas import (
    MAX_NUMBER,
    BasicsSchema,
    DiffQuery,
    DiffSchema,
    EndorsementQuery,
    NoteQuery,
    OperationQuery,
    OperationSchema,
    ParticipantInputSchema,
    ParticipantSchema,
    PlanQuery,
    PlanSchema,
    PlanVersionSchema,
    RefusalSchema,
    StepsSchema,
    TransitionSchema,
    UnitInputSchema,
    UnitSchema,
    WholePlanVersionSchema,
)
from jointops.reference.catalogue import catalogue
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.web.api import JSON, PREFIX, YAML, Call, File, Reply, endpoint, etag
from jointops.web.paging import PageQuery, paged, paginate

PLAN_FILE = {YAML: {"type": "string", "description": "A plan file."}, JSON: dict(plan_schema())}

PLAN_PROBLEMS = ("plan-is-a-template", "plan-of-another-operation", "operation-ended")

NUMBER = {"number": fields.Integer(validate=validate.Range(min=1, max=MAX_NUMBER))}


@endpoint(
    "GET",
    "/operations",
    summary="List operations",
    answers={200: paged(OperationSchema)},
    query=OperationQuery,
)
def list_operations(call: Call) -> Reply:
    """List the operations that the token's owner may read, in the order of their codes."""
    operations = sorted(service.list_operations(call.db, call.actor), key=lambda operation: operation.code)
    state: OperationState | None = call.query["state"]
    shown = [operation for operation in operations if state is None or operation.state is state]
    return Reply(paginate(shown, call.query, key=lambda operation: operation.code))


@endpoint(
    "POST",
    "/operations",
    summary="Create an operation from a plan file",
    answers={201: OperationSchema},
    query=NoteQuery,
    raw=PLAN_FILE,
    problems=("plan-is-a-template", "operation-exists"),
)
def create_operation(call: Call) -> Reply:
    """Create a draft whose version 1 is the plan that was sent, as YAML or JSON."""
    operation = service.create(call.db, call.actor, _sent_plan(call), call.query["note"])
    return Reply(
        operation,
        status=201,
        etag=operation.version,
        location=f"{PREFIX}/operations/{operation.code}",
    )


@endpoint("GET", "/operations/{code}", summary="Read an operation", answers={200: OperationSchema})
def read_operation(call: Call) -> Reply:
    """Give an operation as it stands."""
    operation = _operation(call)
    return Reply(operation, etag=operation.version)


@endpoint(
    "PATCH",
    "/operations/{code}",
    summary="Change the basics of an operation's plan",
    answers={200: OperationSchema},
    body=BasicsSchema,
    conditional=True,
    problems=("operation-ended",),
)
def update_operation(call: Call) -> Reply:
    """Keep a new version of the plan with other basics.

    Once the operation is approved it is an amendment, and not in force yet.
    """
    operation = _operation(call)
    given = dict(call.body)
    note = given.pop("note")
    service.change_basics(
        call.db, call.actor, operation, Basics(**given), note, expected_version=call.expected_version()
    )
    return Reply(operation, etag=operation.version)


@endpoint("GET", "/operations/{code}/steps", summary="Ask what can come next", answers={200: StepsSchema})
def list_steps(call: Call) -> Reply:
    """List the next steps of the life cycle, each with what stands in its way: the checklist before approval."""
    operation = _operation(call)
    standing = service.standing(call.db, operation)
    subject = service.subject(operation)
    items = [
        {
            "to": step.target,
            "allowed": policy.allows(call.actor, step.action, subject),
            "needs_reason": rules.needs_reason(standing, step.target),
            "obstacles": [
                {
                    "code": found.code,
                    "message": call.request.translate(found.message),
                    "pointer": found.pointer,
                }
                for found in rules.obstacles(standing, step.target)
            ],
        }
        for step in rules.steps_from(operation.state)
    ]
    return Reply({"items": items})


@endpoint(
    "POST",
    "/operations/{code}/transitions",
    summary="Take an operation a step on",
    answers={200: OperationSchema},
    body=TransitionSchema,
    conditional=True,
    problems=(
        "no-such-step",
        "no-participants",
        "plan-not-ready",
        "nobody-takes-part",
        "before-first-day",
        "reason-missing",
        "answer-by-past",
        "answer-by-late",
    ),
)
def transition_operation(call: Call) -> Reply:
    """Move an operation on: to consultation, approved, running, closed, back to draft, or cancelled."""
    operation = _operation(call)
    service.require_version(operation.version, call.expected_version())
    service.transition(
        call.db,
        call.actor,
        operation,
        call.body["to"],
        call.body["reason"],
        answer_by=call.body["answer_by"],
        plan_number=call.body["plan_version"],
        endorsement=service.Endorsement(call.body["function"], call.body["statement"]),
    )
    return Reply(operation, etag=operation.version)


@endpoint(
    "GET",
    "/operations/{code}/plan",
    summary="Read the plan",
    answers={200: PlanSchema},
    query=PlanQuery,
    formats=("json", "yaml", *DOCUMENT_FORMATS),
)
def read_plan(call: Call) -> Reply | File:
    """Give the plan in its plain form, as JSON, a plan file or a document; the ETag is its version's number."""
    operation = _operation(call)
    if call.query["version"] == "latest":
        version = service.latest_plan(call.db, operation)
    else:
        version = service.plan_in_force(call.db, operation)
    if call.format == "yaml":
        text = service.plan_file(version)
        name = f"{operation.code}-plan-{version.number}.yaml"
        return File(text.encode(), "yaml", name, headers={"ETag": etag(version.number)})
    if call.format in DOCUMENT_FORMATS:
        return _plan_document(call, operation, version)
    return Reply(version.data, etag=version.number)


@endpoint(
    "PUT",
    "/operations/{code}/plan",
    summary="Save the plan",
    answers={200: PlanVersionSchema, 201: PlanVersionSchema},
    query=NoteQuery,
    raw=PLAN_FILE,
    conditional=True,
    problems=PLAN_PROBLEMS,
)
def save_plan(call: Call) -> Reply:
    """Keep the plan that was sent as a new version (201), or say that nothing changed (200)."""
    operation = _operation(call)
    before = service.latest_plan(call.db, operation).number
    version = service.save_plan(
        call.db,
        call.actor,
        operation,
        _sent_plan(call),
        call.query["note"],
        expected_version=call.expected_version(),
    )
    return Reply(version, status=200 if version.number == before else 201, etag=version.number)


@endpoint(
    "GET",
    "/operations/{code}/plan/versions",
    summary="List the versions of the plan",
    answers={200: paged(PlanVersionSchema)},
    query=PageQuery,
)
def list_plan_versions(call: Call) -> Reply:
    """List all versions with their approvals, the oldest first."""
    versions = list(service.versions(call.db, call.actor, _operation(call)))[::-1]
    return Reply(paginate(versions, call.query, key=lambda version: version.number))


@endpoint(
    "GET",
    "/operations/{code}/plan/versions/{number}",
    summary="Read a version of the plan",
    answers={200: WholePlanVersionSchema},
    path_fields=NUMBER,
    formats=("json", "yaml", *DOCUMENT_FORMATS),
    problems=("plan-version-unknown",),
)
def read_plan_version(call: Call) -> Reply | File:
    """Give a version as it was kept, which never changes; as a document with what participants answered since."""
    operation = _operation(call)
    version = service.find_version(call.db, call.actor, operation, call.path["number"])
    if call.format == "yaml":
        text = service.plan_file(version)
        return File(text.encode(), "yaml", f"{operation.code}-plan-{version.number}.yaml")
    if call.format in DOCUMENT_FORMATS:
        return _plan_document(call, operation, version)
    return Reply(version)


def _plan_document(call: Call, operation: Operation, version: PlanVersion) -> File:
    document = plan_report(call.db, operation, version, call.locale)
    name = f"{operation.code}-plan-{version.number}.{call.format}"
    content = DOCUMENT_FORMATS[call.format].render(document)
    return File(content, call.format, name, headers={"ETag": etag(version.number)})


@endpoint(
    "POST",
    "/operations/{code}/plan/versions/{number}/approve",
    summary="Approve an amendment",
    answers={200: PlanVersionSchema},
    path_fields=NUMBER,
    query=EndorsementQuery,
    problems=(
        "plan-version-unknown",
        "approve-by-transition",
        "operation-ended",
        "already-approved",
        "already-refused",
        "superseded",
        "plan-not-ready",
    ),
)
def approve_plan_version(call: Call) -> Reply:
    """Approve a version of an approved or running operation's plan and put it in force."""
    operation = _operation(call)
    said = service.Endorsement(call.query["function"], call.query["statement"])
    return Reply(service.approve_plan(call.db, call.actor, operation, call.path["number"], said))


@endpoint(
    "POST",
    "/operations/{code}/plan/versions/{number}/refuse",
    summary="Refuse an amendment",
    answers={200: PlanVersionSchema},
    path_fields=NUMBER,
    body=RefusalSchema,
    problems=(
        "plan-version-unknown",
        "approve-by-transition",
        "operation-ended",
        "already-approved",
        "already-refused",
        "superseded",
        "reason-missing",
    ),
)
def refuse_plan_version(call: Call) -> Reply:
    """Refuse an amendment with a reason: it stays to be read, and the next change builds on the version before it."""
    operation = _operation(call)
    return Reply(
        service.refuse_plan(call.db, call.actor, operation, call.path["number"], call.body["reason"])
    )


@endpoint(
    "GET",
    "/operations/{code}/plan/diff",
    summary="Compare two versions of the plan",
    answers={200: DiffSchema},
    query=DiffQuery,
    problems=("plan-version-unknown",),
)
def compare_plan_versions(call: Call) -> Reply:
    """List what changed from one version to the other, section by section."""
    operation = _operation(call)
    before, after = (
        service.document(service.find_version(call.db, call.actor, operation, call.query[end]))
        for end in ("from", "to")
    )
    return Reply({"items": diff(before, after)})


@endpoint(
    "GET",
    "/operations/{code}/participants",
    summary="List the participants",
    answers={200: paged(ParticipantSchema)},
    query=PageQuery,
)
def list_participants(call: Call) -> Reply:
    """List who was invited, what they answered, and their reporting units."""
    participants = service.participants(call.db, call.actor, _operation(call))
    ordered = sorted(participants, key=lambda participant: participant.party)
    return Reply(paginate(ordered, call.query, key=lambda participant: participant.party))


@endpoint(
    "GET",
    "/operations/{code}/participants/{party}",
    summary="Read a participant",
    answers={200: ParticipantSchema},
    problems=("participant-unknown",),
)
def read_participant(call: Call) -> Reply:
    """Give a participant with its answer and units; EL and UK are accepted for GR and GB."""
    participant = service.find_participant(_operation(call), call.path["party"])
    return Reply(participant, etag=participant.version)


@endpoint(
    "PUT",
    "/operations/{code}/participants/{party}",
    summary="Put a participant into the plan",
    answers={200: PlanVersionSchema},
    query=NoteQuery,
    body=ParticipantInputSchema,
    conditional=True,
    problems=("operation-ended",),
)
def save_participant(call: Call) -> Reply:
    """Keep a new version of the plan with this participant and exactly these units; answers the version."""
    operation = _operation(call)
    party = catalogue().party_code(call.path["party"])
    participant = Participant(
        party=party,
        role=call.body["role"],
        units=tuple(_unit(unit["code"], unit) for unit in call.body["units"]),
        note=call.body["note"],
    )
    return _put(call, operation, participant)


@endpoint(
    "GET",
    "/operations/{code}/units/{unit}",
    summary="Read a reporting unit",
    answers={200: UnitSchema},
    problems=("unit-unknown",),
)
def read_unit(call: Call) -> Reply:
    """Give a reporting unit; the ETag is the version of its participant."""
    unit = service.find_unit(call.db, _operation(call), call.path["unit"])
    return Reply(unit, etag=unit.participant.version)


@endpoint(
    "PUT",
    "/operations/{code}/units/{unit}",
    summary="Put a reporting unit into the plan",
    answers={200: PlanVersionSchema},
    query=NoteQuery,
    body=UnitInputSchema,
    conditional=True,
    problems=("operation-ended", "participant-unknown"),
)
def save_unit(call: Call) -> Reply:
    """Keep a new version of the plan with this unit of a participant that is in it; answers the version."""
    operation = _operation(call)
    code: str = call.path["unit"]
    participant = service.planned_participant(call.db, operation, code)
    unit = _unit(code, call.body)
    there = any(other.code == code for other in participant.units)
    units = (
        tuple(unit if other.code == code else other for other in participant.units)
        if there
        else (*participant.units, unit)
    )
    return _put(
        call,
        operation,
        Participant(party=participant.party, role=participant.role, units=units, note=participant.note),
    )


def _operation(call: Call) -> Operation:
    return service.find(call.db, call.actor, call.path["code"])


def _sent_plan(call: Call) -> PlanDocument:
    return planfile.load(call.raw, cycles=service.known_cycles(call.db))


def _unit(code: str, body: Any) -> PlanUnit:
    authority: AuthorityType = body["authority"]
    return PlanUnit(
        code=code,
        authority=authority.value,
        title=body["title"],
        action_areas=tuple(body["action_areas"]),
        indicators=tuple(body["indicators"]),
        note=body["note"],
    )


def _put(call: Call, operation: Operation, participant: Participant) -> Reply:
    try:
        version = service.put_participant(
            call.db,
            call.actor,
            operation,
            participant,
            call.query["note"],
            expected_version=call.expected_version(),
        )
    except Invalid as refused:
        raise Invalid([_relative(problem) for problem in refused.problems]) from refused
    return Reply(version, etag=version.number)


def _relative(problem: Problem) -> Problem:
    """Point into what was sent instead of into the whole plan."""
    parts = problem.pointer.split("/")
    pointer = (
        "/" + "/".join(parts[3:]) if parts[1:2] == ["participants"] and len(parts) > 3 else problem.pointer
    )
    return Problem(problem.code, problem.message, pointer, problem.accepted)
