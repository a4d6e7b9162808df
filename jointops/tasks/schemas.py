"""The outside form of tasks."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.operations.models import AuthorityType
from jointops.operations.plandoc import TaskResource
from jointops.tasks.checking import INSTRUCTIONS_LENGTH, NAME_LENGTH, TITLE_LENGTH
from jointops.tasks.models import AssignmentState
from jointops.tasks.rules import MOST_RESOURCES, TEXT_LENGTH, TaskState
from jointops.tasks.service import TaskInput
from jointops.web.fields import Choice, Code, Day, Instant, Labels, Schema, Text
from jointops.web.paging import PageQuery

MAX_UNITS = 500
MAX_NEEDS = 20
MAX_DEPENDENCIES = 100

HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
DEGREES = r"^-?[0-9]{1,3}(\.[0-9]{1,6})?$"

STATES = tuple(state.value for state in TaskState)


class HoursSchema(Schema):
    """Times of day in the operation's time zone; `until` before `since` is on the following day."""

    since = fields.String(required=True, validate=validate.Regexp(HOUR))
    until = fields.String(required=True, validate=validate.Regexp(HOUR))


class PlaceSchema(Schema):
    """Where a task is done; degrees in WGS 84."""

    kind = Code(required=True)
    name = Text(NAME_LENGTH)
    country = Code()
    lat = fields.String(validate=validate.Regexp(DEGREES))
    lon = fields.String(validate=validate.Regexp(DEGREES))


class ResourceSchema(Schema):
    """So many of one kind, at a time: officers, vehicles, ..."""

    kind = Code(required=True)
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=MOST_RESOURCES))


class AssignmentSchema(Schema):
    """One unit's part in a task. `reason` is why it was declined or cancelled, `outcome` what was done."""

    unit = fields.String(required=True)
    party = fields.String(required=True)
    authority = Choice(AuthorityType, required=True)
    state = Choice(AssignmentState, required=True)
    reason = fields.String(
        required=True,
        metadata={
            "description": "What somebody wrote, or `not-in-plan`, `taken-out`, `operation-cancelled`, "
            "`no-participant` where the system did it."
        },
    )
    outcome = fields.String(required=True)
    changed_at = Instant(required=True)
    version = fields.Integer(required=True)


class TaskSchema(Schema):
    """A task. Its `state` follows from where its units stand."""

    code = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    kind = fields.String(required=True)
    instructions = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    action_area = fields.String(required=True, allow_none=True)
    place = fields.Nested(PlaceSchema, required=True, allow_none=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    hours = fields.Nested(HoursSchema, required=True, allow_none=True)
    mandatory = fields.Boolean(required=True)
    authorities = fields.List(fields.String(), required=True)
    resources = fields.List(fields.Nested(ResourceSchema), required=True)
    depends_on = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Codes of the tasks that end before it begins."},
    )
    explanation = fields.String(
        required=True,
        metadata={"description": "Why a mandatory task was not done; empty where nobody said so."},
    )
    lead = fields.String(required=True, allow_none=True)
    in_plan = fields.Boolean(required=True, metadata={"description": "Whether the plan in force names it."})
    state = Choice(TaskState, required=True)
    overdue = fields.Boolean(required=True)
    assignments = fields.List(fields.Nested(AssignmentSchema), required=True)
    version = fields.Integer(required=True)


class TaskQuery(PageQuery):
    """Which tasks."""

    state = Choice(
        STATES,
        load_default=None,
        metadata={
            "description": "Only those with this state; with `party`, `authority` or `unit`, that of such a unit."
        },
    )
    party = fields.String(load_default=None)
    authority = Choice(AuthorityType, load_default=None)
    unit = fields.String(load_default=None)
    action_area = fields.String(load_default=None)
    overdue = fields.Boolean(load_default=False, metadata={"description": "Only those that are overdue."})


