"""Tasks over the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from jointops.kernel import clock
from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import Translate, _, translator
from jointops.kernel.policy import Channel
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.page import marking_line
from jointops.operations.rules import today
from jointops.tasks import conflicts, inputs, mandatory, many, rows, rules, service
from jointops.tasks.deconfliction import Finding
from jointops.tasks.intake import importing, writing
from jointops.tasks.models import AssignmentState, Task
from jointops.tasks.rows import Wanted
from jointops.tasks.schemas import (
    AcceptSchema,
    AnswerSchema,
    ExplanationSchema,
    FindingQuery,
    FindingSchema,
    ImportedSchema,
    ImportQuery,
    InputRequestSchema,
    LogEntrySchema,
    ManyAnswerSchema,
    ManySchema,
    QuestionSchema,
    StepSchema,
    TaskChangesSchema,
    TaskInputSchema,
    TaskQuery,
    TaskSchema,
)
from jointops.web.api import FORMATS, PREFIX, Call, File, Reply, endpoint
from jointops.web.paging import PageQuery, paged, paginate

_FILE = {"type": "string", "format": "binary"}

WRONG_FILE = (
    "dry-run-of-one",
    "no-tasks-sheet",
    "column-unknown",
    "other-operation",
    "template-unknown",
    "too-many-rows",
    "code-twice",
    "not-a-day",
    "bad-resource",
    "not-yes-or-no",
    "formula-error",
    "formula-not-calculated",
    "empty-file",
    "not-text",
    "not-a-spreadsheet",
    "old-spreadsheet-format",
    "encrypted-spreadsheet",
    "spreadsheet-with-macros",
    "spreadsheet-with-external-links",
    "spreadsheet-too-large",
    "damaged-spreadsheet",
)

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
    formats=("json", "csv", "xlsx"),
)
def list_tasks(call: Call) -> Reply | File:
    """List the tasks with where every unit stands, in the order in which they were made.

    As CSV or XLSX in one piece, in the form in which a file of tasks is taken over.
    """
    operation = _operation(call)
    query = call.query
    wanted = Wanted(
        text=query["text"],
        state=query["state"] or "",
        area=query["action_area"] or "",
        party=query["party"] or "",
        authority=query["authority"].value if query["authority"] else "",
        unit=query["unit"] or "",
        kind=query["kind"] or "",
        day=query["day"],
        mandatory=query["mandatory"],
        overdue=query["overdue"],
    )
    day = today(operation.time_zone, clock.now())
    found = rows.chosen(rows.read(call.db, call.actor, operation), wanted, day)
    found.sort(key=lambda row: row.id)
    if call.format != "json":
        tasks = rows.whole(call.db, call.actor, operation, found)
        return tasks_file(operation, tasks, call.format, call.locale)
    # Only the tasks of this piece are read whole.
    piece = paginate(found, query, key=lambda row: row.id)
    tasks = rows.whole(call.db, call.actor, operation, piece.items)
    return Reply({"items": [shown(operation, task) for task in tasks], "next": piece.next})


@endpoint(
    "POST",
    "/operations/{code}/tasks",
    summary="Create a task, or take over a file of tasks",
    answers={200: ImportedSchema, 201: TaskSchema},
    query=ImportQuery,
    body=TaskInputSchema,
    raw={FORMATS["xlsx"]: _FILE, FORMATS["csv"]: _FILE},
    problems=("bad-code", "code-taken", *WRONG_TASK, *WRONG_FILE),
)
def create_task(call: Call) -> Reply:
    """Create a task and give it to its units: assigned while the operation runs, before that proposed.

    An XLSX or CSV file makes and changes many tasks, all of them or none: a row whose code is known changes that
    task. Each problem names its cell. While the operation is planned the tasks go into its plan.
    """
    operation = _operation(call)
    if call.body is None:
        actor = replace(call.actor, channel=Channel.SPREADSHEET)
        done = importing.take_over(call.db, actor, operation, call.raw, dry_run=call.query["dry_run"])
        return Reply(done)
    if call.query["dry_run"]:
        raise Invalid(
            [Problem("dry-run-of-one", _("Only files are tried first. Leave dry_run out."), "/query/dry_run")]
        )
    task = service.create(call.db, call.actor, operation, call.body)
    location = f"{PREFIX}/operations/{operation.code}/tasks/{task.code}"
    return Reply(shown(operation, task), status=201, etag=task.version, location=location)


@endpoint(
    "PATCH",
    "/operations/{code}/tasks",
    summary="Change many tasks in one go",
    answers={200: ManyAnswerSchema},
    body=ManySchema,
    problems=(
        "task-unknown",
        "task-cancelled",
        "unit-has-reported",
        "units-missing",
        "nothing-to-change",
        "reason-missing",
        "not-in-this-state",
        *WRONG_TASK,
    ),
)
def change_tasks(call: Call) -> Reply:
    """Change area, window, units, lead or mandatory mark of many tasks, give them out or cancel them: all or none."""
    operation, sent = _operation(call), call.body
    act = many.foresee if sent["dry_run"] else many.change_many
    outcomes = act(call.db, call.actor, operation, sent["tasks"], sent["changes"])
    wrong = [problem for outcome in outcomes for problem in outcome.problems]
    if wrong:
        raise Invalid(wrong)
    return Reply({"dry_run": sent["dry_run"], "tasks": outcomes})


@endpoint(
    "GET",
    "/operations/{code}/tasks/conflicts",
    summary="List what tasks get in each other's way of",
    answers={200: paged(FindingSchema)},
    query=FindingQuery,
)
def list_conflicts(call: Call) -> Reply:
    """Give everything that is in the way: places and units taken twice, missing authorities, late dependencies, …"""
    operation, query = _operation(call), call.query
    if query["task"]:
        found = conflicts.conflicts_of(call.db, call.actor, operation, query["task"])
    else:
        found = conflicts.conflicts(call.db, call.actor, operation)
    every: list[tuple[Finding, str | None]] = [(finding, None) for finding in found.open]
    if query["accepted"]:
        every += [(finding, note.reason) for finding, note in found.accepted]
    keyed = sorted(((finding.key, finding, reason) for finding, reason in every), key=lambda one: one[0])
    piece = paginate(keyed, query, key=lambda one: one[0])
    say = translator(call.locale)
    items = [_finding(say, key, finding, reason) for key, finding, reason in piece.items]
    return Reply({"items": items, "next": piece.next})


@endpoint(
    "POST",
    "/operations/{code}/tasks/conflicts/accepted",
    summary="Accept a conflict as it is",
    answers={201: None},
    body=AcceptSchema,
    problems=("conflict-unknown", "already-accepted", "reason-missing", "operation-ended"),
)
def accept_conflict(call: Call) -> Reply:
    """Keep why a conflict can stay as it is. It is found again when its tasks change."""
    conflicts.accept(call.db, call.actor, _operation(call), call.body["key"], call.body["reason"])
    return Reply(None, status=201)


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
    return Reply(shown(operation, task), etag=task.version)


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
    return Reply(shown(operation, task), etag=task.version)


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
    return Reply(shown(operation, task), etag=task.version)


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


@endpoint(
    "POST",
    "/operations/{code}/tasks/{task}/explanation",
    summary="Say why a mandatory task was not done",
    answers={200: TaskSchema},
    body=ExplanationSchema,
    conditional=True,
    problems=("task-unknown", "not-mandatory", "task-done", "reason-missing", "operation-ended"),
)
def explain_task(call: Call) -> Reply:
    """An operation is closed when every mandatory task is done or explained. The reason is kept in the task's log."""
    operation = _operation(call)
    task = mandatory.explain(
        call.db,
        call.actor,
        operation,
        call.path["task"],
        call.body["text"],
        expected_version=call.expected_version(),
    )
    return Reply(shown(operation, task), etag=task.version)


