"""Changes of a task's rows that one task, many at once and a spreadsheet have in common. Rights are asked elsewhere."""

from __future__ import annotations

from typing import Any

from jointops.kernel.errors import Conflict
from jointops.kernel.i18n import _
from jointops.operations.models import Operation
from jointops.tasks import book, rules
from jointops.tasks.book import Book, TaskInput
from jointops.tasks.models import AssignmentState, Task


def differences(task: Task, given: TaskInput) -> dict[str, list[Any]]:
    """Return what ``given`` says otherwise than the task does now: field to what it was and what it is to be."""
    before, after = book.said(book.as_input(task)), book.said(given)
    return {key: [before[key], after[key]] for key in after if before[key] != after[key]}


def reported(task: Task, given: TaskInput) -> str | None:
    """Return the first unit that ``given`` leaves out although it has reported its part done."""
    done = (a.unit.code for a in task.assignments if a.state is AssignmentState.DONE)
    return next((code for code in done if code not in given.units), None)


def apply(pages: Book, operation: Operation, task: Task, given: TaskInput) -> dict[str, list[Any]]:
    """Write what a task is to say, but for what it waits for, and return what changed; nothing where nothing does.

    A unit that is new is given the task; one that is left out is cancelled. Raises :class:`Conflict` with code
    ``unit-has-reported`` for a unit left out that has done its part.
    """
    changed = differences(task, given)
    if not changed:
        return changed
    unit = reported(task, given)
    if unit is not None:
        message = _(
            "The unit ${unit} has reported its part done and cannot be taken out of the task.",
            mapping={"unit": unit},
        )
        raise Conflict("unit-has-reported", message, "/units")
    pages.write(task, given)
    for assignment in task.assignments:
        if assignment.unit.code not in given.units and assignment.state not in rules.GIVEN_UP:
            pages.move(task, assignment, AssignmentState.CANCELLED, rules.TAKEN_OUT)
    for new in pages.units_of(given):
        pages.assign(task, new, rules.initial_state(operation.state))
    book.mark_lead(task, given.lead)
    if set(changed) - {"units"}:
        pages.note(task, book.CHANGED)
    task.version += 1
    return changed


def cancel_whole(pages: Book, task: Task, reason: str) -> None:
    """Cancel a whole task; what units did with it so far stays as it is."""
    for assignment in task.assignments:
        if assignment.state not in rules.SETTLED:
            pages.move(task, assignment, AssignmentState.CANCELLED, reason)
    task.cancelled = True
    pages.note(task, book.CANCELLED, reason)
    task.version += 1
