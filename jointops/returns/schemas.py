"""The outside form of a return (JSON): what is sent, and what is answered.

Only the shape is checked here. What a return may say is checked by ``returns.rules``, the same for every way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from jointops.returns.export import Exported
from jointops.returns.intake.batch import Batch
from jointops.returns.intake.roundtrip import ON_CONFLICT
from jointops.returns.models import LatePermit, Return, ReturnState, ReviewStep, Revision, Source
from jointops.returns.service import Outcome
from jointops.returns.submission import Submission, from_data
from jointops.web.fields import Choice, Day, Instant, Rows, Schema, Text
from jointops.web.paging import PageQuery

_LONG = 100_000
"""Characters of a text that is read at all; the rules say how many are kept."""

_SHORT = 500

TRANSITIONS = ("verified", "accepted", "sent-back", "answered")


class QuantityText(fields.Field[str]):
    """A quantity as text, exactly as it was sent: ``"17"``, ``"0.25"``. A JSON number is read as its text."""

    default_error_messages = {"invalid": "Not a valid string."}

    def __init__(self, **kw: Any) -> None:
        described = {
            "type": ["string", "number"],
            "description": "An exact decimal: digits with a point, no exponent.",
        }
        super().__init__(metadata=described, **kw)

    def _serialize(self, value: Any, *_args: Any, **_kw: Any) -> Any:
        return value

    def _deserialize(self, value: Any, *_args: Any, **_kw: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.make_error("invalid")
        # Python refuses to write out a number of thousands of digits; any that long is too large.
        return str(min(value, 10**_SHORT) if isinstance(value, int) else value)[:_SHORT]


class Reasons(fields.Dict):
    """Reasons by key; what is wrong with one is told under its key."""

    def _deserialize(self, value: Any, *args: Any, **kw: Any) -> Any:
        try:
            return super()._deserialize(value, *args, **kw)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            flat = {
                key: said.get("key", []) + said.get("value", []) if isinstance(said, dict) else said
                for key, said in error.messages.items()
            }
            raise ValidationError(flat) from error


class ValueSchema(Schema):
    """One value: how much of what. Without a category it is the indicator's total."""

    indicator = Text(_SHORT, required=True)
    quantity = QuantityText(required=True)
    unit = Text(
        _SHORT, allow_none=True, metadata={"description": "Unit of measure; the indicator's own without it."}
    )
    category = Text(_SHORT, allow_none=True)
    action_area = Text(_SHORT, allow_none=True)
    phase = Text(_SHORT, allow_none=True)
    scope = Text(_SHORT, allow_none=True)
    certainty = Text(_SHORT, allow_none=True, metadata={"description": "weighed, estimated or analysed."})
    weight = Text(_SHORT, allow_none=True, metadata={"description": "gross or net."})
    seizures = QuantityText(allow_none=True)


class IncidentSchema(ValueSchema):
    """One event with its quantity, which adds to the values. `joint_with` names the other units that claim it."""

    reference = Text(_SHORT, required=True)
    joint_with = fields.List(Text(_SHORT), validate=validate.Length(max=500))
    at = Text(_SHORT, allow_none=True, metadata={"description": "ISO 8601 with an offset."})
    place = Text(_LONG, allow_none=True)
    latitude = QuantityText(allow_none=True)
    longitude = QuantityText(allow_none=True)
    modus_operandi = Text(_SHORT, allow_none=True)
    external_reference = Text(_SHORT, allow_none=True)
    description = Text(_LONG, allow_none=True)


@dataclass(frozen=True, slots=True)
class SentReturn:
    """A return as sent. ``recorded_at`` says when it was known; ``unit`` and ``day`` stand only in a batch."""

    submission: Submission
    recorded_at: datetime | None = None
    unit: str = ""
    day: date | None = None
    version: int | None = None


