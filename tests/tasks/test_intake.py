from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from jointops.consultation.models import Contribution
from jointops.kernel import clock
from jointops.kernel.errors import Conflict, Invalid, NotAllowed
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.operations.plandoc import Hours, Place, PlanTask, TaskResource
from jointops.rendering.spreadsheet import Workbook, write_csv
from jointops.tasks import service
from jointops.tasks.deconfliction import Kind
from jointops.tasks.intake import importing, writing
from jointops.tasks.intake.importing import TasksRefused, take_over
from jointops.tasks.models import AssignmentState
from tests import builders
from tests.builders import COORDINATOR, DURING, FIRST_DAY, LAST_DAY

pytestmark = pytest.mark.database("sqlite")

EVERYTHING = PlanTask(
    code="P-1",
    title={"en": "Patrol, joint", "fr": "Patrouille commune", "de": "=Streife"},
    description={"en": "Check every tenth lorry.\nSay so.", "fr": "Contrôler un camion sur dix."},
    type="patrol",
    action_area="firearms",
    units=("RS-POLICE", "ES-BORDER"),
    lead="ES-BORDER",
    days=(FIRST_DAY,),
    hours=Hours(since=time(22), until=time(6)),
    place=Place(kind="seaport", name="Algeciras", country="ES", lat=Decimal("36.13"), lon=Decimal("-5.44")),
    mandatory=True,
    indicators=("firearms-seized",),
    depends_on=("T1",),
    authorities=("police", "border-guard"),
    resources=(TaskResource(kind="vehicles", quantity=2), TaskResource(kind="officers", quantity=4)),
)


