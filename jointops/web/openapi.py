"""The description of the API (OpenAPI 3.1), made from the declared endpoints, and a page that people can read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from jointops.kernel.i18n import _
from jointops.web import idempotency
from jointops.web.api import FORMATS, JSON, PREFIX, Endpoint, SchemaLike
from jointops.web.errors import PROBLEM_TYPE
from jointops.web.fields import FieldsPlugin
from jointops.web.page import page

SAFE = frozenset({"GET", "HEAD"})

DESCRIPTION = """\
Everything that the pages of jointops can do, for your own software.

Send a token of your account as `Authorization: Bearer jo_…`. Errors are problem details (RFC 9457). What can be
edited carries an `ETag`; send it back as `If-Match`. Every POST and PUT may carry an `Idempotency-Key`, and is then
done once. Quantities are strings with exact decimals, instants ISO 8601 with an offset, days `YYYY-MM-DD`.
"""

_PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "urn:jointops:problem: and the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {
            "type": "string",
            "description": "What is wrong and how to mend it, in the asked language.",
        },
        "code": {"type": "string", "description": "Stable; for software to decide by."},
        "errors": {
            "type": "array",
            "description": "Every thing that is wrong, with its place.",
            "items": {
                "type": "object",
                "required": ["code", "message", "pointer", "accepted"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer (RFC 6901) into what was sent.",
                    },
                    "accepted": {"type": "array", "items": {"type": "string"}},
                    "sheet": {"type": "string", "description": "In a workbook: the sheet."},
                    "cell": {"type": "string", "description": "In a table: the cell, such as K12."},
                    "explain_cell": {
                        "type": "string",
                        "description": "In a table: the cell where the reason under `explain` belongs.",
                    },
                    "line": {"type": "integer", "description": "In a table: the line, from 1."},
                    "column": {"type": "string", "description": "In a table: the column's name."},
                    "value": {"type": "string", "description": "In a table: what stands in the cell."},
                    "explain": {
                        "type": "string",
                        "description": "Only a warning: taken as it is once a reason is given under this key.",
                    },
                },
            },
        },
        "given": {"type": "string", "description": "With 412: the version that was sent."},
        "current": {"type": "string", "description": "With 412: the version that is current."},
        "changes": {
            "type": "array",
            "items": {"type": "object"},
            "description": "With 412, of a return: what changed since the version that was sent, field by field.",
        },
        "reference": {"type": "string", "description": "With 500: where the server's log says more."},
    },
}

_REFUSALS: Mapping[int, str] = {
    400: "The request is malformed.",
    401: "No token, or one that is expired or revoked.",
    403: "The token's owner may not do this.",
    404: "There is no such thing, or the token's owner may not know of it.",
    405: "The address does not take this method.",
    406: "The answer does not exist in an accepted format.",
    409: "The state of things does not admit this.",
    412: "If-Match does not name the current version.",
    413: "What was sent is too large.",
    415: "What was sent is in a format that is not read here.",
    422: "What was sent is wrong; every thing that is wrong is named.",
}


def includeme(config: Configurator) -> None:
    """Bring the description and its page."""
    config.add_route("api.openapi", f"{PREFIX}/openapi.json")
    config.add_route("api.docs", f"{PREFIX}/docs")


@view_config(route_name="api.openapi", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def openapi(request: Request) -> Response:
    """Answer the description as JSON."""
    response = Response(json.dumps(document(request.registry["api"]), ensure_ascii=False).encode())
    response.content_type = JSON
    return response


@view_config(route_name="api.docs", request_method="GET", renderer="web/api.jinja2")
def docs(request: Request) -> dict[str, Any]:
    """Show the endpoints by domain, for people."""
    endpoints = sorted(request.registry["api"], key=lambda item: (item.tag, item.path, item.method))
    groups = [
        {"tag": tag, "endpoints": [_shown(item) for item in members]}
        for tag, members in groupby(endpoints, key=lambda item: item.tag)
    ]
    return {
        "page": page(request, _("API for your own software")),
        "groups": groups,
        "address": request.route_path("api.openapi"),
        "prefix": PREFIX,
    }


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI document of ``endpoints`` as plain data."""
    spec = APISpec(
        title="jointops",
        version="1",
        openapi_version="3.1.0",
        info={"description": DESCRIPTION},
        servers=[{"url": PREFIX}],
        security=[{"token": []}],
        plugins=[FieldsPlugin(schema_name_resolver=_schema_name)],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "jo_…"})
    spec.components.schema("Problem", component=dict(_PROBLEM_SCHEMA))
    for status, text in _REFUSALS.items():
        spec.components.response(_refusal_name(status), _refusal(text))
    for path, members in groupby(sorted(endpoints, key=lambda item: item.path), key=lambda item: item.path):
        spec.path(path=path, operations={item.method.lower(): _operation(item) for item in members})
    described: dict[str, Any] = spec.to_dict()
    return described


