"""Files of a return over HTTP: sent before the return that names them by their SHA-256."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import fields, validate

from jointops.operations import service as operations
from jointops.operations.models import Operation, ReportingUnit
from jointops.returns import attachments
from jointops.returns.attachment_views import headers_of
from jointops.returns.filecheck import MEDIA_TYPES
from jointops.returns.models import Attachment
from jointops.web.api import Call, File, Reply, endpoint
from jointops.web.fields import Day, Instant, Schema

_FILES = "/operations/{code}/returns/{unit}/{day}/attachments"
_BYTES = {"type": "string", "format": "binary"}


class AttachmentSchema(Schema):
    """One file. ``flags`` say what was found in its metadata, or that they were taken out (``stripped``)."""

    sha256 = fields.String(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    flags = fields.List(fields.String(), required=True)
    kept_reason = fields.String(required=True)
    added_at = Instant(required=True)
    added_by = fields.String(required=True)


class AttachmentsSchema(Schema):
    """The files of a return."""

    items = fields.List(fields.Nested(AttachmentSchema), required=True)


class NewAttachmentQuery(Schema):
    """What is said of a file that is sent."""

    name = fields.String(load_default="", validate=validate.Length(max=200))
    strip = fields.Boolean(load_default=False)
    reason = fields.String(load_default="", validate=validate.Length(max=attachments.MAX_REASON))


@endpoint(
    "GET",
    _FILES,
    summary="List the files of a return",
    path_fields={"day": Day()},
    answers={200: AttachmentsSchema},
    problems=("unit-unknown",),
)
def list_attachments(call: Call) -> Reply:
    """Answers the files that were sent for a unit's return and not taken off again, the oldest first."""
    found = attachments.listed(call.db, call.actor, *_of(call))
    return Reply({"items": [_data(attachment) for attachment in found]})


@endpoint(
    "POST",
    _FILES,
    summary="Send a file for a return",
    path_fields={"day": Day()},
    query=NewAttachmentQuery,
    raw=dict.fromkeys(MEDIA_TYPES, _BYTES),
    answers={201: AttachmentSchema},
    problems=(
        "unit-unknown",
        "operation-not-running",
        "day-outside-operation",
        "day-in-future",
        "attachment-empty",
        "attachment-too-large",
        "attachments-too-many",
        "attachment-metadata",
        *attachments.REFUSALS,
    ),
)
def send_attachment(call: Call) -> Reply:
    """Keeps a picture or PDF of at most 10 MB; what it is, is read from the file itself.

    What it tells besides what it shows (position, names, numbers) is taken out with `strip`, or kept with a `reason`.
    The answer's `sha256` is what the return names in `attachments`: with `strip` the file is another one.
    """
    operation, unit, day = _of(call)
    query: dict[str, Any] = call.query
    kept = attachments.add(
        call.db,
        call.actor,
        operation,
        unit,
        day,
        query["name"],
        call.raw or b"",
        strip=query["strip"],
        reason=query["reason"],
    )
    return Reply(_data(kept), status=201)


@endpoint(
    "GET",
    f"{_FILES}/{{sha256}}",
    summary="Read a file of a return",
    path_fields={"day": Day()},
    answers={200: AttachmentSchema},
    formats=("json", "bin"),
    problems=("unit-unknown", "attachment-unknown"),
)
def get_attachment(call: Call) -> Reply | File:
    """Answers what is known of a file, or with `Accept: application/octet-stream` the file itself."""
    operation, unit, day = _of(call)
    found = attachments.find(call.db, call.actor, operation, unit, day, call.path["sha256"])
    if call.format == "json":
        return Reply(_data(found))
    return File(attachments.bytes_of(call.db, found), "bin", found.name, headers_of(operation, found))


@endpoint(
    "DELETE",
    f"{_FILES}/{{sha256}}",
    summary="Take a file off a return",
    path_fields={"day": Day()},
    answers={204: None},
    problems=("unit-unknown", "attachment-unknown"),
)
def remove_attachment(call: Call) -> Reply:
    """Takes a file off. A revision on record that names it keeps it."""
    attachments.remove(call.db, call.actor, *_of(call), call.path["sha256"])
    return Reply(status=204)


def _of(call: Call) -> tuple[Operation, ReportingUnit, date]:
    operation = operations.find(call.db, call.actor, call.path["code"])
    return operation, operations.find_unit(call.db, operation, call.path["unit"]), call.path["day"]


def _data(attachment: Attachment) -> dict[str, Any]:
    names = ("sha256", "name", "media_type", "size", "flags", "kept_reason", "added_at", "added_by")
    return {name: getattr(attachment, name) for name in names}
