"""Over the API, what is asked of whoever calls: their tasks, the returns that are due, and questions, as one list."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.kernel import clock
from jointops.tasks import today
from jointops.tasks.today import When
from jointops.web.api import Call, Reply, endpoint
from jointops.web.due import due_items
from jointops.web.fields import Choice, Instant, Schema


class AskedQuery(Schema):
    """Which part of it."""

    operation = fields.String(load_default=None, metadata={"description": "Code of an operation."})
    when = Choice(When, load_default=None)


class AskedSchema(Schema):
    """One thing that is asked: a part in a task, a return, or a question on a task."""

    kind = fields.String(required=True, validate=validate.OneOf(("task", "return", "input")))
    operation = fields.String(required=True)
    code = fields.String(
        required=True, metadata={"description": "The task's code, the return's day, or task and question."}
    )
    unit = fields.String(required=True)
    title = fields.String(required=True, metadata={"description": "In the language of the request."})
    state = fields.String(required=True)
    when = Choice(When, required=True)
    due = Instant(required=True, allow_none=True)


class AllAskedSchema(Schema):
    """Everything that is asked, what is due first at the top."""

    items = fields.List(fields.Nested(AskedSchema), required=True)


@endpoint(
    "GET",
    "/due",
    summary="Read what is asked of you",
    answers={200: AllAskedSchema},
    query=AskedQuery,
    problems=("operation-unknown",),
)
def read_due(call: Call) -> Reply:
    """Give the tasks, returns and questions of the caller's units and country that are not settled."""
    now, wanted = clock.now(), call.query["when"]
    found = []
    for item in due_items(call.request, call.query["operation"]):
        when = When.OVERDUE if item.overdue else today.when(item.starts_on, item.due, now, item.zone)
        if wanted in {None, when}:
            found.append(
                {
                    "kind": item.kind,
                    "operation": item.operation,
                    "code": item.code,
                    "unit": item.unit,
                    "title": item.title,
                    "state": item.state,
                    "when": when,
                    "due": item.due,
                }
            )
    return Reply({"items": found})
