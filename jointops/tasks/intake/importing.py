"""Taking a file of tasks over: all of it or nothing, and everything that is wrong with any of its cells.

A row whose code is known changes that task, any other makes a new one; tasks that the file does not name stay. While
the operation is planned the rows go into its plan, in a new version, so that plan and tasks agree; later they are
tasks of the operation that the plan does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, policy
from jointops.kernel.errors import Conflict, DomainError, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import planfile
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import Hours, Place, PlanDocument, PlanTask
from jointops.operations.plantasks import circular
from jointops.operations.rules import ENDED, PLANNING
from jointops.tasks import rules
from jointops.tasks.book import Book, TaskInput, as_input, said
from jointops.tasks.bulk import NewTask, insert_dependencies, insert_tasks
from jointops.tasks.changing import apply, differences, reported
from jointops.tasks.checking import code_problems, concerns, frame_of, said_problems
from jointops.tasks.conflicts import conflicts_among
from jointops.tasks.deconfliction import Finding
from jointops.tasks.finding import with_units
from jointops.tasks.intake import columns, meaning, reading
from jointops.tasks.intake.reading import Row
from jointops.tasks.models import Task
from jointops.tasks.planned import as_input as planned_input

MOST_PROBLEMS = 500
"""Problems that are told of one file: more than anybody mends before sending it again."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file, by the tasks' codes; nothing of it happened when ``dry_run``.

    ``conflicts`` is what is in the way of its new and changed tasks, or would be.
    """

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    dry_run: bool
    plan_version: int | None = None
    conflicts: Sequence[Finding] = ()


class TasksRefused(DomainError):
    """Nothing of the file was taken over: ``problems`` says what is wrong with which cell."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, first.message, first.pointer, first.accepted)
        self.problems = tuple(problems[:MOST_PROBLEMS])


@dataclass(slots=True)
class _Line:
    """One row of the file with the task it means."""

    row: Row
    given: TaskInput
    task: Task | None
    differs: bool = True

    @property
    def code(self) -> str:
        """The code of the task; new ones without got theirs."""
        return self.given.code or ""


@dataclass(slots=True)
class _File:
    """The rows of a file beside the operation's tasks."""

    lines: list[_Line]
    tasks: Mapping[str, Task]
    problems: list[Problem] = field(default_factory=list)

    @property
    def new(self) -> list[_Line]:
        """The rows that make new tasks."""
        return [line for line in self.lines if line.task is None]

    @property
    def changed(self) -> list[_Line]:
        """The rows that change something."""
        return [line for line in self.lines if line.task is not None and line.differs]


def take_over(
    session: Session, actor: Actor, operation: Operation, data: bytes, *, dry_run: bool = False
) -> Imported:
    """Take the tasks of an .xlsx or CSV file over, or with ``dry_run`` only say what would come of it.

    Raises :class:`TasksRefused` with every problem and its cell, :class:`Invalid` for a file that cannot be read at
    all, :class:`Conflict` (``operation-ended``).
    """
    subject = operations.subject(operation)
    policy.require(actor, Action.TASK_CREATE, subject)
    policy.require(actor, Action.TASK_UPDATE, subject)
    if operation.state in ENDED:
        message = _(
            "The operation ${code} is over: its tasks stay as they are.", mapping={"code": operation.code}
        )
        raise Conflict("operation-ended", message)
    session.execute(select(Operation.id).where(Operation.id == operation.id).with_for_update())
    file = _understood(session, operation, reading.read(data, operation.code))
    document = _planned(session, operation, file) if operation.state in PLANNING else None
    if document is not None and dry_run:
        file.problems += _plan_problems(session, file, document)
    if file.problems:
        raise TasksRefused(file.problems)
    changed = tuple(line.code for line in file.changed)
    created = tuple(line.code for line in file.new)
    said_now = {line.code: line.given for line in file.lines if line.differs}
    version = None
    if not dry_run and (created or changed):
        if document is not None:
            version = _into_plan(session, actor, operation, file, document)
        else:
            _into_rows(session, actor, operation, file)
        _record(session, actor, operation, created, changed, version)
    found = conflicts_among(session, actor, operation, said_now) if said_now else ()
    unchanged = len(file.lines) - len(created) - len(changed)
    return Imported(created, changed, unchanged, dry_run, version, found)


# --- What is wrong ---------------------------------------------------------------------------------------------------


