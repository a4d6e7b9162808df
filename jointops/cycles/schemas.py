"""The outside form of policy cycles and operational actions."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.cycles.models import ActionState
from jointops.cycles.service import (
    DESCRIPTION_LENGTH,
    LEADER_LENGTH,
    TITLE_LENGTH,
    ActionInput,
    CycleInput,
)
from jointops.web.fields import Choice, Code, Day, Instant, Labels, Schema, Text
from jointops.web.paging import PageQuery

MAX_PARTS = 200


class PartSchema(Schema):
    """A priority or a strategic goal."""

    code = Code(required=True)
    title = Labels(TITLE_LENGTH, required=True)


class ActionPlanSchema(Schema):
    """An operational action plan, for a range of days."""

    code = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)


class CycleSchema(Schema):
    """A policy cycle with its priorities, strategic goals and action plans."""

    code = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    priorities = fields.List(fields.Nested(PartSchema), required=True)
    goals = fields.List(fields.Nested(PartSchema), required=True)
    action_plans = fields.List(fields.Nested(ActionPlanSchema), required=True)


class CycleInputSchema(Schema):
    """A new cycle."""

    code = Code(required=True)
    title = Labels(TITLE_LENGTH, required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    priorities = fields.List(
        fields.Nested(PartSchema), load_default=list, validate=validate.Length(max=MAX_PARTS)
    )
    goals = fields.List(fields.Nested(PartSchema), load_default=list, validate=validate.Length(max=MAX_PARTS))

    @post_load
    def _input(self, data: dict[str, Any], **_kw: Any) -> CycleInput:
        for name in ("priorities", "goals"):
            data[name] = tuple((part["code"], part["title"]) for part in data[name])
        return CycleInput(**data)


class ActionSchema(Schema):
    """An operational action. `origin_*` name the operation and the recommendation it was adopted from."""

    code = fields.String(required=True)
    plan = fields.String(attribute="plan.code", required=True)
    priority = fields.String(attribute="priority.code", dump_default=None, allow_none=True, required=True)
    goal = fields.String(attribute="goal.code", dump_default=None, allow_none=True, required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    description = fields.String(required=True)
    leader = fields.String(
        required=True, metadata={"description": "A party's code, or the name of a body that is none."}
    )
    state = Choice(ActionState, required=True)
    due_on = Day(required=True, allow_none=True)
    origin_operation = fields.String(required=True, allow_none=True)
    origin_recommendation = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


class ActionQuery(PageQuery):
    """Which actions."""

    state = Choice(ActionState, load_default=None, metadata={"description": "Only those with this state."})
    priority = fields.String(load_default=None, metadata={"description": "Only those of this priority."})
    origin_operation = fields.String(
        load_default=None, metadata={"description": "Only those adopted from this operation's evaluation."}
    )


class ActionInputSchema(Schema):
    """A new action; it begins as a proposal, with the next code."""

    title = Labels(TITLE_LENGTH, required=True)
    description = Text(DESCRIPTION_LENGTH, load_default="")
    leader = Text(LEADER_LENGTH, load_default="")
    priority = Code(load_default=None, allow_none=True)
    goal = Code(load_default=None, allow_none=True)
    due_on = Day(load_default=None, allow_none=True)
    plan = Code(
        load_default=None,
        allow_none=True,
        metadata={"description": "By default the action plan that the due day, else today, falls into."},
    )

    @post_load
    def _input(self, data: dict[str, Any], **_kw: Any) -> ActionInput:
        return ActionInput(**data)


class ActionChangesSchema(Schema):
    """What changes of an action; what is not sent stays."""

    title = Labels(TITLE_LENGTH)
    description = Text(DESCRIPTION_LENGTH)
    leader = Text(LEADER_LENGTH)
    priority = Code(allow_none=True)
    goal = Code(allow_none=True)
    due_on = Day(allow_none=True)
    state = Choice(ActionState)
