"""The file of a device's queue: returns that somebody carries to where there is a network.

Format ``jointops-queue/1``: JSON with the returns as they would have been sent, each with its operation, unit, day and
the version of the return that was seen (0: none yet). A sealed file holds the same, encrypted; it is opened in the page
that takes it in, so that the server never sees its words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, validate

from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.returns.intake.batch import Entry, Place
from jointops.returns.schemas import SubmissionSchema
from jointops.web.errors import invalid_from
from jointops.web.fields import Day, Schema, Text

FORMAT = "jointops-queue/1"

LARGEST = 20_000_000
"""Bytes of a file that is read: hundreds of returns."""

MOST_RETURNS = 1_000


class _Return(Schema):
    operation = Text(200, required=True)
    unit = Text(200, required=True)
    day = Day(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    submission = fields.Nested(SubmissionSchema, required=True)


class _File(Schema):
    class Meta:
        unknown = EXCLUDE

    format = fields.String(required=True)
    person = Text(500, load_default="")
    exported_at = Text(100, load_default="")
    returns = fields.List(fields.Nested(_Return), required=True, validate=validate.Length(max=MOST_RETURNS))


@dataclass(frozen=True, slots=True)
class QueueFile:
    """What a file holds for one operation: whose queue, its returns, how many are of other operations."""

    person: str
    entries: tuple[Entry, ...]
    elsewhere: int


def read(content: bytes, operation: Operation) -> QueueFile:
    """Return the returns for ``operation`` in the file of a queue.

    Raises Invalid: ``not-a-queue``, ``queue-sealed``, ``file-too-large``, or what is wrong with the shape of a return,
    at its JSON pointer.
    """
    if len(content) > LARGEST:
        raise Invalid([Problem("file-too-large", _("The file is larger than any queue."), "/file")])
    try:
        data = json.loads(content, parse_float=str)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Invalid([Problem("not-a-queue", _("This is not the file of a queue."), "/file")])
    if "sealed" in data:
        message = _("The file is sealed. Open this page in a browser with JavaScript and type the words.")
        raise Invalid([Problem("queue-sealed", message, "/file")])
    try:
        loaded: Mapping[str, Any] = _File().load(data)
    except ValidationError as error:
        raise invalid_from(error) from error
    own = [
        Entry(
            item["unit"],
            item["day"],
            replace(item["submission"].submission, source="device"),
            _place(number, item),
            expected_version=item["version"],
        )
        for number, item in enumerate(loaded["returns"])
        if item["operation"] == operation.code
    ]
    return QueueFile(loaded["person"], tuple(own), len(loaded["returns"]) - len(own))


def _place(number: int, item: Mapping[str, Any]) -> Callable[[str], Place]:
    named = f"{item['unit']} {item['day']}"
    return lambda pointer: Place(f"/returns/{number}/submission{pointer}", sheet="", cell=named)
