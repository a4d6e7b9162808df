"""Tasks over the API."""

from __future__ import annotations

from typing import Any

from jointops.kernel import clock
from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.rules import today
from jointops.tasks import rules, service
from jointops.tasks.models import AssignmentState, Task
from jointops.tasks.schemas import (
    LogEntrySchema,
    StepSchema,
    TaskChangesSchema,
    TaskInputSchema,
    TaskQuery,
    TaskSchema,
)
from jointops.web.api import PREFIX, Call, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate

WRONG_TASK = (
    "title-missing",
    "window-reversed",
    "window-outside",
    "unit-unknown",
    "duplicate-code",
    "lead-not-in-task",
    "area-unknown",
    "kind-unknown",
    "place-kind-unknown",
    "country-unknown",
    "bad-coordinate",
    "authority-unknown",
    "resource-unknown",
    "circular-dependency",
    "operation-ended",
)


@endpoint(
    "GET",
    "/operations/{code}/tasks",
    summary="List the tasks of an operation",
    answers={200: paged(TaskSchema)},
    query=TaskQuery,
)
def list_tasks(call: Call) -> Reply:
    """List the tasks with where every unit stands, in the order in which they were made."""
    operation = _operation(call)
    wanted = service.TaskFilter(
        **{name: value for name, value in call.query.items() if name not in {"limit", "cursor"}}
    )
    tasks = service.list_tasks(call.db, call.actor, operation, wanted)
    tasks.sort(key=lambda task: task.id)
    found = paginate(tasks, call.query, key=lambda task: task.id)
    return Reply({"items": [_shown(operation, task) for task in found.items], "next": found.next})


@endpoint(
    "POST",
    "/operations/{code}/tasks",
    summary="Create a task",
    answers={201: TaskSchema},
    body=TaskInputSchema,
    problems=("bad-code", "code-taken", *WRONG_TASK),
)
def create_task(call: Call) -> Reply:
    """Create a task and give it to its units: assigned while the operation runs, before that proposed."""
    operation = _operation(call)
    task = service.create(call.db, call.actor, operation, call.body)
    location = f"{PREFIX}/operations/{operation.code}/tasks/{task.code}"
    return Reply(_shown(operation, task), status=201, etag=task.version, location=location)


@endpoint(
    "GET",
    "/operations/{code}/tasks/{task}",
    summary="Read a task",
    answers={200: TaskSchema},
    problems=("task-unknown",),
)
def read_task(call: Call) -> Reply:
    """Give one task with where every unit stands."""
    operation = _operation(call)
    task = service.find(call.db, call.actor, operation, call.path["task"])
    return Reply(_shown(operation, task), etag=task.version)


@endpoint(
    "PATCH",
    "/operations/{code}/tasks/{task}",
    summary="Change a task",
    answers={200: TaskSchema},
    body=TaskChangesSchema,
    conditional=True,
    problems=("task-unknown", "task-cancelled", "unit-has-reported", "units-missing", *WRONG_TASK),
)
def update_task(call: Call) -> Reply:
    """Change what a task says or who is to do it; what is not sent stays."""
    operation = _operation(call)
    task = service.update(
        call.db,
        call.actor,
        operation,
        call.path["task"],
        call.body,
        expected_version=call.expected_version(),
    )
    return Reply(_shown(operation, task), etag=task.version)


@endpoint(
    "POST",
    "/operations/{code}/tasks/{task}/transitions",
    summary="Take a unit a step on with a task",
    answers={200: TaskSchema},
    body=StepSchema,
    conditional=True,
    problems=(
        "task-unknown",
        "unit-not-asked",
        "no-such-step",
        "not-in-this-state",
        "task-cancelled",
        "reason-missing",
        "outcome-missing",
    ),
)
def move_task(call: Call) -> Reply:
    """Assign, accept, decline, start, report done, reopen or cancel; the answer is the whole task."""
    operation = _operation(call)
    code, target = call.path["task"], call.body["to"]
    if call.body["unit"] is None:
        task = _whole(call, operation, code, target)
    else:
        task = service.step(
            call.db,
            call.actor,
            operation,
            code,
            call.body["unit"],
            target,
            call.body["text"],
            expected_task_version=call.expected_version(),
        ).task
    return Reply(_shown(operation, task), etag=task.version)


@endpoint(
    "GET",
    "/operations/{code}/tasks/{task}/log",
    summary="Read a task's log",
    answers={200: paged(LogEntrySchema)},
    query=PageQuery,
    problems=("task-unknown",),
)
def read_task_log(call: Call) -> Reply:
    """Give everything that happened to a task, the oldest first."""
    task = service.find(call.db, call.actor, _operation(call), call.path["task"])
    entries = service.log_of(call.db, call.actor, task)
    return Reply(paginate(entries, call.query, key=lambda entry: entry.id))


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


def _whole(call: Call, operation: Operation, code: str, target: AssignmentState) -> Task:
    expected = call.expected_version()
    if target is AssignmentState.CANCELLED:
        return service.cancel(
            call.db, call.actor, operation, code, call.body["text"], expected_version=expected
        )
    if target is AssignmentState.ASSIGNED:
        return service.assign_all(call.db, call.actor, operation, code, expected_version=expected)
    message = _("Name the unit. A whole task can only be assigned or cancelled.")
    raise Conflict("no-such-step", message, "/to", ("assigned", "cancelled"))


def _shown(operation: Operation, task: Task) -> dict[str, Any]:
    state = service.state_of(task)
    return {
        "code": task.code,
        "title": task.title,
        "kind": task.kind,
        "instructions": task.instructions,
        "action_area": task.action_area.code if task.action_area else None,
        "place": task.place,
        "starts_on": task.starts_on,
        "ends_on": task.ends_on,
        "hours": task.hours,
        "mandatory": task.mandatory,
        "authorities": task.authorities,
        "resources": task.resources,
        "depends_on": [dependency.depends_on.code for dependency in task.dependencies],
        "explanation": task.explanation,
        "lead": next((a.unit.code for a in task.assignments if a.is_lead), None),
        "in_plan": task.planned is not None,
        "state": state,
        "overdue": rules.is_overdue(state, task.ends_on, today(operation.time_zone, clock.now())),
        "assignments": [
            {
                "unit": assignment.unit.code,
                "party": assignment.unit.participant.party,
                "authority": assignment.unit.authority,
                "state": assignment.state,
                "reason": assignment.reason,
                "outcome": assignment.outcome,
                "changed_at": assignment.changed_at,
                "version": assignment.version,
            }
            for assignment in task.assignments
        ],
        "version": task.version,
    }
