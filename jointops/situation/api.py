"""The situation over HTTP: as data, as a page, as a document."""

from __future__ import annotations

from pyramid.renderers import render

from jointops.kernel import clock
from jointops.operations import service as operations
from jointops.operations.history import plan_as_known
from jointops.operations.models import Operation
from jointops.operations.page import exercise_word, marking_line
from jointops.rendering.pdf import render_pdf
from jointops.returns.models import FactStatus
from jointops.situation import instants, schemas, service
from jointops.situation.links import figure_url
from jointops.situation.names import Names
from jointops.situation.picture import Situation
from jointops.situation.report import situation_report
from jointops.situation.tables import Url
from jointops.situation.views import situation_model
from jointops.web.api import Call, File, Reply, endpoint


@endpoint(
    "GET",
    "/operations/{code}/situation",
    summary="Read the situation",
    query=schemas.SituationQuery,
    answers={200: schemas.SituationSchema},
    formats=("json", "html", "pdf"),
    problems=("day-outside-operation", "not-an-instant", "instant-in-future"),
)
def get_situation(call: Call) -> Reply | File:
    """Answers who has reported and what it adds up to, as known at an instant: always the same for the same instant."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    at = instants.as_known_at(call.query["as_known_at"], operation.time_zone)
    if call.format == "html":
        page = render(
            "situation/situation.jinja2", situation_model(call.request, operation), request=call.request
        )
        return File(
            page.encode(), "html", f"{operation.code}-situation.html", {"Content-Disposition": "inline"}
        )
    picture = service.situation(
        call.db,
        call.actor,
        operation,
        day=call.query["day"],
        as_known_at=at,
        status=call.query["status"] or FactStatus.PROVISIONAL,
    )
    if call.format == "pdf":
        return _pdf(call, operation, picture)
    return Reply(picture.to_data())


def _pdf(call: Call, operation: Operation, picture: Situation) -> File:
    names = Names(operations.document(plan_as_known(call.db, operation, picture.as_known_at)), call.locale)
    marking = marking_text(call, operation)
    links, watermark = figure_links(call, operation, picture), exercise_word(operation, call.locale)
    document = situation_report(picture, names, links, marking, watermark)
    day = f"-{picture.day.isoformat()}" if picture.day else ""
    return File(render_pdf(document), "pdf", f"{operation.code}-situation{day}.pdf")


def figure_links(call: Call, operation: Operation, picture: Situation) -> Url:
    """Return what makes the addresses behind a document's figures, as known at the document's instant."""
    at = clock.iso(picture.as_known_at)

    def url(indicator: str, **about: str) -> str:
        if picture.day is not None and "day" not in about:
            about["day"] = picture.day.isoformat()
        return figure_url(call.request, operation.code, indicator, picture.status, at, **about)

    return url


def marking_text(call: Call, operation: Operation) -> str:
    """Return the marking that stands on every page of a document."""
    return marking_line(operation, call.locale)
