"""How tasks are found: one, an operation's by any filter, and what is asked of a person's country or unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from jointops.kernel import clock, policy
from jointops.kernel.errors import NotFound, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, Participant, ReportingUnit
from jointops.operations.rules import today
from jointops.tasks import rules
from jointops.tasks.models import AssignmentState, Task, TaskAssignment, TaskDependency, TaskLogEntry
from jointops.tasks.rules import TaskState


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are wanted; what is ``None`` does not limit.

    ``state`` is the task's own, or, where ``party``, ``authority`` or ``unit`` is given too, that of at least one
    unit that fits them.
    """

    state: str | None = None
    party: str | None = None
    authority: str | None = None
    unit: str | None = None
    action_area: str | None = None
    overdue: bool = False


def find(session: Session, actor: Actor, operation: Operation, code: str) -> Task:
    """Return one task with its units. Raises :class:`NotFound` with code ``task-unknown``."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    task = session.scalar(with_units(operation).where(Task.code == code))
    if task is None:
        raise NotFound(
            "task-unknown",
            _("${operation} has no task “${code}”.", mapping={"operation": operation.code, "code": code}),
        )
    return task


def locked(
    session: Session, actor: Actor, operation: Operation, code: str, expected_version: int | None = None
) -> Task:
    """Return one task, after waiting for others who change it; raises :class:`NotFound` as :func:`find` does.

    Raises :class:`Stale` when ``expected_version`` is not the task's current version.
    """
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    session.execute(
        select(Task.id).where(Task.operation_id == operation.id, Task.code == code).with_for_update()
    )
    query = with_units(operation).where(Task.code == code)
    task = session.scalar(query.execution_options(populate_existing=True))
    if task is None:
        return find(session, actor, operation, code)
    if expected_version is not None and expected_version != task.version:
        raise stale(expected_version, task.version)
    return task


def stale(given: int, current: int) -> Stale:
    """Return the refusal of a change to another version of a task than the current one."""
    return Stale(
        _("Somebody changed this task since you opened it. Look at it again."),
        given=str(given),
        current=str(current),
    )


def list_tasks(
    session: Session, actor: Actor, operation: Operation, wanted: TaskFilter | None = None
) -> list[Task]:
    """Return the operation's tasks by action area, first day and code, in a fixed number of queries."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    wanted = wanted or TaskFilter()
    day = today(operation.time_zone, clock.now())
    found = [task for task in session.scalars(with_units(operation)) if _fits(task, wanted, day)]
    return sorted(found, key=_order)


def asked_of(session: Session, actor: Actor, operation: Operation | None = None) -> list[TaskAssignment]:
    """Return what is asked of the person's country or unit and not settled, what waits for an answer first.

    Without ``operation``: in every operation that is open to them. Their task and operation are loaded. Empty for
    people who speak for no country or unit.
    """
    parties, units = spoken_for(actor)
    query = (
        select(TaskAssignment)
        .join(TaskAssignment.task)
        .join(Task.operation)
        .join(TaskAssignment.unit)
        .join(ReportingUnit.participant)
        .where(
            or_(
                Participant.party.in_(parties) if parties else false(),
                ReportingUnit.code.in_(units) if units else false(),
            ),
            TaskAssignment.state.in_(
                [AssignmentState.ASSIGNED, AssignmentState.ACCEPTED, AssignmentState.UNDER_WAY]
            ),
            Task.cancelled.is_(False),
            Operation.state.in_(
                [OperationState.CONSULTATION, OperationState.APPROVED, OperationState.RUNNING]
            ),
        )
        .options(
            contains_eager(TaskAssignment.unit).contains_eager(ReportingUnit.participant),
            contains_eager(TaskAssignment.task)
            .contains_eager(Task.operation)
            .selectinload(Operation.participants),
        )
    )
    if operation is not None:
        policy.require(actor, Action.TASK_READ, operations.subject(operation))
        query = query.where(Task.operation_id == operation.id)
    else:
        query = query.where(Operation.exercise.is_(False))
    found = [
        assignment
        for assignment in session.scalars(query)
        if policy.allows(actor, Action.TASK_READ, operations.subject(assignment.task.operation))
    ]
    return sorted(
        found,
        key=lambda a: (
            a.state is not AssignmentState.ASSIGNED,
            a.task.ends_on,
            natural(a.task.code),
            a.unit.position,
        ),
    )


