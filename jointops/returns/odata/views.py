"""The feed over HTTP: service document, description, entity sets, entities and their counts.

Excel and Power BI sign in with a user name and a password, so a token is also taken as the password of HTTP's basic
authentication here (and only here).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from jointops.kernel import clock
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.returns.export import marking_text
from jointops.returns.models import FactStatus
from jointops.returns.odata import answers, csdl, options, payload, sources
from jointops.returns.odata.answers import Feed
from jointops.returns.odata.model import ENTITY_SETS, EntityType
from jointops.returns.odata.refusals import BadQuery
from jointops.web.api import NotAcceptable
from jointops.web.errors import Report

JSON = "application/json"
XML = "application/xml"

DEFAULT_STATUS = FactStatus.PROVISIONAL
"""What was reported, as the daily picture shows it; ``status=accepted`` asks for what the evaluation counts."""

_SEGMENT = re.compile(r"(\w{1,40})(?:\((.*)\))?", re.DOTALL)
_MAX_PAGE_SIZE = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize=\"?(\d{1,9})")


@view_config(route_name="api:odata.service", request_method="GET")
@view_config(route_name="api:odata.root", request_method="GET")
def service_document(request: Request) -> Response:
    """Answer which entity sets there are. Custom options of the address go on to theirs."""
    given = _given(request)
    options.of_description(given)
    feed = _feed(request, given)
    query = "&".join(
        f"{name}={value}" for name, value in feed.custom.items() if name in given and name != "lang"
    )
    data = {
        "@odata.context": f"{feed.root}$metadata",
        "value": [
            {"name": name, "kind": "EntitySet", "url": f"{name}?{query}" if query else name}
            for name in ENTITY_SETS
        ],
    }
    return _json(request, data, given)


@view_config(route_name="api:odata.metadata", request_method="GET")
def description(request: Request) -> Response:
    """Answer the description of the feed: XML, or JSON for those who take nothing else."""
    given = _given(request)
    options.of_description(given)
    _feed(request, given)
    accepted = _accepted(request, given)
    if any(kind in accepted for kind in (XML, "application/*", "*/*")):
        return _response(csdl.xml(), XML)
    _require_json(accepted)
    response = _response(payload.write(csdl.as_json()).encode(), JSON)
    response.headers["OData-Version"] = "4.01"
    return response


@view_config(route_name="api:odata.set", request_method="GET")
def entity_set(request: Request) -> Response:
    """Answer a page of an entity set, or one entity: ``Values``, ``Units('ES-POLICE')``."""
    given = _given(request)
    entity, key = _segment(request.matchdict["set"])
    feed = _feed(request, given)
    if key is None:
        query = options.of_collection(given, entity)
        return _json(request, answers.collection(feed, query, path=entity.entity_set), given)
    query = options.of_entity(given, entity)
    return _json(request, answers.entity(feed, query, answers.by_key(feed, entity, key)), given)


@view_config(route_name="api:odata.part", request_method="GET")
def part(request: Request) -> Response:
    """Answer what belongs to an entity (``Units('ES-POLICE')/Values``), or how many a set has (``Values/$count``)."""
    given = _given(request)
    entity, key = _segment(request.matchdict["set"])
    name = request.matchdict["part"]
    feed = _feed(request, given)
    if name == "$count" and key is None:
        return _text(answers.count(feed, options.of_count(given, entity)))
    if key is None or name not in entity.navigations:
        raise _unknown(name)
    row, way = answers.by_key(feed, entity, key), entity.navigations[name]
    target = ENTITY_SETS[way.target]
    if way.many:
        path = f"{request.matchdict['set']}/{name}"
        query = options.of_collection(given, target)
        data = answers.collection(feed, query, path=path, among=answers.related(way, row))
        return _json(request, data, given)
    found = answers.first(feed, way, row)
    if found is None:
        return Response(status=204, headers={"OData-Version": payload.VERSION}, content_type=None)
    return _json(request, answers.entity(feed, options.of_entity(given, target), found), given)


@view_config(route_name="api:odata.part-count", request_method="GET")
def part_count(request: Request) -> Response:
    """Answer how many belong to an entity: ``Units('ES-POLICE')/Values/$count``."""
    given = _given(request)
    entity, key = _segment(request.matchdict["set"])
    name = request.matchdict["part"]
    if key is None or name not in entity.navigations or not entity.navigations[name].many:
        raise _unknown(name)
    feed, way = _feed(request, given), entity.navigations[name]
    row = answers.by_key(feed, entity, key)
    query = options.of_count(given, ENTITY_SETS[way.target])
    return _text(answers.count(feed, query, answers.related(way, row)))


def refuse(request: Request, report: Report) -> Response:
    """Return a refusal in OData's form."""
    detail = report.detail
    headers = {"OData-Version": payload.VERSION}
    if report.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="jointops", charset="UTF-8"'
        detail = request.translate(
            _(
                "Sign in with any user name and a token of your account (jo_…) as the password, or send the token as "
                "“Authorization: Bearer jo_…”. It may be missing, expired or revoked."
            )
        )
    body = payload.error(report.code, detail or report.title, report.problems, report.reference)
    response = Response(payload.write(body).encode(), status=report.status, content_type=JSON)
    response.headers.update(headers)
    return response


