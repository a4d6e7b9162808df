"""The outside form of tasks."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from jointops.operations.models import AuthorityType
from jointops.operations.plandoc import TaskResource
from jointops.tasks.checking import INSTRUCTIONS_LENGTH, NAME_LENGTH, TITLE_LENGTH
from jointops.tasks.deconfliction import Kind
from jointops.tasks.many import LONGEST_SHIFT, MOST_TASKS, ManyChanges
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
    action_area = fields.String(
        load_default=None, metadata={"description": "Code of an action area; `none`: those of none."}
    )
    kind = fields.String(load_default=None)
    text = fields.String(
        load_default="", metadata={"description": "Words in the code, title, place or units."}
    )
    day = Day(load_default=None, metadata={"description": "A day that lies in the window."})
    mandatory = fields.Boolean(load_default=False)
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
    lists: dict[str, Any] = {
        name: tuple(data[name]) for name in ("units", "authorities", "depends_on") if name in data
    }
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


class ImportQuery(Schema):
    """How a file of tasks is taken over."""

    dry_run = fields.Boolean(
        load_default=False, metadata={"description": "Say what would come of it, and change nothing."}
    )


class ImportedSchema(Schema):
    """What came of a file of tasks; nothing of it happened when `dry_run`."""

    dry_run = fields.Boolean(required=True)
    created = fields.List(fields.String(), required=True, metadata={"description": "Codes of the new tasks."})
    changed = fields.List(fields.String(), required=True)
    unchanged = fields.Integer(
        required=True, metadata={"description": "Rows that say what the tasks say already."}
    )
    plan_version = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The version of the plan that holds them, while the operation is planned."},
    )
    conflicts = fields.Function(
        lambda done: len(done.conflicts),
        required=True,
        metadata={
            "type": "integer",
            "description": "What is in the way of the new and changed tasks, or would be; conflicts lists it.",
        },
    )


class ManySchema(Schema):
    """A change of many tasks in one go. What is not sent stays; `cancel` is a reason and stands alone."""

    tasks = fields.List(Code(), required=True, validate=validate.Length(min=1, max=MOST_TASKS))
    action_area = fields.String(
        load_default=None,
        validate=validate.Length(max=80),
        metadata={"description": "Code of an action area; empty for none."},
    )
    starts_on = Day(load_default=None)
    ends_on = Day(load_default=None)
    shift = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=-LONGEST_SHIFT, max=LONGEST_SHIFT),
        metadata={"description": "Days by which the windows move."},
    )
    lead = fields.String(
        load_default=None,
        validate=validate.Length(max=80),
        metadata={"description": "The leading unit; empty for none."},
    )
    add_units = fields.List(Code(), load_default=list, validate=validate.Length(max=MAX_UNITS))
    remove_units = fields.List(Code(), load_default=list, validate=validate.Length(max=MAX_UNITS))
    mandatory = fields.Boolean(load_default=None, allow_none=True)
    assign = fields.Boolean(load_default=False, metadata={"description": "Give out what is only proposed."})
    cancel = Text(TEXT_LENGTH, load_default=None, metadata={"description": "Why the tasks are cancelled."})
    dry_run = fields.Boolean(load_default=False)

    @post_load
    def _changes(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        codes, dry_run = data.pop("tasks"), data.pop("dry_run")
        data["add_units"], data["remove_units"] = tuple(data["add_units"]), tuple(data["remove_units"])
        return {"tasks": codes, "dry_run": dry_run, "changes": ManyChanges(**data)}


class OutcomeSchema(Schema):
    """What comes of one of many tasks."""

    code = fields.String(attribute="task.code", required=True)
    changed = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Raw(allow_none=True)),
        required=True,
        metadata={"description": "Each field with what it was and what it is to be."},
    )
    assigned = fields.List(
        fields.String(), required=True, metadata={"description": "Units it is given out to."}
    )
    cancelled = fields.Boolean(required=True)


class ManyAnswerSchema(Schema):
    """What came of a change of many tasks; nothing of it happened when `dry_run`."""

    dry_run = fields.Boolean(required=True)
    tasks = fields.List(fields.Nested(OutcomeSchema), required=True)


class FindingSchema(Schema):
    """Something that is in the way among tasks, and what would solve it, in the language of the request."""

    key = fields.String(required=True, metadata={"description": "Tells it again until its tasks change."})
    kind = Choice(Kind, required=True)
    tasks = fields.List(fields.String(), required=True)
    units = fields.List(
        fields.String(), required=True, metadata={"description": "Units, or a party, that it is about."}
    )
    field = fields.String(
        required=True, metadata={"description": "Field of the first task in which to look."}
    )
    day = Day(required=True, allow_none=True)
    message = fields.String(required=True)
    solutions = fields.List(fields.String(), required=True)
    accepted = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it was accepted as it is; null while it is open."},
    )


class AcceptSchema(Schema):
    """A finding that is accepted as it is, and why."""

    key = fields.String(required=True, validate=validate.Length(equal=64))
    reason = Text(TEXT_LENGTH, required=True)


class FindingQuery(PageQuery):
    """Which findings."""

    task = fields.String(load_default="", metadata={"description": "Only those that concern this task."})
    accepted = fields.Boolean(load_default=False, metadata={"description": "Also those that were accepted."})