class SubmissionSchema(Schema):
    """A return. `nil` says that there was nothing to report; `submit: false` keeps a draft."""

    values = Rows(ValueSchema)
    incidents = Rows(IncidentSchema)
    narrative = Text(_LONG, allow_none=True)
    nil = fields.Boolean(truthy={True}, falsy={False}, allow_none=True)
    reason = Text(_LONG, allow_none=True, metadata={"description": "Why a submitted return is corrected."})
    submit = fields.Boolean(truthy={True}, falsy={False})
    attachments = fields.List(
        Text(64),
        validate=validate.Length(max=100),
        metadata={"description": "SHA-256 of files that were sent before."},
    )
    explanations = Reasons(
        keys=Text(_SHORT),
        values=Text(_LONG),
        metadata={
            "description": "The reason for each warning that is known to be right, by its `explain` key."
        },
    )
    source = Choice(
        Source,
        allow_none=True,
        metadata={"description": "Where it came from, when the unit did not type it itself."},
    )
    plan_version = fields.Integer(
        strict=True,
        allow_none=True,
        metadata={"description": "The plan's version that the sender worked from."},
    )
    recorded_at = Instant(
        allow_none=True, metadata={"description": "When it was known: for history, by an administrator only."}
    )

    @post_load
    def make(self, data: Mapping[str, Any], **_kw: Any) -> SentReturn:
        """Return what was sent as the service takes it."""
        return SentReturn(
            from_data(data),
            data.get("recorded_at"),
            data.get("unit", ""),
            data.get("day"),
            data.get("version"),
        )


class BatchItemSchema(SubmissionSchema):
    """One return of a batch: whose, and of which day."""

    unit = Text(_SHORT, required=True, metadata={"description": "The reporting unit, such as ES-POLICE."})
    day = Day(required=True)
    version = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=0, max=10**9),
        metadata={"description": "The version of the return that the sender saw, as If-Match; 0: none yet."},
    )


class BatchQuery(Schema):
    """What may be asked of a batch."""

    dry_run = fields.Boolean(
        load_default=False, metadata={"description": "Say what would come of it, and record nothing."}
    )
    recorded_at = Instant(
        load_default=None,
        metadata={"description": "When it was known: for history, by an administrator only."},
    )


class FileQuery(BatchQuery):
    """What may be asked of a batch that is a file."""

    on_conflict = Choice(
        ON_CONFLICT,
        load_default=None,
        metadata={
            "description": "What holds where the file and the record changed differently since the file was made."
        },
    )


class ReceiptSchema(Schema):
    """Proof that a return is kept."""

    sha256 = fields.String(required=True)
    recorded_at = Instant(required=True)


class OutcomeSchema(Schema):
    """What became of a return that was sent."""

    revision = fields.Integer(required=True)
    state = Choice(ReturnState, required=True)
    receipt = fields.Nested(ReceiptSchema, required=True)
    version = fields.Integer(required=True)
    changed = fields.Boolean(required=True)


class BatchOutcomeSchema(OutcomeSchema):
    """What became of one return of a batch."""

    unit = fields.String(required=True)
    day = Day(required=True)


class BatchAnswerSchema(Schema):
    """What became of a batch."""

    dry_run = fields.Boolean(required=True)
    batch = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The number of the batch; null when nothing new was recorded."},
    )
    returns = fields.List(fields.Nested(BatchOutcomeSchema), required=True)


class StepSchema(Schema):
    """Something that happened to a revision."""

    step = fields.String(required=True)
    at = Instant(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)
    pointer = fields.String(required=True)