# --- What was asked --------------------------------------------------------------------------------------------------


def _given(request: Request) -> dict[str, str]:
    """Return the options by name. A semicolon divides the options in ``$expand``, and nothing else."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="strict")
    return options.once_each(pairs)


def _feed(request: Request, given: Mapping[str, str]) -> Feed:
    if request.headers.get("OData-MaxVersion", payload.VERSION).strip() < payload.VERSION:
        message = _("This feed speaks OData ${version}.", mapping={"version": payload.VERSION})
        raise BadQuery("odata-version-not-offered", message, "OData-MaxVersion", (payload.VERSION,))
    operation = operations.find(request.db, request.actor, request.matchdict["code"])
    status, at = _status(given.get("status")), _instant(given.get("as_known_at"))
    snapshot = sources.Snapshot(request.db, request.actor, operation, status, at, request.locale)
    return Feed(
        snapshot=snapshot,
        root=request.route_url("api:odata.root", code=operation.code),
        custom=answers.custom_options(status.value, at, given),
        page=_page_size(request),
    )


def _status(text: str | None) -> FactStatus:
    if text is None:
        return DEFAULT_STATUS
    try:
        return FactStatus(text)
    except ValueError:
        message = _("“${status}” is no status of figures.", mapping={"status": text[:80]})
        accepted = tuple(member.value for member in FactStatus)
        raise BadQuery("unknown-status", message, "status", accepted) from None


def _instant(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    try:
        # A plus sign that was not escaped arrives as a space.
        instant = datetime.fromisoformat(text.strip().replace(" ", "+")).astimezone(UTC)
        if not re.search(r"(Z|[+-]\d\d:?\d\d)$", text.strip().replace(" ", "+")):
            raise ValueError(text)
    except (ValueError, OverflowError):
        message = _("as_known_at takes an instant with an offset, such as 2014-09-24T23:59:00+02:00.")
        raise BadQuery("not-an-instant", message, "as_known_at") from None
    if instant > clock.now():
        message = _("This instant has not come yet. Leave it out to see what is known now.")
        raise BadQuery("instant-in-future", message, "as_known_at")
    return instant


def _page_size(request: Request) -> int | None:
    found = _MAX_PAGE_SIZE.search(request.headers.get("Prefer", ""))
    return max(1, int(found[1])) if found else None


def _segment(text: str) -> tuple[EntityType, str | None]:
    found = _SEGMENT.fullmatch(text)
    if found is None or found[1] not in ENTITY_SETS:
        raise _unknown(text)
    return ENTITY_SETS[found[1]], found[2]


def _unknown(name: str) -> NotFound:
    return NotFound(
        "odata-resource-unknown",
        _("There is no “${name}” in this feed.", mapping={"name": name[:80]}),
        "",
        tuple(ENTITY_SETS),
    )


# --- How it is answered ----------------------------------------------------------------------------------------------


def _accepted(request: Request, given: Mapping[str, str]) -> dict[str, str]:
    """Return the media types that are taken, each with its parameters; ``$format`` stands before the header."""
    if "$format" in given:
        short = {"json": JSON, "xml": XML}.get(given["$format"], given["$format"])
        return dict(_media_types([short]))
    header = request.headers.get("Accept", "*/*").strip() or "*/*"
    return dict(_media_types(header.split(",")))


def _media_types(parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for each in parts:
        kind, _semicolon, parameters = each.strip().lower().partition(";")
        if not re.search(r"(?:^|;)\s*q=0(?:\.0*)?\s*(?:;|$)", parameters):
            yield kind.strip(), parameters


def _require_json(accepted: Mapping[str, str]) -> str:
    """Return the parameters with which JSON is taken."""
    for kind in (JSON, "application/*", "*/*"):
        if kind in accepted:
            return accepted[kind]
    message = _("This is available as ${formats} only.", mapping={"formats": JSON})
    raise NotAcceptable("not-acceptable", message, "/query/$format", (JSON,))


def _json(request: Request, data: dict[str, Any], given: Mapping[str, str]) -> Response:
    parameters = _require_json(_accepted(request, given)).replace(" ", "")
    as_text = "ieee754compatible=true" in parameters
    bare = "metadata=none" in parameters
    if bare:
        data.pop("@odata.context", None)
    else:
        operation = operations.find(request.db, request.actor, request.matchdict["code"])
        context = data.pop("@odata.context")
        marking = marking_text(operation, request.locale)
        data = {"@odata.context": context, "@jointops.marking": marking, **data}
    response = _response(
        payload.write(data, numbers_as_text=as_text).encode(),
        f"{JSON};odata.metadata={'none' if bare else 'minimal'}"
        + (";IEEE754Compatible=true" if as_text else ""),
    )
    size = _page_size(request)
    if size is not None:
        response.headers["Preference-Applied"] = f"odata.maxpagesize={size}"
    return response


def _text(number: int) -> Response:
    return _response(str(number).encode(), "text/plain;charset=utf-8")


def _response(body: bytes, content_type: str) -> Response:
    headers = {"Content-Type": content_type, "OData-Version": payload.VERSION, "Vary": "Accept, Prefer"}
    return Response(body, headers=headers)
