"""Task orders to take along: of one unit, of one participant's units, or of all, as PDF or Word."""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.operations import service as operations
from jointops.rendering.document import Document
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.tasks import orders
from jointops.web.api import Call, File, endpoint


@view_config(route_name="operation.order", request_method="GET")
def unit_order(request: Request) -> Response:
    """Give the order of one unit; ``?format=docx`` for Word."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    unit = request.matchdict["unit"]
    made = orders.order_of(request.db, request.actor, operation, unit, request.locale)
    return _answer(request, made, f"{operation.code}-order-{unit}")


@view_config(route_name="operation.orders", request_method="GET")
def all_orders(request: Request) -> Response:
    """Give the orders of all units in one file, of one party's ``?party=ES``, or of one ``?unit=ES-POLICE``."""
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    unit, party = request.GET.get("unit"), request.GET.get("party") or None
    if unit:
        made = orders.order_of(request.db, request.actor, operation, unit, request.locale)
        return _answer(request, made, f"{operation.code}-order-{unit}")
    made = orders.orders_of(request.db, request.actor, operation, request.locale, party)
    name = f"{operation.code}-orders-{party}" if party else f"{operation.code}-orders"
    return _answer(request, made, name)


def _answer(request: Request, document: Document, name: str) -> Response:
    kind = "docx" if request.GET.get("format") == "docx" else "pdf"
    form = DOCUMENT_FORMATS[kind]
    response = Response(form.render(document), content_type=form.media_type)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}.{kind}"'
    return response


@endpoint(
    "GET",
    "/operations/{code}/units/{unit}/order",
    summary="Get the task order of a reporting unit",
    answers={200: None},
    formats=tuple(DOCUMENT_FORMATS),
    problems=("unit-unknown",),
)
def get_unit_order(call: Call) -> File:
    """Give the unit's tasks with places, times and contacts on one page, as PDF or Word."""
    operation = operations.find(call.db, call.actor, call.path["code"])
    made = orders.order_of(call.db, call.actor, operation, call.path["unit"], call.locale)
    content = DOCUMENT_FORMATS[call.format].render(made)
    return File(content, call.format, f"{operation.code}-order-{call.path['unit']}.{call.format}")