def csv(*rows: dict[str, Any]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return write_csv(names, [[row.get(name, "") for name in names] for row in rows])


def tasks(session: Session, operation: Operation) -> dict[str, Any]:
    return {task.code: task for task in service.list_tasks(session, COORDINATOR, operation)}


def problems(session: Session, operation: Operation, data: bytes) -> list[tuple[str, int, str, str]]:
    with pytest.raises(TasksRefused) as caught:
        take_over(session, COORDINATOR, operation, data)
    return [(p.code, p.line, p.column, p.value) for p in caught.value.problems]  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["draft", "running"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_was_written_changes_nothing_when_it_comes_back(session: Session, state: str, kind: str) -> None:
    plan = builders.plan()
    operation = builders.operation(session, state, replace(plan, tasks=(*plan.tasks, EVERYTHING)))
    service.update(
        session, COORDINATOR, operation, "T1", {"kind": "search", "units": ("ES-POLICE", "ES-CUSTOMS")}
    )
    found = service.list_tasks(session, COORDINATOR, operation)
    data = writing.csv_file(found) if kind == "csv" else writing.workbook(operation, found, "fr", clock.now())

    done = take_over(session, COORDINATOR, operation, data)

    assert (done.created, done.changed, done.unchanged, done.plan_version) == ((), (), 2, None)


def test_while_planning_the_tasks_go_into_the_plan(session: Session) -> None:
    operation = builders.operation(session, "consultation")
    service.update(session, COORDINATOR, operation, "T1", {"ends_on": date(2027, 5, 4)})

    done = take_over(
        session,
        COORDINATOR,
        operation,
        csv(
            {"code": "T1", "title": "Checks", "units": "ES-BORDER RS-POLICE", "last_day": LAST_DAY},
            {
                "code": "",
                "title": "Search",
                "units": "ES-CUSTOMS",
                "last_day": date(2027, 5, 4),
                "depends_on": "T1",
                "resources": "officers: 4, 2 vehicles",
                "hours": "6:00 - 14:00",
                "mandatory": "Yes",
            },
        ),
    )

    assert (done.created, done.changed, done.plan_version) == (("T2",), ("T1",), 2)
    plan = operations.document(operations.latest_plan(session, operation))
    assert [task.code for task in plan.tasks] == ["T1", "T2"]
    assert plan.tasks[1].resources == (
        TaskResource(kind="officers", quantity=4),
        TaskResource(kind="vehicles", quantity=2),
    )
    found = tasks(session, operation)
    # What people changed by hand is as the file says, too.
    assert found["T1"].ends_on == LAST_DAY
    assert found["T1"].title["en"] == plan.tasks[0].title["en"] == "Checks"
    assert found["T2"].hours == {"since": "06:00", "until": "14:00"}
    assert [dependency.depends_on.code for dependency in found["T2"].dependencies] == ["T1"]
    assert found["T2"].planned is not None


def test_while_it_runs_they_are_tasks_that_are_assigned(session: Session) -> None:
    operation = builders.operation(session, "running")

    row = {"code": "X1", "title": "Watch", "units": "ES-POLICE", "lat": "52,37", "lon": "4.89"}
    done = take_over(session, COORDINATOR, operation, csv(row))

    task = tasks(session, operation)["X1"]
    assert (done.created, done.plan_version, task.planned) == (("X1",), None, None)
    assert [a.state for a in task.assignments] == [AssignmentState.ASSIGNED]
    assert task.place == {"kind": "other", "lat": "52.37", "lon": "4.89"}
    assert [entry.to_state for entry in service.log_of(session, COORDINATOR, task)] == ["created", "assigned"]


def test_columns_that_are_not_there_leave_everything_as_it_is(session: Session) -> None:
    operation = builders.operation(session, "running")

    done = take_over(session, COORDINATOR, operation, csv({"code": "T1", "title": "Checks by night"}))

    task = tasks(session, operation)["T1"]
    assert done.changed == ("T1",)
    assert (task.title, task.action_area.code, len(task.assignments)) == (
        {"en": "Checks by night"},
        "firearms",
        2,
    )


def test_every_problem_is_told_with_its_place_and_nothing_is_taken_over(session: Session) -> None:
    operation = builders.operation(session, "running")
    data = csv(
        {"code": "A", "title": "Good", "units": "ES-POLICE", "depends_on": "B"},
        {"code": "B", "title": "", "units": "ES-POLICE; XX-POLICE", "depends_on": "A"},
        {"code": "A", "title": "Again", "units": "ES-POLICE", "first_day": "soon", "type": "nap"},
        {"code": "C", "title": "Far", "units": "", "last_day": "2027-06-30", "country": "QQ", "lat": "95"},
        {"code": "D", "title": "Odd", "units": "ES-POLICE", "hours": "all day", "resources": "many officers"},
        {"code": "E", "title": "Odd", "units": "ES-POLICE", "mandatory": "maybe", "authorities": "navy"},
        {"code": "F", "title": "Odd", "units": "ES-POLICE", "lead": "RS-POLICE", "depends_on": "Z9"},
    )

    found = problems(session, operation, data)

    assert set(found) == {
        ("circular-dependency", 3, "depends_on", "A"),
        ("title-missing", 3, "title", ""),
        ("unit-unknown", 3, "units", "ES-POLICE; XX-POLICE"),
        ("code-twice", 4, "code", "A"),
        ("not-a-day", 4, "first_day", "soon"),
        ("kind-unknown", 4, "type", "nap"),
        ("units-missing", 5, "units", ""),
        ("window-outside", 5, "last_day", "2027-06-30"),
        ("country-unknown", 5, "country", "QQ"),
        ("bad-coordinate", 5, "lat", "95"),
        ("bad-coordinate", 5, "", ""),
        ("bad-hours", 6, "hours", "all day"),
        ("bad-resource", 6, "resources", "many officers"),
        ("not-yes-or-no", 7, "mandatory", "maybe"),
        ("authority-unknown", 7, "authorities", "navy"),
        ("lead-not-in-task", 8, "lead", "RS-POLICE"),
        ("task-unknown", 8, "depends_on", "Z9"),
    }
    assert set(tasks(session, operation)) == {"T1"}


def test_what_only_the_plan_refuses_is_told_with_its_cell(session: Session) -> None:
    operation = builders.operation(session, "draft")

    data = csv({"code": "T9", "title": "x", "units": "ES-POLICE", "hours": "06:00-06:00"})

    assert [(code, line) for code, line, *_rest in problems(session, operation, data)] == [("bad-period", 2)]
    with pytest.raises(TasksRefused):
        take_over(session, COORDINATOR, operation, data, dry_run=True)


def test_a_trial_changes_nothing(session: Session) -> None:
    operation = builders.operation(session, "draft")

    done = take_over(
        session, COORDINATOR, operation, csv({"title": "New", "units": "ES-POLICE"}), dry_run=True
    )

    assert (done.created, done.dry_run) == (("T2",), True)
    assert set(tasks(session, operation)) == {"T1"}


def test_files_that_are_none_of_ours_are_refused_as_a_whole(session: Session) -> None:
    operation = builders.operation(session, "draft")
    other = Workbook("Other", clock.now())
    other.sheet("Tasks").table(0, (), ())
    other.tokens({"format": "jointops-returns/1", "operation": "EXAMPLE-2027"})

    for data, code in (
        (b"Some text\nwithout columns\n", "no-tasks-sheet"),
        (other.finish(), "template-unknown"),
        (b"", "empty-file"),
    ):
        with pytest.raises(Invalid) as caught:
            take_over(session, COORDINATOR, operation, data)
        assert caught.value.code == code
    assert ("column-unknown", 1, "colour", "colour") in problems(
        session, operation, csv({"code": "T1", "title": "x", "colour": "red"})
    )


def test_only_the_coordination_takes_files_over_and_only_while_the_operation_goes_on(
    session: Session,
) -> None:
    operation = builders.operation(session, "closed")
    data = csv({"title": "New", "units": "ES-POLICE"})

    with pytest.raises(NotAllowed):
        take_over(session, builders.national("ES"), operation, data)
    with pytest.raises(Conflict):
        take_over(session, COORDINATOR, operation, data)


def test_what_was_reported_and_what_is_cancelled_stays(session: Session) -> None:
    operation = builders.operation(session, "running")
    with clock.fixed(DURING):
        for state, text in (("accepted", ""), ("under-way", ""), ("done", "Checked.")):
            service.step(session, COORDINATOR, operation, "T1", "ES-BORDER", AssignmentState(state), text)

    found = problems(session, operation, csv({"code": "T1", "title": "Checks", "units": "RS-POLICE"}))

    assert [problem[0] for problem in found] == ["unit-has-reported"]
    service.cancel(session, COORDINATOR, operation, "T1", "Closed")
    assert "task-cancelled" in [
        p[0] for p in problems(session, operation, csv({"code": "T1", "title": "New"}))
    ]


def test_very_many_tasks_are_taken_over_in_few_statements(session: Session) -> None:
    operation = builders.operation(session, "running")
    data = csv(
        *(
            {
                "code": f"N{n}",
                "title": f"Task {n}",
                "units": "ES-POLICE, RS-POLICE",
                "depends_on": f"N{n - 1}" if n % 2 else "",
            }
            for n in range(400)
        )
    )
    statements: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *args: statements.append(args[2]))

    done = importing.take_over(session, COORDINATOR, operation, data)

    assert len(done.created) == 400
    assert len(statements) < 30


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("state", ["consultation", "running"])
def test_a_file_is_told_what_is_in_the_way_of_its_tasks(session: Session, state: str, dry_run: bool) -> None:
    operation = builders.operation(session, state)
    spain = operations.find_participant(operation, "ES")
    pledge = Contribution(
        kind="officers", quantity=4, days=3, number=1, changed_by="", known_from=clock.now()
    )
    pledge.participant_id = spain.id
    session.add(pledge)
    session.flush()
    row = {"title": "Checks", "units": "ES-POLICE", "resources": "officers: 4", "first_day": FIRST_DAY}

    done = take_over(
        session,
        COORDINATOR,
        operation,
        csv({"code": "D1", **row, "last_day": LAST_DAY}, {"code": "D2", **row, "last_day": "2027-05-05"}),
        dry_run=dry_run,
    )

    kinds = {finding.kind: finding.tasks for finding in done.conflicts}
    assert kinds == {Kind.OVERBOOKED: ("D1", "D2"), Kind.DAYS_USED_UP: ("D1", "D2")}