def _schema_name(schema: SchemaLike) -> str:
    """Return the name of a schema: its domain and its own, as two domains may use the same word."""
    kind = schema if isinstance(schema, type) else type(schema)
    domain = kind.__module__.split(".")[1].title()
    return domain + kind.__name__.removesuffix("Schema")


def _operation(declared: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": declared.operation_id,
        "summary": declared.summary,
        "tags": [declared.tag],
        "parameters": list(_parameters(declared)),
        "responses": {
            **{str(status): _answer(declared, status, schema) for status, schema in declared.answers.items()},
            **{str(status): _refusal_name(status) for status in refusals(declared)},
        },
    }
    description = declared.description
    if declared.problems:
        description += f"\n\nRefusals: {', '.join(f'`{code}`' for code in declared.problems)}."
    if description:
        operation["description"] = description.strip()
    if declared.public:
        operation["security"] = []
    if declared.consumes:
        content: dict[str, Any] = {kind: {"schema": dict(schema)} for kind, schema in declared.raw.items()}
        if declared.body is not None:
            content[JSON] = {"schema": declared.body}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def refusals(declared: Endpoint) -> tuple[int, ...]:
    """Return the statuses of refusal that an endpoint can answer with, in order."""
    statuses = {400, 405, 406, 422}
    if not declared.public:
        statuses |= {401, 403}
    if declared.path_names or any(code.endswith("-unknown") for code in declared.problems):
        statuses.add(404)
    if declared.method not in SAFE:
        statuses |= {409, 412, 413, 415}
    return tuple(sorted(statuses))


def _parameters(declared: Endpoint) -> Iterator[dict[str, Any]]:
    plugin = MarshmallowPlugin()
    APISpec("", "", "3.1.0", plugins=[plugin])
    converter = FieldsPlugin.converter_of(plugin)
    for name in declared.path_names:
        kind = declared.path_fields.get(name)
        described = {"type": "string", "minLength": 1} if kind is None else converter.field2property(kind)
        yield {"in": "path", "name": name, "required": True, "schema": described}
    if declared.query is not None:
        for name, kind in declared.query.fields.items():
            yield _query_parameter(name, kind, converter.field2property(kind))
    if len(declared.formats) > 1:
        yield _plain("query", "format", {"type": "string", "enum": list(declared.formats)})
    if declared.conditional:
        yield _plain("header", "If-Match", {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'})
    if declared.method in idempotency.METHODS:
        limits = {
            "type": "string",
            "minLength": 1,
            "maxLength": idempotency.MAX_KEY_LENGTH,
            "pattern": "^[!-~]+$",
        }
        yield _plain("header", idempotency.HEADER, limits)


def _query_parameter(name: str, kind: fields.Field[Any], described: Mapping[str, Any]) -> dict[str, Any]:
    schema = dict(described)
    parameter = {"in": "query", "name": name, "required": kind.required, "schema": schema}
    if text := schema.pop("description", None):
        parameter["description"] = text
    if isinstance(kind, fields.List):
        parameter |= {"style": "form", "explode": True}
    return parameter


def _plain(place: str, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"in": place, "name": name, "required": False, "schema": dict(schema)}


def _answer(declared: Endpoint, status: int, schema: Schema | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _describe(status)}
    content: dict[str, Any] = {}
    if schema is not None and "json" in declared.formats:
        content[JSON] = {"schema": schema}
    for name in declared.formats if status == 200 else ():
        if name != "json":
            content[FORMATS[name]] = {"schema": {}}
    if content:
        answer["content"] = content
    return answer


def _describe(status: int) -> str:
    return {
        200: "Done.",
        201: "Made.",
        202: "Taken.",
        204: "Done; there is nothing to say.",
        304: "Unchanged.",
    }[status]


def _refusal(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _refusal_name(status: int) -> str:
    return f"Refusal{status}"


def _shown(declared: Endpoint) -> dict[str, Any]:
    return {
        "method": declared.method,
        "path": declared.path,
        "summary": declared.summary,
        "description": declared.description,
        "problems": declared.problems,
    }
