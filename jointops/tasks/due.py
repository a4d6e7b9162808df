"""What tasks ask of the reader, as the list of everything that is due has it: parts in tasks, and questions."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyramid.request import Request

from jointops.kernel import clock
from jointops.kernel.i18n import _, label
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.tasks import display, inputs, service
from jointops.tasks.models import InputRequest, Task, TaskAssignment
from jointops.web.due import DueItem

_LAST_MINUTE = time(23, 59)


def due_tasks(request: Request, operation: str | None) -> list[DueItem]:
    """Return the parts in tasks that are not settled and the questions that are not answered."""
    only = operations.find(request.db, request.actor, operation) if operation else None
    parts = service.asked_of(request.db, request.actor, only)
    questions = inputs.waiting_for(request.db, request.actor, only)
    return [
        *(_part(request, part) for part in parts),
        *(_question(request, question) for question in questions),
    ]


def end_of(operation: Operation, task: Task) -> datetime:
    """Return when a task's window is over: at the hour it names on its last day, else at the day's last minute."""
    zone = ZoneInfo(operation.time_zone)
    if not task.hours:
        return datetime.combine(task.ends_on, _LAST_MINUTE, zone)
    since, until = (time.fromisoformat(task.hours[key]) for key in ("since", "until"))
    # Hours that end before they begin end on the following day.
    day = task.ends_on + timedelta(days=until <= since)
    return datetime.combine(day, until, zone)


def _part(request: Request, assignment: TaskAssignment) -> DueItem:
    task = assignment.task
    tag = display.tag(request, assignment.state.value)
    due = end_of(task.operation, task)
    return DueItem(
        kind="task",
        code=task.code,
        title=label(task.title, request.locale),
        href=request.route_path("operation.task", code=task.operation.code, task=task.code),
        due=due,
        state=tag.state,
        state_text=tag.text,
        tone=tag.tone,
        icon=tag.icon,
        unit=assignment.unit.code,
        operation=task.operation.code,
        zone=task.operation.time_zone,
        overdue=due < clock.now(),
        starts_on=task.starts_on,
    )


def _question(request: Request, asked: InputRequest) -> DueItem:
    task = asked.task
    due = end_of(task.operation, task)
    return DueItem(
        kind="input",
        code=f"{task.code}/{asked.number}",
        title=asked.question,
        href=request.route_path(
            "operation.task", code=task.operation.code, task=task.code, _anchor=f"request-{asked.number}"
        ),
        due=due,
        state="asked",
        state_text=request.translate(_("Answer wanted")),
        tone="accent",
        icon="question",
        unit=asked.unit.code,
        operation=task.operation.code,
        zone=task.operation.time_zone,
        overdue=due < clock.now(),
    )
