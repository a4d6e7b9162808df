"""Endpoints of the API: one declaration says what is taken and answered; checks, documentation and errors follow.

An endpoint is a function in a domain's ``api.py``; ``config.scan`` finds it::

    @endpoint("PUT", "/operations/{code}/plan", summary="Save a plan", answers={200: PlanSchema, 201: PlanSchema},
              body=PlanInputSchema, problems=("plan-not-editable",))
    def save_plan(call: Call) -> Reply:
        operation = service.find(call.db, call.actor, call.path["code"])
        version = service.save_plan(call.db, call.actor, operation, call.body, expected_version=call.expected_version())
        return Reply(version, status=201, etag=version.number)

The description of everything declared is at ``/api/v1/openapi.json`` (:mod:`jointops.web.openapi`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import venusian
from marshmallow import Schema, ValidationError, fields
from pyramid.config import PHASE1_CONFIG, Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.orm import Session

from jointops.kernel.errors import DomainError, NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor
from jointops.rendering.formats import DOCUMENT_FORMATS
from jointops.web import idempotency
from jointops.web.errors import invalid_from
from jointops.web.security import SIGNED_IN

PREFIX = "/api/v1"

JSON = "application/json"
YAML = "application/yaml"

FORMATS: Mapping[str, str] = {
    "json": JSON,
    "bin": "application/octet-stream",
    "csv": "text/csv",
    "html": "text/html",
    "ics": "text/calendar",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": YAML,
    **{name: written.media_type for name, written in DOCUMENT_FORMATS.items()},
}
"""The formats that an answer can have, by the name that ``?format=`` takes."""

SchemaLike = Schema | type[Schema]

_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


class BadRequest(DomainError):
    """The request itself is malformed, before anything in it could be judged."""

    status = 400


class NotAcceptable(DomainError):
    """The answer does not exist in any format that the ``Accept`` header allows."""

    status = 406


class UnsupportedMediaType(DomainError):
    """What was sent is in a format that this address does not read."""

    status = 415


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path, as declared by :func:`endpoint`."""

    method: str
    path: str
    function: Callable[[Call], Reply | File]
    summary: str
    tag: str
    operation_id: str
    description: str = ""
    path_fields: Mapping[str, fields.Field[Any]] = field(default_factory=dict)
    query: Schema | None = None
    body: Schema | None = None
    raw: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Mapping[int, Schema | None] = field(default_factory=dict)
    formats: tuple[str, ...] = ("json",)
    problems: tuple[str, ...] = ()
    conditional: bool = False
    public: bool = False

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names of the parts of the path that vary."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def consumes(self) -> tuple[str, ...]:
        """The media types that are read; empty when nothing is sent."""
        return (
            *((JSON,) if self.body is not None else ()),
            *(kind for kind in self.raw if kind != JSON or not self.body),
        )


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint's function gets: the transaction's session, who acts, and what was sent, checked.

    ``path``, ``query`` and ``body`` hold what their schemas loaded; ``raw`` the bytes of a body that no schema
    reads, ``media_type`` its type; ``format`` the wanted format of the answer.
    """

    request: Request
    db: Session
    actor: Actor
    locale: str
    path: Mapping[str, Any]
    query: Any
    body: Any
    raw: bytes
    media_type: str
    format: str

    def expected_version(self) -> int | None:
        """Return the version that ``If-Match`` names; ``None`` without the header or for ``*``.

        A tag that is not one of ours is version 0, which is never the current one. Raises 400 ``malformed-etag``.
        """
        return expected_version(self.request)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of data, which the schema that was declared for ``status`` writes as JSON.

    ``etag`` is the version of what is answered; ``location`` the address of what was made. ``remembered`` stands for
    ``data`` when a request is repeated under its idempotency key: data with a secret in it must not be kept.
    """

    data: Any = None
    status: int = 200
    etag: int | str | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    remembered: Any = None


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file, in one of the formats that the endpoint declared besides JSON."""

    content: bytes
    format: str
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)


def endpoint(
    method: str,
    path: str,
    *,
    summary: str,
    answers: Mapping[int, SchemaLike | None],
    path_fields: Mapping[str, fields.Field[Any]] | None = None,
    query: SchemaLike | None = None,
    body: SchemaLike | None = None,
    raw: Mapping[str, Mapping[str, Any]] | None = None,
    formats: Sequence[str] = ("json",),
    problems: Sequence[str] = (),
    conditional: bool = False,
    public: bool = False,
    tag: str | None = None,
) -> Callable[[Callable[[Call], Reply | File]], Callable[[Call], Reply | File]]:
    """Declare an endpoint under ``/api/v1``.

    ``answers`` maps each status of success to the schema of its JSON (``None``: no body). ``path_fields`` says what
    the varying parts of the path are, where they are not plain text. ``raw`` maps media types that the function
    reads itself from ``call.raw`` to the JSON Schema that describes them. ``formats`` are the formats of the answer
    (names of :data:`FORMATS`), chosen by ``Accept`` or ``?format=``. ``problems`` are the codes of refusals beyond
    the general ones; ``conditional`` says that ``If-Match`` is honoured. ``public`` needs no token.
    """

    def declare(function: Callable[[Call], Reply | File]) -> Callable[[Call], Reply | File]:
        declared = Endpoint(
            method=method,
            path=path,
            function=function,
            summary=summary,
            description=_paragraph(function.__doc__),
            tag=tag or function.__module__.split(".")[-2],
            operation_id=function.__name__.replace("_", "-"),
            path_fields=path_fields or {},
            query=_instance(query),
            body=_instance(body),
            raw=raw or {},
            answers={status: _instance(schema) for status, schema in answers.items()},
            formats=tuple(formats),
            problems=tuple(problems),
            conditional=conditional,
            public=public,
        )
        venusian.attach(
            function,
            lambda scanner, _name, _function: scanner.config.add_api_endpoint(declared),
            category="pyramid",
        )
        return function

    return declare


def includeme(config: Configurator) -> None:
    """Bring the directive by which scanned endpoints are added."""
    config.registry["api"] = []
    config.add_directive("add_api_endpoint", _add)


def route_name(path: str) -> str:
    """Return the name of the route of an API path such as ``/operations/{code}``."""
    return f"api:{path}"


def expected_version(request: Request) -> int | None:
    """Return the version that a request's ``If-Match`` names; see :meth:`Call.expected_version`."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    tag = _ETAG.fullmatch(header)
    if tag is None:
        raise BadRequest(
            "malformed-etag", _('Send If-Match as the ETag was given, such as "3" with its quotes.')
        )
    return int(tag[1]) if tag[1].isascii() and tag[1].isdigit() and len(tag[1]) < 10 else 0