def _understood(session: Session, operation: Operation, sheets: reading.Sheets) -> _File:
    tasks = _tasks(session, operation)
    file = _File([], tasks, list(sheets.problems))
    frame = frame_of(operation)
    for row in sheets.rows:
        task = tasks.get(row.text("code"))
        now = as_input(task) if task else None
        file.lines.append(_Line(row, meaning.said(row, operation, now), task))
    _name_new(file)
    _twice(file)
    for line in file.lines:
        line.differs = line.task is None or bool(differences(line.task, line.given))
        if line.differs:
            _check(line, _frame(frame, line.task))
    _check_dependencies(file)
    file.problems += [problem for line in file.lines for problem in line.row.problems]
    return file


def _tasks(session: Session, operation: Operation) -> dict[str, Task]:
    return {task.code: task for task in session.scalars(with_units(operation).order_by(Task.id))}


def _frame(frame: rules.Frame, task: Task | None) -> rules.Frame:
    """Let the units that a task has stay in it, also those that the plan no longer names."""
    if task is None:
        return frame
    return replace(frame, units=frame.units | {a.unit.code for a in task.assignments})


def _name_new(file: _File) -> None:
    """Give the rows without a code the next free ones."""
    taken = {*file.tasks, *(line.code for line in file.lines if line.code)}
    number = int(rules.next_code(taken)[1:])
    for line in file.lines:
        if not line.code:
            line.given = replace(line.given, code=f"T{number}")
            number += 1


def _twice(file: _File) -> None:
    first: dict[str, Row] = {}
    for line in file.lines:
        before = first.setdefault(line.code, line.row)
        if before is not line.row:
            message = _(
                "The task ${code} stands in line ${line} already. Say it once.",
                mapping={"code": line.code, "line": before.number + 1},
            )
            line.row.refuse("code", "code-twice", message)


def _check(line: _Line, frame: rules.Frame) -> None:
    problems = said_problems(line.given, frame)
    if line.task is None:
        problems = [*code_problems(line.code, set()), *problems]
    else:
        changed = differences(line.task, line.given)
        problems = [problem for problem in problems if concerns(problem, changed)]
        if line.task.cancelled:
            line.row.refuse("code", "task-cancelled", _("The whole task is cancelled."))
        unit = reported(line.task, line.given)
        if unit is not None:
            message = _(
                "The unit ${unit} has reported its part done and cannot be taken out of the task.",
                mapping={"unit": unit},
            )
            line.row.refuse("units", "unit-has-reported", message)
    for problem in problems:
        accepted = problem.accepted
        if problem.code == "unit-unknown":
            accepted = tuple(sorted(frame.units))
        line.row.refuse(columns.column_of(problem.pointer), problem.code, problem.message, accepted)


def _check_dependencies(file: _File) -> None:
    graph = {code: tuple(d.depends_on.code for d in task.dependencies) for code, task in file.tasks.items()}
    # Of a code that stands there twice, which is refused already, the first row counts.
    graph |= {line.code: line.given.depends_on for line in reversed(file.lines)}
    by_code = {line.code: line.row for line in reversed(file.lines)}
    for line in file.lines:
        for number, wanted in enumerate(line.given.depends_on):
            if wanted not in graph:
                message = _(
                    "Neither the operation nor the file has a task “${code}”.", mapping={"code": wanted}
                )
                line.row.refuse("depends_on", "task-unknown", message)
            elif wanted in line.given.depends_on[:number]:
                message = _("The task ${code} stands there twice.", mapping={"code": wanted})
                line.row.refuse("depends_on", "duplicate-code", message)
    for code, wanted in circular(graph):
        row = by_code.get(code) or by_code.get(wanted)
        if row is None:
            continue
        if code == wanted:
            message = _("A task cannot wait for itself.")
        else:
            message = _(
                "Task ${code} waits for ${other}, which waits for ${code} in the end. Remove one of the dependencies.",
                mapping={"code": code, "other": wanted},
            )
        row.refuse("depends_on", "circular-dependency", message)


# --- Into the plan ---------------------------------------------------------------------------------------------------


def _planned(session: Session, operation: Operation, file: _File) -> PlanDocument | None:
    """Return the plan with the file's tasks in it, ``None`` where it stays as it is."""
    if file.problems or not (file.new or file.changed):
        return None
    document = operations.document(operations.latest_plan(session, operation))
    lines = {line.code: line for line in file.lines if line.differs}
    tasks = [
        _as_planned(lines.pop(task.code).given, task, document) if task.code in lines else task
        for task in document.tasks
    ]
    tasks += [_as_planned(line.given, None, document) for line in lines.values()]
    return replace(document, tasks=tuple(tasks))