@endpoint(
    "GET",
    "/operations/{code}/tasks/{task}/requests",
    summary="List the questions about a task",
    answers={200: paged(InputRequestSchema)},
    query=PageQuery,
    problems=("task-unknown",),
)
def list_input_requests(call: Call) -> Reply:
    """Give what units asked each other about a task, with the answers, the oldest first."""
    task = service.find(call.db, call.actor, _operation(call), call.path["task"])
    found = inputs.requests_of(call.db, call.actor, task)
    return Reply(paginate(found, call.query, key=lambda request: request.number))


@endpoint(
    "POST",
    "/operations/{code}/tasks/{task}/requests",
    summary="Ask a unit for input to a task",
    answers={201: InputRequestSchema},
    body=QuestionSchema,
    problems=(
        "task-unknown",
        "operation-ended",
        "task-cancelled",
        "too-many-requests",
        "question-missing",
        "unit-not-asked",
        "unit-missing",
        "asks-itself",
    ),
)
def ask_for_input(call: Call) -> Reply:
    """Ask a unit of the task something; the task's state stays. The unit's people are told."""
    operation = _operation(call)
    request = inputs.ask(call.db, call.actor, operation, call.path["task"], **call.body)
    location = f"{PREFIX}/operations/{operation.code}/tasks/{call.path['task']}/requests"
    return Reply(request, status=201, location=location)


@endpoint(
    "POST",
    "/operations/{code}/tasks/{task}/requests/{number}/answer",
    summary="Answer a question about a task",
    path_fields={"number": fields.Integer(validate=validate.Range(min=1, max=10_000))},
    answers={200: InputRequestSchema},
    body=AnswerSchema,
    problems=("task-unknown", "request-unknown", "operation-ended", "already-answered", "answer-missing"),
)
def give_input(call: Call) -> Reply:
    """Answer for the unit that was asked, once. Those who asked are told."""
    operation, path = _operation(call), call.path
    request = inputs.answer(call.db, call.actor, operation, path["task"], path["number"], call.body["answer"])
    return Reply(request)


def _operation(call: Call) -> Operation:
    return operations.find(call.db, call.actor, call.path["code"])


def _finding(say: Translate, key: str, finding: Finding, reason: str | None) -> dict[str, Any]:
    message, solutions = finding.tell()
    return {
        "key": key,
        "kind": finding.kind,
        "tasks": list(finding.tasks),
        "units": list(finding.units),
        "field": finding.field,
        "day": finding.day,
        "message": say(message),
        "solutions": [say(solution) for solution in solutions],
        "accepted": reason,
    }


def tasks_file(operation: Operation, tasks: Sequence[Task], kind: str, locale: str) -> File:
    """Return tasks as a CSV or XLSX file, in the form in which a file of tasks is taken over."""
    if kind == "csv":
        content = writing.csv_file(tasks)
    else:
        content = writing.workbook(operation, tasks, locale, clock.now(), marking_line(operation, locale))
    return File(content, kind, f"{operation.code}-tasks.{kind}")


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


def shown(operation: Operation, task: Task) -> dict[str, Any]:
    """Return a task as the API answers it."""
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