def etag(version: int | str) -> str:
    """Return the value of the ``ETag`` header for a version."""
    return f'"{version}"'


def _paragraph(docstring: str | None) -> str:
    return re.sub(r"\s*\n\s*", " ", (docstring or "").strip())


def _instance(schema: SchemaLike | None) -> Schema | None:
    return schema() if isinstance(schema, type) else schema


def _add(config: Configurator, declared: Endpoint) -> None:
    known: list[Endpoint] = config.registry["api"]
    name = route_name(declared.path)
    if not any(other.path == declared.path for other in known):
        add = partial(config.add_route, name, PREFIX + declared.path)
        config.action(("api route", declared.path), add, order=PHASE1_CONFIG + _rank(declared.path))
    known.append(declared)
    config.add_view(
        lambda request: _answer(declared, request),
        route_name=name,
        request_method=declared.method,
        permission=NO_PERMISSION_REQUIRED if declared.public else SIGNED_IN,
    )


def _rank(path: str) -> float:
    """Return when a path is tried, from 0 to 1: of two alike the one whose word is fixed, ``tasks/map``, is first."""
    parts = path.strip("/").split("/")
    return sum(2.0 ** -(place + 1) for place, part in enumerate(parts) if part.startswith("{"))


def _answer(declared: Endpoint, request: Request) -> Response:
    wanted = _format(declared, request)
    media_type, raw, data = _sent(declared, request)
    call = Call(
        request=request,
        db=request.db,
        actor=request.actor,
        locale=request.locale,
        path=_path(declared, request),
        query=_query(declared, request),
        body=None if declared.body is None or media_type != JSON else _loaded(declared.body, data),
        raw=raw,
        media_type=media_type,
        format=wanted,
    )
    if declared.method in idempotency.METHODS:
        return idempotency.once(request, raw, lambda: _respond_and_keep(declared, call))
    return _respond(declared, declared.function(call))


