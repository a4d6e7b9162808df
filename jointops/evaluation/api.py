"""The evaluation over HTTP: what was measured, what people add, the sign-off, and the recommendations."""

from __future__ import annotations

from typing import Any

from pyramid.renderers import render

from jointops.evaluation import findings, schemas, service
from jointops.evaluation.findings import RecommendationEntry
from jointops.evaluation.measured import Measured
from jointops.evaluation.models import Recommendation
from jointops.evaluation.report import evaluation_report
from jointops.evaluation.views import evaluation_model
from jointops.evaluation.workbook import evaluation_workbook
from jointops.kernel import clock
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation
from jointops.operations.page import exercise_word
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.situation import instants
from jointops.situation.api import marking_text
from jointops.situation.links import figure_url
from jointops.situation.names import Names
from jointops.web.api import Call, File, Reply, endpoint, route_name
from jointops.web.paging import PageQuery, paged, paginate

_EVALUATION = "/operations/{code}/evaluation"
_RECOMMENDATIONS = "/operations/{code}/recommendations"
_RECOMMENDATION = _RECOMMENDATIONS + "/{recommendation}"


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


# --- Measured ----------------------------------------------------------------------------------------------------


@endpoint(
    "GET",
    _EVALUATION,
    summary="Read an evaluation",
    query=schemas.EvaluationQuery,
    answers={200: schemas.EvaluationSchema},
    formats=("json", "html", "xlsx", *DOCUMENT_FORMATS),
    problems=("not-an-instant", "instant-in-future"),
)
def get_evaluation(call: Call) -> Reply | File:
    """Answers what the operation achieved, as known at an instant: always the same for the same instant.

    Figures are the accepted ones unless another `status` is asked for.
    """
    operation = _operation(call)
    at = instants.as_known_at(call.query["as_known_at"], operation.time_zone)
    if call.format == "html":
        model = evaluation_model(call.request, operation)
        page = render("evaluation/evaluation.jinja2", model, request=call.request)
        return File(
            page.encode(), "html", f"{operation.code}-evaluation.html", {"Content-Disposition": "inline"}
        )
    status = call.query["status"] or service.STATUS
    measured = service.measure(call.db, call.actor, operation, as_known_at=at, status=status)
    if call.format == "json":
        return Reply(measured.to_data())
    return _document(call, operation, measured)


def _document(call: Call, operation: Operation, measured: Measured) -> File:
    names = Names(operations.document(plan_as_known(call.db, operation, measured.as_known_at)), call.locale)
    marking = marking_text(call, operation)
    name = f"{operation.code}-evaluation.{call.format}"
    if call.format == "xlsx":
        return File(evaluation_workbook(measured, names, marking), "xlsx", name)
    at = clock.iso(measured.as_known_at)

    def url(indicator: str, **about: str) -> str:
        return figure_url(call.request, operation.code, indicator, measured.status, at, **about)

    evaluation = service.find(call.db, call.actor, operation)
    document = evaluation_report(
        measured, evaluation, names, url, marking, exercise_word(operation, call.locale)
    )
    return File(DOCUMENT_FORMATS[call.format].render(document), call.format, name)


# --- The people's part -------------------------------------------------------------------------------------------


@endpoint(
    "GET",
    f"{_EVALUATION}/review",
    summary="Read the review of an evaluation",
    answers={200: schemas.ReviewSchema},
)
def get_evaluation_review(call: Call) -> Reply:
    """Answers the summary, the observations and the steps of the sign-off. The ETag is the evaluation's version."""
    operation = _operation(call)
    evaluation = service.find(call.db, call.actor, operation)
    return Reply(schemas.review_data(operation.code, evaluation), etag=evaluation.version)


@endpoint(
    "PATCH",
    _EVALUATION,
    summary="Change the summary of an evaluation",
    body=schemas.SummarySchema,
    answers={200: schemas.ReviewSchema},
    problems=("evaluation-in-review", "evaluation-endorsed"),
    conditional=True,
)
def patch_evaluation(call: Call) -> Reply:
    """Replaces the summary, while the evaluation is a draft or was sent back."""
    operation = _operation(call)
    evaluation = service.summarise(
        call.db, call.actor, operation, call.body["summary"], expected_version=call.expected_version()
    )
    return Reply(schemas.review_data(operation.code, evaluation), etag=evaluation.version)


@endpoint(
    "POST",
    f"{_EVALUATION}/transitions",
    summary="Take a step of the sign-off",
    body=schemas.TransitionSchema,
    answers={200: schemas.ReviewSchema},
    problems=("no-such-step", "operation-not-over", "reason-missing", "evaluation-endorsed"),
    conditional=True,
)
def transition_evaluation(call: Call) -> Reply:
    """Submits for review, sends back with reasons, or endorses, which seals what was measured."""
    operation = _operation(call)
    evaluation = service.transition(
        call.db,
        call.actor,
        operation,
        call.body["to"],
        call.body["text"],
        expected_version=call.expected_version(),
    )
    return Reply(schemas.review_data(operation.code, evaluation), etag=evaluation.version)