class TaskInputSchema(Schema):
    """A new task; without `code` it gets the next one."""

    code = Code()
    title = Labels(TITLE_LENGTH, required=True)
    kind = Code(load_default="other")
    instructions = Labels(INSTRUCTIONS_LENGTH, load_default=dict)
    action_area = Code(load_default=None, allow_none=True)
    place = fields.Nested(PlaceSchema, load_default=None, allow_none=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    hours = fields.Nested(HoursSchema, load_default=None, allow_none=True)
    mandatory = fields.Boolean(load_default=False)
    authorities = fields.List(Code(), load_default=list, validate=validate.Length(max=MAX_NEEDS))
    resources = fields.List(
        fields.Nested(ResourceSchema), load_default=list, validate=validate.Length(max=MAX_NEEDS)
    )
    depends_on = fields.List(Code(), load_default=list, validate=validate.Length(max=MAX_DEPENDENCIES))
    units = fields.List(Code(), required=True, validate=validate.Length(min=1, max=MAX_UNITS))
    lead = Code(load_default=None, allow_none=True)

    @post_load
    def _input(self, data: dict[str, Any], **_kw: Any) -> TaskInput:
        return TaskInput(**as_fields(data))


class TaskChangesSchema(Schema):
    """What changes of a task; what is not sent stays. `units` names all units: one that is left out is cancelled."""

    title = Labels(TITLE_LENGTH)
    kind = Code()
    instructions = Labels(INSTRUCTIONS_LENGTH)
    action_area = Code(allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    starts_on = Day()
    ends_on = Day()
    hours = fields.Nested(HoursSchema, allow_none=True)
    mandatory = fields.Boolean()
    authorities = fields.List(Code(), validate=validate.Length(max=MAX_NEEDS))
    resources = fields.List(fields.Nested(ResourceSchema), validate=validate.Length(max=MAX_NEEDS))
    depends_on = fields.List(Code(), validate=validate.Length(max=MAX_DEPENDENCIES))
    units = fields.List(Code(), validate=validate.Length(min=1, max=MAX_UNITS))
    lead = Code(allow_none=True)

    @post_load
    def _fields(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        return as_fields(data)


def as_fields(data: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent of a task as fields of a :class:`TaskInput`."""
    lists = {name: tuple(data[name]) for name in ("units", "authorities", "depends_on") if name in data}
    if "resources" in data:
        lists["resources"] = tuple(TaskResource(**item) for item in data["resources"])
    return {**data, **lists}


class StepSchema(Schema):
    """A step of one unit with a task; without `unit` of the whole task, which can be `assigned` or `cancelled`."""

    unit = Code(load_default=None, allow_none=True)
    to = Choice(AssignmentState, required=True)
    text = Text(
        TEXT_LENGTH,
        load_default="",
        metadata={"description": "The reason to decline, cancel or reopen; the outcome when done."},
    )


class LogEntrySchema(Schema):
    """One entry of a task's log: a step of a unit, or, without `unit`, of the task itself."""

    number = fields.Integer(attribute="id", required=True)
    unit = fields.String(attribute="unit.code", dump_default=None, allow_none=True, required=True)
    at = Instant(required=True)
    actor = fields.String(attribute="actor_name", required=True)
    from_state = fields.String(required=True, metadata={"description": "Empty at the beginning."})
    to_state = fields.String(
        required=True,
        metadata={"description": "A unit's state; of the task: created, changed, cancelled, reopened."},
    )
    text = fields.String(required=True)


class ExplanationSchema(Schema):
    """Why a mandatory task was not done."""

    text = Text(TEXT_LENGTH, required=True)


class QuestionSchema(Schema):
    """A question to a unit of a task. `asking` is the unit that asks; without it the coordination centre, or the only
    unit of the task that the person speaks for.
    """

    unit = Code(required=True)
    question = Text(TEXT_LENGTH, required=True)
    asking = Code(load_default=None, allow_none=True)


class AnswerSchema(Schema):
    """An answer to a question about a task."""

    answer = Text(TEXT_LENGTH, required=True)


class InputRequestSchema(Schema):
    """A question about a task and its answer; `asked_by_unit` is empty where the coordination centre asked."""

    number = fields.Integer(required=True)
    asked_by_unit = fields.String(
        attribute="asked_by_unit.code", dump_default=None, allow_none=True, required=True
    )
    asked_by = fields.String(required=True)
    asked_at = Instant(required=True)
    unit = fields.String(attribute="unit.code", required=True)
    question = fields.String(required=True)
    answer = fields.String(required=True, metadata={"description": "Empty until it is answered."})
    answered_by = fields.String(required=True)
    answered_at = Instant(required=True, allow_none=True)