def _respond_and_keep(declared: Endpoint, call: Call) -> tuple[Response, str | None]:
    reply = declared.function(call)
    response = _respond(declared, reply)
    if isinstance(reply, Reply) and reply.remembered is not None:
        return response, _respond(declared, replace(reply, data=reply.remembered)).text
    if isinstance(reply, File):
        return response, None
    return response, response.text if response.body else ""


def _respond(declared: Endpoint, reply: Reply | File) -> Response:
    if isinstance(reply, File):
        response = Response(reply.content, content_type=FORMATS[reply.format])
        if reply.format in {"csv", "html", "ics", "yaml"}:
            response.charset = "utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(reply.name)}"'
        response.headers.update(reply.headers)
        return response
    schema = declared.answers[reply.status]
    response = Response(status=reply.status)
    if schema is None:
        response.content_type = None
    else:
        response.content_type = JSON
        response.body = json.dumps(schema.dump(reply.data), ensure_ascii=False).encode()
    if reply.etag is not None:
        response.headers["ETag"] = etag(reply.etag)
        response.conditional_response = declared.method == "GET"
    if reply.location is not None:
        response.headers["Location"] = reply.location
    response.headers.update(reply.headers)
    return response


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def _format(declared: Endpoint, request: Request) -> str:
    named = request.GET.get("format")
    if len(declared.formats) > 1 and named is not None:
        if named in declared.formats:
            return str(named)
        raise NotAcceptable(
            "not-acceptable",
            _("This is not available as ${format}.", mapping={"format": named}),
            "/query/format",
            declared.formats,
        )
    offers = {FORMATS[name]: name for name in declared.formats}
    accepted = request.accept.acceptable_offers(list(offers))
    if not accepted:
        raise NotAcceptable(
            "not-acceptable",
            _("This is available as ${formats} only.", mapping={"formats": ", ".join(offers)}),
            accepted=tuple(offers),
        )
    # Among equals the first that was declared, whatever the order in the header.
    best = max(quality for _offer, quality in accepted)
    acceptable = {offer for offer, quality in accepted if quality == best}
    return next(name for kind, name in offers.items() if kind in acceptable)


def _sent(declared: Endpoint, request: Request) -> tuple[str, bytes, Any]:
    """Return the media type, the bytes and, for JSON, the data of the request's body."""
    if not declared.consumes:
        return "", b"", None
    media_type = request.content_type or ""
    if media_type not in declared.consumes:
        raise UnsupportedMediaType(
            "unsupported-media-type",
            _("Send this as ${types}.", mapping={"types": ", ".join(declared.consumes)}),
            accepted=declared.consumes,
        )
    raw = request.body
    if media_type != JSON or declared.body is None:
        return media_type, raw, None
    try:
        data = json.loads(
            raw, parse_constant=_refuse_constant, parse_float=str, object_pairs_hook=_each_key_once
        )
        # What is no text at all can only be written as an escape.
        if b"\\u" in raw:
            _refuse_non_text(data)
        return media_type, raw, data
    except (ValueError, RecursionError) as error:
        message = _("This is not JSON: ${reason}", mapping={"reason": str(error)[:200]})
        raise BadRequest("malformed-json", message) from error


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; which of two values under one key is meant, nobody can tell."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        raise ValueError(f"the key “{twice[:80]}” stands in one object twice")
    return made


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")


def _refuse_non_text(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise ValueError("a NUL is no text")


def _path(declared: Endpoint, request: Request) -> Mapping[str, Any]:
    values: dict[str, Any] = dict(request.matchdict)
    for name, kind in declared.path_fields.items():
        try:
            values[name] = kind.deserialize(values[name], name, values)
        except ValidationError:
            message = _("There is nothing at “${value}”.", mapping={"value": values[name]})
            raise NotFound("not-found", message, f"/path/{name}") from None
    return values


def _query(declared: Endpoint, request: Request) -> Any:
    given: dict[str, Any] = {}
    schema = declared.query or Schema()
    lists = {name for name, kind in schema.fields.items() if isinstance(kind, fields.List)}
    for name, values in request.GET.dict_of_lists().items():
        given[name] = values if name in lists else values[-1]
    for own in ("format",) if len(declared.formats) > 1 else ():
        given.pop(own, None)
    return _loaded(schema, given, "/query")


def _loaded(schema: Schema, data: Any, place: str = "") -> Any:
    try:
        return schema.load(data)
    except ValidationError as error:
        raise invalid_from(error, place) from error
