"""The outside form of operations, plans and participants."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, fields, post_dump, validate

from jointops.operations.models import Answer, AuthorityType, OperationState
from jointops.web.fields import Choice, Code, Day, Instant, Labels, Schema, Text
from jointops.web.paging import PageQuery

MAX_NOTE = 2000
MAX_NUMBER = 2**31 - 1
MAX_FUNCTION = 200

_FUNCTION = "In which function somebody approves; kept with the approval."
_STATEMENT = "What they say with it; kept with the approval."


class MarkingSchema(Schema):
    """How something may be passed on."""

    classification = fields.String(required=True)
    tlp = fields.String(required=True, metadata={"description": "Traffic Light Protocol; empty for none."})
    handling = fields.String(required=True)
    releasable_to = fields.List(fields.String(), required=True)


class OperationSchema(Schema):
    """An operation. `plan_version` is the version of the plan in force, `version` what the ETag names."""

    code = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    kind = fields.String(required=True)
    state = Choice(OperationState, required=True)
    time_zone = fields.String(required=True)
    starts_on = Day(required=True, metadata={"description": "First action day."})
    ends_on = Day(required=True, metadata={"description": "Last action day."})
    first_day = Day(required=True, metadata={"description": "First day of any phase."})
    last_day = Day(required=True, metadata={"description": "Last day of any phase."})
    lead = fields.String(required=True)
    historical = fields.Boolean(required=True)
    policy_cycle = fields.String(attribute="cycle.code", dump_default=None, allow_none=True, required=True)
    marking = fields.Nested(MarkingSchema, required=True)
    frozen_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "From then on a return needs a permit."},
    )
    answer_by = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Until when participants are asked to answer the invitation."},
    )
    plan_version = fields.Integer(attribute="plan_number", required=True)
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


class OperationQuery(PageQuery):
    """Which operations."""

    state = Choice(OperationState, load_default=None, metadata={"description": "Only those with this state."})


class BasicsSchema(Schema):
    """What changes at the head of a plan; what is not sent stays. Texts are merged language by language."""

    title = Labels(300)
    summary = Labels(20000)
    start = Day(metadata={"description": "First action day; every other day of the plan moves along."})
    end = Day(metadata={"description": "Last action day."})
    lead = Text(80, 1)
    deadline = fields.Time(format="%H:%M", metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    deadline_day = Choice(("same", "next"))
    grace_minutes = fields.Integer(strict=True, validate=validate.Range(min=0, max=1440))
    freeze_days_after_end = fields.Integer(strict=True, validate=validate.Range(min=0, max=3660))
    note = Text(MAX_NOTE, load_default="", metadata={"description": "Why; kept with the version."})


class TransitionSchema(Schema):
    """A step of the life cycle."""

    to = Choice(OperationState, required=True)
    reason = Text(MAX_NOTE, load_default="")
    answer_by = Instant(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "With the step to consultation: until when participants are asked to answer."
        },
    )
    plan_version = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=MAX_NUMBER),
        metadata={
            "description": "With the approval: the version that was read; refused when it is not the latest."
        },
    )
    function = Text(MAX_FUNCTION, load_default="", metadata={"description": _FUNCTION})
    statement = Text(MAX_NOTE, load_default="", metadata={"description": _STATEMENT})


class EndorsementQuery(Schema):
    """What the record of an approval says beside the name."""

    function = Text(MAX_FUNCTION, load_default="", metadata={"description": _FUNCTION})
    statement = Text(MAX_NOTE, load_default="", metadata={"description": _STATEMENT})


class RefusalSchema(Schema):
    """Why an amendment is refused."""

    reason = Text(MAX_NOTE, 1, required=True)


class ObstacleSchema(Schema):
    """What stands in the way of a step."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    pointer = fields.String(required=True, metadata={"description": "Place in the plan, where there is one."})


class StepSchema(Schema):
    """A step that can come next: whether the reader may take it, and what stands in its way now."""

    to = Choice(OperationState, required=True)
    allowed = fields.Boolean(required=True)
    needs_reason = fields.Boolean(required=True)
    obstacles = fields.List(fields.Nested(ObstacleSchema), required=True)


class StepsSchema(Schema):
    """All steps that can come next."""

    items = fields.List(fields.Nested(StepSchema), required=True)