def _plan_problems(session: Session, file: _File, document: PlanDocument) -> list[Problem]:
    """Return what the plan does not take, each with its cell where it is a task of the file."""
    try:
        planfile.from_data(planfile.to_data(document), operations.known_cycles(session))
    except Invalid as error:
        return _in_cells(file, document, error)
    return []


def _in_cells(file: _File, document: PlanDocument, error: Invalid) -> list[Problem]:
    lines = {line.code: line for line in file.lines}
    found: list[Problem] = []
    for problem in error.problems:
        _empty, part, number, *rest = (*problem.pointer.split("/"), "", "")
        line = None
        if part == "tasks" and number.isdigit():
            line = lines.get(document.tasks[int(number)].code)
        if line is None:
            found.append(problem)
            continue
        pointer = "/".join(name for name in rest if name)
        column = "first_day" if pointer.startswith("days") else columns.column_of(f"/{pointer}")
        line.row.refuse(column, problem.code, problem.message, problem.accepted)
        found.append(line.row.problems[-1])
    return found


def _into_plan(
    session: Session, actor: Actor, operation: Operation, file: _File, document: PlanDocument
) -> int:
    """Save the plan in a new version, which carries its tasks into their rows; returns the version's number."""
    note = _NOTE % {"new": len(file.new), "changed": len(file.changed)}
    try:
        version = operations.save_plan(session, actor, operation, document, note)
    except Invalid as error:
        raise TasksRefused(_in_cells(file, document, error)) from error
    changed = file.changed
    if changed:
        # What people changed by hand stays when a plan is applied; the file says otherwise.
        tasks = _tasks(session, operation)
        for line in changed:
            line.task = tasks[line.code]
            line.differs = bool(differences(line.task, line.given))
        _into_rows(session, actor, operation, _File([line for line in changed if line.differs], tasks))
    return version.number


_NOTE = "Tasks by spreadsheet: %(new)d new, %(changed)d changed"
"""The note of the plan's version: kept data, as all notes are."""


def _as_planned(given: TaskInput, old: PlanTask | None, document: PlanDocument) -> PlanTask:
    """Return what a row says as the plan says it; where the plan says the same already, in its own words."""
    base = old or PlanTask(code=given.code or "", title=given.title, units=given.units)
    now = planned_input(old, document) if old else None
    days = (given.starts_on,) if given.starts_on == given.ends_on else (given.starts_on, given.ends_on)
    place, hours = given.place, given.hours
    told = replace(
        base,
        title=given.title,
        description=given.instructions,
        type=given.kind or meaning.USUAL_KIND,
        action_area=given.action_area,
        units=given.units,
        lead=given.lead,
        place=_place(place) if place else None,
        days=base.days if now and (now.starts_on, now.ends_on) == (given.starts_on, given.ends_on) else days,
        hours=Hours(since=time.fromisoformat(hours["since"]), until=time.fromisoformat(hours["until"]))
        if hours
        else None,
        mandatory=given.mandatory,
        depends_on=given.depends_on,
        authorities=given.authorities,
        resources=given.resources,
    )
    if now is not None and said(now) == said(given):
        return base
    return told


def _place(place: Mapping[str, str]) -> Place:
    return Place(
        kind=place["kind"],
        name=place.get("name", ""),
        country=place.get("country"),
        lat=Decimal(place["lat"]) if place.get("lat") else None,
        lon=Decimal(place["lon"]) if place.get("lon") else None,
    )


# --- Into the rows ---------------------------------------------------------------------------------------------------


def _into_rows(session: Session, actor: Actor, operation: Operation, file: _File) -> None:
    new = file.new
    keys = insert_tasks(session, actor, operation, [NewTask(line.code, line.given) for line in new])
    keys |= {code: task.id for code, task in file.tasks.items()}
    insert_dependencies(session, [(line.code, line.given.depends_on) for line in new], keys)
    changed = file.changed
    if not changed:
        return
    pages = Book(session, actor, operation)
    every = dict(file.tasks)
    if new:
        every = _tasks(session, operation)
    for line in changed:
        assert line.task is not None
        differs = apply(pages, operation, line.task, line.given)
        if "depends_on" in differs:
            pages.wait_for(line.task, line.given.depends_on, every)
    session.flush()


def _record(
    session: Session,
    actor: Actor,
    operation: Operation,
    created: Sequence[str],
    changed: Sequence[str],
    version: int | None,
) -> None:
    details = {
        "by": "spreadsheet",
        "created": list(created),
        "changed": list(changed),
        "plan_version": version,
    }
    audit.record(
        session,
        actor,
        Action.TASK_UPDATE,
        "tasks",
        operation.code,
        operation=operation.code,
        details=details,
    )
