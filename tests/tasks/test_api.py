from __future__ import annotations

from typing import Any

import pytest

from jointops.kernel.policy import Role
from tests import builders
from tests.support.app import Api, Site

pytestmark = pytest.mark.database("sqlite")

TASKS = "/operations/EXAMPLE-2027/tasks"
TASK = {
    "title": {"en": "Search the warehouse"},
    "starts_on": "2027-05-04",
    "ends_on": "2027-05-05",
    "units": ["ES-CUSTOMS", "RS-POLICE"],
}


@pytest.fixture
def running(site: Site) -> Site:
    with site.work() as session:
        builders.operation(session, "running")
    return site


@pytest.fixture
def coordinator(running: Site) -> Api:
    return running.api(Role.COORDINATOR)


def test_a_task_tells_everything(coordinator: Api) -> None:
    task = coordinator.get(f"{TASKS}/T1").json

    changed = [assignment.pop("changed_at") for assignment in task["assignments"]]
    assert all(changed)
    assert task == {
        "code": "T1",
        "title": {"en": "Checks at the crossing point"},
        "kind": "other",
        "instructions": {},
        "action_area": "firearms",
        "place": None,
        "starts_on": "2027-05-03",
        "ends_on": "2027-05-07",
        "hours": None,
        "mandatory": False,
        "authorities": [],
        "resources": [],
        "depends_on": [],
        "explanation": "",
        "lead": None,
        "in_plan": True,
        "state": "assigned",
        "overdue": False,
        "assignments": [
            {
                "unit": "ES-BORDER",
                "party": "ES",
                "authority": "border-guard",
                "state": "assigned",
                "reason": "",
                "outcome": "",
                "version": 2,
            },
            {
                "unit": "RS-POLICE",
                "party": "RS",
                "authority": "police",
                "state": "assigned",
                "reason": "",
                "outcome": "",
                "version": 2,
            },
        ],
        "version": 2,
    }


def test_a_task_is_created_changed_and_cancelled(coordinator: Api) -> None:
    given = {
        **TASK,
        "hours": {"since": "22:00", "until": "06:00"},
        "place": {"kind": "city", "name": "London", "country": "UK"},
        "lead": "ES-CUSTOMS",
    }

    made = coordinator.post(TASKS, given)
    assert (made.status_int, made.json["code"], made.headers["ETag"]) == (201, "T2", '"1"')
    assert made.headers["Location"].endswith(f"{TASKS}/T2")
    assert made.json["place"]["country"] == "GB"

    changed = coordinator.patch(
        f"{TASKS}/T2", {"units": ["ES-CUSTOMS"], "place": None, "lead": None}, If_Match='"1"'
    )
    assert (changed.status_int, changed.json["place"], changed.headers["ETag"]) == (200, None, '"2"')
    states = {a["unit"]: (a["state"], a["reason"]) for a in changed.json["assignments"]}
    assert states == {"ES-CUSTOMS": ("assigned", ""), "RS-POLICE": ("cancelled", "taken-out")}

    cancelled = coordinator.post(f"{TASKS}/T2/transitions", {"to": "cancelled", "text": "Not needed"})
    assert (cancelled.status_int, cancelled.json["state"]) == (200, "cancelled")


def test_units_answer_and_report(running: Site) -> None:
    country, unit = running.api(Role.NATIONAL_COORDINATOR, "ES"), running.api(Role.REPORTER, "ES-BORDER")
    steps = f"{TASKS}/T1/transitions"

    accepted = country.post(steps, {"unit": "ES-BORDER", "to": "accepted"}, If_Match='"2"')
    assert (accepted.status_int, accepted.headers["ETag"]) == (200, '"3"')
    assert unit.post(steps, {"unit": "ES-BORDER", "to": "under-way"}).status_int == 200
    done = unit.post(steps, {"unit": "ES-BORDER", "to": "done", "text": "212 vehicles checked"})
    declined = running.api(Role.NATIONAL_COORDINATOR, "RS").post(
        steps, {"unit": "RS-POLICE", "to": "declined", "text": "No staff"}
    )

    assert done.json["assignments"][0]["outcome"] == "212 vehicles checked"
    assert declined.json["state"] == "done"
    log = unit.get(f"{TASKS}/T1/log").json["items"]
    assert [(entry["unit"], entry["from_state"], entry["to_state"]) for entry in log][-4:] == [
        ("ES-BORDER", "assigned", "accepted"),
        ("ES-BORDER", "accepted", "under-way"),
        ("ES-BORDER", "under-way", "done"),
        ("RS-POLICE", "assigned", "declined"),
    ]
    assert log[-1]["text"] == "No staff"