class PlanSchema(Schema):
    """A plan in its plain form, as `plans/plan.schema.json` describes it."""

    class Meta:
        unknown = INCLUDE

    format = fields.String(required=True)
    code = fields.String(required=True)

    @post_dump(pass_original=True)
    def _whole(self, _data: Any, original: Any, **_kw: Any) -> Any:
        return original


class PlanQuery(Schema):
    """Which version of the plan."""

    version = Choice(
        ("latest", "in-force"),
        load_default="latest",
        metadata={"description": "The latest version, which PUT replaces, or the one that is worked by."},
    )


class NoteQuery(Schema):
    """What is said about a new version."""

    note = Text(MAX_NOTE, load_default="", metadata={"description": "Why; kept with the version."})


class PlanVersionSchema(Schema):
    """A version of a plan, without its content."""

    number = fields.Integer(required=True)
    sha256 = fields.String(
        required=True,
        metadata={"description": "Of the plain form as JSON with sorted keys and no spare space."},
    )
    note = fields.String(required=True)
    author = fields.String(required=True)
    created_at = Instant(required=True)
    approved_by = fields.String(
        attribute="approval.approved_by", dump_default=None, allow_none=True, required=True
    )
    approved_at = Instant(attribute="approval.approved_at", dump_default=None, allow_none=True, required=True)
    approved_as = fields.String(
        attribute="approval.function", dump_default=None, allow_none=True, required=True
    )
    statement = fields.String(
        attribute="approval.statement", dump_default=None, allow_none=True, required=True
    )
    refused_by = fields.String(
        attribute="refusal.refused_by", dump_default=None, allow_none=True, required=True
    )
    refused_at = Instant(attribute="refusal.refused_at", dump_default=None, allow_none=True, required=True)
    refusal = fields.String(attribute="refusal.reason", dump_default=None, allow_none=True, required=True)


class WholePlanVersionSchema(PlanVersionSchema):
    """A version of a plan with its content."""

    plan = fields.Dict(attribute="data", required=True)


class DiffQuery(Schema):
    """Which two versions are compared."""

    class Meta:
        include = {
            "from": fields.Integer(required=True, validate=validate.Range(min=1, max=MAX_NUMBER)),
            "to": fields.Integer(required=True, validate=validate.Range(min=1, max=MAX_NUMBER)),
        }


class ChangeSchema(Schema):
    """One change between two versions; `path` names the entries of lists by their code."""

    section = fields.String(required=True)
    kind = Choice(("added", "removed", "changed"), required=True)
    path = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class DiffSchema(Schema):
    """The changes from one version to the other."""

    items = fields.List(fields.Nested(ChangeSchema), required=True)


class UnitSchema(Schema):
    """A reporting unit. Not `in_plan`: an earlier version of the plan had it."""

    code = fields.String(required=True)
    authority = Choice(AuthorityType, required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    action_areas = fields.List(fields.String(), required=True)
    indicators = fields.List(fields.String(), required=True)
    reports = fields.Boolean(required=True)
    in_plan = fields.Boolean(required=True)


class ParticipantSchema(Schema):
    """A participant with what it answered, and its reporting units."""

    party = fields.String(required=True)
    answer = Choice(Answer, required=True)
    conditions = fields.String(required=True)
    answered_by = fields.String(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    units = fields.List(fields.Nested(UnitSchema), required=True)
    version = fields.Integer(required=True)


class UnitInputSchema(Schema):
    """A reporting unit as it is to stand in the plan."""

    authority = Choice(AuthorityType, required=True)
    title = Labels(300, load_default=dict)
    action_areas = fields.List(Code(), load_default=list, validate=validate.Length(max=200))
    indicators = fields.List(Code(), load_default=list, validate=validate.Length(max=500))
    note = Labels(load_default=dict)


class CodedUnitInputSchema(UnitInputSchema):
    """A reporting unit with its code."""

    code = Code(required=True)


class ParticipantInputSchema(Schema):
    """A participant as it is to stand in the plan, with all its units."""

    role = Choice(("participant", "observer"), load_default="participant")
    units = fields.List(
        fields.Nested(CodedUnitInputSchema), load_default=list, validate=validate.Length(max=200)
    )
    note = Labels(load_default=dict)