@endpoint(
    "POST",
    f"{_EVALUATION}/observations",
    summary="Add an observation",
    body=schemas.ObservationSchema,
    answers={201: schemas.ObservationSchema},
    problems=("action-area-unknown", "text-missing", "evaluation-endorsed"),
)
def add_observation(call: Call) -> Reply:
    """Adds a strength or an area for improvement; the participants may, until the evaluation is endorsed."""
    operation = _operation(call)
    observation = findings.observe(call.db, call.actor, operation, call.body)
    return Reply(schemas.observation_data(observation), status=201)


# --- Recommendations ---------------------------------------------------------------------------------------------


@endpoint(
    "GET",
    _RECOMMENDATIONS,
    summary="List the recommendations",
    query=PageQuery,
    answers={200: paged(schemas.RecommendationSchema)},
)
def list_recommendations(call: Call) -> Reply:
    """Answers the recommendations of an operation's evaluation in the order in which they were made."""
    found = findings.recommendations(call.db, call.actor, _operation(call))
    items = [(item.id, schemas.recommendation_data(item)) for item in found]
    page = paginate(items, call.query, key=lambda pair: pair[0])
    return Reply({"items": [data for _key, data in page.items], "next": page.next})


@endpoint(
    "POST",
    _RECOMMENDATIONS,
    summary="Add a recommendation",
    body=schemas.RecommendationInputSchema,
    answers={201: schemas.RecommendationSchema},
    problems=(
        "observation-unknown",
        "text-missing",
        "owner-missing",
        "evaluation-in-review",
        "evaluation-endorsed",
    ),
)
def add_recommendation(call: Call) -> Reply:
    """Adds a recommendation, which can later be adopted into a policy cycle."""
    operation = _operation(call)
    recommendation = findings.recommend(call.db, call.actor, operation, call.body)
    return _reply(call, operation, recommendation, 201)


@endpoint(
    "GET",
    _RECOMMENDATION,
    summary="Read a recommendation",
    answers={200: schemas.RecommendationSchema},
    problems=("recommendation-unknown",),
)
def get_recommendation(call: Call) -> Reply:
    """Answers one recommendation. The ETag is its version."""
    operation = _operation(call)
    return _reply(call, operation, _found(call, operation))


@endpoint(
    "PATCH",
    _RECOMMENDATION,
    summary="Change a recommendation",
    body=schemas.RecommendationChangeSchema,
    answers={200: schemas.RecommendationSchema},
    problems=(
        "recommendation-unknown",
        "observation-unknown",
        "recommendation-decided",
        "evaluation-in-review",
        "evaluation-endorsed",
    ),
    conditional=True,
)
def patch_recommendation(call: Call) -> Reply:
    """Changes what a recommendation says, as long as it is not decided; what is left out stays as it is."""
    operation = _operation(call)
    current = _found(call, operation)
    before: dict[str, Any] = {
        "title": current.title,
        "owner": current.owner,
        "text": current.text,
        "capability": current.capability,
        "due_on": current.due_on,
        "observation": current.observation.code if current.observation else None,
        "source": current.source,
        "tags": current.tags,
    }
    entry = RecommendationEntry(**{**before, **call.body})
    changed = findings.revise(
        call.db, call.actor, operation, current.code, entry, expected_version=call.expected_version()
    )
    return _reply(call, operation, changed)


@endpoint(
    "POST",
    f"{_RECOMMENDATION}/adopt",
    summary="Adopt a recommendation",
    body=schemas.AdoptionSchema,
    answers={200: schemas.RecommendationSchema},
    problems=("recommendation-unknown", "recommendation-decided", "cycle-unknown", "cycle-missing"),
    conditional=True,
)
def adopt_recommendation(call: Call) -> Reply:
    """Adopts a recommendation into a policy cycle as a proposed operational action."""
    operation = _operation(call)
    adopted = findings.adopt(
        call.db,
        call.actor,
        operation,
        call.path["recommendation"],
        call.body,
        expected_version=call.expected_version(),
    )
    return _reply(call, operation, adopted)


@endpoint(
    "POST",
    f"{_RECOMMENDATION}/reject",
    summary="Reject a recommendation",
    body=schemas.RejectionSchema,
    answers={200: schemas.RecommendationSchema},
    problems=("recommendation-unknown", "recommendation-decided", "reason-missing"),
    conditional=True,
)
def reject_recommendation(call: Call) -> Reply:
    """Rejects a recommendation with a reason."""
    operation = _operation(call)
    rejected = findings.reject(
        call.db,
        call.actor,
        operation,
        call.path["recommendation"],
        call.body["reason"],
        expected_version=call.expected_version(),
    )
    return _reply(call, operation, rejected)


def _found(call: Call, operation: Operation) -> Recommendation:
    return findings.find_recommendation(call.db, call.actor, operation, call.path["recommendation"])


def _reply(call: Call, operation: Operation, recommendation: Recommendation, status: int = 200) -> Reply:
    location = call.request.route_path(
        route_name(_RECOMMENDATION), code=operation.code, recommendation=recommendation.code
    )
    return Reply(
        schemas.recommendation_data(recommendation),
        status=status,
        etag=recommendation.version,
        location=location if status == 201 else None,
    )
