"""Lessons for a plan, what earlier operations suggest, and the chain, over HTTP."""

from __future__ import annotations

from jointops.kernel import policy
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _, label
from jointops.kernel.policy import Action
from jointops.lessons import proposals, schemas, service
from jointops.lessons.chain import Node
from jointops.lessons.chain_operation import OperationView
from jointops.lessons.chain_whole import whole
from jointops.lessons.chain_words import path_of
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.web.api import Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate

_LESSONS = "/operations/{code}/lessons"
_LESSON = _LESSONS + "/{recommendation}"
_PROPOSALS = "/operations/{code}/proposals"


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


@endpoint(
    "GET",
    _LESSONS,
    summary="List the lessons for a plan",
    query=PageQuery,
    answers={200: paged(schemas.LessonSchema)},
)
def list_lessons(call: Call) -> Reply:
    """Answers the recommendations of earlier operations that fit the latest plan, and what it makes of each."""
    found = service.matches(call.db, call.actor, _operation(call))
    items = [(match.recommendation.id, schemas.lesson_data(match)) for match in found]
    page = paginate(sorted(items, key=lambda item: item[0]), call.query, key=lambda item: item[0])
    return Reply({"items": [data for _key, data in page.items], "next": page.next})


@endpoint(
    "GET",
    _LESSON,
    summary="Read a lesson for a plan",
    answers={200: schemas.LessonSchema},
    problems=("recommendation-unknown",),
)
def get_lesson(call: Call) -> Reply:
    """Answers one recommendation that fits the plan, named like `ARCHIMEDES-2014:R1`.

    The ETag is the version of the answer, 0 where there is none yet.
    """
    match = service.find(call.db, call.actor, _operation(call), call.path["recommendation"])
    return Reply(schemas.lesson_data(match), etag=match.answer.version if match.answer else 0)


@endpoint(
    "PUT",
    _LESSON,
    summary="Answer a lesson for a plan",
    body=schemas.AnswerInputSchema,
    answers={200: schemas.LessonSchema},
    problems=(
        "recommendation-unknown",
        "reason-missing",
        "section-missing",
        "section-unknown",
        "operation-ended",
    ),
    conditional=True,
)
def put_lesson(call: Call) -> Reply:
    """Says what the plan makes of a recommendation: taken up (in which section), rejected or deferred (why)."""
    operation, key = _operation(call), call.path["recommendation"]
    given = service.answer(
        call.db, call.actor, operation, key, call.body, expected_version=call.expected_version()
    )
    return Reply(schemas.lesson_data(service.find(call.db, call.actor, operation, key)), etag=given.version)


@endpoint(
    "GET",
    _PROPOSALS,
    summary="Read what earlier operations suggest",
    answers={200: schemas.ProposalsSchema},
)
def get_proposals(call: Call) -> Reply:
    """Answers comparable operations, and what their accepted results suggest as targets for this plan."""
    operation = _operation(call)
    policy.require(call.actor, Action.LESSON_READ, operations.subject(operation))
    version = operations.latest_plan(call.db, operation)
    document = operations.document(version)
    found = proposals.comparables(call.db, call.actor, operation, document)
    suggested = proposals.suggestions(call.db, operation, document, found)
    return Reply(
        {
            "plan_version": version.number,
            "comparable": [schemas.comparable_data(one) for one in found],
            "suggestions": [schemas.suggestion_data(one) for one in suggested],
        }
    )


@endpoint(
    "POST",
    f"{_PROPOSALS}/targets",
    summary="Take a proposed target into the plan",
    body=schemas.TakeTargetSchema,
    answers={200: schemas.TakenSchema},
    problems=("nothing-proposed", "objective-or-indicator", "operation-ended"),
    conditional=True,
)
def take_proposed_target(call: Call) -> Reply:
    """Writes a proposed target into the plan, as a new version. `If-Match` is the number of the plan's version."""
    operation = _operation(call)
    policy.require(call.actor, Action.PLAN_UPDATE, operations.subject(operation))
    objective, indicator = call.body["objective"], call.body["indicator"]
    if (objective is None) == (indicator is None):
        message = _("Name an objective or an indicator, not both.")
        raise Invalid([Problem("objective-or-indicator", message, "/objective")])
    version = proposals.take_target(
        call.db,
        call.actor,
        operation,
        objective=objective,
        indicator=indicator,
        level=call.body["level"],
        expected_version=call.expected_version(),
    )
    return Reply({"plan_version": version.number, "tasks": []}, etag=version.number)


@endpoint(
    "POST",
    f"{_PROPOSALS}/tasks",
    summary="Take tasks of an earlier operation into the plan",
    body=schemas.TakeTasksSchema,
    answers={200: schemas.TakenSchema},
    problems=("no-tasks", "operation-unknown", "operation-ended"),
    conditional=True,
)
def take_used_tasks(call: Call) -> Reply:
    """Takes tasks of a comparable operation into the plan, on the same days of the operation and for its own units."""
    operation = _operation(call)
    version, taken = proposals.take_tasks(
        call.db,
        call.actor,
        operation,
        call.body["operation"],
        call.body["tasks"],
        expected_version=call.expected_version(),
    )
    return Reply({"plan_version": version.number, "tasks": [one.code for one in taken]}, etag=version.number)


@endpoint(
    "GET",
    "/operations/{code}/chain",
    summary="Read the chain of an operation",
    answers={200: schemas.ChainSchema},
)
def get_chain(call: Call) -> Reply:
    """Answers every link from policy cycle to result and back: what it serves (`up`) and what serves it (`down`).

    `missing` names what a link of this operation should have and does not, such as an objective without an indicator.
    Returns stand by reporting unit. What is not open to you is not in it.
    """
    operation = _operation(call)
    links = whole(OperationView(call.db, call.actor, operation))
    return Reply(
        {
            "operation": operation.code,
            "nodes": [
                {
                    **_ref(link.node),
                    "title": link.node.title
                    if isinstance(link.node.title, str)
                    else label(dict(link.node.title), call.locale),
                    "href": path_of(call.request, link.node),
                    "up": [_ref(one) for one in link.up],
                    "down": [_ref(one) for one in link.down],
                    "missing": [kind.value for kind in link.missing],
                }
                for link in links
            ],
        }
    )


def _ref(one: Node) -> dict[str, str]:
    return {"type": one.kind.value, "where": one.where, "code": one.code}
