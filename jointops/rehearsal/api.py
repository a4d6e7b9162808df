"""Rehearsals and exercises over the API."""

from __future__ import annotations

from jointops.kernel import policy
from jointops.kernel.policy import Action
from jointops.operations import service as operations
from jointops.rehearsal import service
from jointops.rehearsal.result import result_of
from jointops.rehearsal.schemas import ExerciseSchema, RehearseSchema, ResultSchema
from jointops.rehearsal.views import start_after_commit
from jointops.web.api import PREFIX, Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate


@endpoint(
    "POST",
    "/operations/{code}/rehearsals",
    summary="Rehearse a plan",
    body=RehearseSchema,
    answers={202: ExerciseSchema},
    problems=("plan-version-unknown", "rehearsal-running", "nothing-to-rehearse"),
)
def rehearse_operation(call: Call) -> Reply:
    """Have a version of the operation's plan played as an exercise; the Location says how far it is."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    policy.require(call.actor, Action.EXERCISE_CREATE, operations.subject(operation))
    number = call.body["version"]
    version = (
        operations.latest_plan(call.db, operation)
        if number is None
        else operations.find_version(call.db, call.actor, operation, number)
    )
    rehearsal = service.prepare(
        call.db,
        call.actor,
        operations.document(version),
        seed=call.body["seed"],
        source_operation=operation,
        source_version=version.number,
    )
    start_after_commit(call.request, rehearsal.id)
    return Reply(rehearsal, status=202, location=f"{PREFIX}/exercises/{rehearsal.operation.code}")


@endpoint(
    "GET",
    "/exercises",
    summary="List the exercises",
    answers={200: paged(ExerciseSchema)},
    query=PageQuery,
)
def list_exercises(call: Call) -> Reply:
    """List the rehearsals that the token's owner may know of, the oldest first."""
    found = service.list_exercises(call.db, call.actor)[::-1]
    return Reply(paginate(found, call.query, key=lambda rehearsal: rehearsal.id))


@endpoint(
    "GET",
    "/exercises/{code}",
    summary="Read what a rehearsal found",
    answers={200: ResultSchema},
    problems=("not-an-exercise",),
)
def read_exercise(call: Call) -> Reply:
    """Say how far a rehearsal is, what was noticed, and at its end the evaluation."""
    rehearsal = service.find(call.db, call.actor, call.path["code"])
    return Reply(result_of(call.db, call.actor, rehearsal).to_data(call.request.translate))


@endpoint(
    "DELETE",
    "/exercises/{code}",
    summary="Delete an exercise",
    answers={204: None},
    problems=("not-an-exercise", "rehearsal-running"),
)
def delete_exercise(call: Call) -> Reply:
    """Delete an exercise with everything in it; operations are never deleted."""
    service.delete(call.db, call.actor, call.path["code"])
    return Reply(None, status=204)
