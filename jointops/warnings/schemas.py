"""The outside form of warnings."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from jointops.kernel.errors import Problem
from jointops.kernel.i18n import _
from jointops.operations.models import AuthorityType
from jointops.warnings.models import FeedbackAnswer, SentWarning, WarningKind, WarningState
from jointops.warnings.rules import PLACE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, WarningInput
from jointops.warnings.service import standing
from jointops.web.fields import Choice, Code, Day, Instant, Schema, Text
from jointops.web.paging import PageQuery

MAX_UNITS = 500

_CHECKED = (
    "Whether somebody has looked the text over for personal data. Without it, text that looks like personal data is "
    "refused with `personal-data-suspected`."
)


class FeedbackSchema(Schema):
    """What one warned unit told."""

    unit = fields.String(attribute="unit.code", required=True)
    answer = Choice(FeedbackAnswer, required=True)
    text = fields.String(required=True)
    at = Instant(required=True)
    by = fields.String(attribute="actor_name", required=True)


class ResultSchema(Schema):
    """What a warning led to: an incident (`unit`, `day`, `reference`) or a `task`."""

    number = fields.Integer(required=True)
    unit = fields.String(required=True, allow_none=True)
    day = Day(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    task = fields.String(required=True, allow_none=True)
    linked_at = Instant(required=True)
    by = fields.String(required=True)


class WarningSchema(Schema):
    """A warning, with what those who were warned told and what it led to. Without `sender` the centre warned."""

    code = fields.String(required=True)
    kind = Choice(WarningKind, required=True)
    title = fields.String(required=True)
    watch_for = fields.String(required=True)
    expected_at = fields.String(required=True)
    since = Instant(required=True)
    until = Instant(required=True, allow_none=True)
    sender = fields.String(required=True, allow_none=True)
    authority = fields.String(required=True, allow_none=True)
    units = fields.List(fields.String(), required=True)
    state = Choice(WarningState, required=True)
    reason = fields.String(required=True)
    sent_at = Instant(required=True)
    sent_by = fields.String(required=True)
    feedback = fields.List(fields.Nested(FeedbackSchema), required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)
    version = fields.Integer(required=True)


class WarningQuery(PageQuery):
    """Which warnings."""

    state = Choice(WarningState, load_default=None)


class WarningInputSchema(Schema):
    """A warning to send: to `units`, or to every unit of one type of `authority`. Without `sender` the centre warns."""

    kind = Choice(WarningKind, required=True)
    title = Text(TITLE_LENGTH, shortest=1, required=True)
    watch_for = Text(TEXT_LENGTH, shortest=1, required=True)
    expected_at = Text(PLACE_LENGTH, load_default="")
    since = Instant(load_default=None, allow_none=True)
    until = Instant(load_default=None, allow_none=True)
    sender = Code(load_default=None, allow_none=True)
    units = fields.List(Code(), load_default=list, validate=validate.Length(max=MAX_UNITS))
    authority = Choice(AuthorityType, load_default=None, allow_none=True)
    checked = fields.Boolean(load_default=False, metadata={"description": _CHECKED})

    @post_load
    def _input(self, data: dict[str, Any], **_kw: Any) -> WarningInput:
        authority = data.pop("authority")
        return WarningInput(
            **{**data, "units": tuple(data["units"]), "authority": authority.value if authority else ""}
        )


class FeedbackInputSchema(Schema):
    """What a warned unit tells."""

    unit = Code(required=True)
    answer = Choice(FeedbackAnswer, required=True)
    text = Text(TEXT_LENGTH, load_default="")
    checked = fields.Boolean(load_default=False, metadata={"description": _CHECKED})


class ResultInputSchema(Schema):
    """What a warning led to: either a `task`, or an incident by its return's `unit` and `day` and its `reference`."""

    task = Code(load_default=None)
    unit = Code(load_default=None)
    day = Day(load_default=None)
    reference = Text(80, load_default=None)

    @validates_schema(skip_on_field_errors=True)
    def _one_of_both(self, data: dict[str, Any], **_kw: Any) -> None:
        incident = [data[name] is not None for name in ("unit", "day", "reference")]
        if (data["task"] is not None) == all(incident) or (data["task"] is not None and any(incident)):
            message = _("Name either a task, or an incident by unit, day and reference.")
            raise ValidationError([Problem("result-unclear", message, "/task")])


class EndSchema(Schema):
    """The end of a warning: `closed`, or `withdrawn` with a reason."""

    to = Choice(WarningState, required=True)
    reason = Text(TEXT_LENGTH, load_default="")


def shown(warning: SentWarning) -> dict[str, Any]:
    """Return a warning as :class:`WarningSchema` writes it."""
    return {
        "code": warning.code,
        "kind": warning.kind,
        "title": warning.title,
        "watch_for": warning.watch_for,
        "expected_at": warning.expected_at,
        "since": warning.since,
        "until": warning.until,
        "sender": warning.sender.code if warning.sender else None,
        "authority": warning.authority or None,
        "units": [recipient.unit.code for recipient in warning.recipients],
        "state": warning.state,
        "reason": warning.reason,
        "sent_at": warning.sent_at,
        "sent_by": warning.sent_by,
        "feedback": warning.feedback,
        "results": [
            {
                "number": result.id,
                "unit": result.unit.code if result.unit else None,
                "day": result.day,
                "reference": result.reference or None,
                "task": result.task.code if result.task else None,
                "linked_at": result.linked_at,
                "by": result.linked_by,
            }
            for result in standing(warning)
        ],
        "version": warning.version,
    }
