"""Whatever people try, the log tells the same as the rows, and what was known at an instant stays so."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import clock
from jointops.kernel.errors import DomainError
from jointops.operations.models import Operation
from jointops.tasks import rules, service
from jointops.tasks.models import AssignmentState, Task, TaskLogEntry
from jointops.tasks.service import TaskCounts
from tests import builders
from tests.builders import COORDINATOR, DURING

UNITS = ("ES-BORDER", "RS-POLICE")
PEOPLE = (
    COORDINATOR,
    builders.national("ES"),
    builders.national("RS"),
    builders.reporter("ES-BORDER"),
    builders.REVIEWER,
)

steps = st.tuples(
    st.just("step"),
    st.sampled_from(PEOPLE),
    st.sampled_from(UNITS),
    st.sampled_from(list(AssignmentState)),
    st.sampled_from(["", "because"]),
)
changes = st.tuples(
    st.just("change"),
    st.sampled_from([("ES-BORDER",), ("ES-BORDER", "RS-POLICE"), ("ES-POLICE", "RS-POLICE")]),
    st.dates(date(2027, 5, 2), date(2027, 5, 8)),
)
attempts = st.lists(st.one_of(steps, steps, steps, changes), max_size=16)


@pytest.fixture
def operation(session: Session) -> Operation:
    return builders.operation(session, "running")


@given(attempted=attempts)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_attempts_keeps_rows_log_and_counts_in_agreement(
    session: Session, operation: Operation, attempted: list[tuple[object, ...]]
) -> None:
    # Every example begins from the same running operation.
    with session.begin_nested() as trial:
        known: list[TaskCounts] = []
        for minute, attempt in enumerate(attempted):
            with clock.fixed(DURING + timedelta(hours=6 * minute)):
                before = _picture(session, operation)
                took_place = _try(session, operation, attempt)
                after = _picture(session, operation)
                known.append(service.counts(session, operation))
            assert took_place or after == before
            _assert_consistent(session, operation)

        for minute, counted in enumerate(known):
            assert service.counts(session, operation, DURING + timedelta(hours=6 * minute)) == counted
        trial.rollback()


def _try(session: Session, operation: Operation, attempt: tuple[object, ...]) -> bool:
    savepoint = session.begin_nested()
    try:
        if attempt[0] == "step":
            _, actor, unit, target, text = attempt
            service.step(session, actor, operation, "T1", unit, target, text)  # type: ignore[arg-type]
        else:
            _, units, ends_on = attempt
            service.update(session, COORDINATOR, operation, "T1", {"units": units, "ends_on": ends_on})
    except DomainError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True


def _task(session: Session, operation: Operation) -> Task:
    return service.find(session, COORDINATOR, operation, "T1")


def _picture(session: Session, operation: Operation) -> tuple[object, ...]:
    task = _task(session, operation)
    rows = [(a.unit.code, a.state, a.reason, a.outcome, a.version) for a in task.assignments]
    return (task.version, task.ends_on, rows, len(_log(session, task)))


def _log(session: Session, task: Task) -> list[TaskLogEntry]:
    return list(
        session.scalars(select(TaskLogEntry).where(TaskLogEntry.task_id == task.id).order_by(TaskLogEntry.id))
    )


def _assert_consistent(session: Session, operation: Operation) -> None:
    task = _task(session, operation)
    log = _log(session, task)
    for assignment in task.assignments:
        entries = [entry for entry in log if entry.unit_id == assignment.unit_id]
        assert entries[0].from_state == ""
        for earlier, later in pairwise(entries):
            assert later.from_state == earlier.to_state
            step = rules.step_between(AssignmentState(later.from_state), AssignmentState(later.to_state))
            assert step is not None
            assert step.need is None or later.text
        assert entries[-1].to_state == assignment.state.value
        assert assignment.version == len(entries)
        assert bool(assignment.reason) == (assignment.state in rules.GIVEN_UP)
        assert assignment.state is not AssignmentState.DONE or assignment.outcome
    about_task = [entry for entry in log if entry.unit_id is None]
    assert about_task[-1].ends_on == task.ends_on
    with clock.fixed(max(entry.at for entry in log)):
        counted = service.counts(session, operation)
    assert counted.total == 1
    name = {"assigned": "waiting", "under-way": "under_way"}.get(
        service.state_of(task).value, service.state_of(task).value
    )
    assert getattr(counted, name) == 1