def log_of(session: Session, actor: Actor, task: Task) -> list[TaskLogEntry]:
    """Return everything that happened to a task, the oldest first, with the units loaded."""
    policy.require(actor, Action.TASK_READ, operations.subject(task.operation))
    return list(
        session.scalars(
            select(TaskLogEntry)
            .where(TaskLogEntry.task_id == task.id)
            .options(joinedload(TaskLogEntry.unit))
            .order_by(TaskLogEntry.id)
        )
    )


def dependencies_of(session: Session, operation: Operation) -> dict[str, tuple[str, ...]]:
    """Return the code of every task of the operation, with the codes of those that it waits for; two queries.

    It asks for no right of its own: callers have asked for theirs to the tasks.
    """
    found: dict[str, list[str]] = {
        code: [] for code in session.scalars(select(Task.code).where(Task.operation_id == operation.id))
    }
    after, before = aliased(Task), aliased(Task)
    pairs = session.execute(
        select(after.code, before.code)
        .select_from(TaskDependency)
        .join(after, TaskDependency.task_id == after.id)
        .join(before, TaskDependency.depends_on_id == before.id)
        .where(after.operation_id == operation.id)
        .order_by(TaskDependency.id)
    )
    for code, wanted in pairs:
        found[code].append(wanted)
    return {code: tuple(wanted) for code, wanted in found.items()}


def neighbours(
    session: Session, actor: Actor, operation: Operation, task: Task
) -> tuple[list[Task], list[Task]]:
    """Return the tasks that ``task`` waits for, and those that wait for it, with their units."""
    policy.require(actor, Action.TASK_READ, operations.subject(operation))
    after = select(TaskDependency.task_id).where(TaskDependency.depends_on_id == task.id)
    before = select(TaskDependency.depends_on_id).where(TaskDependency.task_id == task.id)

    def found(keys: Select[int]) -> list[Task]:
        tasks = session.scalars(with_units(operation).where(Task.id.in_(keys)))
        return sorted(tasks, key=lambda other: natural(other.code))

    return found(before), found(after)


def state_of(task: Task) -> TaskState:
    """Return where the task stands as a whole."""
    return rules.task_state((a.state for a in task.assignments), cancelled=task.cancelled)


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts ``T2`` before ``T10``."""
    return tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", code) if part
    )


def with_units(operation: Operation) -> Select[Task]:
    """Return the query for an operation's tasks with area, units, participants and dependencies: three queries."""
    return (
        select(Task)
        .where(Task.operation_id == operation.id)
        .options(
            joinedload(Task.action_area),
            selectinload(Task.assignments)
            .joinedload(TaskAssignment.unit)
            .joinedload(ReportingUnit.participant),
            selectinload(Task.dependencies).joinedload(TaskDependency.depends_on).load_only(Task.code),
        )
    )


def _order(task: Task) -> tuple[int, date, tuple[tuple[int, int, str], ...]]:
    return (task.action_area.position if task.action_area else 10_000, task.starts_on, natural(task.code))


def _fits(task: Task, wanted: TaskFilter, day: date) -> bool:
    area = task.action_area.code if task.action_area else None
    if wanted.action_area is not None and wanted.action_area != area:
        return False
    by_unit = wanted.party or wanted.authority or wanted.unit
    fitting = [a for a in task.assignments if _unit_fits(a.unit, wanted)]
    if by_unit and not fitting:
        return False
    states: list[TaskState | AssignmentState] = (
        [TaskState.CANCELLED]
        if task.cancelled
        else [a.state for a in fitting]
        if by_unit
        else [state_of(task)]
    )
    if wanted.overdue:
        states = [state for state in states if rules.is_overdue(state, task.ends_on, day)]
    if wanted.state is not None:
        states = [state for state in states if state.value == wanted.state]
    return bool(states)


def _unit_fits(unit: ReportingUnit, wanted: TaskFilter) -> bool:
    return (
        (wanted.party is None or unit.participant.party == wanted.party)
        and (wanted.authority is None or unit.authority.value == wanted.authority)
        and (wanted.unit is None or unit.code == wanted.unit)
    )


def spoken_for(actor: Actor) -> tuple[list[str], list[str]]:
    """Return the parties and the units that the person speaks for."""
    parties = [g.scope for g in actor.grants if g.role is Role.NATIONAL_COORDINATOR and g.scope]
    return parties, sorted(actor.units)