def test_a_whole_task_is_assigned(site: Site) -> None:
    with site.work() as session:
        builders.operation(session, "approved")

    answer = site.api(Role.COORDINATOR).post(f"{TASKS}/T1/transitions", {"to": "assigned"})

    assert (answer.status_int, answer.json["state"]) == (200, "assigned")


@pytest.mark.parametrize(
    "path, data, status, code",
    [
        ("", {**TASK, "units": []}, 422, None),
        ("", {**TASK, "units": ["FR-POLICE"]}, 422, "unit-unknown"),
        ("", {**TASK, "title": {"en": " "}}, 422, "title-missing"),
        ("", {**TASK, "code": "new"}, 422, "bad-code"),
        ("", {**TASK, "code": "T1"}, 422, "code-taken"),
        ("", {**TASK, "ends_on": "2027-05-03"}, 422, "window-reversed"),
        ("", {**TASK, "hours": {"since": "24:00", "until": "06:00"}}, 422, None),
        ("", {**TASK, "place": {"kind": "moon"}}, 422, "place-kind-unknown"),
        ("/T1/transitions", {"unit": "ES-BORDER", "to": "done", "text": "x"}, 409, "no-such-step"),
        ("/T1/transitions", {"unit": "ES-BORDER", "to": "declined"}, 422, "reason-missing"),
        ("/T1/transitions", {"unit": "ES-POLICE", "to": "accepted"}, 404, "unit-not-asked"),
        ("/T9/transitions", {"unit": "ES-BORDER", "to": "accepted"}, 404, "task-unknown"),
        ("/T1/transitions", {"to": "done", "text": "x"}, 409, "no-such-step"),
        ("/T1/transitions", {"unit": "ES-BORDER", "to": "dancing"}, 422, None),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(
    coordinator: Api, path: str, data: dict[str, Any], status: int, code: str | None
) -> None:
    answer = coordinator.post(TASKS + path, data)

    assert answer.status_int == status
    assert code is None or answer.json["code"] == code


def test_a_stale_step_or_change_names_both_versions(coordinator: Api) -> None:
    step = coordinator.post(
        f"{TASKS}/T1/transitions", {"unit": "ES-BORDER", "to": "accepted"}, If_Match='"1"'
    )
    change = coordinator.patch(f"{TASKS}/T1", {"mandatory": True}, If_Match='"1"')

    for answer in (step, change):
        assert (answer.status_int, answer.json["given"], answer.json["current"]) == (412, "1", "2")


def test_tasks_are_listed_by_what_is_asked_for(coordinator: Api) -> None:
    coordinator.post(TASKS, TASK)
    coordinator.post(f"{TASKS}/T1/transitions", {"unit": "ES-BORDER", "to": "accepted"})

    def listed(query: str) -> list[str]:
        return [task["code"] for task in coordinator.get(f"{TASKS}?{query}").json["items"]]

    assert listed("") == ["T1", "T2"]
    assert listed("limit=1") == ["T1"]
    assert listed("party=ES&state=accepted") == ["T1"]
    assert listed("authority=customs") == ["T2"]
    assert listed("unit=RS-POLICE") == ["T1", "T2"]
    assert listed("action_area=firearms") == ["T1"]
    assert listed("overdue=true") == []
    assert listed("text=warehouse") == ["T2"]
    assert listed("action_area=none&mandatory=true") == []


@pytest.mark.parametrize(
    "role, scope", [(Role.NATIONAL_COORDINATOR, "RS"), (Role.REPORTER, "ES-POLICE"), (Role.REVIEWER, None)]
)
def test_a_step_is_refused_to_everybody_else(running: Site, role: Role, scope: str | None) -> None:
    other = running.api(role, scope)

    assert other.get(f"{TASKS}/T1").status_int == 200
    assert other.post(TASKS, TASK).status_int == 403
    answer = other.post(f"{TASKS}/T1/transitions", {"unit": "ES-BORDER", "to": "accepted"})
    assert (answer.status_int, answer.json["code"]) == (403, "not-allowed")


def test_who_does_not_take_part_finds_no_operation(running: Site) -> None:
    assert running.api(Role.NATIONAL_COORDINATOR, "FR").get(TASKS).status_int == 404


def test_needs_and_dependencies_are_set_and_read(coordinator: Api) -> None:
    needs = {
        "authorities": ["customs"],
        "resources": [{"kind": "officers", "quantity": 3}],
        "depends_on": ["T1"],
    }

    made = coordinator.post(TASKS, {**TASK, **needs}).json

    assert {name: made[name] for name in needs} == needs
    circle = coordinator.patch(f"{TASKS}/T1", {"depends_on": [made["code"]]})
    assert (circle.status_int, circle.json["errors"][0]["code"]) == (422, "circular-dependency")


def test_a_unit_is_asked_for_input_and_answers(running: Site, coordinator: Api) -> None:
    asked = coordinator.post(
        f"{TASKS}/T1/requests", {"unit": "ES-BORDER", "question": "Which lanes are open?"}
    )
    border = running.api(Role.REPORTER, "ES-BORDER")

    answered = border.post(f"{TASKS}/T1/requests/{asked.json['number']}/answer", {"answer": "Lanes 1 to 4."})

    assert (asked.status_int, asked.json["asked_by_unit"]) == (201, None)
    assert (answered.status_int, answered.json["answer"]) == (200, "Lanes 1 to 4.")
    assert coordinator.get(f"{TASKS}/T1/requests").json["items"] == [answered.json]
    assert coordinator.get(f"{TASKS}/T1").json["state"] == "assigned"


def test_many_tasks_are_changed_in_one_go(coordinator: Api) -> None:
    coordinator.post(TASKS, TASK)
    change = {"tasks": ["T1", "T2"], "add_units": ["ES-POLICE"], "lead": "ES-POLICE", "ends_on": "2027-05-06"}

    tried = coordinator.patch(TASKS, {**change, "dry_run": True})
    before = coordinator.get(f"{TASKS}/T2").json["lead"]
    done = coordinator.patch(TASKS, change)

    assert (tried.status_int, before) == (200, None)
    assert [task["code"] for task in done.json["tasks"]] == ["T1", "T2"]
    assert done.json["tasks"][1]["changed"]["ends_on"] == ["2027-05-05", "2027-05-06"]
    assert coordinator.get(f"{TASKS}/T2").json["lead"] == "ES-POLICE"
    wrong = coordinator.patch(TASKS, {"tasks": ["T1", "T2"], "ends_on": "2027-06-30"})
    assert {problem["pointer"] for problem in wrong.json["errors"]} == {
        "/tasks/T1/ends_on",
        "/tasks/T2/ends_on",
    }


def test_tasks_go_out_as_a_file_and_come_back_unchanged(coordinator: Api) -> None:
    for kind in ("csv", "xlsx"):
        file = coordinator.get(f"{TASKS}?format={kind}")

        back = coordinator.send("POST", TASKS, file.body, file.content_type)

        assert (back.status_int, back.json["unchanged"]) == (200, 1)
        assert back.json["created"] == back.json["changed"] == []


def test_a_wrong_file_is_refused_with_the_cell(coordinator: Api) -> None:
    text = b"code,title,units,first_day\nT5,Watch,XX-POLICE,2027-05-04\n"

    answer = coordinator.send("POST", f"{TASKS}?dry_run=1", text, "text/csv")

    (problem,) = answer.json["errors"]
    assert (answer.status_int, problem["code"], problem["pointer"]) == (422, "unit-unknown", "/C2")
    assert (problem["line"], problem["column"], problem["value"]) == (2, "units", "XX-POLICE")
    assert "ES-POLICE" in problem["accepted"]


def test_conflicts_are_told_with_solutions_and_accepted_with_a_reason(coordinator: Api) -> None:
    coordinator.post(TASKS, {**TASK, "authorities": ["border-guard"]})

    (finding,) = coordinator.get(f"{TASKS}/conflicts").json["items"]
    accepted = coordinator.post(
        f"{TASKS}/conflicts/accepted", {"key": finding["key"], "reason": "They join on the day."}
    )

    assert (finding["kind"], finding["tasks"]) == ("authority-missing", ["T2"])
    assert finding["solutions"][0] == "Add a unit of ES of that type, such as ES-BORDER."
    assert accepted.status_int == 201
    assert coordinator.get(f"{TASKS}/conflicts").json["items"] == []
    (kept,) = coordinator.get(f"{TASKS}/conflicts?accepted=1").json["items"]
    assert kept["accepted"] == "They join on the day."