class RevisionSchema(Schema):
    """One revision of a return: what was reported, by whom, when and by which way in."""

    revision = fields.Integer(required=True)
    values = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    incidents = fields.List(fields.Dict(keys=fields.String()), required=True)
    narrative = fields.String(required=True)
    nil = fields.Boolean(required=True)
    withdrawn = fields.Boolean(required=True)
    correction = fields.Boolean(required=True)
    reason = fields.String(required=True)
    plan_version = fields.Integer(required=True)
    receipt = fields.Nested(ReceiptSchema, required=True)
    recorded_by = fields.String(required=True)
    on_behalf = fields.Boolean(required=True)
    channel = fields.String(required=True)
    historical = fields.Boolean(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class ReturnSchema(RevisionSchema):
    """A return as it stands: its latest revision."""

    operation = fields.String(required=True)
    unit = fields.String(required=True)
    day = Day(required=True)
    state = Choice(ReturnState, required=True)
    version = fields.Integer(required=True)
    first_submitted_at = Instant(allow_none=True, required=True)


class ReturnItemSchema(Schema):
    """A return in a list, without the history of its revisions."""

    unit = fields.String(required=True)
    day = Day(required=True)
    state = Choice(ReturnState, required=True)
    version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    first_submitted_at = Instant(allow_none=True, required=True)
    values = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    incidents = fields.List(fields.Dict(keys=fields.String()), required=True)
    narrative = fields.String(required=True)
    nil = fields.Boolean(required=True)
    withdrawn = fields.Boolean(required=True)
    receipt = fields.Nested(ReceiptSchema, required=True)


class ReturnsQuery(PageQuery):
    """Filters of the list of returns."""

    unit = Text(_SHORT, load_default=None)
    party = Text(
        _SHORT, load_default=None, metadata={"description": "A country or agency; EL and UK are accepted."}
    )
    day = Day(load_default=None)
    state = Choice(ReturnState, load_default=None)


class TransitionSchema(Schema):
    """A step of the review.

    Sending back needs a `question`, about the value that `pointer` names or the whole; answering needs a `text`.
    """

    to = Choice(TRANSITIONS, required=True)
    question = Text(_LONG, load_default="")
    text = Text(_LONG, load_default="")
    pointer = Text(200, load_default="")


class StandingSchema(Schema):
    """Where a return stands after a step."""

    state = Choice(ReturnState, required=True)
    revision = fields.Integer(required=True)
    version = fields.Integer(required=True)


class WithdrawalQuery(Schema):
    """Why there is no return after all."""

    reason = Text(_LONG, load_default="")


class PermitInputSchema(Schema):
    """Leave to record a return after the freeze."""

    reason = Text(_LONG, required=True)
    expires_at = Instant(required=True)


class PermitSchema(Schema):
    """A permit that was given."""

    unit = fields.String(required=True)
    day = Day(required=True)
    reason = fields.String(required=True)
    granted_by = fields.String(required=True)
    granted_at = Instant(required=True)
    expires_at = Instant(required=True)


class PermitStandingSchema(PermitSchema):
    """A permit with what became of it: `used` when a revision was recorded under it, `open` while it holds."""

    used = Instant(required=True, allow_none=True)
    open = fields.Boolean(required=True)


# --- What the answers are made of ------------------------------------------------------------------------------------


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """Return what :class:`OutcomeSchema` writes."""
    return {
        "revision": outcome.receipt.revision,
        "state": outcome.state,
        "receipt": {"sha256": outcome.receipt.sha256, "recorded_at": outcome.receipt.recorded_at},
        "version": outcome.version,
        "changed": outcome.changed,
    }


def batch_data(recorded: Batch, *, dry_run: bool) -> dict[str, Any]:
    """Return what :class:`BatchAnswerSchema` writes."""
    return {
        "dry_run": dry_run,
        "batch": recorded.id,
        "returns": [
            {"unit": item.unit, "day": item.day, **outcome_data(item.outcome)} for item in recorded.returns
        ],
    }


def revision_data(revision: Revision) -> dict[str, Any]:
    """Return what :class:`RevisionSchema` writes; the revision's steps are loaded."""
    return {
        "revision": revision.number,
        **_content(revision),
        "correction": revision.correction,
        "reason": revision.reason,
        "plan_version": revision.plan_version,
        "recorded_by": revision.recorded_by,
        "on_behalf": revision.on_behalf,
        "channel": revision.channel.value,
        "historical": revision.historical,
        "steps": [_step(step) for step in revision.steps],
    }


def return_data(head: Return, operation: str) -> dict[str, Any]:
    """Return what :class:`ReturnSchema` writes; the return's revisions and their steps are loaded."""
    return {
        **revision_data(head.revisions[-1]),
        "operation": operation,
        "unit": head.unit.code,
        "day": head.day,
        "state": head.state,
        "version": head.version,
        "first_submitted_at": head.first_submitted_at,
    }


def item_data(item: Exported) -> dict[str, Any]:
    """Return what :class:`ReturnItemSchema` writes."""
    return {
        "unit": item.unit,
        "day": item.head.day,
        "state": item.head.state,
        "version": item.head.version,
        "revision": item.revision.number,
        "first_submitted_at": item.head.first_submitted_at,
        **_content(item.revision),
    }


def permit_data(permit: LatePermit, unit: str) -> dict[str, Any]:
    """Return what :class:`PermitSchema` writes."""
    return {
        "unit": unit,
        "day": permit.day,
        "reason": permit.reason,
        "granted_by": permit.granted_by,
        "granted_at": permit.granted_at,
        "expires_at": permit.expires_at,
    }


def _content(revision: Revision) -> dict[str, Any]:
    return {
        "values": revision.content.get("values", []),
        "incidents": revision.content.get("incidents", []),
        "narrative": revision.content.get("narrative", ""),
        "nil": revision.nil,
        "withdrawn": revision.withdrawn,
        "receipt": {"sha256": revision.sha256, "recorded_at": revision.recorded_at},
    }


def _step(step: ReviewStep) -> dict[str, Any]:
    return {
        "step": step.step.value,
        "at": step.at,
        "by": step.actor_name,
        "text": step.text,
        "pointer": step.pointer,
    }
