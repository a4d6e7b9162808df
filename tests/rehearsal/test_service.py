"""Rehearsals through the real services, and that they are kept apart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from jointops.cli import main
from jointops.evaluation import service as evaluation
from jointops.evaluation.models import EvaluationState
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.db import Base, unit_of_work
from jointops.kernel.errors import Conflict, NotFound
from jointops.operations import service as operations
from jointops.operations.models import OperationState
from jointops.operations.plandoc import Hours, Safeguards
from jointops.rehearsal import service
from jointops.rehearsal.models import RehearsalState
from jointops.rehearsal.result import result_of
from tests import builders
from tests.rehearsal import scenes


def test_a_rehearsal_plays_an_operation_to_its_evaluation_and_goes_without_a_trace(
    session_factory: sessionmaker[Session],
) -> None:
    with unit_of_work(session_factory) as session:
        builders.operation(session)
        before = _rows(session)

    played = scenes.rehearsed(session_factory)

    assert played.code == "EX-EXAMPLE-2027"
    assert played.outcome["refused"] == []
    with unit_of_work(session_factory) as session:
        rehearsal = service.find(session, builders.ADMINISTRATOR, played.code)
        assert rehearsal.state is RehearsalState.DONE
        assert rehearsal.operation.state is OperationState.CLOSED
        assert rehearsal.operation.exercise
        found = result_of(session, builders.ADMINISTRATOR, rehearsal)
        data = found.to_data(str)
        reporting = data["evaluation"]["reporting"]
        assert reporting["expected"] == 8
        assert reporting["missing"] == len(found.script.missing)
        assert reporting["nil"] == len(found.script.nil)
        assert reporting["received"] > reporting["on_time"]
        # One task of the plan, and one that was decided at the first meeting.
        assert data["evaluation"]["tasks"]["done"] == 2
        assert data["played"]["decided_tasks"] == ["D1"]
        assert {
            name: data["evaluation"]["warnings"][name] for name in ("sent", "with_result", "withdrawn")
        } == {
            "sent": 3,
            "with_result": 1,
            "withdrawn": 1,
        }
        assert data["happened"]["meet"] == data["played"]["meetings"] == 2
        with clock.staged(rehearsal.staged_at):
            report = evaluation.find(session, builders.ADMINISTRATOR, rehearsal.operation)
            assert report.state is EvaluationState.IN_REVIEW
        every = {one.code for one in operations.list_operations(session, builders.ADMINISTRATOR)}
        assert every == {"EXAMPLE-2027"}

    with unit_of_work(session_factory) as session:
        assert service.delete(session, builders.COORDINATOR, played.code) > 50
    with unit_of_work(session_factory) as session:
        assert _rows(session) == before
        actions = set(session.scalars(select(AuditEntry.action).where(AuditEntry.operation == played.code)))
        assert {"rehearsal:exercise:create", "rehearsal:exercise:delete"} <= actions


@pytest.mark.database("sqlite")
def test_joint_results_count_once_and_what_is_claimed_twice_counts_twice(
    session_factory: sessionmaker[Session],
) -> None:
    played = scenes.rehearsed(session_factory)
    with unit_of_work(session_factory) as session:
        rehearsal = service.find(session, builders.ADMINISTRATOR, played.code)
        found = result_of(session, builders.ADMINISTRATOR, rehearsal)
        submitted = [event.submission for event in found.script.events if event.submission]
        joint = [i for s in submitted for i in s.incidents if i.joint_with]
        assert {incident.reference for incident in joint} == {joint[0].reference}
        assert len(joint) >= 2
        indicator = joint[0].indicator
        latest = {
            (event.unit, event.day): event.submission for event in found.script.events if event.submission
        }
        counted: dict[object, int] = {}
        for cell, submission in latest.items():
            for value in submission.values:
                if value.indicator == indicator:
                    counted[cell, value.action_area] = int(value.quantity)
            for incident in submission.incidents:
                if incident.indicator == indicator:
                    counted[incident.reference] = int(incident.quantity)
        assert found.measured is not None
        total = next(one for one in found.measured.figures.totals if one.indicator == indicator)
        assert total.quantity == sum(counted.values())


@pytest.mark.database("sqlite")
def test_an_incomplete_plan_can_be_rehearsed_and_a_second_exercise_gets_a_number(
    session_factory: sessionmaker[Session],
) -> None:
    (task,) = scenes.plan().tasks
    twice = tuple(
        replace(task, code=code, hours=Hours(since=time(6), until=time(9))) for code in ("T1", "T2")
    )
    incomplete = scenes.plan(safeguards=Safeguards(), tasks=twice)
    first = scenes.rehearsed(session_factory, incomplete)
    second = scenes.rehearsed(session_factory, incomplete, seed=2)
    assert (first.code, second.code) == ("EX-EXAMPLE-2027", "EX-EXAMPLE-2027-2")
    with unit_of_work(session_factory) as session:
        rehearsal = service.find(session, builders.ADMINISTRATOR, first.code)
        found = result_of(session, builders.ADMINISTRATOR, rehearsal)
        assert found.readiness
        assert {"unit-without-task", "tasks-unit-twice"} <= {problem.code for problem in found.warnings}
        assert rehearsal.operation.state is OperationState.CLOSED


@pytest.mark.database("sqlite")
def test_operations_are_never_deleted_and_only_one_rehearsal_is_played_at_a_time(
    session_factory: sessionmaker[Session],
) -> None:
    with unit_of_work(session_factory) as session:
        builders.operation(session)
        service.prepare(session, builders.ADMINISTRATOR, scenes.plan())
        with pytest.raises(Conflict, match="not an exercise"):
            service.delete(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        with pytest.raises(NotFound):
            service.find(session, builders.ADMINISTRATOR, "EXAMPLE-2027")
        with pytest.raises(Conflict) as refused:
            service.prepare(session, builders.ADMINISTRATOR, scenes.plan())
        assert refused.value.code == "rehearsal-running"


def _rows(session: Session) -> dict[str, int]:
    """Return how many rows each table has, but for the log and what operations share."""
    shared = {"audit_entry", "marking"}
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name not in shared
    }


@pytest.mark.database("sqlite")
def test_a_command_about_an_exercise_works_at_its_clock(
    session_factory: sessionmaker[Session], tmp_path: Path
) -> None:
    code = scenes.rehearsed(session_factory).code
    engine = cast("Engine", session_factory.kw["bind"])
    environment = {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "JOINTOPS_SECRETS_FOLDER": str(tmp_path),
    }

    done = CliRunner().invoke(main, ["evaluate", code, "--format", "json"], env=environment)

    with unit_of_work(session_factory) as session:
        found = result_of(
            session, builders.ADMINISTRATOR, service.find(session, builders.ADMINISTRATOR, code)
        )
        assert found.measured is not None
        # The days of the plan lie in the future: by the calendar nothing would be known yet.
        assert json.loads(done.stdout) == json.loads(json.dumps(found.measured.to_data()))
        assert found.measured.to_data()["as_known_at"].startswith("2027-")
